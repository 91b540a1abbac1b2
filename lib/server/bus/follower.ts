/**
 * Follows the stream: a source whose datagrams other servers have received and judged. Where reading ends,
 * as the bus is away or a pause was too long, it goes on behind the last message that was taken, and takes
 * none twice. Pure: how to read is handed in.
 */
import type { Partitions } from "../bus_options.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { Host } from "../fleet/host/host.ts";
import type { Decoder, Resume, Resumed } from "../fleet/receipt.ts";
import { MAX_SITES } from "../fleet/ways/sites.ts";
import type { Source, Take } from "../parts.ts";
import { RecordedDecoder } from "../record/decoder.ts";
import { EntryReader, KIND, RecordError } from "../record/format.ts";
import { readSubject, type StreamMessage, TOLD_SUBJECT } from "./subjects.ts";
import type { SiteState, ViewClock } from "./view_clock.ts";

/** Between attempts to read. */
const [MIN_PAUSE_MS, MAX_PAUSE_MS] = [250, 5_000] as const;
/** Reading begins so long before where it ended: nodes of the bus have clocks of their own. */
const OVERLAP_MS = 2_000;
/** Sites say each second how far they have got: where nothing stands for longer, something may be gone. */
const MAX_GAP_MS = 5_000;

/** How the stream is read. */
export interface FollowDevices {
  /**
   * Hands on the messages from a time of the bus's clock on, until it is stopped. Before the first, `onOpen`
   * is told the bus's clock and ours, and how many messages there are. Waits for what `onMessage` says. @throws {Error} when it cannot go on.
   */
  readonly read: (
    fromMs: number,
    onOpen: (busMs: number, wallMs: number, pending: number) => void,
    onMessage: (message: StreamMessage) => Promise<void> | null,
    stop: AbortSignal,
  ) => Promise<void>;
  readonly wait: (ms: number, stop: AbortSignal) => Promise<void>;
}

/** What is followed, and from when on by the wall clock. */
export interface FollowerOptions {
  readonly partitions: Partitions;
  readonly sinceMs: number;
  readonly maxHosts: number;
}

/** How a view is, besides its fleet. */
export interface FollowState {
  /** Why nothing can be read; `null` where it can. */
  readonly failure: string | null;
  /** How far its clock is behind, as what happened since may not have come. */
  readonly behindMs: number;
  /** Messages that the stream has and the view has not taken. */
  readonly pending: number;
  /** Messages that were gone from the stream before the view read them. */
  readonly missed: number;
  /** Whether this view is the one that notifies; `null` where it has nobody to, or cannot know. */
  readonly notifies: boolean | null;
  readonly sites: readonly SiteState[];
  /** Sites that count as one with the last that has a place of its own among the ways of hosts. */
  readonly sharing: number;
}

/** Reads the stream. */
export class Follower implements Source, Resumed {
  readonly name = "bus";
  /** Reads the datagram that is handed on, as its site judged it. */
  readonly decoder: Decoder;
  readonly clock: ViewClock;
  readonly #devices: FollowDevices;
  readonly #partitions: Partitions;
  readonly #takesAll: boolean;
  readonly #entries: EntryReader;
  readonly #decoder: RecordedDecoder;
  readonly #stopping = new AbortController();
  /** What the last message of each subject was called. */
  readonly #ids = new Map<string, string>();
  /** The last message: its number, and when the stream had it. */
  #sequence = 0;
  #storedMs: number;
  #pending = 0;
  #missed = 0;
  #failure: string | null = "not reached yet";
  #siteOf: (site: string) => number = () => 0;
  /** Those that have the last number, which all share that have none of their own. */
  readonly #last = new Set<string>();
  #onTold: (words: string) => void = () => {};
  #resume: Resume | null = null;
  isWhole = false;

  constructor(devices: FollowDevices, clock: ViewClock, options: FollowerOptions) {
    const { partitions, sinceMs, maxHosts } = options;
    this.#devices = devices;
    this.clock = clock;
    this.#partitions = partitions;
    this.#takesAll = partitions.first === 0 && partitions.last === partitions.count - 1;
    this.#storedMs = sinceMs;
    this.#entries = new EntryReader(maxHosts);
    this.decoder = this.#decoder = new RecordedDecoder(this.#entries, maxHosts);
  }

