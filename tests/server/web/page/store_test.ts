import { assert, assertEquals } from "@std/assert";
import { RECENT_POINTS } from "../../../../lib/common/gaps.js";
import { type Row, Store } from "../../../../lib/server/web/page/store.js";
import { rowOf } from "./rows.ts";

const HEAD = { nowMs: 2_000_000, totals: { hosts: 1 }, matched: 100, offset: 50 };

const newRow = (changes: Partial<Row> = {}) => ({ ...rowOf(changes), cpuRecent: [1, 2] });

function filled(): Store {
  const store = new Store();
  const rows = ["a", "b"].map((id) => newRow({ id }));
  store.takeWindow({ ...HEAD, ids: ["a", "b"], rows });
  return store;
}

const idsOf = ({ rows }: Store) => rows.map(({ id }) => id);

Deno.test("Store holds the rows of the window in their order, and where they are among all", () => {
  const store = filled();
  assertEquals([idsOf(store), store.offset, store.matched], [["a", "b"], 50, 100]);
  store.takeWindow({ ...HEAD, offset: 75, ids: ["c", "a"], rows: [newRow({ id: "c" })] });
  assertEquals([idsOf(store), store.offset], [["c", "a"], 75]);
  store.takeWindow({ ...HEAD, matched: 7, offset: 75, ids: null, rows: [] });
  assertEquals([idsOf(store), store.matched], [["c", "a"], 7]);
});

Deno.test("Store leaves out a host of which it was told no row", () => {
  const store = filled();
  store.takeWindow({ ...HEAD, ids: ["b", "gone", "a"], rows: [] });
  assertEquals(idsOf(store), ["b", "a"]);
});

Deno.test("Store changes a known row in place and goes on with its past", () => {
  const store = filled();
  const row = store.rows[0]!;
  const event = { ...HEAD, ids: null, rows: [rowOf({ cpuPercent: 3, lastSeenMs: 1_005_000 })] };
  store.takeWindow(event);
  assert(store.rows[0] === row);
  assertEquals([row.cpuPercent, row.cpuRecent], [3, [1, 2, 3]]);
  // Told again of the same datagram, as one who has joined others may be.
  store.takeWindow(event);
  assertEquals(row.cpuRecent, [1, 2, 3]);
});

Deno.test("Store leaves a gap in the past of a host that was silent", () => {
  const store = filled();
  const rows = [rowOf({ cpuPercent: 3, lastSeenMs: 1_020_000 })];
  store.takeWindow({ ...HEAD, ids: null, rows });
  assertEquals(store.rows[0]!.cpuRecent, [1, 2, null, null, null, 3]);
});

Deno.test("Store takes the past that comes with a row", () => {
  const store = filled();
  const rows = [{ ...rowOf({ lastSeenMs: 1_005_000 }), cpuRecent: [7, 8] }];
  store.takeWindow({ ...HEAD, ids: ["a"], rows });
  assertEquals(store.rows[0]!.cpuRecent, [7, 8]);
});

Deno.test("Store keeps so much of the past and no more", () => {
  const store = filled();
  for (let n = 1; n <= 2 * RECENT_POINTS; n++) {
    const rows = [rowOf({ cpuPercent: n, lastSeenMs: 1_000_000 + n })];
    store.takeWindow({ ...HEAD, ids: null, rows });
  }
  const recent = store.rows[0]!.cpuRecent!;
  assertEquals([recent.length, recent.at(-1)], [RECENT_POINTS, 2 * RECENT_POINTS]);
});

Deno.test("Store judges by the server's clock, while nothing is heard of a host too", () => {
  const store = filled();
  const row = store.rows[0]!;
  row.lastSeenMs = HEAD.nowMs;
  const statusAfter = (ms: number) => {
    store.takeWindow({ ...HEAD, nowMs: HEAD.nowMs + ms, ids: null, rows: [] });
    store.settle();
    return row.status;
  };
  assertEquals(statusAfter(16_000), "live");
  assertEquals(statusAfter(16_001), "stale");
  assertEquals(statusAfter(31_001), "offline");
});

Deno.test("Store accuses nobody while the server is not heard", () => {
  const store = filled();
  store.rows[0]!.lastSeenMs = HEAD.nowMs;
  store.settle();
  assertEquals([store.nowMs, store.rows[0]!.status], [HEAD.nowMs, "live"]);
});
