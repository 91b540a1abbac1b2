/**
 * Which hosts the file knows, under which numbers, and which have changed since they were saved. Those that
 * the fleet has forgotten stay in the file up to a limit, so that nobody fills it with made-up ones. Pure;
 * others write them.
 */
import { TextMap } from "../../common/hash.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { Host } from "../fleet/host/host.ts";
import { recordOf, type ResumeRecord } from "../fleet/host/record.ts";
import type { HostRecord, StoredHosts } from "./file/database.js";

/** A host that the file knows, or is to know. */
export interface Known {
  readonly key: string;
  /** Its number: no other host ever has it. */
  readonly id: number;
  /** `null` for one that the fleet does not know. */
  host: Host | null;
  /** The host's version when it was saved; NaN for one that is not in the file as it is now. */
  savedVersion: number;
  /** Whether the file may have it. */
  isInFile: boolean;
}

/** Ticks within which a changed host is saved, and how many at a time, as their records take a moment. */
const [SAVE_TICKS, MAX_SAVED] = [50, 100] as const;
/** One that makes room before it was heard so often leaves nothing behind, as a made-up one. */
const MIN_DATAGRAMS = 8;
/** For each host that the fleet may have, so many that it has forgotten stay in the file. */
const GONE_PER_HOST = 3;

/** A host in the fleet again; `null` where there is no room for it, or it is damaged: its history is read once it is heard. */
function restored(fleet: Fleet, record: HostRecord, startedMs: number, onFault: () => void) {
  try {
    return fleet.restore(record, startedMs);
  } catch {
    const host = fleet.host(record.key);
    if (host !== undefined) fleet.forget(host);
    onFault();
    return null;
  }
}

/** All hosts of the file. */
export class Registry {
  readonly #maxGone: number;
  readonly #byKey = new TextMap<Known>();
  /** By slot; a slot may have got another host since. */
  readonly #bySlot: (Known | undefined)[] = [];
  /** In the order of their numbers. */
  readonly #byId = new Map<number, Known>();
  /** Those that the fleet does not know, the first to go first. */
  readonly #gone = new Set<Known>();
  /** Numbers of those that the file is to have no more. */
  #deleted: number[] = [];
  /** Numbers that never were in the file, nor anything under them. */
  readonly #unused: number[] = [];
  #nextId = 0;
  /** Who are saved next. */
  #turn: Iterator<Known> = [].values();

  readonly #resumeOf: ((id: number) => ResumeRecord) | undefined;
  /** How often all were asked whether they have changed. */
  rounds = 0;

  /** For a fleet of so many hosts, which are saved with how to go on where there is something to say. */
  constructor(maxHosts: number, resumeOf?: (id: number) => ResumeRecord) {
    this.#maxGone = GONE_PER_HOST * maxHosts;
    this.#resumeOf = resumeOf;
  }

  /** How many there are. */
  get size(): number {
    return this.#byId.size;
  }

  /** A host by its key. */
  get(key: string): Known | undefined {
    return this.#byKey.get(key);
  }

  /** A host by its number. */
  of(id: number): Known | undefined {
    return this.#byId.get(id);
  }

  /** Takes who is in the file, the one that was heard last as the last, and enters some into a fleet; `onFault` is told of each that is damaged. */
  *restore(stored: StoredHosts, fleet: Fleet, startedMs: number, onFault: () => void) {
    const { ids, hosts: records, nextId } = stored;
    this.#nextId = nextId;
    for (const { key, id } of ids) {
      this.#gone.add(this.#put({ savedVersion: NaN, key, id, host: null, isInFile: true }));
    }
    for (const record of records.toSorted((a, b) => a.id - b.id)) {
      const host = restored(fleet, record, startedMs, onFault);
      if (host === null) continue;
      const known = this.enter(host);
      markSaved(known, host);
      yield { id: known.id, host, record };
    }
    this.#limit();
  }

