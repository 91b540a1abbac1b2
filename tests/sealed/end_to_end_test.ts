/** Sealed datagrams between the real programs, and the sender of docs/SECURITY.md. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Message } from "../../lib/message/message.ts";
import { MAY_RUN, portOf, programOf, Running } from "../processes.ts";
import { PYTHON, worksInPython } from "./python.ts";
import { idOf } from "./sealing.ts";

const PAGE = new URL("../../docs/SECURITY.md", import.meta.url);
const MAY_WRITE = Deno.permissions.querySync({ name: "write" }).state === "granted";
const MAY_RECEIVE = Deno.permissions.querySync({ name: "net" }).state === "granted";
const MAY = MAY_RUN && MAY_WRITE && MAY_RECEIVE;

/** A folder with the fleet's key and the own key of agent 1, both made by the programs. */
interface Keys {
  readonly folder: string;
  readonly fleet: string;
  readonly own: string;
}

function test(name: string, fn: (keys: Keys) => Promise<void>, ignore = false): void {
  Deno.test({
    name: `${name} (needs --allow-run, -net, -read, -write, -env)`,
    ignore: ignore || !MAY,
    fn: async () => {
      const folder = await Deno.makeTempDir();
      const keys = { folder, fleet: `${folder}/fleet.key`, own: `${folder}/own.key` };
      try {
        await makeKey(folder, keys.fleet);
        await makeKey(folder, "--agent", idOf(1), "--key-file", keys.fleet, keys.own);
        await fn(keys);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

async function makeKey(folder: string, ...args: readonly string[]): Promise<void> {
  const launcher = programOf("agent", [`--allow-read=${folder}`, `--allow-write=${folder}`]);
  await using program = new Running(launcher, ["keygen", ...args]);
  assertEquals(await program.exitCode(), 0, program.stderr.text);
}

/** Starts a server that may read the keys. */
async function startServer({ folder }: Keys, ...args: readonly string[]) {
  const launcher = programOf("server", ["--allow-net", `--allow-read=${folder}`]);
  const server = new Running(launcher, [
    ...["--listen", "127.0.0.1:0", "--view", "json"],
    ...args,
  ]);
  return { server, port: await portOf(server) };
}

function startAgent(port: number, ...args: readonly string[]): Running {
  return new Running(programOf("agent"), [
    ...["--server", `127.0.0.1:${port}`, "--interval", "100ms", ...args],
  ]);
}

async function findMessage(server: Running, fits: (message: Message) => boolean, what: string) {
  return JSON.parse(await server.stdout.find((line) => fits(JSON.parse(line).message), what));
}

async function findDrop(server: Running, reason: string): Promise<void> {
  await server.stderr.find((line) => line.includes(`(${reason}):`), `the reason ${reason}`);
}

test("agent and server speak sealed, with the agent's own key", async (keys) => {
  const { server, port } = await startServer(keys, "--key-file", keys.fleet);
  await using _server = server;
  await using agent = startAgent(port, "--key-file", keys.own, "--id", idOf(1), "--count", "3");
  const { message, delivery } = await findMessage(
    server,
    ({ bye }) => bye === true,
    "the good-bye",
  );
  assertEquals([message.id, message.seq, delivery.received, delivery.lost], [idOf(1), 3, 3, 0]);
  assertEquals(await agent.exitCode(), 0);
  await using plain = startAgent(port, "--id", idOf(1), "--count", "1");
  await findDrop(server, "plain");
  assertEquals(await plain.exitCode(), 0);
  assertEquals(await server.stop(), 0);
});

test("agent sends nothing when its key is another's", async (keys) => {
  const { server, port } = await startServer(keys, "--key-file", keys.fleet, "--auth", "mixed");
  await using _server = server;
  await using agent = startAgent(port, "--key-file", keys.own, "--id", idOf(2), "--count", "2");
  assertEquals(await agent.exitCode(), 0);
  assertStringIncludes(agent.stderr.text, `no valid key for ${idOf(2)} in `);
  // What an agent sends after it comes after it: had there been anything, it would stand before this.
  await using plain = startAgent(port, "--id", "after", "--count", "1");
  await findMessage(server, ({ id }) => id === "after", "the datagram after");
  assertEquals(await plain.exitCode(), 0);
  assertEquals(await server.stop(), 0);
  assert(!server.stdout.text.includes(idOf(2)));
});

test("server takes no recorded datagram, neither before nor after a restart", async (keys) => {
  const recorder = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port: recorderPort } = recorder.addr as Deno.NetAddr;
  const first = await startServer(keys, "--key-file", keys.fleet);
  await using _first = first.server;
  await using agent = startAgent(recorderPort, "--key-file", keys.fleet, "--count", "3");
  const recorded: Uint8Array<ArrayBuffer>[] = [];
  while (recorded.length < 3) recorded.push((await recorder.receive())[0].slice());
  const forward = async (port: number) => {
    const to = { transport: "udp", hostname: "127.0.0.1", port } as const;
    for (const bytes of recorded) await recorder.send(bytes, to);
  };
  await forward(first.port);
  await findMessage(first.server, ({ bye }) => bye === true, "the good-bye");
  const accepted = first.server.stdout.all.length;
  await forward(first.port);
  // Its log tells of duplicates only to debug, so what comes after them has to show that they had come.
  await using plain = startAgent(first.port, "--count", "1");
  await findDrop(first.server, "plain");
  assertEquals(await plain.exitCode(), 0);
  assertEquals(await first.server.stop(), 0);
  assertEquals(first.server.stdout.all.length, accepted);
  const second = await startServer(keys, "--key-file", keys.fleet);
  await using _second = second.server;
  await forward(second.port);
  await findDrop(second.server, "clock");
  assertEquals(await second.server.stop(), 0);
  assertEquals(second.server.stdout.all, []);
  assertEquals(await agent.exitCode(), 0);
  recorder.close();
});

test("server without a key says that one is needed", async (keys) => {
  const { server, port } = await startServer(keys);
  await using _server = server;
  await using agent = startAgent(port, "--key-file", keys.fleet, "--count", "1");
  await findDrop(server, "key");
  assertStringIncludes(server.stderr.text, "there is no key to open it (--key-file)");
  assertEquals(await agent.exitCode(), 0);
  assertEquals(await server.stop(), 0);
});

test(
  "SECURITY.md's sender is taken, with the fleet's key and with its own (python3-cryptography)",
  async (keys) => {
    const sender = /^```python\n([^]*?)^```$/m.exec(await Deno.readTextFile(PAGE))![1]!;
    const { server, port } = await startServer(keys, "--key-file", keys.fleet);
    await using _server = server;
    for (const [agent, file] of [[1, keys.own], [2, keys.fleet]] as const) {
      const args = ["127.0.0.1", `${port}`, file, idOf(agent), "2"];
      await using running = new Running([PYTHON, "-c", sender], args);
      const { message, delivery } = await findMessage(
        server,
        ({ id, seq }) => id === idOf(agent) && seq === 2,
        "the second datagram",
      );
      assertEquals([message.cpu.mean, delivery.received, delivery.lost], [42, 2, 0]);
      assertEquals(await running.exitCode(), 0);
    }
    assertEquals(await server.stop(), 0);
  },
  !worksInPython("import cryptography"),
);

test("a changed key file is noticed on a quiet server, and by an agent with a long interval", async (keys) => {
  const { server, port } = await startServer(keys, "--key-file", keys.fleet);
  await using _server = server;
  await using agent = startAgent(
    port,
    "--key-file",
    keys.fleet,
    "--id",
    idOf(1),
    "--interval",
    "1h",
  );
  await agent.stderr.find((line) => line.includes("Sampling"), "the start");
  await server.stdout.find(() => true, "the only sample");
  await makeKey(keys.folder, "--key-id", "2", `${keys.folder}/second.key`);
  await Deno.writeTextFile(keys.fleet, await Deno.readTextFile(`${keys.folder}/second.key`), {
    append: true,
  });
  const isTold = (line: string) => line.includes("Reloaded keys 1, 2 from ");
  await Promise.all([server, agent].map(({ stderr }) => stderr.find(isTold, "the keys")));
});
