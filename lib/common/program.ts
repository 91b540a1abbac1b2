/**
 * What both programs share as a process: read the command line and the environment, open the log, stop on
 * a signal, and exit with the right status. It knows nothing of agents or servers.
 */
import { describeError, type Log, type LogOptions, openLog } from "./log.ts";
import { type Environment, nearestOf, readSettings } from "./option_reader.ts";
import { BUILT_FROM, VERSION } from "./options.ts";
import { printText } from "./output.ts";
import { findUnheeded, type OptionSet, unseenBy } from "./unheeded.ts";
import { type CommandTable, describeCommand, describeSettings, type Outcome } from "./usage.ts";

/** The options that every program has. */
interface CommonOptions {
  readonly "log-level": LogOptions["level"];
  readonly "log-format": LogOptions["format"];
  readonly version: boolean;
  readonly help: boolean;
}

/** What a command does once its command line is read; returns what to print. @throws {Error} when it cannot. */
export type Task = () => Promise<string | Outcome>;

/** Reads what a command is given: its own arguments, and the environment. @throws {RangeError} for a wrong command line. */
type ReadCommand = (argv: readonly string[], environment: Environment) => Task;

/** What a program does when its first argument is that name. */
interface Command {
  readonly usage: string;
  readonly read: ReadCommand;
}

/** The commands of a program: each as its table has it, and what reads its command line. */
export function commandsOf<T extends CommandTable>(
  program: string,
  table: T,
  readers: Readonly<Record<keyof T, ReadCommand>>,
): ReadonlyMap<string, Command> {
  return new Map(
    Object.entries(table).map(([name, row]) => [
      name,
      { usage: describeCommand(program, name, row), read: readers[name]! },
    ]),
  );
}

/** The command `config` of a program: what is set, and below it what goes unheeded. */
export function configOf<O>(program: string, options: OptionSet<O>): ReadCommand {
  const { table, read } = options;
  return (argv, environment) => {
    read(argv, environment);
    const text = describeSettings(table, readSettings(table, argv, environment));
    return async () => {
      const unheeded = await findUnheeded(options, argv, environment);
      const unseen = unseenBy(`${program} config`, unheeded);
      const notes = [
        ...unheeded.vain,
        ...(unseen === null ? [] : [`${unseen.text}\n→ ${unseen.advice}`]),
      ];
      return notes.length === 0 ? text : [text, "", ...notes].join("\n");
    };
  };
}

/** One program: how it is called, and what it does until `stop` is aborted or its work is done. */
export interface Program<O extends CommonOptions> {
  readonly name: string;
  readonly usage: string;
  /** What it was started with, where that is not all that the system says. */
  readonly args?: readonly string[];
  readonly options: OptionSet<O>;
  readonly run: (options: O, log: Log, stop: AbortSignal) => Promise<void>;
  readonly commands: ReadonlyMap<string, Command>;
}

const EXIT_OK = 0;
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/** How long a program that was told to end may take; with what the log takes, less than 2 s. */
const STOP_TIMEOUT_MS = 1_200;

/**
 * Runs a program to its end and exits: 0 after its work or a signal, 2 where its command line or a
 * variable cannot be read, 1 for whatever fails after that, be it a file that is not there.
 */
export async function runProgram<O extends CommonOptions>(program: Program<O>): Promise<never> {
  const { commit, args } = splitCommit(program.args ?? Deno.args);
  const command = program.commands.get(args[0] ?? "");
  if (command !== undefined) return await runCommand(program.name, command, args.slice(1));
  const options = await read(program.name, () => readProgram(program, args));
  if (options.help) await answer(program.name, program.usage);
  if (options.version) await answer(program.name, `${program.name} ${VERSION}${commit}`);
  const log = openLog({ level: options["log-level"], format: options["log-format"] });
  const fail = (error: unknown) => {
    log.error(describeError(error));
    if (error instanceof Error) log.debug(error.stack ?? "no stack");
    return end(log, EXIT_FAILED);
  };
  failOnFault(fail);
  const { vain } = await findUnheeded(program.options, args, readVariable, false);
  for (const remark of vain) log.warn(remark);
  try {
    await program.run(options, log, stopOnSignal(log));
  } catch (error) {
    return await fail(error);
  }
  return await end(log, EXIT_OK);
}

