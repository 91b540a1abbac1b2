import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { parseMemory } from "../../lib/sampler/memory.ts";
import { FailureNotes } from "../../lib/sampler/sample.ts";

const text = (sizes: Readonly<Record<string, number | string | undefined>>) =>
  Object.entries(sizes).filter(([, kib]) => kib !== undefined)
    .map(([name, kib]) => `${name}:   ${kib} kB\n`).join("");
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
    await t.step(name, () => {
      const { cached = null, ...others } = parseMemory(text(sizes));
      assertEquals(others, expected);
      const { Cached = null, Buffers = null } = sizes as Record<string, number | undefined>;
      const isTold = Cached !== null || Buffers !== null;
      assertEquals(cached, isTold ? ((Cached ?? 0) + (Buffers ?? 0)) * KIB : null);
    });
  }
});

Deno.test("parseMemory() keeps what is known, and says what is wrong with the rest", async (t) => {
  const kib = (value: number | null) => value === null ? null : value * KIB;
  const negative = "18446744073709551488";
  const good: Record<string, string | number | undefined> = {
    MemTotal: 1_000,
    MemFree: 100,
    MemAvailable: 600,
    SwapTotal: 50,
    SwapFree: 20,
  };
  const whole = { total: 1_000, used: 400, free: 100, available: 600, swapTotal: 50, swapUsed: 30 };
  const cases: [string, typeof good, Partial<typeof whole> | object, Record<string, string>][] = [
    ["all is well", {}, {}, {}],
    ["no swap, of which less than none is free", { SwapTotal: 0, SwapFree: negative }, {
      swapTotal: 0,
      swapUsed: 0,
    }, {}],
    ["less than no swap is free", { SwapFree: negative }, { swapUsed: null }, {
      "swap": `Cannot believe SwapFree: it is said to be ${negative} kB`,
    }],
    ["swap below zero", { SwapTotal: negative }, { swapTotal: null, swapUsed: null }, {
      "swap": `Cannot believe SwapTotal: it is said to be ${negative} kB`,
    }],
    ["somewhat more swap is free than there is", { SwapFree: 60 }, { swapUsed: 0 }, {}],
    ["free memory below zero", { MemFree: negative }, { free: null }, {
      "free memory": `Cannot believe MemFree: it is said to be ${negative} kB`,
    }],
    ["free memory below zero in 32 bits", { MemFree: 4_294_967_196 }, { free: null }, {
      "free memory": "Cannot believe MemFree: it is said to be 4294967196 kB",
    }],
    ["free memory not listed", { MemFree: undefined }, { free: null }, {
      "free memory": "Cannot find MemFree: it is not listed",
    }],
    ["available memory below zero", { MemAvailable: negative }, { available: null, used: null }, {
      "available memory": `Cannot believe MemAvailable: it is said to be ${negative} kB`,
    }],
    ["twice as much available as there is", { MemAvailable: 1_990 }, {
      available: 1_000,
      used: 0,
    }, {}],
    ["cache below zero where it is needed", { MemAvailable: undefined, Cached: negative }, {
      available: null,
      used: null,
    }, { "available memory": `Cannot believe Cached: it is said to be ${negative} kB` }],
    ["no memory at all", { MemTotal: 0 }, { total: null, used: null }, {
      "memory": "Cannot believe MemTotal: it is said to be 0",
    }],
    ["memory that is no number", { MemTotal: "x" }, { total: null, used: null }, {
      "memory": "Cannot believe MemTotal: it is said to be x kB",
    }],
  ];
  for (const [name, changes, expected, reasons] of cases) {
    await t.step(name, () => {
      const notes = new FailureNotes();
      const { cached: _cached, ...memory } = parseMemory(text({ ...good, ...changes }), notes);
      const sizes = Object.entries({ ...whole, ...expected });
      assertEquals<unknown>(
        memory,
        Object.fromEntries(sizes.map(([size, value]) => [size, kib(value)])),
      );
      assertEquals(Object.fromEntries(notes.all), reasons);
    });
  }
});

Deno.test("parseMemory() throws without a total", async (t) => {
  for (const wrong of ["", "MemFree: 5 kB\n"]) {
    await t.step(JSON.stringify(wrong), () => {
      assertThrows(() => parseMemory(wrong), SyntaxError, "MemTotal is not listed");
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
      for (const part of [used, free, available, swapUsed]) {
        assert(part === null || part >= 0);
      }
      for (const part of [used, free, available]) assert((part ?? 0) <= (total ?? Infinity));
      assert((swapUsed ?? 0) <= (swapTotal ?? Infinity));
      assert(used === null || used + available! === total);
    }),
    { numRuns: 200, examples: [[{ MemTotal: 0, MemFree: 0, Shmem: 1 }]] },
  );
});
