import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ASSETS } from "../../../../lib/server/web/assets.ts";
import {
  Connection,
  HEAD_TIMEOUT_MS,
  IDLE_TIMEOUT_MS,
  LINGER_MS,
  WRITE_TIMEOUT_MS,
} from "../../../../lib/server/web/http/connection.ts";
import { HttpError } from "../../../../lib/server/web/http/response.ts";
import { MAX_STREAMS } from "../../../../lib/server/web/guard.ts";
import { MAX_HEAD_BYTES } from "../../../../lib/server/web/http/request.ts";
import { FakeWorld, serve, settle, START_MS } from "../fakes.ts";
import { FakeWire } from "../wire.ts";

/** A connection to a server of one host. */
class Scene {
  readonly world = new FakeWorld();
  readonly wire = new FakeWire();
  readonly handler = serve(this.world).handler;
  readonly connection: Connection;
  /** Whether it waits for its client, each time that it was told. */
  readonly waits: boolean[] = [];
  hasEnded = false;

  constructor(handle = (request: Request) => this.handler.handle(request)) {
    this.world.send({ id: "a" });
    const answerError = (error: unknown) => this.handler.answerError(error);
    const context = {
      ...this.world.context,
      handler: { handle, answerError },
      origin: "http://127.0.0.1:8080",
    };
    this.connection = new Connection(this.wire, context, (isWaiting) => {
      this.waits.push(isWaiting);
    });
  }

  async open(): Promise<this> {
    this.connection.serve().then(() => this.hasEnded = true);
    await settle();
    return this;
  }

  /** What the server said since it was asked last. */
  said(): string {
    const { text } = this.wire;
    this.wire.text = "";
    return text;
  }

  get remainingMs(): number {
    return this.connection.deadlineMs - this.world.nowMs;
  }
}

