import { assertEquals, assertRejects } from "@std/assert";
import {
  Failures,
  type Observer,
  Observers,
  type Source,
  Sources,
  type Take,
} from "../../lib/server/parts.ts";
import { logLines } from "./logs.ts";
import { ThrottledLog } from "../../lib/common/log.ts";
import { Fleet } from "../../lib/server/fleet/fleet.ts";
import { jsonOf } from "../messages.ts";
import type { Accepted } from "../../lib/server/fleet/receipt.ts";

Deno.test("Failures counts from 0 on, and logs what ends a part", () => {
  const { log, lines } = logLines();
  const failures = new Failures(log);
  failures.add("udp");
  failures.add("view");
  failures.count("udp");
  failures.count("udp");
  assertEquals(lines, []);
  failures.leaveBehind("udp", new Error("Cannot go on: the thread ended"));
  assertEquals([...failures.counts], [["udp", 3], ["view", 0]]);
  assertEquals(lines, [
    "error Cannot run udp: Cannot go on: the thread ended; continuing without it",
  ]);
});

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

function openSources() {
  const { log, lines } = logLines();
  const failures = new Failures(log);
  const [bus, replay] = [new FakeSource("bus"), new FakeSource("replay")] as const;
  const sources = new Sources([bus, replay], failures, new ThrottledLog(log, () => 0));
  return { bus, replay, sources, failures, lines };
}

Deno.test("Sources leaves one behind that fails, and the rest goes on", async () => {
  const { bus, replay, sources, failures, lines } = openSources();
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
  const failing = openSources();
  const running = failing.sources.run(() => {}, new AbortController().signal);
  failing.bus.end(new Error("gone"));
  failing.replay.end(new Error("cut"));
  await assertRejects(() => running, Error, "Cannot go on: there is no source of datagrams left");
  const { bus, replay, sources } = openSources();
  const ending = sources.run(() => {}, new AbortController().signal);
  bus.end(new Error("gone"));
  replay.end();
  await ending;
});

Deno.test("Sources counts and logs what a source recovers from, and keeps it", async () => {
  const { bus, replay, sources, failures, lines } = openSources();
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
  const { bus, replay, sources, failures } = openSources();
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

const RECEIPT = {} as Accepted;

/** Observers that note what they are told; of `faulty` each thing throws that is named. */
function openObservers(faulty: Partial<Record<"accepted" | "tick" | "close", string>> = {}) {
  const told: string[] = [];
  const { log, lines } = logLines();
  const failures = new Failures(log);
  const make = (name: string): Observer => {
    const tell = (what: "accepted" | "tick" | "close", more: number | string = "") => {
      told.push(`${name} ${what}${more}`);
      if (faulty[what] === name) throw new Error(`no ${what}`);
    };
    return {
      name,
      accepted: (_receipt, atMs) => tell("accepted", ` ${atMs}`),
      tick: (nowMs) => tell("tick", ` ${nowMs}`),
      close: () => tell("close"),
    };
  };
  const observers = new Observers(["page", "view", "watch"].map(make), failures);
  return { observers, failures, told, lines };
}

Deno.test("Observers tells all in order, and closes the newest first", async () => {
  const { observers, failures, told, lines } = openObservers();
  observers.accepted(RECEIPT, 5);
  observers.tick(6);
  await observers.close();
  assertEquals(told, [
    ...["page accepted 5", "view accepted 5", "watch accepted 5"],
    ...["page tick 6", "view tick 6", "watch tick 6"],
    ...["watch close", "view close", "page close"],
  ]);
  assertEquals([...failures.counts], [["page", 0], ["view", 0], ["watch", 0]]);
  assertEquals(lines, []);
});

Deno.test("Observers.advance() tells each whole second once, and follows a clock that is set", () => {
  const { observers, told } = openObservers();
  const ticksAt = (nowMs: number) => {
    told.length = 0;
    observers.advance(nowMs);
    return told.filter((line) => line.startsWith("page tick")).map((line) => line.slice(10));
  };
  assertEquals(ticksAt(5_100), []);
  assertEquals(ticksAt(5_900), []);
  assertEquals(ticksAt(8_000), ["6000", "7000", "8000"]);
  assertEquals(ticksAt(7_999), []);
  assertEquals(ticksAt(9_000), ["9000"]);
  // A day and more is passed over, and one that is set back goes on from there.
  assertEquals(ticksAt(100_000_000), []);
  assertEquals(ticksAt(3_000), []);
  assertEquals(ticksAt(4_000), ["4000"]);
});

Deno.test("Observers.goOn() tells one second in each turn, as far as the time has come by then", async () => {
  const { observers, told } = openObservers();
  let nowMs = 5_000;
  observers.advance(nowMs);
  nowMs = 7_000;
  const turns: string[][] = [];
  await observers.goOn(() => nowMs, () => {
    turns.push(told.splice(0));
    if (turns.length === 1) nowMs = 8_500;
    return Promise.resolve();
  });
  const ticksOf = (ms: number) => ["page", "view", "watch"].map((name) => `${name} tick ${ms}`);
  assertEquals([...turns, told], [ticksOf(6_000), ticksOf(7_000), ticksOf(8_000)]);
});

Deno.test("Observers.goOn() ends where it is called again, or they are closed", async () => {
  const { observers, told } = openObservers();
  observers.advance(0);
  const turns: (() => void)[] = [];
  const goOn = () => observers.goOn(() => 9_000, () => new Promise((go) => turns.push(go)));
  const first = goOn();
  const second = goOn();
  turns.shift()!();
  await first;
  assertEquals(told.length, 2 * 3);
  await observers.close();
  turns.shift()!();
  await second;
  assertEquals([told.length, turns.length], [3 * 3, 0]);
});

Deno.test("Observers leaves one behind that throws, closes it, and goes on with the rest", async () => {
  const { observers, failures, told, lines } = openObservers({ accepted: "page", tick: "watch" });
  observers.accepted(RECEIPT, 5);
  observers.accepted(RECEIPT, 6);
  observers.tick(7);
  observers.tick(8);
  await observers.close();
  assertEquals(told, [
    ...["page accepted 5", "page close", "view accepted 5", "watch accepted 5"],
    ...["view accepted 6", "watch accepted 6"],
    ...["view tick 7", "watch tick 7", "watch close"],
    ...["view tick 8", "view close"],
  ]);
  assertEquals([...failures.counts], [["page", 1], ["view", 0], ["watch", 1]]);
  assertEquals(lines, [
    "error Cannot run page: no accepted; continuing without it",
    "error Cannot run watch: no tick; continuing without it",
  ]);
});

Deno.test("Observers.close() closes the others when one cannot be, and waits for all", async () => {
  const { observers, told, lines } = openObservers({ close: "view" });
  await observers.close();
  await observers.close();
  assertEquals(told, ["watch close", "view close", "page close"]);
  assertEquals(lines, ["error Cannot run view: no close; continuing without it"]);
  const slow = Promise.withResolvers<void>();
  const others = new Observers(
    [{ name: "slow", close: () => slow.promise }],
    new Failures(logLines().log),
  );
  let hasClosed = false;
  const closing = others.close().then(() => hasClosed = true);
  await Promise.resolve();
  assertEquals(hasClosed, false);
  slow.resolve();
  await closing;
});
