/** Hours of the day where clocks are put forward and back, held against zones as they are written here. */
import { assertEquals } from "@std/assert";
import { readAlerts } from "../../../lib/server/alerts/config.ts";
import { isQuiet, NO_MANNERS, ReminderDays } from "../../../lib/server/alerts/manners.ts";
import { testApart } from "../../apart.ts";

const [MINUTE_MS, HOUR_MS, DAY_MS] = [60_000, 3_600_000, 86_400_000];
const [DAY, HOUR] = [24 * 60, 60];

/** A zone in 2026: how many minutes it is ahead of UTC, and from when on. */
type Zone = readonly (readonly [from: string, ahead: number])[];
const ZONES: Readonly<Record<string, Zone>> = {
  "Europe/Berlin": [
    ["2026-01-01T00:00Z", 60],
    ["2026-03-29T01:00Z", 120],
    ["2026-10-25T01:00Z", 60],
  ],
  // By half an hour, and the other way round.
  "Australia/Lord_Howe": [
    ["2026-01-01T00:00Z", 660],
    ["2026-04-04T15:00Z", 630],
    ["2026-10-03T15:30Z", 660],
  ],
  // At midnight: the day begins at one, and the day before ends twice.
  "Africa/Cairo": [
    ["2026-01-01T00:00Z", 120],
    ["2026-04-23T22:00Z", 180],
    ["2026-10-29T21:00Z", 120],
  ],
};

/** The minutes that a zone's clocks have shown since a beginning of a day, by its table. */
function minuteIn(zone: Zone, ms: number): number {
  const [, ahead] = zone.findLast(([from]) => Date.parse(from) <= ms)!;
  return ms / MINUTE_MS + ahead;
}

/** Each minute of some days around each change of a zone. */
function* minutesOf(zone: Zone): Generator<readonly number[]> {
  for (const [from] of zone.slice(1)) {
    const fromMs = Date.parse(from) - 2 * DAY_MS;
    yield Array.from({ length: 5 * DAY }, (_, minute) => fromMs + minute * MINUTE_MS);
  }
}

/** Windows over midnight and within the hours that there are twice or not at all. */
const WINDOWS = ["22:00-06:00", "02:00-03:00", "02:10-02:20", "01:30-02:00", "01:45-02:15"].concat(
  ...["23:30-00:30", "00:00-01:00", "00:15-00:45", "02:30-02:00", "00:00-23:59", "23:59-00:00"],
);

for (const [place, zone] of Object.entries(ZONES)) {
  const apart = { start: `TZ=${place} exec`, url: import.meta.url };
  testApart(
    `quiet hours and reminders where the clock on the wall is changed: ${place}`,
    apart,
    async (t) => {
      await t.step("quiet hours go by it", () => {
        for (const window of WINDOWS) {
          const [from, to] = window.split("-") as [string, string];
          const { manners } = readAlerts(`quiet: [{ from: "${from}", to: "${to}" }]`, () => null);
          const minuteOf = (text: string) =>
            HOUR * Number(text.slice(0, 2)) + Number(text.slice(3));
          const length = (minuteOf(to) - minuteOf(from) + DAY) % DAY;
          const wrong = [...minutesOf(zone)].flat().filter((ms) => {
            const since = (minuteIn(zone, ms) - minuteOf(from) + DAY) % DAY;
            return isQuiet(manners, { severity: "warning" }, ms) !== (since < length);
          });
          assertEquals(wrong.map((ms) => new Date(ms).toISOString()), [], window);
        }
      });

      await t.step("reminders are due at nine, of what was told at nine the day before", () => {
        for (const minutes of minutesOf(zone)) {
          const reminders = new ReminderDays();
          const due = minutes.map((ms) => [ms, reminders.due(ms)] as const)
            .filter((look): look is [number, number] => look[1] !== null);
          // The first look of all is no reminder.
          const days = new Set(
            minutes.map((ms) => Math.floor((minuteIn(zone, ms) - 9 * HOUR) / DAY)),
          );
          assertEquals(due.length, days.size - 1);
          for (const [n, [ms, untilMs]] of due.entries()) {
            assertEquals(minuteIn(zone, ms) % DAY, 9 * HOUR, new Date(ms).toISOString());
            // What it reminded of the day before, whether that had 23 hours or 25, and nothing later.
            if (n > 0) {
              assertEquals(untilMs, due[n - 1]![0] + MINUTE_MS, new Date(ms).toISOString());
            }
          }
        }
      });
    },
  );
}

Deno.test("quiet hours hold for what is no worse than their severity", () => {
  const quiet = [{ from: 0, to: DAY - 1, severity: "warning" } as const];
  const ms = new Date(2026, 10, 26, 12).getTime();
  const isNow = (severity: "warning" | "critical") =>
    isQuiet({ ...NO_MANNERS, quiet }, { severity }, ms);
  assertEquals([isNow("warning"), isNow("critical")], [true, false]);
});

Deno.test("maintenance is from one moment to another, whatever clocks show", async (t) => {
  const cases: [from: string, to: string, hours: number][] = [
    ["2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00", 1],
    ["2026-10-24T23:00+02:00", "2026-10-25T06:00+01:00", 8],
    ["2026-03-28T23:00+01:00", "2026-03-29T06:00+02:00", 6],
    ["2026-04-05T01:30+11:00", "2026-04-05T01:30+10:30", 0.5],
    ["2026-10-25T00:00", "2026-10-25T24:00", 24],
  ];
  for (const [from, to, hours] of cases) {
    await t.step(`${from} to ${to}`, () => {
      const text = `maintenance: [{ hosts: "*", from: "${from}", to: "${to}" }]`;
      const [window] = readAlerts(text, () => null).manners.maintenance;
      assertEquals((window!.toMs - window!.fromMs) / HOUR_MS, hours);
    });
  }
});
