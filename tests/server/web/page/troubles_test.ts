import { assertEquals } from "@std/assert";
import type { ShownAlert } from "../../../../lib/common/alerts.js";
import { nearest } from "../../../../lib/server/web/page/no_match.js";
import { levelOfNumber, troubleOf, worstByHost } from "../../../../lib/common/troubles.js";
import { TRACKS } from "../../../../lib/server/web/page/tracks.js";
import { rowOf } from "./rows.ts";

const alert = (id: string, changes: Partial<ShownAlert> = {}): ShownAlert => ({
  ...{ alert: "volume-full", severity: "critical", id, name: id, text: "is full", detail: "/" },
  ...{ value: 99, valueText: "99%", sinceMs: 0, flapping: false, muted: false, ...changes },
});

Deno.test("troubleOf() says what is wrong in a word: silence first, then the worst alert", () => {
  const worst = worstByHost([alert("a"), alert("a", { alert: "cpu" }), alert("")]);
  assertEquals([...worst.keys()], ["a"]);
  const of = (status: "live" | "stale" | "offline" | "left", id = "") =>
    troubleOf({ status, alert: worst.get(id) });
  assertEquals(of("live"), null);
  assertEquals(of("live", "a"), {
    ...{ level: "critical", word: "▲ volume full", text: "is full: /" },
  });
  assertEquals(of("offline", "a"), { level: "critical", word: "offline", text: "" });
  assertEquals(of("stale")?.level, "warning");
  assertEquals(of("left")?.level, "left");
});

Deno.test("levelOfNumber() judges pressure and temperature as they are shown, and load by the cores", () => {
  const row = rowOf({ coresPercent: [1, 2, 3, 4] });
  const levels = (id: string, values: readonly (number | null)[]) =>
    values.map((value) => levelOfNumber(id, value, row)[0]).join("");
  assertEquals(levels("pressure", [null, 0, 19.4, 19.5, 60]), "nnnwc");
  assertEquals(levels("temperature", [79, 80, 90]), "nwc");
  assertEquals(levels("load1", [null, 5.9, 6, 8]), "nnwc");
  assertEquals(levelOfNumber("load1", 9, rowOf({ coresPercent: [] })), "normal");
  assertEquals(levelOfNumber("tcp", 1e9, row), "normal");
});

Deno.test("nearest() offers what is written nearly so, the nearest first, and nothing that is not", () => {
  assertEquals(nearest("bd", ["web", "db", "build", "Bd2", "x"]), ["db", "Bd2", "build"]);
  assertEquals(nearest("a", ["b", "c"]), []);
});

Deno.test("the columns stand where the catalogue puts them", () => {
  assertEquals(TRACKS.map(({ id }) => id).slice(0, 10), [
    ...["status", "name", "age", "cpu", "recent", "cores", "load1", "pressure", "temperature"],
    "memory",
  ]);
  assertEquals(TRACKS.map(({ id }) => id).slice(-5), [
    ...["datagramsLost", "address", "site", "agent", "tags"],
  ]);
});
