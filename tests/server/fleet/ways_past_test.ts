import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Fleet } from "../../../lib/server/fleet/fleet.ts";
import { dayBeginMs, type Loss, PART_MS } from "../../../lib/server/fleet/ways_past.ts";
import { encodeMessage } from "../../../lib/message/encode.ts";

const [MINUTE_MS, HOUR_MS] = [60_000, 3_600_000];
/** Numbers come five seconds after a minute begins, and later. */
const START_MS = 1_795_442_400_000 - 5_000;
const [AMS, FRA] = [1, 2];
type Tags = Readonly<Record<string, string>>;
const isTagged = (tags: Tags) => Object.keys(tags).length > 0;

/** A fleet, whose hosts say something each ten seconds, and which is looked at as a server does. */
function open({ hosts = 1, isSeveral = true } = {}) {
  const fleet = new Fleet({ maxHosts: 1_000, historyMs: 900_000, nowMs: START_MS });
  fleet.siteOf("ams");
  fleet.siteOf("fra");
  let nowMs = START_MS;
  const receive = (n: number, seq: number, site: number, tags: Tags) => {
    const time = START_MS + 10_000 * seq;
    const said = {
      id: `h-${n}`,
      session: "s",
      seq,
      time,
      interval: 10_000,
      ...(isTagged(tags) && { tags }),
    };
    fleet.receive(
      encodeMessage({ v: 1, host: "h", ...said }),
      { hostname: "192.0.2.7", port: 1 },
      time,
      site,
    );
  };
  // Nothing is lost by a single number.
  if (isSeveral) { for (const site of [AMS, FRA]) receive(-1, 1, site, {}); }
  /** What comes by which sites, number by number, while time goes on. */
  const say = (
    count: number,
    bySites: (seq: number, n: number) => readonly number[],
    tagsOf: (n: number) => Tags = () => ({}),
  ) => {
    for (let k = 0; k < count; k++) {
      for (let second = 0; second < 10; second++) fleet.ways.tick(nowMs += 1_000);
      const seq = (nowMs - START_MS) / 10_000;
      for (let n = 0; n < hosts; n++) {
        for (const site of bySites(seq, n)) receive(n, seq, site, tagsOf(n));
      }
    }
  };
  const look = (spanMs = 15 * MINUTE_MS, key: string | null = null, value = "") => {
    fleet.ways.look(fleet.hosts(), nowMs);
    return fleet.ways.of(key, value, nowMs, spanMs);
  };
  const pass = (ms: number) => {
    for (const endMs = nowMs + ms; nowMs < endMs;) fleet.ways.tick(nowMs += PART_MS);
  };
  return { fleet, receive, say, look, pass, now: () => nowMs };
}

const recent = (losses: ReadonlyMap<string | null, Loss>) =>
  Object.fromEntries(
    losses.entries().map(([site, { recent: { sent, lost } }]) => [site ?? "all", [sent, lost]]),
  );

Deno.test("WaysPast tells what each way lost in a range, and what all did", () => {
  const { say, look } = open();
  // Ten minutes of health, ten in which every second does not reach fra, ten in which a third reaches nobody.
  say(60, () => [AMS, FRA]);
  say(60, (seq) => seq % 2 === 0 ? [AMS] : [AMS, FRA]);
  say(60, (seq) => seq % 3 === 0 ? [] : [AMS, FRA]);
  // It is a sum of whole five minutes, the present ones besides; and the newest, lost by all, is not known yet.
  assertEquals(recent(look(5 * MINUTE_MS)), { all: [59, 19], ams: [59, 19], fra: [60, 20] });
  assertEquals(recent(look(10 * MINUTE_MS)), { all: [89, 19], ams: [89, 19], fra: [90, 35] });
  assertEquals(recent(look(HOUR_MS)), { all: [179, 19], ams: [179, 19], fra: [179, 49] });
});

Deno.test("WaysPast tells a day in parts of ten minutes, and nothing of those that it did not see", () => {
  const { say, look, pass, now } = open();
  say(60, () => [AMS, FRA]);
  look();
  pass(40 * MINUTE_MS);
  say(60, (seq) => seq % 2 === 0 ? [AMS] : [AMS, FRA]);
  const { day, parts } = look(15 * MINUTE_MS, null).get("fra")!;
  assertEquals(parts.length, 144);
  assertEquals(parts.slice(-6).map(({ sent, lost }) => [sent, lost]), [
    ...[[60, 0], [0, 0], [0, 0], [0, 0], [0, 0], [299, 269]],
  ]);
  assertEquals(day, { sent: 359, lost: 269 });
  assertEquals(dayBeginMs(now()) + 144 * PART_MS, now() + 5_000);
});

