/** The destinations of ALERTS.md, against what the documents of the services say. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { parse } from "yaml";
import fixtures from "../fixtures/destinations.json" with { type: "json" };
import type { Notice } from "../../lib/server/alerts/notice.ts";
import { DeliveryError, type HttpRequest } from "../../lib/server/outlets/destination.ts";
import { openHttp } from "../../lib/server/outlets/http.ts";
import { readDestination } from "../../lib/server/outlets/read.ts";
import { fakeSurroundings, NEVER, notice, noticeHost, NOW_MS } from "../server/outlets/fakes.ts";
import { readDocument, test } from "./documents.ts";

/** An answer, as a service documents it. */
interface Answer {
  readonly status: number;
  readonly body: string;
  readonly retryAfterMs?: number;
}

/** One service: a request and answers of its documentation. */
interface Service {
  readonly request: unknown;
  readonly taken: Answer;
  readonly refused: Answer;
  readonly busy?: Answer;
}

const SERVICES: Readonly<Record<string, Service>> = fixtures;
const TOKEN = "t0kenOfTheService";
const PAGE = "https://pulso.example/";

/** What the document has below the mark of a destination: its name, and its fields. */
function documented(kind: string): readonly [name: string, fields: unknown] {
  const pattern = new RegExp(`<!-- destination: ${kind} -->\\n+\`\`\`yaml\\n([^]*?)\\n\`\`\``);
  return Object.entries(parse(pattern.exec(readDocument("docs/ALERTS.md"))![1]!))[0]!;
}

/** A destination of the document, and what it asks for; a service answers it. */
function open(kind: string, answer: Answer = { status: 200, body: "" }) {
  const requests: HttpRequest[] = [];
  const secrets = new Proxy({}, {
    get: (_, name) =>
      `${String(name)}`.endsWith(".url") ? `https://${kind}.example/${TOKEN}` : TOKEN,
  });
  const { surroundings } = fakeSurroundings(secrets, PAGE);
  const request = (url: URL, init: RequestInit) => {
    requests.push({ url, ...init } as unknown as HttpRequest);
    const { status, body } = answer;
    return Promise.resolve(new Response(status === 204 ? null : body, { status }));
  };
  const http = openHttp({ request, wallMs: () => NOW_MS, schedule: () => () => {} });
  const [name, fields] = documented(kind);
  return { ...{ requests }, destination: readDestination(name, fields, { ...surroundings, http }) };
}

/** Text that is markup, a mention, a command or the end of something, wherever that is possible. */
const HOSTILE =
  `<!channel> @here @everyone <b>*x*</b> [a](http://e) \`\`\`\n\r\n"},{"x":1 {{token}} \u202e`;

const hostile = (what: Notice["what"]) =>
  notice({ what, text: HOSTILE, hosts: [noticeHost(HOSTILE, { key: HOSTILE })] });

/** Where a body has what a documented one has not, or of another type. */
function strangersOf(actual: unknown, expected: unknown, path: string): string[] {
  if (typeof actual !== typeof expected || Array.isArray(actual) !== Array.isArray(expected)) {
    return [path];
  }
  if (actual === null || typeof actual !== "object") return [];
  return Object.entries(actual).flatMap(([key, value]) => {
    const known = expected as Record<string, unknown>;
    // A list of one kind of things.
    const other = Array.isArray(known) ? known[0] : known[key];
    return strangersOf(value, other, `${path}.${key}`);
  });
}

