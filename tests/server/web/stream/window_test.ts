import { assertEquals, assertStringIncludes } from "@std/assert";
import { type HostStatus, STATUS_SEVERITY } from "../../../../lib/common/status.js";
import { statusOf } from "../../../../lib/server/web/page/store.js";
import { MAX_WINDOW_ROWS } from "../../../../lib/common/limits.js";
import { HEARTBEAT_MS, ROUND_MS } from "../../../../lib/server/web/stream/chunks.ts";
import { randomFrom } from "../../../../tools/swarm_pace.ts";
import { EventReader, FakeWorld, type ReadEvent, serve, settle } from "../fakes.ts";

type Row = {
  id: string;
  name: string;
  status: HostStatus;
  lastSeenMs: number;
  intervalMs: number;
  cpuPercent: number;
  cpuRecent?: number[];
};

const idsOf = ({ data }: ReadEvent): string[] => data.rows.map(({ id }: Row) => id);

/** A client that takes every event at once and keeps what it is told, as docs/API.md says. */
class Listener {
  ids: readonly string[] = [];
  rows = new Map<string, Row>();
  nowMs = 0;
  #events: ReadEvent[] = [];
  readonly #reader: EventReader;

  constructor(response: Response) {
    this.#reader = new EventReader(response);
    this.#listen();
  }

  async #listen(): Promise<void> {
    for (let event = await this.#reader.next(); event !== null; event = await this.#reader.next()) {
      this.#events.push(event);
      const known = new Map(this.rows);
      for (const row of event.data.rows as Row[]) known.set(row.id, row);
      this.nowMs = event.data.nowMs;
      this.ids = event.data.ids ?? this.ids;
      this.rows = new Map(this.ids.map((id) => [id, known.get(id)!]));
    }
  }

  /** The events that have come since this was asked last. */
  async events(): Promise<ReadEvent[]> {
    await settle();
    return this.#events.splice(0);
  }

  /** The same once some time has passed. */
  async after(world: FakeWorld, ms = ROUND_MS): Promise<ReadEvent[]> {
    await this.events();
    await world.pass(ms);
    return await this.events();
  }

  close(): Promise<void> {
    return this.#reader.close();
  }
}

async function open(world: FakeWorld, search: string, get = serve(world).get) {
  const listener = new Listener(await get(`/api/stream?${search}`));
  const [first] = await listener.events();
  return { listener, first: first! };
}

/** Counts how often the fleet is put in order. */
function countOrders({ fleet }: FakeWorld): () => number {
  let count = 0;
  const order = fleet.order.bind(fleet);
  fleet.order = (...args) => {
    count++;
    return order(...args);
  };
  return () => count;
}

Deno.test("a window begins with its rows, their past and how many there are", async () => {
  const world = new FakeWorld();
  world.sendMany(1_000);
  const { listener, first } = await open(world, "sort=cpu&order=desc&offset=5&limit=10&q=web");
  assertEquals(first.event, "window");
  assertEquals([first.data.matched, first.data.offset, first.data.totals.hosts], [1_000, 5, 1_000]);
  assertEquals(first.data.ids, idsOf(first));
  assertEquals(
    first.data.rows.map((row: Row) => row.cpuPercent),
    Array(5).fill(99).concat(
      Array(5).fill(98),
    ),
  );
  assertEquals(first.data.rows[0].cpuRecent, [99]);
  const { rows } = await (await serve(world).get(
    "/api/fleet?sort=cpu&order=desc&offset=5&limit=10&q=web",
  )).json();
  assertEquals(first.data.ids, rows.map(({ id }: Row) => id));
  await listener.close();
});

Deno.test("a window tells of what has changed in it, and of nothing else", async () => {
  const world = new FakeWorld();
  world.sendMany(50);
  const { listener } = await open(world, "sort=name&offset=10&limit=10");
  await listener.after(world);
  world.send({ id: "id-12", host: "web-12", cpu: { mean: 1 } });
  world.send({ id: "id-30", host: "web-30", cpu: { mean: 2 } });
  const [changes] = await listener.after(world);
  const [row] = changes!.data.rows;
  assertEquals([changes!.data.ids, idsOf(changes!)], [null, ["id-12"]]);
  assertEquals([row.cpuPercent, row.cpuRecent], [1, undefined]);
  world.send({ id: "id-30", host: "web-30", cpu: { mean: 3 } });
  const alive = await listener.after(world, HEARTBEAT_MS + ROUND_MS);
  assertEquals(alive.map(({ data }) => [data.ids, data.rows]), [[null, []]]);
  await listener.close();
});

