import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { partFor, suffices } from "../../../../lib/server/web/page/part.js";
import { MAX_WINDOW_ROWS } from "../../../../lib/common/limits.js";

const view = fc.record({ first: fc.nat(200_000), count: fc.nat(450) });

Deno.test("partFor() holds what is in view, and no more than the server gives", () => {
  fc.assert(fc.property(view, ({ first, count }) => {
    const { offset, limit } = partFor({ first, count });
    assert(offset >= 0 && limit >= 1 && limit <= MAX_WINDOW_ROWS);
    assert(offset <= first && offset + limit >= first + count);
  }));
});

Deno.test("partFor() is the same for pages of about one size", () => {
  assertEquals(partFor({ first: 0, count: 27 }), { offset: 0, limit: 75 });
  assertEquals(partFor({ first: 2, count: 30 }), { offset: 0, limit: 75 });
  assertEquals(partFor({ first: 0, count: 0 }), { offset: 0, limit: 25 });
  assertEquals(partFor({ first: 1_000, count: 30 }), { offset: 950, limit: 125 });
});

Deno.test("suffices() holds of a part for the view that it was made for, and for a short scroll", () => {
  fc.assert(fc.property(view, (view) => assert(suffices(partFor(view), view, 100_000))));
  const part = partFor({ first: 1_000, count: 30 });
  const at = (first: number, length = 100_000) => suffices(part, { first, count: 30 }, length);
  assertEquals([954, 1_041].map((first) => at(first)), [true, true]);
  assertEquals([953, 1_042, 0].map((first) => at(first)), [false, false, false]);
  // Where there are no more rows, none are missing.
  assert(at(1_060, 1_075));
});
