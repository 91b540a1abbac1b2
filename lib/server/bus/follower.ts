/**
 * Follows the stream: a source whose datagrams other servers have received and judged. Where reading ends,
 * as the bus is away or a pause was too long, it goes on behind the last message that was taken, and takes
 * none twice. Pure: how to read is handed in.
 */
import type { ThrottledLog } from "../../common/log.ts";
import type { Partitions } from "../bus_options.ts";
import type { Host } from "../fleet/host/host.ts";
import type { Resume, Resumed } from "../fleet/receipt.ts";
import type { Source, Take } from "../parts.ts";
import { Contents, type FollowerOptions } from "./contents.ts";
import type { FollowState } from "./site.ts";
import { partitionOf, type ReadStream, type StreamMessage, subjectsOf } from "./subjects.ts";
import type { ViewClock } from "./view_clock.ts";

/** Between attempts to read. */
const [MIN_PAUSE_MS, MAX_PAUSE_MS] = [250, 5_000] as const;
/** Reading begins so long before where it ended: nodes of the bus have clocks of their own. */
const OVERLAP_MS = 2_000;
/** Sites say each second how far they have got: where nothing stands for longer, something may be gone. */
const MAX_GAP_MS = 5_000;

/** How the stream is read. */
export interface FollowDevices {
  readonly read: ReadStream;
  readonly wait: (ms: number, stop: AbortSignal) => Promise<void>;
  readonly throttledLog: Pick<ThrottledLog, "warn">;
}

/** Reads the stream. */
export class Follower implements Source, Resumed {
  readonly name = "bus";
  /** What the messages hold. */
  readonly contents: Contents;
  readonly clock: ViewClock;
  readonly #devices: FollowDevices;
  readonly #partitions: Partitions;
  readonly #takesAll: boolean;
  readonly #stopping = new AbortController();
  /** The last message: its number, and when the stream had it. */
  #sequence = 0;
  #storedMs: number;
  #pending = 0;
  #missed = 0;
  #failure: string | null = "not reached yet";
  #resume: Resume | null = null;
  isWhole = false;

  constructor(devices: FollowDevices, clock: ViewClock, options: FollowerOptions) {
    const { partitions, sinceMs } = options;
    this.#devices = devices;
    this.clock = clock;
    this.#partitions = partitions;
    this.#takesAll = subjectsOf(partitions) === null;
    this.#storedMs = sinceMs;
    this.contents = new Contents(clock, devices.throttledLog, options);
  }

  get state(): Omit<FollowState, "notifies"> {
    const { behindMs, sites } = this.clock;
    const [failure, pending, missed] = [this.#failure, this.#pending, this.#missed];
    const { refused, sharing } = this.contents;
    const { misdated } = this.clock;
    return { failure, behindMs, pending, missed, refused, misdated, sites, sharing };
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

  takes(key: string): boolean {
    const { first, last, count } = this.#partitions;
    const partition = partitionOf(key, count);
    return partition >= first && partition <= last;
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
    const { sequence, storedMs, pending } = message;
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
    this.contents.take(message, take);
    this.clock.follow(pending === 0);
    return this.#resume?.backlog() ?? null;
  }

  /** Notes the number of a message; those between were gone, where all are read. */
  #note(sequence: number): void {
    const isNext = this.#sequence > 0 && sequence > this.#sequence;
    if (isNext && this.#takesAll) this.#missed += sequence - this.#sequence - 1;
    this.#sequence = sequence;
  }
}
