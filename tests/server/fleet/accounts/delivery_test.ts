import { WINDOW } from "../../../../lib/common/seen_numbers.ts";
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  Delivery,
  type DeliveryCounts,
  EARLIER_SESSIONS,
  MAX_FIRST,
} from "../../../../lib/server/fleet/accounts/delivery.ts";
import { MAX_JUMP, type Verdict } from "../../../../lib/server/fleet/accounts/sequence_window.ts";

/** The counts that a row of the table names; the others have tests of their own. */
type Counts = Omit<DeliveryCounts, "pending" | "beforeFirst" | "recovered">;

const NONE: Counts = {
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

const numbers = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

const inOne = (...sequences: number[]): Datagram[] => sequences.map((seq) => ["a", seq]);

Deno.test("Delivery.accept() tells what became of each datagram", async (t) => {
  const cases: [string, Datagram[], Verdict[], Partial<Counts>][] = [
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
    ["as wide a gap as is believed", inOne(5, 5 + MAX_JUMP), ["new", "new"], {
      received: 2,
      lost: MAX_JUMP - 1,
    }],
    ["a wider gap, which the next confirms", inOne(5, 9_005, 9_007), ["new", "late", "new"], {
      received: 3,
      lost: 9_000,
    }],
    ["a copy of one that is doubted", inOne(5, 9_005, 9_005, 9_005, 9_006, 9_005), [
      "new",
      "late",
      "duplicate",
      "duplicate",
      "new",
      "duplicate",
    ], { received: 3, lost: 8_999, duplicate: 3 }],
    ["one forged number far ahead", inOne(5, 4_294_967_295, 6, 7), ["new", "late", "new", "new"], {
      received: 4,
    }],
    ["two forged numbers that do not follow", inOne(5, 8_000, 9_000, 6), [
      "new",
      "late",
      "late",
      "new",
    ], { received: 4 }],
    [
      "a machine that was set back",
      inOne(20_000, 2_721, 2_722, 2_723, 2_724),
      ["new", "old", "old", "new", "new"],
      { received: 3, old: 2, restarts: 1 },
    ],
    ["an old copy, and another", inOne(500, 1, 9, 501, 10), ["new", "old", "old", "new", "old"], {
      received: 2,
      old: 3,
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
      [...inOne(1, 3), ["b", 1], ["a", 2], ["a", 4], ["a", 4], ["b", 2]],
      ["new", "new", "new", "late", "late", "duplicate", "new"],
      { received: 6, duplicate: 1, reordered: 2, restarts: 1 },
    ],
    [
      "a straggler of the session before that",
      [...inOne(70, 71), ["b", 1], ["c", 1], ["a", 71]],
      ["new", "new", "new", "new", "duplicate"],
      { received: 4, duplicate: 1, restarts: 2 },
    ],
    [
      "two machines with one id",
      [["a", 1], ["b", 1], ["a", 2], ["b", 2], ["a", 4]],
      ["new", "new", "late", "new", "late"],
      { received: 5, lost: 1, reordered: 2, restarts: 1 },
    ],
    [
      "one forged session between those of a host",
      [...inOne(70), ["x", 1], ["a", 71], ["a", 72], ["a", 73]],
      ["new", "new", "late", "new", "new"],
      { received: 5, reordered: 1, restarts: 1 },
    ],
    ["a session first heard far from its start", [...inOne(1), ["b", 500]], ["new", "new"], {
      received: 2,
      restarts: 1,
    }],
  ];
  for (const [name, datagrams, arrivals, counts] of cases) {
    await t.step(name, () => {
      const { delivery, arrivals: actual } = deliver(datagrams);
      assertEquals(actual, arrivals);
      for (const [name, count] of Object.entries({ ...NONE, ...counts })) {
        assertEquals(delivery.counts[name as keyof Counts], count, name);
      }
      assertEquals(delivery.lost, delivery.counts.lost);
    });
  }
});

Deno.test("Delivery tells which of the lost may still come, and what was before the first", async (t) => {
  const cases: [string, Datagram[], { lost: number; pending: number; beforeFirst: number }][] = [
    ["from the start", inOne(1, 2), { lost: 0, pending: 0, beforeFirst: 0 }],
    ["from the middle", inOne(41, 42), { lost: 0, pending: 0, beforeFirst: 40 }],
    ["from the middle, and one from before", inOne(41, 40), {
      lost: 0,
      pending: 0,
      beforeFirst: 39,
    }],
    ["a gap just now", inOne(1, 4), { lost: 2, pending: 2, beforeFirst: 0 }],
    ["a gap long ago", inOne(1, 4, 260), { lost: 257, pending: 255, beforeFirst: 0 }],
    ["a gap out of the window", inOne(1, 4, ...numbers(5, 400)), {
      lost: 2,
      pending: 0,
      beforeFirst: 0,
    }],
    ["a gap before a restart", [...inOne(7, 9), ["b", 1]], { lost: 1, pending: 0, beforeFirst: 6 }],
  ];
  for (const [name, datagrams, expected] of cases) {
    await t.step(name, () => {
      const { lost, pending, beforeFirst } = deliver(datagrams).delivery.counts;
      assertEquals({ lost, pending, beforeFirst }, expected);
    });
  }
});

Deno.test("Delivery tells machines that share an id from one that restarts", () => {
  const alternating = numbers(1, 20).flatMap((seq): Datagram[] => [["a", seq], ["b", seq]]);
  assert(deliver(alternating).delivery.isShared);
  const restarting = numbers(1, 20).flatMap((run): Datagram[] => [[`${run}`, 1], [`${run}`, 2]]);
  assert(!deliver(restarting).delivery.isShared);
  assert(!deliver([...inOne(1, 2, 3), ["b", 1], ["a", 4], ["b", 2]]).delivery.isShared);
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
  sequences: Set<number>;
  /** What was lost before its numbers began anew. */
  lostBefore: number;
  /** Numbers far from the others, each following the one before. */
  doubts: number[];
}

function seenFrom(first: number): Seen {
  return { first, highest: first - 1, sequences: new Set(), lostBefore: 0, doubts: [] };
}

function lostOf({ first, highest, sequences, lostBefore }: Seen): number {
  return lostBefore + highest - first + 1 - sequences.size;
}

/** The same account kept with sets, which forget nothing. */
class Oracle {
  readonly seen = new Map<string, Seen>();
  #counts = { received: 0, duplicate: 0, recovered: 0, reordered: 0, old: 0, restarts: 0 };
  #present: string;
  #returns = 0;

  constructor([session, sequence]: Datagram) {
    this.#present = session;
    this.seen.set(session, seenFrom(sequence));
  }

  get counts(): DeliveryCounts {
    const lost = Array.from(this.seen.values(), lostOf).reduce((a, b) => a + b);
    const { first, highest, sequences } = this.seen.get(this.#present)!;
    const recent = numbers(Math.max(first, highest - WINDOW + 1), highest);
    const pending = recent.filter((sequence) => !sequences.has(sequence)).length;
    const { first: heard } = this.seen.values().next().value!;
    return { ...this.#counts, lost, pending, beforeFirst: heard - 1 };
  }

  accept([session, sequence]: Datagram): Verdict {
    const arrival = this.#judge(session, sequence);
    if (arrival === "new" || arrival === "late") this.#counts.received++;
    if (arrival === "duplicate") this.#counts.duplicate++;
    if (arrival === "old") this.#counts.old++;
    if (arrival === "late" && sequence <= this.seen.get(session)!.highest) this.#counts.reordered++;
    return arrival;
  }

  #judge(session: string, sequence: number): Verdict {
    const isKnown = this.seen.has(session);
    const seen = this.seen.get(session) ?? this.#begin(session, sequence);
    if (session === this.#present || !isKnown) this.#returns = 0;
    const lostBefore = lostOf(seen);
    const arrival = this.#place(seen, sequence);
    this.#counts.recovered += Math.max(0, lostBefore - lostOf(seen));
    if (arrival !== "new") return arrival;
    if (session !== this.#present && ++this.#returns < 2) return "late";
    this.#present = session;
    this.#returns = 0;
    return "new";
  }

  #place(seen: Seen, sequence: number): Verdict {
    const ahead = sequence - seen.highest;
    if (ahead > MAX_JUMP || -ahead >= WINDOW) return this.#doubt(seen, sequence, ahead > 0);
    seen.doubts = [];
    if (seen.sequences.has(sequence)) return "duplicate";
    seen.sequences.add(sequence);
    seen.first = Math.min(seen.first, sequence);
    seen.highest = Math.max(seen.highest, sequence);
    return ahead > 0 ? "new" : "late";
  }

  #doubt(seen: Seen, sequence: number, isAhead: boolean): Verdict {
    if (seen.doubts.includes(sequence)) return isAhead ? "duplicate" : "old";
    const last = seen.doubts.at(-1) ?? Infinity;
    seen.doubts = sequence > last && sequence - last < WINDOW
      ? [...seen.doubts, sequence]
      : [sequence];
    if (seen.doubts.length < (isAhead ? 2 : 3)) return isAhead ? "late" : "old";
    if (!isAhead) {
      this.#counts.restarts++;
      Object.assign(seen, {
        ...seenFrom(seen.doubts[0]!),
        lostBefore: lostOf(seen),
        doubts: seen.doubts,
      });
    }
    for (const doubt of seen.doubts) seen.sequences.add(doubt);
    seen.highest = sequence;
    seen.doubts = [];
    return "new";
  }

  #begin(session: string, sequence: number): Seen {
    const first = sequence <= MAX_FIRST ? 1 : sequence;
    const seen = seenFrom(first);
    this.seen.set(session, seen);
    this.#present = session;
    this.#counts.restarts++;
    return seen;
  }
}

/** What a network does to the datagrams of a few sessions: loses, copies and delays them. */
const traces: fc.Arbitrary<Datagram[]> = fc.array(
  fc.record({
    session: fc.constantFrom("a", "b", "c"),
    start: fc.integer({ min: 1, max: 300 }),
    fates: fc.array(
      fc.record({
        skip: fc.oneof(
          { weight: 20, arbitrary: fc.constant(1) },
          fc.integer({ min: 1, max: 600 }),
          fc.integer({ min: 2_990, max: 9_000 }),
        ),
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
      assert(lost >= 0);
    }),
    { numRuns: 10_000 },
  );
});

Deno.test("Delivery makes up no loss for sessions that began before the host was heard", () => {
  const delivery = new Delivery("a", 500);
  const at = (missable: number) => ({ isAnew: false, missable });
  delivery.accept("a", 500);
  for (let n = 0; n < 5; n++) {
    delivery.accept("b", 5 + n, NaN, at(3));
    delivery.accept("a", 501 + n, NaN, at(3));
    assertEquals(delivery.lost, 0);
  }
  assert(delivery.isShared);
  const restarted = new Delivery("a", 500);
  restarted.accept("b", 5, NaN, at(4));
  assertEquals(restarted.lost, 4, "it began since, and its first four are lost");
});

Deno.test("Delivery tells that very many machines share an id, and makes up little loss for them", () => {
  const delivery = new Delivery("clone-0", 1);
  for (let seq = 1; seq <= 20; seq++) {
    for (let clone = 0; clone < 40; clone++) delivery.accept(`clone-${clone}`, seq);
  }
  assert(delivery.isShared);
  assert(delivery.lost <= 5, `${delivery.lost}`);
});

Deno.test("Delivery forgets that an id was shared once it is no more", () => {
  const delivery = new Delivery("a", 1);
  for (let seq = 1; seq <= 100; seq++) {
    delivery.accept("a", seq);
    delivery.accept("b", seq);
  }
  assert(delivery.isShared);
  for (let seq = 101; seq <= 2_000; seq++) delivery.accept("a", seq);
  assert(!delivery.isShared);
});

Deno.test("Delivery goes by what is known from elsewhere of an agent that begins anew", () => {
  const anew = { isAnew: true, missable: Infinity };
  const delivery = new Delivery("a", 1);
  for (let seq = 1; seq <= 100; seq++) delivery.accept("a", seq);
  assertEquals(delivery.accept("a", 50, NaN, anew), "new");
  assertEquals([delivery.sequence, delivery.counts.restarts, delivery.lost], [50, 1, 0]);
  assertEquals(delivery.accept("b", 7, NaN, anew), "new");
  assertEquals([delivery.session, delivery.lost], ["b", 0]);
  assertEquals(delivery.accept("a", 60, NaN, anew), "new");
  assertEquals(delivery.session, "a");
});

Deno.test("Delivery takes no copy from before its numbers began anew, however often they did", () => {
  const anew = { isAnew: true, missable: Infinity };
  const delivery = new Delivery("a", 1);
  for (let seq = 1; seq <= 100; seq++) delivery.accept("a", seq, seq);
  for (const sentMs of [200, 300]) {
    assertEquals(delivery.accept("a", 1, sentMs, anew), "new");
    assertEquals(delivery.accept("a", 2, sentMs + 1), "new");
    assertEquals(delivery.accept("a", 50, 50), "old");
  }
});

Deno.test("a copy that says a far time keeps no machine unheard that was set back", () => {
  const delivery = new Delivery("a", 1);
  for (let seq = 1; seq <= 100; seq++) delivery.accept("a", seq, seq);
  assertEquals(delivery.accept("a", 50, 1e9), "duplicate");
  const arrivals = [40, 41, 42].map((seq) => delivery.accept("a", seq, 100 + seq));
  assertEquals(arrivals, ["duplicate", "duplicate", "new"]);
});
