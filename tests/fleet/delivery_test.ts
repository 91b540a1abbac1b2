import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  type Arrival,
  Delivery,
  type DeliveryCounts,
  EARLIER_SESSIONS,
  WINDOW,
} from "../../lib/fleet/delivery.ts";

const NONE: DeliveryCounts = {
  received: 0,
  lost: 0,
  duplicate: 0,
  reordered: 0,
  old: 0,
  restarts: 0,
};

/** A datagram as the delivery sees it. */
type Datagram = readonly [session: string, sequence: number];

/** A delivery after these datagrams, and what it said of each. */
function deliver(datagrams: readonly Datagram[]) {
  const delivery = new Delivery(...datagrams[0]!);
  return { delivery, arrivals: datagrams.map((datagram) => delivery.accept(...datagram)) };
}

const inOne = (...sequences: number[]): Datagram[] => sequences.map((seq) => ["a", seq]);

Deno.test("Delivery.accept() tells what became of each datagram", async (t) => {
  const cases: [string, Datagram[], Arrival[], Partial<DeliveryCounts>][] = [
    ["in order", inOne(1, 2, 3), ["new", "new", "new"], { received: 3 }],
    ["first heard in the middle", inOne(500, 501), ["new", "new"], { received: 2 }],
    ["a gap", inOne(1, 4), ["new", "new"], { received: 2, lost: 2 }],
    ["a gap that fills", inOne(1, 3, 2), ["new", "new", "late"], { received: 3, reordered: 1 }],
    ["a copy", inOne(1, 2, 2, 1), ["new", "new", "duplicate", "duplicate"], {
      received: 2,
      duplicate: 2,
    }],
    ["a copy of a late one", inOne(1, 3, 2, 2), ["new", "new", "late", "duplicate"], {
      received: 3,
      reordered: 1,
      duplicate: 1,
    }],
    ["before the first heard", inOne(10, 9), ["new", "late"], { received: 2, reordered: 1 }],
    ["far before the first heard", inOne(10, 7, 9), ["new", "late", "late"], {
      received: 3,
      lost: 1,
      reordered: 2,
    }],
    ["the last of the window", inOne(1, 257, 2), ["new", "new", "late"], {
      received: 3,
      lost: 254,
      reordered: 1,
    }],
    ["just out of the window", inOne(1, 257, 1), ["new", "new", "old"], {
      received: 2,
      lost: 255,
      old: 1,
    }],
    ["a gap as wide as the window", inOne(1, 258, 2, 3), ["new", "new", "old", "late"], {
      received: 3,
      lost: 255,
      old: 1,
      reordered: 1,
    }],
    ["a gap far wider", inOne(5, 4_294_967_295, 4_294_967_294), ["new", "new", "late"], {
      received: 3,
      lost: 4_294_967_288,
      reordered: 1,
    }],
    ["a restart", [...inOne(1, 2), ["b", 1], ["b", 2]], ["new", "new", "new", "new"], {
      received: 4,
      restarts: 1,
    }],
    ["a restart whose first is lost", [...inOne(1), ["b", 3]], ["new", "new"], {
      received: 2,
      lost: 2,
      restarts: 1,
    }],
    [
      "a straggler of the session before",
      [...inOne(1, 2, 3), ["b", 1], ["a", 3], ["b", 2]],
      ["new", "new", "new", "new", "old", "new"],
      { received: 5, old: 1, restarts: 1 },
    ],
    [
      "a straggler of the session before that",
      [...inOne(70, 71), ["b", 1], ["c", 1], ["a", 71]],
      ["new", "new", "new", "new", "old"],
      { received: 4, old: 1, restarts: 2 },
    ],
    [
      "two machines with one id",
      [["a", 1], ["b", 1], ["a", 2], ["b", 2], ["a", 4]],
      ["new", "new", "new", "new", "new"],
      { received: 5, lost: 1, restarts: 4 },
    ],
  ];
  for (const [name, datagrams, arrivals, counts] of cases) {
    await t.step(name, () => {
      const { delivery, arrivals: actual } = deliver(datagrams);
      assertEquals(actual, arrivals);
      assertEquals(delivery.counts, { ...NONE, ...counts });
      assertEquals(delivery.lost, delivery.counts.lost);
    });
  }
});