const ETAG = ASSETS.get("base.css")!.etag;
const get = (path: string, more = "") => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`;
const statuses = (text: string) => Array.from(text.matchAll(/HTTP\/1\.1 (\d+)/g), ([, s]) => +s!);

Deno.test("a connection answers request after request, and closes when the client does", async () => {
  const scene = await new Scene().open();
  for (const path of ["/healthz", "/nothing", "/healthz"]) {
    await scene.wire.say(get(path));
    assertEquals(statuses(scene.said()), [path === "/healthz" ? 200 : 404]);
  }
  assertEquals(scene.waits, [true, false, false, true, false, false, true, false, false, true]);
  await scene.wire.say(null);
  assertEquals([scene.hasEnded, scene.wire.isClosed, scene.said()], [true, true, ""]);
  assertEquals(scene.world.faults, []);
});

Deno.test("a connection frames an answer as its client understands it", async (t) => {
  const cases: [name: string, request: string, head: RegExp, rest: RegExp][] = [
    ["length", get("/healthz"), /\r\ncontent-length: 15\r\n/, /^\{"status":"ok"\}$/],
    [
      "chunks",
      get("/api/fleet"),
      /\r\ntransfer-encoding: chunked\r\n/,
      /^[\da-f]+\r\n\{[^]*\r\n0\r\n\r\n$/,
    ],
    ["HTTP/1.0", "GET /api/fleet HTTP/1.0\r\n\r\n", /\r\nconnection: close\r\n/, /^\{[^]*\}$/],
    ["HEAD", get("/api/fleet").replace("GET", "HEAD"), /\r\n\r\n$/, /^$/],
    [
      "HEAD with a length",
      get("/healthz").replace("GET", "HEAD"),
      /\r\ncontent-length: 15\r\n/,
      /^$/,
    ],
    [
      "not modified",
      get("/assets/base.css", `If-None-Match: ${ETAG}\r\n`),
      /304 Not Modified/,
      /^$/,
    ],
    ["close", get("/healthz", "Connection: close\r\n"), /\r\nconnection: close\r\n/, /^\{[^]*\}$/],
  ];
  for (const [name, request, head, rest] of cases) {
    await t.step(name, async () => {
      const scene = await new Scene().open();
      await scene.wire.say(request);
      const text = scene.said();
      const end = text.indexOf("\r\n\r\n") + 4;
      assertMatch(text.slice(0, end), head);
      assertMatch(text.slice(0, end), /\r\ndate: Mon, 23 Nov 2026 14:08:30 GMT\r\n/);
      assertMatch(text.slice(end), rest);
      const isLast = text.includes("connection: close");
      assertEquals(scene.wire.isFinished, isLast);
    });
  }
});

Deno.test("a connection takes a request in any pieces, and several at once", async () => {
  const scene = await new Scene().open();
  for (const character of get("/healthz")) await scene.wire.say(character);
  assertEquals(statuses(scene.said()), [200]);
  const { pauses } = scene.world;
  await scene.wire.say(`${get("/healthz").repeat(3)}\r\n${get("/nothing")}GET /he`);
  await scene.wire.say(`althz HTTP/1.1\r\nHost: a\r\n\r\n`);
  assertEquals(statuses(scene.said()), [200, 200, 200, 404, 200]);
  // Each after the first has waited for its turn.
  assert(scene.world.pauses >= pauses + 4, `${scene.world.pauses - pauses} pauses`);
});

Deno.test("a connection refuses what is no request, and reads no other after it", async (t) => {
  const cases: [name: string, request: string, status: number][] = [
    ["TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400],
    ["garbage", "\xff\x00\xfe", 400],
    ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505],
    ["a long URL", `GET /${"x".repeat(MAX_HEAD_BYTES)}`, 414],
    ["a long head", get("/", `X: ${"x".repeat(MAX_HEAD_BYTES)}\r\n`), 431],
    ["many headers", get("/", "X: y\r\n".repeat(1_000)), 431],
    ["CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 405],
    ["TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405],
    ["POST with a body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\nabc", 405],
    ["two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400],
  ];
  for (const [name, request, status] of cases) {
    await t.step(name, async () => {
      const scene = await new Scene().open();
      await scene.wire.say(request);
      await scene.wire.say(get("/healthz"));
      const text = scene.said();
      assertEquals(statuses(text), [status]);
      assertStringIncludes(text, "content-security-policy");
      assertStringIncludes(text, "\r\nconnection: close\r\n");
      assertEquals([scene.wire.isFinished, scene.hasEnded], [true, false]);
      await scene.wire.say(null);
      assertEquals([scene.hasEnded, scene.world.faults], [true, []]);
    });
  }
});

Deno.test("a connection reads on for a while after its last answer, and not for ever", async () => {
  const scene = await new Scene().open();
  await scene.wire.say(get("/healthz", "Content-Length: 900000\r\n"));
  assertEquals(statuses(scene.said()), [200]);
  let sent = 0;
  while (!scene.wire.isClosed && sent < 900_000) {
    await scene.wire.say("x".repeat(10_000));
    sent += 10_000;
  }
  assert(sent > 200_000 && sent < 300_000, `${sent} bytes`);
  assertEquals([scene.hasEnded, scene.said(), scene.world.faults], [true, "", []]);
});

Deno.test("a connection answers once where a body follows, whatever stands in it", async (t) => {
  const smuggled = get("/nothing");
  for (
    const headers of [
      `Content-Length: ${smuggled.length}\r\n`,
      "Transfer-Encoding: chunked\r\n",
      "Expect: 100-continue\r\nContent-Length: 5\r\n",
    ]
  ) {
    await t.step(JSON.stringify(headers), async () => {
      const scene = await new Scene().open();
      await scene.wire.say(get("/healthz", headers) + smuggled);
      const text = scene.said();
      assertEquals(statuses(text), [200]);
      assertStringIncludes(text, "\r\nconnection: close\r\n");
    });
  }
});

Deno.test("a client that sends too slowly or nothing passes its deadline", async () => {
  const scene = await new Scene().open();
  assertEquals(scene.remainingMs, HEAD_TIMEOUT_MS);
  await scene.world.pass(1_000);
  await scene.wire.say("GET / HT");
  assertEquals(scene.remainingMs, HEAD_TIMEOUT_MS);
  await scene.world.pass(1_000);
  await scene.wire.say("TP/1.1\r\nHost: a\r\n");
  assertEquals(scene.remainingMs, HEAD_TIMEOUT_MS - 1_000, "more bytes give no more time");
  await scene.wire.say("\r\n");
  assertEquals(scene.remainingMs, IDLE_TIMEOUT_MS);
  await scene.wire.say("G");
  assertEquals(scene.remainingMs, HEAD_TIMEOUT_MS);
});

Deno.test("a client that takes nothing passes its deadline, and one that waits for news does not", async () => {
  const scene = await new Scene().open();
  await scene.wire.say(get("/api/stream"));
  assertEquals([scene.connection.deadlineMs, scene.waits.at(-1)], [Infinity, false]);
  scene.wire.isStuck = true;
  await scene.world.pass(1_000);
  assert(scene.remainingMs <= WRITE_TIMEOUT_MS, `${scene.remainingMs} ms`);
  scene.connection.close();
  await settle();
  assertEquals(scene.hasEnded, true);
});

Deno.test("a stream's place is free again when its client has gone", async (t) => {
  const ways: [name: string, go: (scene: Scene) => void | Promise<void>][] = [
    ["reset while nothing is sent", (scene) => scene.wire.reset()],
    ["cut off", (scene) => scene.connection.close()],
    ["stuck, then cut off", async (scene) => {
      scene.wire.isStuck = true;
      await scene.world.pass(1_000);
      scene.connection.close();
    }],
    ["closed for writing, and no write succeeds", async (scene) => {
      await scene.wire.say(null);
      scene.wire.write = () => Promise.reject(new Error("Broken pipe"));
      await scene.world.pass(1_000);
    }],
  ];
  for (const [name, go] of ways) {
    await t.step(name, async () => {
      const scene = await new Scene().open();
      await scene.wire.say(get("/api/stream"));
      await go(scene);
      await settle();
      assertEquals([scene.hasEnded, scene.wire.isClosed], [true, true]);
      // All places but those of others.
      for (let n = 0; n < MAX_STREAMS; n++) {
        const request = new Request("http://127.0.0.1:8080/api/stream");
        assertEquals((await scene.handler.handle(request)).status, 200, `${n}`);
      }
      assertEquals(scene.world.faults, []);
    });
  }
});

Deno.test("an answer that nobody waits for any more is given up", async () => {
  const answer = Promise.withResolvers<Response>();
  const scene = await new Scene(() => answer.promise).open();
  await scene.wire.say(get("/slow"));
  let isCancelled = false;
  const pull = (controller: ReadableStreamDefaultController) => {
    controller.enqueue(new Uint8Array(5));
  };
  scene.connection.close();
  answer.resolve(
    new Response(new ReadableStream({ pull, cancel: () => void (isCancelled = true) })),
  );
  await settle();
  assertEquals([isCancelled, scene.hasEnded, scene.wire.text], [true, true, ""]);
});

Deno.test("a body that fails ends the connection short of its end, and is told as a fault", async () => {
  const scene = await new Scene(() => {
    const pull = () => Promise.reject(new Error("broken"));
    return Promise.resolve(new Response(new ReadableStream({ pull }, { highWaterMark: 0 })));
  }).open();
  await scene.wire.say(get("/broken"));
  assertEquals([scene.hasEnded, scene.wire.isClosed], [true, true]);
  assert(!scene.wire.text.includes("\r\n0\r\n"));
  assertEquals(scene.world.faults.map(String), ["Error: broken"]);
});

Deno.test("a connection writes a small piece at once with its frame, and takes pieces as they are taken", async () => {
  const pieces = [5, 20_000, 200_000, 5].map((size) => new Uint8Array(size).fill(0x61));
  let pulled = 0;
  const scene = await new Scene(() => {
    const body = new ReadableStream({
      pull: (controller) => {
        if (pulled === pieces.length) return controller.close();
        controller.enqueue(pieces[pulled++]);
      },
    }, { highWaterMark: 0 });
    return Promise.resolve(new Response(body));
  }).open();
  scene.wire.isStuck = true;
  await scene.wire.say(get("/"));
  assertEquals([pulled, scene.wire.writes], [1, 1], "one piece, with the head");
  scene.connection.close();
  await settle();

  pulled = 0;
  const other = await new Scene(() => {
    return Promise.resolve(new Response(ReadableStream.from(pieces)));
  }).open();
  await other.wire.say(get("/"));
  const body = other.wire.text.slice(other.wire.text.indexOf("\r\n\r\n") + 4);
  const expected = pieces.map(({ length }) =>
    `${length.toString(16)}\r\n${"a".repeat(length)}\r\n`
  );
  assert(body === `${expected.join("")}0\r\n\r\n`);
  // A small one with its frame, a longer one between its frames, and never more than 64 KiB at once.
  assertEquals([other.wire.writes, other.wire.longestWrite], [1 + 3 + (1 + 4 + 1) + 1 + 1, 65_536]);
});

Deno.test("Connection.end() closes one that waits at once, and another after its answer", async () => {
  const idle = await new Scene().open();
  idle.connection.end();
  await settle();
  assertEquals([idle.hasEnded, idle.wire.isClosed], [true, true]);
  const busy = await new Scene().open();
  await busy.wire.say(get("/api/stream"));
  busy.connection.end();
  assertEquals(busy.wire.isClosed, false);
  busy.handler.close();
  await settle();
  assertStringIncludes(busy.said(), "the server ends");
  assertEquals(busy.hasEnded, true);
});

Deno.test("Connection.refuse() says why, and gives the client a second to read it", async () => {
  const scene = new Scene();
  const refusal = new HttpError(503, "Cannot answer: full", { "retry-after": "1" });
  scene.connection.refuse(refusal).then(() => scene.hasEnded = true);
  await settle();
  const text = scene.said();
  assertEquals(statuses(text), [503]);
  assertStringIncludes(text, "\r\nretry-after: 1\r\n");
  assertEquals([scene.wire.isFinished, scene.wire.isClosed], [true, false]);
  assertEquals(scene.connection.deadlineMs, START_MS + LINGER_MS);
  await scene.wire.say(get("/healthz"));
  assertEquals(scene.said(), "");
  await scene.wire.say(null);
  assertEquals([scene.hasEnded, scene.wire.isClosed], [true, true]);
});
