/**
 * What is set and goes unheeded: variables that no option has, options that do nothing beside others, and
 * what only a service takes from its file of settings. It looks at that file and at variables, and must
 * never cause a prompt.
 */
import {
  type Environment,
  isStrayPermission,
  type OptionTable,
  readSettings,
  variableOf,
} from "./option_reader.ts";

/** Options that do nothing while something holds; the reason completes "--speed has no effect: …". */
export interface IdleOptions<O> {
  readonly names: readonly string[];
  readonly when: (options: O) => boolean;
  readonly reason: string;
}

/** The options of a program: how they are read, and what else is to be known of them. */
export interface OptionSet<O> {
  readonly table: OptionTable;
  /** @throws {RangeError} for a wrong command line. */
  readonly read: (argv: readonly string[], environment: Environment) => O;
  readonly idle?: readonly IdleOptions<O>[];
  /** Of which the packaged service takes its variables. */
  readonly file?: string;
}

/** What goes unheeded. */
export interface Unheeded {
  /** Whether variables may be read. */
  readonly mayRead: boolean;
  /** A sentence for each thing that is set in vain. */
  readonly vain: readonly string[];
  /** The file of the service, and the options that it sets there and nobody here. */
  readonly file: string;
  readonly unseen: readonly string[];
}

/**
 * Looks for all of it.
 *
 * @param isThorough whether to take some hundredths of a second for it.
 * @throws {RangeError} for a wrong command line.
 */
export async function findUnheeded<O>(
  options: OptionSet<O>,
  argv: readonly string[],
  environment: Environment,
  isThorough = true,
): Promise<Unheeded> {
  const { table, file = "" } = options;
  const { state } = Deno.permissions.querySync({ name: "env", variable: "PULSO_LOG_LEVEL" });
  const mayRead = state === "granted";
  const text = mayReadFile(file) ? await Deno.readTextFile(file).catch(() => "") : "";
  const inFile = Array.from(text.matchAll(/^(PULSO_\w+)=\S/gm), ([, name]) => name!);
  const known = Object.keys(table).map(variableOf);
  const here = mayRead ? misspelt(known, environment, isThorough) : [];
  // Most others in it hold a secret, and are named elsewhere.
  const others = inFile.filter((name) => !known.includes(name) && environment(name) === undefined);
  const there = others.length === 0
    ? []
    : misspelt(known, (name) => others.find((other) => other === name), true);
  return {
    mayRead,
    vain: [
      ...idleSettings(options, argv, environment),
      ...argv.filter(isStrayPermission).map(strayPermission),
      ...here.map(([name, meant]) => noOption(`${name} is set`, meant)),
      ...there.map(([name, meant]) => noOption(`${file} sets ${name}`, meant)),
    ],
    file,
    unseen: inFile.filter((name) => known.includes(name) && environment(name) === undefined),
  };
}

/** Whether a file may be read without a question to the user. */
export function mayReadFile(path: string): boolean {
  return path !== "" && Deno.permissions.querySync({ name: "read", path }).state === "granted";
}

/** What a command does not see that the service has, and how it would; `null` where it sees all. */
export function unseenBy(
  command: string,
  { file, unseen }: Unheeded,
): { readonly text: string; readonly advice: string } | null {
  if (unseen.length === 0) return null;
  return {
    text: `${file} sets ${unseen.join(", ")} for the service, and not for this command`,
    advice: `(set -a; . ${file}; ${command})`,
  };
}

/** Options that are set and do nothing. */
export function idleSettings<O>(
  { table, read, idle = [] }: OptionSet<O>,
  argv: readonly string[],
  environment: Environment,
): readonly string[] {
  const options = read(argv, environment);
  const settings = readSettings(table, argv, environment);
  return idle.filter(({ when }) => when(options)).flatMap(({ names, reason }) =>
    names.map((name) => settings.get(name)!.place).filter((place) => place !== "default")
      .map((place) => `${place} has no effect: ${reason}`)
  );
}

function strayPermission(argument: string): string {
  const reason = "an executable has its own, and for a script they stand before its name";
  return `${argument} has no effect: ${reason}`;
}

/** Variables that are set for others, each with those: all cannot be listed, so that the likely ones are tried. */
export function misspelt(
  known: readonly string[],
  environment: Environment,
  isThorough: boolean,
): readonly (readonly [name: string, meant: string])[] {
  const meant = new Map<string, string[]>();
  for (const variable of known) {
    for (const name of slipsOf(variable, isThorough)) {
      if (known.includes(name) || !environment(name)) continue;
      meant.set(name, [...meant.get(name) ?? [], variable]);
    }
  }
  return Array.from(meant, ([name, variables]) => [name, variables.join(" or ")]);
}

function noOption(what: string, meant: string): string {
  return `${what}, and there is no such option; did you mean ${meant}?`;
}

const PREFIX = "PULSO_";
const LETTERS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ_"];

/**
 * The name of a variable without a letter or a word, with two letters swapped, or with a letter doubled
 * or an S behind it; and, where time does not matter, with any letter more or in place of another.
 */
function slipsOf(variable: string, isThorough: boolean): ReadonlySet<string> {
  const name = variable.slice(PREFIX.length);
  const slips = new Set([`${name}S`]);
  for (let at = 0; at <= name.length; at++) {
    const [before, next, rest] = [name.slice(0, at), name.slice(at, at + 1), name.slice(at + 1)];
    slips.add(before + rest).add(before + next + next + rest);
    slips.add(before + rest.slice(0, 1) + next + rest.slice(1));
    for (const letter of isThorough ? LETTERS : []) {
      slips.add(before + letter + next + rest).add(before + letter + rest);
    }
  }
  const words = name.split("_");
  words.forEach((_, at) => slips.add(words.toSpliced(at, 1).join("_")));
  return new Set(Array.from(slips, (slip) => PREFIX + slip));
}
