/**
 * Measures what the stock rules cost at 100,000 hosts: the processor time of a look, which is spread over
 * five seconds, and of its longest slice, which is how long a datagram may wait; at the first look, as usual,
 * when 45 % of the hosts fall silent at once, after a start meanwhile, when they are back, and when all fall
 * silent; of a renewal of what stands at an Alertmanager; and of what page, API and `/metrics` read while
 * 45,000 alerts stand, the first time and later. It counts the time of the thread that receives,
 * and of no other. Twice, in processes of their own: as the server collects its garbage, and with so much
 * room that within a look none is collected: the second says what the slices themselves take, and the rest
 * is the engine's.
 */
import { Alerts } from "../../lib/server/alerts/alerts.ts";
import { SLICE_MS } from "../../lib/server/alerts/file/open.ts";
import { STOCK } from "../../lib/server/alerts/stock.ts";
import { encodeMessage } from "../../lib/message/encode.ts";
import { Fleet } from "../../lib/server/fleet/fleet.ts";
import { readDestination } from "../../lib/server/outlets/read.ts";
import { fullSampleOf } from "../messages.ts";
import { stateOf, TO_CHAT } from "../server/alerts/watched.ts";
import { logLines } from "../server/logs.ts";
import { fakeSurroundings, NEVER } from "../server/outlets/fakes.ts";
import type { Figure } from "./figures.ts";

const HOSTS = 100_000;
/** So rarely that the fleet is made in seconds. */
const INTERVAL_MS = 30_000;
const SECOND_MS = 1_000;
const LOOK_SECONDS = 5;
/** From the first silence on, until all is told. */
const SILENT_SECONDS = 220;
/** So often what stands is read; not until hosts are to be heard again. */
const READ_SECONDS = 5;
/** How garbage is collected: as in `deno task server`, and not within a look. */
const COLLECTIONS: readonly (readonly [name: string, flags: string])[] = [
  ["", "--max-semi-space-size=4,--heap-growing-percent=30"],
  [
    " without garbage collection",
    "--min-semi-space-size=128,--max-semi-space-size=128,--single-threaded-gc,--expose-gc",
  ],
];

/** What Deno says of the time of a thread is by 10 ms. */
const LIBC = Deno.dlopen("libc.so.6", {
  clock_gettime: { parameters: ["i32", "buffer"], result: "i32" },
});
const THREAD_CLOCK = 3;
const TIME = new BigInt64Array(2);

/** The argument of a process that measures. */
const ONCE = "once";

/** The rows of the table. */
export async function measureAlerts(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [name, flags] of COLLECTIONS) {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-prompt",
        "--quiet",
        "--allow-ffi",
        `--v8-flags=${flags}`,
        import.meta.filename!,
        ONCE,
      ],
      stderr: "inherit",
    }).output();
    const own: Figure[] = JSON.parse(new TextDecoder().decode(stdout));
    figures.push(...own.map((figure) => ({ ...figure, name: `${figure.name}${name}` })));
  }
  return figures;
}

async function measure(): Promise<Figure[]> {
  const bench = new AlertsBench();
  const phases: [string, () => Took[]][] = [
    ["at first", () => bench.pass(90, HOSTS)],
    ["as usual", () => bench.pass(60, HOSTS)],
    ["when 45 % fall silent", () => bench.pass(SILENT_SECONDS, 0.55 * HOSTS)],
    ["after a start meanwhile", () => bench.startAnew().pass(90, 0.55 * HOSTS)],
    ["when they are back", () => bench.pass(60, HOSTS)],
    ["when all fall silent", () => bench.pass(SILENT_SECONDS, 0)],
  ];
  const figures: Figure[] = [];
  for (const [name, run] of phases) {
    const took = run();
    const looks = took.map((_, n) => sum(took.slice(n, n + LOOK_SECONDS), ({ allMs }) => allMs));
    const slice = Math.max(...took.map(({ sliceMs }) => sliceMs));
    figures.push(
      { name: `a look at all hosts, ${name}`, unit: "ms", values: [Math.max(...looks)] },
      { name: `the longest slice of one, ${name}`, unit: "ms", values: [slice] },
    );
    if (name !== "when 45 % fall silent") continue;
    figures.push(...bench.read());
    const renewals = [await bench.renew(), await bench.renew()];
    figures.push(
      { name: "a renewal", unit: "ms", values: renewals.map(({ allMs }) => allMs) },
      { name: "the longest slice of one", unit: "ms", values: renewals.map((of) => of.sliceMs) },
    );
  }
  return figures;
}

/** What a second took, and the longest slice of it. */
interface Took {
  readonly allMs: number;
  readonly sliceMs: number;
}

class AlertsBench {
  readonly #fleet = new Fleet({ maxHosts: HOSTS, historyMs: 60_000, nowMs: 0 });
  #nowMs = 0;
  #seq = 0;
  #alerts = this.#open();

