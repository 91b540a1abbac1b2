import { assertEquals } from "@std/assert";
import { readAlerts } from "../../../lib/server/alerts/config.ts";
import { busy, names, NOON_MS, stateOf, Watched } from "./watched.ts";

const HOUR = 3_600;
/** Rules that fire soon, and two destinations. */
const FILE = `
destinations: { chat: 1, mail: 2 }
tell:
- { to: chat }
- { to: mail, severity: critical }
rules:
- { name: busy, when: cpu > 90 for 5s until < 80 for 5s }
- { name: dead, when: memory > 90 for 5s until < 80 for 5s, severity: critical }
`;
/** The wall clock of this machine says noon, in its time zone. */
const LOCAL_NOON_MS = NOON_MS + new Date(NOON_MS).getTimezoneOffset() * 60_000;

function watch(more = "", file = FILE): Watched {
  const watched = new Watched();
  watched.aheadMs = LOCAL_NOON_MS;
  const { rules, manners } = readAlerts(file + more, () => null);
  watched.alerts.use(rules, manners);
  return watched;
}

const full = { memory: { total: 100, used: 99, available: 1 } };

Deno.test("Conduct tells those who are to be told, once, and its end to those who were", () => {
  const watched = watch().hear(65, names(4)).hear(60, names(4), { ...busy, ...full });
  assertEquals(watched.takeTold().sort(), [
    "chat: fired busy web-0 web-1 web-2 web-3",
    "chat: fired dead web-0 web-1 web-2 web-3",
    "mail: fired dead web-0 web-1 web-2 web-3",
  ]);
  watched.hear(60, names(4));
  assertEquals(watched.takeTold().sort(), [
    "chat: recovered busy web-0 web-1 web-2 web-3",
    "chat: recovered dead web-0 web-1 web-2 web-3",
    "mail: recovered dead web-0 web-1 web-2 web-3",
  ]);
});

Deno.test("Conduct tells of those hosts that a destination is for", () => {
  const tags = { tags: { role: "db" } };
  const route =
    "destinations: { chat: 1, db: 2 }\ntell: [{ to: chat, hosts: web-*1 }, { to: db, hosts: 'role:db' }]";
  const rules = FILE.slice(FILE.indexOf("rules:"));
  const watched = watch("", `${route}\n${rules}`).hear(65, ["web-1", "web-2", "x-1"]);
  for (let second = 0; second < 30; second++) {
    watched.send("web-2", { ...busy, ...tags });
    watched.hear(1, ["web-1", "x-1"], busy);
  }
  assertEquals(watched.takeTold().sort(), ["chat: fired busy web-1", "db: fired busy web-2"]);
});

Deno.test("Conduct withholds what is muted, tells it when that ends, and its end at once", () => {
  const watched = watch().hear(65, names(2));
  const { mutes } = watched.alerts;
  mutes.add("web-0 alert:busy", 60_000);
  watched.hear(40, names(2), { ...busy, ...full });
  assertEquals(watched.takeTold().sort(), [
    ...["chat: fired busy web-1", "chat: fired dead web-0 web-1", "mail: fired dead web-0 web-1"],
  ]);
  assertEquals(watched.standing.filter((alert) => alert.endsWith("muted")), ["busy web-0 muted"]);
  watched.hear(30, names(2), { ...busy, ...full });
  assertEquals(watched.takeTold(), ["chat: fired busy web-0"]);
  const { id } = mutes.add("*", 60_000);
  watched.hear(30, names(2), full);
  assertEquals(watched.takeTold(), ["chat: recovered busy web-0 web-1"]);
  assertEquals(mutes.remove(String(id)).length, 1);
});

Deno.test("Conduct tells nothing of what began and ended while it was muted", () => {
  const watched = watch().hear(65, names(4));
  watched.alerts.mutes.add("*", 60_000);
  watched.hear(20, names(4), busy).hear(60, names(4));
  assertEquals(watched.takeTold(), []);
});

Deno.test("Conduct withholds at quiet hours all but the worst, and their end too", () => {
  const watched = watch('quiet: [{ from: "12:02", to: "12:05" }]').hear(65, names(2));
  for (let second = 65; second < 120; second++) {
    watched.send("web-1");
    watched.hear(1, ["web-0"], busy);
  }
  assertEquals(watched.takeTold(), ["chat: fired busy web-0"]);
  // From here on it is quiet.
  watched.hear(30, names(2), busy).hear(60, names(2), full);
  assertEquals(watched.takeTold().sort(), [
    ...["chat: fired dead web-0 web-1", "mail: fired dead web-0 web-1"],
  ]);
  watched.hear(130, names(2), full);
  assertEquals(watched.takeTold(), ["chat: recovered busy web-0"]);
});

