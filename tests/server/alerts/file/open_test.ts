import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  alertOrders,
  describeConfig,
  runCheckAlerts,
  runMute,
} from "../../../../lib/server/alerts/file/commands.ts";
import { AlertsFile } from "../../../../lib/server/alerts/file/alerts_file.ts";
import { OpenAlerts, openAlerts } from "../../../../lib/server/alerts/file/open.ts";
import { readAlerts } from "../../../../lib/server/alerts/config.ts";
import { Fleet } from "../../../../lib/server/fleet/fleet.ts";
import { STOCK } from "../../../../lib/server/alerts/stock.ts";
import { inFolder } from "../../../files.ts";
import type { Notice } from "../../../../lib/server/alerts/notice.ts";
import { logLines } from "../../logs.ts";
import { notice } from "../../outlets/fakes.ts";
import { busy, names, NOON_MS, Watched } from "../watched.ts";

const ignore = Deno.permissions.querySync({ name: "write" }).state !== "granted";
const destination = (name: string) => ({ name, where: `place of ${name}` });
const FILE = `destinations: { chat: 1 }
rules:
- { name: busy, when: cpu > 90 for 5s until < 80 for 5s }
`;

Deno.test({
  name: "AlertsFile.refresh() uses what is right, and keeps it when the file is wrong",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const path = `${folder}/alerts.yaml`;
      const lines: string[] = [];
      const note = <T>(line: T) => (lines.push(String(line)), line);
      const used: number[] = [];
      const alerts = { problem: null as string | null };
      const file = new AlertsFile(path, destination);
      const look = () =>
        file.refresh(alerts, ({ rules }) => void used.push(rules.length), {
          info: note,
          warn: note,
        });
      await assertRejects(() => file.read(), RangeError, `the alerts file ${path}: `);
      await Deno.writeTextFile(path, FILE);
      const { rules: { length } } = await file.read();
      await look();
      assertEquals(used, []);
      await Deno.writeTextFile(path, `${FILE}- 7\n`);
      for (let n = 0; n < 3; n++) await look();
      const problem =
        `Cannot use the alerts file ${path}: line 4: it must be a mapping of keys to values`;
      assertEquals([used, alerts.problem], [[], problem]);
      // It is looked at as an editor has emptied it, and as it is written.
      await Deno.writeTextFile(path, "");
      await look();
      await Deno.writeTextFile(path, `${FILE}stock: { cpu: off }\n`);
      await look();
      assertEquals([used, alerts.problem], [[], problem]);
      await look();
      assertEquals([used, alerts.problem], [[length - 1], null]);
      assertEquals(lines, [
        `${problem}; keeping the previous rules`,
        `Reloaded ${path}: ${length - 1} rules, 1 destination`,
      ]);
    }),
});

Deno.test({
  name: "runCheckAlerts() prints what a file says, or the line of what is wrong",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const path = `${folder}/alerts.yaml`;
      await Deno.writeTextFile(path, FILE);
      const good = await runCheckAlerts([path], destination)();
      assertEquals(good.hasFailed, false);
      assertEquals(good.text.includes("busy (warning): CPU above 90% for 5s; ends at 80%"), true);
      assertEquals(good.text.includes("chat (place of chat): all alerts of all hosts"), true);
      await Deno.writeTextFile(path, "rules:\n- 7");
      const bad = await runCheckAlerts([path], destination)();
      assertEquals(bad.hasFailed, true);
      assertEquals(bad.text.includes("alerts.yaml: line 2: it must be a mapping"), true);
      assertThrows(() => runCheckAlerts([], destination), RangeError, "name their file");
    }),
});

Deno.test("describeConfig() says who is told what, and when not", () => {
  const file = `
destinations: { chat: 1, mail: 2 }
tell: [{ to: chat, severity: critical, hosts: "role:db" }]
stock: { cpu: off, swap: off }
quiet: [{ from: 9:30, to: 17:05 }, { from: "22:00", to: "6:00", severity: critical }]
maintenance: [{ hosts: "rack:7", from: 2026-12-01T02:00Z, to: 2026-12-01T04:00Z }]`;
  const lines = describeConfig(readAlerts(file, destination));
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  assertEquals(lines.slice(lines.indexOf("Off: cpu, swap")), [
    "Off: cpu, swap",
    "Told:",
    "  chat (place of chat): critical alerts of role:db",
    "  mail (place of mail): nothing",
    `Quiet: 09:30 to 17:05, ${timeZone}: only critical alerts are told`,
    `Quiet: 22:00 to 06:00, ${timeZone}: nothing is told`,
    "Maintenance: rack:7 from 2026-12-01T02:00Z to 2026-12-01T04:00Z",
  ]);
  assertEquals(
    describeConfig(readAlerts("", destination)).at(-1),
    "  nobody; alerts are logged and shown",
  );
});

Deno.test("openAlerts() with off has no rules: nothing stands, is logged or told", async () => {
  const standing: string[][] = [];
  for (const alerts of [null, "off"]) {
    const fleet = new Fleet({ maxHosts: 10, historyMs: 60_000, nowMs: 0 });
    const { log, lines } = logLines();
    const running = await openAlerts({ alerts, data: null }, {
      ...{ fleet, startedMs: 0, log, readDestination: destination },
      outlet: {
        use() {},
        tell: () => void lines.push("told"),
        version: 0,
        waiting: [],
        close: async () => {},
      },
    });
    const watched = new Watched({ fleet }, () => running.alerts);
    watched.hear(60, names(4)).hear(60, names(3));
    standing.push([...watched.standing, ...lines]);
    await running.close();
  }
  assertEquals(standing, [["offline web-3"], []]);
});

