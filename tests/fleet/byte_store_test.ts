import { assert, assertEquals } from "@std/assert";
import { ByteStore, stepsOf } from "../../lib/fleet/byte_store.ts";
import { MessageTexts } from "../../lib/fleet/message_texts.ts";

Deno.test("ByteStore gives room that was given back to the next", () => {
  const store = new ByteStore();
  const first = store.take(5);
  store.giveBack(first, 5);
  assert(store.take(4) !== first);
  assertEquals(store.take(5), first);
});

Deno.test("ByteStore.take() gives places that do not overlap, over many arrays", () => {
  const store = new ByteStore();
  const length = 8_192;
  const places = Array.from({ length: 300 }, () => store.take(stepsOf(length)));
  places.forEach((place, n) => store.bytes(place, length).fill(n % 251));
  places.forEach((place, n) => {
    assert(store.bytes(place, length).every((byte) => byte === n % 251));
    assertEquals(store.words(place)[store.firstWord(place)], n % 251 * 0x101);
  });
});

Deno.test("stepsOf() gives room enough, a quarter more at most, in few sizes", () => {
  const sizes = new Set<number>();
  for (let bytes = 0; bytes <= 16_384; bytes++) {
    const steps = stepsOf(bytes);
    assert(32 * steps >= bytes && 32 * steps <= Math.max(32, 1.25 * (bytes + 32)), `${bytes}`);
    sizes.add(steps);
  }
  assert(sizes.size <= 36, `${sizes.size} sizes`);
});

Deno.test("ByteStore leaves little behind when all texts grow and shrink together", () => {
  const store = new ByteStore();
  const texts = new MessageTexts(store);
  const count = 100;
  for (const grows of [true, false, true]) {
    for (let length = 32; length <= 8_192; length += 32) {
      const bytes = new Uint8Array(grows ? length : 8_192 - length);
      for (let slot = 0; slot < count; slot++) texts.write(slot, bytes);
    }
  }
  assert(store.byteLength <= 8 * count * 8_192, `${store.byteLength} bytes`);
});
