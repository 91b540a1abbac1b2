import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { CAUSES } from "../../../lib/server/store/stretches.ts";
import { SELECTING_PARAMETERS } from "../../../lib/server/web/api/compare.ts";
import { HISTORY_METRICS, MAX_POINTS } from "../../../lib/server/fleet/past/points.ts";
import { STOCK } from "../../../lib/server/alerts/stock.ts";
import { SORT_COLUMNS } from "../../../lib/common/columns.ts";
import { DROP_REASONS, HOST_STATUSES } from "../../../lib/common/status.js";
import { MAX_WINDOW_ROWS } from "../../../lib/common/limits.js";
import {
  MAX_REQUESTS,
  MAX_SCRAPES,
  MAX_STREAMS,
  MAX_URL_LENGTH,
} from "../../../lib/server/web/guard.ts";
import { bytesOf, jsonOf } from "../../messages.ts";
import {
  Connection,
  HEAD_TIMEOUT_MS,
  IDLE_TIMEOUT_MS,
  WRITE_TIMEOUT_MS,
} from "../../../lib/server/web/http/connection.ts";
import {
  Admission,
  Connections,
  MAX_CONNECTIONS,
  MAX_CONNECTIONS_PER_ADDRESS,
} from "../../../lib/server/web/http/connections.ts";
import { MAX_HEAD_BYTES, MAX_HEADERS } from "../../../lib/server/web/http/request.ts";
import { MAX_SILENCE_MS, MAX_WAITING_BYTES } from "../../../lib/server/web/stream/client.ts";
import { EventReader, FakeWorld, OPEN, serve, settle } from "./fakes.ts";
import { FakeWire } from "./wire.ts";

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
  const rule = STOCK.find(({ id }) => id === "cpu")!;
  const key = "Vn3kQ0f8Zr-1sYb7LxW2aA";
  world.standing = [
    {
      rule,
      key,
      sinceMs: world.nowMs - 1_000,
      value: 99.1,
      isFlapping: false,
      isMuted: false,
    },
  ];
  world.destinations = [{
    ...{ name: "chat", where: "webhook https://chat.example", waiting: 0, sent: 7, retried: 2 },
    ...{ givenUp: 0, lastError: null },
  }];
  return world;
}

test("its examples are what the server answers", async (doc, t) => {
  const examples = examplesOf(doc);
  assertEquals(examples.length, 7);
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
  const alerts = await (await get("/api/alerts")).json();
  const words = [
    ...[alerts, alerts.alerts[0], alerts.destinations[0]].flatMap(Object.keys),
    ...[fleet, fleet.totals, fleet.rows[0], host, host.delivery].flatMap(Object.keys),
    ...[...SORT_COLUMNS, ...HOST_STATUSES, ...HISTORY_METRICS, ...Object.keys(DROP_REASONS)],
  ];
  const described = doc.replace(/```[^]*?```/g, "");
  for (const word of words) assert(described.includes(`\`${word}\``), word);
  for (const limit of [MAX_REQUESTS, MAX_STREAMS, MAX_URL_LENGTH, MAX_WINDOW_ROWS]) {
    assertStringIncludes(described, String(limit));
  }
});

test("it tells how hosts are compared, and what each is told with", async (doc) => {
  const world = exampleWorld(doc);
  const answer = await (await serve(world).get("/api/history?metric=cpu&top=1")).json();
  const [host] = answer.hosts;
  assertStringIncludes(doc, `\`{ ${Object.keys(host).join(", ")} }\``);
  assertStringIncludes(doc, "`{ fromMs, toMs, cause }`");
  const words = [...Object.keys(answer), ...SELECTING_PARAMETERS, ...CAUSES, "way", "unheard"];
  for (const word of words) assertStringIncludes(doc, `\`${word}\``);
  const { get } = serve(world);
  const path = "/api/forget?host=Vn3kQ0f8Zr-1sYb7LxW2aA";
  const response = await get(path, { "x-requested-with": "test" }, "POST");
  // Without a store it has no history.
  assertStringIncludes(doc, (await response.json()).text);
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
    const all = new EventReader(await get(path), true);
    let next = await all.next();
    while (next!.event !== "alerts") next = await all.next();
    assertStringIncludes(doc, `| \`alerts\` | \`{ ${Object.keys(next!.data).join(", ")} }\``);
    await all.close();
  }
});

