/// <reference lib="dom" />
/**
 * Measures the page as its users see it: from a datagram's arrival to the changed number on the
 * screen, with 100 hosts at 1 s; how soon each of 20 tabs shows them; with 10,000 hosts at 5 s how
 * soon it can be used, what it costs the browser, and whether the server loses a datagram meanwhile;
 * how soon 30 days of a host are there, and how much the page loads; what 100,000 hosts cost the
 * browser, the server and the way between; and what the wall holds after a night. It ends by itself after
 * about ten minutes. It needs Chromium, and Linux for the processor time.
 */
import config from "../../deno.json" with { type: "json" };
import { readCommandLine } from "../../tools/command_line.ts";
import { programOf } from "../../tools/programs.ts";
import { encodeMessage } from "../../lib/message/encode.ts";
import { BROWSER, closeBrowser, onStage, type Stage } from "../browser.ts";
import { inFolder } from "../files.ts";
import { sampleOf } from "../messages.ts";
import { ROUND_MS } from "../../lib/server/web/stream/chunks.ts";
import { open } from "../server/store/scene.ts";
import { median, quantile } from "./figures.ts";
import { addChartClock, chosenMs, readClock, usableMs } from "./page_clock.ts";
import { wallOver } from "./wall.ts";

const SAMPLES = 100;
const TABS = 20;
const MANY = 10_000;
const MANY_INTERVAL_MS = 5_000;
/** What the page says of them, some of which may still be unheard, and the load of the first when it is sorted. */
const MANY_COUNTED = /^(9,9..|10,000) hosts$/;
const MANY_HIGHEST = 99;
const LOAD_SECONDS = 40;
/** Datagrams sent at once at most: a sender that was held up catches up at twice its pace, not at five times. */
const MAX_BURST = 8;
const MOST = 100_000;
const MOST_SECONDS = 60;
/** So long each part of that is watched. */
const WATCH_SECONDS = 10;
const MOST_OPTIONS = ["--max-hosts", String(MOST)];

function print(name: string, figures: Record<string, number>): void {
  const texts = Object.entries(figures).map(([key, value]) => `${key} ${value.toFixed(1)}`);
  // deno-lint-ignore no-console
  console.log(`${name}: ${texts.join(", ")}`);
}

const HOSTS = Array.from({ length: 100 }, (_, index) => `host-${String(index).padStart(3, "0")}`);
/** Of the first so many the datagrams are waited for; all others report once a second meanwhile. */
const WATCHED = 20;

/** Milliseconds from sending a datagram over loopback to its number on the page, while all others report. */
async function latencies(stage: Stage): Promise<number[]> {
  let isOver = false;
  const pump = sendOthers(stage, () => isOver);
  try {
    return await latenciesOfWatched(stage);
  } finally {
    isOver = true;
    await pump;
  }
}

async function sendOthers({ send }: Stage, isOver: () => boolean): Promise<void> {
  const others = HOSTS.slice(WATCHED);
  for (let n = 0; !isOver(); n++) {
    const host = others[n % others.length]!;
    await send({ id: host, host, seq: 1 + Math.floor(n / others.length), interval: 1_000 });
    await seconds(1 / others.length);
  }
}

async function latenciesOfWatched({ page, origin, send }: Stage): Promise<number[]> {
  let seq = 0;
  for (const host of HOSTS.slice(0, WATCHED)) await send({ id: host, host, seq: ++seq });
  await page.goto(origin);
  await page.waitForFunction(() => document.querySelectorAll(".body a.name").length > 20);
  await page.evaluate(() => {
    const seen = new Map<string, number>();
    Object.assign(globalThis, { seen });
    new MutationObserver((changes) => {
      for (const { target } of changes) {
        const text = target.textContent ?? "";
        if (!seen.has(text)) seen.set(text, performance.timeOrigin + performance.now());
      }
    }).observe(document.querySelector(".body")!, {
      subtree: true,
      childList: true,
      characterData: true,
    });
  });
  const times: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample++) {
    // A load that nothing else on the page shows.
    const load1 = 1_000 + sample;
    const text = String(load1);
    // At any moment between two rounds alike, whenever the last one was.
    await seconds((1 + Math.random()) * ROUND_MS / 1_000);
    const sentMs = performance.timeOrigin + performance.now();
    await send({
      id: HOSTS[sample % WATCHED]!,
      host: HOSTS[sample % WATCHED]!,
      seq: ++seq,
      system: { load1, load5: 0, load15: 0, uptime: 1 },
    });
    const shown = await page.waitForFunction(
      (text) => (globalThis as unknown as { seen: Map<string, number> }).seen.get(text),
      text,
    );
    times.push(await shown.jsonValue() as number - sentMs);
  }
  return times;
}

