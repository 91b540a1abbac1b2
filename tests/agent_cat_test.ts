/** What an agent does when the `cat` that it reads /proc by is stopped, or ended, from outside. */
import { assert, assertEquals } from "@std/assert";
import type { Message } from "../lib/message/message.ts";
import { MAY_RUN, programOf, Running } from "./processes.ts";

const IS_LINUX = Deno.build.os === "linux";

/** The `cat` that an agent waits with. */
async function catOf(agent: Running): Promise<number> {
  const path = `/proc/${agent.pid}/task/${agent.pid}/children`;
  const children = (await Deno.readTextFile(path)).trim().split(" ").filter(Boolean);
  return Number(children.at(-1));
}

for (const signal of ["SIGSTOP", "SIGKILL"] as const) {
  Deno.test({
    name: `an agent goes on with another cat after a ${signal} (needs --allow-all on Linux)`,
    ignore: !IS_LINUX || !MAY_RUN,
    async fn() {
      await using agent = new Running(programOf("agent"), [
        ...["--print", "--interval", "100ms", "--metrics", "memory"],
      ]);
      const isKnown = (line: string) => (JSON.parse(line) as Message).memory !== null;
      await agent.stdout.find((line) => JSON.parse(line).seq === 3, "three samples");
      Deno.kill(await catOf(agent), signal);
      const gap = await agent.stdout.find((line) => !isKnown(line), "a sample without");
      const { seq } = JSON.parse(gap);
      await agent.stdout.find((line) => JSON.parse(line).seq === seq + 5, "five more");
      assertEquals(agent.stdout.all.filter((line) => !isKnown(line)), [gap]);
      assertEquals(await agent.stop(), 0);
      const told = agent.stderr.all.filter((line) => / WARN | again/.test(line));
      assertEquals(told.length, 2, agent.stderr.text);
      assert(told[0]!.includes("Cannot sample host"), told[0]);
      assert(told[1]!.includes("Sampling host again"), told[1]);
    },
  });
}
