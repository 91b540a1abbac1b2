/**
 * The command line of a tool: read by its table of options, as those of the programs are. It prints the
 * usage text when that is asked for, and one line when an argument is wrong; then it exits.
 */
import {
  flag,
  type OptionTable,
  type OptionValues,
  readOptions,
} from "../lib/common/option_reader.ts";
import { describeOptions } from "../lib/common/usage.ts";

const EXIT_OK = 0;
const EXIT_USAGE = 2;

/** A tool, as its usage text presents it. */
export interface Tool<S extends OptionTable> {
  /** As it is started: `deno task demo [OPTION]...`. */
  readonly usage: string;
  /** What it does, in a sentence or two. */
  readonly purpose: string;
  readonly options: S;
}

/** Reads what this process was started with; it goes on only when the tool is to run. */
export function readCommandLine<S extends OptionTable>(
  tool: Tool<S>,
  args: readonly string[] = Deno.args,
): OptionValues<S> {
  const table = { ...tool.options, help: flag("print this text and exit") };
  try {
    const options = readOptions(table, args, () => undefined);
    if (options.help) answer(usageOf({ ...tool, options: table }));
    return options as OptionValues<S>;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // deno-lint-ignore no-console
    console.error(error.message);
    Deno.exit(EXIT_USAGE);
  }
}

/** Reads a number of minutes, such as `0.5`. */
export function readMinutes(text: string): number {
  const minutes = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (minutes > 0) return minutes;
  throw new RangeError("it must be a number of minutes, such as 10 or 0.5");
}

function usageOf({ usage, purpose, options }: Tool<OptionTable>): string {
  return [purpose, "", `Usage: ${usage}`, "", describeOptions(options)].join("\n");
}

function answer(text: string): never {
  // deno-lint-ignore no-console
  console.log(text);
  Deno.exit(EXIT_OK);
}
