import { assert, assertEquals, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { MAY_RUN, Running } from "../processes.ts";

/** The demo as its task runs it. */
function startDemo(...args: string[]): Running {
  const [, ...words] = config.tasks.demo.split(" ");
  return new Running([Deno.execPath(), ...words], args);
}

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `${name} (needs --allow-all)`, ignore: !MAY_RUN, fn });
}

test("the demo shows this computer's metrics, and ends on SIGTERM with both programs", async () => {
  await using demo = startDemo("--view", "json", "--web", "off");
  const line = await demo.stdout.find((line) => JSON.parse(line).message.seq === 2, "seq 2");
  const { message, delivery } = JSON.parse(line);
  assert(message.memory.used > 0);
  assertEquals([message.interval, delivery.lost], [1000, 0]);
  // Their pipes are ours: that these end shows that both programs have ended.
  assertEquals(await demo.stop(), 0);
  assertEquals(demo.stderr.all, []);
});

test("the demo ends when its server does", async () => {
  await using demo = startDemo("--view", "nonsense");
  assertEquals(await demo.exitCode(), 2);
  assertEquals(demo.stderr.all.length, 1);
});

test("the demo refuses what it does not know, before it starts anything", async () => {
  await using demo = startDemo("--agent", "500");
  assertEquals(await demo.exitCode(), 2);
  assertMatch(demo.stderr.text, /^Cannot use the option "--agent": .*did you mean --agents\?\n$/);
});
