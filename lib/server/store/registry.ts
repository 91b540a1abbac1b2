/**
 * Which hosts the file knows, by which numbers, and which of them have changed since they were saved. Pure;
 * what is to be saved is written by others.
 */
import { TextMap } from "../../common/hash.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { type Host, hostIntervalMs } from "../fleet/host/host.ts";
import { hostStatus, isHeard } from "../../common/status.js";
import { recordOf } from "../fleet/host/record.ts";
import type { HostRecord } from "./file/database.js";

/** A host that the file knows, or is to know. */
export interface Known {
  readonly key: string;
  /** Its number: no other host ever has it. */
  readonly id: number;
  /** `null` for one that the fleet does not know. */
  host: Host | null;
  /** The host's version when it was saved; NaN for one that is not in the file. */
  savedVersion: number;
}

/** A host may have been heard so long after it was saved. */
const UNSAVED_MS = 60_000;

/** Whether a host was silent when the server was last known to run. */
export function wasSilent(host: Host, { lastMs }: HostRecord, beatMs: number): boolean {
  const ageMs = beatMs - lastMs - UNSAVED_MS;
  return !isHeard(hostStatus({ ageMs, intervalMs: hostIntervalMs(host), left: host.left }));
}

/** All hosts of the file. */
export class Registry {
  readonly #byKey = new TextMap<Known>();
  /** By slot; a slot may have got another host since. */
  readonly #bySlot: (Known | undefined)[] = [];
  readonly #byId: (Known | undefined)[] = [];
  /** From which number on the next ones are saved. */
  #next = 0;

  /** The highest number that there is, and one more. */
  get size(): number {
    return this.#byId.length;
  }

  /** A host by its key. */
  get(key: string): Known | undefined {
    return this.#byKey.get(key);
  }

  /** A host by its number. */
  of(id: number): Known | undefined {
    return this.#byId[id];
  }

  /** A host that the file has. */
  add(key: string, id: number): Known {
    return this.#put({ key, id, host: null, savedVersion: NaN });
  }

  /** Enters hosts of the file into a fleet, in the order of their numbers. */
  *restore(records: readonly HostRecord[], fleet: Fleet, startedMs: number) {
    for (const record of records.toSorted((a, b) => a.id - b.id)) {
      const host = fleet.restore(record, startedMs);
      if (host === null) continue;
      const known = this.enter(host);
      known.savedVersion = host.version;
      yield { id: known.id, host, record };
    }
  }

  /** The host of the fleet that was told of last as in this slot. */
  at({ slot }: Host): Known | undefined {
    return this.#bySlot[slot];
  }

  /** A host is in the fleet from now on; it gets a number where it has none. */
  enter(host: Host): Known {
    const known = this.#byKey.get(host.key) ?? this.add(host.key, this.#byId.length);
    known.host = host;
    this.#bySlot[host.slot] = known;
    return known;
  }

  /** The fleet has forgotten a host: nothing of it stays in memory but its number. */
  leave(host: Host): void {
    const known = this.#byKey.get(host.key);
    if (known?.host === host) known.host = null;
  }

  /** A host is to be known no more. */
  delete({ key, id }: Known): void {
    this.#byKey.delete(key);
    this.#byId[id] = undefined;
  }

  /** The records of the next few hosts that have changed since they were saved; they count as saved. */
  takeNext(count: number, aheadMs: number): HostRecord[] {
    const from = this.#next < this.size ? this.#next : 0;
    this.#next = from + count;
    return this.#take(this.#byId.slice(from, this.#next), aheadMs);
  }

  /** Those of all hosts that are not in the file. */
  takeNew(aheadMs: number): HostRecord[] {
    const isNew = (known?: Known) => known !== undefined && Number.isNaN(known.savedVersion);
    return this.#take(this.#byId.filter(isNew), aheadMs);
  }

  /** Those of all that have changed, as long as there is time. */
  takeAll(aheadMs: number, hasTime: () => boolean): HostRecord[] {
    return this.#byId.flatMap((known) => hasTime() ? this.#take([known], aheadMs) : []);
  }

  /** Hosts could not be saved. */
  giveBack(records: readonly HostRecord[]): void {
    for (const { id } of records) {
      const known = this.#byId[id];
      if (known !== undefined) known.savedVersion = NaN;
    }
  }

  #take(some: readonly (Known | undefined)[], aheadMs: number): HostRecord[] {
    const records: HostRecord[] = [];
    for (const known of some) {
      const host = known?.host;
      if (!host || host.version === known.savedVersion) continue;
      known.savedVersion = host.version;
      records.push({ id: known.id, ...recordOf(host, aheadMs) });
    }
    return records;
  }

  #put(known: Known): Known {
    this.#byKey.set(known);
    this.#byId[known.id] = known;
    return known;
  }
}
