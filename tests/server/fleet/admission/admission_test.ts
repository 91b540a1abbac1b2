import { assertEquals } from "@std/assert";
import { type Allowances, TokenBucket } from "../../../../lib/common/rate_limit.ts";
import {
  firstAllowances,
  newcomerAllowances,
} from "../../../../lib/server/fleet/admission/admission.ts";

const START_MS = 1_000_000;
const INTERVAL_MS = 5_000;

/** How many of some hosts, spread over networks, are in after a time in which each tries once an interval. */
function admitted(hosts: number, networks: number, allowances: Allowances, durationMs: number) {
  const budget = new TokenBucket(allowances);
  let waiting = Array.from(
    { length: hosts },
    (_, n) => `10.${n % networks >> 8}.${n % networks & 255}.1`,
  );
  for (let timeMs = START_MS; timeMs <= START_MS + durationMs; timeMs += INTERVAL_MS) {
    waiting = waiting.filter((address) => !budget.take(address, timeMs));
  }
  return hosts - waiting.length;
}

Deno.test("newcomerAllowances() let a fleet start at once, also behind one router", async (t) => {
  const cases: [hosts: number, networks: number, maxHosts: number][] = [
    [2_000, 1, 100],
    [10_000, 1, 10_000],
    [10_000, 2, 10_000],
    [30_000, 3, 30_000],
  ];
  for (const [hosts, networks, maxHosts] of cases) {
    await t.step(`${hosts} behind ${networks} with room for ${maxHosts}`, () => {
      assertEquals(admitted(hosts, networks, newcomerAllowances(maxHosts), 0), hosts);
    });
  }
});

Deno.test("newcomerAllowances() and firstAllowances() bound what comes after that", () => {
  const minute = 60_000;
  assertEquals(admitted(100_000, 1, newcomerAllowances(10_000), minute), 10_000 + 60 * 10);
  assertEquals(admitted(100_000, 200, newcomerAllowances(10_000), minute), 10_000 + 60 * 100);
  assertEquals(admitted(100_000, 1, firstAllowances(10_000), minute), 100 + 60 * 10);
  assertEquals(admitted(100_000, 50_000, firstAllowances(10_000), minute), 10_000 + 60 * 500);
});
