import { assert, assertEquals } from "@std/assert";
import {
  Arena,
  CHUNK_BYTES,
  sizeClass,
  STEP_BYTES,
} from "../../../../lib/server/fleet/memory/arena.ts";
import { MessageTexts } from "../../../../lib/server/fleet/host/stores.ts";
import fc from "fast-check";

Deno.test("Arena gives room that was given back to others of any size", () => {
  const store = new Arena();
  const [first, second, third] = [store.take(5), store.take(5), store.take(5)];
  store.giveBack(second, 5);
  assertEquals([store.take(2), store.take(3)], [second, second + 2]);
  store.giveBack(first, 5);
  store.giveBack(second + 2, 3);
  store.giveBack(second, 2);
  assertEquals(store.take(10), first);
  assert(store.take(5) > third);
});

Deno.test("Arena.giveBack() releases chunks that are all free, but not the last", () => {
  const store = new Arena();
  const places = Array.from({ length: 1_000 }, () => store.take(sizeClass(8_192)));
  assertEquals(store.byteLength, 8 * CHUNK_BYTES);
  for (const place of places) store.giveBack(place, sizeClass(8_192));
  assertEquals(store.byteLength, CHUNK_BYTES);
  const again = places.map(() => store.take(sizeClass(8_192)));
  assertEquals([store.byteLength, new Set(again).size], [8 * CHUNK_BYTES, 1_000]);
});

Deno.test("Arena gives each place to one at a time, and in the end has all of it back", () => {
  const step = fc.tuple(fc.nat(40), fc.nat(16_384), fc.nat(65_535));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const store = new Arena();
      const taken = new Map<number, { place: number; length: number; word: number }>();
      const leave = (slot: number) => {
        const { place, length, word } = taken.get(slot)!;
        const words = store.words(place).subarray(store.firstWord(place));
        assert(words.subarray(0, length / 2).every((each) => each === word));
        store.giveBack(place, length / STEP_BYTES);
        taken.delete(slot);
      };
      for (const [slot, bytes, word] of steps) {
        if (taken.has(slot)) leave(slot);
        const length = STEP_BYTES * sizeClass(bytes);
        const place = store.take(length / STEP_BYTES);
        store.words(place).subarray(store.firstWord(place)).fill(word, 0, length / 2);
        taken.set(slot, { place, length, word });
      }
      for (const slot of [...taken.keys()]) leave(slot);
      assertEquals(store.take(CHUNK_BYTES / STEP_BYTES) % (CHUNK_BYTES / STEP_BYTES), 0);
      assertEquals(store.byteLength, CHUNK_BYTES);
    }),
    { numRuns: 50 },
  );
});

Deno.test("Arena.take() gives places that do not overlap, over many arrays", () => {
  const store = new Arena();
  const length = 8_192;
  const places = Array.from({ length: 300 }, () => store.take(sizeClass(length)));
  places.forEach((place, n) => store.bytes(place, length).fill(n % 251));
  places.forEach((place, n) => {
    assert(store.bytes(place, length).every((byte) => byte === n % 251));
    assertEquals(store.words(place)[store.firstWord(place)], n % 251 * 0x101);
  });
});

Deno.test("sizeClass() gives room enough, a thirtieth more at most, in few sizes", () => {
  const sizes = new Set<number>();
  for (let bytes = 0; bytes <= 16_384; bytes++) {
    const steps = sizeClass(bytes);
    assert(16 * steps >= bytes && 16 * steps <= Math.max(16, 31 / 30 * (bytes + 16)), `${bytes}`);
    sizes.add(steps);
  }
  assert(sizes.size <= 224, `${sizes.size} sizes`);
});

Deno.test("Arena leaves little behind when all texts grow and shrink together", () => {
  const store = new Arena();
  const texts = new MessageTexts(store);
  const count = 100;
  for (const grows of [true, false, true]) {
    for (let length = 32; length <= 8_192; length += 32) {
      const bytes = new Uint8Array(grows ? length : 8_192 - length);
      for (let slot = 0; slot < count; slot++) texts.write(slot, bytes);
    }
  }
  assert(store.byteLength <= 1.5 * count * 8_192, `${store.byteLength} bytes`);
});
