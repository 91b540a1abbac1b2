import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { parseMemory } from "../../lib/sampler/memory.ts";

const text = (sizes: Readonly<Record<string, number | undefined>>) =>
  Object.entries(sizes).map(([name, kib]) => `${name}:   ${kib} kB\n`).join("");
const KIB = 1_024;

Deno.test("parseMemory() reckons used as total − available", async (t) => {
  const swapless = { swapTotal: null, swapUsed: null };
  const cases: [string, Record<string, number>, ReturnType<typeof parseMemory>][] = [
    ["as the kernel tells", { MemTotal: 100, MemFree: 10, MemAvailable: 60, Cached: 70 }, {
      total: 100 * KIB,
      used: 40 * KIB,
      free: 10 * KIB,
      available: 60 * KIB,
      ...swapless,
    }],
    ["estimated before 3.14", {
      MemTotal: 100,
      MemFree: 10,
      Buffers: 5,
      Cached: 30,
      Shmem: 8,
      SReclaimable: 3,
    }, {
      total: 100 * KIB,
      used: 60 * KIB,
      free: 10 * KIB,
      available: 40 * KIB,
      ...swapless,
    }],
    ["no more available than there is", { MemTotal: 100, MemFree: 110, MemAvailable: 120 }, {
      total: 100 * KIB,
      used: 0,
      free: 100 * KIB,
      available: 100 * KIB,
      ...swapless,
    }],
    ["no less available than nothing", { MemTotal: 100, MemFree: 1, Cached: 1, Shmem: 9 }, {
      total: 100 * KIB,
      used: 100 * KIB,
      free: 1 * KIB,
      available: 0,
      ...swapless,
    }],
    ["swap", { MemTotal: 9, MemFree: 9, MemAvailable: 9, SwapTotal: 50, SwapFree: 20 }, {
      total: 9 * KIB,
      used: 0,
      free: 9 * KIB,
      available: 9 * KIB,
      swapTotal: 50 * KIB,
      swapUsed: 30 * KIB,
    }],
  ];
  for (const [name, sizes, expected] of cases) {
    await t.step(name, () => assertEquals(parseMemory(text(sizes)), expected));
  }
});

Deno.test("parseMemory() throws without total or free memory", async (t) => {
  for (
    const wrong of ["", "MemTotal: 5 kB\n", "MemFree: 5 kB\n", "MemTotal: x kB\nMemFree: 5 kB\n"]
  ) {
    await t.step(JSON.stringify(wrong), () => {
      assertThrows(() => parseMemory(wrong), SyntaxError, "Cannot parse memory");
    });
  }
});

Deno.test("parseMemory() gives no part larger than its whole", () => {
  const size = fc.nat(10_000_000_000);
  const names = [
    "Buffers",
    "Cached",
    "Shmem",
    "SReclaimable",
    "MemAvailable",
    "SwapTotal",
    "SwapFree",
  ];
  const sizes = fc.record(
    Object.fromEntries(["MemTotal", "MemFree", ...names].map((name) => [name, size])),
    { requiredKeys: ["MemTotal", "MemFree"] },
  );
  fc.assert(
    fc.property(sizes, (sizes) => {
      const { total, used, free, available, swapTotal, swapUsed } = parseMemory(text(sizes));
      for (const part of [used, free, available]) assert(part! >= 0 && part! <= total!);
      assertEquals(used! + available!, total);
      assert(swapTotal === null || (swapUsed! >= 0 && swapUsed! <= swapTotal));
    }),
    { numRuns: 200 },
  );
});