Deno.test("a window shows who comes and goes at once, and who is called otherwise", async () => {
  const world = new FakeWorld({ maxHosts: 4 });
  for (let n = 0; n < 3; n++) world.send({ id: `id-${n}`, host: `web-${n}`, interval: 100 });
  const { listener } = await open(world, "sort=name&limit=3");
  assertEquals(listener.ids, ["id-0", "id-1", "id-2"]);
  world.send({ id: "id-00", host: "web-00" });
  const [came] = await listener.after(world);
  assertEquals([listener.ids[1], came!.data.matched], ["id-00", 4]);
  assertEquals(idsOf(came!), ["id-00"]);
  await listener.after(world, 2_000);
  world.send({ id: "x", host: "aaa" });
  await listener.after(world);
  assertEquals([listener.ids[0], world.fleet.size], ["x", 4]);
  world.send({ id: "x", host: "zzz" });
  const [renamed] = await listener.after(world);
  assertEquals([renamed!.data.ids.includes("x"), listener.ids.includes("x")], [false, false]);
  await listener.close();
});

/** What a table sorted by each shows, as a number; the greatest is first. */
const SHOWN: Readonly<Record<string, (row: Row, nowMs: number) => number>> = {
  cpu: ({ cpuPercent }) => cpuPercent,
  age: ({ lastSeenMs }, nowMs) => nowMs - lastSeenMs,
  status: (row, nowMs) => STATUS_SEVERITY[statusOf(row, nowMs)],
  name: ({ name }) => Number(name.slice("web-".length)),
};

Deno.test("rows and their order are of one moment, whatever is received in between", async (t) => {
  for (const [sort, shown] of Object.entries(SHOWN)) {
    await t.step(sort, async () => {
      const world = new FakeWorld();
      const random = randomFrom(7);
      const sendAny = () => {
        const [n, m] = [random() % 300, random() % 3_000];
        const fields = { id: `id-${n}`, host: `web-${m}`, interval: 300 + n };
        world.send({ ...fields, cpu: { mean: m % 101 } });
      };
      for (let n = 0; n < 600; n++) sendAny();
      const { pause } = world.context;
      // In every turn of the event loop that somebody ends, there is a datagram.
      Object.assign(world.context, { pause: () => (sendAny(), pause()) });
      const { get } = serve(world);
      const listeners: Listener[] = [];
      for (const offset of [0, 10, 20]) {
        const search = `sort=${sort}&order=desc&offset=${offset}&limit=200`;
        listeners.push((await open(world, search, get)).listener);
      }
      for (let round = 0; round < 20; round++) {
        for (let n = 0; n < 7; n++) sendAny();
        await world.pass(ROUND_MS);
        for (const listener of listeners) {
          await listener.events();
          const values = [...listener.rows.values()].map((row) => shown(row, listener.nowMs));
          assertEquals(values, values.toSorted((a, b) => b - a));
        }
      }
      await Promise.all(listeners.map((listener) => listener.close()));
    });
  }
});

Deno.test("a host that leaves a window and comes back is told whole again", async () => {
  const world = new FakeWorld();
  const send = (id: string, mean: number) => world.send({ id, host: id, cpu: { mean } });
  for (const [id, mean] of [["a", 1], ["b", 2], ["c", 3]] as const) send(id, mean);
  const { listener } = await open(world, "sort=cpu&order=desc&limit=2");
  assertEquals(listener.ids, ["c", "b"]);
  world.nowMs += 1_000;
  send("a", 9);
  await listener.after(world, HEARTBEAT_MS + ROUND_MS);
  assertEquals([...listener.rows.keys()], ["a", "c"]);
  send("a", 0);
  const events = await listener.after(world, HEARTBEAT_MS + ROUND_MS);
  assertEquals(listener.ids, ["c", "b"]);
  const back = events.find(({ data }) => data.ids !== null)!;
  assertEquals([idsOf(back), back.data.rows[0].cpuRecent], [["b"], [2]]);
  await listener.close();
});