  #open(): Alerts {
    const { log } = logLines();
    const alerts = new Alerts({ fleet: this.#fleet, log, startedMs: this.#nowMs });
    alerts.use(STOCK, TO_CHAT);
    return alerts;
  }

  /** Another server goes on from what is known of alerts. */
  startAnew(): this {
    const state = stateOf(this.#alerts);
    this.#alerts = this.#open();
    this.#alerts.restore(state);
    return this;
  }

  /** What those read who show alerts, after each of some seconds. */
  read(): Figure[] {
    const alerts = this.#alerts;
    const reads: [name: string, read: () => unknown][] = [
      ["the queue of what stands", () => alerts.queue],
      ["what /api/alerts has of it", () => alerts.standing(1_000).map((one) => alerts.show(one))],
      ["what /metrics has of it", () => alerts.keys],
    ];
    const took = reads.map((): number[] => []);
    for (let second = 0; second < READ_SECONDS; second++) {
      this.#nowMs += SECOND_MS;
      this.#alerts.tick(this.#nowMs);
      for (const [n, [, read]] of reads.entries()) {
        const tookMs = begin();
        read();
        took[n]!.push(tookMs());
      }
    }
    return reads.map(([name], n) => ({ name, unit: "ms", values: took[n]! }));
  }

  /** Tells an Alertmanager again what stands. */
  async renew(): Promise<Took> {
    const { surroundings } = fakeSurroundings();
    const fields = { alertmanager: "http://am.example" };
    const oncall = readDestination("oncall", fields, surroundings);
    const slices: number[] = [];
    let tookMs = begin();
    const end = () => slices.push(tookMs());
    const standing = this.#alerts.renewals("chat");
    /** What becomes of each is of its slice. */
    async function* timed() {
      for (const notice of standing) {
        if (notice !== null) yield notice;
        end();
        await new Promise((resolve) => setTimeout(resolve));
        tookMs = begin();
      }
    }
    await oncall.renew!(timed(), NEVER);
    end();
    return { allMs: sum(slices, (ms) => ms), sliceMs: Math.max(...slices) };
  }

  /** What each of some seconds takes, in which the first hosts are heard. */
  pass(seconds: number, heard: number): Took[] {
    return Array.from({ length: seconds }, () => {
      if (this.#nowMs % INTERVAL_MS === 0) this.#hear(heard);
      this.#nowMs += SECOND_MS;
      return this.#tick();
    });
  }

  #hear(hosts: number): void {
    this.#seq++;
    const message = { ...fullSampleOf({ cores: 4, volumes: 1, interfaces: 1 }), session: "s" };
    for (let n = 0; n < hosts; n++) {
      const [id, time] = [`web-${n}`, this.#nowMs];
      const head = { id, host: id, seq: this.#seq, time, interval: INTERVAL_MS };
      this.#fleet.receive(
        encodeMessage({ ...message, ...head }),
        { hostname: `10.0.${n >> 8 & 255}.${n & 255}`, port: 1 + (n >> 16) },
        this.#nowMs + 1,
      );
    }
    // Where it may be asked for: so that none comes later.
    (globalThis as { gc?: () => void }).gc?.();
  }

  #tick(): Took {
    const slices: number[] = [];
    const time = (act: () => boolean) => {
      const tookMs = begin();
      const isMore = act();
      slices.push(tookMs());
      return isMore;
    };
    const isMore = () => {
      const endMs = performance.now() + SLICE_MS;
      while (this.#alerts.goOn()) if (performance.now() >= endMs) return true;
      return false;
    };
    const first = () => {
      this.#alerts.begin(this.#nowMs);
      return isMore();
    };
    if (time(first)) { while (time(isMore)); }
    return { allMs: sum(slices, (ms) => ms), sliceMs: Math.max(...slices) };
  }
}

/** The processor time of this thread so far, in milliseconds. */
function threadMs(): number {
  LIBC.symbols.clock_gettime(THREAD_CLOCK, TIME);
  return Number(TIME[0]) * 1_000 + Number(TIME[1]) / 1e6;
}

/**
 * Begins to measure: what is returned says how many milliseconds the thread has worked since. No longer than
 * has passed: on a virtual machine its clock may stand still, and then make up for what others took.
 */
function begin(): () => number {
  const [thread, wall] = [threadMs(), performance.now()];
  return () => Math.min(threadMs() - thread, performance.now() - wall);
}

function sum<T>(items: readonly T[], read: (item: T) => number): number {
  return items.reduce((all, item) => all + read(item), 0);
}

if (import.meta.main) {
  const figures = Deno.args[0] === ONCE ? await measure() : await measureAlerts();
  // deno-lint-ignore no-console
  console.log(JSON.stringify(figures));
}
