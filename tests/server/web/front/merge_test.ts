import { assertEquals } from "@std/assert";
import { mergeTotals } from "../../../../lib/server/web/front/merge.ts";
import { totalsJson } from "../../../../lib/server/web/api/api.ts";
import { momentOf } from "../../../../lib/server/web/api/context.ts";
import { FakeWorld } from "../fakes.ts";

/** What a view says that is behind by so much. */
function behindBy(behindMs: number) {
  const { context } = new FakeWorld();
  const view = { failure: null, behindMs, sites: [] };
  return { ...totalsJson(context, momentOf(context)), sites: ["fra", "iad"], view };
}

Deno.test("mergeTotals() tells how the view follows that is furthest behind, and no sites", () => {
  for (const all of [[7_000], [1_000, 9_000, 2_000]]) {
    const { view, ...totals } = mergeTotals(all.map(behindBy), []);
    assertEquals(view?.behindMs, Math.max(...all));
    assertEquals("sites" in totals, false);
  }
  assertEquals("view" in mergeTotals([], []), false);
});
