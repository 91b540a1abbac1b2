import { assertEquals } from "@std/assert";
import {
  HOST_STATUSES,
  type HostStatus,
  hostStatus,
  levelOf,
  percentOf,
} from "../../lib/common/status.js";

Deno.test("hostStatus() changes just after 3 and 6 intervals and a second", async (t) => {
  const cases: [intervalMs: number, ageMs: number, HostStatus][] = [
    [5_000, 0, "live"],
    [5_000, 16_000, "live"],
    [5_000, 16_001, "stale"],
    [5_000, 31_000, "stale"],
    [5_000, 31_001, "offline"],
    [100, 1_300, "live"],
    [100, 1_301, "stale"],
    [100, 1_600, "stale"],
    [100, 1_601, "offline"],
    [3_600_000, 10_801_000, "live"],
    [3_600_000, 21_601_001, "offline"],
    [5_000, -1, "live"],
  ];
  for (const [intervalMs, ageMs, expected] of cases) {
    await t.step(`${ageMs} ms of silence at ${intervalMs} ms: ${expected}`, () => {
      assertEquals(hostStatus({ ageMs, intervalMs, left: false }), expected);
    });
  }
});

Deno.test("hostStatus() is left after a good-bye, however long ago", () => {
  for (const ageMs of [0, 16_001, 1e9]) {
    assertEquals(hostStatus({ ageMs, intervalMs: 5_000, left: true }), "left");
  }
});

Deno.test("HOST_STATUSES stand from best to worst", () => {
  assertEquals(HOST_STATUSES, ["live", "stale", "offline", "left"]);
});

Deno.test("levelOf() judges a share as it is shown: a warning from 70 %, critical from 90 %", () => {
  const percents = [null, 0, 69.4, 69.6, 70, 89.4, 89.5, 90, 100];
  assertEquals(percents.map((percent) => levelOf(percent)), [
    ...["normal", "normal", "normal", "warning", "warning", "warning"],
    ...["critical", "critical", "critical"],
  ]);
  assertEquals([19, 20, 60].map((percent) => levelOf(percent, 20, 60)), [
    ...["normal", "warning", "critical"],
  ]);
});

Deno.test("percentOf() knows nothing of nothing, and of what is not known", () => {
  assertEquals(percentOf(1, 4), 25);
  for (const [part, whole] of [[null, 4], [1, null], [0, 0], [1, -1]] as const) {
    assertEquals(percentOf(part, whole), null);
  }
});
