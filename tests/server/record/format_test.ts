import { assertEquals } from "@std/assert";
import type { DropReason } from "../../../lib/common/status.js";
import { EntryReader, EntryWriter } from "../../../lib/server/record/format.ts";

/** The reason that is read of a datagram that was refused for one, as a frame says. */
function reasonRead(reason: string): string {
  const origin = { hostname: "192.0.2.1", port: 4_000 };
  const verdict = { kind: "refused", reason: reason as DropReason, agent: null } as const;
  const frame = new Uint8Array(1_024);
  const entries = new EntryWriter(frame);
  entries.datagram(new Uint8Array([1]), origin, 5, verdict);
  const reader = new EntryReader(10);
  reader.begin(frame.subarray(0, entries.length));
  assertEquals(reader.next(), true);
  return reader.reason;
}

Deno.test("EntryReader takes no word for a reason that is none, as a frame may be forged", async (t) => {
  const cases: readonly (readonly [string, string])[] = [
    ["auth", "auth"],
    ["constructor", "internal"],
    ["toString", "internal"],
    ["", "internal"],
  ];
  for (const [said, read] of cases) {
    await t.step(JSON.stringify(said), () => assertEquals(reasonRead(said), read));
  }
});