/** Milliseconds until each of many tabs shows rows; to a browser without windows all are looked at. */
async function tabLoads({ page, origin }: Stage): Promise<number[]> {
  const times: number[] = [];
  for (let count = 0; count < TABS; count++) {
    const tab = await page.context().newPage();
    const startMs = performance.now();
    await tab.goto(origin);
    await tab.waitForSelector(".body .row:not([hidden])");
    times.push(performance.now() - startMs);
  }
  return times;
}

/** Processor time of the processes whose command line fits, in milliseconds. */
async function cpuMsOf(pattern: RegExp): Promise<number> {
  let ticks = 0;
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if (!pattern.test(await Deno.readTextFile(`/proc/${name}/cmdline`))) continue;
      const stat = await Deno.readTextFile(`/proc/${name}/stat`);
      const fields = stat.split(") ")[1]!.split(" ");
      ticks += Number(fields[11]) + Number(fields[12]);
    } catch (error) {
      // It has ended since it was listed.
      if (!(error instanceof Deno.errors.NotFound || (error as Error).message.includes("ESRCH"))) {
        throw error;
      }
    }
  }
  return ticks * 10;
}

/** The page with 10,000 hosts, three times at once. */
async function manyHosts({ page, origin, send }: Stage): Promise<Record<string, number>> {
  let sent = 0;
  let isOver = false;
  const pump = sendMany(send, () => isOver, () => sent++);
  try {
    await seconds(1.5 * MANY_INTERVAL_MS / 1_000);
    const interactiveMs = await usableMs(page, origin, MANY_COUNTED, MANY_HIGHEST);
    const rendererPercent = await cpuPercent(/--type=renderer/, LOAD_SECONDS / 2);
    const grid = await page.context().newPage();
    const paints = await gridPaints(grid, origin);
    await grid.close();
    const others = await Promise.all([1, 2].map(() => page.context().newPage()));
    await Promise.all(others.map((other) => other.goto(origin)));
    for (let round = 0; round < LOAD_SECONDS / 10; round++) {
      await (await fetch(`${origin}/metrics`)).text();
      await seconds(5);
    }
    isOver = true;
    await pump;
    const { totals } = await (await fetch(`${origin}/api/fleet?limit=1`)).json();
    const lost = sent - totals.received;
    const figures = { interactiveMs, rendererPercent, sent, received: totals.received, lost };
    return { ...figures, gridMedianMs: median(paints), gridMaxMs: Math.max(...paints) };
  } finally {
    isOver = true;
    await pump;
  }
}

/** The page with 100,000 hosts that report every 5 s. */
async function mostHosts({ page, origin, port }: Stage): Promise<Record<string, number>> {
  const swarm = startSwarm(port);
  const server = new RegExp(MOST_OPTIONS.join("\0"));
  try {
    await seconds(3 * MANY_INTERVAL_MS / 1_000);
    const serverPercentAlone = await cpuPercent(server, WATCH_SECONDS);
    const startMs = performance.now();
    await page.goto(origin);
    await page.waitForSelector(".body .row:not([hidden])");
    const firstRowsMs = performance.now() - startMs;
    const received = await countBytes(page);
    const [serverPercent, rendererPercent] = await Promise.all(
      [server, /--type=renderer/].map((pattern) => cpuPercent(pattern, WATCH_SECONDS)),
    );
    const streamKiBPerSecond = received() / 1_024 / WATCH_SECONDS;
    return {
      ...{ firstRowsMs, sortMs: await sortByCpu(page), streamKiBPerSecond },
      ...{ rendererPercent: rendererPercent!, serverPercentAlone, serverPercent: serverPercent! },
    };
  } finally {
    swarm.kill("SIGTERM");
    await swarm.status;
  }
}