/** The rows of a table below a heading, cell by cell; an empty first cell is that of the row above. */
function rowsBelow(doc: string, heading: string): readonly (readonly string[])[] {
  const section = doc.split(`\n${heading}\n`)[1]!.split(/\n## /)[0]!;
  let first = "";
  return Array.from(section.matchAll(/^\|(.*)\|$/gm), ([, row]) => {
    const [name, ...cells] = row!.split("|").map((cell) => cell.trim());
    first = name! || first;
    return [first, ...cells];
  });
}

const TOKEN = "correct-horse-battery-staple";
const RAW_HOST = "host: 127.0.0.1:8080\r\n";

/** All that a connection answers to these bytes, to its end. */
async function answerTo(request: string, world = new FakeWorld()): Promise<string> {
  const wire = new FakeWire();
  const context = { ...world.context, handler: serve(world).handler, origin: "http://h" };
  const serving = new Connection(wire, context, () => {}).serve();
  await wire.say(request);
  await wire.say(null);
  await serving;
  return wire.text;
}

async function raw(request: string): Promise<[number, string]> {
  const text = await answerTo(request);
  return [Number(text.split(" ")[1]), JSON.parse(text.split("\r\n\r\n")[1]!).error];
}

async function errorOf(answer: Promise<Response> | Response): Promise<[number, string]> {
  const response = await answer;
  return [response.status, (await response.json()).error];
}

/** What is answered once so many answers are under way. */
async function beyond(path: string, places: number): Promise<[number, string]> {
  const { get } = serve(exampleWorld(readDoc()));
  const taken = [];
  for (let n = 0; n < places; n++) taken.push(await get(path));
  const error = await errorOf(get(path));
  for (const { body } of taken) await body!.cancel();
  return error;
}

const readDoc = () => Deno.readTextFileSync(PATH);

/** The answer to one connection more than there may be. */
async function beyondConnections(): Promise<[number, string]> {
  const world = new FakeWorld();
  const connections = new Connections({
    ...{ ...world.context, handler: serve(world).handler, origin: "http://h", onLimit: () => {} },
  }, new Admission([]));
  // Each is in the middle of an answer that it does not take, and so waits for nothing.
  for (let n = 0; n < MAX_CONNECTIONS; n++) {
    const wire = new FakeWire();
    wire.isStuck = true;
    connections.take(wire, "127.0.0.1");
    await wire.say(`GET /healthz HTTP/1.1\r\n${RAW_HOST}\r\n`);
  }
  const wire = new FakeWire();
  connections.take(wire, "127.0.0.1");
  await settle();
  connections.close();
  return [Number(wire.text.split(" ")[1]), JSON.parse(wire.text.split("\r\n\r\n")[1]!).error];
}

/** Each error of the page, provoked. */
function provoked(): readonly Promise<[number, string]>[] {
  const open = serve(new FakeWorld());
  const closed = serve(new FakeWorld(), { ...OPEN, token: TOKEN });
  const known = new FakeWorld();
  known.send({ id: "a" });
  const broken = new FakeWorld();
  Object.assign(broken.fleet, { totals: () => assert(false) });
  return [
    errorOf(open.get("/api/fleet?limits=1")),
    errorOf(open.get("/api/fleet?limit=0")),
    errorOf(open.get(`/api/fleet?q=${"a".repeat(257)}`)),
    errorOf(open.get("/api/history?top=3")),
    errorOf(open.get("/api/hosts/%ff")),
    errorOf(open.get("/", { host: "a b" })),
    raw("\x16\x03\x01 hello\r\n\r\n"),
    errorOf(closed.get("/api/fleet")),
    errorOf(closed.get("/api/fleet", { authorization: "Bearer wrong" })),
    errorOf(open.get("/", { host: "evil.example" })),
    errorOf(open.get("/", { "sec-fetch-site": "cross-site" })),
    errorOf(open.get("/nowhere")),
    errorOf(open.get("/api/hosts/nobody")),
    errorOf(serve(known).get("/api/hosts/a/history?points=3")),
    errorOf(open.get("/", {}, "POST")),
    errorOf(open.get(`/${"a".repeat(MAX_URL_LENGTH)}`)),
    raw(`GET /${"a".repeat(17_000)}`),
    beyond("/api/stream", MAX_STREAMS),
    raw(`GET / HTTP/1.1\r\n${RAW_HOST}a: ${"a".repeat(17_000)}`),
    raw(`GET / HTTP/1.1\r\n${RAW_HOST}${"a: b\r\n".repeat(100)}\r\n`),
    errorOf(serve(broken).get("/api/fleet")),
    beyond("/api/fleet", MAX_REQUESTS),
    beyond("/metrics", MAX_SCRAPES),
    beyondConnections(),
    raw("GET / HTTP/2.0\r\n\r\n"),
  ];
}

test("its table of errors has every status and text, in the order in which they are provoked here", async (doc) => {
  const rows = rowsBelow(doc, "## Errors").slice(2)
    .map(([status, , error]) => [Number(status), error!.replace(/`/g, "")] as const);
  const answers = await Promise.all(provoked());
  assertEquals(answers.length, rows.length);
  for (const [at, [status, error]] of answers.entries()) {
    assertEquals(status, rows[at]![0], error);
    const pattern = rows[at]![1].replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll("…", ".+");
    assert(new RegExp(`^${pattern}$`).test(error), `${error} is not ${rows[at]![1]}`);
  }
});

test("it tells the range of every parameter", async (doc, t) => {
  const { get } = serve(exampleWorld(doc));
  const host = "/api/hosts/Vn3kQ0f8Zr-1sYb7LxW2aA";
  const cases = [
    ...[["/api/fleet", "limit"], ["/api/fleet", "offset"], ["/api/stream", "limit"]],
    [`${host}/history`, "since"],
  ] as const;
  for (const [path, name] of cases) {
    await t.step(`${path} ${name}`, async () => {
      const [, error] = await errorOf(get(`${path}?${name}=-1`));
      const [, range] = /from (\d+ to \d+);/.exec(error)!;
      const rows = doc.split("\n").filter((line) =>
        line.startsWith("| ") && line.includes(`\`${name}\``)
      );
      assert(rows.some((line) => line.includes(range!)), range);
    });
  }
  for (const name of ["length", "words"]) {
    const text = name === "length"
      ? "a".repeat(257)
      : Array.from({ length: 17 }, (_, n) => n).join("+");
    const [, error] = await errorOf(get(`/api/fleet?q=${text}`));
    const [limit] = /\d+ (characters|words)/.exec(error)!;
    assertStringIncludes(doc, limit);
  }
});

