import { assert, assertEquals } from "@std/assert";
import type { DeliveryCounts } from "../lib/server/fleet/accounts/delivery.ts";
import { MISSING, SERVER_ADDRESS, Wire } from "./namespaces.ts";
import { programOf, Running } from "./processes.ts";

const COUNT = 60;

function test(name: string, act: (wire: Wire) => Promise<void>): void {
  Deno.test({
    name: `over a real wire, ${name} (needs ${MISSING ?? "root"})`,
    ignore: MISSING !== null,
    async fn() {
      await using wire = await Wire.open();
      await act(wire);
    },
  });
}

async function startServer(wire: Wire): Promise<Running> {
  const server = new Running(wire.atServer(programOf("server")), ["--view", "json"]);
  await server.stderr.find((line) => line.includes("Receives on"), "the port");
  return server;
}

function startAgent(wire: Wire, ...args: string[]): Running {
  return new Running(wire.atAgent(programOf("agent")), [
    ...["--server", `${SERVER_ADDRESS}:5005`, "--interval", "100ms", ...args],
  ]);
}

/** The delivery as it stands at a message that fits. */
async function deliveryAt(
  server: Running,
  fits: (message: { seq: number; bye?: true }) => boolean,
): Promise<DeliveryCounts> {
  const line = await server.stdout.find((line) => fits(JSON.parse(line).message), "that message");
  return JSON.parse(line).delivery;
}

test("every datagram that the kernel drops is counted as lost", async (wire) => {
  await wire.rule("numgen inc mod 7 == 2", "drop");
  await using server = await startServer(wire);
  await using agent = startAgent(wire, "--count", String(COUNT));
  // The last one, the good-bye, is none of those that are dropped.
  const delivery = await deliveryAt(server, ({ bye }) => bye === true);
  assertEquals(await agent.exitCode(), 0);
  const dropped = await wire.hits();
  assert(dropped >= 8, `${dropped} were dropped`);
  assertEquals([delivery.received, delivery.lost], [COUNT - dropped, dropped]);
});

test("copies are told from what they are copies of", async (wire) => {
  await wire.rule("numgen inc mod 5 == 2", `dup to ${SERVER_ADDRESS} device "wire"`);
  await using server = await startServer(wire);
  await using agent = startAgent(wire, "--count", String(COUNT));
  const delivery = await deliveryAt(server, ({ bye }) => bye === true);
  assertEquals(await agent.exitCode(), 0);
  const copied = await wire.hits();
  assert(copied >= 10, `${copied} were copied`);
  assertEquals([delivery.received, delivery.lost, delivery.duplicate], [COUNT, 0, copied]);
});

test("a small MTU cuts nothing off", async (wire) => {
  await wire.set("mtu", "576");
  await using server = await startServer(wire);
  await using _agent = startAgent(wire, "--name", "x".repeat(253));
  const line = await server.stdout.find((line) => JSON.parse(line).message.seq === 3, "seq 3");
  const { delivery, message } = JSON.parse(line);
  assertEquals([message.host.length, delivery.received, delivery.lost], [253, 3, 0]);
});

const MANY_CORES = new URL("fixtures/proc/many-cores/first", import.meta.url).pathname;

for (const [options, isWhole] of [["", false], ["--max-datagram 548", true]] as const) {
  const name = isWhole ? "a datagram fits a tunnel" : "one that is longer is cut to pieces";
  test(`${name} ${options}`.trim(), async (wire) => {
    await wire.set("mtu", "576");
    await wire.rule("meta length > 576", "");
    await using server = await startServer(wire);
    const args = ["--procfs", MANY_CORES, ...options.split(" ").filter(Boolean)];
    await using _agent = startAgent(wire, ...args);
    const line = await server.stdout.find((line) => JSON.parse(line).message.seq === 3, "seq 3");
    const { cores, omitted = 0 } = JSON.parse(line).message.cpu;
    assertEquals([cores.length, omitted], isWhole ? [0, 256] : [256, 0]);
    assertEquals(await wire.hits() > 0, !isWhole);
  });
}

test("an agent bears that its link goes down, and what it could not send is lost", async (wire) => {
  await using server = await startServer(wire);
  await using agent = startAgent(wire);
  await deliveryAt(server, ({ seq }) => seq >= 3);
  await wire.set("down");
  await agent.stderr.find((line) => line.includes("Cannot send to"), "the line of the failure");
  await wire.set("up");
  await agent.stderr.find((line) => line.includes("Sending to"), "the line of the recovery");
  const complaints = agent.stderr.all.filter((line) => /Cannot send to|Sending to/.test(line));
  assertEquals(complaints.length, 2, complaints.join("\n"));
  const before = server.stdout.all.length;
  const delivery = await deliveryAt(server, ({ seq }) => seq >= before + 12);
  assert(delivery.lost > 0, "nothing was lost");
  assertEquals(await agent.stop(), 0);
  const last = JSON.parse(await server.stdout.find((line) => JSON.parse(line).message.bye, "bye"));
  assertEquals(last.delivery.received + last.delivery.lost, last.message.seq);
});

/** Counts the packets that leave the server's port, until a datagram of four bytes comes to port 9. */
const CAPTURE = `
import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
s.settimeout(20)
print("captures", flush=True)
seen = sent = 0
while True:
    packet = s.recvfrom(65535)[0]
    if len(packet) < 28 or packet[0] >> 4 != 4 or packet[9] != 17: continue
    source, destination = int.from_bytes(packet[20:22], "big"), int.from_bytes(packet[22:24], "big")
    if destination == 9: break
    seen += destination == 5005
    sent += source == 5005
print(seen > 0, sent, flush=True)
`;

test("the server sends nothing, whatever it is sent", async (wire) => {
  await using server = await startServer(wire);
  await using capture = new Running(wire.atServer(["/usr/bin/python3", "-c", CAPTURE]), []);
  await capture.stdout.findText("captures");
  const nasty = [
    "",
    "{",
    "[]",
    "\\x00",
    '{"v":2}',
    '{"cpu":1}',
    '{"v":1,"host":"a"}',
    "\\xf5" + "A".repeat(80),
  ];
  const sends = nasty.map((text) => `s.sendto(b'${text}', ("${SERVER_ADDRESS}", 5005))`).join("\n");
  await using sender = new Running(wire.atAgent(["/usr/bin/python3", "-c"]), [
    `import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n${sends}\n` +
    `s.sendto(b"stop", ("${SERVER_ADDRESS}", 9))`,
  ]);
  assertEquals(await sender.exitCode(), 0);
  await server.stdout.find((line) => JSON.parse(line).message.host === "a", "the good one");
  assertEquals(await capture.exitCode(), 0);
  assertEquals(capture.stdout.all.at(-1), "True 0");
});
