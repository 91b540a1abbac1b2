import { assert, assertEquals } from "@std/assert";
import { mergeTotals } from "../../../../lib/server/web/front/merge.ts";
import { totalsJson } from "../../../../lib/server/web/api/api.ts";
import { momentOf } from "../../../../lib/server/web/api/context.ts";
import { jsonOf } from "../../../messages.ts";
import { FakeWorld, serve, START_MS } from "../fakes.ts";
import { FakeView, frontOf } from "./fronts.ts";

/** What a view says that is behind by so much. */
function behindBy(behindMs: number, site: string) {
  const { context } = new FakeWorld();
  const view = { failure: null, behindMs, sites: [] };
  return { ...totalsJson(context, momentOf(context)), sites: ["fra", site], view };
}

Deno.test("mergeTotals() tells how the view follows that is furthest behind, and the sites of all", () => {
  for (const all of [[7_000], [1_000, 9_000, 2_000]]) {
    const views = all.map((behindMs, at) => behindBy(behindMs, at === 0 ? "ams" : "iad"));
    const { view, sites } = mergeTotals(views, []);
    assertEquals(view?.behindMs, Math.max(...all));
    assertEquals(sites, all.length === 1 ? ["ams", "fra"] : ["ams", "fra", "iad"]);
  }
  assertEquals("view" in mergeTotals([], []), false);
});

/** Without what a mean of means is off by. */
function rounded(told: unknown): unknown {
  return JSON.parse(
    JSON.stringify(told),
    (_name, value) => typeof value === "number" ? Number(value.toPrecision(12)) : value,
  );
}

Deno.test("ways through a front are those that one view of all has", async () => {
  // The view that began last says since when all count.
  const last = { nowMs: START_MS + 1 };
  const [a, b, whole] = [new FakeWorld(), new FakeWorld(last), new FakeWorld(last)];
  const send = (n: number, seq: number, site: string, delayMs: number) => {
    const tags = { rack: `r${n % 3}`, ...n % 4 === 0 && { role: "db" } };
    const time = whole.nowMs + 1_000 * seq;
    const bytes = jsonOf({ v: 1, host: `h${n}`, id: `h${n}`, session: "s", seq, time, tags });
    const sender = { hostname: "192.0.2.7", port: 40_000 };
    for (const { fleet } of [n % 2 === 0 ? a : b, whole]) {
      fleet.receive(bytes, sender, time + delayMs, fleet.siteOf(site));
    }
  };
  // What comes before a second site is heard is in no account of ways.
  for (const { fleet, nowMs, context } of [a, b, whole]) {
    for (const site of ["ams", "fra"]) {
      const first = jsonOf({ v: 1, host: "first", id: "first", session: "s", seq: 1 });
      fleet.receive(first, { hostname: "192.0.2.8", port: 1 }, nowMs, fleet.siteOf(site));
    }
    await context.forget("first");
  }
  for (let seq = 1; seq <= 60; seq++) {
    for (let n = 0; n < 10; n++) {
      if (n === 3 && seq % 20 === 10) continue;
      send(n, seq, "ams", 5);
      if (n % 3 !== 1 || seq % 10 !== 5) send(n, seq, "fra", 5 + 10 * n);
      if (n < 2) send(n, seq, "iad", 80);
    }
  }
  const views = [new FakeView(a), new FakeView(b)];
  const front = frontOf(views);
  const paths = ["", "?group=rack", "?group=role", "?range=1h", "?group=rack&range=24h"];
  // Who looks notes what was lost until then; then more is, in another part of the day.
  for (const path of ["/api/ways?range=1h", "/api/ways?range=1h&group=rack"]) {
    await front.json(path);
    await serve(whole).get(path);
  }
  for (const world of [a, b, whole]) world.nowMs += 700_000;
  for (let seq = 61; seq <= 90; seq++) {
    for (let n = 0; n < 10; n++) {
      send(n, seq, "ams", 5);
      if (seq % (n + 3) !== 0) send(n, seq, "fra", 15);
    }
  }
  for (const path of paths.map((search) => `/api/ways${search}`)) {
    const { missing, ...told } = await front.json(path);
    assertEquals(missing, []);
    assertEquals(rounded(told), rounded(await (await serve(whole).get(path)).json()), path);
  }
  assertEquals((await front.json("/api/fleet")).totals.sites, ["ams", "fra", "iad"]);
  assertEquals((await front.get("/api/ways?group=%20")).status, 400);
  assertEquals((await front.get("/api/ways?range=7d")).status, 400);
  const { day, groups: [lossy] } = await front.json("/api/ways?range=24h");
  assertEquals([day.stepMs, day.sinceMs], [600_000, START_MS + 1]);
  assert(lossy.sites[1].day.lost > 0 && lossy.sites[1].day.shares.at(-1) > 0);
  views[0]!.instead = () => Promise.reject(new TypeError("Connection refused"));
  const { groups, missing } = await front.json("/api/ways");
  assertEquals([groups[0].hosts, missing.length], [5, 1]);
});
