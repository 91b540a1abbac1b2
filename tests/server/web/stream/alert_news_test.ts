import { assertEquals } from "@std/assert";
import type { MarkedAlert } from "../../../../lib/server/alerts/queue.ts";
import { STOCK } from "../../../../lib/server/alerts/stock.ts";
import { HEARTBEAT_MS, ROUND_MS } from "../../../../lib/server/web/stream/chunks.ts";
import { EventReader, FakeWorld, type ReadEvent, serve, settle } from "../fakes.ts";

function standing(id: string, key: string, changes: Partial<MarkedAlert> = {}): MarkedAlert {
  const rule = STOCK.find((rule) => rule.id === id)!;
  const alert = { rule, key, sinceMs: 1_000, value: 97, isFlapping: false };
  return { ...alert, isMuted: false, ...changes };
}

/** A stream of which only what stands is kept, as it comes. */
async function listen(world: FakeWorld, path: string, { get } = serve(world)) {
  const reader = new EventReader(await get(path), true);
  const heard: ReadEvent["data"][] = [];
  const done = (async () => {
    for (let next = await reader.next(); next !== null; next = await reader.next()) {
      if (next.event === "alerts") heard.push(next.data);
    }
  })();
  await settle();
  const close = async () => {
    await reader.close();
    await done;
  };
  return { heard, close };
}

const idsOf = ({ alerts }: ReadEvent["data"]) => alerts.map(({ id }: { id: string }) => id);

for (const path of ["/api/stream", "/api/stream?limit=1"]) {
  Deno.test(`${path} tells what stands, and again only when that is another`, async () => {
    const world = new FakeWorld();
    world.sendMany(3);
    world.standing = [standing("cpu", "id-1"), standing("offline", "id-2")];
    const { heard, close } = await listen(world, path);
    assertEquals(heard.map(idsOf), [["id-2", "id-1"]]);
    const [{ total, rules }] = heard;
    assertEquals([total, rules.map(({ alert }: { alert: string }) => alert)], [2, [
      ...["offline", "cpu"],
    ]]);
    // A look after which all is the same is no news.
    world.standing = [...world.standing];
    await world.pass(3 * HEARTBEAT_MS);
    assertEquals(heard.length, 1);
    world.standing = [standing("cpu", "id-1", { value: 98 })];
    await world.pass(ROUND_MS);
    assertEquals(heard.map(idsOf).slice(1), [["id-1"]]);
    assertEquals(heard[1].alerts[0].value, 98);
    world.standing = [];
    await world.pass(ROUND_MS);
    assertEquals([heard[2].total, heard[2].rules, heard[2].alerts], [0, [], []]);
    await close();
  });
}

Deno.test("who joins is told what stands, and the others are not told again", async () => {
  const world = new FakeWorld();
  world.standing = [standing("cpu", "a")];
  const server = serve(world);
  const first = await listen(world, "/api/stream?limit=1", server);
  const second = await listen(world, "/api/stream?limit=2", server);
  const third = await listen(world, "/api/stream", server);
  await world.pass(2 * HEARTBEAT_MS);
  assertEquals([first, second, third].map(({ heard }) => heard.map(idsOf)), [
    ...[[["a"]], [["a"]], [["a"]]],
  ]);
  for (const { close } of [first, second, third]) await close();
});

Deno.test("a stream of a host tells what stands of that host, and of no other", async () => {
  const world = new FakeWorld();
  world.sendMany(2);
  world.standing = [standing("cpu", "id-0"), standing("offline", "id-1"), standing("swap", "id-0")];
  const { heard, close } = await listen(world, "/api/stream?host=id-0");
  assertEquals(heard.map(({ alerts }) => alerts.map(({ alert }: { alert: string }) => alert)), [
    ["cpu", "swap"],
  ]);
  world.standing = [standing("cpu", "id-0"), standing("swap", "id-0")];
  await world.pass(2 * HEARTBEAT_MS);
  assertEquals(heard.length, 1);
  world.standing = [standing("swap", "id-0")];
  await world.pass(ROUND_MS);
  assertEquals(heard[1].total, 1);
  await close();
});

Deno.test("what stands is told by the wall clock, anew when that is set", async () => {
  const world = new FakeWorld();
  world.aheadMs = 500;
  world.standing = [standing("cpu", "a")];
  const { heard, close } = await listen(world, "/api/stream?limit=1");
  assertEquals(heard[0].alerts[0].sinceMs, 1_500);
  world.aheadMs = 700;
  await world.pass(ROUND_MS);
  assertEquals(heard[1].alerts[0].sinceMs, 1_700);
  await close();
});