Deno.test({
  name: "OpenAlerts.restore() goes on: nothing is told anew, its end is, and mutes hold",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const { rules, manners } = readAlerts(FILE, destination);
      const path = `${folder}/alerts.json`;
      const log = { warn: <T>(line: T) => line };
      const first = new Watched();
      const running = new OpenAlerts(first.alerts, path);
      await running.restore(log);
      first.alerts.use(rules, manners);
      first.hear(65, names(4)).hear(30, names(4), busy);
      first.alerts.mutes.add("web-9", 3_600_000);
      assertEquals(first.takeTold(), ["chat: fired busy web-0 web-1 web-2 web-3"]);
      running.tick(first.nowMs + 1_000);
      await running.close();
      assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o77, 0);

      // Another fleet in which one of them is not known any more, and one has recovered.
      const second = new Watched();
      for (const name of ["web-0", "web-1", "web-2"]) second.send(name, busy);
      second.alerts.use(rules, manners);
      await new OpenAlerts(second.alerts, path).restore(log);
      assertEquals(second.alerts.mutes.list().map(({ filter }) => filter), ["web-9"]);
      for (let second_ = 0; second_ < 90; second_++) {
        second.send("web-2");
        second.hear(1, ["web-0", "web-1"], busy);
      }
      assertEquals(second.takeTold().sort(), [
        "chat: recovered busy web-2",
        "chat: recovered busy web-3",
      ]);
      assertEquals(second.standing, ["busy web-0", "busy web-1"]);

      // The file has lost the rule meanwhile: who was told of its alerts is told that they are over.
      const third = new Watched();
      for (const name of names(4)) third.send(name, busy);
      third.alerts.use(STOCK, manners);
      await new OpenAlerts(third.alerts, path).restore(log);
      third.hear(70, names(4), busy);
      assertEquals(third.takeTold(), ["chat: recovered busy web-0 web-1 web-2 web-3"]);
    }),
});

Deno.test({
  name: "OpenAlerts tells after a start what nobody took before it, unless that is a day old",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const path = `${folder}/alerts.json`;
      const log = { warn: <T>(line: T) => line };
      const told: string[] = [];
      const [fresh, old] = [1, 25].map((hours) => ({
        ...notice({ text: `of ${hours} hours ago`, atMs: NOON_MS - 3_600_000 * hours }),
      }));
      let version = 0;
      const queues = {
        waiting: [{ to: "chat", notices: [old!, fresh!] }],
        get version() {
          return version;
        },
        tell: (to: readonly string[], { text }: Notice) => void told.push(`${to}: ${text}`),
        close: () => Promise.resolve(),
      };
      const first = new OpenAlerts(new Watched().alerts, path, queues);
      version = 1;
      first.tick(1_000);
      // What is written is what there was when that began.
      queues.waiting = [];
      await first.close();
      await new OpenAlerts(new Watched().alerts, path, queues).restore(log);
      assertEquals(told, ["chat: of 1 hours ago"]);
    }),
});

Deno.test({
  name: "OpenAlerts.restore() says what it cannot read, and goes on",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const path = `${folder}/alerts.json`;
      const lines: string[] = [];
      for (const text of ["{", "null", '{"v":1}', '{"v":1,"mutes":[{"filter":""}],"told":[]}']) {
        await Deno.writeTextFile(path, text);
        const { alerts } = new Watched();
        await new OpenAlerts(alerts, path).restore({
          warn: (line) => (lines.push(String(line)), line),
        });
        assertEquals(alerts.mutes.list(), []);
      }
      assertEquals(lines.length, 4);
      assertEquals(lines.every((line) => line.startsWith(`Cannot read ${path}: `)), true);
    }),
});

Deno.test("alertOrders() mute, list and end that, and test who is told", async () => {
  const { alerts } = new Watched();
  const results: { name: string; error: string | null }[] = [];
  const { mute, mutes, unmute, ...orders } = alertOrders(alerts, () => Promise.resolve(results));
  assertEquals(await mutes!(""), "Nothing is muted");
  const muted = await mute!(JSON.stringify({ filter: "role:db", forMs: 7_200_000 }));
  assertEquals(muted, "Muted 1: role:db until 2026-11-26T14:00Z");
  assertEquals(await mutes!(""), "1: role:db until 2026-11-26T14:00Z");
  assertEquals(await unmute!("role:db"), "Ended 1: role:db until 2026-11-26T14:00Z");
  for (const [order, argument] of [[unmute, "1"], [mute, '{"filter":"a","forMs":null}']] as const) {
    await assertRejects(() => Promise.resolve().then(() => order!(argument)), RangeError);
  }
  const test = orders["test-alerts"]!;
  await assertRejects(() => test(""), RangeError, "no destination");
  results.push({ name: "chat", error: null });
  assertEquals(await test(""), "chat: told");
  results.push({ name: "mail", error: "refused" });
  await assertRejects(() => test(""), RangeError, "chat: told; mail: refused");
});

Deno.test("runMute() takes what no server would take for a wrong command line", async (t) => {
  const usage = "Cannot mute: say what and how long, as in mute 'role:db' 2h";
  const cases: [argv: string[], said: string][] = [
    [[], usage],
    [["role:db"], usage],
    [["role:db", "--data", "/x"], usage],
    [["--data", "/x"], usage],
    [["role:db", "5x"], 'Cannot mute "role:db": it must be for 1m to 365d'],
    [["role:db", "1s"], 'Cannot mute "role:db": it must be for 1m to 365d'],
    [["cpu>", "1h"], 'Cannot mute "cpu>": “cpu>” needs a number'],
  ];
  for (const [argv, said] of cases) {
    await t.step(argv.join(" "), () => {
      assertThrows(() => runMute(argv, () => undefined), RangeError, said);
    });
  }
  runMute(["role:db", "2h", "--data", "/x"], () => undefined);
});
