/** `@std/cli/parse-args` over node:util, for the kinds of options that Pulso has. */
import { parseArgs as tokenize } from "node:util";

type Options = Partial<Record<"boolean" | "string" | "collect", string[]>> & {
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
};
// deno-lint-ignore no-explicit-any
type Args = { _: (string | number)[] } & Record<string, any>;

export function parseArgs(args: string[], options: Options = {}): Args {
  const { boolean = [], string = [], collect = [], unknown = () => true } = options;
  const parsed: Args = { _: [] };
  for (const name of boolean) parsed[name] = false;
  for (const name of collect) parsed[name] = [];
  const texts = Object.fromEntries(string.map((name) => [name, { type: "string" as const }]));
  const { tokens } = tokenize({ args, options: texts, strict: false, tokens: true });
  let isLiteral = false;
  for (const token of tokens) {
    if (token.kind === "option-terminator") isLiteral = true;
    else if (token.kind === "positional") {
      if (isLiteral || unknown(token.value) !== false) parsed._.push(token.value);
    } else {
      const { name, rawName, value, inlineValue } = token;
      const isKnown = boolean.includes(name) || string.includes(name);
      const text = inlineValue ? `${rawName}=${value}` : rawName;
      if (!isKnown && unknown(text, name, value ?? true) === false) continue;
      const result = string.includes(name) ? value ?? "" : value !== "false" && (value ?? true);
      parsed[name] = collect.includes(name) ? [...parsed[name], result] : result;
    }
  }
  return parsed;
}
