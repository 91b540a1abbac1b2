/** The proof of rehearsals: what is said of a record is what was told while it was recorded. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { encodeMessage } from "../../../../lib/message/encode.ts";
import { Alerts } from "../../../../lib/server/alerts/alerts.ts";
import { readAlerts } from "../../../../lib/server/alerts/config.ts";
import {
  describeTold,
  rehearse,
  runRehearse,
  type ToldNotice,
} from "../../../../lib/server/alerts/file/rehearse.ts";
import { Fleet } from "../../../../lib/server/fleet/fleet.ts";
import { Failures, Observers } from "../../../../lib/server/parts.ts";
import { testApart } from "../../../apart.ts";
import { inFolder } from "../../../files.ts";
import { sampleOf } from "../../../messages.ts";
import { type Arrival, MAY_WRITE, openHere, START_MS, traffic } from "../../record/recording.ts";

const FILE = `
destinations: { chat: 1, mail: 2 }
tell: [{ to: chat }, { to: mail, severity: critical }]
rules:
- { name: hot, when: cpu > 60 for 5s until < 40 for 5s }
- { name: idle, when: cpu < 30, hosts: "web-1*", severity: critical }
stock: { datagrams-lost: { above: 1, until: 0 } }
`;
const silent = <T>(line: T) => line;
const LOG = { info: silent, warn: silent, error: silent };

/** How a server runs: by how much its wall clock is ahead, and its alerts file. */
interface Run {
  readonly aheadMs: (atMs: number) => number;
  readonly file: string;
}

/** Plays what comes to a server, and records it; what was told meanwhile. */
async function live(
  folder: string,
  arrivals: readonly Arrival[],
  { aheadMs, file }: Run = { aheadMs: () => 7_000, file: FILE },
): Promise<ToldNotice[]> {
  const clock = { nowMs: START_MS, aheadMs: aheadMs(START_MS) };
  const { recorder, settle } = openHere(folder, clock);
  const fleet = new Fleet({ maxHosts: 30, historyMs: 60_000, nowMs: START_MS });
  const told: ToldNotice[] = [];
  const alerts = new Alerts({
    ...{ fleet, log: LOG, startedMs: START_MS, aheadMs: () => clock.aheadMs },
    teller: { tell: (to, notice) => void told.push({ to, notice }) },
  });
  const { rules, manners } = readAlerts(file, () => null);
  alerts.use(rules, manners);
  const recording = { name: "record", tick: () => recorder.tick(), close() {} };
  const observers = new Observers([alerts, recording], new Failures(LOG));
  for (const [n, { bytes, origin, atMs }] of arrivals.entries()) {
    clock.nowMs = atMs;
    clock.aheadMs = aheadMs(atMs);
    observers.advance(atMs);
    fleet.receive(bytes, origin, atMs);
    recorder.record(bytes, origin, atMs, { kind: "plain" });
    if (n % 500 === 0) await settle();
  }
  await recorder.close();
  return told;
}

/** What is said of a record by a file. */
function rehearsedOf(folder: string, file: string): Promise<readonly ToldNotice[]> {
  const options = { alerts: null, replay: folder, from: null, to: null, "max-hosts": 30 };
  return rehearse(options, readAlerts(file, () => null));
}

Deno.test({
  name: "rehearse() says what was told over the same datagrams (needs --allow-write)",
  ignore: !MAY_WRITE,
  fn: () =>
    inFolder(async (folder) => {
      // One is silent for a while.
      const isSilent = ({ origin, atMs }: Arrival) =>
        origin.port === 40_003 && atMs > START_MS + 90_000 && atMs < START_MS + 200_000;
      const arrivals = traffic(7, 12, 420).filter((arrival) => !isSilent(arrival));
      const told = await live(folder, arrivals);
      const rehearsed = await rehearsedOf(folder, FILE);
      const rules = new Set(told.map(({ notice: { rule, what } }) => `${rule} ${what}`));
      for (const what of ["hot fired", "hot recovered", "idle fired", "offline fired"]) {
        assert(rules.has(what), what);
      }
      assertEquals(rehearsed, told);
      assertEquals(describeTold(rehearsed).length, told.length + 2);
      // Without destinations it is said what anybody would be told.
      const [first] = await rehearsedOf(folder, "");
      assertEquals(first!.to, ["anybody"]);
    }),
});

testApart(
  "rehearse() keeps quiet hours where clocks are put back within a record",
  { start: "TZ=Europe/Berlin exec", url: import.meta.url },
  () =>
    inFolder(async (folder) => {
      // Four minutes before it is two o'clock again: told is what is due in the last two of them.
      const changeMs = Date.parse("2026-10-25T01:00Z");
      const aheadMs = () => changeMs - 240_000 - START_MS;
      const file = `${FILE}quiet: [{ from: "02:00", to: "02:58", severity: critical }]`;
      const told = await live(folder, traffic(7, 12, 420), { aheadMs, file });
      assert(told.length > 0);
      for (const { notice: { atMs } } of told) {
        assert(atMs >= changeMs - 120_000 && atMs < changeMs, new Date(atMs).toISOString());
      }
      assertEquals(await rehearsedOf(folder, file), told);
    }),
);

