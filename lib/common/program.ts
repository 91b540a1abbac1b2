/**
 * What both programs do alike, as a process: read the command line and the environment, open the
 * log, stop on a signal, and end with the right exit status. It knows nothing of agents or servers.
 */
import { describeError, type Log, type LogOptions, openLog } from "./log.ts";
import { type Environment, nearestOf, type OptionTable, readSettings } from "./option_reader.ts";
import { BUILT_FROM, VERSION } from "./options.ts";
import { printText } from "./output.ts";
import { type CommandTable, describeCommand, describeSettings, type Outcome } from "./usage.ts";

/** The options that every program has. */
interface CommonOptions {
  readonly "log-level": LogOptions["level"];
  readonly "log-format": LogOptions["format"];
  readonly version: boolean;
  readonly help: boolean;
}

/** What a command is given: its own arguments, and the environment. @throws {RangeError} for a wrong command line. */
type Run = (argv: readonly string[], environment: Environment) => Promise<string | Outcome>;

/** What a program does when its first argument is that name. */
interface Command {
  readonly usage: string;
  /** Returns the text to print. */
  readonly run: Run;
}

/** The commands of a program: each as its table has it, and what runs it. */
export function commandsOf<T extends CommandTable>(
  program: string,
  table: T,
  runs: Readonly<Record<keyof T, Run>>,
): ReadonlyMap<string, Command> {
  return new Map(
    Object.entries(table).map(([name, row]) => [
      name,
      { usage: describeCommand(program, name, row), run: runs[name]! },
    ]),
  );
}

/** Runs the command `config` of a program; `read` checks all options together. */
export function configOf(
  table: OptionTable,
  read: (argv: readonly string[], environment: Environment) => unknown,
): Run {
  return (argv, environment) => {
    read(argv, environment);
    return Promise.resolve(describeSettings(table, readSettings(table, argv, environment)));
  };
}

/** One program: how it is called, and what it does until `stop` is aborted or its work is done. */
export interface Program<O extends CommonOptions> {
  readonly name: string;
  readonly usage: string;
  /** What it was started with, where that is not all that the system says. */
  readonly args?: readonly string[];
  readonly readOptions: (argv: readonly string[], environment: Environment) => Promise<O>;
  readonly run: (options: O, log: Log, stop: AbortSignal) => Promise<void>;
  readonly commands: ReadonlyMap<string, Command>;
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
    const { commit, args } = splitCommit(program.args ?? Deno.args);
    await runCommand(program, args);
    const options = await program.readOptions(args, readVariable);
    if (options.help) await answer(program.name, program.usage);
    if (options.version) await answer(program.name, `${program.name} ${VERSION}${commit}`);
    return options;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return await complain(program.name, error, EXIT_USAGE);
  }
}

/** What stands behind the version, and the arguments that the user gave: from source that is all of them. */
function splitCommit(args: readonly string[]): { commit: string; args: readonly string[] } {
  const [first = "", ...rest] = args;
  if (!first.startsWith(BUILT_FROM)) return { commit: "", args };
  return { commit: ` (${first.slice(BUILT_FROM.length)})`, args: rest };
}

/** Runs the command that the first argument names, and ends; returns where it names none. */
async function runCommand<O extends CommonOptions>(
  { name: program, commands }: Program<O>,
  [name = "", ...argv]: readonly string[],
): Promise<void> {
  const command = commands.get(name);
  if (command === undefined) return refuseMistyped(name, [...commands.keys()]);
  if (argv.includes("--help") || argv.includes("-h")) await answer(program, command.usage);
  const outcome = await command.run(argv, readVariable);
  const { text, hasFailed } = typeof outcome === "string"
    ? { text: outcome, hasFailed: false }
    : outcome;
  await answer(program, text.trimEnd(), hasFailed ? EXIT_FAILED : EXIT_OK);
}

function refuseMistyped(word: string, commands: readonly string[]): void {
  if (!/^[a-z]/i.test(word) || commands.length === 0) return;
  const nearest = nearestOf(word, commands);
  if (nearest === null) return;
  throw new RangeError(
    `Cannot run the command ${JSON.stringify(word)}: there is none; did you mean ${nearest}?`,
  );
}

/** Prints what was asked for, and ends. */
async function answer(name: string, text: string, status = EXIT_OK): Promise<never> {
  try {
    await printText(Deno.stdout, text);
  } catch (error) {
    return await complain(name, error as Error, EXIT_FAILED);
  }
  Deno.exit(status);
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
