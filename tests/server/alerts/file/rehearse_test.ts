/** The proof of rehearsals: what is said of a record is what was told while it was recorded. */
import { assert, assertEquals, assertThrows } from "@std/assert";
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
import { inFolder } from "../../../files.ts";
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

/** Plays what comes to a server, and records it; what was told meanwhile. */
async function live(folder: string, arrivals: readonly Arrival[]): Promise<ToldNotice[]> {
  const clock = { nowMs: START_MS, aheadMs: 7_000 };
  const { recorder, settle } = openHere(folder, clock);
  const fleet = new Fleet({ maxHosts: 30, historyMs: 60_000, nowMs: START_MS });
  const told: ToldNotice[] = [];
  const alerts = new Alerts({
    ...{ fleet, log: LOG, startedMs: START_MS, aheadMs: () => clock.aheadMs },
    teller: { tell: (to, notice) => void told.push({ to, notice }) },
  });
  const { rules, manners } = readAlerts(FILE, () => null);
  alerts.use(rules, manners);
  const observers = new Observers([alerts], new Failures(LOG));
  for (const [n, { bytes, origin, atMs }] of arrivals.entries()) {
    clock.nowMs = atMs;
    observers.advance(atMs);
    fleet.receive(bytes, origin, atMs);
    recorder.record(bytes, origin, atMs, { kind: "plain" });
    if (n % 50 === 0) recorder.tick();
    if (n % 500 === 0) await settle();
  }
  await recorder.close();
  return told;
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
      const options = { alerts: null, replay: folder, from: null, to: null, "max-hosts": 30 };
      const rehearsed = await rehearse(options, readAlerts(FILE, () => null));
      const rules = new Set(told.map(({ notice: { rule, what } }) => `${rule} ${what}`));
      for (const what of ["hot fired", "hot recovered", "idle fired", "offline fired"]) {
        assert(rules.has(what), what);
      }
      assertEquals(rehearsed, told);
      assertEquals(describeTold(rehearsed).length, told.length + 2);
      // Without destinations it is said what anybody would be told.
      const [first] = await rehearse(options, readAlerts("", () => null));
      assertEquals(first!.to, ["anybody"]);
    }),
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
