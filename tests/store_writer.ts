// deno-lint-ignore-file no-console
/**
 * Writes minutes into a file and makes chunks of them, as fast as it can, until it is killed; what stood
 * there before is checked first. Its arguments are the file and how many minutes were acknowledged.
 */
import { assert, assertEquals } from "@std/assert";
import { compact, makeRoom } from "../lib/server/store/file/compaction.js";
import { Database } from "../lib/server/store/file/database.js";
import { readPast } from "../lib/server/store/file/past.js";
import { addValue, AT, HEAD, rowLength } from "../lib/server/store/file/rows.js";

const [path, acknowledged] = [Deno.args[0]!, Number(Deno.args[1])];
const COLUMNS = [{ id: "cpu", scale: 1 }];
const LENGTH = rowLength(COLUMNS.length);
const MINUTE_MS = 60_000;
/** The first minute of a day. */
const FIRST = 29_000_160;
/** The hosts of two groups. */
const SIZES = [1_000, 500];

/** Minutes of a host that are there, by minutes and by hours. */
function minutesOf(db: Database, host: number) {
  // It may have written one or two more than anybody was told of.
  const hours = Math.ceil((acknowledged + 10) / 60);
  const metrics = ["cpu"];
  const step = 60 * hours;
  const until = FIRST + step;
  const { sums: minutes } = readPast(db, host, {
    tier: "minute",
    from: FIRST,
    until,
    step,
    metrics,
  });
  const of = { from: FIRST / 60, until: until / 60, step: hours };
  const { sums: whole } = readPast(db, host, { ...of, tier: "hour", metrics });
  return [minutes, whole].map((sums) => {
    assertEquals(sums[AT.span], MINUTE_MS * sums[HEAD]!);
    return sums[HEAD]!;
  });
}

/** The hosts of all groups, as the registry has them. */
function hostsOf(sizes: readonly number[]) {
  const [hostname, state, body] = ["", "{}", new Uint8Array()];
  return sizes.flatMap((count, group) =>
    Array.from({ length: count }, (_, n) => {
      const id = 1_000 * group + n;
      return { id, key: `host-${id}`, hostname, lastMs: 0, state, body };
    })
  );
}

function put(db: Database, minute: number): void {
  const parts = SIZES.map((count, group) => {
    const sums = new Float64Array(count * LENGTH);
    for (let at = 0; at < sums.length; at += LENGTH) {
      sums[at + AT.span] = MINUTE_MS;
      addValue(sums, at + HEAD, (at + minute) % 100);
    }
    return { group, places: Uint16Array.from({ length: count }, (_, n) => n), sums };
  });
  const whole = { parts, corrections: [], hosts: [], deleted: [], nowMs: 0 };
  makeRoom(db, { ...whole, minute: FIRST + minute });
  db.put({ ...whole, minute: FIRST + minute });
}

const db = new Database(path, COLUMNS);
assertEquals({ ...db.db.prepare("pragma integrity_check").get() }, { integrity_check: "ok" });
if (acknowledged === 0) db.save(hostsOf(SIZES), [], 0);
let next = acknowledged;
for (const host of [0, 777, 1_499]) {
  const [minutes, hours] = minutesOf(db, host);
  assertEquals(hours, minutes, `host ${host}`);
  assert(minutes! >= acknowledged, `host ${host} has ${minutes} of ${acknowledged} minutes`);
  next = Math.max(next, minutes!);
}
console.log("checked");
for (let minute = next;; minute++) {
  put(db, minute);
  console.log(minute + 1);
  for (let piece = 0; compact(db, (FIRST + minute + 1) * MINUTE_MS); piece++) {
    console.log(`piece ${piece} after ${minute}`);
  }
}
