/**
 * What must be remembered of each host to judge it: what it lost in the last minutes, how its fullest
 * volume has grown, and besides whether it was just rebooted. Numbers by slot in columns that rules look
 * at; a host that takes another's place begins anew. Pure: it is told the time, each second of it.
 */
import { formatAge } from "../../common/format.js";
import { isHeard } from "../../common/status.js";
import { HOST_PLACE } from "../fleet/host/stores.ts";
import type { Turn } from "./engine/engine.ts";
import type { IndexView } from "../fleet/index/fleet_index.ts";

/** How long a reboot is told of. */
const REBOOT_MS = 600_000;
/** Each host's losses are counted once in so many seconds, and of so few datagrams no share is told. */
const LOSS_ROUND = 300;
const MIN_DATAGRAMS = 20;
/** Each host's fullest volume is looked at once in so many seconds, and the last so many times are kept. */
const FILL_ROUND = 900;
const MAX_FILLS = 13;
/** From so many times on, an hour of them, its growth is known: that of each part of the time. */
const MIN_FILLS = 5;
const PARTS = 3;
/** So many hosts are followed, counted, or numbers of a column written, in one step. */
const [PART, COUNTED, WRITTEN] = [500, 2_000, 10_000];
/** In a smaller fleet half of it is no sign. */
const MIN_FLEET = 4;

/** In how many seconds a volume will be full, by its growth over all of the time, where it was fastest, and slowest. */
export interface Filling {
  readonly seconds: number;
  readonly soonest: number;
  readonly latest: number;
}

type Column = Float64Array<ArrayBuffer>;

const NO_ROOM = new Float64Array(0);

/** The numbers of all hosts; NaN for what is not known. */
export class Tracks {
  /** 1 for some time after a host was rebooted. */
  rebooted = NO_ROOM;
  /** The share of a host's datagrams that were lost in the last minutes, in percent. */
  lostShare = NO_ROOM;
  /** In how many seconds its fullest volume will be full; infinity where it does not grow. */
  timeToFull = NO_ROOM;
  #entry = NO_ROOM;
  #lost = NO_ROOM;
  #datagrams = NO_ROOM;
  /** A host's shares in use, the oldest first. */
  #fills = new Float32Array(0);
  #fillCounts = new Uint8Array(0);

  /** Takes what the hosts of a turn, every `step`-th from the first one on, say by now; part by part. */
  *follow(index: IndexView, { first, step }: Turn, nowMs: number): Generator<void> {
    const { slots } = index;
    if (slots > this.#entry.length) yield* this.#makeRoom(Math.ceil(1.25 * slots));
    for (let from = first; from < slots; from += step * PART) {
      this.#followBoots(index, from, Math.min(slots, from + step * PART), step, nowMs);
      if (slots > step * PART) yield;
    }
    const second = Math.floor(nowMs / 1_000);
    for (let slot = second % LOSS_ROUND; slot < slots; slot += LOSS_ROUND) {
      this.#followLoss(slot, index);
    }
    if (slots > PART) yield;
    for (let slot = second % FILL_ROUND; slot < slots; slot += FILL_ROUND) {
      this.#followVolume(
        slot,
        isHeard(index.status(slot, nowMs)) ? index.metric("volume")[slot]! : NaN,
      );
    }
  }

  #followBoots(index: IndexView, from: number, to: number, step: number, nowMs: number): void {
    const { entry, numbers } = index;
    for (let slot = from; slot < to; slot += step) {
      if (entry[slot] !== this.#entry[slot]) this.#begin(slot, entry[slot]!);
      // 0 where that is not known.
      const rebootedMs = numbers.get(slot, HOST_PLACE.rebootedMs);
      this.rebooted[slot] = Number(rebootedMs !== 0 && nowMs - rebootedMs < REBOOT_MS);
    }
  }

  /** How a host's fullest volume is filling up; `null` where it does not, or that is not known. */
  filling(slot: number): Filling | null {
    const count = this.#fillCounts[slot]!;
    const fills = this.#fills.subarray(MAX_FILLS * slot, MAX_FILLS * slot + count);
    if (count < MIN_FILLS) return null;
    const speed = (from: number, to: number) => (fills[to]! - fills[from]!) / (to - from);
    const mark = (part: number) => Math.round(part * (count - 1) / PARTS);
    const speeds = Array.from({ length: PARTS }, (_, part) => speed(mark(part), mark(part + 1)));
    if (!speeds.every((speed) => speed > 0)) return null;
    const seconds = (speed: number) => (100 - fills[count - 1]!) / speed * FILL_ROUND;
    return {
      seconds: seconds(speed(0, count - 1)),
      soonest: seconds(Math.max(...speeds)),
      latest: seconds(Math.min(...speeds)),
    };
  }

