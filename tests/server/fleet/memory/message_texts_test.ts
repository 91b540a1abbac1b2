import { assert, assertEquals } from "@std/assert";
import { Arena } from "../../../../lib/server/fleet/memory/arena.ts";
import { MessageTexts } from "../../../../lib/server/fleet/memory/message_texts.ts";
import { bytesOf } from "../../../messages.ts";
import fc from "fast-check";

Deno.test("MessageTexts keep what was written last", () => {
  const texts = new MessageTexts(new Arena());
  assertEquals(texts.read(5), "");
  for (const each of ["a", "東京".repeat(500), "", "b".repeat(8_192), "c"]) {
    texts.write(5, bytesOf(each));
    assertEquals([texts.read(5), texts.read(4)], [each, ""]);
  }
});

Deno.test("MessageTexts.leave() makes room for another", () => {
  const store = new Arena();
  const texts = new MessageTexts(store);
  texts.write(0, bytesOf("x".repeat(5_000)));
  for (let slot = 1; slot < 1_000; slot++) {
    texts.leave(slot - 1);
    assertEquals(texts.read(slot - 1), "");
    texts.write(slot, bytesOf("x".repeat(5_000)));
  }
  assertEquals(store.byteLength, 2 ** 20);
});

Deno.test("MessageTexts.write() makes room for another when a text is much shorter", () => {
  const store = new Arena();
  const texts = new MessageTexts(store);
  for (let slot = 0; slot < 1_000; slot++) {
    texts.write(slot, bytesOf("x".repeat(5_000)));
    texts.write(slot, bytesOf("y"));
  }
  assertEquals(texts.read(999), "y");
  assertEquals(store.byteLength, 2 ** 20);
});

/** Lengths that grow by a seventh each, as an agent's message does while a host gets more devices. */
const LENGTHS = [500, 571, 653, 746, 853, 975, 1_114, 1_273, 1_455, 1_663, 1_901, 2_172, 2_482]
  .concat([2_837, 3_242, 3_705, 4_235, 4_840, 5_531, 6_321, 7_224, 8_000]);
const HOSTS = 1_500;

Deno.test("MessageTexts that grew hold 1.5 times what is in use at most, and others get it back", () => {
  const store = new Arena();
  const texts = new MessageTexts(store);
  for (const length of LENGTHS) {
    for (let slot = 0; slot < HOSTS; slot++) texts.write(slot, new Uint8Array(length));
  }
  assert(store.byteLength <= 1.5 * HOSTS * 8_000, `${store.byteLength} bytes`);
  for (let slot = 0; slot < HOSTS; slot++) texts.write(slot, new Uint8Array(500));
  for (let slot = HOSTS; slot < 2 * HOSTS; slot++) texts.write(slot, new Uint8Array(8_000));
  assert(store.byteLength <= 1.5 * HOSTS * 8_500, `${store.byteLength} bytes`);
});

Deno.test("MessageTexts that grew each at its own time hold no more than that either", () => {
  const store = new Arena();
  const texts = new MessageTexts(store);
  for (let turn = 0; turn < LENGTHS.length + 10; turn++) {
    for (let n = 0; n < HOSTS; n++) {
      const slot = n * 7 % HOSTS;
      const length = LENGTHS[Math.min(LENGTHS.length - 1, Math.max(0, turn - slot % 11))]!;
      texts.write(slot, new Uint8Array(length));
    }
  }
  assert(store.byteLength <= 1.5 * HOSTS * 8_000, `${store.byteLength} bytes`);
});

Deno.test("MessageTexts never write over each other, however they grow, shrink and go", () => {
  const step = fc.tuple(fc.nat(5), fc.option(fc.integer({ min: 0, max: 2_000 })));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const texts = new MessageTexts(new Arena());
      const expected = new Array(6).fill("");
      steps.forEach(([slot, length], n) => {
        expected[slot] = String.fromCharCode(97 + n % 26).repeat(length ?? 0);
        if (length === null) texts.leave(slot);
        else texts.write(slot, bytesOf(expected[slot]));
        assertEquals(expected.map((_, slot) => texts.read(slot)), expected);
      });
    }),
    { numRuns: 200 },
  );
});
