import { assertEquals } from "@std/assert";
import { Budget } from "../../lib/budget.ts";
import { newcomerAllowances } from "../../lib/fleet/newcomers.ts";

const START_MS = 1_000_000;
const INTERVAL_MS = 5_000;

/** How many of some hosts, spread over networks, are in after a time in which each tries once an interval. */
function admitted(hosts: number, networks: number, maxHosts: number, durationMs: number): number {
  const budget = new Budget(newcomerAllowances(maxHosts));
  let waiting = Array.from({ length: hosts }, (_, n) => `10.0.${n % networks}.1`);
  for (let timeMs = START_MS; timeMs <= START_MS + durationMs; timeMs += INTERVAL_MS) {
    waiting = waiting.filter((address) => !budget.take(address, timeMs));
  }
  return hosts - waiting.length;
}

Deno.test("newcomerAllowances() let a fleet start at once", async (t) => {
  const cases: [hosts: number, networks: number, maxHosts: number, durationMs: number][] = [
    [1_000, 1, 10_000, 0],
    [2_000, 1, 100, 0],
    [5_000, 1, 10_000, 0],
    [5_500, 1, 10_000, 60_000],
    [10_000, 2, 10_000, 0],
    [30_000, 2, 30_000, 0],
    [30_000, 3, 30_000, 60_000],
  ];
  for (const [hosts, networks, maxHosts, durationMs] of cases) {
    const name = `${hosts} behind ${networks} with room for ${maxHosts} in ${durationMs} ms`;
    await t.step(name, () => {
      assertEquals(admitted(hosts, networks, maxHosts, durationMs), hosts);
    });
  }
});

Deno.test("newcomerAllowances() leave room that one network cannot take at once", () => {
  assertEquals(admitted(100_000, 1, 10_000, 0), 5_000);
  assertEquals(admitted(100_000, 1, 10_000, 60_000), 5_000 + 60 * 10);
  assertEquals(admitted(100_000, 200, 10_000, 60_000), 10_000 + 60 * 100);
});
