/**
 * `@std/cli/parse-args`: a typed door to the genuine code, which `deno-std` carries on npm without
 * types; the types are of the options that Pulso uses.
 */
import { parseArgs as genuine } from "deno-std/cli/parse_args.js";

interface ParseOptions {
  boolean?: string[];
  string?: string[];
  collect?: string[];
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

// deno-lint-ignore no-explicit-any
type Args = { _: (string | number)[] } & Record<string, any>;

export const parseArgs: (args: string[], options?: ParseOptions) => Args = genuine;
