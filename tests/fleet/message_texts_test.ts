import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ByteStore } from "../../lib/fleet/byte_store.ts";
import { MessageTexts } from "../../lib/fleet/message_texts.ts";
import { bytesOf } from "../messages.ts";

Deno.test("MessageTexts keep what was written last", () => {
  const texts = new MessageTexts(new ByteStore());
  assertEquals(texts.read(5), "");
  for (const each of ["a", "東京".repeat(500), "", "b".repeat(8_192), "c"]) {
    texts.write(5, bytesOf(each));
    assertEquals([texts.read(5), texts.read(4)], [each, ""]);
  }
});

Deno.test("MessageTexts.leave() makes room for another", () => {
  const store = new ByteStore();
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
  const store = new ByteStore();
  const texts = new MessageTexts(store);
  for (let slot = 0; slot < 1_000; slot++) {
    texts.write(slot, bytesOf("x".repeat(5_000)));
    texts.write(slot, bytesOf("y"));
  }
  assertEquals(texts.read(999), "y");
  assertEquals(store.byteLength, 2 ** 20);
});

Deno.test("MessageTexts never write over each other, however they grow, shrink and go", () => {
  const step = fc.tuple(fc.nat(5), fc.option(fc.integer({ min: 0, max: 2_000 })));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const texts = new MessageTexts(new ByteStore());
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