Deno.test("Conduct tells a host that is back elsewhere before its end was told nothing anew, and of none another's end", () => {
  const more = 'stock: { cpu: off }\nquiet: [{ from: "12:02", to: "12:30" }]';
  const watched = watch(more).hear(65, names(3));
  watched.hear(30, names(3), busy);
  assertEquals(watched.takeTold(), ["chat: fired busy web-0 web-1 web-2"]);
  // It is quiet; one is back in another's place, who has gone for good, and one in a new one.
  watched.hear(60, names(3), busy);
  for (const name of names(3)) watched.fleet.forget(watched.fleet.host(name)!);
  watched.hear(300, ["web-9", "web-0"], busy);
  watched.hear(60, ["web-9"], busy);
  assertEquals(watched.takeTold(), ["chat: fired offline web-0", "mail: fired offline web-0"]);
  watched.hear(1_300, ["web-9"], busy);
  assertEquals(watched.takeTold().sort(), [
    "chat: fired busy web-9",
    "chat: recovered busy web-1 web-2",
  ]);
});

Deno.test("Conduct withholds what is worked on", () => {
  const time = (minute: number) => new Date(LOCAL_NOON_MS + 60_000 * minute).toISOString();
  const work = `maintenance: [{ hosts: web-0, from: "${time(1)}", to: "${time(3)}" }]`;
  const watched = watch(work).hear(65, names(2)).hear(60, names(2), busy);
  assertEquals(watched.takeTold(), ["chat: fired busy web-1"]);
  assertEquals(watched.standing, ["busy web-0 muted", "busy web-1"]);
  watched.hear(60, names(2), busy);
  assertEquals(watched.takeTold(), ["chat: fired busy web-0"]);
});

Deno.test("Conduct tells nothing but that of a host that is offline", () => {
  const watched = watch().hear(65, names(5));
  watched.alerts.mutes.add("*", 60_000);
  watched.hear(15, names(5), busy).hear(90, names(4), busy);
  assertEquals(watched.takeTold().sort(), [
    "chat: fired busy web-0 web-1 web-2 web-3",
    "chat: fired offline web-4",
    "mail: fired offline web-4",
  ]);
});

Deno.test("Conduct reminds once a day, of what was told a day ago", () => {
  const watched = watch().hear(65, names(2)).hear(30, names(2), busy);
  assertEquals(watched.takeTold(), ["chat: fired busy web-0 web-1"]);
  const remindedAt: string[] = [];
  // A tick every ten seconds is enough: nothing else changes.
  for (let at = 0; at < 3 * 24 * HOUR; at += 10) {
    watched.nowMs += 9_000 - (watched.nowMs % 5_000 === 4_000 ? 0 : 1_000);
    watched.hear(1, names(2), busy);
    for (const line of watched.takeTold()) {
      const hour = new Date(watched.nowMs + watched.aheadMs).getHours();
      remindedAt.push(`${hour} ${line}`);
    }
  }
  assertEquals(new Set(remindedAt), new Set(["9 chat: reminder busy web-0 web-1"]));
  assertEquals(remindedAt.length, 2);
});

Deno.test("Conduct tells what flaps as flapping", () => {
  const watched = watch().hear(65, names(2));
  for (let time = 0; time < 6; time++) watched.hear(30, ["web-0"], busy).hear(30, ["web-0"]);
  assertEquals(watched.takeTold().filter((line) => /busy/.test(line)), [
    ...["chat: fired busy web-0", "chat: recovered busy web-0"],
    ...["chat: fired busy web-0", "chat: recovered busy web-0"],
    ...["chat: fired busy web-0", "chat: recovered busy web-0"],
    "chat: flapping busy web-0",
  ]);
});

Deno.test("Conduct names at most a hundred hosts, and says how many more they are", () => {
  const watched = watch().hear(65, names(150)).hear(30, names(150), busy);
  const notices = watched.told.map(([, notice]) => notice);
  assertEquals(notices.map(({ hosts, omitted }) => [hosts.length, omitted]), [[100, 50]]);
  assertEquals(
    notices[0]!.text,
    "Alert busy: 150 hosts have CPU above 90%: web-0, web-1, web-2 and 147 more",
  );
});

Deno.test("Conduct goes on by a file that changes while an alert stands", () => {
  const change = (watched: Watched, from: string, to: string) => {
    const { rules, manners } = readAlerts(FILE.replace(from, to), () => null);
    watched.alerts.use(rules, manners);
    return watched.hear(30, ["web-0"], busy).takeTold();
  };
  const watched = watch().hear(65, ["web-0"]).hear(30, ["web-0"], busy);
  assertEquals(watched.takeTold(), ["chat: fired busy web-0"]);
  const when = "cpu > 90 for 5s until < 80 for 5s";
  const severe = `${when}, severity: critical`;
  assertEquals(change(watched, when, severe), ["mail: fired busy web-0"]);
  // Of what is less severe again, its end is told to all who know of it.
  assertEquals(change(watched, "", ""), []);
  assertEquals(change(watched, when, "cpu > 99.5 for 5s until < 99.2 for 5s"), [
    "chat: recovered busy web-0",
    "mail: recovered busy web-0",
  ]);
  assertEquals(change(watched, "", ""), ["chat: fired busy web-0"]);
  assertEquals(change(watched, `- { name: busy, when: ${when} }`, ""), [
    "chat: recovered busy web-0",
  ]);
});

