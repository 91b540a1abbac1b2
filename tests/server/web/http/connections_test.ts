import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { readNetwork } from "../../../../lib/common/address.ts";
import {
  Admission,
  Connections,
  MAX_CONNECTIONS,
  MAX_CONNECTIONS_PER_ADDRESS,
} from "../../../../lib/server/web/http/connections.ts";
import { HEAD_TIMEOUT_MS, IDLE_TIMEOUT_MS } from "../../../../lib/server/web/http/connection.ts";
import { MAX_STREAMS } from "../../../../lib/server/web/guard.ts";
import { FakeWorld, serve, settle } from "../fakes.ts";
import { FakeWire } from "../wire.ts";

const ASK = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
const LISTEN = "GET /api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n";

/** The connections of a server. */
class Scene {
  readonly world = new FakeWorld();
  readonly limits: string[] = [];
  /** How many of those who came were told to be too many. */
  crowded = 0;
  readonly handler = serve(this.world).handler;
  readonly admission = new Admission([]);
  readonly connections = new Connections({
    ...this.world.context,
    handler: this.handler,
    origin: "http://127.0.0.1:8080",
    onLimit: (text) => this.limits.push(text),
  }, this.admission);

  /** Connects so many times from an address, and each says something. */
  async connect(address: string, count = 1, text = ""): Promise<FakeWire[]> {
    const wires = Array.from({ length: count }, () => new FakeWire());
    for (const wire of wires) this.crowded += Number(this.connections.take(wire, address));
    await settle();
    for (const wire of wires) if (text !== "") await wire.say(text);
    return wires;
  }
}

const closed = (wires: readonly FakeWire[]) => wires.map(({ isClosed }) => isClosed);

Deno.test("one address has a limit, and its connection that has waited longest makes room", async () => {
  const scene = new Scene();
  const wires = await scene.connect("192.0.2.7", MAX_CONNECTIONS_PER_ADDRESS);
  // The first has asked last, and so waits least.
  await wires[0]!.say(ASK);
  const [others, [next]] = [await scene.connect("192.0.2.8"), await scene.connect("192.0.2.7")];
  assertEquals(closed(wires).map((is, at) => is ? at : -1).filter((at) => at >= 0), [1]);
  assertEquals(closed([...others, next!]), [false, false]);
  await next!.say(ASK);
  assertStringIncludes(next!.text, "200 OK");
  assertEquals(scene.connections.size, MAX_CONNECTIONS_PER_ADDRESS + 1);
  assertEquals(scene.limits, [
    "Cannot keep every connection: too many from 192.0.2.7 (limit 32)",
  ]);
});

Deno.test("all have a limit, which holds however many come, and whoever asks is answered", async () => {
  const scene = new Scene();
  await scene.connect("127.0.0.1", 2 * MAX_CONNECTIONS);
  assertEquals(scene.connections.size, MAX_CONNECTIONS);
  assertEquals([scene.limits.length, scene.crowded], [MAX_CONNECTIONS, MAX_CONNECTIONS]);
  assertEquals(scene.limits[0], "Cannot keep every connection: too many (limit 192)");
  const [wire] = await scene.connect("192.0.2.7", 1, ASK);
  assertStringIncludes(wire!.text, "200 OK");
  assertEquals(scene.connections.size, MAX_CONNECTIONS);
});

Deno.test("while all are being answered, who comes is refused, told why, and may come back", async () => {
  const scene = new Scene();
  const busy = await scene.connect("192.0.2.7", MAX_CONNECTIONS_PER_ADDRESS, LISTEN);
  const refused = await scene.connect("192.0.2.7", 20, ASK);
  const told = refused.filter(({ text }) => text.startsWith("HTTP/1.1 503 "));
  // Beyond some, they are cut off without a word.
  assertEquals([told.length, closed(refused).filter(Boolean).length], [16, 4]);
  assertMatch(told[0]!.text, /\r\nretry-after: 1\r\n/);
  assertEquals(scene.connections.size, MAX_CONNECTIONS_PER_ADDRESS);
  await scene.world.pass(2_000);
  assertEquals(closed(refused), refused.map(() => true));
  await busy[0]!.reset();
  const [again] = await scene.connect("192.0.2.7", 1, ASK);
  assertStringIncludes(again!.text, "200 OK");
});

Deno.test("connections that take too long are closed, streams that are read are not", async () => {
  const scene = new Scene();
  const [half] = await scene.connect("127.0.0.1", 1, "GET / HTTP/1.1\r\n");
  const [idle] = await scene.connect("127.0.0.1", 1, ASK);
  const [stream] = await scene.connect("127.0.0.1", 1, LISTEN);
  const [stuck] = await scene.connect("127.0.0.1", 1, LISTEN);
  const wires = [half!, idle!, stream!, stuck!];
  await scene.world.pass(HEAD_TIMEOUT_MS + 1_000);
  assertEquals(closed(wires), [true, false, false, false]);
  stuck!.isStuck = true;
  await scene.world.pass(IDLE_TIMEOUT_MS);
  assertEquals(closed(wires), [true, true, false, true]);
  assertEquals(scene.connections.size, 1);
});

