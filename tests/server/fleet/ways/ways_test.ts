import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Fleet } from "../../../../lib/server/fleet/fleet.ts";
import { recordOf } from "../../../../lib/server/fleet/host/record.ts";
import type { Receipt } from "../../../../lib/server/fleet/receipt.ts";
import type { Way } from "../../../../lib/server/fleet/ways/way.ts";
import { jsonOf } from "../../../messages.ts";

const START_MS = 1_000_000;
const SENDER = { hostname: "192.0.2.7", port: 40_000 };
const INTERVAL_MS = 1_000;

/** One datagram that came: which, and by which site, how long it was under way. */
interface Came {
  readonly seq: number;
  readonly site: number;
  readonly delayMs: number;
  readonly session?: string;
  /** When it was sent; one interval for each number by default. */
  readonly sentMs?: number;
}

/** A fleet, which may be that of a server that was started anew at a time. */
function open(before?: Fleet, nowMs = START_MS) {
  const fleet = new Fleet({ maxHosts: 10, historyMs: 900_000, nowMs });
  for (const host of before?.hosts() ?? []) fleet.restore(recordOf(host, 0), nowMs);
  const receive = ({ seq, site, delayMs, session = "s", sentMs = INTERVAL_MS * seq }: Came) => {
    const time = START_MS + sentMs;
    const message = { v: 1, id: "a", host: "h", session, seq, time, interval: INTERVAL_MS };
    return fleet.receive(jsonOf(message), SENDER, time + delayMs, site);
  };
  const come = (...all: Came[]) => all.map((one) => fateOf(receive(one)));
  const host = () => fleet.host("a")!;
  const counts = () => {
    const { sites: ways, recent } = host().ways!;
    const { received, lost, duplicate } = host().delivery!.counts;
    return { received, lost, duplicate, recent, ways: ways.map(countsOf) };
  };
  return { fleet, come, host, counts };
}

const fateOf = (receipt: Receipt) => receipt.accepted ? "accepted" : receipt.reason;
const countsOf = ({ site, received, lost, duplicate }: Way) => ({
  site: Number(site.slice(5)),
  received,
  lost,
  duplicate,
});

const by = (site: number, delayMs: number, ...numbers: number[]): Came[] =>
  numbers.map((seq) => ({ seq, site, delayMs }));

Deno.test("Fleet.receive() takes what another site delivered as a copy, and a repeat as a duplicate", () => {
  const { come, counts, fleet } = open();
  assertEquals(come(...by(1, 5, 1), ...by(2, 9, 1), ...by(2, 9, 1), ...by(1, 5, 1)), [
    ...["accepted", "copy", "duplicate", "duplicate"],
  ]);
  const { received, accepted, copies, dropped } = fleet.totals(START_MS);
  assertEquals([received, accepted, copies, dropped.get("duplicate")], [4, 1, 1, 2]);
  assertEquals(counts().ways, [
    { site: 1, received: 1, lost: 0, duplicate: 1 },
    { site: 2, received: 1, lost: 0, duplicate: 1 },
  ]);
});

Deno.test("a datagram is lost when no site had it, and lost on a way where another had it", () => {
  const { come, counts } = open();
  come(...by(1, 5, 1), ...by(2, 5, 1), ...by(1, 5, 2), ...by(2, 5, 3));
  come(...by(1, 5, 5), ...by(2, 5, 5));
  assertEquals(counts(), {
    ...{ received: 4, lost: 1, duplicate: 0, recent: { sent: 4, lost: 1 } },
    ways: [
      { site: 1, received: 3, lost: 2, duplicate: 0 },
      { site: 2, received: 3, lost: 2, duplicate: 0 },
    ],
  });
});

Deno.test("a way does not miss the newest datagram before the next one has come", () => {
  const { come, counts } = open();
  come(...by(1, 5, 1), ...by(2, 50, 1), ...by(1, 5, 2));
  assertEquals(counts().ways[1]!.lost, 0);
  come(...by(1, 5, 3));
  assertEquals(counts().ways[1]!.lost, 1);
  come(...by(2, 2_000, 2), ...by(2, 1_000, 3));
  assertEquals(counts().ways[1], { site: 2, received: 3, lost: 0, duplicate: 0 });
});

Deno.test("a host that was known by one way keeps its account when another begins", () => {
  const { come, counts, host } = open();
  come(...by(1, 5, 100, 101, 103, 104));
  assertEquals(host().ways, null);
  come(...by(2, 5, 104), ...by(1, 5, 105), ...by(2, 5, 105));
  assertEquals(counts().ways, [
    { site: 1, received: 5, lost: 1, duplicate: 0 },
    { site: 2, received: 2, lost: 0, duplicate: 0 },
  ]);
});

/** A server that heard four of five datagrams, and is started anew. */
function restart() {
  const { come, fleet } = open();
  come(...by(1, 5, 101, 102, 103, 105, 105));
  return open(fleet, START_MS + 110.5 * INTERVAL_MS);
}

