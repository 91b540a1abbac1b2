/** A front of two views agrees with one view that has heard what both have. */
import fc from "fast-check";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { SORT_COLUMNS } from "../../../../lib/catalogue.ts";
import { HOST_STATUSES } from "../../../../lib/common/status.js";
import { FakeWorld, serve } from "../fakes.ts";
import { FakeView, frontOf } from "./fronts.ts";

const ROLES = ["db", "web", "Größe", "a,b", "10", "9"];

/** A host of many kinds, by its number. */
function hostOf(n: number): Record<string, unknown> {
  const kind = (n * 7919) % 1_009;
  const tags = kind % 5 === 0 ? {} : { role: ROLES[kind % ROLES.length], site: `s${kind % 40}` };
  return {
    ...{ id: `id-${n}`, host: `${kind % 3 === 0 ? "web" : "db"}-${kind % 211}`, tags },
    ...kind % 4 > 0 && { cpu: { mean: (kind * 13) % 101, cores: [kind % 100] } },
    ...kind % 7 > 0 && {
      memory: { total: 1_000_000, used: kind * 900, free: 1, available: 1_000_000 - kind * 900 },
    },
    ...kind % 6 > 0 && {
      network: { interfaces: [{ name: "eth0", rx: kind * 101, tx: kind, rxLost: 0, txLost: 0 }] },
    },
    ...kind % 11 === 0 && { bye: true },
  };
}

/** Two views of so many hosts, and one of all. */
function worldsOf(count: number) {
  const [a, b, whole] = [new FakeWorld(), new FakeWorld(), new FakeWorld()];
  const worlds = [a, b, whole];
  const shares = [0, 1].map((share) =>
    Array.from({ length: count }, (_, n) => n).filter((n) => (n * 31) % 5 < 2 === (share === 0))
  );
  // The first of them are silent at the end, and who is heard first is of the first view.
  for (const [share, part] of [a, b].entries()) {
    for (const n of shares[share]!) {
      for (const world of worlds) world.nowMs += 20;
      for (const world of [part, whole]) world.send(hostOf(n));
    }
  }
  return { whole: serve(whole), front: frontOf([new FakeView(a), new FakeView(b)]) };
}

/** Of what a server is alone: the rest must be the same. */
// deno-lint-ignore no-explicit-any
function comparable({ startedMs: _, ...told }: any): any {
  const { missing: __, ...totals } = told.totals;
  // deno-lint-ignore no-explicit-any
  const groups = told.groups?.map(({ worst, ...group }: any) => ({
    ...group,
    // Of several with the same number, any is the worst.
    worst: worst && [worst.metric, worst.value],
  }));
  return { ...told, totals, ...groups && { groups } };
}

const QUERY = fc.record({
  sort: fc.constantFrom(...SORT_COLUMNS, null),
  order: fc.constantFrom("asc", "desc", null),
  limit: fc.oneof(fc.constant(null), fc.integer({ min: 1, max: 400 })),
  offset: fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 3_200 })),
  q: fc.constantFrom(null, "web", "role:db", "cpu>50", "db-1 role:web", "age>1s", "nothing"),
  status: fc.constantFrom(null, ...HOST_STATUSES, "live,left"),
  group: fc.constantFrom(null, null, "role", "site", "none"),
  open: fc.constantFrom(
    null,
    "",
    ",",
    "db,",
    "db,web,a%252Cb",
    "s1,s2,s3,",
    "10,9,Gr%25C3%25B6%25C3%259Fe,",
  ),
});

function pathOf({ open, ...query }: Record<string, unknown>): string {
  const params = Object.entries(query).filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  if (query.group !== null && open !== null) {
    params.push(`open=${String(open).replaceAll("%25", "%")}`);
  }
  return `/api/fleet?${params.join("&")}`;
}

Deno.test("a front tells of two views what one view of all tells", async () => {
  const { whole, front } = worldsOf(3_000);
  let rows = 0;
  await fc.assert(
    fc.asyncProperty(QUERY, async (query) => {
      const path = pathOf(query);
      const [told, expected] = [await front.json(path), await (await whole.get(path)).json()];
      assertEquals(comparable(told), comparable(expected), path);
      rows += told.rows.length;
    }),
    { numRuns: 60 },
  );
  assert(rows > 0);
});

Deno.test("a front has rows far from the first one", async () => {
  const { whole, front } = worldsOf(3_000);
  const path = "/api/fleet?sort=cpu&order=desc&offset=2200&limit=50";
  const { rows } = await front.json(path);
  assertEquals(rows, (await (await whole.get(path)).json()).rows);
});

Deno.test("a front says which view does not answer, and how many hosts are unknown", async (t) => {
  const [a, b] = [new FakeView(), new FakeView()];
  a.world.sendMany(3);
  b.world.send({ id: "b", host: "b" });
  const front = frontOf([a, b]);
  assertEquals((await front.json("/api/fleet")).totals.hosts, 4);
  const refusals: [string, () => Promise<Response>, string][] = [
    [
      "a refused connection",
      () => Promise.reject(new TypeError("tcp connect error: Connection refused")),
      "connection refused",
    ],
    [
      "another program",
      () => Promise.resolve(new Response("<html>")),
      "what answers is no server of Pulso",
    ],
    [
      "a token",
      () =>
        Promise.resolve(Response.json({ error: "Cannot answer: token required" }, { status: 401 })),
      "it answers 401: Cannot answer: token required",
    ],
    [
      "an older version",
      () => Promise.resolve(Response.json({ error: "Cannot use the parameter" }, { status: 400 })),
      "it answers 400: Cannot use the parameter",
    ],
    [
      "half an answer",
      () =>
        Promise.resolve(new Response('{"a', { headers: { "content-type": "application/json" } })),
      "no connection",
    ],
  ];
  for (const [name, instead, failure] of refusals) {
    await t.step(name, async () => {
      b.instead = instead;
      const { totals, rows } = await front.json("/api/fleet?sort=name");
      assertEquals([totals.hosts, rows.length], [3, 3]);
      assertEquals(totals.missing, [{ view: "http://127.0.0.2:8080", failure, hosts: 1 }]);
      const response = await front.get("/api/hosts/b");
      const { error } = await response.json();
      assertEquals(response.status, 502);
      assertMatch(error, /the view http:\/\/127\.0\.0\.2:8080 does not answer .*so 1 host of it/);
      assertEquals((await front.get("/api/hosts/id-1")).status, 200);
    });
  }
  b.instead = null;
  assertEquals((await front.json("/api/fleet")).totals.missing, []);
  assertEquals((await front.get("/api/hosts/nobody")).status, 404);
});

Deno.test("a front waits for a view that hangs once, and then leaves it alone for a while", async () => {
  const [a, b] = [new FakeView(), new FakeView()];
  a.world.sendMany(3);
  const front = frontOf([a, b]);
  b.instead = () => new Promise(() => {});
  const asked = front.json("/api/fleet");
  // Until the other has answered.
  while (front.clock.timers > 1) await new Promise((resolve) => setTimeout(resolve, 0));
  await front.clock.pass(3_000);
  const [missing] = (await asked).totals.missing;
  assertEquals(missing, {
    view: "http://127.0.0.2:8080",
    failure: "no answer in time",
    hosts: null,
  });
  assertEquals((await front.json("/api/fleet")).totals.missing, [missing]);
  assertEquals(b.asked.length, 1);
  b.instead = null;
  await front.clock.pass(5_000);
  assertEquals((await front.json("/api/fleet")).totals.missing, []);
});
