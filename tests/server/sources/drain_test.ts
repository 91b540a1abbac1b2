import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { bindDrain, clockDifference } from "../../../lib/server/sources/drain.ts";
import { MAX_DATAGRAM_BYTES } from "../../../lib/message/message.ts";
import { jsonOf } from "../../messages.ts";
import { MAY_RUN, programOf, Running } from "../../processes.ts";

const ignore = Deno.permissions.querySync({ name: "net" }).state !== "granted";
const LOOPBACK = { hostname: "127.0.0.1", port: 0 };

Deno.test({
  name: "bindDrain() hands on every datagram with its sender and time (needs --allow-net)",
  ignore,
  async fn() {
    const receiver = await bindDrain(LOOPBACK, 10);
    const socket = Deno.listenDatagram({ transport: "udp", ...LOOPBACK });
    const sizes = [1, 0, 500, MAX_DATAGRAM_BYTES, MAX_DATAGRAM_BYTES + 1, 60_000, 2];
    const startMs = performance.timeOrigin + performance.now();
    for (const size of sizes) {
      await socket.send(new Uint8Array(size), { transport: "udp", ...receiver.addresses[0]! });
    }
    const taken: [number, number, boolean][] = [];
    await receiver.receiveAll((bytes, { port }, atMs = 0) => {
      taken.push([bytes.length, port, Math.abs(atMs - startMs) < 60_000]);
      if (taken.length === sizes.length) receiver.close();
    }, (error) => {
      throw error;
    });
    const { port } = socket.addr as Deno.NetAddr;
    socket.close();
    assertEquals(
      taken,
      sizes.map((size) => [Math.min(size, MAX_DATAGRAM_BYTES + 1), port, true]),
    );
  },
});

Deno.test("bindDrain() starts a thread that deno test neither checks nor prints", async () => {
  const { Worker } = globalThis;
  const urls: string[] = [];
  try {
    globalThis.Worker = class {
      constructor(url: string) {
        urls.push(url);
        throw new Error("no thread");
      }
    } as unknown as typeof Worker;
    await assertRejects(() => bindDrain(LOOPBACK, 10), Error, "no thread");
  } finally {
    globalThis.Worker = Worker;
  }
  const [text] = urls.map(decodeURIComponent);
  assertStringIncludes(text!, "RingWriter");
  assert(!text!.includes("@ts-check"));
});

Deno.test({
  name: "bindDrain() says why it cannot bind (needs --allow-net)",
  ignore,
  async fn() {
    const taken = await bindDrain(LOOPBACK, 10);
    await assertRejects(() => bindDrain(taken.addresses[0]!, 10), Error, "the port is taken");
    taken.close();
  },
});

Deno.test({
  name:
    "server of many hosts receives by its thread with --allow-net alone, and ends (needs --allow-run, -net, -read, -env)",
  ignore: !MAY_RUN,
  async fn() {
    await using server = new Running(programOf("server", ["--allow-net"]), [
      ...["--listen", "127.0.0.1:0", "--max-hosts", "10001", "--view", "json"],
    ]);
    const receives = await server.stderr.find((line) => line.includes("Receives on"), "the port");
    const port = Number(/:(\d+)$/.exec(receives)![1]);
    const socket = Deno.listenDatagram({ transport: "udp", ...LOOPBACK });
    const to = { transport: "udp", hostname: "127.0.0.1", port } as const;
    await socket.send(jsonOf({ v: 1, host: "web-01" }), to);
    socket.close();
    const line = await server.stdout.find((line) => line.includes("web-01"), "the datagram");
    assertEquals(JSON.parse(line).message, { v: 1, host: "web-01" });
    assertEquals(await server.stop(), 0);
  },
});

Deno.test("clockDifference() is none but where the other clock began on another wall clock", () => {
  const cases: [theirs: number, difference: number][] = [
    ...[1_000, 1_007, 1_030].map((theirs): [number, number] => [theirs, 0]),
    [3_601_007, 1_030 - 3_601_007],
    [-3_598_993, 1_000 + 3_598_993],
  ];
  for (const [theirs, difference] of cases) {
    assertEquals(clockDifference(theirs, 1_000, 1_030), difference);
  }
});
