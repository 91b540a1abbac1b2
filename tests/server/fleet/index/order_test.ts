import { assert, assertEquals } from "@std/assert";
import { SlotOrder, STEP, TextOrder, UNRANKED } from "../../../../lib/server/fleet/index/order.ts";
import fc from "fast-check";

/** An order of slots 10, 11, …, by these keys; ties go down where they are equal. */
function orderOf(keys: readonly number[]): SlotOrder {
  const slots = Uint32Array.from(keys, (_, n) => 10 + n);
  return new SlotOrder(slots, Float64Array.from(keys), slots.map((slot) => 1_000_000 - slot));
}

/** The same, sorted whole by other means. */
function sorted(keys: readonly number[]): number[] {
  const slots = keys.map((_, n) => 10 + n);
  return slots.toSorted((a, b) => {
    const [first, second] = [keys[a - 10]!, keys[b - 10]!];
    return first < second ? -1 : first > second ? 1 : b - a;
  });
}

const KEYS = fc.array(
  fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constant(Infinity), fc.double({ noNaN: true })),
  { maxLength: 300 },
);

Deno.test("SlotOrder.slice() is that part of the whole order, whatever was asked before", () => {
  const parts = fc.array(fc.tuple(fc.nat(320), fc.nat(100)), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(KEYS, parts, (keys, parts) => {
      const order = orderOf(keys);
      for (const [first, count] of parts) {
        assertEquals([...order.slice(first, count)], sorted(keys).slice(first, first + count));
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("SlotOrder.indexOf() is the place in the whole order", () => {
  fc.assert(
    fc.property(KEYS, (keys) => {
      const order = orderOf(keys);
      order.slice(0, 3);
      sorted(keys).forEach((slot, place) => assertEquals(order.indexOf(slot), place));
      assertEquals(order.indexOf(9), -1);
    }),
    { numRuns: 100 },
  );
});

Deno.test("SlotOrder puts those with equal keys and ties in the order of their slots", () => {
  const slots = Uint32Array.from({ length: 300 }, (_, n) => n * 7 % 300);
  const order = new SlotOrder(slots, new Float64Array(300), new Uint32Array(300));
  assertEquals([...order.slice(100, 50)], Array.from({ length: 50 }, (_, n) => 100 + n));
  assertEquals(order.indexOf(299), 299);
});

Deno.test("SlotOrder sorts what is all equal, or sorted already, as well", () => {
  for (const keys of [Array(5_000).fill(1), Array.from({ length: 5_000 }, (_, n) => n)]) {
    assertEquals([...orderOf(keys).slice(2_000, 50)], sorted(keys).slice(2_000, 2_050));
  }
});

/** Counts how often a key is read. */
function counted(keys: readonly number[]): { keys: Float64Array; reads: () => number } {
  let reads = 0;
  const proxy = new Proxy(Float64Array.from(keys), {
    get(target, name) {
      reads++;
      return target[Number(name)];
    },
  });
  return { keys: proxy, reads: () => reads };
}

Deno.test("SlotOrder.slice() takes no longer for an order that a sender has chosen", async (t) => {
  const LENGTH = 1_000;
  const ascending = Array.from({ length: LENGTH }, (_, n) => n);
  const orders: Record<string, readonly number[]> = {
    ascending,
    descending: ascending.toReversed(),
    "up and down": ascending.map((n) => Math.min(n, LENGTH - n)),
    "down and up": ascending.map((n) => Math.max(n, LENGTH - n)),
    "the highest in the middle": ascending.map((n) => n === LENGTH / 2 ? LENGTH : n),
  };
  for (const [name, values] of Object.entries(orders)) {
    await t.step(name, () => {
      const { keys, reads } = counted(values);
      const slots = Uint32Array.from(ascending);
      const order = new SlotOrder(slots, keys, new Uint32Array(LENGTH));
      assertEquals(order.slice(0, LENGTH).length, LENGTH);
      // Two reads a comparison, and some for each swap: a quadratic sort takes a million.
      assert(reads() < 8 * LENGTH * Math.log2(LENGTH), `${reads()} reads`);
    });
  }
});

/** An order of texts that may change; an empty one is none. */
function textOrderOf(texts: string[]) {
  const order = new TextOrder((a, b) => texts[a]! < texts[b]! ? -1 : 1);
  const settle = () => order.sortIncrementally((slot) => texts[slot] === "");
  texts.forEach((_, slot) => order.change(slot));
  return { order, settle, ranks: () => texts.map((_, slot) => order.rank(slot)) };
}

Deno.test("TextOrder ranks texts once they are settled", () => {
  const { order, settle, ranks } = textOrderOf(["c", "a", "b"]);
  assertEquals(ranks(), [UNRANKED, UNRANKED, UNRANKED]);
  assert(!order.isSettled);
  settle();
  assertEquals(ranks(), [2, 0, 1]);
  assert(order.isSettled);
});

Deno.test("TextOrder follows texts that change, go and come", () => {
  const texts = ["c", "a", "b"];
  const { order, settle, ranks } = textOrderOf(texts);
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
  const { order, settle, ranks } = textOrderOf(texts);
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
      const { order, settle, ranks } = textOrderOf(texts);
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