Deno.test("what came before a restart is counted for no way, what came since by one is for that", () => {
  const { come, counts } = restart();
  come(...by(2, 5, 111, 113, 113), ...by(1, 5, 113, 114), ...by(2, 5, 114));
  assertEquals(counts(), {
    ...{ received: 7, lost: 2, duplicate: 2, recent: { sent: 1, lost: 0 } },
    ways: [
      { site: 1, received: 2, lost: 0, duplicate: 0 },
      { site: 2, received: 3, lost: 1, duplicate: 1 },
    ],
  });
});

Deno.test("a host that is heard again by two sites at once is counted for neither before", () => {
  const { come, counts } = restart();
  const fates = come(...by(2, 5, 104), ...by(1, 5, 111), ...by(2, 5, 111), ...by(1, 5, 112));
  assertEquals(fates, ["old", "accepted", "copy", "accepted"]);
  assertEquals(counts(), {
    ...{ received: 6, lost: 1, duplicate: 1, recent: { sent: 2, lost: 0 } },
    ways: [
      { site: 1, received: 2, lost: 0, duplicate: 0 },
      { site: 2, received: 1, lost: 0, duplicate: 0 },
    ],
  });
});

/** Datagrams of a session that began at a time. */
const during = (session: string, fromMs: number, site: number, ...numbers: number[]): Came[] =>
  numbers.map((seq) => ({ session, site, seq, delayMs: 5, sentMs: fromMs + INTERVAL_MS * seq }));

Deno.test("a session that one way never had is lost on it alone", () => {
  const { come, counts, host } = open();
  come(...during("r", 0, 1, 1, 2, 3), ...during("r", 0, 2, 1, 2, 3));
  come(...during("s", 10_000, 1, 1, 2, 3));
  come(...during("t", 20_000, 1, 1, 2), ...during("t", 20_000, 2, 1, 2));
  assertEquals(host().delivery!.session, "t");
  assertEquals(counts().ways, [
    { site: 1, received: 8, lost: 0, duplicate: 0 },
    { site: 2, received: 5, lost: 3, duplicate: 0 },
  ]);
});

Deno.test("a site that lags brings back no session, ages nothing and proves no restart", () => {
  const { come, host, counts } = open();
  come(...during("q", 0, 1, 1, 2), ...during("q", 0, 2, 1));
  come(...during("s", 600_000, 1, ...Array.from({ length: 600 }, (_, n) => n + 1)));
  const { lastSeenMs } = host();
  // What the first did not have of the session before, and all of one in between.
  come(...during("q", 0, 2, 2, 3, 4, 5, 6, 7), ...during("r", 300_000, 2, 1, 2, 3, 4));
  // Further behind than a copy is told from a late one.
  come(...during("s", 600_000, 2, 1, 2, 3, 4, 5, 6, 7, 8));
  assertEquals([host().delivery!.session, host().lastSeenMs], ["s", lastSeenMs]);
  assertEquals(host().delivery!.isShared, false);
  assertEquals(come(...during("s", 600_000, 2, 599, 600)), ["copy", "copy"]);
  const { received, lost, ways } = counts();
  assertEquals([received, lost, host().delivery!.sequence], [611, 0, 600]);
  assertEquals(ways[1], { site: 2, received: 21, lost: 590, duplicate: 0 });
});

Deno.test("a way tells its delay beyond the shortest, and its own jitter", () => {
  const { come, host } = open();
  for (let seq = 1; seq <= 200; seq++) {
    come(...by(1, 10, seq), ...by(2, 40 + (seq % 2) * 8, seq));
  }
  const [near, far] = host().ways!.sites as [Way, Way];
  assertEquals([near.delayMs, near.jitterMs], [0, 0]);
  assertEquals(Math.round(far.delayMs!), 34);
  assertEquals(Math.round(far.jitterMs!), 8);
  // The host's own timing is that of one way, and knows nothing of how far sites are apart.
  assertEquals(host().timing!.jitterMs, 0);
});

Deno.test("what is recent is no older than half an hour", () => {
  const { come, counts } = open();
  for (let seq = 1; seq <= 6_000; seq++) {
    if (seq > 100) come(...by(1, 5, seq));
    else if (seq % 2 === 0) come(...by(1, 5, seq));
    come(...by(2, 5, seq));
  }
  const { ways, recent } = counts();
  assertEquals(ways[0]!.lost, 50);
  assertEquals(recent.lost, 0);
  assertEquals(recent.sent > 900 && recent.sent <= 1_800, true);
});

Deno.test("a host that takes another's place has no ways of it", () => {
  const { come, fleet, host } = open();
  come(...by(1, 5, 1, 2), ...by(2, 5, 1, 2));
  const before = host();
  fleet.forget(before);
  assertEquals(before.ways!.sites.length, 2);
  come(...by(2, 5, 3, 4));
  assertEquals(host().ways!.sites.map(countsOf), [{ site: 2, received: 2, lost: 0, duplicate: 0 }]);
});

