/**
 * `deno task compile`: makes dist/pulso-agent and dist/pulso-server, each with the permissions of
 * its task and no others.
 */
import { parseArgs } from "@std/cli/parse-args";
import config from "../deno.json" with { type: "json" };
import { compileCommands } from "./programs.ts";

const USAGE = "usage: deno task compile [--target TARGET] [--server HOST:PORT] [--jsr]";

if (import.meta.main) await main();

async function main(): Promise<void> {
  const { target, server, jsr } = parseArgs([...Deno.args], {
    string: ["target", "server"],
    boolean: ["jsr"],
    unknown: (argument) => fail(`Cannot use the argument ${argument}; ${USAGE}`),
  });
  for (const args of commandsOf(target, server, jsr)) {
    const { code } = await new Deno.Command(Deno.execPath(), { args: [...args] }).spawn().status;
    if (code !== 0) Deno.exit(code);
  }
}

function commandsOf(target: string | undefined, server: string | undefined, jsr: boolean) {
  try {
    return compileCommands(config.tasks, {
      target: target ?? Deno.build.target,
      server,
      jsr,
      deno: Deno.version.deno,
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    fail(`Cannot compile for the server ${server}: ${error.message}`);
  }
}

function fail(text: string): never {
  // deno-lint-ignore no-console
  console.error(text);
  Deno.exit(2);
}
