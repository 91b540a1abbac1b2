/** Delivery where the sender's time tells numbers that are used again from copies. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Delivery } from "../../../lib/server/fleet/accounts/delivery.ts";
import type { Verdict } from "../../../lib/server/fleet/accounts/sequence_window.ts";

/** A datagram: its number, and when it was sent by the sender's clock. */
type Sent = readonly [sequence: number, sentMs: number];

const isTaken = (arrival: Verdict) => arrival === "new" || arrival === "late";

/** A delivery of one session. */
class Session {
  readonly delivery: Delivery;

  constructor(first: number) {
    this.delivery = new Delivery("s", first);
  }

  take([sequence, sentMs]: Sent): Verdict {
    return this.delivery.accept("s", sequence, sentMs);
  }
}

const run = (first: number, count: number, sentMs: number): Sent[] =>
  Array.from({ length: count }, (_, n) => [first + n, sentMs + n]);

Deno.test("Delivery hears a machine that was set back at its third later time", async (t) => {
  for (const back of [1, 2, 3, 4, 100, 255, 256, 257, 2_999]) {
    await t.step(`by ${back} numbers`, () => {
      const session = new Session(1);
      const before = run(1, 3_000, 0);
      for (const sent of before) assert(isTaken(session.take(sent)));
      const after = run(3_001 - back, 10, 1_000_000);
      const fates = after.map((sent) => session.take(sent));
      const heard = fates.indexOf("new");
      assert(heard >= 0 && heard <= (back < 3 ? back : 2), fates.join());
      assert(fates.slice(heard).every((fate) => fate === "new"), fates.join());
      const { lost, restarts, pending } = session.delivery.counts;
      assertEquals([lost, restarts, pending], [0, back < 3 ? 0 : 1, 0]);
      const taken = [...before.slice(-200), ...after.slice(heard)];
      for (const sent of taken) assert(!isTaken(session.take(sent)));
      assertEquals(session.delivery.lost, 0);
    });
  }
});

Deno.test("Delivery hears a machine that was set back among copies and stragglers", () => {
  const session = new Session(1);
  for (const sent of run(1, 90, 0)) session.take(sent);
  for (const sent of run(96, 5, 95)) session.take(sent);
  const [first, second, third] = run(50, 3, 1_000) as [Sent, Sent, Sent];
  const fates = [first, first, [92, 91], second, [93, 92], [93, 92], second, third] as Sent[];
  assertEquals(fates.map((sent) => session.take(sent)), [
    ...["duplicate", "duplicate", "late", "duplicate", "late", "duplicate", "duplicate", "new"],
  ] as Verdict[]);
});

Deno.test("Delivery takes no copy of a running machine for one that was set back", () => {
  const session = new Session(1);
  for (const [sequence, sentMs] of run(1, 300, 0)) {
    assertEquals(session.take([sequence, 2 * sentMs]), "new");
    assertEquals(session.take([sequence, 2 * sentMs + 1]), "duplicate");
  }
  assertEquals(session.delivery.counts.restarts, 0);
});

Deno.test("Delivery believes numbers far ahead, also after one that was used again", () => {
  const session = new Session(1);
  const fates = [[1, 1], [2, 2], [1, 3], [9_000, 4], [9_001, 5]].map(([sequence, sentMs]) =>
    session.take([sequence!, sentMs!])
  );
  assertEquals(fates, ["new", "new", "duplicate", "late", "new"]);
});

Deno.test("Delivery takes copies for news at no time", () => {
  const session = new Session(1);
  for (const sent of run(1, 500, 0)) session.take(sent);
  for (const sent of run(300, 100, 300)) assert(!isTaken(session.take(sent)), `${sent}`);
});

/** What a sender sends between two times at which it is set back. */
const lives = fc.array(
  fc.record({
    first: fc.integer({ min: 1, max: 150 }),
    steps: fc.array(fc.constantFrom(1, 1, 1, 2, 4), { minLength: 1, maxLength: 40 }),
    pauseMs: fc.nat(1_000),
  }),
  { minLength: 1, maxLength: 5 },
);

Deno.test("Delivery takes nothing twice, however often a machine is set back", () => {
  const again = fc.array(fc.array(fc.nat(10_000), { maxLength: 5 }), {
    minLength: 50,
    maxLength: 50,
  });
  fc.assert(fc.property(lives, again, (lives, again) => {
    const session = new Session(lives[0]!.first);
    const all: Sent[] = [];
    const taken = new Set<Sent>();
    const send = (sent: Sent) => {
      if (!isTaken(session.take(sent))) return;
      assert(!taken.has(sent), `${sent} twice`);
      taken.add(sent);
    };
    let sentMs = 0;
    for (const { first, steps, pauseMs } of lives) {
      let sequence = first;
      sentMs += pauseMs;
      for (const step of steps) {
        all.push([sequence, ++sentMs]);
        send(all.at(-1)!);
        for (const at of again[all.length % 50]!) send(all[at % all.length]!);
        sequence += step;
      }
    }
  }));
});
