/**
 * Measures a record: what it takes of reception and of the disk, and how fast it is played as fast as can be,
 * beside the same datagrams through a fleet without a record, in turns.
 */
import { cpuUsage } from "node:process";
import { Fleet } from "../../lib/server/fleet/fleet.ts";
import { openReplay } from "../../lib/server/record/replay.ts";
import { inFolder } from "../files.ts";
import { MAX_DATAGRAM_BYTES } from "../../lib/message/message.ts";
import { ByteWriter } from "../../tools/swarm_writer.ts";
import { randomOf } from "../mutation.ts";
import { idOf, sessionOf } from "../sealed/sealing.ts";
import { openHere, START_MS } from "../server/record/recording.ts";
import { SwarmHost } from "../../tools/swarm_host.ts";
import type { Figure } from "./figures.ts";

const RUNS = 5;
const HOSTS = 1_000;
const ROUNDS = 40;
const INTERVAL_MS = 5_000;
const OPTIONS = { maxHosts: 10_000, historyMs: 900_000, nowMs: START_MS };

interface Arrival {
  readonly bytes: Uint8Array;
  readonly sender: { readonly hostname: string; readonly port: number };
  readonly atMs: number;
}

/** What the hosts of `deno task swarm` send. */
function traffic(): Arrival[] {
  const random = randomOf(1);
  const writer = new ByteWriter(MAX_DATAGRAM_BYTES);
  const hosts = Array.from({ length: HOSTS }, (_, index) => {
    const [id, session] = [idOf(index), sessionOf(START_MS, index)];
    const host = new SwarmHost({
      ...{ index, id, session, intervalMs: INTERVAL_MS, cores: null, sealed: false },
    });
    return (atMs: number) => {
      host.step(random);
      writer.clear();
      host.write(writer, atMs);
      return writer.written().slice();
    };
  });
  return Array.from({ length: HOSTS * ROUNDS }, (_, n) => {
    const host = n % HOSTS;
    const atMs = START_MS + Math.floor(n / HOSTS) * INTERVAL_MS + host * INTERVAL_MS / HOSTS;
    const sender = { hostname: `10.0.${host % 250}.7`, port: 40_000 + host };
    return { bytes: hosts[host]!(atMs), sender, atMs };
  });
}

/** Measures all of it. */
export async function measureReplay(): Promise<Figure[]> {
  const arrivals = traffic();
  const received = arrivals.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const values = { live: [], record: [], share: [], played: [], ratio: [] } as Record<
    "live" | "record" | "share" | "played" | "ratio",
    number[]
  >;
  for (let run = 0; run <= RUNS; run++) {
    const liveMs = await receiveAll(arrivals, () => {}, () => undefined);
    await inFolder(async (folder) => {
      const clock = { nowMs: START_MS, aheadMs: 0 };
      const { recorder, settle } = openHere(folder, clock);
      const recordMs = await receiveAll(arrivals, ({ bytes, sender, atMs }) => {
        recorder.record(bytes, sender, atMs, { kind: "plain" });
      }, settle);
      await recorder.close();
      if (recorder.counts.datagrams !== arrivals.length) throw new Error("Cannot record all");
      const playMs = await play(folder);
      // The first run is for the engine.
      if (run === 0) return;
      values.live.push(arrivals.length / liveMs * 1_000);
      values.record.push((recordMs - liveMs) / arrivals.length * 1_000);
      values.share.push(recorder.counts.bytes / received);
      values.played.push(arrivals.length / playMs * 1_000);
      values.ratio.push(liveMs / playMs);
    });
  }
  return [
    { name: "datagrams through a fleet, of processor time", unit: "/s", values: values.live },
    { name: "the same from a record, as fast as can be", unit: "/s", values: values.played },
    { name: "the second to the first", unit: "", values: values.ratio },
    { name: "time of reception that a recorded datagram takes", unit: "µs", values: values.record },
    { name: "bytes on disk to bytes received", unit: "", values: values.share },
  ];
}

/** Processor time so far: other programs on the machine are not in it. */
function cpuMs(): number {
  const { user, system } = cpuUsage();
  return (user + system) / 1_000;
}

type OnReceipt = (arrival: Arrival, receipt: ReturnType<Fleet["receive"]>) => void;

/** How long all take; what is done between two rounds is the thread's, and takes no time of reception. */
async function receiveAll(
  arrivals: readonly Arrival[],
  then: OnReceipt,
  between: () => Promise<unknown> | undefined,
): Promise<number> {
  const fleet = new Fleet(OPTIONS);
  let tookMs = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const startMs = cpuMs();
    for (const arrival of arrivals.slice(round * HOSTS, (round + 1) * HOSTS)) {
      then(arrival, fleet.receive(arrival.bytes, arrival.sender, arrival.atMs));
    }
    tookMs += cpuMs() - startMs;
    await between();
  }
  return tookMs;
}

async function play(folder: string): Promise<number> {
  const replay = await openReplay({
    ...{ folder, speed: Infinity, fromMs: null, toMs: null, maxHosts: OPTIONS.maxHosts },
    steadyMs: () => performance.now(),
    log: { warn: (line) => line },
  });
  const fleet = new Fleet({ ...OPTIONS, decoder: replay.decoder });
  replay.follow(() => {}, true);
  const startMs = cpuMs();
  await replay.run((...datagram) => void fleet.receive(...datagram));
  return cpuMs() - startMs;
}

if (import.meta.main) {
  // deno-lint-ignore no-console
  for (const { name, unit, values } of await measureReplay()) console.log(name, unit, values);
}