/** A plain reference: sets of numbers. */
function expected(all: readonly Came[], sites: readonly number[]) {
  const first = Math.min(...all.map(({ seq }) => seq));
  const highest = Math.max(...all.map(({ seq }) => seq));
  const sent = highest - first + 1;
  const union = new Set(all.map(({ seq }) => seq));
  const ways = sites.flatMap((site) => {
    const came = all.filter((one) => one.site === site);
    if (came.length === 0) return [];
    const numbers = new Set(came.map(({ seq }) => seq));
    const missable = numbers.has(highest) ? sent : sent - 1;
    return [{
      site,
      received: numbers.size,
      lost: missable - numbers.size,
      duplicate: came.length - numbers.size,
    }];
  });
  const duplicate = ways.reduce((sum, way) => sum + way.duplicate, 0);
  return { received: union.size, lost: sent - union.size, duplicate, ways };
}

const anyDatagram = (sites: number) =>
  fc.array(
    fc.tuple(
      ...Array.from({ length: sites }, () =>
        fc.record({
          copies: fc.constantFrom(0, 1, 1, 1, 1, 2, 3),
          delayMs: fc.integer({ min: 0, max: 6 * INTERVAL_MS }),
        })),
    ),
    { minLength: 1, maxLength: 120 },
  );

for (const sites of [2, 3]) {
  Deno.test(`ways agree with a plain reference over ${sites} sites, in whatever order they come`, () => {
    fc.assert(
      fc.property(anyDatagram(sites), fc.boolean(), (datagrams, bySite) => {
        const all = datagrams.flatMap((ways, n) =>
          ways.flatMap(({ copies, delayMs }, index) =>
            Array.from({ length: copies }, (_, copy) => ({
              seq: n + 1,
              site: index + 1,
              delayMs: delayMs + 300 * copy,
            }))
          )
        );
        if (!all.some(({ seq }) => seq === 1)) return;
        const arrival = (one: Came) => one.seq * INTERVAL_MS + one.delayMs;
        // As they came; or a site after another, as from streams that are read one by one.
        const order = all.toSorted((a, b) => bySite && a.site - b.site || arrival(a) - arrival(b));
        const { come, host, counts } = open();
        come(...order);
        if (host().ways === null) return;
        const { recent: _recent, ...told } = counts();
        const model = expected(all, [1, 2, 3].slice(0, sites));
        assertEquals(told, model);
      }),
      { numRuns: 100 },
    );
  });
}

Deno.test("after a restart ways agree with a plain reference of what was sent since", () => {
  const heard = fc.array(fc.subarray([1, 2]), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(heard, anyDatagram(2), fc.constantFrom(1, 2), (before, datagrams, firstSite) => {
      const earlier = before.flatMap((sites, n) => sites.flatMap((site) => by(site, 5, n + 1)));
      if (earlier.length === 0) return;
      const first = open();
      first.come(...earlier);
      const { received, lost, duplicate } = first.host().delivery!.counts;
      const { come, host, counts } = open(first.fleet, START_MS + 6.5 * INTERVAL_MS);
      const since = datagrams.flatMap((ways, n) =>
        ways.flatMap(({ copies, delayMs }, index) =>
          Array.from({ length: copies }, (_, copy) => ({
            ...{ seq: n + 8, site: index + 1, delayMs: delayMs + 300 * copy },
          }))
        )
      ).sort((a, b) => a.seq * INTERVAL_MS + a.delayMs - b.seq * INTERVAL_MS - b.delayMs);
      const all = [...by(firstSite, 0, 7), ...since];
      // What is told again of the time before is of no way, and nothing is credited twice.
      const again = earlier.map((one) => ({ ...one, delayMs: 20 * INTERVAL_MS }));
      come(all[0]!);
      assertEquals(new Set(come(...again)), new Set(["old"]));
      come(...all.slice(1));
      if (host().ways === null) return;
      const model = expected(all, [1, 2]);
      const { recent: _recent, ...told } = counts();
      assertEquals(told, {
        received: received + model.received,
        lost: lost + model.lost,
        duplicate: duplicate + model.duplicate,
        ways: model.ways,
      });
    }),
    { numRuns: 100 },
  );
});

Deno.test("a site beyond the sixteenth counts as one with the last, which says so", () => {
  const { fleet } = open();
  const names = Array.from({ length: 18 }, (_, n) => `site-${n + 1}`);
  const numbers = names.map((name) => fleet.siteOf(name));
  assertEquals(numbers, [...Array.from({ length: 16 }, (_, n) => n + 1), 16, 16]);
  for (const [n, name] of ["site-1", "site-17", "site-18"].entries()) {
    const message = { v: 1, id: "a", host: "h", session: "s", seq: n + 1 };
    fleet.receive(
      jsonOf(message),
      { hostname: "192.0.2.7", port: 1 },
      START_MS,
      fleet.siteOf(name),
    );
  }
  const told = fleet.host("a")!.ways!.sites.map(({ site, received }) => `${site}: ${received}`);
  assertEquals(told, ["site-1: 1", "site-16 and 2 more: 2"]);
});