Deno.test("WaysPast tells of a way that is cut, and takes back what comes late from where it was lost", () => {
  const { say, look, receive } = open();
  const partsOf = () => look().get("fra")!.parts.slice(-3).map(({ sent, lost }) => [sent, lost]);
  say(60, () => [AMS, FRA]);
  say(120, () => [AMS]);
  assertEquals(partsOf().map(([, lost]) => lost), [0, 59, 60]);
  // What its site had comes by the bus all at once.
  for (let seq = 61; seq <= 180; seq++) receive(0, seq, FRA, {});
  assertEquals(partsOf().map(([, lost]) => lost), [0, 0, 0]);
  assertEquals(recent(look(HOUR_MS)), { all: [180, 0], ams: [180, 0], fra: [180, 0] });
});

Deno.test("WaysPast knows groups by each tag, hosts without it, and where a host was", () => {
  const { say, look } = open({ hosts: 3 });
  const tagsOf = (n: number): Tags => n === 2 ? {} : { role: n === 0 ? "db" : "web", site: "x" };
  say(60, (_, n) => n === 0 ? [AMS] : [AMS, FRA], tagsOf);
  say(1, () => [AMS, FRA], tagsOf);
  const of = (value: string, key = "role") => recent(look(HOUR_MS, key, value));
  assertEquals(of("db"), { all: [61, 0], ams: [61, 0], fra: [1, 0] });
  assertEquals(of("web"), { all: [61, 0], ams: [61, 0], fra: [61, 0] });
  assertEquals(of(""), of("web"));
  assertEquals(of("x", "site").ams, [122, 0]);
  say(60, () => [AMS], () => ({ role: "web" }));
  say(1, () => [AMS, FRA], () => ({ role: "web" }));
  assertEquals([of("db").fra, of("web").fra, of("").fra], [[1, 0], [244, 180], [61, 0]]);
  assertEquals([of("nobody"), of("web", "constructor")], [{}, {}]);
});

Deno.test("WaysPast begins where a second site is heard", () => {
  const { say, look } = open({ isSeveral: false });
  say(120, () => [AMS]);
  assertEquals(recent(look(HOUR_MS)), {});
  // By the first of these it is known that there are two.
  say(6, () => [AMS, FRA]);
  assertEquals(recent(look(HOUR_MS)), { all: [5, 0], ams: [5, 0], fra: [5, 0] });
});

Deno.test("WaysPast keeps a day, and as many groups as there is room for", () => {
  const { fleet, say, look, pass, now } = open({ hosts: 700 });
  const tagsOf = (n: number) => ({ rack: `r-${n}`, unit: `u-${n}` });
  say(1, () => [AMS, FRA], tagsOf);
  say(1, () => [AMS, FRA], tagsOf);
  look();
  const kept = () =>
    Array.from({ length: 700 }, (_, n) => fleet.ways.of("rack", `r-${n}`, now(), HOUR_MS).size)
      .reduce((sum, size) => sum + size, 0) +
    Array.from({ length: 700 }, (_, n) => fleet.ways.of("unit", `u-${n}`, now(), HOUR_MS).size)
      .reduce((sum, size) => sum + size, 0);
  assertEquals([kept() + 3, look().size], [4_096, 3]);
  pass(36 * HOUR_MS);
  assertEquals(kept(), 0);
  // Nothing holds what is new.
  say(2, () => [AMS, FRA], () => ({ rack: "new" }));
  assertEquals(look(HOUR_MS, "rack", "new").size, 3);
});

Deno.test("the day of WaysPast adds up to what ways count, whatever is lost or late and whenever it is looked at", () => {
  const fate = fc.oneof(
    { weight: 6, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.constant(Infinity) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 40 }) },
  );
  const fates = fc.array(fc.tuple(fate, fate, fc.boolean()), { minLength: 2, maxLength: 120 });
  fc.assert(
    fc.property(fates, (fates) => {
      const { fleet, say, look, receive } = open();
      const late: { readonly dueSeq: number; readonly seq: number; readonly site: number }[] = [];
      say(fates.length + 42, (seq) => {
        for (const due of late.filter(({ dueSeq }) => dueSeq === seq)) {
          receive(0, due.seq, due.site, {});
        }
        const [ams, fra, isLookedAt] = fates[seq - 2] ?? [0, 0, false];
        if (isLookedAt) {
          look();
        }
        return [[AMS, ams], [FRA, fra]].flatMap(([site, delay]) => {
          if (delay !== 0) {
            late.push({ dueSeq: seq + delay!, seq, site: site! });
          }
          return delay === 0 ? [site!] : [];
        });
      });
      const day = look();
      const { ways, delivery } = fleet.host("h-0")!;
      const told = ["ams", "fra", null].map((site) => day.get(site)!.day);
      const { known, lost } = delivery!;
      assertEquals(told, [
        ...ways!.sites.map(({ received, lost }) => ({ sent: received + lost, lost })),
        { sent: known, lost },
      ]);
    }),
    { numRuns: 40 },
  );
});
