/** What the tests of records stand on: traffic with faults, a fleet that is recorded, and one that is played. */
import { EntryWriter } from "../../../lib/server/record/format.ts";
import { Recorder } from "../../../lib/server/record/recorder.ts";
import { RecordWriter } from "../../../lib/server/record/writer.js";
import type { Origin } from "../../../lib/common/address.ts";
import { encodeMessage } from "../../../lib/message/encode.ts";
import type { Message } from "../../../lib/message/message.ts";
import { Opener } from "../../../lib/sealed/opener.ts";
import { sealedEncoding, Sealer } from "../../../lib/sealed/sealer.ts";
import type { Decoder } from "../../../lib/server/fleet/receipt.ts";
import { idOf, ringOf, sessionOf } from "../../sealed/sealing.ts";
import { sampleOf } from "../../messages.ts";
import { FaultyPath, harmed } from "../../fault_proxy.ts";
import { mutate, randomOf } from "../../mutation.ts";
import { logLines } from "../logs.ts";

/** Whether files may be written here. */
export const MAY_WRITE = (["read", "write"] as const)
  .every((name) => Deno.permissions.querySync({ name }).state === "granted");

/** When the fleets of the tests begin. */
export const START_MS = 1_795_442_910_170;

/** Limits of a record that no test reaches without meaning to. */
export const LIMITS = { fileBytes: 2 ** 24, fileMs: 3_600_000, keepBytes: 2 ** 30 };

/** One datagram as it comes. */
export interface Arrival {
  readonly bytes: Uint8Array;
  readonly origin: Origin;
  readonly atMs: number;
}

const FAULTS = {
  ...{ loss: 0.05, burst: 0.002, recovery: 0.3, duplicate: 0.03, reorder: 0.03 },
  ...{ corrupt: 0.01, truncate: 0.01 },
};

/** What a network makes of the datagrams of some hosts, with garbage between them; the same for the same seed. */
export function traffic(seed: number, hosts: number, rounds: number): Arrival[] {
  const random = randomOf(seed);
  const senders = Array.from({ length: hosts }, (_, n) => ({
    path: new FaultyPath(seed * 1_000 + n, FAULTS),
    origin: { hostname: `10.0.${n >> 8}.${n & 255}`, port: 40_000 + n },
    session: "a",
    seq: 0,
  }));
  const arrivals: Arrival[] = [];
  let atMs = START_MS;
  for (let round = 0; round < rounds; round++) {
    for (const [n, sender] of senders.entries()) {
      atMs += Math.floor(random() * 2 * 1_000 / hosts);
      if (random() < 0.002) Object.assign(sender, { session: `b${round}`, seq: 0 });
      const message = {
        ...sampleOf({ cores: 2, volumes: 1, interfaces: 1 }),
        ...{ id: `host-${n}`, host: `web-${n}`, session: sender.session, seq: ++sender.seq },
        ...{ time: atMs, interval: 1_000, cpu: cpuOf(random) },
      };
      for (const passing of sender.path.take(encodeMessage(message).slice())) {
        arrivals.push({ bytes: harmed(passing), origin: sender.origin, atMs });
      }
      if (random() < 0.02) arrivals.push({ bytes: mutate(random), origin: sender.origin, atMs });
    }
  }
  return arrivals;
}

function cpuOf(random: () => number): NonNullable<Message["cpu"]> {
  return { mean: random() * 100, cores: [random() * 100], iowait: 0, steal: 0 };
}

/** The same traffic, of which every other host is sealed. */
export function sealSome(arrivals: readonly Arrival[]): Arrival[] {
  return arrivals.map((arrival) => {
    const { bytes, origin } = arrival;
    const text = new TextDecoder().decode(bytes);
    const [, number = "1", session, seq] =
      /^\{"v":1,"id":"host-(\d+)".*?"session":"(\w+)","seq":(\d+)/.exec(text) ?? [];
    if (Number(number) % 2 === 1 || !text.endsWith("}}")) return arrival;
    const salt = session === "a" ? 0 : Number(session!.slice(1));
    const sealer = new Sealer(idOf(Number(number)), sessionOf(START_MS + salt * 1_000, salt));
    const body = sealedEncoding().encode(JSON.parse(text));
    return { ...arrival, origin, bytes: sealer.seal(body, Number(seq), ringOf(), START_MS)! };
  });
}

/** What opens it, and lets plain ones pass beside. */
export function decoderOf(): Decoder {
  const opener = new Opener({ auth: "mixed", maxAgents: 30 });
  const ring = ringOf();
  return {
    decode: (bytes, sender, nowMs) =>
      opener.open(bytes, ring, { wallMs: nowMs, upMs: nowMs - START_MS + 3_600_000 }, sender),
  };
}

/** A recorder whose thread is this one; `settle` waits until all is written. */
export function openHere(
  folder: string,
  clock: { nowMs: number; aheadMs: number },
  limits = LIMITS,
) {
  const writer = new RecordWriter(folder, limits);
  const { log, lines } = logLines();
  const failures: string[] = [];
  let last: Promise<unknown> = Promise.resolve();
  const worker = {
    onmessage: null as Worker["onmessage"],
    onerror: null as Worker["onerror"],
    terminate() {},
    postMessage({ bytes, timeMs }: { bytes?: Uint8Array<ArrayBuffer>; timeMs?: number }) {
      const report = (data: unknown) =>
        this.onmessage!.call(null as never, { data } as MessageEvent);
      if (bytes === undefined) {
        last = last.then(() => writer.close()).then(() => report({ isEnd: true }));
        return;
      }
      const { buffer } = bytes;
      last = last.then(() => writer.write(bytes, timeMs!)).then(
        (written) => report({ buffer, written }),
        (error) => report({ buffer, error }),
      );
    },
  };
  writer.begin();
  const recorder = new Recorder(worker as unknown as Worker, folder, {
    nowMs: () => clock.nowMs,
    aheadMs: () => clock.aheadMs,
    log,
    throttledLog: { warn: (_kind, textOf) => void lines.push(textOf()) },
    failures: { count: (part) => void failures.push(part) },
  });
  return { recorder, lines, failures, settle: () => last };
}

/** Entries of a frame. */
export function frameOf(write: (entries: EntryWriter) => void): Uint8Array {
  const bytes = new Uint8Array(2 ** 18);
  const entries = new EntryWriter(bytes);
  write(entries);
  return bytes.slice(0, entries.length);
}
