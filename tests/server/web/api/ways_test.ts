import { assertEquals } from "@std/assert";
import { jsonOf } from "../../../messages.ts";
import { FakeWorld, serve } from "../fakes.ts";

/** A datagram of a host that came by a site. */
function send(world: FakeWorld, id: string, seq: number, site: string, tags: object, delayMs = 5) {
  const time = world.nowMs + 1_000 * seq;
  const message = { v: 1, host: id, id, session: "s", seq, time, tags };
  const sender = { hostname: "192.0.2.7", port: 40_000 };
  world.fleet.receive(jsonOf(message), sender, time + delayMs, world.fleet.siteOf(site));
}

const ask = async (world: FakeWorld, path: string) => await (await serve(world).get(path)).json();

Deno.test("/api/ways sums up ways by the values of a tag", async () => {
  const world = new FakeWorld();
  for (let seq = 1; seq <= 100; seq++) {
    for (const [id, site] of [["a", "nrt"], ["b", "nrt"], ["c", "iad"]] as const) {
      // From nrt every tenth is lost on the way to fra; from iad every fiftieth before it parts.
      if (id === "c" && seq % 50 === 0 && seq < 100) continue;
      send(world, id, seq, "ams", { site });
      if (id === "c" || seq % 10 !== 5) send(world, id, seq, "fra", { site }, 30);
    }
  }
  world.fleet.receive(
    jsonOf({ v: 1, host: "old" }),
    { hostname: "192.0.2.8", port: 1 },
    world.nowMs,
  );
  const answer = await ask(world, "/api/ways?group=site");
  assertEquals(answer.sites, ["ams", "fra"]);
  assertEquals((await ask(world, "/api/fleet")).totals.sites, answer.sites);
  assertEquals(answer.groups, [
    { value: "", hosts: 1, unknown: 1, recent: { sent: 0, lost: 0 }, verdict: "", sites: [] },
    {
      ...{ value: "iad", hosts: 1, unknown: 0, recent: { sent: 100, lost: 1 } },
      verdict: "lost everywhere: the host or its uplink",
      sites: [
        { site: "ams", hosts: 1, recent: { sent: 100, lost: 1 }, delayMs: 0, jitterMs: 0 },
        { site: "fra", hosts: 1, recent: { sent: 100, lost: 1 }, delayMs: 25, jitterMs: 0 },
      ],
    },
    {
      ...{ value: "nrt", hosts: 2, unknown: 0, recent: { sent: 199, lost: 0 } },
      verdict: "lost on the way to fra only: that way",
      sites: [
        { site: "ams", hosts: 2, recent: { sent: 199, lost: 0 }, delayMs: 0, jitterMs: 0 },
        { site: "fra", hosts: 2, recent: { sent: 199, lost: 20 }, delayMs: 25, jitterMs: 0 },
      ],
    },
  ]);
  const [all] = (await ask(world, "/api/ways")).groups;
  assertEquals([all.value, all.hosts, all.recent], ["", 4, { sent: 299, lost: 1 }]);
  // What every object has is no tag.
  assertEquals((await ask(world, "/api/ways?group=constructor")).groups, [all]);
  const { ways } = await ask(world, "/api/hosts/b");
  assertEquals([ways.verdict, ways.sites[1].received, ways.sites[1].lost], [
    ...["lost on the way to fra only: that way", 90, 10],
  ]);
});

Deno.test("/api/ways sums up a range, and tells a day of each way in parts", async () => {
  const world = new FakeWorld();
  const ams = (seq: number) => send(world, "a", seq, "ams", { site: "nrt" });
  const fra = (seq: number) => send(world, "a", seq, "fra", { site: "nrt" });
  const day = async (path: string) => (await ask(world, path)).groups[0].sites[1].day;
  const later = (ms: number) => world.nowMs += ms;
  ams(1);
  fra(1);
  assertEquals(await day("/api/ways?range=24h"), null);
  for (let seq = 2; seq <= 41; seq++) ams(seq);
  fra(41);
  await ask(world, "/api/ways?range=15m");
  later(1_200_000);
  for (let seq = 42; seq <= 51; seq++) [ams, fra].forEach((by) => by(seq));
  world.aheadMs = 5;
  const { nowMs, range, day: { fromMs, stepMs, sinceMs }, groups: [group] } = await ask(
    world,
    "/api/ways?group=site&range=15m",
  );
  assertEquals([range, stepMs, Math.floor((nowMs - fromMs) / stepMs)], ["15m", 600_000, 143]);
  assertEquals(nowMs - sinceMs, 1_200_000, "the start");
  assertEquals([group.recent, group.sites[1].recent], [{ sent: 10, lost: 0 }, {
    sent: 10,
    lost: 0,
  }]);
  const { day: told } = group.sites[1];
  assertEquals([told.sent, told.lost, told.shares.slice(-3)], [50, 39, [97.5, null, 0]]);
  const hour = (await ask(world, "/api/ways?group=site&range=1h")).groups[0];
  assertEquals([hour.recent, hour.sites[1].recent], [{ sent: 50, lost: 0 }, {
    sent: 50,
    lost: 39,
  }]);
  assertEquals(hour.verdict, "lost on the way to fra only: that way");
  for (const name of ["7d", "constructor", ""]) {
    assertEquals((await serve(world).get(`/api/ways?range=${name}`)).status, 400, name);
  }
});

Deno.test("/api/ways has nothing to say where there is one way", async () => {
  const world = new FakeWorld();
  send(world, "a", 1, "ams", {});
  const { sites, groups } = await ask(world, "/api/ways?group=role");
  assertEquals([sites, groups], [[], []]);
  assertEquals((await ask(world, "/api/fleet")).totals.sites, undefined);
  assertEquals((await ask(world, "/api/hosts/a")).ways, null);
  assertEquals((await serve(world).get("/api/ways?group=a%20b")).status, 400);
});

Deno.test("the totals of a view say how it follows its sites", async () => {
  const world = new FakeWorld();
  const { totals } = await ask(world, "/api/fleet");
  assertEquals(totals.view, undefined);
  const sites = [{ site: "fra", skewMs: 0, silentMs: 40_000, omitted: 0 }];
  const view = {
    behindMs: 12_000,
    pending: 3,
    missed: 0,
    refused: 0,
    misdated: 0,
    notifies: null,
    sharing: 0,
    sites,
  };
  world.bus = { bus: "nats://a.example", site: null, view: { failure: "away", ...view } };
  assertEquals((await ask(world, "/api/fleet")).totals.view, {
    ...{ failure: "away", behindMs: 12_000, sites: [{ site: "fra", silentMs: 40_000 }] },
  });
});