Deno.test("Conduct goes by a host's tags as they are when there is something to tell", () => {
  const file = FILE.replace("severity: critical }", "hosts: 'role:db' }");
  const db = { ...busy, tags: { role: "db" } };
  const watched = watch("", file).hear(65, ["web-0"]).hear(30, ["web-0"], busy);
  assertEquals(watched.takeTold(), ["chat: fired busy web-0"]);
  // Nothing is new of it, and its end is for those who know of it.
  assertEquals(watched.hear(30, ["web-0"], db).takeTold(), []);
  assertEquals(watched.hear(30, ["web-0"]).takeTold(), ["chat: recovered busy web-0"]);
  watched.alerts.mutes.add("role:db", HOUR * 1_000);
  assertEquals(watched.hear(30, ["web-0"], db).takeTold(), []);
  // What is muted by a tag is told when the host has another.
  assertEquals(watched.hear(10, ["web-0"], busy).takeTold(), ["chat: fired busy web-0"]);
  assertEquals(watched.hear(30, ["web-0"], db).takeTold(), []);
});

Deno.test("Conduct knows a mute over a start, and tells what still stands when it ends", () => {
  const before = watch().hear(65, ["web-0"]);
  before.alerts.mutes.add("web-0", 150_000);
  before.hear(30, ["web-0"], busy);
  const state = stateOf(before.alerts);
  const { fleet, nowMs, aheadMs } = before;
  const after = Object.assign(new Watched({ fleet, startedMs: nowMs }), { nowMs, aheadMs });
  const { rules, manners } = readAlerts(FILE, () => null);
  after.alerts.use(rules, manners);
  after.alerts.tick(nowMs);
  after.alerts.restore(state);
  assertEquals(after.hear(100, ["web-0"], busy).standing, ["busy web-0 muted"]);
  assertEquals([...before.takeTold(), ...after.takeTold()], []);
  assertEquals(after.hear(30, ["web-0"], busy).takeTold(), ["chat: fired busy web-0"]);
});

Deno.test("Conduct holds and ends by no wall clock: one that is set back changes nothing", () => {
  const watched = watch().hear(65, ["web-0"]).hear(3, ["web-0"], busy);
  watched.aheadMs -= HOUR * 1_000;
  assertEquals(watched.hear(20, ["web-0"], busy).takeTold(), ["chat: fired busy web-0"]);
  watched.aheadMs -= HOUR * 1_000;
  assertEquals(watched.hear(30, ["web-0"]).takeTold(), ["chat: recovered busy web-0"]);
});

Deno.test("Conduct says again what stands in parts, each as it is by then, to those alone who were told", () => {
  const many = names(250);
  const watched = watch().hear(65, many).hear(30, many, busy);
  assertEquals(Array.from(watched.alerts.renewals("mail")), []);
  const parts = watched.alerts.renewals("chat")[Symbol.iterator]();
  const next = () => {
    const { value, done } = parts.next();
    return done || value === null
      ? null
      : [value.hosts.map(({ name }) => name), value.omitted, value.text];
  };
  const text = (from: number, more: string) =>
    `Alert busy: 250 hosts have CPU above 90%: ${
      many.slice(from, from + 3).join(", ")
    } and ${more}`;
  assertEquals(next(), [many.slice(0, 100), 150, text(0, "247 more")]);
  // Two of the next end before they are asked for.
  for (let second = 0; second < 30; second++) {
    for (const name of many) if (!["web-100", "web-120"].includes(name)) watched.send(name, busy);
    watched.hear(1, ["web-100", "web-120"]);
  }
  const left = many.slice(100, 200).filter((name) => !["web-100", "web-120"].includes(name));
  assertEquals(next(), [left, 152, text(101, "247 more")]);
  assertEquals(next()?.[0], many.slice(200));
  assertEquals(next(), null);
});

Deno.test("Conduct says nothing again of hosts whose alerts have all ended by then", () => {
  const many = names(210);
  const watched = watch().hear(65, many).hear(30, many, busy);
  const parts = watched.alerts.renewals("chat")[Symbol.iterator]();
  const next = () => {
    const { value, done } = parts.next();
    return done || value === null ? null : value.hosts.map(({ name }) => name);
  };
  assertEquals(next(), many.slice(0, 100));
  for (let second = 0; second < 30; second++) {
    for (const name of [...many.slice(0, 100), ...many.slice(200)]) watched.send(name, busy);
    watched.hear(1, many.slice(100, 200));
  }
  assertEquals(next(), many.slice(200));
});

Deno.test("a notice holds no markup's worth of a name: one line, without controls", () => {
  const watched = watch();
  const id = "evil";
  for (let second = 0; second < 100; second++) {
    watched.send(id, { ...(second > 65 ? busy : {}), host: '<b>a</b>\\u202e";rm\\n' });
    watched.hear(1, []);
  }
  const text = watched.told[0]![1].text;
  // deno-lint-ignore no-control-regex
  assertEquals(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e]/.test(text), false, text);
});
