/**
 * The usage texts of a program, and the text of `config`: which options are in force and where they were
 * set. Pure; all of it follows from the tables.
 */
import { type OptionTable, type Setting } from "./option_reader.ts";

/** What a program does besides its work, when its first argument says so. */
export interface CommandRow {
  /** What follows its name: `[OPTION]... FILE`. */
  readonly synopsis: string;
  /** What it does, in a few words. */
  readonly help: string;
  /** The same in a sentence or two. */
  readonly purpose: string;
  readonly options: OptionTable;
  /** What else there is to know. */
  readonly notes?: string;
}

/** What a command has to say, where it may fail without an error. */
export interface Outcome {
  readonly text: string;
  readonly hasFailed: boolean;
}

/** Commands by name. */
export type CommandTable = Readonly<Record<string, CommandRow>>;

/** How a program is presented. */
export interface ProgramRow {
  /** That of its executable, such as `pulso-agent`. */
  readonly name: string;
  readonly version: string;
  readonly purpose: string;
  readonly options: OptionTable;
  readonly commands: CommandTable;
}

/** What a program's exit status tells. */
export const EXIT_STATUS = "0 when it ends as asked, 1 when it fails, 2 for a wrong command line.";

/** The usage text of a program. */
export function describeProgram(program: ProgramRow): string {
  const { name, version, purpose, options, commands } = program;
  const calls = Object.entries(commands).map(([command, { synopsis, help }]) => ({
    left: `       ${name} ${command} ${synopsis}`,
    right: help,
  }));
  return [
    `${name} ${version}: ${purpose}`,
    "",
    `Usage: ${name} [OPTION]...`,
    ...inColumns(calls),
    "",
    describeOptions(options),
    "",
    "Each option can also come as an environment variable, such as PULSO_LOG_LEVEL=debug, where",
    "--allow-env=PULSO_* was granted, as it is to the executables and the tasks. Several values are",
    "separated by commas there. A command says more with --help.",
    `Exit status: ${EXIT_STATUS}`,
  ].join("\n");
}

/** The usage text of a command of a program. */
export function describeCommand(program: string, name: string, row: CommandRow): string {
  const { purpose, synopsis, options, notes } = row;
  return [
    purpose,
    "",
    `Usage: ${program} ${name} ${synopsis}`,
    "",
    describeOptions(options),
    ...(notes === undefined ? [] : ["", notes]),
  ].join("\n");
}

/** An option that takes more is rare, and is not to push the texts of all others to the right. */
const MAX_OPTION_WIDTH = 24;

/** The part of a usage text that lists the options, one line each, their defaults included. */
export function describeOptions(table: OptionTable): string {
  const lines = Object.entries(table).map(([name, option]) => ({
    left: option.placeholder === null ? `  --${name}` : `  --${name} ${option.placeholder}`,
    right: helpOf(option),
  }));
  return inColumns(lines, MAX_OPTION_WIDTH).join("\n");
}

/** What an option means, and what it is when nobody sets it. */
export function helpOf({ placeholder, help, fallback }: OptionTable[string]): string {
  return placeholder === null || fallback === null ? help : `${help} (default: ${fallback})`;
}

/** Options that only print a text. */
const QUESTIONS = ["help", "version"];

/**
 * Each option with what it is set to, as it was written, and where. An option names the file of a secret,
 * or conceals the part that may be one, so that this may be shown to anybody.
 */
export function describeSettings(
  table: OptionTable,
  settings: ReadonlyMap<string, Setting>,
): string {
  const rows = [...settings].filter(([name]) => !QUESTIONS.includes(name)).map(
    ([name, { texts, place }]) => ({
      name,
      value: texts.length > 0
        ? texts.map((text) => table[name]!.conceal?.(text) ?? text).join(", ")
        : unsetOf(table[name]!.help),
      place,
    }),
  );
  const lines = inColumns(rows.map(({ name, value }) => ({ left: name, right: value })));
  return inColumns(lines.map((left, at) => ({ left, right: rows[at]!.place }))).join("\n");
}

/** What an option without a value means, as its help has it. */
function unsetOf(help: string): string {
  return /\(default: (.*)\)$/.exec(help)?.[1] ?? "not set";
}

/** A left side that is longer than `maxWidth` sticks out. */
function inColumns(
  rows: readonly { readonly left: string; readonly right: string }[],
  maxWidth = Infinity,
): string[] {
  const widths = rows.map(({ left }) => left.length).filter((width) => width <= maxWidth);
  const width = Math.max(0, ...widths);
  return rows.map(({ left, right }) => `${left.padEnd(width)}  ${right}`);
}