for (const [kind, { request, taken, refused, busy }] of Object.entries(SERVICES)) {
  test(`ALERTS.md tells ${kind} what its documentation asks for`, async () => {
    const { destination, requests } = open(kind, taken);
    for (const what of ["fired", "recovered"] as const) {
      await destination.send([hostile(what)], NEVER);
    }
    for (const { body, url, headers } of requests) {
      const told = JSON.parse(body!);
      assertEquals(strangersOf(told, request, kind), []);
      assertEquals(url.protocol, "https:");
      assertEquals(headers!["content-type"], "application/json");
      // Nothing breaks a line that is not ours to break, and nothing is invisible.
      // deno-lint-ignore no-control-regex
      assert(!/[\u0000-\u0009\u000b-\u001f\u202e]/.test(Object.values(told).join()));
    }
    assertEquals(requests.length, 2);
  });

  test(`ALERTS.md understands the answers of ${kind}`, async () => {
    const send = (answer: Answer) =>
      assertRejects(() => open(kind, answer).destination.send([notice()], NEVER), DeliveryError);
    assertEquals((await send(refused)).isFinal, true);
    if (busy === undefined) return;
    const { isFinal, retryAfterMs } = await send(busy);
    assertEquals([isFinal, retryAfterMs], [false, busy.retryAfterMs]);
  });
}

/** The first request of a destination that tells something hostile. */
async function first(kind: string, what: Notice["what"] = "fired") {
  const { destination, requests } = open(kind);
  await destination.send([hostile(what)], NEVER);
  const [{ url, method, headers, body }] = requests as [HttpRequest];
  return { url: url.href, method, headers: headers!, body: JSON.parse(body!) };
}

test("ALERTS.md has no markup and no mention for what hosts say", async () => {
  assertEquals(/[<>]/.test((await first("slack")).body.text), false);
  for (const [kind, field] of [["mattermost", "text"], ["discord", "content"]] as const) {
    const text: string = (await first(kind)).body[field];
    assertEquals(text.split("```").length, 3, kind);
    assertEquals([text.startsWith("```\n"), text.endsWith("\n```")], [true, true]);
  }
  assertEquals((await first("discord")).body.allowed_mentions, { parse: [] });
  assertEquals((await first("matrix")).body["m.mentions"], {});
  assertEquals(Object.hasOwn((await first("telegram")).body, "parse_mode"), false);
});

test("ALERTS.md puts each secret where its service looks for it", async () => {
  const telegram = await first("telegram");
  assertEquals(telegram.url, `https://api.telegram.org/bot${TOKEN}/sendMessage`);
  const matrix = await first("matrix");
  assertEquals(matrix.method, "PUT");
  assertEquals(matrix.headers.authorization, `Bearer ${TOKEN}`);
  assert(/\/rooms\/%21abc:matrix\.example\/send\/m\.room\.message\/pulso-[\w-]+$/.test(matrix.url));
  assertEquals((await first("pagerduty")).body.routing_key, TOKEN);
  assertEquals((await first("opsgenie")).headers.authorization, `GenieKey ${TOKEN}`);
  assertEquals((await first("ntfy")).headers.authorization, `Bearer ${TOKEN}`);
});

test("ALERTS.md ends with a recovery what it began, in services that keep alerts", async () => {
  const [fired, recovered] = [await first("pagerduty"), await first("pagerduty", "recovered")];
  assertEquals([fired.body.event_action, recovered.body.event_action], ["trigger", "resolve"]);
  assertEquals(fired.body.dedup_key, recovered.body.dedup_key);
  assert(["critical", "error", "warning", "info"].includes(fired.body.payload.severity));
  const [opened, closed] = [await first("opsgenie"), await first("opsgenie", "recovered")];
  const alias = new URL(closed.url).pathname.split("/")[3]!;
  assertEquals(decodeURIComponent(alias), opened.body.alias);
  assertEquals(opened.body.message.length <= 130, true);
});

test("ALERTS.md has the JSON of a webhook as it is", async () => {
  const [, example] = /<!-- webhook: json -->\n+```json\n([^]*?)\n```/.exec(
    readDocument("docs/ALERTS.md"),
  )!;
  const expected = JSON.parse(example!);
  const { destination, requests } = open("webhook");
  const [{ hosts: [{ id, url: _, ...host }], ...about }] = expected.notices;
  await destination.send([{ ...about, hosts: [{ key: id, ...host }] }], NEVER);
  assertEquals(JSON.parse(requests[0]!.body!), expected);
});

test("ALERTS.md has destinations that can be read, each of its kind", () => {
  for (const kind of ["alertmanager", "mail"]) {
    assert(open(kind).destination.where.startsWith(kind === "mail" ? "smtp" : kind));
  }
});