/** Exits once the log is written, or after a timeout where stderr is blocked. */
async function end(log: Log, status: number): Promise<never> {
  await log.close();
  Deno.exit(status);
}

/** Logs uncaught errors itself, as Deno would wait for a stderr that nobody reads. */
function failOnFault(fail: (error: unknown) => void): void {
  const take = (event: Event, error: unknown) => {
    event.preventDefault();
    // The view that has the terminal gives it back first.
    setTimeout(() => fail(error), 0);
  };
  globalThis.addEventListener("error", (event) => take(event, event.error));
  globalThis.addEventListener("unhandledrejection", (event) => take(event, event.reason));
}

/** What a command line says; one that is wrong ends the program. */
async function read<T>(program: string, reading: () => T): Promise<T> {
  try {
    return reading();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return await complain(program, error, EXIT_USAGE);
  }
}

function readProgram<O extends CommonOptions>(
  { name, options, commands }: Program<O>,
  args: readonly string[],
): O {
  const words = [...commands.keys()];
  refuseMistyped(args[0] ?? "", words);
  try {
    return options.read(args, readVariable);
  } catch (error) {
    throw error instanceof RangeError ? withCommand(error, name, words) : error;
  }
}

/** The same refusal; of a word that may be meant for a command it says where those stand. */
function withCommand(error: RangeError, program: string, commands: readonly string[]): RangeError {
  const { cause: word } = error;
  const meant = typeof word === "string" ? nearestOf(word, commands) : null;
  if (meant === null) return error;
  return new RangeError(`${error.message}; a command comes first: ${program} ${meant} [OPTION]...`);
}

/** The commit that the executable was built from, and the user's arguments; from source, all are the user's. */
function splitCommit(args: readonly string[]): { commit: string; args: readonly string[] } {
  const [first = "", ...rest] = args;
  if (!first.startsWith(BUILT_FROM)) return { commit: "", args };
  return { commit: ` (${first.slice(BUILT_FROM.length)})`, args: rest };
}

/** Runs a command, and ends. */
async function runCommand(
  program: string,
  command: Command,
  argv: readonly string[],
): Promise<never> {
  if (argv.includes("--help") || argv.includes("-h")) await answer(program, command.usage);
  const task = await read(program, () => command.read(argv, readVariable));
  const outcome = await task().catch((error) => complain(program, error, EXIT_FAILED));
  const { text, hasFailed } = typeof outcome === "string"
    ? { text: outcome, hasFailed: false }
    : outcome;
  return await answer(program, text.trimEnd(), hasFailed ? EXIT_FAILED : EXIT_OK);
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

/** Prints why it failed, and exits; where even that cannot be written, the exit status has to do. */
async function complain(name: string, { message }: Error, status: number): Promise<never> {
  await printText(Deno.stderr, `${name}: ${message}`).catch(() => {});
  Deno.exit(status);
}

/**
 * Reads variables without a question to the user. Deno keeps its answer on each name that it is asked
 * about, and hundreds of slips are looked for: all are asked about at once where all are granted.
 */
function openEnvironment(): Environment {
  const mayRead = (variable: string) =>
    Deno.permissions.querySync({ name: "env", variable }).state === "granted";
  const mayReadAll = mayRead("PULSO_*");
  return (name) => {
    try {
      return mayReadAll || mayRead(name) ? Deno.env.get(name) : undefined;
    } catch (error) {
      // One that is denied by name is granted with all, but not to be had.
      if (error instanceof Deno.errors.NotCapable) return undefined;
      throw error;
    }
  };
}

const readVariable = openEnvironment();

/**
 * Aborts at the first signal to stop, and exits soon after if something still runs. Later signals are
 * ignored: one Ctrl-C comes twice where a parent passes it on, as `deno task` does.
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
