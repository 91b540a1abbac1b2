import { assert, assertEquals } from "@std/assert";
import { Arena } from "../../../../lib/server/fleet/memory/arena.ts";
import { Histories } from "../../../../lib/server/fleet/past/histories.ts";
import { History } from "../../../../lib/server/fleet/past/history.ts";
import { numbersOf as point } from "../../../messages.ts";
import fc from "fast-check";

const SPAN_MS = 20_000;
const pastOf = (history: History | null) => history && [history.times(), history.values("cpu")];

Deno.test("Histories keep each host's past by itself, as a History does", () => {
  const step = fc.record({
    slot: fc.nat(3),
    afterMs: fc.integer({ min: 0, max: 12_000 }),
    lateMs: fc.option(fc.integer({ min: 0, max: 30_000 }), { nil: 0 }),
    cpu: fc.nat(100),
    leaves: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
      const histories = new Histories(SPAN_MS, new Arena());
      const alone: (History | null)[] = [null, null, null, null];
      let nowMs = 0;
      for (const { slot, afterMs, lateMs, cpu, leaves } of steps) {
        nowMs += afterMs;
        if (leaves && alone[slot] !== null) {
          const past = pastOf(alone[slot]!);
          const parted = histories.leave(slot);
          alone[slot] = null;
          assertEquals(pastOf(parted), past);
        } else if (lateMs > 0) {
          histories.insert(slot, nowMs - lateMs, point({ cpu }));
          alone[slot]?.insert(nowMs - lateMs, point({ cpu }));
        } else {
          histories.push(slot, 1_000, nowMs, point({ cpu }));
          alone[slot] ??= new History(SPAN_MS, 1_000);
          alone[slot].push(nowMs, point({ cpu }));
        }
        alone.forEach((history, other) => {
          assertEquals(pastOf(histories.of(other)), pastOf(history));
        });
      }
    }),
    { numRuns: 200 },
  );
});

Deno.test("Histories.push() makes a history for another interval, but not again and again", () => {
  const histories = new Histories(900_000, new Arena());
  const push = (intervalMs: number, timeMs: number) => {
    histories.push(0, intervalMs, timeMs, point({ cpu: 1 }));
    return histories.of(0)!.capacity;
  };
  assertEquals([push(5_000, 0), push(10_000, 400), push(10_000, 900)], [180, 180, 90]);
  assertEquals(histories.of(0)!.times(), [0, 400]);
});

Deno.test("Histories.push() copies many points for another interval only now and then", () => {
  const histories = new Histories(900_000, new Arena());
  const push = (intervalMs: number, timeMs: number) => {
    histories.push(0, intervalMs, timeMs, point({ cpu: 1 }));
    return histories.of(0)!.capacity;
  };
  for (let n = 0; n < 900; n++) push(1_000, 1_000 * n);
  const capacities = Array.from({ length: 1_000 }, (_, n) => {
    return push(n % 2 === 0 ? 1_100 : 1_000, 1_000 * (900 + n));
  });
  const changes = capacities.filter((capacity, n) => capacity !== (capacities[n - 1] ?? 900));
  // 900 points are copied once in 56.
  assert(changes.length > 1 && changes.length < 1_000 / 50, `${changes.length}`);
});

Deno.test("Histories.push() leaves no room behind when a host's interval is often another", () => {
  const store = new Arena();
  const histories = new Histories(900_000, store);
  let [changes, capacity] = [0, 0];
  for (let n = 0; n < 500; n++) {
    histories.push(0, n % 2 ? 1_000 : 1_500, 100_000 * n, point({ cpu: 1 }));
    if (histories.of(0)!.capacity !== capacity) changes++;
    capacity = histories.of(0)!.capacity;
  }
  assert(changes > 50, `${changes}`);
  assertEquals(store.byteLength, 2 ** 20);
});

Deno.test("Histories.leave() gives a past that stays, and its room to another", () => {
  const store = new Arena();
  const histories = new Histories(900_000, store);
  const parted = Array.from({ length: 2_000 }, (_, slot) => {
    for (let n = 0; n < 5; n++) histories.push(slot, 1_000, 1_000 * n, point({ cpu: slot % 100 }));
    return histories.leave(slot)!;
  });
  assertEquals(parted.every((past, slot) => past.values("cpu")[4] === slot % 100), true);
  assertEquals(store.byteLength, 2 ** 20);
});
