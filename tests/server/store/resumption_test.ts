import { assertEquals } from "@std/assert";
import { Resumption } from "../../../lib/server/store/resumption.ts";

Deno.test("Resumption goes on from the host that was saved last, though another is damaged", () => {
  const source = { placeMs: 0, wallMs: 9, isWhole: true, takes: () => true, resume: () => {} };
  const record = (id: number, state: string) => (
    { id, key: `host-${id}`, hostname: "", lastMs: 0, state, body: new Uint8Array() }
  );
  const saved = (placeMs: number) => {
    const resume = { placeMs, fromMs: 3, savedMs: placeMs + 1, minuteMs: 60_000, minutePlaceMs: 2 };
    return JSON.stringify({ resume: { ...resume, minute: null } });
  };
  const records = ['{"fields', saved(5), saved(7), saved(6), "{}"].map((state, n) =>
    record(n, state)
  );
  const { savedMs, hasBegun } = new Resumption(source, records);
  assertEquals([savedMs, hasBegun], [8, false]);
  assertEquals(new Resumption(source, records.slice(0, 1)).savedMs, 9);
  assertEquals(new Resumption(source, []).savedMs, null);
});
