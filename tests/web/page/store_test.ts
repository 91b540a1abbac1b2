import { assert, assertEquals } from "@std/assert";
import { RECENT_POINTS, Store } from "../../../lib/web/page/store.js";
import { rowOf } from "./rows.ts";

const HEAD = { nowMs: 2_000_000, totals: { hosts: 1 } };

function filled(): Store {
  const store = new Store();
  const rows = [{ ...rowOf(), cpuRecent: [1, 2] }];
  store.takeSnapshot({ ...HEAD, first: true, last: true, rows }, 0);
  return store;
}

Deno.test("Store shows a snapshot only when all parts of it are there", () => {
  const store = filled();
  const part = (id: string, first: boolean, last: boolean) =>
    store.takeSnapshot({ ...HEAD, first, last, rows: [rowOf({ id })] }, 0);
  part("b", true, false);
  assertEquals([...store.rows.keys()], ["a"]);
  part("c", false, true);
  assertEquals([...store.rows.keys()], ["b", "c"]);
});

Deno.test("Store changes a known row in place and goes on with its past", () => {
  const store = filled();
  const row = store.rows.get("a")!;
  store.takeChanges({
    ...HEAD,
    removed: [],
    rows: [rowOf({ cpuPercent: 3, lastSeenMs: 1_005_000 })],
  }, 0);
  assert(store.rows.get("a") === row);
  assertEquals([row.cpuPercent, row.cpuRecent], [3, [1, 2, 3]]);
  // Told again of the same datagram, as after an interruption.
  store.takeChanges({
    ...HEAD,
    removed: [],
    rows: [rowOf({ cpuPercent: 3, lastSeenMs: 1_005_000 })],
  }, 0);
  assertEquals(row.cpuRecent, [1, 2, 3]);
});

Deno.test("Store keeps so much of the past and no more", () => {
  const store = filled();
  for (let n = 1; n <= 2 * RECENT_POINTS; n++) {
    const rows = [rowOf({ cpuPercent: n, lastSeenMs: 1_000_000 + n })];
    store.takeChanges({ ...HEAD, removed: [], rows }, 0);
  }
  const recent = store.rows.get("a")!.cpuRecent!;
  assertEquals([recent.length, recent.at(-1)], [RECENT_POINTS, 2 * RECENT_POINTS]);
});

Deno.test("Store tells when hosts come, go or are renamed, and only then", () => {
  const store = filled();
  const changes = [
    { removed: [], rows: [rowOf({ cpuPercent: 50 })], grows: false },
    { removed: [], rows: [rowOf({ name: "other" })], grows: true },
    { removed: [], rows: [rowOf({ id: "b" })], grows: true },
    { removed: ["b"], rows: [], grows: true },
    { removed: ["b"], rows: [], grows: false },
  ];
  for (const { removed, rows, grows } of changes) {
    const before = store.membership;
    store.takeChanges({ ...HEAD, removed, rows }, 0);
    assertEquals(store.membership > before, grows);
  }
});

Deno.test("Store judges by the server's clock, while nothing is heard too", () => {
  const store = filled();
  const row = store.rows.get("a")!;
  row.lastSeenMs = HEAD.nowMs;
  store.settle(16_000);
  assertEquals(row.status, "live");
  store.settle(16_001);
  assertEquals(row.status, "stale");
  store.settle(31_001);
  assertEquals(row.status, "offline");
});