Deno.test("no timer is set while there is no connection", async () => {
  const scene = new Scene();
  assertEquals(scene.world.timers, 0);
  const [wire] = await scene.connect("127.0.0.1");
  assertEquals(scene.world.timers, 1);
  await wire!.say(null);
  await scene.world.pass(1_000);
  assertEquals([scene.connections.size, scene.world.timers], [0, 0]);
});

Deno.test("Connections.shrink() closes those that wait longest, and takes fewer from then on", async () => {
  const scene = new Scene();
  const streams = await scene.connect("127.0.0.1", MAX_STREAMS, LISTEN);
  const idle = await scene.connect("127.0.0.1", 36);
  scene.connections.shrink();
  assertEquals(closed(idle), idle.map((_, at) => at < 16));
  await scene.connect("127.0.0.1", 50);
  assertEquals(scene.connections.size, 84);
  assertEquals(closed(streams).includes(true), false);
  // Where no connection waits, there is nothing to take.
  for (const wire of idle.slice(16)) await wire.say(null);
  scene.connections.shrink();
  assertEquals(closed(streams).includes(true), false);
});

Deno.test("Connections.end() ends all, and resolves when the last is gone", async () => {
  const scene = new Scene();
  await scene.connections.end();
  const idle = await scene.connect("127.0.0.1", 3);
  const [stream] = await scene.connect("127.0.0.1", 1, LISTEN);
  let hasEnded = false;
  scene.connections.end().then(() => hasEnded = true);
  await settle();
  assertEquals([...closed(idle), stream!.isClosed, hasEnded], [true, true, true, false, false]);
  scene.handler.close();
  await stream!.say(null);
  assertEquals([stream!.isClosed, hasEnded], [true, true]);
});

Deno.test("Connections.close() closes what takes nothing", async () => {
  const scene = new Scene();
  const [stream] = await scene.connect("127.0.0.1", 1, LISTEN);
  stream!.isStuck = true;
  await scene.world.pass(1_000);
  scene.connections.close();
  await settle();
  assertEquals([stream!.isClosed, scene.connections.size], [true, 0]);
});

/** Lets so many of an address in. */
function enter(admission: Admission, address: string, count: number): void {
  for (let n = 0; n < count; n++) admission.enter(admission.clientOf(address));
}

Deno.test("Admission counts an IPv4 address or an IPv6 /64 as one client", () => {
  const admission = new Admission([]);
  const broken = (address: string) => admission.brokenBy(admission.clientOf(address));
  enter(admission, "192.0.2.7", MAX_CONNECTIONS_PER_ADDRESS - 1);
  assertEquals(broken("192.0.2.7"), null);
  enter(admission, "::ffff:192.0.2.7", 1);
  enter(admission, "2001:db8::1", MAX_CONNECTIONS_PER_ADDRESS);
  const addresses = ["192.0.2.7", "::ffff:192.0.2.7", "2001:db8::2", "192.0.2.8", "2001:db8:0:1::"];
  assertEquals(addresses.map(broken), ["address", "address", "address", null, null]);
  admission.leave(admission.clientOf("192.0.2.7"));
  assertEquals(broken("192.0.2.7"), null);
});

Deno.test("Admission lets this machine and proxies have all places, and nobody more", () => {
  for (const address of ["127.0.0.2", "::1", "::ffff:127.0.0.1", "10.1.2.3", "fd00::9"]) {
    const admission = new Admission(["10.0.0.0/8", "fd00::/8"].map(readNetwork));
    enter(admission, address, MAX_CONNECTIONS - 1);
    assertEquals(admission.brokenBy(admission.clientOf(address)), null, address);
    enter(admission, "192.0.2.7", 1);
    assertEquals(admission.brokenBy(admission.clientOf(address)), "all", address);
    assertEquals(admission.brokenBy(admission.clientOf("192.0.2.8")), "all");
  }
});

Deno.test("Admission.shrink() leaves descriptors to others, for good, and some connections", () => {
  const admission = new Admission([]);
  enter(admission, "127.0.0.1", 100);
  assertEquals([admission.shrink(), admission.limit], [16, 84]);
  for (let n = 0; n < 90; n++) admission.leave(null);
  assertEquals([admission.shrink(), admission.limit], [2, 8]);
  assertEquals([admission.shrink(), admission.limit], [2, 8]);
});
