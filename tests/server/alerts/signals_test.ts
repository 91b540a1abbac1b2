import { assertEquals } from "@std/assert";
import { readAlerts } from "../../../lib/server/alerts/config.ts";
import { Tracks } from "../../../lib/server/alerts/tracks.ts";
import { troublesOf } from "../../../lib/server/alerts/troubles.ts";
import { names, Watched } from "./watched.ts";

const only = (rules: string) => {
  const watched = new Watched();
  const config = readAlerts(`rules:\n${rules}`, () => null);
  watched.alerts.use(config.rules, config.manners);
  return watched;
};
const up = (uptime: number) => ({ system: { load1: 1, load5: 1, load15: 1, uptime } });

Deno.test("Alerts stand for a while when a host has booted anew, and tell no end of it", () => {
  const watched = new Watched().hear(70, names(4), up(90_000));
  assertEquals(watched.standing, []);
  watched.hear(10, names(4), up(90_100)).hear(10, ["web-0", "web-1", "web-2"], up(90_200));
  watched.hear(12, ["web-3"], up(20));
  assertEquals(watched.standing.filter((alert) => /rebooted/.test(alert)), ["rebooted web-3"]);
  // The watch has logged it.
  watched.hear(620, names(4), up(90_300));
  assertEquals([watched.standing, watched.lines.filter((line) => /web-3/.test(line))], [[], []]);
});

Deno.test("Alerts look at numbers of a host's own, and at devices, where the worst counts", () => {
  const watched = only(
    "- { name: queue, when: extra.mail queue > 5, hosts: 'web-*' }\n" +
      "- { name: inodes, when: volumeInodes > 90 }\n- { name: dry, when: extra.tank < 10 }",
  ).hear(61, names(2));
  const volume = { mount: "/", total: 100, used: 50, free: 50, inodes: 10, ro: 0 };
  const volumes = [volume, { ...volume, mount: "/srv", inodes: 95 }];
  watched.hear(30, ["web-0"], {
    ...{ extra: { "mail queue": 7, tank: 3 } },
    disk: { read: 1, write: 1, volumes },
  });
  assertEquals(watched.standing.filter((alert) => !/offline/.test(alert)).sort(), [
    ...["dry web-0", "inodes web-0", "queue web-0"],
  ]);
  const inodes = watched.alerts.standing().find(({ rule }) => rule.id === "inodes")!;
  assertEquals(watched.alerts.show(inodes).detail.includes("/srv"), true);
});

Deno.test("Alerts stand while a filesystem cannot be written", () => {
  const volume = { mount: "/", total: 100, used: 50, free: 50, inodes: 10 };
  const disk = (ro: number) => ({ disk: { read: 1, write: 1, volumes: [{ ...volume, ro }] } });
  const watched = new Watched().hear(70, names(2), disk(0)).hear(75, names(2), disk(1));
  assertEquals(watched.standing.sort(), ["read-only web-0", "read-only web-1"]);
  assertEquals(watched.hear(130, names(2), disk(0)).standing, []);
});

Deno.test("Tracks.filling() is a range of time by the growth of the volume", async (t) => {
  const HOUR = 3_600;
  const cases: [name: string, shareAt: (quarter: number) => number, expected: number[] | null][] = [
    ["steady", (n) => 60 + n, [28 / 4 * HOUR, 28 / 4 * HOUR, 28 / 4 * HOUR]],
    [
      "faster and faster",
      (n) => 60 + n * n / 10,
      [25.6 / 1.2, 25.6 / 2, 25.6 / 0.4].map((n) => n * 900),
    ],
    ["not growing", () => 60, null],
    ["a step", (n) => n < 4 ? 60 : 80, null],
    ["shrinking", (n) => 60 - n, null],
  ];
  for (const [name, shareAt, expected] of cases) {
    await t.step(name, () => {
      const tracks = new Tracks();
      let share = 0;
      const column = () => Float64Array.of(share);
      const index = {
        ...{ slots: 1, entry: [1], lastSeenMs: [0], datagramsLost: [0], status: () => "live" },
        ...{ numbers: { get: () => 0 }, metric: column },
      };
      for (let quarter = 0; quarter <= 12; quarter++) {
        share = shareAt(quarter);
        // deno-lint-ignore no-explicit-any
        Array.from(tracks.follow(index as any, { first: 0, step: 5 }, quarter * 900_000));
      }
      const filling = tracks.filling(0);
      const actual = filling && [filling.seconds, filling.soonest, filling.latest];
      assertEquals(
        actual?.map((n) => Math.round(n / 100)) ?? null,
        expected?.map((n) => Math.round(n / 100)) ?? null,
      );
    });
  }
});

Deno.test("troublesOf() tells what has grown for a minute, and what is so", () => {
  let [dropped, paused, lastError] = [5, null as string | null, null as string | null];
  const troubles = troublesOf({
    ...{ kernelDropped: () => dropped, recordOmitted: () => null, logDropped: () => 0 },
    store: {
      get state() {
        return { paused };
      },
    },
    destinations: () => [{ name: "chat", lastError }],
  });
  const all = (nowMs: number) =>
    (["kernelDrops", "recordOmitted", "logDropped", "storePaused", "notTold"] as const)
      .map((name) => troubles[name]!(nowMs));
  assertEquals(all(0), [null, null, null, null, null]);
  [dropped, paused, lastError] = [7, "the disk is full", "refused"];
  assertEquals(all(1_000), ["7 since the start", null, null, "the disk is full", "chat: refused"]);
  assertEquals(all(62_000)[0], null);
});
