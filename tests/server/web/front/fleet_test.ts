/** A front of two views agrees with one view that has heard what both have. */
import fc from "fast-check";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { SORT_COLUMNS } from "../../../../lib/common/columns.ts";
import { HOST_STATUSES } from "../../../../lib/common/status.js";
import { FakeWorld } from "../fakes.ts";
import { standing } from "../../../page_world.ts";
import { FakeView, frontOf, worldsOf } from "./fronts.ts";

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
  unusual: fc.constantFrom(null, "true"),
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

Deno.test("a front lists of a folded group the most unusual hosts of all views", async () => {
  const { worlds: [a, b, whole], front, whole: asOne } = worldsOf(300);
  const heard = Array.from({ length: 300 }, (_, n) => `id-${n}`)
    .filter((id) => whole.fleet.host(id)!.tags.role === "db").slice(-12);
  for (const world of [a, b, whole]) {
    world.standing = heard.flatMap((id, n) =>
      world.fleet.host(id) === undefined
        ? []
        : standing(world, n % 3 === 0 ? "volume-full" : "memory", id, n)
    );
  }
  const path = "/api/fleet?group=role&open=web,&unusual=true&sort=cpu&order=desc";
  const [told, expected] = [await front.json(path), await (await asOne.get(path)).json()];
  assertEquals(told.rows, expected.rows);
  const countsOf = ({ groups }: { groups: Record<string, unknown>[] }) =>
    groups.map(({ value, open, listed, unusual }) => [value, open, listed, unusual]);
  assertEquals(countsOf(told), countsOf(expected));
  const folded = told.groups.find(({ value }: { value: string }) => value === "db");
  assertEquals(folded.listed, 5);
  const of = (world: FakeWorld) =>
    told.rows.filter((row: { id: string; tags: { role?: string } }) =>
      row.tags.role === "db" && world.fleet.host(row.id)
    ).length;
  assert(of(a) > 0 && of(b) > 0, `${of(a)} and ${of(b)}`);
  for (const [offset, limit] of [[0, 3], [2, 4], [7, 60], [1, 1]]) {
    const part = `${path}&offset=${offset}&limit=${limit}`;
    const { rows } = await front.json(part);
    assertEquals(rows, told.rows.slice(offset, offset! + limit!), part);
  }
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
      "what answers is no server of Pulso",
    ],
    [
      "another version",
      () => Promise.resolve(Response.json({ nowMs: 1, totals: { hosts: 1 }, rows: [] })),
      "it is of another version: its answer has no kept",
    ],
    [
      "an answer of nothing",
      () => Promise.resolve(Response.json(null)),
      "it is of another version: its answer has no nowMs",
    ],
    [
      "a redirect",
      () => Promise.resolve(new Response(null, { status: 308, headers: { location: "/x/" } })),
      "it answers 308: give the address that it redirects to",
    ],
    [
      "a long and foreign text",
      () =>
        Promise.resolve(Response.json({ error: `\x1b[2J${"x".repeat(10_000)}` }, { status: 500 })),
      `it answers 500: \\x1b[2J${"x".repeat(193)}`,
    ],
    [
      "an answer without an end",
      () => {
        const piece = new Uint8Array(16 * 1024 * 1024).fill(0x20);
        const body = new ReadableStream({ pull: (stream) => stream.enqueue(piece) });
        return Promise.resolve(
          new Response(body, { headers: { "content-type": "application/json" } }),
        );
      },
      "its answer is longer than 67108864 bytes",
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
      assertEquals(response.status, 502, error);
      assertMatch(error, /the view http:\/\/127\.0\.0\.2:8080 does not answer .*so 1 host of it/);
      assertEquals((await front.get("/api/hosts/id-1")).status, 200);
    });
  }
  b.instead = null;
  assertEquals((await front.json("/api/fleet")).totals.missing, []);
  assertEquals((await front.get("/api/hosts/nobody")).status, 404);
});

