import { assertEquals } from "@std/assert";
import { ByteStore } from "../../../../lib/server/fleet/memory/byte_store.ts";
import { PointRoom, STRIDE } from "../../../../lib/server/fleet/past/point_room.ts";

Deno.test("PointRoom.grow() gives the smaller room to another, and its points stay", () => {
  const store = new ByteStore();
  const room = new PointRoom(store);
  room.grow(900);
  const [first, length] = [room.first, STRIDE * room.points];
  room.words.fill(7, first, first + length);
  room.grow(900);
  const other = new PointRoom(store);
  other.grow(900);
  assertEquals(other.first, first);
  other.words.fill(8, first, first + length);
  assertEquals([...room.words.subarray(room.first, room.first + length)], Array(length).fill(7));
});
