import { assertEquals } from "@std/assert";
import { deliverySentence, factsOf, notesOf } from "../../lib/common/host_words.js";

const ROW = { refused: null, sharedWith: null, status: "live" } as const;

Deno.test("notesOf() tells of a host that is refused, and of one that shares its id", () => {
  const nowMs = 1_010_000;
  const refused = { reason: "clock", count: 1_200, lastMs: nowMs - 3_000 };
  const [first, second] = notesOf({ ...ROW, refused, sharedWith: "192.0.2.8:5" }, nowMs);
  assertEquals(first, {
    ...{ note: "refused", sign: "⊘" },
    text: "refused (clock): 1,200, the last 3s ago",
  });
  assertEquals(second, {
    ...{ note: "shared", sign: "≡" },
    text: "shares its id with 192.0.2.8:5: see --id",
  });
  assertEquals(notesOf(ROW, nowMs), []);
});

Deno.test("notesOf() tells of no shared id while nobody is heard, and of a refusal all the same", () => {
  const refused = { reason: "session", count: 1, lastMs: 0 };
  for (const status of ["offline", "left"] as const) {
    const notes = notesOf({ status, refused, sharedWith: "192.0.2.8:5" }, 60_000);
    assertEquals(notes.map(({ sign }) => sign), ["⊘"]);
  }
});

Deno.test("factsOf() tells what a host says of itself, made harmless", () => {
  const row = { coresPercent: [1, 2], uptimeSeconds: 41 * 86_400 };
  assertEquals(factsOf(row, { os: "Debian \x1b[2J", cpu: "EPYC 7302", agent: "0.3.0" }), [
    "Debian \\x1b[2J",
    "2 × EPYC 7302",
    "up 41d",
    "agent 0.3.0",
  ]);
  assertEquals(factsOf({ coresPercent: [], uptimeSeconds: null }, { cpu: "EPYC" }), ["EPYC"]);
});

Deno.test("deliverySentence() tells what became of datagrams", async (t) => {
  const more = { datagrams: 1, jitterMs: 1.23, clockOffsetMs: 0.2 };
  const unknown = { datagrams: 1, jitterMs: null, clockOffsetMs: null };
  const cases = [
    [
      { received: 17_277, lost: 3, pending: 0 },
      more,
      "3 of 17,280 datagrams lost (under 0.1%), jitter 1.2 ms, clock in step.",
    ],
    [
      { received: 9, lost: 1, pending: 1 },
      unknown,
      "1 of 10 datagrams lost (10.0%), 1 of them may still come.",
    ],
    [{ received: 1, lost: 0, pending: 0 }, unknown, "0 of 1 datagram lost."],
    [null, unknown, "1 datagram received; loss unknown: no sequence numbers."],
  ] as const;
  for (const [counts, figures, expected] of cases) {
    await t.step(expected, () => assertEquals(deliverySentence(counts, figures), expected));
  }
});