  get state(): Omit<FollowState, "notifies"> {
    const { behindMs, sites } = this.clock;
    const [failure, pending, missed] = [this.#failure, this.#pending, this.#missed];
    const sharing = Math.max(0, this.#last.size - 1);
    return { failure, behindMs, pending, missed, sites, sharing };
  }

  async run(take: Take, onFailure: (error: Error) => void): Promise<void> {
    const { signal } = this.#stopping;
    const { read, wait } = this.#devices;
    let pauseMs: number = MIN_PAUSE_MS;
    const onOpen = (busMs: number, wallMs: number, pending: number) => {
      pauseMs = MIN_PAUSE_MS;
      this.#failure = null;
      this.#pending = pending;
      this.clock.compare(busMs, wallMs);
      this.clock.follow(pending === 0);
    };
    const onMessage = (message: StreamMessage) => this.#take(message, take);
    while (!signal.aborted) {
      try {
        const fromMs = this.#sequence === 0 ? this.#storedMs : this.#storedMs - OVERLAP_MS;
        await read(fromMs, onOpen, onMessage, signal);
      } catch (error) {
        if (signal.aborted) return;
        this.clock.follow(false);
        this.#failure = (error as Error).message;
        onFailure(error as Error);
        await wait(pauseMs, signal);
        pauseMs = Math.min(MAX_PAUSE_MS, 2 * pauseMs);
      }
    }
  }

  /** Hands on what views say that they tell of alerts. */
  onTold(take: (words: string) => void): void {
    this.#onTold = take;
  }

  /** Numbers sites as the fleet does. */
  join(fleet: Pick<Fleet, "siteOf">): void {
    this.#siteOf = (site) => fleet.siteOf(site);
  }

  /** How far the stream was read, on the bus's clock. */
  get placeMs(): number {
    return this.#storedMs;
  }

  /** What our wall clock says. */
  get wallMs(): number {
    return this.clock.nowMs() + this.clock.behindMs + this.clock.aheadMs();
  }

  /** Goes on where an earlier run of this view was. */
  resume(resume: Resume): void {
    this.#resume = resume;
    this.#storedMs = resume.fromMs;
    this.clock.begin(resume.shownMs);
  }

  hasTaken(host: Host): boolean {
    return this.#storedMs <= (this.#resume?.places.get(host) ?? -Infinity);
  }

  close(): void {
    this.#stopping.abort();
  }

  /** Takes a message; what the next is to wait for. */
  #take(message: StreamMessage, take: Take): Promise<void> | null {
    const { sequence, storedMs, pending, subject, bytes } = message;
    if (this.#stopping.signal.aborted) return null;
    // A stream that was made anew counts from 1 again; no node of the bus begins before it was asked to.
    const isKnown = this.#sequence === 0 || sequence <= this.#sequence;
    if (isKnown && storedMs <= this.#storedMs) return null;
    if (this.#sequence === 0) {
      this.isWhole = this.#resume !== null && storedMs - this.#storedMs <= MAX_GAP_MS;
      this.#resume?.onBegin(storedMs);
    }
    this.#note(sequence);
    this.#storedMs = storedMs;
    this.#pending = pending;
    const at = readSubject(subject);
    if (subject === TOLD_SUBJECT) this.#onTold(new TextDecoder().decode(bytes));
    else if (at?.partition === null) this.#takeBeat(at.site, message);
    else if (at !== null && this.#isOurs(at.partition)) {
      if (this.#isNews(at.site, message)) this.#takeBatch(at.site, bytes, take);
    }
    this.clock.follow(pending === 0);
    return this.#resume?.backlog() ?? null;
  }

  /** Whoever takes all takes those of sites with more partitions, too. */
  #isOurs(partition: number): boolean {
    const { first, last } = this.#partitions;
    return this.#takesAll || partition >= first && partition <= last;
  }

  /** Whether it is not the last one again: the bus notices that itself only for some minutes. */
  #isNews(site: string, { subject, id, storedMs }: StreamMessage): boolean {
    if (id === undefined) return true;
    this.clock.hear(site, id.slice(0, id.lastIndexOf("-")), storedMs);
    const before = this.#ids.get(subject);
    this.#ids.set(subject, id);
    return before !== id;
  }

  /** Notes the number of a message; those between were gone, where all are read. */
  #note(sequence: number): void {
    const isNext = this.#sequence > 0 && sequence > this.#sequence;
    if (isNext && this.#takesAll) this.#missed += sequence - this.#sequence - 1;
    this.#sequence = sequence;
  }

  #takeBeat(site: string, { bytes, storedMs }: StreamMessage): void {
    const entries = this.#entries;
    entries.begin(bytes);
    if (!this.#next()) return;
    const sentMs = this.clock.settled(site, entries);
    if (!this.#next()) return;
    const reachedMs = this.clock.settled(site, entries);
    // An older site does not say how many partitions it has.
    const partitions = this.#next() && entries.kind === KIND.gap ? entries.count : null;
    this.clock.beat(site, { sentMs, reachedMs, storedMs, partitions });
  }

  #takeBatch(site: string, bytes: Uint8Array, take: Take): void {
    const entries = this.#entries;
    const number = this.#siteOf(site);
    if (number === MAX_SITES) this.#last.add(site);
    entries.begin(bytes);
    while (this.#next()) {
      if (entries.kind === KIND.gap) this.clock.omit(site, entries.count);
      if (entries.kind >= KIND.clock) continue;
      const atMs = this.clock.arrivalMs(site, this.clock.settled(site, entries));
      take(this.#decoder.bytes(), entries.origin, atMs, number);
    }
  }

  /** Reads the next entry; `false` at the end of the batch, or of what can be read of it. */
  #next(): boolean {
    try {
      return this.#entries.next();
    } catch (error) {
      if (error instanceof RecordError) return false;
      throw error;
    }
  }
}
