/**
 * How a view goes on after a restart as if there had been none: with each host stands how far the stream was
 * read when it was saved, and what was known of the minute that was not over. The stream is read again from
 * where no host misses anything, each host takes only what came after its own place, and minutes that are
 * written are not written again. Pure.
 */
import type { Host } from "../fleet/host/host.ts";
import { resumeOf, type ResumeRecord, type SavedMinute } from "../fleet/host/record.ts";
import type { Resume, Resumed } from "../fleet/receipt.ts";
import type { HostRecord } from "./file/database.js";

/** The minute that is not over. */
interface PresentMinute {
  readonly beginMs: number;
  save(id: number, aheadMs: number): SavedMinute | null;
  resume(id: number, host: Host, saved: SavedMinute, isPresent: boolean, aheadMs: number): void;
}

/** The stream that a view follows. */
export interface Followed extends Pick<Resumed, "isWhole"> {
  /** How far it was read, on the bus's clock. */
  readonly placeMs: number;
  /** What our wall clock says. */
  readonly wallMs: number;
  /** Whether it is a host of this view. */
  takes(key: string): boolean;
  /** Reads it from a place on. */
  resume(resume: Resume): void;
}

/** The hosts of a file, as a view saved them, and those that it saves. */
export class Resumption {
  readonly #source: Followed;
  /** By the numbers of their hosts. */
  readonly #saved: ReadonlyMap<number, ResumeRecord | null>;
  /** That of the host that was saved last; `null` where none was by a view. */
  readonly #last: ResumeRecord | null;
  /** When the view was saved last; of a file of another server, now; `null` where there is nothing. */
  readonly savedMs: number | null;
  readonly #places = new Map<Host, number>();
  /** Where the present round of saves began, and the one before. */
  #roundMs: number;
  #fromMs: number;
  #minutePlaceMs: number;
  #rounds = 0;
  /** Whether it is known how it goes on. */
  hasBegun: boolean;

  constructor(source: Followed, hosts: readonly HostRecord[]) {
    this.#source = source;
    this.#saved = new Map(hosts.map((record) => [record.id, resumeOf(record)]));
    this.#last = this.#saved.values().reduce(
      (last, one) => one === null || one.placeMs <= (last?.placeMs ?? -Infinity) ? last : one,
      null,
    );
    const { placeMs } = source;
    this.#roundMs = this.#fromMs = this.#last?.fromMs ?? placeMs;
    this.#minutePlaceMs = this.#last?.minutePlaceMs ?? placeMs;
    this.savedMs = this.#last?.savedMs ?? (hosts.length > 0 ? source.wallMs : null);
    this.hasBegun = this.#last === null;
  }

  /** Whether all that came since comes again. */
  get isWhole(): boolean {
    return this.#source.isWhole;
  }

  /** When the minute began that was not over then; `null` where that is not known. */
  beginMs(aheadMs: number): number | null {
    return this.#last && this.#last.minuteMs - aheadMs;
  }

  /** Goes on with a restored host; `false` where it is not known how. */
  restore(
    id: number,
    host: Host,
    minutes: PresentMinute,
    aheadMs: number,
  ): boolean {
    const resume = this.#saved.get(id) ?? null;
    if (resume === null || resume.minute === null) return false;
    this.#places.set(host, resume.placeMs);
    const isPresent = resume.minuteMs === this.#last!.minuteMs;
    minutes.resume(id, host, resume.minute, isPresent, aheadMs);
    return true;
  }

  /** Has the stream read from where all hosts are known. */
  begin(aheadMs: number, { onBegin, backlog }: Pick<Resume, "onBegin" | "backlog">): void {
    const { savedMs } = this;
    const { fromMs = savedMs, minutePlaceMs = savedMs } = this.#last ?? {};
    const { placeMs } = this.#source;
    this.#source.resume({
      backlog,
      fromMs: Math.min(fromMs ?? placeMs, minutePlaceMs ?? placeMs),
      shownMs: (savedMs ?? placeMs) - aheadMs,
      places: this.#places,
      onBegin: (storedMs) => {
        // There is nothing before it.
        const placeMs = storedMs - 1;
        this.#roundMs = Math.max(this.#roundMs, placeMs);
        this.#fromMs = Math.max(this.#fromMs, placeMs);
        this.#minutePlaceMs = Math.max(this.#minutePlaceMs, placeMs);
        if (!this.hasBegun) onBegin(storedMs);
        this.hasBegun = true;
      },
    });
  }

  /** Whether what came in a minute that had begun then was written before the restart. */
  isWritten(atMs: number, beginMs: number): boolean {
    const { placeMs, isWhole } = this.#source;
    return isWhole && placeMs <= (this.#last?.minutePlaceMs ?? -Infinity) && atMs < beginMs;
  }

  /** Another minute begins. */
  turn(): void {
    this.#minutePlaceMs = Math.max(this.#minutePlaceMs, this.#source.placeMs);
  }

  /** So many rounds of saves have begun: since the one before last, each host was saved or has not changed. */
  follow(rounds: number): void {
    if (rounds === this.#rounds) return;
    this.#rounds = rounds;
    [this.#fromMs, this.#roundMs] = [this.#roundMs, this.#source.placeMs];
  }

  /** What is saved with a host now. */
  recordOf(id: number, minutes: PresentMinute, nowMs: number, aheadMs: number): ResumeRecord {
    return {
      ...{ placeMs: this.#source.placeMs, fromMs: this.#fromMs, savedMs: nowMs + aheadMs },
      ...{ minuteMs: minutes.beginMs + aheadMs, minutePlaceMs: this.#minutePlaceMs },
      minute: minutes.save(id, aheadMs),
    };
  }
}
