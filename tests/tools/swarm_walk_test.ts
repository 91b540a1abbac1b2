import { assert, assertEquals } from "@std/assert";
import { randomFrom } from "../../tools/swarm_pace.ts";
import { FULL_CPU, nameOf, Walk } from "../../tools/swarm_walk.ts";

Deno.test("step() never leaves the bounds, whatever chance brings", async (t) => {
  const chances = { least: () => 0, most: () => 0xffff_ffff, any: randomFrom(5) };
  for (const [name, random] of Object.entries(chances)) {
    await t.step(name, () => {
      const walk = new Walk(3, null);
      for (let n = 0; n < 50_000; n++) {
        walk.step(random);
        assert(walk.cpu > 0 && walk.cpu <= FULL_CPU);
        assert(walk.usedKib >= 0 && walk.usedKib <= walk.memoryKib);
        assert(walk.level > 0 && Number.isInteger(walk.level));
        assert(walk.volumes.every(({ used, total }) => used >= 0 && used <= total));
      }
    });
  }
});

Deno.test("step() says when the volumes moved", () => {
  const [walk, random] = [new Walk(1, null), randomFrom(1)];
  const used = () => walk.volumes.map((volume) => volume.used);
  let moves = 0;
  for (let n = 0; n < 100; n++) {
    const before = used();
    if (walk.step(random)) moves++;
    else assertEquals(used(), before);
  }
  assertEquals(moves, 7);
});

Deno.test("Walk() has 2 to 64 cores, or as many as it is told", () => {
  const counts = Array.from({ length: 100 }, (_, index) => new Walk(index, null).coreCount);
  assertEquals([Math.min(...counts), Math.max(...counts)], [2, 64]);
  assertEquals(new Walk(1, 12).coreCount, 12);
});

Deno.test("nameOf() counts each role by itself", () => {
  assertEquals([0, 37, 68].map(nameOf), ["web-01", "db-07", "cache-12"]);
});
