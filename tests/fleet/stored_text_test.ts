import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ByteStore } from "../../lib/fleet/byte_store.ts";
import { StoredText } from "../../lib/fleet/stored_text.ts";
import { bytesOf } from "../messages.ts";

Deno.test("StoredText keeps what was written last", () => {
  const text = new StoredText(new ByteStore());
  assertEquals([text.read(), text.isEmpty], ["", true]);
  for (const each of ["a", "東京".repeat(500), "", "b".repeat(8_192), "c"]) {
    text.write(bytesOf(each));
    assertEquals(text.read(), each);
  }
});

Deno.test("StoredText.leave() makes room for another, and is read as it was", () => {
  const store = new ByteStore();
  const [first, second] = [new StoredText(store), new StoredText(store)];
  first.write(bytesOf("first"));
  first.leave();
  second.write(bytesOf("second"));
  assertEquals([first.read(), second.read()], ["first", "second"]);
});

Deno.test("StoredText never writes over another, however they grow, shrink and go", () => {
  const step = fc.tuple(fc.nat(5), fc.option(fc.integer({ min: 0, max: 2_000 })));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const store = new ByteStore();
      const texts = Array.from({ length: 6 }, () => new StoredText(store));
      const expected = texts.map(() => "");
      steps.forEach(([which, length], n) => {
        if (length === null) texts[which]!.leave();
        texts[which] = length === null ? new StoredText(store) : texts[which]!;
        expected[which] = String.fromCharCode(97 + n % 26).repeat(length ?? 0);
        texts[which]!.write(bytesOf(expected[which]!));
        assertEquals(texts.map((text) => text.read()), expected);
      });
    }),
    { numRuns: 200 },
  );
});
