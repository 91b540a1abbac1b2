/**
 * From a table of options, argv and environment variables to checked values: the table is the only place
 * where an option is described. Pure; whatever is wrong is a `RangeError` with one clear line.
 */
import leven, { closestMatch } from "leven";
import { parseArgs } from "@std/cli/parse-args";

/** One option: how it is shown, what it is when nobody sets it, and how its text is read. */
export interface Option<T> {
  /** What stands for the value in the usage text; `null` for a switch, which alone means `"true"`. */
  readonly placeholder: string | null;
  /** What is read when the option is not set; `null`: the value is then `null`. */
  readonly fallback: string | null;
  readonly help: string;
  /** The words that it can be, where those are all. */
  readonly choices?: readonly string[];
  /** May be given several times; `read` gets each text, and the value is an array. */
  readonly repeatable?: boolean;
  /** What may be shown of a text that may hold a secret; no message quotes it then. */
  readonly conceal?: (text: string) => string;
  readonly read: (text: string) => T;
}

/** Reads one environment variable; `undefined` where it is not set or may not be read. */
export type Environment = (name: string) => string | undefined;

/** The values that a table of options yields. */
export type OptionValues<S> = {
  readonly [K in keyof S]: S[K] extends { repeatable: true; read: (text: string) => infer T }
    ? readonly T[]
    : S[K] extends { fallback: null; read: (text: string) => infer T } ? T | null
    : S[K] extends { read: (text: string) => infer T } ? T
    : never;
};

/** Options by name. */
// deno-lint-ignore no-explicit-any
export type OptionTable = Readonly<Record<string, Option<any>>>;

/** Flags that people type because other Deno programs take them; our permissions are fixed when we are built. */
const STRAY_PERMISSION = /^--allow-[a-z]+(=.*)?$/;

/** Whether an argument would grant something if it stood elsewhere. */
export function isStrayPermission(argument: string): boolean {
  return STRAY_PERMISSION.test(argument);
}

function longForm(argument: string): string {
  return argument === "-h" ? "--help" : argument;
}

/** A switch that is off until it is named. */
export function flag(help: string) {
  return { placeholder: null, fallback: "false", help, read: readSwitch } as const;
}

/** What a switch can be set to, in lower case. Any other word is refused: a switch may guard something. */
const SWITCH_WORDS: ReadonlyMap<string, boolean> = new Map([
  ...["true", "yes", "1"].map((word) => [word, true] as const),
  ...["false", "no", "0"].map((word) => [word, false] as const),
]);

function readSwitch(text: string): boolean {
  const value = SWITCH_WORDS.get(text.toLowerCase());
  if (value === undefined) throw new RangeError("it must be true, false, yes, no, 1 or 0");
  return value;
}

/**
 * Reads every option of a table: from argv, else from `PULSO_<NAME>`, else its fallback.
 *
 * @throws {RangeError} for an unknown option, an argument that is none, or a value that cannot be read.
 */
export function readOptions<S extends OptionTable>(
  table: S,
  argv: readonly string[],
  environment: Environment,
): OptionValues<S> {
  const settings = readSettings(table, argv, environment);
  const values = Object.entries(table).map((
    [name, option],
  ) => [name, readOption(option, settings.get(name)!)]);
  return Object.freeze(Object.fromEntries(values));
}

/** What an option is set to, and what the user knows the place by where it is set. */
export interface Setting {
  /** Such as `--listen`, `PULSO_LISTEN` or `default`. */
  readonly place: string;
  /** Its values as they were written; none where it is not set and has no fallback. */
  readonly texts: readonly string[];
}

/** What each option of a table is set to, and where. @throws {RangeError} for an unknown option, or an argument that is none. */
export function readSettings(
  table: OptionTable,
  argv: readonly string[],
  environment: Environment,
): ReadonlyMap<string, Setting> {
  const known = argv.filter((argument) => !isStrayPermission(argument)).map(longForm);
  const given = parse(table, known);
  const settings = Object.entries(table).map(([name, option]): [string, Setting] => [
    name,
    given.get(name) ?? fromEnvironment(name, option, environment),
  ]);
  return new Map(settings);
}

function parse(table: OptionTable, argv: readonly string[]): Map<string, Setting> {
  const names = Object.keys(table);
  const parsed: Record<string, unknown> = parseArgs(joinValues(table, argv), {
    string: names,
    collect: names,
    unknown: (argument) => refuse(argument, table),
  });
  for (const argument of parsed._ as unknown[]) refuse(String(argument), table);
  const given = names.map((name): [string, Setting] => {
    return [name, { place: `--${name}`, texts: (parsed[name] as unknown[]).map(String) }];
  });
  return new Map(given.filter(([, { texts }]) => texts.length > 0));
}

