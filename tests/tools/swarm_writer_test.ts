import { assertEquals } from "@std/assert";
import { ByteWriter, partOf } from "../../tools/swarm_writer.ts";

const decoder = new TextDecoder();

Deno.test("putNumber() writes digits as String() does", async (t) => {
  const cases = [
    ...[0, 9, 10, 99, 100, 999_999_999, 1_000_000_000, 1_000_000_001, 2_147_483_648],
    ...[4_294_967_295, 17_000_000_020, 1_795_442_910_170, Number.MAX_SAFE_INTEGER],
  ];
  for (const value of cases) {
    await t.step(String(value), () => {
      const writer = new ByteWriter(20);
      writer.putNumber(value);
      assertEquals(decoder.decode(writer.written()), String(value));
    });
  }
});

Deno.test("put() writes short and long parts one after the other, and clear() begins anew", () => {
  const writer = new ByteWriter(200);
  const long = "x".repeat(100);
  writer.put(partOf("a"));
  writer.put(partOf(long));
  writer.put(partOf("é"));
  assertEquals(decoder.decode(writer.written()), `a${long}é`);
  writer.clear();
  writer.put(partOf("b"));
  assertEquals(decoder.decode(writer.written()), "b");
});
