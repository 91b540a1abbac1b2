/**
 * What both programs do alike, as a process: read the command line and the environment, open the
 * log, stop on a signal, and end with the right exit status. It knows nothing of agents or servers.
 */
import { describeError, type Log, type LogOptions, openLog } from "./log.ts";
import type { Environment } from "./option_reader.ts";
import { VERSION } from "./options.ts";

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

/** Runs a program to its end and exits: 0 after its work or a signal, 1 when it fails, 2 for wrong usage. */
export async function runProgram<O extends CommonOptions>(program: Program<O>): Promise<never> {
  const options = await readCommandLine(program);
  const log = openLog({ level: options["log-level"], format: options["log-format"] });
  try {
    await program.run(options, log, stopOnSignal());
  } catch (error) {
    log.error(describeError(error));
    if (error instanceof Error) log.debug(error.stack ?? "no stack");
    Deno.exit(EXIT_FAILED);
  }
  Deno.exit(EXIT_OK);
}

async function readCommandLine<O extends CommonOptions>(program: Program<O>): Promise<O> {
  try {
    const { args = Deno.args } = program;
    const command = program.commands.get(args[0] ?? "");
    if (command !== undefined) answer((await command(args.slice(1))).trimEnd());
    const options = await program.readOptions(args, readVariable);
    if (options.help) answer(program.usage);
    if (options.version) answer(`${program.name} ${VERSION}`);
    return options;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // deno-lint-ignore no-console
    console.error(`${program.name}: ${error.message}`);
    Deno.exit(EXIT_USAGE);
  }
}

function answer(text: string): never {
  // deno-lint-ignore no-console
  console.log(text);
  Deno.exit(EXIT_OK);
}

function readVariable(name: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? Deno.env.get(name) : undefined;
}

/** Aborts at the first signal to end; the second one ends the process by itself. */
function stopOnSignal(): AbortSignal {
  const stopping = new AbortController();
  const signals: Deno.Signal[] = Deno.build.os === "windows"
    ? ["SIGINT", "SIGBREAK"]
    : ["SIGINT", "SIGTERM"];
  const stop = () => {
    for (const signal of signals) Deno.removeSignalListener(signal, stop);
    stopping.abort();
  };
  for (const signal of signals) Deno.addSignalListener(signal, stop);
  return stopping.signal;
}
