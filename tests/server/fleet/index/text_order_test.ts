import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { STEP, TextOrder, UNRANKED } from "../../../../lib/server/fleet/index/text_order.ts";

/** An order of texts that may change; an empty one is none. */
function orderOf(texts: string[]) {
  const order = new TextOrder((a, b) => texts[a]! < texts[b]! ? -1 : 1);
  const settle = () => order.settleSome((slot) => texts[slot] === "");
  texts.forEach((_, slot) => order.change(slot));
  return { order, settle, ranks: () => texts.map((_, slot) => order.rank(slot)) };
}

Deno.test("TextOrder ranks texts once they are settled", () => {
  const { order, settle, ranks } = orderOf(["c", "a", "b"]);
  assertEquals(ranks(), [UNRANKED, UNRANKED, UNRANKED]);
  assert(!order.isSettled);
  settle();
  assertEquals(ranks(), [2, 0, 1]);
  assert(order.isSettled);
});

Deno.test("TextOrder follows texts that change, go and come", () => {
  const texts = ["c", "a", "b"];
  const { order, settle, ranks } = orderOf(texts);
  settle();
  texts[1] = "z";
  order.change(1);
  settle();
  assertEquals(ranks(), [1, 2, 0]);
  texts[2] = "";
  order.change(2);
  settle();
  assertEquals(ranks(), [0, 1, UNRANKED]);
  texts[2] = "d";
  texts[3] = "b";
  order.change(2);
  order.change(3);
  settle();
  assertEquals(ranks(), [1, 3, 2, 0]);
});

Deno.test("TextOrder settles many in steps, each of them in order", () => {
  const texts = Array.from({ length: 2 * STEP + 1 }, (_, n) => String(n * 7_919 % 10_007 + 20_000));
  const { order, settle, ranks } = orderOf(texts);
  for (let step = 0; step < 3; step++) {
    assert(!order.isSettled);
    settle();
    const ranked = texts.filter((_, slot) => order.rank(slot) !== UNRANKED);
    assertEquals(ranked.length, Math.min(texts.length, (step + 1) * STEP));
  }
  assert(order.isSettled);
  const sorted = texts.toSorted();
  assertEquals(ranks(), texts.map((text) => sorted.indexOf(text)));
});

Deno.test("TextOrder is the order of the texts, however they come, change and go", () => {
  const change = fc.tuple(fc.nat(40), fc.string({ maxLength: 3 }), fc.boolean());
  fc.assert(
    fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
      const texts: string[] = new Array(41).fill("");
      const { order, settle, ranks } = orderOf(texts);
      for (const [slot, text, settles] of changes) {
        // No two are equal.
        texts[slot] = text && `${text} ${slot}`;
        order.change(slot);
        if (settles) settle();
      }
      settle();
      const sorted = texts.filter((text) => text !== "").sort();
      assertEquals(ranks(), texts.map((text) => text === "" ? UNRANKED : sorted.indexOf(text)));
    }),
    { numRuns: 300 },
  );
});
