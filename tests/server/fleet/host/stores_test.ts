import { assert, assertEquals } from "@std/assert";
import { Arena } from "../../../../lib/server/fleet/memory/arena.ts";
import { Histories, MessageTexts } from "../../../../lib/server/fleet/host/stores.ts";
import { bytesOf, numbersOf as point } from "../../../messages.ts";
import fc from "fast-check";
import { History } from "../../../../lib/server/fleet/past/history.ts";

Deno.test("MessageTexts keep what was written last", () => {
  const texts = new MessageTexts(new Arena());
  assertEquals(texts.read(5), "");
  for (const each of ["a", "東京".repeat(500), "", "b".repeat(8_192), "c"]) {
    texts.write(5, bytesOf(each));
    assertEquals([texts.read(5), texts.read(4)], [each, ""]);
  }
});

Deno.test("MessageTexts.leave() makes room for another", () => {
  const store = new Arena();
  const texts = new MessageTexts(store);
  texts.write(0, bytesOf("x".repeat(5_000)));
  for (let slot = 1; slot < 1_000; slot++) {
    texts.leave(slot - 1);
    assertEquals(texts.read(slot - 1), "");
    texts.write(slot, bytesOf("x".repeat(5_000)));
  }
  assertEquals(store.byteLength, 2 ** 20);
});

Deno.test("MessageTexts.write() makes room for another when a text is much shorter", () => {
  const store = new Arena();
  const texts = new MessageTexts(store);
  for (let slot = 0; slot < 1_000; slot++) {
    texts.write(slot, bytesOf("x".repeat(5_000)));
    texts.write(slot, bytesOf("y"));
  }
  assertEquals(texts.read(999), "y");
  assertEquals(store.byteLength, 2 ** 20);
});

/** Lengths that grow by a seventh each, as an agent's message does while a host gets more devices. */
const LENGTHS = [500, 571, 653, 746, 853, 975, 1_114, 1_273, 1_455, 1_663, 1_901, 2_172, 2_482]
  .concat([2_837, 3_242, 3_705, 4_235, 4_840, 5_531, 6_321, 7_224, 8_000]);
const HOSTS = 1_500;

Deno.test("MessageTexts that grew hold 1.5 times what is in use at most, and others get it back", () => {
  const store = new Arena();
  const texts = new MessageTexts(store);
  for (const length of LENGTHS) {
    for (let slot = 0; slot < HOSTS; slot++) texts.write(slot, new Uint8Array(length));
  }
  assert(store.byteLength <= 1.5 * HOSTS * 8_000, `${store.byteLength} bytes`);
  for (let slot = 0; slot < HOSTS; slot++) texts.write(slot, new Uint8Array(500));
  for (let slot = HOSTS; slot < 2 * HOSTS; slot++) texts.write(slot, new Uint8Array(8_000));
  assert(store.byteLength <= 1.5 * HOSTS * 8_500, `${store.byteLength} bytes`);
});

Deno.test("MessageTexts that grew each at its own time hold no more than that either", () => {
  const store = new Arena();
  const texts = new MessageTexts(store);
  for (let turn = 0; turn < LENGTHS.length + 10; turn++) {
    for (let n = 0; n < HOSTS; n++) {
      const slot = n * 7 % HOSTS;
      const length = LENGTHS[Math.min(LENGTHS.length - 1, Math.max(0, turn - slot % 11))]!;
      texts.write(slot, new Uint8Array(length));
    }
  }
  assert(store.byteLength <= 1.5 * HOSTS * 8_000, `${store.byteLength} bytes`);
});

Deno.test("MessageTexts never write over each other, however they grow, shrink and go", () => {
  const step = fc.tuple(fc.nat(5), fc.option(fc.integer({ min: 0, max: 2_000 })));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const texts = new MessageTexts(new Arena());
      const expected = new Array(6).fill("");
      steps.forEach(([slot, length], n) => {
        expected[slot] = String.fromCharCode(97 + n % 26).repeat(length ?? 0);
        if (length === null) texts.leave(slot);
        else texts.write(slot, bytesOf(expected[slot]));
        assertEquals(expected.map((_, slot) => texts.read(slot)), expected);
      });
    }),
    { numRuns: 200 },
  );
});

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
