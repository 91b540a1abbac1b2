/** The clock of a view: what is not known by now makes nobody look offline, and a dead site holds up nobody. */
import { assertEquals } from "@std/assert";
import { Skew } from "../../../lib/server/bus/site.ts";
import { ViewClock } from "../../../lib/server/bus/view_clock.ts";

const START_MS = 1_795_442_910_170;

/** A view that has started, and a second of a site that is well. */
function open(sinceMs = 0) {
  let steadyMs = START_MS;
  const clock = new ViewClock(START_MS - sinceMs, () => steadyMs, () => 0);
  const beat = (site: string, reachedMs: number, sentMs = steadyMs, storedMs = steadyMs) =>
    clock.beat(site, { sentMs, reachedMs, storedMs, partitions: null });
  return { clock, beat, pass: (ms: number) => steadyMs += ms, now: () => clock.nowMs() - START_MS };
}

Deno.test("ViewClock stands still until the stream is at hand, then goes with ours", () => {
  const { clock, pass, now } = open(60_000);
  pass(5_000);
  assertEquals([now(), clock.behindMs], [-60_000, 65_000]);
  clock.follow(true);
  assertEquals([now(), clock.behindMs], [5_000, 0]);
  pass(1_000);
  assertEquals(now(), 6_000);
});

Deno.test("ViewClock goes with the beats of sites while the past is read", () => {
  const { clock, beat, now } = open(60_000);
  clock.follow(false);
  beat("a", START_MS - 50_000);
  assertEquals(now(), -50_000);
  beat("b", START_MS - 49_000);
  beat("a", START_MS - 47_000);
  assertEquals(now(), -49_000, "as far as all have got");
  beat("a", START_MS - 30_000);
  assertEquals(now(), -30_000, "a site that is far behind the others is waited for no longer");
});

Deno.test("ViewClock stands still while the bus is away, and until sites have caught up", () => {
  const { clock, beat, pass, now } = open();
  clock.follow(true);
  beat("a", START_MS);
  pass(1_000);
  beat("a", START_MS + 1_000);
  assertEquals(now(), 1_000);
  clock.follow(false);
  pass(60_000);
  assertEquals(now(), 1_000);
  clock.follow(true);
  assertEquals(now(), 1_000, "what happened meanwhile has not come yet");
  pass(1_000);
  beat("a", START_MS + 40_000);
  assertEquals(now(), 40_000);
  beat("a", START_MS + 62_000);
  assertEquals(now(), 62_000);
});

Deno.test("ViewClock waits some seconds for a site that is silent, says so, and goes on", () => {
  const { clock, beat, pass, now } = open();
  clock.follow(true);
  beat("a", START_MS);
  beat("b", START_MS);
  pass(5_000);
  beat("b", START_MS + 5_000);
  assertEquals(now(), 0);
  assertEquals(clock.sites.map(({ silentMs }) => silentMs), [null, null]);
  pass(5_500);
  beat("b", START_MS + 10_500);
  assertEquals(now(), 10_500);
  assertEquals(clock.sites.map(({ silentMs }) => silentMs), [10_500, null]);
  pass(20_000);
  assertEquals(now(), 30_500, "where all are silent, their hosts are, too");
});

Deno.test("ViewClock gives a site that is new a moment to say how far it has got", () => {
  const { clock, beat, pass, now } = open();
  clock.follow(true);
  beat("a", START_MS);
  clock.arrivalMs("b", START_MS, START_MS);
  pass(1_000);
  beat("a", START_MS + 1_000);
  assertEquals([now(), clock.sites.map(({ silentMs }) => silentMs)], [1_000, [null, null]]);
  pass(10_000);
  assertEquals(clock.sites[1]!.silentMs, 11_000);
});

Deno.test("ViewClock never goes back", () => {
  const { clock, beat, pass, now } = open();
  clock.follow(true);
  pass(10_000);
  assertEquals(now(), 10_000);
  beat("a", START_MS + 2_000);
  beat("a", START_MS + 1_000);
  clock.follow(false);
  assertEquals(now(), 10_000);
});

