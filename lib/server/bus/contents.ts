/**
 * What the messages of the stream hold: beats, which the clock of a view takes, and batches, whose datagrams
 * are handed on. It trusts nothing: what no site publishes is refused, told and counted. Pure.
 */
import type { Origin } from "../../common/address.ts";
import type { ThrottledLog } from "../../common/log.ts";
import type { Partitions } from "../bus_options.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { Decoder } from "../fleet/receipt.ts";
import { MAX_SITES } from "../fleet/ways/sites.ts";
import type { Take } from "../parts.ts";
import { RecordedDecoder } from "../record/decoder.ts";
import { EntryReader, KIND, RecordError } from "../record/format.ts";
import type { Beat, SiteTime } from "./site.ts";
import {
  MAX_MESSAGE_BYTES,
  readSubject,
  type StreamMessage,
  subjectsOf,
  TOLD_SUBJECT,
} from "./subjects.ts";

/** What a site calls a message is its name, that of its run, and a number. */
const MAX_ID_LENGTH = 64;
/** Subjects whose last message is known by its id: of sixty sites with as many partitions as may be. */
const MAX_SUBJECTS = 65_536;
/** An address, one of IPv6 with its zone. */
const ADDRESS = /^[\da-f.:]+(%[!-~]+)?$/i;
const MAX_PORT = 65_535;
/** A refused subject is told as far as this. */
const MAX_TOLD_LENGTH = 80;

/** What is followed, and from when on by the wall clock. */
export interface FollowerOptions {
  readonly partitions: Partitions;
  readonly sinceMs: number;
  readonly maxHosts: number;
}

/** What a view's clock takes of it. */
export interface SiteClock {
  /** Datagrams whose times could not be. */
  readonly misdated: number;
  admits(site: string): boolean;
  hear(site: string, run: string, storedMs: number): void;
  settled(site: string, time: SiteTime): number;
  beat(site: string, beat: Beat): void;
  omit(site: string, count: number): void;
  arrivalMs(site: string, settledMs: number, storedMs: number): number;
}

/** Reads messages one by one. */
export class Contents {
  /** Reads the datagram that is handed on, as its site judged it. */
  readonly decoder: Decoder;
  /** Messages that no site publishes, or not as a whole: what of them can be read is taken. */
  refused = 0;
  readonly #clock: SiteClock;
  readonly #log: Pick<ThrottledLog, "warn">;
  readonly #partitions: Partitions;
  readonly #takesAll: boolean;
  readonly #entries: EntryReader;
  readonly #decoder: RecordedDecoder;
  /** What the last message of each subject was called. */
  readonly #ids = new Map<string, string>();
  #siteOf: (site: string) => number = () => 0;
  /** Those that have the last number, which all share that have none of their own. */
  readonly #last = new Set<string>();
  #onTold: (words: string) => void = () => {};

  constructor(
    clock: SiteClock,
    log: Pick<ThrottledLog, "warn">,
    { partitions, maxHosts }: FollowerOptions,
  ) {
    this.#clock = clock;
    this.#log = log;
    this.#partitions = partitions;
    this.#takesAll = subjectsOf(partitions) === null;
    this.#entries = new EntryReader(maxHosts);
    this.decoder = this.#decoder = new RecordedDecoder(this.#entries, maxHosts);
  }

  /** Sites that count as one with the last. */
  get sharing(): number {
    return Math.max(0, this.#last.size - 1);
  }

  /** Hands on what views say that they tell of alerts. */
  onTold(take: (words: string) => void): void {
    this.#onTold = take;
  }

  /** Numbers sites as the fleet does. */
  join(fleet: Pick<Fleet, "siteOf">): void {
    this.#siteOf = (site) => fleet.siteOf(site);
  }

  /** Takes a message, as far as it can be read. */
  take(message: StreamMessage, take: Take): void {
    const { subject, bytes, id = "" } = message;
    const at = readSubject(subject);
    if (bytes.length > MAX_MESSAGE_BYTES) return this.#refuse(message, `${bytes.length} bytes`);
    if (subject === TOLD_SUBJECT) return this.#onTold(new TextDecoder().decode(bytes));
    if (at === null) return this.#refuse(message, "not the subject of a site");
    if (id.length > MAX_ID_LENGTH) return this.#refuse(message, "an id that is none of a site's");
    if (at.partition !== null && !this.#isOurs(at.partition)) return;
    if (!this.#clock.admits(at.site)) return this.#refuse(message, "too many sites");
    try {
      if (at.partition === null) this.#takeBeat(at.site, message);
      else if (this.#isNews(at.site, message)) this.#takeBatch(at.site, message, take);
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      this.#refuse(message, error.message);
    }
  }

  #refuse({ subject }: StreamMessage, why: string): void {
    this.refused++;
    const place = subject.slice(0, MAX_TOLD_LENGTH);
    this.#log.warn("bus message", () => `Cannot read a message of the bus at ${place}: ${why}`);
  }

  /** Whoever takes all takes those of sites with more partitions, too. */
  #isOurs(partition: number): boolean {
    const { first, last } = this.#partitions;
    return this.#takesAll || partition >= first && partition <= last;
  }

  /** Whether it is not the last one again: the bus notices that itself only for some minutes. */
  #isNews(site: string, { subject, id, storedMs }: StreamMessage): boolean {
    if (id === undefined) return true;
    this.#clock.hear(site, id.slice(0, id.lastIndexOf("-")), storedMs);
    const before = this.#ids.get(subject);
    if (before === undefined && this.#ids.size >= MAX_SUBJECTS) {
      this.#ids.delete(this.#ids.keys().next().value!);
    }
    this.#ids.set(subject, id);
    return before !== id;
  }

  #takeBeat(site: string, { bytes, storedMs }: StreamMessage): void {
    const entries = this.#entries;
    const clock = this.#clock;
    entries.begin(bytes);
    const [sentMs, reachedMs] = [this.#time(site), this.#time(site)];
    // An older site does not say how many partitions it has.
    const partitions = entries.next() && entries.kind === KIND.gap ? entries.count : null;
    clock.beat(site, { sentMs, reachedMs, storedMs, partitions });
  }

  /** The next entry, which is to be a time. @throws {RecordError} where it is none. */
  #time(site: string): number {
    const entries = this.#entries;
    if (!entries.next() || entries.kind !== KIND.clock) throw new RecordError("no time in it");
    return this.#clock.settled(site, entries);
  }

  #takeBatch(site: string, { bytes, storedMs }: StreamMessage, take: Take): void {
    const entries = this.#entries;
    const clock = this.#clock;
    const { misdated } = clock;
    const number = this.#siteOf(site);
    if (number === MAX_SITES) this.#last.add(site);
    entries.begin(bytes);
    this.#time(site);
    while (entries.next()) {
      if (entries.kind === KIND.gap) clock.omit(site, entries.count);
      if (entries.kind >= KIND.clock) continue;
      if (!isOrigin(entries.origin)) throw new RecordError("an origin that is none");
      const atMs = clock.arrivalMs(site, clock.settled(site, entries), storedMs);
      take(this.#decoder.bytes(), entries.origin, atMs, number);
    }
    if (clock.misdated === misdated) return;
    const words = "heard datagrams when it cannot have; they count as of when the bus had them";
    this.#log.warn("bus time", () => `Site ${site} says that it ${words}`);
  }
}

function isOrigin({ hostname, port }: Origin): boolean {
  return ADDRESS.test(hostname) && (port === null || port <= MAX_PORT);
}
