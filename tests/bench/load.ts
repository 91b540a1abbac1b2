/**
 * Measures the real server under a large fleet: agents at 5 s, the table on a terminal, two streams
 * of the page, the API asked each second and /metrics each 15 s. Everything shares this machine's
 * cores with the server. Linux, with `script` of util-linux for the terminal and `curl` for scrapes.
 */
import config from "../../deno.json" with { type: "json" };
import { programOf } from "../../tools/programs.ts";
import { memoryMiB } from "./process_cost.ts";
import { SocketWatch } from "./socket_watch.ts";
import { type Figure, median, quantile } from "./figures.ts";

const UDP_PORT = 25_107;
const WEB = "127.0.0.1:25108";
const ROOT = new URL("../../", import.meta.url).pathname;
const AGENTS = 100_000;
/** What the page asks for, sorted by a column, in a window of some 30 rows. */
const PAGE = "/api/stream?sort=cpu&order=desc&offset=0&limit=75";

/** Loads the server for so long: that of this checkout, or of another. */
export async function measureLoad(seconds: number, root = ROOT): Promise<Figure[]> {
  const server = `${root}dist/pulso-server`;
  const args = ["--listen", `127.0.0.1:${UDP_PORT}`, "--web", WEB, "--max-hosts", String(AGENTS)];
  const terminal = new Deno.Command("script", {
    args: ["-qfec", [server, ...args].join(" "), "/dev/null"],
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await untilServes();
  const pid = await serverPid(server);
  const stop = new AbortController();
  const users = [stream(PAGE, stop.signal), stream(PAGE, stop.signal)];
  const polls = poll(read, "/api/fleet?sort=cpu&order=desc&limit=50", 1_000, stop.signal);
  const scrapes = poll(scrape, "/metrics", 15_000, stop.signal);
  const residents = watchMemory(pid, stop.signal);
  const watch = new SocketWatch(UDP_PORT);
  const { sent, bytes } = await swarm(seconds);
  const { p99Ms, maxMs, dropped } = await watch.end(Math.round(bytes / sent), sent / seconds);
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  stop.abort();
  const { totals } = await (await fetch(`http://${WEB}/api/fleet?limit=1`)).json();
  const pollMs = (await polls).map(({ ms }) => ms);
  const scraped = await scrapes;
  const figures: Figure[] = [
    figure("datagrams sent", "", sent),
    figure("datagrams dropped by the kernel, the socket being full", "", dropped),
    figure(
      "datagrams that neither the kernel dropped nor the server counted",
      "",
      sent - dropped - totals.received,
    ),
    figure("share lost", "%", dropped / sent * 100),
    figure("nothing was taken from the socket for, 99 % of looks", "ms", p99Ms),
    figure("nothing was taken from the socket for, longest", "ms", maxMs),
    figure("resident memory at its highest", "MiB", Math.max(...await residents)),
    figure("answer of the API, median", "ms", median(pollMs)),
    figure("answer of the API, slowest of 99 %", "ms", quantile(pollMs, 0.99)),
    figure("scrapes of /metrics begun", "", scraped.length),
    figure(
      "scrapes of /metrics",
      "MB/s",
      megabytesPerSecond(scraped.filter(({ bytes }) => bytes > 0)),
    ),
    figure("a page's stream", "MB/s", median(await Promise.all(users)) / seconds / 1e6),
  ];
  Deno.kill(pid, "SIGTERM");
  await terminal.status;
  return figures.map((each) => ({ ...each, name: `${AGENTS / 1_000}k agents: ${each.name}` }));
}

function megabytesPerSecond(answers: readonly Answer[]): number {
  const sum = (field: keyof Answer) => answers.reduce((sum, answer) => sum + answer[field], 0);
  return sum("bytes") / sum("ms") / 1_000;
}

function figure(name: string, unit: string, value: number): Figure {
  return { name, unit, values: [value] };
}

async function untilServes(): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      await (await fetch(`http://${WEB}/api/fleet?limit=1`)).body?.cancel();
      return;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  throw new Error("Cannot measure: the server does not answer");
}

/** The process that was started by `script`. */
async function serverPid(server: string): Promise<number> {
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const words = (await Deno.readTextFile(`/proc/${name}/cmdline`)).split("\0");
      if (words[0] === server && words.includes(WEB)) return Number(name);
    } catch (error) {
      // A process that has ended meanwhile is not the one.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new Error("Cannot measure: the server does not run");
}

async function swarm(seconds: number): Promise<{ sent: number; bytes: number }> {
  const { script, permissions } = programOf(config.tasks, "swarm");
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--quiet", ...permissions, script],
      ...["--agents", String(AGENTS), "--interval", "5s", "--seconds", String(seconds)],
      ...["--server", `127.0.0.1:${UDP_PORT}`],
    ],
    cwd: ROOT,
    stderr: "inherit",
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** Reads a stream until stopped, anew where it ends; the bytes that came. */
async function stream(path: string, signal: AbortSignal): Promise<number> {
  let bytes = 0;
  while (!signal.aborted) bytes += await read(path, signal);
  return bytes;
}

/** One answer; of the last one, which may be cut short, what is known. */
interface Answer {
  readonly ms: number;
  readonly bytes: number;
}

/** Asks for a path again and again until stopped. */
async function poll(
  ask: (path: string, signal: AbortSignal) => Promise<number>,
  path: string,
  everyMs: number,
  signal: AbortSignal,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  while (!signal.aborted) {
    const startMs = performance.now();
    const bytes = await ask(path, signal);
    answers.push({ ms: performance.now() - startMs, bytes });
    await pause(everyMs - (performance.now() - startMs), signal);
  }
  return answers;
}

/** The bytes of an answer, or of as much of it as came before the stop. */
async function read(path: string, signal: AbortSignal): Promise<number> {
  let bytes = 0;
  try {
    const { body } = await fetch(`http://${WEB}${path}`, { signal });
    for await (const chunk of body!) {
      bytes += chunk.length;
      // A body that is being read is not always told of the stop.
      if (signal.aborted) break;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return bytes;
}

/** The bytes of an answer that a program of its own reads, as Prometheus does; 0 where the stop cut it short. */
async function scrape(path: string, signal: AbortSignal): Promise<number> {
  const { success, stdout } = await new Deno.Command("curl", {
    args: ["-sS", "-o", "/dev/null", "-w", "%{size_download}", `http://${WEB}${path}`],
    stderr: "inherit",
    signal,
  }).output();
  if (!success && !signal.aborted) throw new Error("Cannot measure: a scrape failed");
  return success ? Number(new TextDecoder().decode(stdout)) : 0;
}

async function watchMemory(pid: number, signal: AbortSignal): Promise<number[]> {
  const residents: number[] = [];
  while (!signal.aborted) {
    residents.push(memoryMiB(pid).resident);
    await pause(1_000, signal);
  }
  return residents;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, Math.max(0, ms));
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}
