import { assert, assertEquals, assertThrows } from "@std/assert";
import { STOCK } from "../../../lib/server/alerts/stock.ts";
import { Fleet } from "../../../lib/server/fleet/fleet.ts";
import { busy, names, TO_CHAT, Watched } from "./watched.ts";

Deno.test("Alerts stand while a host is silent, and end when it is heard again", () => {
  const watched = new Watched().hear(70, names(6));
  assertEquals(watched.standing, []);
  assertEquals(watched.hear(20, names(5)).standing, ["offline web-5"]);
  assertEquals(watched.hear(45, names(6)).standing, []);
});

Deno.test("Alerts tell nothing of the first minute, nor of hosts that left", () => {
  const watched = new Watched().hear(20, names(6)).hear(30, names(3));
  assertEquals(watched.standing, []);
  const left = new Watched().hear(70, names(6)).hear(1, ["web-5"], { bye: true });
  assertEquals(left.hear(60, names(5)).standing, []);
});

Deno.test("Alerts say once that most of the fleet is silent, and nothing of each host", () => {
  const watched = new Watched().hear(70, names(9)).hear(30, names(2));
  assertEquals(watched.standing, ["fleet-silent"]);
  const begun =
    "Alert fleet-silent: 78% of all hosts are silent: look at this server's network first";
  assertEquals(watched.lines, [begun]);
  // Who stays silent when the others are back is told then.
  watched.hear(60, names(8));
  assertEquals(watched.standing, ["offline web-8"]);
});

Deno.test("Alerts take a fleet for silent by who is offline, and not by who is only late", () => {
  const watched = new Watched().hear(70, names(9));
  // All but two are stale for two seconds in seven, and none is offline, which takes seven.
  for (let second = 0; second < 140; second++) {
    watched.hear(1, names(second % 7 === 6 ? 9 : 2));
    assertEquals(watched.standing, []);
  }
  assertEquals(watched.hear(20, names(2)).standing, ["fleet-silent"]);
});

Deno.test("Alerts of a metric hold, recover, and wait while their host is silent", () => {
  const watched = new Watched().hear(70, names(6)).hear(590, names(6), busy);
  assertEquals(watched.standing, []);
  watched.hear(20, names(6), busy);
  assertEquals(watched.standing.toSorted(), names(6).map((name) => `cpu ${name}`));
  watched.hear(20, names(5), busy);
  assertEquals(watched.standing[0], "offline web-5");
  assertEquals(watched.standing.includes("cpu web-5"), false);
  watched.hear(140, names(6));
  assertEquals(watched.standing, []);
});

Deno.test("Alerts log each change once", () => {
  const watched = new Watched().hear(70, names(4)).hear(620, ["web-0"], busy).hear(140, names(4));
  assertEquals(watched.lines.filter((line) => line.includes("cpu")), [
    "Alert cpu: web-0 has a busy CPU (99%)",
    "Alert cpu ended: web-0",
  ]);
});

Deno.test("Alerts log each change once, many of one look in one line", () => {
  const watched = new Watched().hear(69, names(6)).hear(620, names(6), busy).hear(141, names(6));
  assertEquals(watched.lines, [
    "Alert cpu: 6 hosts have a busy CPU: web-0, web-1, web-2 and 3 more",
    "Alert cpu ended: 6 hosts: web-0, web-1, web-2 and 3 more",
  ]);
});

const volumeOf = (used: number) => ({
  disk: { read: 1, write: 1, volumes: [{ mount: "/", total: 100, used, free: 100 - used, ro: 0 }] },
});

Deno.test("Alerts let the worst of several rules speak about the same number", () => {
  const watched = new Watched();
  watched.alerts.use(STOCK, TO_CHAT);
  watched.hear(70, names(2), volumeOf(50)).hear(310, names(2), volumeOf(92));
  assertEquals(watched.standing, ["volume web-0", "volume web-1"]);
  watched.hear(330, ["web-0"], volumeOf(99));
  const worst = () => watched.standing.filter((alert) => /volume.* web-0/.test(alert));
  assertEquals(worst(), ["volume-full web-0"]);
  assertEquals(watched.takeTold().filter((line) => /volume/.test(line)), [
    "chat: fired volume web-0 web-1",
    "chat: fired volume-full web-0",
  ]);
  // Who mutes the one is to hear of the other.
  const { id } = watched.alerts.mutes.add("alert:volume-full", 60_000);
  assertEquals(worst(), ["volume-full web-0 muted", "volume web-0"]);
  watched.alerts.mutes.remove(String(id));
  watched.hear(130, ["web-0"], volumeOf(92));
  assertEquals(worst(), ["volume web-0"]);
  assertEquals(watched.takeTold(), ["chat: recovered volume-full web-0"]);
});

Deno.test("Alerts let no rule be muted that there is not", () => {
  const { alerts } = new Watched();
  alerts.use(STOCK, TO_CHAT);
  const mute = (filter: string) => alerts.mutes.add(filter, 60_000).id;
  const refused = 'Cannot mute "alert:cpuu": there is no rule cpuu; did you mean alert:cpu?';
  assertThrows(() => mute("alert:cpuu"), RangeError, refused);
  assertEquals([mute("alert:cpu web-*"), mute("*")], [1, 2]);
});

Deno.test("Alerts tell of a volume that is nearly full once it is full no more, where they had not", () => {
  const watched = new Watched();
  watched.alerts.use(STOCK, TO_CHAT);
  watched.hear(70, names(2), volumeOf(50)).hear(320, names(2), volumeOf(99));
  assertEquals(watched.takeTold(), ["chat: fired volume-full web-0 web-1"]);
  watched.hear(130, names(2), volumeOf(92));
  assertEquals(watched.takeTold().sort(), [
    "chat: fired volume web-0 web-1",
    "chat: recovered volume-full web-0 web-1",
  ]);
});

Deno.test("Alerts look at thousands step by step, and tell them together", () => {
  const many = names(9_000);
  const fleet = new Fleet({ maxHosts: 20_000, historyMs: 60_000, nowMs: 0 });
  const inSteps = new Watched({ fleet });
  inSteps.alerts.use(STOCK, TO_CHAT);
  for (const name of many) inSteps.send(name, { interval: 60_000 });
  inSteps.hear(64, []);
  let most = 0;
  /** One step after the other, between which others may have their turn. */
  const look = () => {
    inSteps.nowMs += 1_000;
    inSteps.alerts.begin(inSteps.nowMs);
    let steps = 1;
    while (inSteps.alerts.goOn()) steps++;
    most = Math.max(most, steps);
  };
  for (let second = 0; second < 10; second++) look();
  const usual = most;
  assertEquals(inSteps.takeTold(), []);
  for (const name of many.slice(4_400)) inSteps.send(name, { interval: 60_000 });
  inSteps.nowMs += 352_000;
  for (const name of many.slice(4_400)) inSteps.send(name, { interval: 60_000 });
  for (let second = 0; second < 15; second++) look();
  // Each 100 of them are judged, and told, in one.
  assert(most >= usual + 40, `${most}`);
  assertEquals(
    inSteps.told.map(([, { what, rule, hosts, omitted }]) => [what, rule, hosts.length, omitted]),
    [
      ["fired", "offline", 100, 4_300],
    ],
  );
});
