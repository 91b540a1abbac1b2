import { assertEquals, assertRejects } from "@std/assert";
import { ThrottledLog } from "../../../lib/common/log.ts";
import { Failures } from "../../../lib/server/failures.ts";
import { Fleet } from "../../../lib/server/fleet/fleet.ts";
import { type Source, Sources, type Take } from "../../../lib/server/sources/sources.ts";
import { jsonOf } from "../../messages.ts";
import { logLines } from "../logs.ts";

/** A source in the hands of a test. */
class FakeSource implements Source {
  readonly name: string;
  isClosed = false;
  take: Take = () => {};
  fail: (error: Error) => void = () => {};
  readonly #run = Promise.withResolvers<void>();

  constructor(name: string) {
    this.name = name;
  }

  run(take: Take, onFailure: (error: Error) => void): Promise<void> {
    this.take = take;
    this.fail = onFailure;
    return this.#run.promise;
  }

  end(error?: Error): void {
    if (error === undefined) this.#run.resolve();
    else this.#run.reject(error);
  }

  close(): void {
    this.isClosed = true;
    this.end();
  }
}

function open() {
  const { log, lines } = logLines();
  const failures = new Failures(log);
  const [bus, replay] = [new FakeSource("bus"), new FakeSource("replay")] as const;
  const sources = new Sources([bus, replay], failures, new ThrottledLog(log, () => 0));
  return { bus, replay, sources, failures, lines };
}

Deno.test("Sources leaves one behind that fails, and the rest goes on", async () => {
  const { bus, replay, sources, failures, lines } = open();
  const stopping = new AbortController();
  const taken: unknown[] = [];
  const running = sources.run((...datagram) => taken.push(datagram), stopping.signal);
  bus.end(new Error("the bus is gone"));
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals([bus.isClosed, replay.isClosed], [true, false]);
  const origin = { hostname: "site-a", port: null };
  replay.take(Uint8Array.of(1), origin, 7);
  stopping.abort();
  await running;
  assertEquals(taken, [[Uint8Array.of(1), origin, 7]]);
  assertEquals(replay.isClosed, true);
  assertEquals([...failures.counts], [["bus", 1], ["replay", 0]]);
  assertEquals(lines, ["error Cannot run bus: the bus is gone; continuing without it"]);
});

Deno.test("Sources.run() fails when every source has failed, not when one has ended", async () => {
  const failing = open();
  const running = failing.sources.run(() => {}, new AbortController().signal);
  failing.bus.end(new Error("gone"));
  failing.replay.end(new Error("cut"));
  await assertRejects(() => running, Error, "Cannot go on: there is no source of datagrams left");
  const { bus, replay, sources } = open();
  const ending = sources.run(() => {}, new AbortController().signal);
  bus.end(new Error("gone"));
  replay.end();
  await ending;
});

Deno.test("Sources counts and logs what a source recovers from, and keeps it", async () => {
  const { bus, replay, sources, failures, lines } = open();
  const running = sources.run(() => {}, new AbortController().signal);
  for (let count = 0; count < 3; count++) bus.fail(new Error("not now"));
  assertEquals(bus.isClosed, false);
  bus.end();
  replay.end();
  await running;
  assertEquals(failures.counts.get("bus"), 3);
  assertEquals(lines, ["warn Cannot receive by bus: not now"]);
});

Deno.test("Sources.run() ends at once when it is stopped before, and closes all whatever one throws", async () => {
  const { bus, replay, sources, failures } = open();
  bus.close = () => {
    bus.end();
    throw new Error("no close");
  };
  await sources.run(() => {}, AbortSignal.abort());
  assertEquals(replay.isClosed, true);
  assertEquals(failures.counts.get("bus"), 1);
});

Deno.test("Fleet.receive() takes an origin that is no address, and --allow lets none pass", () => {
  const options = { maxHosts: 9, historyMs: 60_000, nowMs: 0 };
  const origin = { hostname: "radio ttyS0", port: null };
  const fleet = new Fleet(options);
  assertEquals(fleet.receive(jsonOf({ v: 1, host: "buoy" }), origin, 0).accepted, true);
  assertEquals(fleet.receive(jsonOf({ cpu: 1 }), origin, 0).accepted, true);
  const rows = fleet.rows(0).map(({ key, name, address }) => ({ key, name, address }));
  assertEquals(rows, [
    { key: "radio ttyS0/buoy", name: "buoy", address: "radio ttyS0" },
    { key: "radio ttyS0", name: "radio ttyS0", address: "radio ttyS0" },
  ]);
  const closed = new Fleet({ ...options, allow: [{ groups: [0xc000, 0x0207], bits: 32 }] });
  const receipt = closed.receive(jsonOf({ v: 1, host: "buoy" }), origin, 0);
  assertEquals(receipt.accepted ? null : receipt.reason, "source");
});
