/**
 * What the wall keeps over a night: twelve hours of a fleet are told to it in minutes, by a server in this
 * process and with the page's clock turned on, while views take turns, hosts come and go, and alerts stand
 * and end. What is held after a collection of all garbage, at the start, in the middle and at the end, says
 * whether it grows.
 */
import type { CDPSession } from "playwright-core";
import { createHandler } from "../../lib/server/web/handler.ts";
import { openBrowser } from "../browser.ts";
import { standing } from "../page_world.ts";
import { FakeWorld, OPEN } from "../server/web/fakes.ts";

const HOSTS = 200;
const STEP_MS = 5_000;
const HOUR_STEPS = 3_600_000 / STEP_MS;
/** Until each view was shown once, and everything is compiled. */
const WARM_STEPS = HOUR_STEPS / 4;
/** When a host goes for good and a new one comes, and when other alerts stand. */
const [REPLACE_STEPS, ALERT_STEPS] = [HOUR_STEPS / 6, HOUR_STEPS / 60];
const VIEWS = [
  { name: "all", path: "grid" },
  { name: "by role", path: "grid?group=role" },
  { name: "memory of web", path: "grid?q=role%3Aweb&cells=memory" },
];
const ROLES = ["db", "web", "cache", "edge"];

/** What a page holds, after a collection. */
export interface Held {
  readonly megabytes: number;
  readonly nodes: number;
  readonly listeners: number;
}

async function heldBy(session: CDPSession): Promise<Held> {
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  const { nodes, jsEventListeners } = await session.send("Memory.getDOMCounters");
  return { megabytes: usedSize / 1e6, nodes, listeners: jsEventListeners };
}

/** The fleet of that night. */
class Night {
  readonly world = new FakeWorld({ maxHosts: HOSTS + 5 });
  /** Which one of its name each host is. */
  readonly #generations = new Uint32Array(HOSTS);
  #seq = 0;

  #idOf(n: number): string {
    return `${n}-${this.#generations[n]}`;
  }

  /** Lets all report but those that are silent now, and some time pass. */
  async step(): Promise<void> {
    const step = this.#seq++;
    if (step % REPLACE_STEPS === 0) this.#generations[(step / REPLACE_STEPS * 37) % HOSTS]!++;
    for (let n = 0; n < HOSTS; n++) {
      // Each is silent for a quarter of an hour in eight.
      if ((n * 131 + step) % (HOUR_STEPS * 8) < HOUR_STEPS / 4) continue;
      const share = (at: number) => 50 + 45 * Math.sin((step + n * at) / 50);
      this.world.send({
        ...{ id: this.#idOf(n), host: `host-${n}`, seq: step, tags: { role: ROLES[n % 4] } },
        cpu: { mean: share(7) },
        memory: { total: 1e9, used: 1e7 * share(3) },
      });
    }
    if (step % ALERT_STEPS === 0) this.#standOthers(step / ALERT_STEPS);
    await this.world.pass(STEP_MS);
  }

  #standOthers(turn: number): void {
    const count = turn % 12;
    this.world.standing = Array.from(
      { length: count },
      (_, n) => standing(this.world, "memory", this.#idOf((turn * 7 + n * 17) % HOSTS), n + 1),
    );
  }
}

/** What the wall holds at the start, in the middle and at the end of so many hours. */
export async function wallOver(hours: number): Promise<Record<"start" | "middle" | "end", Held>> {
  const night = new Night();
  const { world } = night;
  const handler = createHandler(world.context, OPEN);
  const listen = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  const server = Deno.serve(listen, (request) => handler.handle(request));
  const browser = await openBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1_920, height: 1_080 } });
    await page.addInitScript((views) => {
      localStorage.setItem("pulso-views", JSON.stringify(views));
      // Streams are the page's own, so that what they keep is counted.
      Reflect.deleteProperty(globalThis, "SharedWorker");
    }, VIEWS);
    await page.clock.install({ time: world.nowMs });
    await night.step();
    await page.goto(`http://127.0.0.1:${server.addr.port}/?wall`);
    const session = await page.context().newCDPSession(page);
    const pass = async (steps: number) => {
      for (let step = 0; step < steps; step++) {
        await night.step();
        await page.clock.runFor(STEP_MS);
      }
      return await heldBy(session);
    };
    const start = await pass(WARM_STEPS);
    const half = hours * HOUR_STEPS / 2;
    const held = { start, middle: await pass(half), end: await pass(half) };
    // All of it was told: the clock is of the last minute.
    await page.waitForFunction(
      (minute) => document.querySelector(".time-of-day")?.textContent?.startsWith(minute),
      new Date(world.nowMs).toTimeString().slice(0, 5),
    );
    return held;
  } finally {
    await browser.close();
    handler.close();
    await server.shutdown();
  }
}
