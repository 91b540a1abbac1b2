/** A query API of every kind, on loopback. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { openQueryApi, QueryApi } from "../../../lib/server/export/query_api.ts";
import { readServerOptions } from "../../../lib/server/options.ts";
import { DeliveryError } from "../../../lib/server/outlets/destination.ts";
import { inFolder } from "../../files.ts";
import { MAY_ALL } from "../../prometheus.ts";

const MAY_NET = Deno.permissions.querySync({ name: "net" }).state === "granted";
const GRID = { fromMs: 1_795_442_880_000, stepMs: 60_000, count: 3 };
const NEVER = new AbortController().signal;
const SECRET = "t0ken-of-some-length";

/** Asks once an API that answers so. */
async function ask(handler: (request: Request) => Response | Promise<Response>, signal = NEVER) {
  const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
  await using server = Deno.serve(options, handler);
  const api = new QueryApi(new URL(`http://127.0.0.1:${server.addr.port}/base/api/v1/`), {
    request: fetch,
    credentials: () =>
      Promise.resolve({ secrets: [SECRET], headers: { authorization: `Bearer ${SECRET}` } }),
  });
  return await api.range("up", GRID, signal);
}

function test(name: string, fn: (t: Deno.TestContext) => Promise<void>): void {
  Deno.test({ name: `${name} (needs --allow-net)`, ignore: !MAY_NET, fn });
}

const matrix = (result: unknown) =>
  Response.json({ status: "success", data: { resultType: "matrix", result } });

test("QueryApi asks for whole stretches, with its secret, and reads numbers by their ends", async () => {
  let seen: unknown;
  const found = await ask(async (request) => {
    const form = new URLSearchParams(await request.text());
    const { pathname } = new URL(request.url);
    seen = [
      ...[request.method, pathname, request.headers.get("authorization")],
      ...["query", "start", "end", "step"].map((name) => form.get(name)),
    ];
    return matrix([{ metric: { id: "a" }, values: [[1_795_442_939.999, "1.5"], [5, "NaN"]] }]);
  });
  assertEquals(seen, [
    ...["POST", "/base/api/v1/query_range", `Bearer ${SECRET}`],
    ...["up", "1795442939.999", "1795443060", "60"],
  ]);
  assertEquals(found, [{ labels: { id: "a" }, values: [[1_795_442_939_999, 1.5], [5_000, NaN]] }]);
});

test("QueryApi says in one line what an API cannot do, and no secret", async (t) => {
  const no = "what answers is no query API";
  const cases: [name: string, answer: () => Response, said: string][] = [
    ["no access", () => new Response(`no ${SECRET}`, { status: 401 }), "HTTP 401"],
    [
      "too much",
      () => Response.json({ error: "too many samples" }, { status: 422 }),
      "HTTP 422: {",
    ],
    ["busy", () => new Response("busy\nsecond", { status: 503 }), "HTTP 503: busy"],
    ["elsewhere", () => Response.redirect("http://127.0.0.1:1/"), "HTTP 302: it redirects"],
    ["no JSON", () => new Response("<html>"), no],
    ["other JSON", () => Response.json([1]), no],
    ["nothing", () => new Response(null), no],
    ["a vector", () => Response.json({ data: { resultType: "vector", result: [] } }), no],
    ["no values", () => matrix([{ metric: {} }]), no],
    ["nulls", () => matrix([null]), no],
    [
      "huge",
      () => new Response("x".repeat(3 * 2 ** 20)),
      "its answer is longer than 2097152 bytes",
    ],
  ];
  for (const [name, answer, said] of cases) {
    await t.step(name, async () => {
      const { message } = await assertRejects(() => ask(answer), DeliveryError);
      assert(message.startsWith(said) && !message.includes(SECRET), message);
    });
  }
  await t.step("no answer", async () => {
    const stop = new AbortController();
    const answer = () => {
      stop.abort();
      return new Promise<Response>((resolve) => queueMicrotask(() => resolve(new Response(""))));
    };
    const { message } = await assertRejects(() => ask(answer, stop.signal), DeliveryError);
    assertEquals(message, "no answer in time");
  });
});

Deno.test({
  name: "openQueryApi asks Mimir and Thanos as their documentation has it (needs --allow-all)",
  ignore: !MAY_ALL,
  fn: () =>
    inFolder(async (folder) => {
      // Mimir: below a prefix, for a tenant; Thanos: all or nothing, with warnings beside what it found.
      const cases = [
        ["/prometheus", "X-Scope-OrgID: pulso\n", { "x-scope-orgid": "pulso" }],
        ["/prometheus", "me:word\nX-Scope-OrgID: a|b\n", {
          ...{ authorization: `Basic ${btoa("me:word")}`, "x-scope-orgid": "a|b" },
        }],
        ["", "t0ken\n", { authorization: "Bearer t0ken" }],
      ] as const;
      for (const [prefix, file, expected] of cases) {
        let seen: unknown;
        const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
        await using server = Deno.serve(options, async (request) => {
          const form = new URLSearchParams(await request.text());
          const { headers } = request;
          const told = Object.keys(expected).map((name) => [name, headers.get(name)]);
          seen = [new URL(request.url).pathname, form.get("partial_response"), told];
          const data = {
            resultType: "matrix",
            result: [{ metric: { id: "a" }, values: [[5, "1"]] }],
          };
          return Response.json({ status: "success", warnings: ["one store is gone"], data });
        });
        await Deno.writeTextFile(`${folder}/token`, file, { mode: 0o600 });
        const argv = ["--history-from", `http://127.0.0.1:${server.addr.port}${prefix}`];
        const { "history-from": base } = readServerOptions(argv, () => undefined);
        const api = await openQueryApi(base!, `${folder}/token`);
        const found = await api.range("up", GRID, NEVER);
        assertEquals(found, [{ labels: { id: "a" }, values: [[5_000, 1]] }]);
        assertEquals(seen, [`${prefix}/api/v1/query_range`, "false", Object.entries(expected)]);
      }
    }),
});

Deno.test("QueryApi asks four at a time, and goes on after a failure", async () => {
  const answers: PromiseWithResolvers<Response>[] = [];
  const api = new QueryApi(new URL("http://a/api/v1/"), {
    request() {
      answers.push(Promise.withResolvers());
      return answers.at(-1)!.promise;
    },
    credentials: () => Promise.resolve({ secrets: [], headers: {} }),
  });
  const asked = Array.from({ length: 9 }, () => api.range("up", GRID, NEVER).catch(String));
  const settle = async () => {
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  };
  await settle();
  assertEquals(answers.length, 4);
  answers[0]!.reject(new TypeError("connection refused"));
  answers[1]!.resolve(matrix([]));
  for (let n = 2; n < 9; n++) {
    await new Promise((resolve) => setTimeout(resolve));
    assert(answers.length <= n + 4);
    answers[n]!.resolve(matrix([]));
  }
  assertEquals((await Promise.all(asked)).filter((answer) => typeof answer === "string").length, 1);
});
