/** A fleet that is started anew from what another one wrote down. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Fleet } from "../../../lib/server/fleet/fleet.ts";
import { recordOf } from "../../../lib/server/fleet/host/record.ts";
import { hostRow } from "../../../lib/server/fleet/host/row.ts";
import { hostMessage } from "../../../lib/server/fleet/host/host_message.ts";
import { jsonOf } from "../../messages.ts";

const START_MS = 1_795_442_910_000;
const SENDER = { hostname: "192.0.2.7", port: 40_000 };
const INTERVAL_MS = 1_000;

function open(nowMs: number, before?: Fleet, maxHosts = 100): Fleet {
  const fleet = new Fleet({ maxHosts, historyMs: 900_000, nowMs });
  for (const host of before?.hosts() ?? []) fleet.restore(recordOf(host, 0), nowMs);
  return fleet;
}

/** Sends the datagram of a number; it says its time, on a clock that is behind by so much, unless that is NaN. */
function send(fleet: Fleet, seq: number, atMs: number, fields = {}, behindMs = 0): string {
  const time = Number.isNaN(behindMs) ? undefined : START_MS + seq * INTERVAL_MS - behindMs;
  const message = { v: 1, host: "web-01", id: "a", session: "s", seq, time, interval: INTERVAL_MS };
  const bytes = jsonOf({ ...message, cpu: { mean: seq % 100 }, ...fields });
  const receipt = fleet.receive(bytes, SENDER, atMs);
  return receipt.accepted ? "accepted" : receipt.reason;
}

const at = (seq: number) => START_MS + seq * INTERVAL_MS + 20;

function sendAll(fleet: Fleet, first: number, last: number, behindMs = 0): void {
  for (let seq = first; seq <= last; seq++) send(fleet, seq, at(seq), {}, behindMs);
}

Deno.test("Fleet.restore() keeps a host as it was, and its age is true", () => {
  const before = open(START_MS);
  sendAll(before, 1, 9);
  send(before, 12, at(12), { system: { load1: 1.5 }, tags: { role: "db", az: "b" } });
  const after = open(at(72), before);
  const [was, is] = [before.host("a")!, after.host("a")!];
  assertEquals(hostMessage(is), hostMessage(was));
  assertEquals(hostRow(is, at(73)), hostRow(was, at(73)));
  assertEquals(hostRow(is, at(73)).ageMs, 61_000);
  assertEquals(hostRow(is, at(73)).status, "offline");
  assertEquals(is.delivery!.counts, { ...was.delivery!.counts, pending: 0 });
  assertEquals([is.datagrams, is.bytes, is.firstSeenMs], [was.datagrams, was.bytes, at(1)]);
  assertEquals(after.totals(at(73)).lost, 2);
  assertEquals([
    ...after.order({ text: "web", statuses: null, sort: "cpu", descending: true }, at(73)).slice(
      0,
      9,
    ),
  ], [0]);
});

Deno.test("Fleet.restore() knows when a host was rebooted, and sees that it was meanwhile", () => {
  const before = open(START_MS);
  send(before, 1, at(1), { system: { uptime: 100 } });
  send(before, 2, at(2), { system: { uptime: 3 } });
  const after = open(at(30), before);
  assertEquals(after.host("a")!.rebootedMs, at(2));
  send(after, 31, at(31), { system: { uptime: 2 } });
  assertEquals(after.host("a")!.rebootedMs, at(31));
});

Deno.test("Fleet.restore() counts nothing as lost that was sent while no server ran", () => {
  const before = open(START_MS);
  sendAll(before, 1, 10);
  const after = open(at(30), before);
  sendAll(after, 31, 35);
  send(after, 37, at(37));
  const { counts } = after.host("a")!.delivery!;
  assertEquals([counts.received, counts.lost, counts.beforeFirst, counts.restarts], [16, 1, 20, 0]);
});

Deno.test("a restored session takes no copy of what came before, whatever the clocks", async (t) => {
  for (const behindMs of [0, 3_600_000, -3_600_000, NaN]) {
    await t.step(`a clock that is behind by ${behindMs} ms`, () => {
      const before = open(START_MS);
      sendAll(before, 1, 10, behindMs);
      const written = open(at(10), before);
      // It was killed after three more, which nobody wrote down.
      const after = open(at(20), written);
      const fates = (seqs: number[], late: number) =>
        seqs.map((seq) => send(after, seq, at(late), {}, behindMs));
      assertEquals(new Set(fates([1, 5, 10], 20)).has("accepted"), false);
      if (!Number.isNaN(behindMs)) assertEquals(fates([11, 12, 13], 20), ["old", "old", "old"]);
      assertEquals(fates([21, 22], 22), ["accepted", "accepted"]);
      assertEquals(new Set(fates([3, 10, 11, 13, 21], 23)).has("accepted"), false);
      assertEquals(after.host("a")!.delivery!.counts.received, 12);
    });
  }
});

Deno.test("a restored session takes no copy of an earlier one, nor of one that nobody wrote down", () => {
  const before = open(START_MS);
  send(before, 1, at(1), { session: "first" });
  sendAll(before, 2, 5);
  const after = open(at(20), before);
  assertEquals(send(after, 1, at(21), { session: "first" }), "old");
  assertEquals(send(after, 3, at(21), { session: "unknown" }), "old");
  assertEquals(send(after, 21, at(21), { session: "next" }), "accepted");
  assertEquals(after.host("a")!.delivery!.session, "next");
  assertEquals(after.host("a")!.delivery!.counts.restarts, 2);
});

Deno.test("a host whose clock was set back while no server ran is heard again after five minutes", () => {
  const before = open(START_MS);
  sendAll(before, 1, 10);
  const after = open(at(20), before);
  const sendBehind = (seq: number) => send(after, seq, at(seq), {}, 7_200_000);
  assertEquals(sendBehind(21), "old");
  assertEquals(sendBehind(319), "old");
  assertEquals([sendBehind(321), sendBehind(322)], ["accepted", "accepted"]);
});

Deno.test("Fleet.restore() makes room for nobody, and no time is later than the start", () => {
  const before = open(START_MS);
  for (let n = 0; n < 5; n++) send(before, 1, at(1), { id: `id-${n}` });
  const after = open(at(0), before, 3);
  assertEquals(after.size, 3);
  assertEquals(hostRow(after.host("id-0")!, at(0)).ageMs, 0);
});

Deno.test("counts of a fleet that is restarted again and again are those of one that never was", () => {
  const event = fc.record({
    skip: fc.integer({ min: 0, max: 3 }),
    copies: fc.integer({ min: 0, max: 2 }),
    restart: fc.boolean(),
  });
  fc.assert(fc.property(fc.array(event, { maxLength: 60 }), (events) => {
    let fleet = open(START_MS);
    let [seq, received, lost] = [0, 0, 0];
    for (const { skip, copies, restart } of events) {
      if (restart) fleet = open(at(seq) + 1, fleet);
      else if (seq > 0) lost += skip;
      seq += restart ? 1 : skip + 1;
      assertEquals(send(fleet, seq, at(seq)), "accepted");
      received++;
      for (let n = 0; n < copies; n++) assert(send(fleet, seq, at(seq)) !== "accepted");
    }
    const counts = fleet.host("a")?.delivery?.counts;
    assertEquals([counts?.received ?? 0, counts?.lost ?? 0], [received, lost]);
  }));
});
