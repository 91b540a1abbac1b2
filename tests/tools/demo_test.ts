import { assert, assertEquals, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { MAY_RUN, Running } from "../processes.ts";

/** The demo as its task runs it. */
function startDemo(...args: string[]): Running {
  const [, ...words] = config.tasks.demo.split(" ");
  return new Running([Deno.execPath(), ...words], args);
}

/** What is used of a line of `--view json`. */
interface Told {
  readonly message: {
    readonly interval: number;
    readonly seq: number;
    readonly tags: Readonly<Record<string, string>>;
    readonly memory: { readonly used: number };
    readonly disk: { readonly volumes: readonly Volume[] };
  };
  readonly delivery: { readonly lost: number };
}

interface Volume {
  readonly used: number;
  readonly free: number;
}

const isFull = ({ used, free }: Volume) => used / (used + free) > 0.95;

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `${name} (needs --allow-all)`, ignore: !MAY_RUN, fn });
}

test("the demo shows this computer and what can be wrong with others, and ends on SIGTERM", async () => {
  await using demo = startDemo("--view", "json", "--web", "off");
  const find = async (is: (told: Told) => boolean, what: string) =>
    JSON.parse(await demo.stdout.find((line) => is(JSON.parse(line)), what)) as Told;
  const { message, delivery } = await find(
    ({ message }) => message.interval === 1_000 && message.seq >= 2,
    "the agent's second",
  );
  assert(message.memory.used > 0);
  assertEquals(message.tags, { role: "demo", site: "here" });
  await find(({ message }) => message.tags.role === "web" && message.tags.site === "fra", "tags");
  assertEquals(delivery.lost, 0);
  await find(({ delivery }) => delivery.lost > 0, "a loss");
  await find(({ message }) => message.disk.volumes.some(isFull), "a volume that is nearly full");
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
