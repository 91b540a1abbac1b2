import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Clock } from "../../../lib/common/clock.ts";
import { bindDrain, clockDifference } from "../../../lib/server/sources/drain.ts";
import { jsonOf } from "../../messages.ts";
import { MAY_RUN, programOf, Running } from "../../processes.ts";

const ignore = Deno.permissions.querySync({ name: "net" }).state !== "granted";
const LOOPBACK = { hostname: "127.0.0.1", port: 0 };

const clock = new Clock();
const OPTIONS = { maxHosts: 10, nowMs: () => clock.nowMs() };

Deno.test({
  name: "bindDrain() tells when a datagram came by the program's clock (needs --allow-net)",
  ignore,
  async fn() {
    const hourAheadMs = 3_600_000;
    const nowMs = () => clock.nowMs() + hourAheadMs;
    const source = await bindDrain(LOOPBACK, { maxHosts: 10, nowMs });
    const socket = Deno.listenDatagram({ transport: "udp", ...LOOPBACK });
    await socket.send(new Uint8Array(1), { transport: "udp", ...source.addresses[0]! });
    const times: number[] = [];
    await source.run((_bytes, _origin, atMs) => {
      times.push(atMs);
      source.close();
    }, (error) => {
      throw error;
    });
    socket.close();
    assert(Math.abs(times[0]! - nowMs()) < 60_000);
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
    await assertRejects(() => bindDrain(LOOPBACK, OPTIONS), Error, "no thread");
  } finally {
    globalThis.Worker = Worker;
  }
  const [text] = urls.map(decodeURIComponent);
  assertStringIncludes(text!, "RingWriter");
  assert(!text!.includes("@ts-check"));
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
