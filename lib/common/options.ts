/**
 * What both programs can be told on the command line, and what version they are. Pure.
 */
import config from "../../deno.json" with { type: "json" };
import { formatDuration } from "./format.js";
import { flag, type OptionTable } from "./option_reader.ts";
import { oneOf } from "./option_values.ts";

/** Version of both programs. */
export const { version: VERSION } = config;

/** What an argument begins with that `deno compile` gives an executable: the commit, which follows. */
export const BUILT_FROM = "--built-from=";

const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
const LOG_FORMATS = ["text", "json"] as const;

/** A range of durations, as a usage text tells it. */
export function rangeOf(leastMs: number, mostMs: number): string {
  return `${formatDuration(leastMs)} to ${formatDuration(mostMs)}`;
}

/** What both programs can be told. */
export const COMMON = {
  "key-file": {
    placeholder: "FILE",
    fallback: null,
    help: "keys for sealed datagrams, as the command keygen makes them",
    read: String,
  },
  "log-level": {
    placeholder: "LEVEL",
    fallback: "info",
    help: LOG_LEVELS.join(", "),
    ...oneOf(LOG_LEVELS),
  },
  "log-format": {
    placeholder: "FORMAT",
    fallback: "text",
    help: LOG_FORMATS.join(" or "),
    ...oneOf(LOG_FORMATS),
  },
  version: flag("print the version and exit"),
  help: flag("print this text and exit"),
} as const;

/** The commands that both programs have for a look at what their own options do here. */
export function commandsOn(options: OptionTable) {
  const synopsis = "[OPTION]...";
  return {
    doctor: {
      synopsis,
      help: "check that all of it works here, and say what to do",
      purpose:
        "Checks what the program would do with these options on this machine, or does if it\n" +
        "runs: one line for each thing, with a verdict, and what to do. Exit status 1 if any fails.",
      options,
    },
    config: {
      synopsis,
      help: "print the options in force, and where each was set",
      purpose:
        "Prints what each option is set to, and where: on the command line, by a variable of\n" +
        "the environment, or by default.",
      options,
    },
  } as const;
}
