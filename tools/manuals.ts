/**
 * `deno task manuals`: writes man pages and completions of both programs into dist, made from their
 * tables of options and commands. No file has a time in it, so that two runs write the same.
 */
import { describedAgent } from "../lib/agent/options.ts";
import { type OptionTable, variableOf } from "../lib/common/option_reader.ts";
import { EXIT_STATUS, helpOf, type ProgramRow } from "../lib/common/usage.ts";
import { SERVER } from "../lib/server/program.ts";
import { readCommandLine } from "./command_line.ts";
import { completionsOf } from "./completions.ts";

const TOOL = {
  usage: "deno task manuals",
  purpose: "Writes man pages and completions of both programs into dist/man and dist/completions.",
  options: {},
} as const;

const PROGRAMS = [describedAgent(), SERVER];

/** Every file, by its path below dist. */
export function manualFiles(): ReadonlyMap<string, string> {
  const files = PROGRAMS.flatMap((program) => [
    [`man/${program.name}.1`, manPage(program)] as const,
    ...Array.from(
      completionsOf(program),
      ([name, text]) => [`completions/${name}`, text] as const,
    ),
  ]);
  return new Map(files);
}

/** The man page of a program, for `man` and what else reads roff (man(7)). */
export function manPage(program: ProgramRow): string {
  const { name, version, purpose, options, commands } = program;
  const others = PROGRAMS.map((other) => other.name).filter((other) => other !== name);
  return [
    `.TH ${name.toUpperCase()} 1 "" "Pulso ${version}" "Pulso"`,
    ".SH NAME",
    `${roff(name)} \\- ${roff(lowered(purpose))}`,
    ".SH SYNOPSIS",
    `.B ${roff(name)}`,
    "[\\fIOPTION\\fR]...",
    ...Object.entries(commands).flatMap(([command, { synopsis }]) => [
      ".br",
      `.B ${roff(`${name} ${command}`)}`,
      roff(synopsis),
    ]),
    ".SH DESCRIPTION",
    roff(purpose),
    ".SH OPTIONS",
    ...optionLines(options),
    ".SH COMMANDS",
    ...Object.entries(commands).flatMap(([command, row]) => [
      ".TP",
      `.B ${roff(`${command} ${row.synopsis}`)}`,
      roff([row.purpose, row.notes ?? ""].join(" ").trim()),
      ...(row.options === options ? [] : [".RS", ...optionLines(row.options), ".RE"]),
    ]),
    ".SH ENVIRONMENT",
    `Each option can also come as a variable, such as ${roff(variableOf("log-level"))} for`,
    `${
      roff("--log-level")
    }. Several values of one option are separated by commas there. The command`,
    "line wins, and an empty variable is ignored.",
    ".SH EXIT STATUS",
    EXIT_STATUS,
    ".SH SEE ALSO",
    others.map((other) => `.BR ${roff(other)} (1)`).join("\n"),
    "",
  ].join("\n");
}

function optionLines(options: OptionTable): readonly string[] {
  return Object.entries(options).flatMap(([name, option]) => {
    const { placeholder } = option;
    const value = placeholder === null ? "" : ` \\fI${roff(placeholder)}\\fR`;
    return [".TP", `\\fB${roff(`--${name}`)}\\fR${value}`, roff(helpOf(option))];
  });
}

/** A purpose as the line of a name has it: without a capital and a full stop. */
function lowered(sentence: string): string {
  return sentence[0]!.toLowerCase() + sentence.slice(1).replace(/\.$/, "");
}

/** A text as it may stand in a line of roff. */
function roff(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("\n", " ")
    .replace(/^(?=[.'])/, "\\&");
}

if (import.meta.main) {
  readCommandLine(TOOL);
  const dist = new URL("../dist/", import.meta.url);
  for (const [path, text] of manualFiles()) {
    const url = new URL(path, dist);
    Deno.mkdirSync(new URL(".", url), { recursive: true });
    Deno.writeTextFileSync(url, text);
  }
}