test("it tells which paths ignore parameters, and which of a stream go together", async (doc) => {
  const { get } = serve(exampleWorld(doc));
  const [, ignoring] = /^((?:`[^`]+`,?\s(?:and )?)+)ignore any\s+parameter/m.exec(doc)!;
  for (const [, path] of ignoring!.matchAll(/`([^`]+)`/g)) {
    const answer = await get(`${path!.replace("{id}", "x").replace("{name}", "icon.svg")}?x=1`);
    assertEquals(answer.status, 200, path);
    await answer.body?.cancel();
  }
  for (const path of ["/metrics", "/api/fleet", "/api/hosts/a", "/api/hosts/a/history"]) {
    assertEquals((await errorOf(get(`${path}?x=1`)))[0], 400, path);
  }
  for (const parameter of ["host=a", "since=1-1"]) {
    assertEquals((await errorOf(get(`/api/stream?sort=cpu&${parameter}`)))[0], 400, parameter);
  }
  const events = [["since=nonsense", "snapshot"], ["host=b&since=1-1", "host"]];
  for (const [parameters, event] of events) {
    const reader = new EventReader(await get(`/api/stream?${parameters}`));
    assertEquals((await reader.next())!.event, event);
    await reader.close();
  }
});

test("every stream begins with the pause that it tells", async (doc) => {
  const { get } = serve(exampleWorld(doc));
  for (const path of ["/api/stream", "/api/stream?limit=1", "/api/stream?host=b"]) {
    const reader = (await get(path)).body!.getReader();
    const first = new TextDecoder().decode((await reader.read()).value);
    await reader.cancel();
    assertStringIncludes(doc, `begins with \`${first.trim()}\``);
  }
});

test("it tells what is absent, null or empty in a message and a row", async () => {
  const world = new FakeWorld();
  world.send({ id: "a", cpu: { mean: 1 }, disk: {} });
  const { row, message } = await (await serve(world).get("/api/hosts/a")).json();
  assertEquals(row.coresPercent, []);
  assertEquals(message.cpu, { mean: 1, cores: [], iowait: null, steal: null });
  assertEquals(message.disk, { read: null, write: null, volumes: [] });
  assertEquals("memory" in message || "bye" in message, false);
});

test("it tells after how many datagrams an id is known to be shared", async (doc) => {
  const world = new FakeWorld();
  const { get } = serve(world);
  const isShared = async () => (await (await get("/api/hosts/a")).json()).row.sharedWith !== null;
  const send = (session: string, seq: number) => {
    world.nowMs += 1_000;
    world.send({ id: "a", session, seq, time: world.nowMs });
  };
  let count = 0;
  do send(++count % 2 === 0 ? "even" : "odd", Math.ceil(count / 2)); while (!await isShared());
  assertStringIncludes(doc, `at datagram ${count} of two agents`);
});

test("it tells the limits of connections, streams and pasts", (doc) => {
  const limits = [
    `| connections in all | ${MAX_CONNECTIONS} |`,
    `IPv6 /64 | ${MAX_CONNECTIONS_PER_ADDRESS} |`,
    `| ${MAX_HEAD_BYTES / 1_024} KiB, ${MAX_HEADERS} headers, ${HEAD_TIMEOUT_MS / 1_000} s |`,
    `| time between two requests | ${IDLE_TIMEOUT_MS / 1_000} s |`,
    `| ${WRITE_TIMEOUT_MS / 1_000} s for up to`,
    `may have all ${MAX_CONNECTIONS}:`,
    `at most ${MAX_WAITING_BYTES / 2 ** 20} MiB`,
    `after ${MAX_SILENCE_MS / 1_000} s in which it took nothing`,
    `at most ${MAX_POINTS} points`,
  ];
  const text = doc.replace(/\s+/g, " ");
  assertEquals(limits.filter((limit) => !text.includes(limit)), []);
});

test("every answer says HTTP/1.1, and the requests that it names are the last of their connection", async () => {
  const next = `GET /healthz HTTP/1.1\r\n${RAW_HOST}\r\n`;
  const first = (version: string, headers = "") =>
    `GET /healthz HTTP/${version}\r\n${RAW_HOST}${headers}\r\n`;
  for (
    const [request, answers] of [
      [first("1.1"), 2],
      [first("1.0"), 1],
      [first("1.1", "Connection: close\r\n"), 1],
      [first("1.1", "Content-Length: 1\r\n"), 1],
    ] as const
  ) {
    const text = await answerTo(request + next);
    assertEquals(text.match(/HTTP\/\d\.\d \d+/g), Array(answers).fill("HTTP/1.1 200"), request);
  }
});

test("every answer has the headers that it names, and an error to HEAD nothing else", async (doc) => {
  const { get } = serve(new FakeWorld());
  const named = Array.from(
    doc.matchAll(/`(Content-Security|X-Content|Referrer|Cross-Origin)[\w-]+/g),
    ([name]) => name.slice(1),
  );
  assertEquals(named.length, 4);
  for (const path of ["/", "/nowhere", "/api/fleet", "/api/fleet?sort=x"]) {
    for (const method of ["GET", "HEAD"]) {
      const { headers, body } = await get(path, {}, method);
      assertEquals(named.filter((name) => !headers.has(name)), [], `${method} ${path}`);
      assertEquals(body === null, method === "HEAD");
      await body?.cancel();
    }
  }
});

test("a legacy message is told as it says", async (doc) => {
  const world = new FakeWorld();
  const body = { cpu: 12.5, memoria: [1] };
  world.fleet.receive(jsonOf(body), { hostname: "192.0.2.9", port: 1 }, world.nowMs);
  const { message } = await (await serve(world).get("/api/hosts/192.0.2.9")).json();
  assertStringIncludes(doc, JSON.stringify({ ...message, body: 0 }).replace("0}", "…}"));
  assertEquals(message.body, body);
});
