import { assertEquals } from "@std/assert";
import { MAX_CELLS } from "../../../../lib/common/limits.js";
import { HEARTBEAT_MS } from "../../../../lib/server/web/stream/chunks.ts";
import { EventReader, FakeWorld, serve, settle } from "../fakes.ts";

async function open(world: FakeWorld, search: string): Promise<EventReader> {
  return new EventReader(await serve(world).get(`/api/stream?${search}`));
}

/** The next event of cells. */
async function next(reader: EventReader) {
  for (;;) {
    const event = (await reader.next())!;
    if (event.event === "cells") return event.data;
  }
}

const cpu = (mean: number | null) => ({ mean, cores: [], iowait: 0, steal: 0 });

Deno.test("a stream of cells tells hosts, numbers and statuses, and later what is so once a second", async () => {
  const world = new FakeWorld();
  for (
    const [name, mean, role] of [["a", 89.6, "db"], ["b", null, "web"], ["c", 4, "db"]] as const
  ) {
    world.send({ id: name, host: name, interval: 1_000, cpu: cpu(mean), tags: { role } });
  }
  const reader = await open(world, "cells=cpu&group=role&open=");
  const first = await next(reader);
  assertEquals([first.metric, first.matched, first.hostsPerCell], ["cpu", 3, 1]);
  assertEquals([first.ids, first.names], [["a", "c", "b"], ["a", "c", "b"]]);
  assertEquals([first.values, first.statuses], [[90, 4, null], "000"]);
  assertEquals(
    first.groups.map(({ value, hosts }: { value: string; hosts: number }) => [value, hosts]),
    [
      ["db", 2],
      ["web", 1],
    ],
  );
  world.send({ id: "c", host: "c", interval: 1_000, cpu: cpu(50), tags: { role: "db" } });
  await settle();
  await world.pass(HEARTBEAT_MS);
  const second = await next(reader);
  assertEquals([second.ids, second.names, second.values], [null, null, [90, 50, null]]);
  world.send({ id: "c", host: "d", interval: 1_000, cpu: cpu(50), tags: { role: "db" } });
  await settle();
  await world.pass(HEARTBEAT_MS);
  assertEquals((await next(reader)).names, ["a", "d", "b"], "a host has another name");
  await reader.close();
});

Deno.test("a stream of cells is of shares alone, and of nothing else at the same time", async () => {
  const world = new FakeWorld();
  for (const search of ["cells=load1", "cells=name", "cells="]) {
    const response = await serve(world).get(`/api/stream?${search}`);
    assertEquals(response.status, 400);
    await response.body?.cancel();
  }
});

Deno.test("a cell stands for several hosts where there are more than cells: their worst", async () => {
  const world = new FakeWorld({ maxHosts: 2 * MAX_CELLS });
  for (let n = 0; n < MAX_CELLS + 10; n++) {
    const name = `h-${String(n).padStart(6, "0")}`;
    world.send({ id: name, host: name, interval: 60_000, cpu: cpu(n === 3 ? 80 : 1) });
  }
  const reader = await open(world, "cells=cpu&sort=name");
  const { ids, hostsPerCell, values, statuses } = await next(reader);
  assertEquals([hostsPerCell, ids.length, statuses.length], [2, (MAX_CELLS + 10) / 2, ids.length]);
  assertEquals([ids[1], values[0], values[1]], ["h-000002", 1, 80]);
  await reader.close();
});
