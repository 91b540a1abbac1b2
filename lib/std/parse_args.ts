/**
 * `@std/cli/parse-args` over node:util: the genuine function's behaviour for the options that
 * Pulso uses. It must never decide what an option means; that is the caller's.
 */
import { parseArgs as tokenize } from "node:util";

/** Which options are switches, which take text, and what to do with any other argument. */
export interface ParseOptions {
  boolean?: readonly string[];
  string?: readonly string[];
  /** Options that may be repeated: their value is an array. */
  collect?: readonly string[];
  alias?: Record<string, string>;
  /** Gets an argument that is no known option; it is kept unless `false` comes back. */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** Parses arguments into the value of each option, and the rest into `_`. */
export function parseArgs(
  args: string[],
  options: ParseOptions = {},
): Record<string, unknown> & { _: string[] } {
  const { boolean = [], string = [], collect = [], alias = {}, unknown = () => true } = options;
  const nameOf = (key: string) => Object.keys(alias).find((name) => alias[name] === key) ?? key;
  const parsed: Record<string, unknown> & { _: string[] } = { _: [] };
  for (const name of boolean) set(name, false);
  for (const name of collect) set(name, []);
  const types = [
    ...boolean.map((name) => [name, { type: "boolean" }] as const),
    ...string.map((name) => [name, { type: "string" }] as const),
  ];
  const { tokens } = tokenize({
    args,
    options: Object.fromEntries(types),
    strict: false,
    tokens: true,
  });

  function set(name: string, value: unknown): void {
    parsed[name] = value;
    if (alias[name] !== undefined) parsed[alias[name]] = value;
  }

  let literal = false;
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index]!;
    if (token.kind === "option-terminator") literal = true;
    else if (token.kind === "positional") {
      if (literal || unknown(token.value) !== false) parsed._.push(token.value);
    } else {
      const name = nameOf(token.name);
      const next = tokens[index + 1];
      let value: unknown = token.value;
      if (boolean.includes(name)) {
        // A switch may be followed by its value: --print false.
        const isValue = value === undefined && next?.kind === "positional" &&
          /^(true|false)$/.test(next.value);
        value = (isValue ? (index++, next.value) : value) !== "false";
      } else value ??= string.includes(name) ? "" : true;
      const isKnown = boolean.includes(name) || string.includes(name);
      const text = token.rawName + (token.inlineValue ? `=${token.value}` : "");
      if (!isKnown && unknown(text, token.name, value) === false) continue;
      set(name, collect.includes(name) ? [...parsed[name] as unknown[], value] : value);
    }
  }
  return parsed;
}