Deno.test("a client that joins a window knows what the others know", async () => {
  const world = new FakeWorld();
  const { get } = serve(world);
  const orders = countOrders(world);
  world.sendMany(20);
  const search = "sort=cpu&order=desc&limit=4";
  const { listener: early } = await open(world, search, get);
  world.send({ id: "id-0", host: "web-0", cpu: { mean: 100 } });
  const { listener: late, first } = await open(world, search, get);
  await early.events();
  assertEquals([first.data.ids, orders()], [early.ids, 2]);
  for (let n = 0; n < 5; n++) {
    world.send({ id: `id-${4 - n}`, host: `web-${4 - n}`, cpu: { mean: 50 + n } });
    await early.after(world, HEARTBEAT_MS / 2);
    await late.events();
    assertEquals([late.ids, [...late.rows.keys()]], [early.ids, [...early.rows.keys()]]);
    assertEquals(
      [...late.rows.values()].map((row) => row.cpuPercent),
      [...early.rows.values()].map((row) => row.cpuPercent),
    );
  }
  assertEquals(early.ids, ["id-0", "id-1", "id-2", "id-3"]);
  await Promise.all([early.close(), late.close()]);
});

Deno.test("windows of one order cost one order", async () => {
  const world = new FakeWorld();
  const { get } = serve(world);
  world.sendMany(100);
  const opened = await Promise.all(
    [0, 10, 20, 20].map((offset) => open(world, `sort=name&offset=${offset}&limit=10`, get)),
  );
  const orders = countOrders(world);
  await world.pass(ROUND_MS);
  assertEquals(orders(), 1);
  await Promise.all(opened.map(({ listener }) => listener.close()));
  await world.pass(2 * ROUND_MS);
  assertEquals([world.timers, world.faults], [0, []]);
});

Deno.test("a window beyond the last host is empty until there are so many", async () => {
  const world = new FakeWorld();
  world.sendMany(2);
  const { listener, first } = await open(world, "offset=2");
  assertEquals([first.data.matched, first.data.ids], [2, []]);
  world.sendMany(3);
  await listener.after(world);
  assertEquals([...listener.rows.keys()], ["id-2"]);
  await listener.close();
});

Deno.test("a window takes the parameters of /api/fleet, and a bounded number of rows", async (t) => {
  const { get } = serve(new FakeWorld());
  const most = await get(`/api/stream?limit=${MAX_WINDOW_ROWS}`);
  assertEquals(most.status, 200);
  await most.body!.cancel();
  const cases = [
    [`limit=${MAX_WINDOW_ROWS + 1}`, `the nearest is ${MAX_WINDOW_ROWS}`],
    ["sort=cpuu", "did you mean cpu?"],
    ["sorrt=cpu", "did you mean sort?"],
    ["limit=1&since=1-1", "it must be one of"],
    ["limit=1&host=a", "it must be one of"],
  ] as const;
  for (const [search, words] of cases) {
    await t.step(search, async () => {
      const response = await get(`/api/stream?${search}`);
      assertEquals(response.status, 400);
      assertStringIncludes((await response.json()).error, words);
    });
  }
  assertEquals((await get("/api/stream?limit=0", {}, "HEAD")).status, 400);
});

Deno.test("two who open one window at the same moment are both told what is new", async () => {
  const world = new FakeWorld();
  world.sendMany(10);
  const { get } = serve(world);
  const both =
    (await Promise.all(["", ""].map(() => get("/api/stream?sort=cpu&order=desc&limit=5"))))
      .map((response) => new Listener(response));
  for (const listener of both) assertEquals((await listener.events()).length, 1);
  world.send({ id: "id-9", host: "web-9", cpu: { mean: 100 } });
  await world.pass(HEARTBEAT_MS + ROUND_MS);
  for (const listener of both) {
    await listener.events();
    assertEquals(listener.rows.get("id-9")?.cpuPercent, 100);
    await listener.close();
  }
});
