/**
 * `deno task compile`: makes dist/pulso-agent and dist/pulso-server, each with the permissions of
 * its task and no others.
 */
import config from "../deno.json" with { type: "json" };
import { flag } from "../lib/common/option_reader.ts";
import { readDestination } from "../lib/agent/values.ts";
import { readCommandLine } from "./command_line.ts";
import { commitHere } from "./commit.ts";
import { compileCommands } from "./programs.ts";

const TOOL = {
  usage: "deno task compile [OPTION]...",
  purpose: "Makes dist/pulso-agent and dist/pulso-server, each with the permissions of its task.",
  options: {
    target: {
      placeholder: "TARGET",
      fallback: Deno.build.target,
      help: "system to compile for, as deno compile names it",
      read: String,
    },
    server: {
      placeholder: "HOST:PORT",
      fallback: null,
      help: "the only server that the agent can send to",
      read: checkDestination,
    },
    "kernel-drops": flag("let the server run /bin/cat, to tell what the kernel dropped (Linux)"),
    jsr: flag("use the genuine @std packages, from JSR"),
  },
} as const;

if (import.meta.main) await main();

async function main(): Promise<void> {
  const { "kernel-drops": kernelDrops, ...given } = readCommandLine(TOOL);
  const options = {
    ...given,
    kernelDrops,
    commit: commitHere()?.id ?? null,
    deno: Deno.version.deno,
  };
  for (const args of compileCommands(config.tasks, options)) {
    const { code } = await new Deno.Command(Deno.execPath(), { args: [...args] }).spawn().status;
    if (code === 0) continue;
    // deno-lint-ignore no-console
    console.error(
      `Cannot compile for ${given.target}; what it takes the first time: docs/INSTALL.md#from-source`,
    );
    Deno.exit(code);
  }
}

/** The text itself goes into the executable. */
function checkDestination(text: string): string {
  readDestination(text);
  return text;
}
