/** `@std/cli/parse-args` for the kind of options that Pulso has: long ones, by their full names. */
type Options = Partial<Record<"boolean" | "string" | "collect", string[]>> & {
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
};
// deno-lint-ignore no-explicit-any
type Args = { _: (string | number)[] } & Record<string, any>;

const OPTION = /^--?(?<name>.+?)(?:=(?<inline>.*))?$/s;

export function parseArgs(args: string[], options: Options = {}): Args {
  const { boolean = [], string = [], collect = [], unknown = () => true } = options;
  const parsed: Args = { _: [] };
  for (const name of boolean) parsed[name] = false;
  for (const name of collect) parsed[name] = [];
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined && arg !== "--"; arg = rest.shift()) {
    const { name, inline } = OPTION.exec(arg)?.groups ?? {};
    if (name === undefined) {
      if (unknown(arg) !== false) parsed._.push(arg);
      continue;
    }
    const isSwitch = boolean.includes(name);
    const following = isSwitch ? /^(true|false)$/ : /^[^-]/;
    const text = inline ?? (following.test(rest[0] ?? "") ? rest.shift() : undefined);
    const value = isSwitch ? text !== "false" : text ?? (string.includes(name) ? "" : true);
    const isKnown = isSwitch || string.includes(name);
    if (!isKnown && unknown(arg, name, value) === false) continue;
    parsed[name] = collect.includes(name) ? [...parsed[name], value] : value;
  }
  parsed._.push(...rest);
  return parsed;
}