/** Writes values that a parser would guess at as `--name=value`: those of switches, and empty ones. */
function joinValues(table: OptionTable, argv: readonly string[]): string[] {
  const optionOf = (word = "") => word.startsWith("--") ? table[word.slice(2)] : undefined;
  const isSwitch = (word?: string) => optionOf(word)?.placeholder === null;
  const words: string[] = [];
  for (const word of argv) {
    const before = words.at(-1);
    const isValue = isSwitch(before) ? SWITCH_WORDS.has(word.toLowerCase()) : word === "";
    if (isValue && optionOf(before) !== undefined) words.push(`${words.pop()}=${word}`);
    else words.push(word);
  }
  return words.map((word) => isSwitch(word) ? `${word}=true` : word);
}

function refuse(argument: string, table: OptionTable): never {
  if (!argument.startsWith("-")) {
    // Who knows more words than options may say more.
    throw new RangeError(`Cannot use the argument ${quote(argument)}: only options are expected`, {
      cause: argument,
    });
  }
  const names = Object.keys(table);
  const name = argument.replace(/^-+/, "").replace(/=.*$/s, "");
  if (names.includes(name)) throw new RangeError(`Cannot use --${name}: it needs a value`);
  const denied = name.replace(/^no-/, "");
  const nearest = table[denied]?.placeholder === null ? `${denied}=no` : nearestOf(name, names);
  const hint = nearest === null ? "see --help" : `did you mean --${nearest}?`;
  throw new RangeError(
    `Cannot use the option ${quote(argument)}: there is no such option; ${hint}`,
  );
}

/** The place of what nobody has set. */
const DEFAULT_PLACE = "default";

function fromEnvironment<T>(
  name: string,
  option: Option<T>,
  environment: Environment,
): Setting {
  const variable = variableOf(name);
  // An empty variable counts as unset: service managers and containers pass them on.
  const set = environment(variable) || null;
  const place = set === null ? DEFAULT_PLACE : variable;
  const text = set ?? option.fallback;
  if (text === null) return { place, texts: [] };
  return { place, texts: option.repeatable ? text.split(",").map((part) => part.trim()) : [text] };
}

function readOption<T>(option: Option<T>, { place, texts }: Setting): unknown {
  const values = texts.map((text) => readValue(place, option, text));
  if (option.repeatable) return Object.freeze(values);
  return values.at(-1) ?? null;
}

function readValue<T>(place: string, option: Option<T>, text: string): T {
  if (text === "" && option.placeholder !== null) {
    throw new RangeError(`Cannot use ${place}: it needs a value, ${option.placeholder}`);
  }
  try {
    return option.read(text);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const quoted = option.conceal === undefined ? ` ${quote(text)}` : "";
    throw new RangeError(`Cannot use ${place}${quoted}: ${cause.message}`, { cause });
  }
}

/** A text in a message, without the name and the password that a URL may hold. */
function quote(text: string): string {
  return JSON.stringify(text.replace(/(^|=)([a-z][\w+.-]*:\/\/)?[^=@]*:.*@/is, "$1$2…@"));
}

/** The environment variable that stands for an option. */
export function variableOf(name: string): string {
  return `PULSO_${name.toUpperCase().replaceAll("-", "_")}`;
}

/** Maximum edit distance of a typing error in a long word; in a short one half its length. */
const MAX_DISTANCE = 3;

/** The word that is meant by one that is not among them; `null` when none is like it. */
export function nearestOf(word: string, words: readonly string[]): string | null {
  // The beginning or a part of a long word is no typing error, and far from it by letters.
  const isBegun = (known: string) => word.length > 1 && known.startsWith(word);
  const isPart = (known: string) => known.split("-").includes(word);
  const longer = words.find(isPart) ?? words.find(isBegun);
  if (longer !== undefined) return longer;
  // No other can be near, and comparing a long word is slow.
  const alike = words.filter((known) => Math.abs(known.length - word.length) <= MAX_DISTANCE);
  if (alike.length === 0) return null;
  const swapped = alike.find((known) => isSwapped(word, known));
  if (swapped !== undefined) return swapped;
  const nearest = closestMatch(word, alike)!;
  return leven(word, nearest) <= Math.min(MAX_DISTANCE, word.length / 2) ? nearest : null;
}

/** Whether two letters beside each other are all that differs, and only in their order. */
function isSwapped(word: string, known: string): boolean {
  const at = Array.from(word).findIndex((letter, at) => letter !== known[at]);
  return at >= 0 && word[at] === known[at + 1] && word[at + 1] === known[at] &&
    word.slice(at + 2) === known.slice(at + 2);
}
