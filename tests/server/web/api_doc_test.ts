import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { HISTORY_METRICS } from "../../../lib/server/fleet/past/history.ts";
import { SORT_COLUMNS } from "../../../lib/server/fleet/index/query.ts";
import { HOST_STATUSES } from "../../../lib/server/fleet/status.ts";
import { DROP_REASONS } from "../../../lib/server/fleet/totals.ts";
import { MAX_REQUESTS, MAX_STREAMS, MAX_URL_LENGTH } from "../../../lib/server/web/limits.ts";
import { MAX_WINDOW_ROWS } from "../../../lib/server/web/params.ts";
import { bytesOf, jsonOf } from "../../messages.ts";
import { EventReader, FakeWorld, serve } from "./fakes.ts";

const PATH = new URL("../../../docs/API.md", import.meta.url);
const MAY_READ = Deno.permissions.querySync({ name: "read", path: PATH }).state === "granted";

function test(name: string, fn: (doc: string, t: Deno.TestContext) => Promise<void> | void): void {
  Deno.test({
    name: `API.md: ${name} (needs --allow-read)`,
    ignore: !MAY_READ,
    // Without the spaces that align tables.
    fn: (t) => fn(Deno.readTextFileSync(PATH).replace(/(\S) +/g, "$1 "), t),
  });
}

/** The examples of the page: the path asked for, and the answer. */
function examplesOf(doc: string): [string, unknown][] {
  return Array.from(
    doc.matchAll(/<!-- example: (\S+) -->\n+```json\n([^]*?)\n```/g),
    ([, path, text]) => [path!, JSON.parse(text!)],
  );
}

/** The fleet of the examples: a host that is shown, one that is not, and a datagram that was dropped. */
function exampleWorld(doc: string): FakeWorld {
  const world = new FakeWorld();
  const answer = new Map(examplesOf(doc)).get("/api/hosts/Vn3kQ0f8Zr-1sYb7LxW2aA");
  const { message } = answer as { message: unknown };
  const from = (hostname: string) => ({ hostname, port: 40_312 });
  world.fleet.receive(jsonOf(message), from("192.0.2.7"), world.nowMs);
  world.nowMs += 1_000;
  world.fleet.receive(bytesOf('{"v":1,"host":"web-02","id":"b"}'), from("192.0.2.8"), world.nowMs);
  world.fleet.receive(bytesOf("{oops"), from("192.0.2.9"), world.nowMs);
  world.nowMs += 1_000;
  return world;
}

test("its examples are what the server answers", async (doc, t) => {
  const examples = examplesOf(doc);
  assertEquals(examples.length, 4);
  for (const [path, expected] of examples) {
    await t.step(path, async () => {
      assertEquals(await (await serve(exampleWorld(doc)).get(path)).json(), expected);
    });
  }
});

test("it names every field, value, reason and limit", async (doc) => {
  const { get } = serve(exampleWorld(doc));
  const fleet = await (await get("/api/fleet")).json();
  const host = await (await get("/api/hosts/Vn3kQ0f8Zr-1sYb7LxW2aA")).json();
  const words = [
    ...[fleet, fleet.totals, fleet.rows[0], host, host.delivery].flatMap(Object.keys),
    ...[...SORT_COLUMNS, ...HOST_STATUSES, ...HISTORY_METRICS, ...Object.keys(DROP_REASONS)],
  ];
  const described = doc.replace(/```[^]*?```/g, "");
  for (const word of words) assert(described.includes(`\`${word}\``), word);
  for (const limit of [MAX_REQUESTS, MAX_STREAMS, MAX_URL_LENGTH, MAX_WINDOW_ROWS]) {
    assertStringIncludes(described, String(limit));
  }
});

test("it names every event and its data", async (doc) => {
  const { get } = serve(exampleWorld(doc));
  const paths = [
    ...["/api/stream", "/api/stream?since=1795442910170-1"],
    ...["/api/stream?limit=1", "/api/stream?host=?"],
  ];
  for (const path of paths) {
    const reader = new EventReader(await get(path));
    const { event, data } = (await reader.next())!;
    assertStringIncludes(doc, `| \`${event}\` | \`{ ${Object.keys(data).join(", ")} }\``);
    await reader.close();
  }
});