Deno.test({
  name: "rehearse() goes by a clock that was set, ahead and back, while it was recorded",
  ignore: !MAY_WRITE,
  fn: () =>
    inFolder(async (folder) => {
      const MINUTE_MS = 60_000;
      const aheadMs = (atMs: number) => {
        const second = (atMs - START_MS) / 1_000;
        return second < 150.5 ? 0 : second < 260.5 ? 90 * MINUTE_MS : -80 * MINUTE_MS;
      };
      const window = [START_MS + 80 * MINUTE_MS, START_MS + 100 * MINUTE_MS];
      const [from, to] = window.map((ms) => new Date(ms).toISOString().replace(/:[^:]*$/, "Z"));
      const file = `${
        FILE.replace("stock:", '- { name: wrong, when: "clockOff > 30s for 5s" }\nstock:')
      }
maintenance: [{ hosts: "web-1*", from: ${from}, to: ${to} }]`;
      const told = await live(folder, traffic(7, 12, 420), { aheadMs, file });
      const firedWhile = (rule: string, isThen: (atMs: number) => boolean) =>
        told.some(({ notice }) =>
          notice.rule === rule && notice.what === "fired" && isThen(notice.atMs)
        );
      const inWindow = (atMs: number) => atMs > window[0]! && atMs < window[1]!;
      assert(firedWhile("idle", (atMs) => !inWindow(atMs)) && !firedWhile("idle", inWindow));
      assert(firedWhile("hot", inWindow) && firedWhile("hot", (atMs) => atMs < START_MS));
      assert(told.some(({ notice: { rule } }) => rule === "wrong"));
      assertEquals(await rehearsedOf(folder, file), told);
    }),
});

Deno.test("a look in slices tells what is told at once, of what comes meanwhile a look earlier at most", () => {
  const hosts = Array.from({ length: 30 }, (_, n) => n);
  /** What is told of each host, and when, where so many steps of a look are done before a datagram. */
  const toldBy = (steps: number) => {
    const fleet = new Fleet({ maxHosts: 30, historyMs: 60_000, nowMs: START_MS });
    const told = new Map(hosts.map((n) => [`web-${n}`, [] as { what: string; atMs: number }[]]));
    const alerts = new Alerts({
      ...{ fleet, log: LOG, startedMs: START_MS },
      teller: {
        tell: (_, { what, hosts, atMs }) =>
          hosts.forEach(({ name }) => told.get(name)!.push({ what, atMs })),
      },
    });
    const { rules, manners } = readAlerts(FILE.replace(/stock:.*/, ""), () => null);
    alerts.use(rules.filter(({ id }) => id === "hot"), manners);
    for (let second = 1; second <= 400; second++) {
      const atMs = START_MS - START_MS % 1_000 + second * 1_000;
      alerts.begin(atMs);
      for (const n of hosts) {
        for (let step = 0; step < steps && alerts.goOn(); step++);
        // Each is busy and idle for 40 s in turn.
        const mean = (second + 7 * n) % 80 < 40 ? 90 : 10;
        const message = {
          ...sampleOf({ cores: 1, volumes: 0, interfaces: 0 }),
          ...{ id: `host-${n}`, host: `web-${n}`, session: "a", seq: second, time: atMs },
          ...{ interval: 1_000, cpu: { mean, cores: [mean], iowait: 0, steal: 0 } },
        };
        fleet.receive(encodeMessage(message), { hostname: "10.0.0.1", port: 1_000 + n }, atMs + n);
      }
    }
    return told;
  };
  const [whole, sliced] = [toldBy(Infinity), toldBy(1)];
  let earlier = 0;
  for (const [name, notices] of whole) {
    assert(notices.length > 2, name);
    const others = sliced.get(name)!;
    assertEquals(others.map(({ what }) => what), notices.map(({ what }) => what));
    for (const [n, { atMs }] of notices.entries()) {
      const aheadMs = atMs - others[n]!.atMs;
      assert(aheadMs === 0 || aheadMs === 5_000, `${name}: ${aheadMs}`);
      if (aheadMs > 0) earlier++;
    }
  }
  assert(earlier > 0);
});

Deno.test("describeTold() has a line for each notice, and sums", () => {
  const notice = {
    ...{ what: "fired", rule: "cpu", severity: "warning", hosts: [], omitted: 0 } as const,
    ...{ text: "Alert cpu: web-0 has a busy CPU", atMs: Date.UTC(2026, 10, 26, 13, 5, 7) },
  };
  assertEquals(describeTold([{ to: ["chat"], notice }, { to: ["chat"], notice }]), [
    "2026-11-26T13:05:07Z  chat  fired (warning)  Alert cpu: web-0 has a busy CPU",
    "2026-11-26T13:05:07Z  chat  fired (warning)  Alert cpu: web-0 has a busy CPU",
    "chat: 2 notices (cpu fired 2)",
  ]);
  assertEquals(describeTold([]), ["Nothing would have been told"]);
});

Deno.test("runRehearse() needs a record, and a part of it that ends after it begins", () => {
  const run = (...argv: string[]) => runRehearse(argv, () => undefined, () => null);
  assertThrows(() => run(), RangeError, "name a record");
  const span = ["--from", "2026-11-26T13:05Z", "--to", "2026-11-26T13:04Z"];
  assertThrows(() => run("--replay", "DIR", ...span), RangeError, "it is later than --to");
});