Deno.test("a front waits for a view that hangs once, and then tries it beside what it is asked", async () => {
  const [a, b] = [new FakeView(), new FakeView()];
  a.world.sendMany(3);
  const front = frontOf([a, b]);
  b.instead = () => new Promise(() => {});
  const asked = front.json("/api/fleet");
  // Until the other has answered.
  while (front.clock.timers > 1) await new Promise((resolve) => setTimeout(resolve, 0));
  await front.clock.pass(3_000);
  const [missing] = (await asked).totals.missing;
  const failure = "no answer in time";
  assertEquals(missing, { view: "http://127.0.0.2:8080", failure, hosts: null });
  for (let looks = 0; looks < 20; looks++) {
    assertEquals((await front.json("/api/fleet")).totals.missing, [missing]);
    await front.clock.pass(1_000);
  }
  // At once, and then after 5 s of rest and 3 s of waiting each.
  assertEquals(b.asked.length, 3);
  b.instead = null;
  await front.clock.pass(5_000);
  assertEquals((await front.json("/api/fleet")).totals.missing, [missing]);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals((await front.json("/api/fleet")).totals.missing, []);
});

Deno.test("a front tells a host that is at two views twice, and stays in order", async () => {
  const [a, b] = [new FakeView(), new FakeView()];
  for (const { world } of [a, b]) world.sendMany(2_000);
  const front = frontOf([a, b]);
  const { matched } = await front.json("/api/fleet?limit=1");
  assertEquals(matched, 4_000);
  for (const offset of [0, 900, 1_500, 3_990]) {
    const { rows } = await front.json(`/api/fleet?sort=name&limit=10&offset=${offset}`);
    const names = Array.from({ length: 10 }, (_, at) => `web-${Math.floor((offset + at) / 2)}`);
    assertEquals(rows.map(({ name }: { name: string }) => name), names);
  }
});

Deno.test("a front knows every group of its views, and says how many it leaves out", async () => {
  const worlds = [new FakeView(), new FakeView()];
  // At each view more than are told, and the troubled ones of one view are last at the other.
  for (const [at, { world }] of worlds.entries()) {
    for (let n = 0; n < 700; n++) {
      const rack = `r${String(n + 100 * at).padStart(4, "0")}`;
      world.send({ id: `${at}-${n}`, host: `${at}-${n}`, tags: { rack } });
    }
  }
  const front = frontOf(worlds);
  const { groups, groupsOmitted } = await front.json("/api/fleet?group=rack&open=&limit=1");
  assertEquals([groups.length, groupsOmitted], [500, 300]);
  const one = await front.json("/api/fleet?group=rack&open=r0650,r0750&limit=10");
  assertEquals(one.rows.map(({ id }: { id: string }) => id), ["0-650", "1-550", "1-650"]);
});

Deno.test("a front gives its views the token that they ask for, and says where its file cannot be read", async () => {
  const token = "a-token-of-many-characters";
  const view = new FakeView(new FakeWorld(), { token, hostNames: [] });
  view.world.sendMany(3);
  const missingOf = async (front: ReturnType<typeof frontOf>) => {
    const { totals, rows } = await front.json("/api/fleet");
    assertEquals(front.clock.faults, []);
    return rows.length > 0 ? rows.length : totals.missing[0].failure;
  };
  const headers = { authorization: `Bearer ${token}` };
  const given = (token: Record<string, string>) => () =>
    Promise.resolve({ secrets: [], headers: token });
  assertMatch(await missingOf(frontOf([view])), /^it answers 401: Cannot answer: token required/);
  assertEquals(await missingOf(frontOf([view], new FakeWorld(), given(headers))), 3);
  const unread = () => Promise.reject(new RangeError("Cannot use the token file /x: no such file"));
  assertEquals(
    await missingOf(frontOf([view], new FakeWorld(), unread)),
    "Cannot use the token file /x: no such file",
  );
});
