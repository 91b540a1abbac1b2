/** Hours of the day where the clocks are put forward and back. */
import { assertEquals } from "@std/assert";
import { isQuiet, NO_MANNERS, ReminderDays } from "../../../lib/server/alerts/manners.ts";

const MAY_ENV = Deno.permissions.querySync({ name: "env" }).state === "granted";
const [MINUTE_MS, HOUR_MS] = [60_000, 3_600_000];
/** In Berlin 02:00 became 03:00 on the first, and 03:00 became 02:00 on the second. */
const [FORWARD, BACK, USUAL] = ["2026-03-29", "2026-10-25", "2026-11-26"];

/** Has this machine's time zone be that of Berlin. */
function inBerlin(name: string, fn: () => void): void {
  Deno.test({
    name: `${name} (needs --allow-env)`,
    ignore: !MAY_ENV,
    fn() {
      const before = Deno.env.get("TZ");
      Deno.env.set("TZ", "Europe/Berlin");
      try {
        fn();
      } finally {
        if (before === undefined) Deno.env.delete("TZ");
        else Deno.env.set("TZ", before);
      }
    },
  });
}

/** The times of a day and the next, as Berlin has them. */
function timesOf(day: string): number[] {
  const fromMs = Date.parse(`${day}T00:00:00`);
  return Array.from({ length: 48 * 60 }, (_, minute) => fromMs + minute * MINUTE_MS);
}

const clockOf = (ms: number) => new Date(ms).toTimeString().slice(0, 5);

inBerlin("reminders are due at nine, however long the night was", () => {
  for (const day of [USUAL, FORWARD, BACK]) {
    const reminders = new ReminderDays();
    const due = timesOf(day).filter((ms) => reminders.isDue(ms));
    assertEquals(due.map(clockOf), ["09:00", "09:00"], day);
  }
});

inBerlin(
  "quiet hours go by the clock on the wall, over midnight and where an hour is missing",
  () => {
    const hoursOf = (day: string, from: number, to: number) => {
      const quiet = [{ from: 60 * from, to: 60 * to, severity: "warning" } as const];
      const isNow = (ms: number) => isQuiet({ ...NO_MANNERS, quiet }, { severity: "warning" }, ms);
      const times = timesOf(day).slice(12 * 60, 36 * 60);
      const own = times.filter(isNow);
      return [clockOf(own[0]!), clockOf(own.at(-1)!), own.length * MINUTE_MS / HOUR_MS];
    };
    const eve = (day: string) =>
      new Date(Date.parse(`${day}T12:00:00Z`) - 24 * HOUR_MS).toISOString().slice(0, 10);
    assertEquals(hoursOf(USUAL, 22, 6), ["22:00", "05:59", 8]);
    assertEquals(hoursOf(eve(FORWARD), 22, 6), ["22:00", "05:59", 7]);
    assertEquals(hoursOf(eve(BACK), 22, 6), ["22:00", "05:59", 9]);
    // The hour that is there twice is quiet twice, and the one that is missing never.
    assertEquals(hoursOf(eve(BACK), 2, 3), ["02:00", "02:59", 2]);
    assertEquals(
      timesOf(FORWARD).slice(0, 600).filter((ms) =>
        clockOf(ms) < "03:00" && clockOf(ms) >= "02:00"
      ),
      [],
    );
  },
);
