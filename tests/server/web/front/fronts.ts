/** A front of views in this process: each of them a fleet in the hands of a test, and whether it answers. */
import { Gate, type HandlerSettings } from "../../../../lib/server/web/gate.ts";
import { FrontApi } from "../../../../lib/server/web/front_api.ts";
import type { ViewDevices } from "../../../../lib/server/web/front/view.ts";
import { FakeWorld, OPEN, serve, START_MS } from "../fakes.ts";

/** A view, and what becomes of what it is asked. */
export class FakeView {
  readonly world: FakeWorld;
  readonly #handler;
  /** What it answers with in place of what it knows. */
  instead: (() => Promise<Response>) | null = null;
  /** What it was asked. */
  readonly asked: string[] = [];

  constructor(world = new FakeWorld(), settings: HandlerSettings = OPEN) {
    this.world = world;
    this.#handler = serve(world, settings).handler;
  }

  answer(url: URL, init: RequestInit): Promise<Response> {
    this.asked.push(`${init.method} ${url.pathname}${url.search}`);
    return this.instead?.() ?? this.#handler.handle(new Request(url, init));
  }
}

/** A front of some views, and a short way to ask it. */
export function frontOf(
  views: readonly FakeView[],
  clock = new FakeWorld(),
  credentials: ViewDevices["credentials"] = () => Promise.resolve({ secrets: [], headers: {} }),
  settings: HandlerSettings = OPEN,
) {
  const bases = views.map((_, n) => new URL(`http://127.0.0.${n + 1}:8080/`));
  const request: ViewDevices["request"] = (url, init) => {
    const answer = views[Number(url.hostname.split(".")[3]) - 1]!.answer(url, init);
    const { signal } = init;
    const aborted = new Promise<never>((_, reject) =>
      signal?.addEventListener("abort", () => reject(signal.reason))
    );
    return Promise.race([answer, aborted]);
  };
  const { steadyMs, schedule, onFault } = clock.context;
  const devices = { request, credentials, steadyMs, schedule, onFault };
  const context = { ...devices, startedMs: START_MS };
  const handler = new Gate(new FrontApi(bases, context, settings), settings);
  const get = (path: string, method = "GET", headers: Record<string, string> = {}) => {
    const host = "127.0.0.1:8080";
    const own = { host, "x-requested-with": "test", ...headers };
    return handler.handle(new Request(`http://${host}${path}`, { method, headers: own }));
  };
  return {
    clock,
    handler,
    get,
    // deno-lint-ignore no-explicit-any
    json: async (path: string): Promise<any> => await (await get(path)).json(),
  };
}

const ROLES = ["db", "web", "Größe", "a,b", "10", "9"];

/** A host of many kinds, by its number. */
export function hostOf(n: number): Record<string, unknown> {
  const kind = (n * 7919) % 1_009;
  const tags = kind % 5 === 0 ? {} : { role: ROLES[kind % ROLES.length], site: `s${kind % 40}` };
  return {
    ...{ id: `id-${n}`, host: `${kind % 3 === 0 ? "web" : "db"}-${kind % 211}`, tags },
    ...kind % 4 > 0 && { cpu: { mean: (kind * 13) % 101, cores: [kind % 100] } },
    ...kind % 7 > 0 && {
      memory: { total: 1_000_000, used: kind * 900, free: 1, available: 1_000_000 - kind * 900 },
    },
    ...kind % 6 > 0 && {
      network: { interfaces: [{ name: "eth0", rx: kind * 101, tx: kind, rxLost: 0, txLost: 0 }] },
    },
    ...kind % 11 === 0 && { bye: true },
  };
}

/** Two views of so many hosts, and one of all. */
export function worldsOf(count: number) {
  const [a, b, whole] = [new FakeWorld(), new FakeWorld(), new FakeWorld()];
  const worlds = [a, b, whole] as const;
  const shares = [0, 1].map((share) =>
    Array.from({ length: count }, (_, n) => n).filter((n) => (n * 31) % 5 < 2 === (share === 0))
  );
  // The first of them are silent at the end, and who is heard first is of the first view.
  for (const [share, part] of [a, b].entries()) {
    for (const n of shares[share]!) {
      for (const world of worlds) world.nowMs += 20;
      for (const world of [part, whole]) world.send(hostOf(n));
    }
  }
  return { worlds, whole: serve(whole), front: frontOf([new FakeView(a), new FakeView(b)]) };
}