function startSwarm(port: number): Deno.ChildProcess {
  const { script, permissions } = programOf(config.tasks, "swarm");
  return new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--quiet", ...permissions, script, "--agents", String(MOST)],
      ...["--interval", `${MANY_INTERVAL_MS}ms`, "--seconds", String(MOST_SECONDS)],
      ...["--server", `127.0.0.1:${port}`],
    ],
    cwd: new URL("../../", import.meta.url),
    stdout: "null",
    stderr: "null",
  }).spawn();
}

/** How many bytes the page's streams receive from now on: its worker has them, which the page's own session does not see. */
async function countBytes(page: Stage["page"]): Promise<() => number> {
  const session = await page.context().browser()!.newBrowserCDPSession();
  const { targetInfos } = await session.send("Target.getTargets");
  const worker = targetInfos.find(({ type }) => type === "shared_worker");
  if (worker === undefined) throw new Error("Cannot count bytes: the page has no worker");
  const { sessionId } = await session.send("Target.attachToTarget", { targetId: worker.targetId });
  let bytes = 0;
  session.on("Target.receivedMessageFromTarget", ({ message }) => {
    const { method, params } = JSON.parse(message);
    if (method === "Network.dataReceived") bytes += params.dataLength;
  });
  const message = JSON.stringify({ id: 1, method: "Network.enable" });
  await session.send("Target.sendMessageToTarget", { sessionId, message });
  return () => bytes;
}

/** Milliseconds until the rows are in another order. */
async function sortByCpu(page: Stage["page"]): Promise<number> {
  const startMs = performance.now();
  await page.click(".head .cpu button");
  await page.waitForFunction(() => {
    const first = document.querySelector(".body .row[aria-rowindex='2'] .cpu .number");
    return Number.parseFloat(first?.textContent ?? "") > 80;
  });
  return performance.now() - startMs;
}

/** Milliseconds that a frame of the grid takes to be painted: of 10,000 cells, most of them others each time. */
async function gridPaints(page: Stage["page"], origin: string): Promise<number[]> {
  await page.addInitScript(() => {
    const clear = CanvasRenderingContext2D.prototype.clearRect;
    const paints: number[] = [];
    Object.assign(globalThis, { paints });
    // A frame begins when all is cleared, and is over when the task that paints it is.
    CanvasRenderingContext2D.prototype.clearRect = function (...area) {
      const startMs = performance.now();
      queueMicrotask(() => paints.push(performance.now() - startMs));
      clear.apply(this, area);
    };
  });
  await page.goto(`${origin}/grid`);
  await page.waitForFunction(() =>
    (globalThis as unknown as { paints: number[] }).paints.length > 20
  );
  return await page.evaluate(() => (globalThis as unknown as { paints: number[] }).paints.slice(3));
}

function seconds(count: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, count * 1_000));
}

/** Sends for all hosts in turn, evenly, until it is over. */
async function sendMany(send: Stage["send"], isOver: () => boolean, onSent: () => void) {
  const startMs = performance.now();
  for (let next = 0; !isOver(); await seconds(0.002)) {
    const due = (performance.now() - startMs) / MANY_INTERVAL_MS * MANY;
    // After a pause of our own we catch up a little at a time: a burst would overflow the server's socket.
    for (const end = Math.min(due, next + MAX_BURST); next < end; next++) {
      const host = `host-${next % MANY}`;
      const mean = (next * 37 % 1_000) / 10;
      const cpu = { mean, cores: [mean, mean, mean, mean], iowait: 0, steal: 0 };
      const seq = 1 + Math.floor(next / MANY);
      await send({ id: host, host, interval: MANY_INTERVAL_MS, seq, cpu });
      onSent();
    }
  }
}

/** The share of one core that some processes take for a while. */
async function cpuPercent(pattern: RegExp, spanSeconds: number): Promise<number> {
  const before = await cpuMsOf(pattern);
  await seconds(spanSeconds);
  return (await cpuMsOf(pattern) - before) / (spanSeconds * 1_000) * 100;
}

const DAY_MS = 86_400_000;
const MONTH = { id: "month", days: 30, stepMs: 60_000, openings: 10 };

