import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { decodeMessage } from "../../lib/message/decode.ts";
import { type Message } from "../../lib/message/message.ts";
import { decodeHeader } from "../../lib/sealed/envelope.ts";
import { formatKey } from "../../lib/sealed/keyring.ts";
import { LOSS_SEED, lossOf, randomFrom } from "../../tools/swarm_pace.ts";
import { MAY_RUN, Running } from "../processes.ts";
import { keyOf } from "../sealed/sealing.ts";

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `${name} (needs --allow-all)`, ignore: !MAY_RUN, fn });
}

/** Runs a swarm against a socket of ours, to its end. */
async function runSwarm(...args: string[]) {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const address = `127.0.0.1:${(socket.addr as Deno.NetAddr).port}`;
  const datagrams: Uint8Array[] = [];
  const receiving = (async () => {
    for await (const [bytes] of socket) datagrams.push(bytes.slice());
  })();
  const [, ...words] = config.tasks.swarm.split(" ");
  await using swarm = new Running([Deno.execPath(), ...words], ["--server", address, ...args]);
  const code = await swarm.exitCode();
  socket.close();
  await receiving;
  return { code, datagrams, stderr: swarm.stderr.all, result: JSON.parse(swarm.stdout.text) };
}

function numbersOfHosts(datagrams: readonly Uint8Array[]): readonly number[][] {
  const messages = datagrams.map((bytes) => decodeMessage(bytes) as Message);
  const hosts = Map.groupBy(messages, ({ id, session, host }) => `${id} ${session} ${host}`);
  return Array.from(hosts.values(), (host) => host.map(({ seq }) => seq!));
}

test("the swarm sends for every host, numbered from 1, and says what it sent", async () => {
  const args = ["--agents", "50", "--interval", "500ms", "--seconds", "1"];
  const { code, datagrams, stderr, result } = await runSwarm(...args);
  assertEquals([code, stderr], [0, []]);
  const numbers = numbersOfHosts(datagrams);
  assertEquals(numbers.length, 50);
  for (const [index, seq] of numbers.entries()) {
    assertEquals(seq, seq.map((_, n) => n + 1), `host ${index}`);
    assert(seq.length >= 1);
  }
  const bytes = datagrams.reduce((sum, { length }) => sum + length, 0);
  const { agents, sent, withheld } = result;
  assertEquals({ agents, sent, withheld, bytes: result.bytes }, {
    ...{ agents: 50, sent: datagrams.length, withheld: 0, bytes },
  });
});

test("the swarm counts exactly what it withholds", async () => {
  const args = ["--agents", "10", "--interval", "100ms", "--seconds", "2", "--loss", "30"];
  const { datagrams, result } = await runSwarm(...args);
  assertEquals(result.sent, datagrams.length);
  assert(result.withheld > 0);
  const isLost = lossOf(30, randomFrom(LOSS_SEED));
  const expected: number[][] = Array.from({ length: 10 }, () => []);
  for (let made = 0; made < result.sent + result.withheld; made++) {
    if (!isLost()) expected[made % 10]!.push(Math.floor(made / 10) + 1);
  }
  const byNumbers = (a: readonly number[], b: readonly number[]) => String(a) < String(b) ? -1 : 1;
  assertEquals(numbersOfHosts(datagrams).toSorted(byNumbers), expected.toSorted(byNumbers));
});

test("the swarm seals with a key file", async () => {
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, formatKey(keyOf(1)));
  const { code, datagrams } = await runSwarm("--agents", "5", "--seconds", "1", "--key-file", path);
  await Deno.remove(path);
  assertEquals(code, 0);
  assert(datagrams.length > 0);
  assertEquals(datagrams.map((bytes) => decodeHeader(bytes).seq), datagrams.map(() => 1));
});

test("the swarm refuses a wrong command line with one line", async () => {
  await using swarm = new Running([Deno.execPath(), "run", "--no-prompt", "tools/swarm.ts"], [
    ...["--agents", "none"],
  ]);
  assertEquals(await swarm.exitCode(), 2);
  assertEquals(swarm.stderr.all.length, 1);
  assertStringIncludes(swarm.stderr.text, "--agents");
});
