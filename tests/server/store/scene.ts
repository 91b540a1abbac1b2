/** What the tests of the store stand on: a server without sockets, with a file and a clock of their own. */
import { Failures } from "../../../lib/server/parts.ts";
import { Fleet } from "../../../lib/server/fleet/fleet.ts";
import type { Decoder } from "../../../lib/server/fleet/receipt.ts";
import { openStore, prepareFolder } from "../../../lib/server/store/open.ts";
import { startThread } from "../../../lib/server/store/thread.ts";
import type { StoreThread } from "../../../lib/server/store/thread.ts";
import type { Opening } from "../../../lib/server/store/file/thread.js";
import { causesOf, planOf, seriesOf } from "../../../lib/server/store/stretches.ts";
import { inFolder } from "../../files.ts";
import { jsonOf } from "../../messages.ts";
import { logLines } from "../logs.ts";

const MAY_WRITE = (["read", "write"] as const)
  .every((name) => Deno.permissions.querySync({ name }).state === "granted");

/** A test with a folder for data, which is not there yet. */
export function test(name: string, act: (folder: string) => Promise<void>): void {
  Deno.test({
    name: `${name} (needs --allow-read and --allow-write)`,
    ignore: !MAY_WRITE,
    fn: () => inFolder((folder) => act(`${folder}/data`)),
  });
}

/** When servers of the tests begin. */
export const START_MS = 1_795_442_880_000;
export const MINUTE_MS = 60_000;
const KEEP = { keepMs: { minute: 1e12, hour: 1e12 }, keepBytes: 1e12 };

const sum = (numbers: readonly (number | null)[]) =>
  numbers.reduce<number>((a, b) => a + (b ?? 0), 0);

const NOTHING = { fromMs: 0, untilMs: 1, points: 1, leastMs: 0, minutesSinceMs: 0 };

/** A server without sockets, whose clock stands still until it is told. */
export async function open(
  data: string,
  startedMs = START_MS,
  { maxHosts = 100, ...limits }: Partial<Pick<Opening, "maxHosts" | "keepMs" | "keepBytes">> = {},
  decoder?: Decoder,
) {
  const { log, lines } = logLines();
  const fleet = new Fleet({ decoder, maxHosts, historyMs: 900_000, nowMs: startedMs });
  const failures = new Failures(log);
  let now = startedMs;
  const clock = {
    aheadMs: 0,
    dropped: null as number | null,
    /** What a reading of the drops waits for. */
    reading: null as Promise<void> | null,
  };
  const surroundings = {
    ...{ fleet, startedMs, nowMs: () => now, aheadMs: () => clock.aheadMs, log, failures },
    kernelDrops: {
      known: () => clock.dropped,
      read: () => clock.reading?.then(() => clock.dropped) ?? Promise.resolve(clock.dropped),
    },
  };
  const workers: Worker[] = [];
  const thread = startThread(await prepareFolder(data), (worker) => workers.push(worker));
  const fault = { error: null as Error | null, order: "put" };
  const faulty: StoreThread = {
    ask: (order, given, transfer) =>
      order === fault.order && fault.error
        ? Promise.reject(fault.error)
        : thread.ask(order, given, transfer),
    end: () => thread.end(),
  };
  const options = { ...KEEP, ...limits, path: `${data}/pulso.db`, maxHosts };
  const store = await openStore(faulty, options, surroundings);
  const receive = (bytes: Uint8Array, hostname: string, atMs: number) => {
    now = atMs;
    const receipt = fleet.receive(bytes, { hostname, port: 1 }, atMs);
    if (receipt.accepted) store.accepted(receipt, atMs);
    return receipt;
  };
  return {
    clock,
    /** Ends the thread as a fault in it does. */
    async endThread() {
      const [worker] = workers.splice(0);
      const ended = new Promise((resolve) => worker!.addEventListener("error", resolve));
      worker!.postMessage(null);
      await ended;
    },
    fleet,
    store,
    lines,
    failures,
    fault,
    /** Waits until the thread has done all that it was asked, and what follows from it. */
    async settle(turns = 4) {
      for (let n = 0; n < turns; n++) {
        await thread.ask("past", { hosts: [], range: planOf(NOTHING, []) }).catch(() => {});
        await new Promise((resolve) => setTimeout(resolve));
      }
    },
    send(id: string, seq: number, atMs: number, hostname = "192.0.2.7", time = atMs) {
      const message = { v: 1, id, host: id, session: "s", seq, time, interval: 5_000 };
      receive(jsonOf({ ...message, cpu: { mean: seq % 100 } }), hostname, atMs);
    },
    receive,
    tick(atMs: number) {
      now = atMs;
      store.tick(atMs);
    },
    async read(id: string, fromMs: number, untilMs: number) {
      const wanted = { fromMs, untilMs, points: 10_000, leastMs: 0, minutesSinceMs: 0 };
      const plan = planOf(wanted, ["cpu"]);
      const host = fleet.host(id)!;
      const [found] = await store.read([host], plan);
      const known = [host.firstSeenMs + clock.aheadMs, untilMs] as const;
      const causes = causesOf(plan, found!, known, store.downs);
      const totals = Object.entries(causes).map(([cause, ms]) => [cause, sum(ms)] as const);
      const samples = sum(seriesOf(plan, found!)[0]!.samples);
      return Object.fromEntries<number>([
        ["samples", samples],
        ...totals.filter(([, ms]) => ms > 0),
      ]);
    },
  };
}