  #followLoss(slot: number, index: IndexView): void {
    const [lost, datagrams] = [
      index.datagramsLost[slot]!,
      index.numbers.get(slot, HOST_PLACE.datagrams),
    ];
    // What comes late after all is no loss of now.
    const newlyLost = Math.max(0, lost - this.#lost[slot]!);
    const sent = newlyLost + datagrams - this.#datagrams[slot]!;
    this.lostShare[slot] = sent >= MIN_DATAGRAMS ? 100 * newlyLost / sent : NaN;
    this.#lost[slot] = lost;
    this.#datagrams[slot] = datagrams;
  }

  #followVolume(slot: number, share: number): void {
    const first = MAX_FILLS * slot;
    const count = Number.isNaN(share) ? 0 : Math.min(this.#fillCounts[slot]! + 1, MAX_FILLS);
    if (this.#fillCounts[slot] === MAX_FILLS) {
      this.#fills.copyWithin(first, first + 1, first + MAX_FILLS);
    }
    this.#fillCounts[slot] = count;
    if (count > 0) this.#fills[first + count - 1] = share;
    const isKnown = count >= MIN_FILLS;
    this.timeToFull[slot] = isKnown ? this.filling(slot)?.seconds ?? Infinity : NaN;
  }

  #begin(slot: number, entry: number): void {
    this.rebooted[slot] = this.lostShare[slot] = this.timeToFull[slot] = NaN;
    this.#lost[slot] = this.#datagrams[slot] = NaN;
    this.#entry[slot] = entry;
    this.#fillCounts[slot] = 0;
  }

  /** One column after the other: what takes time is the first write to memory that is new. */
  *#makeRoom(room: number): Generator<void> {
    this.rebooted = yield* longer(this.rebooted, new Float64Array(room));
    this.lostShare = yield* longer(this.lostShare, new Float64Array(room));
    this.timeToFull = yield* longer(this.timeToFull, new Float64Array(room));
    this.#lost = yield* longer(this.#lost, new Float64Array(room));
    this.#datagrams = yield* longer(this.#datagrams, new Float64Array(room));
    this.#fills = yield* longer(this.#fills, new Float32Array(MAX_FILLS * room));
    this.#fillCounts = yield* longer(this.#fillCounts, new Uint8Array(room));
    // At last, as its length is the room that there is.
    this.#entry = yield* longer(this.#entry, new Float64Array(room));
  }
}

/** Writes a longer column in place of one, part by part; of what is new no number is known. */
function* longer<T extends Column | Float32Array | Uint8Array>(
  before: T,
  after: T,
): Generator<void, T> {
  const isOfNumbers = after instanceof Float64Array;
  const { length } = isOfNumbers ? after : before;
  for (let from = 0; from < length; from += WRITTEN) {
    const to = from + WRITTEN;
    if (isOfNumbers) after.fill(NaN, from, to);
    after.set(before.subarray(from, to), from);
    yield;
  }
  return after;
}

/** How long it takes, in words: `full in 3h to 6h`. */
export function fillingText(filling: Filling | null): string {
  if (filling === null) return "";
  const [soonest, latest] = [filling.soonest, filling.latest].map((s) => formatAge(1_000 * s));
  return `full in ${soonest}${soonest === latest ? "" : ` to ${latest}`}`;
}

/** The share of the fleet that is silent, in percent; part by part. */
export function* silentShare(index: IndexView, nowMs: number): Generator<void, number> {
  let [all, silent] = [0, 0];
  const { slots } = index;
  for (let from = 0; from < slots; from += COUNTED) {
    const to = Math.min(slots, from + COUNTED);
    const { live, stale, offline } = index.countByStatus(nowMs, from, to);
    all += live + stale + offline;
    silent += offline;
    if (to < slots) yield;
  }
  return all < MIN_FLEET ? 0 : 100 * silent / all;
}