Deno.test("Delivery makes up no loss for as many machines with one id as it remembers", () => {
  const sessions = Array.from({ length: EARLIER_SESSIONS + 1 }, (_, n) => `clone-${n}`);
  const rounds = Array.from({ length: 50 }, (_, round) => round + 1);
  const { delivery } = deliver(
    rounds.flatMap((seq) => sessions.map((name) => [name, seq] as const)),
  );
  assertEquals([delivery.counts.received, delivery.lost], [50 * sessions.length, 0]);
});

Deno.test("Delivery.sequence is the highest of the present session", () => {
  const { delivery } = deliver([["a", 5], ["a", 9], ["a", 7]]);
  assertEquals(delivery.sequence, 9);
  delivery.accept("b", 2);
  assertEquals(delivery.sequence, 2);
});

/** What is known of one session, kept in the plainest way. */
interface Seen {
  first: number;
  highest: number;
  readonly sequences: Set<number>;
}

/** The same account kept with sets, which forget nothing. */
class Oracle {
  readonly seen = new Map<string, Seen>();
  #counts = { received: 0, duplicate: 0, reordered: 0, old: 0, restarts: 0 };
  #present: string;

  constructor([session, sequence]: Datagram) {
    this.#present = session;
    this.seen.set(session, { first: sequence, highest: sequence - 1, sequences: new Set() });
  }

  get counts(): DeliveryCounts {
    let lost = 0;
    for (const { first, highest, sequences } of this.seen.values()) {
      lost += highest - first + 1 - sequences.size;
    }
    return { ...this.#counts, lost };
  }

  accept([session, sequence]: Datagram): Arrival {
    const arrival = this.#judge(session, sequence);
    if (arrival === "new" || arrival === "late") this.#counts.received++;
    if (arrival === "duplicate") this.#counts.duplicate++;
    if (arrival === "old") this.#counts.old++;
    if (arrival === "late") this.#counts.reordered++;
    return arrival;
  }

  #judge(session: string, sequence: number): Arrival {
    const seen = this.seen.get(session) ?? { first: 1, highest: 0, sequences: new Set() };
    if (session !== this.#present) {
      if (sequence <= seen.highest) return "old";
      this.#counts.restarts++;
      this.#present = session;
      this.seen.set(session, seen);
    }
    if (seen.highest - sequence >= WINDOW) return "old";
    if (seen.sequences.has(sequence)) return "duplicate";
    const arrival = sequence > seen.highest ? "new" : "late";
    seen.sequences.add(sequence);
    seen.first = Math.min(seen.first, sequence);
    seen.highest = Math.max(seen.highest, sequence);
    return arrival;
  }
}

/** What a network does to the datagrams of a few sessions: loses, copies and delays them. */
const traces: fc.Arbitrary<Datagram[]> = fc.array(
  fc.record({
    session: fc.constantFrom("a", "b", "c"),
    start: fc.integer({ min: 1, max: 300 }),
    fates: fc.array(
      fc.record({
        skip: fc.oneof({ weight: 20, arbitrary: fc.constant(1) }, fc.integer({ min: 1, max: 600 })),
        copies: fc.constantFrom(0, 1, 1, 1, 1, 2),
        delay: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.nat(300)),
      }),
      { minLength: 1, maxLength: 300, size: "max" },
    ),
  }),
  { minLength: 1, maxLength: 4 },
).map((runs) =>
  runs.flatMap(({ session, start, fates }) => {
    let sequence = start;
    const arriving = fates.flatMap(({ skip, copies, delay }, index) => {
      sequence += skip;
      const datagram: Datagram = [session, sequence];
      return Array.from(
        { length: copies },
        (_, copy) => ({ datagram, at: index + delay * (1 + copy) }),
      );
    });
    return arriving.sort((a, b) => a.at - b.at).map(({ datagram }) => datagram);
  })
).filter((trace) => trace.length > 0);

Deno.test("Delivery agrees with an account kept in sets, whatever the network does", () => {
  fc.assert(
    fc.property(traces, (trace) => {
      const delivery = new Delivery(...trace[0]!);
      const oracle = new Oracle(trace[0]!);
      for (const datagram of trace) {
        assertEquals(delivery.accept(...datagram), oracle.accept(datagram), `${datagram}`);
      }
      assertEquals(delivery.counts, oracle.counts);
      const { received, lost, duplicate, old } = delivery.counts;
      assertEquals(received + duplicate + old, trace.length);
      const spans = Array.from(oracle.seen.values(), ({ first, highest }) => highest - first + 1);
      assertEquals(received + lost, spans.reduce((a, b) => a + b));
      assert(lost >= 0);
    }),
    { numRuns: 400 },
  );
});
