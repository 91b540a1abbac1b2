import { assertEquals } from "@std/assert";
import { notesOf } from "../../../../lib/server/web/page/notes.js";
import { rowOf } from "./rows.ts";

Deno.test("notesOf() tells of a host that is refused, and of one that shares its id", () => {
  const nowMs = 1_010_000;
  const refused = { reason: "clock" as const, count: 12, lastMs: nowMs - 3_000 };
  const sharedWith = "192.0.2.8:5";
  const [first, second] = notesOf(rowOf({ refused, sharedWith }), nowMs);
  assertEquals(first, { sign: "⊘", text: "refused (clock): 12, the last 3s ago" });
  assertEquals(second, { sign: "≡", text: "shares its id with 192.0.2.8:5: see --id" });
  assertEquals(notesOf(rowOf(), nowMs), []);
});

Deno.test("notesOf() tells of no shared id while nobody is heard, and of a refusal all the same", () => {
  const refused = { reason: "session" as const, count: 1, lastMs: 0 };
  for (const status of ["offline", "left"] as const) {
    const notes = notesOf(rowOf({ status, refused, sharedWith: "192.0.2.8:5" }), 60_000);
    assertEquals(notes.map(({ sign }) => sign), ["⊘"]);
  }
});
