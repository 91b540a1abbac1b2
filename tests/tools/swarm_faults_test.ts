import { assertEquals } from "@std/assert";
import { isFull, isWithheld } from "../../tools/swarm_faults.ts";

Deno.test("of fifty hosts one each is offline, late, lossy and full", () => {
  const sent = Array.from(
    { length: 50 },
    (_, index) =>
      Array.from({ length: 60 }, (_, n) => n + 1).filter((seq) => !isWithheld(index, seq)),
  );
  assertEquals(sent.filter(({ length }) => length < 60).length, 3);
  assertEquals([sent[3], sent[7]!.slice(3, 6)], [[1, 2, 3], [6, 12, 18]]);
  assertEquals(sent[11]!.length, 48);
  assertEquals(sent.map((_, index) => isFull(index)).filter(Boolean).length, 1);
});
