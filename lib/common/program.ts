/**
 * What both programs do alike, as a process: read the command line and the environment, open the
 * log, stop on a signal, and end with the right exit status. It knows nothing of agents or servers.
 */
import { describeError, type Log, type LogOptions, openLog } from "./log.ts";
import type { Environment } from "./option_reader.ts";
import { VERSION } from "./options.ts";
import { printText } from "./output.ts";

/** The options that every program has. */
interface CommonOptions {
  readonly "log-level": LogOptions["level"];
  readonly "log-format": LogOptions["format"];
  readonly version: boolean;
  readonly help: boolean;
}

/** One program: how it is called, and what it does until `stop` is aborted or its work is done. */
export interface Program<O extends CommonOptions> {
  readonly name: string;
  readonly usage: string;
  /** What it was started with, where that is not all that the system says. */
  readonly args?: readonly string[];
  readonly readOptions: (argv: readonly string[], environment: Environment) => Promise<O>;
  readonly run: (options: O, log: Log, stop: AbortSignal) => Promise<void>;
  /** What else it does when its first argument is that name: each returns the text to print. */
  readonly commands: ReadonlyMap<string, (argv: readonly string[]) => Promise<string>>;
}

const EXIT_OK = 0;
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/** How long a program that was told to end may take; with what the log takes, less than 2 s. */
const STOP_TIMEOUT_MS = 1_200;

/** Runs a program to its end and exits: 0 after its work or a signal, 1 when it fails, 2 for wrong usage. */
export async function runProgram<O extends CommonOptions>(program: Program<O>): Promise<never> {
  const options = await readCommandLine(program);
  const log = openLog({ level: options["log-level"], format: options["log-format"] });
  const fail = (error: unknown) => {
    log.error(describeError(error));
    if (error instanceof Error) log.debug(error.stack ?? "no stack");
    return end(log, EXIT_FAILED);
  };
  failOnFault(fail);
  try {
    await program.run(options, log, stopOnSignal(log));
  } catch (error) {
    return await fail(error);
  }
  return await end(log, EXIT_OK);
}

/** Exits once the log is written, or after a while where stderr takes nothing. */
async function end(log: Log, status: number): Promise<never> {
  await log.close();
  Deno.exit(status);
}

/** A fault that nobody catches is told by the log, as Deno itself would wait for a stderr that nobody reads. */
function failOnFault(fail: (error: unknown) => void): void {
  const take = (event: Event, error: unknown) => {
    event.preventDefault();
    // The view that has the terminal gives it back first.
    setTimeout(() => fail(error), 0);
  };
  globalThis.addEventListener("error", (event) => take(event, event.error));
  globalThis.addEventListener("unhandledrejection", (event) => take(event, event.reason));
}

async function readCommandLine<O extends CommonOptions>(program: Program<O>): Promise<O> {
  try {
    const { args = Deno.args } = program;
    const command = program.commands.get(args[0] ?? "");
    if (command !== undefined) await answer(program.name, (await command(args.slice(1))).trimEnd());
    const options = await program.readOptions(args, readVariable);
    if (options.help) await answer(program.name, program.usage);
    if (options.version) await answer(program.name, `${program.name} ${VERSION}`);
    return options;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return await complain(program.name, error, EXIT_USAGE);
  }
}

/** Prints what was asked for, and ends. */
async function answer(name: string, text: string): Promise<never> {
  try {
    await printText(Deno.stdout, text);
  } catch (error) {
    return await complain(name, error as Error, EXIT_FAILED);
  }
  Deno.exit(EXIT_OK);
}

/** Prints why it cannot, and ends: where even that cannot be written, the exit status has to do. */
async function complain(name: string, { message }: Error, status: number): Promise<never> {
  await printText(Deno.stderr, `${name}: ${message}`).catch(() => {});
  Deno.exit(status);
}

function readVariable(name: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? Deno.env.get(name) : undefined;
}

/**
 * Aborts at the first signal to end, and ends what has not ended soon after. Others are no news: of one
 * Ctrl-C there come two where a parent passes it on, as `deno task` does.
 */
function stopOnSignal(log: Log): AbortSignal {
  const stopping = new AbortController();
  const signals: Deno.Signal[] = Deno.build.os === "windows"
    ? ["SIGINT", "SIGBREAK"]
    : ["SIGINT", "SIGTERM"];
  for (const signal of signals) {
    Deno.addSignalListener(signal, () => {
      if (stopping.signal.aborted) return;
      log.info(`Received ${signal}, stopping`);
      setTimeout(() => end(log, EXIT_OK), STOP_TIMEOUT_MS);
      stopping.abort();
    });
  }
  return stopping.signal;
}