  /** Those that the fleet has, with their numbers. */
  present(): readonly { readonly id: number; readonly host: Host }[] {
    return [...this.#byId.values()].flatMap(({ id, host }) => host === null ? [] : [{ id, host }]);
  }

  /** The host that was last known to have this slot. */
  at({ slot }: Host): Known | undefined {
    return this.#bySlot[slot];
  }

  /** A host is in the fleet from now on; it gets a number where it has none. */
  enter(host: Host): Known {
    const known = this.#byKey.get(host.key) ??
      this.#put({ savedVersion: NaN, key: host.key, id: this.#newId(), host, isInFile: false });
    known.host = host;
    this.#gone.delete(known);
    this.#bySlot[host.slot] = known;
    return known;
  }

  /** The fleet has forgotten a host; whether it was heard so little that it is known no more. */
  leave(host: Host): boolean {
    const known = this.#byKey.get(host.key);
    if (known?.host !== host) return false;
    known.host = null;
    const isForgotten = host.datagrams < MIN_DATAGRAMS && host.keyId === null;
    if (isForgotten) this.#forget(known);
    else this.#gone.add(known);
    this.#limit();
    return isForgotten;
  }

  /** Deletes a host. */
  delete(known: Known): void {
    this.#byKey.delete(known.key);
    this.#byId.delete(known.id);
    this.#gone.delete(known);
  }

  /** Numbers of hosts that the file is to have no more, since this was asked last. */
  takeDeleted(): readonly number[] {
    const deleted = this.#deleted;
    this.#deleted = [];
    return deleted;
  }

  /** The file is another one, which has nobody. */
  forgetFile(): void {
    this.#deleted = [];
    for (const known of this.#byId.values()) {
      known.isInFile = false;
      known.savedVersion = NaN;
    }
    for (const known of this.#gone) this.delete(known);
  }

  #limit(): void {
    for (const known of this.#gone) {
      if (this.#gone.size <= this.#maxGone) return;
      this.#forget(known);
    }
  }

  #forget(known: Known): void {
    this.delete(known);
    (known.isInFile ? this.#deleted : this.#unused).push(known.id);
  }

  #newId(): number {
    return this.#unused.pop() ?? this.#nextId;
  }

  /** The records of the next few hosts that have changed since they were saved, some at a time, and of a view all new ones; they count as saved. */
  *takeNext(aheadMs: number): Generator<HostRecord[], undefined> {
    let due = Math.ceil(this.size / SAVE_TICKS);
    let left = true;
    while (left || due > 0) {
      const count = Math.min(due, MAX_SAVED);
      due -= count;
      const unsaved = this.#resumeOf === undefined ? [] : this.#takeUnsaved(aheadMs, MAX_SAVED);
      left = unsaved.length === MAX_SAVED;
      yield [...unsaved, ...this.#takeTurns(count, aheadMs)];
    }
  }

  #takeTurns(count: number, aheadMs: number): HostRecord[] {
    const some: Known[] = [];
    for (let turns = 0; turns < 2; turns++) {
      // As far as there is one to go on with, and then from the first one.
      for (let n = this.#turn.next(); !n.done; n = this.#turn.next()) {
        if (some.push(n.value) >= count) return some.flatMap((known) => this.#take(known, aheadMs));
      }
      this.#turn = this.#byId.values();
      this.rounds++;
    }
    return some.flatMap((known) => this.#take(known, aheadMs));
  }

  /** Those of all hosts that are not in the file as they were saved; none of a view, which knows its place only between messages. */
  takeNew(aheadMs: number): HostRecord[] {
    return this.#resumeOf === undefined ? this.#takeUnsaved(aheadMs) : [];
  }

  #takeUnsaved(aheadMs: number, most = Infinity): HostRecord[] {
    const unsaved = this.#byId.values()
      .filter(({ savedVersion, host }) => Number.isNaN(savedVersion) && host !== null)
      .take(most);
    return [...unsaved].flatMap((known) => this.#take(known, aheadMs));
  }

  /** Those of all that have changed, as long as there is time. */
  takeAll(aheadMs: number, hasTime: () => boolean): HostRecord[] {
    return [...this.#byId.values()].flatMap((known) => hasTime() ? this.#take(known, aheadMs) : []);
  }

  /** Hosts could not be saved, nor others deleted. */
  giveBack(records: readonly Pick<HostRecord, "id">[], deleted: readonly number[]): void {
    for (const { id } of records) {
      const known = this.#byId.get(id);
      if (known !== undefined) known.savedVersion = NaN;
    }
    this.#deleted.push(...deleted);
  }

  #take(known: Known, aheadMs: number): HostRecord[] {
    const { id, host } = known;
    if (host === null || host.version === known.savedVersion) return [];
    markSaved(known, host);
    return [{ id, ...recordOf(host, aheadMs, this.#resumeOf?.(id)) }];
  }

  #put(known: Known): Known {
    this.#byKey.set(known);
    this.#byId.set(known.id, known);
    this.#nextId = Math.max(this.#nextId, known.id + 1);
    return known;
  }
}

function markSaved(known: Known, { version }: Host): void {
  known.savedVersion = version;
  known.isInFile = true;
}
