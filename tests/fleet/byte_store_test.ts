import { assert, assertEquals } from "@std/assert";
import { ByteStore, stepsOf } from "../../lib/fleet/byte_store.ts";

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
