import { assertEquals } from "@std/assert";
import { Failures } from "../../lib/server/failures.ts";
import type { Accepted } from "../../lib/server/fleet/receipt.ts";
import { type Observer, Observers } from "../../lib/server/observers.ts";
import { logLines } from "./logs.ts";

const RECEIPT = {} as Accepted;

/** Observers that note what they are told; of `faulty` each thing throws that is named. */
function open(faulty: Partial<Record<"accepted" | "tick" | "close", string>> = {}) {
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
  const { observers, failures, told, lines } = open();
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

Deno.test("Observers leaves one behind that throws, closes it, and goes on with the rest", async () => {
  const { observers, failures, told, lines } = open({ accepted: "page", tick: "watch" });
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
  const { observers, told, lines } = open({ close: "view" });
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