Deno.test("ViewClock corrects the times of a site whose clock is off, and of a bus whose is", () => {
  const { clock, beat, pass } = open();
  clock.follow(true);
  for (let second = 0; second < 6; second++) {
    beat("a", START_MS - 30_000, START_MS + second * 1_000 - 30_000 - second);
    pass(1_000);
  }
  assertEquals(clock.sites[0]!.skewMs, 30_000);
  assertEquals(clock.arrivalMs("a", START_MS - 30_000, START_MS), START_MS);
  assertEquals(clock.arrivalMs("b", START_MS, START_MS), START_MS);
  clock.compare(START_MS + 7_000, START_MS);
  assertEquals(clock.arrivalMs("b", START_MS + 7_000, START_MS + 7_000), START_MS);
  clock.compare(START_MS + 200, START_MS);
  assertEquals(clock.arrivalMs("b", START_MS, START_MS), START_MS);
});

Deno.test("ViewClock is not moved by a wall clock that is set, its site's or our own", () => {
  let [steadyMs, ourAheadMs] = [START_MS, 0];
  const clock = new ViewClock(START_MS, () => steadyMs, () => ourAheadMs);
  clock.follow(true);
  const hear = (aheadMs: number, startedMs = 1) => {
    const sentMs = clock.settled("a", { atMs: steadyMs, startedMs, aheadMs });
    clock.beat("a", { sentMs, reachedMs: sentMs, storedMs: steadyMs, partitions: null });
    steadyMs += 1_000;
    const { skewMs, silentMs } = clock.sites[0]!;
    return [clock.arrivalMs("a", sentMs, steadyMs - 1_000) - steadyMs + 1_000, skewMs, silentMs];
  };
  for (const aheadMs of [0, 3_600_000, 3_600_000, -3_600_000, 400]) {
    for (let second = 0; second < 12; second++) {
      assertEquals(hear(aheadMs), [0, Math.abs(aheadMs) > 500 ? -aheadMs : 0, null]);
    }
  }
  for (const aheadMs of [3_600_000, -3_600_000]) {
    ourAheadMs = aheadMs;
    for (let second = 0; second < 12; second++) assertEquals(hear(0), [0, 0, null]);
  }
  // What is asked for anew is compared with our wall clock as it is then.
  clock.compare(steadyMs, steadyMs + ourAheadMs);
  assertEquals(hear(0), [0, 0, null]);
  // A server that starts with a clock that is off has it corrected, also when that is set right.
  for (let second = 0; second < 6; second++) hear(60_000, 2);
  assertEquals(hear(60_000, 2), [0, -60_000, null]);
  assertEquals(hear(0, 2), [0, 0, null]);
});

Deno.test("Skew takes a delay for no skew, and follows a clock that is set right again", () => {
  const skew = new Skew();
  for (const delayMs of [60_000, 50_000, 40_000, 30_000, 20_000, 10_000, 3, 2]) {
    skew.take(START_MS, START_MS + delayMs);
  }
  assertEquals(skew.addMs, 0);
  for (let n = 0; n < 5; n++) skew.take(START_MS, START_MS - 90_000 + n);
  assertEquals(skew.addMs, -90_000);
  for (let n = 0; n < 5; n++) skew.take(START_MS, START_MS + 20);
  assertEquals(skew.addMs, 0);
});

Deno.test("ViewClock has a site that is silent make room for another, and none that is heard", () => {
  const { clock, beat, pass } = open();
  clock.follow(true);
  for (let n = 0; n < 256; n++) beat(`s${n}`, START_MS);
  assertEquals([clock.admits("s7"), clock.admits("more")], [true, false]);
  pass(11_000);
  for (let n = 0; n < 256; n++) if (n !== 7) beat(`s${n}`, START_MS + 11_000);
  assertEquals(clock.admits("more"), true);
  assertEquals(clock.sites.filter(({ site }) => site === "s7"), []);
  beat("more", START_MS + 11_000);
  assertEquals([clock.admits("more"), clock.admits("s7")], [true, false]);
});