/** Keeps 30 days of a host that end now. */
async function keepMonth(data: string): Promise<void> {
  const startMs = Date.now() - MONTH.days * DAY_MS;
  const { store, receive, tick, settle } = await open(data, startMs);
  const sample = sampleOf({ cores: 4, volumes: 2, interfaces: 1 });
  const count = MONTH.days * DAY_MS / MONTH.stepMs;
  for (let seq = 1; seq <= count; seq++) {
    const atMs = startMs + seq * MONTH.stepMs;
    tick(atMs);
    // What waits longer than a few minutes is not kept.
    if (seq % 2 === 0) await settle(1);
    const cpu = { ...sample.cpu!, mean: 50 + 40 * Math.sin(seq / 500) };
    const message = { ...sample, id: MONTH.id, host: MONTH.id, seq, time: atMs, cpu };
    receive(encodeMessage({ ...message, interval: MONTH.stepMs }), "192.0.2.7", atMs);
  }
  await store.close();
}

/** Milliseconds until the page of a host shows all charts of 30 days, as it is opened and as they are chosen. */
async function month({ page, origin }: Stage): Promise<Record<string, number>> {
  await addChartClock(page);
  const opened: number[] = [];
  const chosen: number[] = [];
  for (let opening = 0; opening <= MONTH.openings; opening++) {
    await page.goto(`${origin}/hosts/${MONTH.id}?range=30d`);
    opened.push(await readClock(page));
    await chosenMs(page, "24h");
    chosen.push(await chosenMs(page, "30d"));
  }
  // The first one loads the files.
  return {
    ...{
      firstMs: opened[0]!,
      openMs: median(opened.slice(1)),
      openMaxMs: Math.max(...opened.slice(1)),
    },
    ...{ chooseMs: median(chosen), chooseMaxMs: Math.max(...chosen) },
  };
}

/** How much a page loads, in KB on the way. */
async function loaded({ page, origin }: Stage): Promise<Record<string, number>> {
  await page.goto(`${origin}/hosts/${MONTH.id}`);
  await page.waitForSelector(".charts .u-over");
  const bytes = await page.evaluate(() =>
    performance.getEntriesByType("resource").filter(({ name }) => name.includes("/assets/"))
      .reduce((sum, entry) => sum + (entry as PerformanceResourceTiming).encodedBodySize, 0)
  );
  return { kilobytes: bytes / 1_000 };
}

const NIGHT_HOURS = 12;
const DESK = { viewport: { width: 1_440, height: 900 } };

/** What can be measured by itself. */
const PARTS: Readonly<Record<string, () => Promise<void>>> = {
  latency: () =>
    onStage(async (stage) => {
      const times = await latencies(stage);
      print("arrival to screen, ms", {
        median: median(times),
        p99: quantile(times, 0.99),
        max: Math.max(...times),
      });
      const loads = await tabLoads(stage);
      print(`each of ${TABS} tabs, ms`, { median: median(loads), max: Math.max(...loads) });
    }, DESK),
  many: () => onStage(async (stage) => print("10,000 hosts", await manyHosts(stage)), DESK),
  month: () =>
    inFolder(async (folder) => {
      const data = `${folder}/data`;
      await keepMonth(data);
      await onStage(
        async (stage) => {
          print("files, KB compressed", await loaded(stage));
          print("30 days of a host, ms", await month(stage));
        },
        DESK,
        ["--data", data],
      );
    }),
  most: () =>
    onStage(async (stage) => print("100,000 hosts", await mostHosts(stage)), DESK, MOST_OPTIONS),
  wall: async () => {
    for (const [when, held] of Object.entries(await wallOver(NIGHT_HOURS))) {
      print(`the wall, at the ${when} of ${NIGHT_HOURS} h`, { ...held });
    }
  },
};

if (import.meta.main) {
  const { part } = readCommandLine({
    usage: "deno task bench:page [OPTION]...",
    purpose: "Measures the page as its users see it, in Chromium.",
    options: {
      part: {
        placeholder: "PART",
        fallback: null,
        help: `one of ${Object.keys(PARTS).join(", ")} (default: all)`,
        read: (text: string) => {
          if (Object.hasOwn(PARTS, text)) return text;
          throw new RangeError(`it must be one of ${Object.keys(PARTS).join(", ")}`);
        },
      },
    },
  });
  if (BROWSER === null) throw new Error("Cannot measure the page: there is no Chromium");
  for (const [name, measure] of Object.entries(PARTS)) {
    if (part !== null && part !== name) continue;
    await measure();
    await closeBrowser();
  }
}
