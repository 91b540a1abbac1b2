/** Requests against receivers of every kind, on loopback. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { DeliveryError } from "../../../lib/server/outlets/destination.ts";
import { openHttp, readRetryAfter } from "../../../lib/server/outlets/http.ts";
import { NEVER, NOW_MS } from "./fakes.ts";

const MAY_NET = Deno.permissions.querySync({ name: "net" }).state === "granted";
const SECRET = "xoxb-5f4dcc3b";

const surroundings = { request: fetch, wallMs: () => NOW_MS, schedule: () => () => {} };
const http = openHttp(surroundings);

/** A request to a path that is a secret. */
function request(port: number, signal = NEVER, http = openHttp(surroundings)) {
  const url = new URL(`http://127.0.0.1:${port}/hooks/${SECRET}`);
  return http({ url, method: "POST", headers: { "x-token": SECRET }, body: "{}", signal });
}

/** Runs a receiver of HTTP while a test needs it. */
async function withReceiver(
  handler: (request: Request) => Response | Promise<Response>,
  act: (port: number) => Promise<void>,
): Promise<void> {
  const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
  await using server = Deno.serve(options, handler);
  await act(server.addr.port);
}

/** Runs what takes connections and does as it likes with them. */
async function withSocket(
  act: (connection: Deno.Conn) => Promise<void>,
  then: (port: number) => Promise<void>,
): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const connection of listener) {
      await act(connection).catch(() => {});
      connection.close();
    }
  })();
  try {
    await then(listener.addr.port);
  } finally {
    listener.close();
    await serving.catch(() => {});
  }
}

function test(name: string, fn: (t: Deno.TestContext) => Promise<void>): void {
  Deno.test({ name: `${name} (needs --allow-net)`, ignore: !MAY_NET, fn });
}

test("Http sends what it is given, once, and takes any answer from 200 to 299", async () => {
  const seen: unknown[] = [];
  const handler = async (request: Request) => {
    const { method, url, headers } = request;
    seen.push([method, new URL(url).pathname, headers.get("x-token"), await request.text()]);
    return new Response("x".repeat(100_000), { status: 202 });
  };
  await withReceiver(handler, async (port) => await request(port));
  assertEquals(seen, [["POST", `/hooks/${SECRET}`, SECRET, "{}"]]);
});

test("Http tells what an answer means, in words without a secret", async (t) => {
  const cases: [string, Response, Partial<DeliveryError>][] = [
    ["refused", new Response("no_text\n", { status: 400 }), {
      ...{ message: "HTTP 400: no_text", isFinal: true, isOfContent: true },
    }],
    ["gone", new Response(null, { status: 410 }), { message: "HTTP 410", isFinal: true }],
    ["broken", new Response("oops\nmore", { status: 503 }), {
      ...{ message: "HTTP 503: oops", isFinal: false },
    }],
    ["too much", new Response("", { status: 429, headers: { "retry-after": "7" } }), {
      ...{ message: "HTTP 429", isFinal: false, retryAfterMs: 7_000 },
    }],
    [
      "too much, as Telegram says it",
      Response.json({
        ...{ ok: false, error_code: 429, parameters: { retry_after: 5 } },
      }, { status: 429 }),
      { isFinal: false, retryAfterMs: 5_000 },
    ],
    [
      "too much, until a time",
      new Response("", {
        ...{ status: 503, headers: { "retry-after": "Thu, 26 Nov 2026 17:01:30 GMT" } },
      }),
      { isFinal: false, retryAfterMs: 90_000 },
    ],
    ["redirect", new Response("", { status: 302, headers: { location: "https://x.example/" } }), {
      message: "HTTP 302: it redirects; give the address that it redirects to",
      isFinal: true,
    }],
    ["echo", new Response(`no such hook: XOXB-5F4DCC3B`, { status: 404 }), {
      ...{ message: "HTTP 404", isFinal: true },
    }],
    ["echo of a part", new Response("unknown: 5f4dcc3b", { status: 404 }), { message: "HTTP 404" }],
    ["hostile", new Response("\x1b]0;\u202eevil\x07", { status: 404 }), {
      message: "HTTP 404: \\x1b]0;\\u202eevil\\x07",
    }],
    ["long", new Response("a".repeat(1e6), { status: 404 }), {
      message: `HTTP 404: ${"a".repeat(120)}…`,
    }],
  ];
  for (const [name, response, expected] of cases) {
    await t.step(name, async () => {
      await withReceiver(() => response, async (port) => {
        const error = await assertRejects(() => request(port), DeliveryError);
        for (const [key, value] of Object.entries(expected)) {
          assertEquals(error[key as keyof DeliveryError], value, key);
        }
      });
    });
  }
});

test("Http does not follow a redirect", async () => {
  let visits = 0;
  const elsewhere = () => {
    visits++;
    return new Response();
  };
  await withReceiver(elsewhere, async (port) => {
    const location = `http://127.0.0.1:${port}/`;
    const redirect = () => new Response(null, { status: 307, headers: { location } });
    await withReceiver(redirect, async (port) => {
      await assertRejects(() => request(port), DeliveryError, "HTTP 307");
    });
  });
  assertEquals(visits, 0);
});

