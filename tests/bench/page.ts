/// <reference lib="dom" />
/**
 * Measures the page as its users see it: from a datagram's arrival to the changed number on the
 * screen, with 100 hosts at 1 s; and with 10,000 hosts at 5 s how soon it can be used, what it costs
 * the browser, and whether the server loses a datagram meanwhile. Part of `deno task bench`; it ends
 * by itself after about a minute and a half. It needs Chromium, and Linux for the processor time.
 */
import { BROWSER, onStage, type Stage } from "../browser.ts";
import { median, quantile } from "./figures.ts";

const SAMPLES = 100;
const MANY = 10_000;
const MANY_INTERVAL_MS = 5_000;
const LOAD_SECONDS = 40;
const MAX_BURST = 20;

function print(name: string, figures: Record<string, number>): void {
  const texts = Object.entries(figures).map(([key, value]) => `${key} ${value.toFixed(1)}`);
  // deno-lint-ignore no-console
  console.log(`${name}: ${texts.join(", ")}`);
}

/** Milliseconds from sending a datagram over loopback to its number on the page. */
async function latencies({ page, origin, send }: Stage): Promise<number[]> {
  const hosts = Array.from({ length: 100 }, (_, index) => `host-${String(index).padStart(3, "0")}`);
  let seq = 0;
  for (const host of hosts) await send({ id: host, host, seq: ++seq });
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
    // A number of interface losses that nothing else on the page shows.
    const lost = 1_000_000 + sample;
    const text = lost.toLocaleString("en-US");
    const interfaces = [{ name: "eth0", rx: 1, tx: 1, rxLost: lost, txLost: 0 }];
    await new Promise((resolve) => setTimeout(resolve, 200 + 250 * Math.random()));
    const sentMs = performance.timeOrigin + performance.now();
    await send({
      id: hosts[sample % 20]!,
      host: hosts[sample % 20]!,
      seq: ++seq,
      network: { interfaces },
    });
    for (const host of hosts.slice(20, 30)) await send({ id: host, host, seq: ++seq });
    const shown = await page.waitForFunction(
      (text) => (globalThis as unknown as { seen: Map<string, number> }).seen.get(text),
      text,
    );
    times.push(await shown.jsonValue() as number - sentMs);
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
    const interactiveMs = await load(page, origin);
    const rendererPercent = await cpuPercent(/--type=renderer/, LOAD_SECONDS / 2);
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
    return { interactiveMs, rendererPercent, sent, received: totals.received, lost };
  } finally {
    isOver = true;
    await pump;
  }
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

/** Milliseconds until the page shows all hosts and has sorted them as told. */
async function load(page: Stage["page"], origin: string): Promise<number> {
  const startMs = performance.now();
  await page.goto(origin);
  await page.waitForFunction(() =>
    /^(9,9..|10,000) hosts$/.test(document.querySelector(".count")?.textContent ?? "")
  );
  await page.click(".head .cpu button");
  await page.waitForSelector(".head .cpu[aria-sort=descending]");
  return performance.now() - startMs;
}

/** The share of one core that some processes take for a while. */
async function cpuPercent(pattern: RegExp, spanSeconds: number): Promise<number> {
  const before = await cpuMsOf(pattern);
  await seconds(spanSeconds);
  return (await cpuMsOf(pattern) - before) / (spanSeconds * 1_000) * 100;
}

if (import.meta.main) {
  if (BROWSER === null) throw new Error("Cannot measure the page: there is no Chromium");
  await onStage(async (stage) => {
    const times = await latencies(stage);
    print("arrival to screen, ms", {
      median: median(times),
      p99: quantile(times, 0.99),
      max: Math.max(...times),
    });
  }, { viewport: { width: 1_440, height: 900 } });
  await onStage(async (stage) => print("10,000 hosts", await manyHosts(stage)), {
    viewport: { width: 1_440, height: 900 },
  });
}