test("Http tells of a connection that fails, in words without a secret", async (t) => {
  const answer = (text: string) => async (connection: Deno.Conn) => {
    await connection.read(new Uint8Array(4_096));
    await connection.write(new TextEncoder().encode(text));
  };
  const cases: [string, (connection: Deno.Conn) => Promise<void>, RegExp][] = [
    ["closed at once", () => Promise.resolve(), /^connection closed without an answer$/],
    ["closed after the request", answer(""), /^connection closed without an answer$/],
    ["closed within the answer", answer("HTTP/1.1 20"), /^connection closed without an answer$/],
    ["garbage", answer("hello\r\n\r\n"), /^what answers does not speak HTTP$/],
    [
      "a head without an end",
      answer(`HTTP/1.1 200 OK\r\n${`x-a: ${"y".repeat(8_000)}\r\n`.repeat(200)}`),
      /^what answers does not speak HTTP$/,
    ],
  ];
  for (const [name, act, words] of cases) {
    await t.step(name, () =>
      withSocket(act, async (port) => {
        const { message, isFinal } = await assertRejects(() => request(port), DeliveryError);
        assert(words.test(message), message);
        assertEquals(isFinal, false);
      }));
  }
  await t.step("nobody listens", async () => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    listener.close();
    await assertRejects(() => request(listener.addr.port), DeliveryError, "connection refused");
  });
  await t.step("no such name", async () => {
    const url = new URL("http://nobody.invalid/hooks/s3cr3t");
    const error = await assertRejects(() => http({ url, method: "GET", signal: NEVER }));
    assertEquals((error as Error).message, "its name cannot be resolved");
  });
  await t.step("no TLS", () =>
    withReceiver(() => new Response(), async (port) => {
      const url = new URL(`https://127.0.0.1:${port}/hooks/s3cr3t`);
      const error = await assertRejects(() => http({ url, method: "GET", signal: NEVER }));
      assertEquals((error as Error).message, "no TLS connection");
    }));
});

test("Http takes an answer whose body is cut off, and ends one that never ends", async () => {
  const cut = async (connection: Deno.Conn) => {
    await connection.read(new Uint8Array(4_096));
    const head = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhalf";
    await connection.write(new TextEncoder().encode(head));
  };
  await withSocket(cut, async (port) => await request(port));
  const ending = new AbortController();
  const late = new DeliveryError("no answer in time");
  const endless = () => {
    ending.abort(late);
    return new Promise<Response>(() => {});
  };
  const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
  const server = Deno.serve(options, endless);
  const error = await assertRejects(() => request(server.addr.port, ending.signal));
  assertEquals(error, late);
  // Its answer never comes.
  server.shutdown().catch(() => {});
});

test("Http waits two seconds for why something is not taken: the status tells enough", async () => {
  const delays: number[] = [];
  const schedule = (action: () => void, delayMs: number) => {
    delays.push(delayMs);
    const timer = setTimeout(action, 100);
    return () => clearTimeout(timer);
  };
  const limited = openHttp({ ...surroundings, schedule });
  const { promise: isOver, resolve: end } = Promise.withResolvers<void>();
  const hang = async (connection: Deno.Conn) => {
    await connection.read(new Uint8Array(4_096));
    const head = "HTTP/1.1 404 Not Found\r\ncontent-length: 1000\r\n\r\nno such hook";
    await connection.write(new TextEncoder().encode(head));
    await isOver;
  };
  await withSocket(hang, async (port) => {
    const asked = request(port, AbortSignal.timeout(10_000), limited);
    const { message, isFinal } = await assertRejects(() => asked, DeliveryError).finally(end);
    assertEquals([message, isFinal, delays], ["HTTP 404: no such hook", true, [2_000]]);
  });
});

Deno.test("Http says which flag it lacks (needs no --allow-net)", {
  permissions: { net: false },
}, async () => {
  await assertRejects(() => request(5_009), DeliveryError, "it needs the flag --allow-net");
});

Deno.test("readRetryAfter() reads seconds and dates, and nothing else", async (t) => {
  const cases: [string | null, number][] = [
    [null, 0],
    ["", 0],
    ["0", 0],
    [" 120 ", 120_000],
    ["0.5", 500],
    ["-1", 0],
    ["1e9", 0],
    ["99999999999", 99_999_999_999_000],
    ["9".repeat(16), 0],
    ["Fri, 26 Nov 2027 17:00:00 GMT", 365 * 86_400_000],
    ["Thu, 26 Nov 2026 17:00:10 GMT", 10_000],
    ["Thu, 26 Nov 2026 16:00:00 GMT", 0],
    ["soon", 0],
    ["2026-11-26", 0],
  ];
  for (const [text, ms] of cases) {
    await t.step(String(text), () => assertEquals(readRetryAfter(text, NOW_MS), ms));
  }
});
