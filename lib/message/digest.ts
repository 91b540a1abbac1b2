/**
 * From the bytes of a plain datagram to what the server needs of it: who sent it, its place in its
 * session, and its summary. There is a fast path for the form that agents send and a slow one, with a
 * rate limit, for all others. Each digest overwrites the one before, so that a datagram leaves no
 * garbage. Pure.
 */
import { TokenBucket } from "../common/rate_limit.ts";
import { TextCache } from "../common/hash.ts";
import { KnownKeys } from "./added.ts";
import { Cursor, Literal } from "./cursor.ts";
import { checkEnds, decodeMessage } from "./decode.ts";
import {
  DatagramError,
  type LegacyMessage,
  MAX_DATAGRAM_BYTES,
  MAX_HOST_LENGTH,
  MAX_IDENTIFIER_LENGTH,
  MAX_INTERVAL_MS,
  MAX_SEQUENCE,
  MAX_TIME_MS,
  type Message,
  METRIC_GROUPS,
  type MetricGroup,
  MIN_INTERVAL_MS,
  TARGET_DATAGRAM_BYTES,
} from "./message.ts";
import { FactsScanner, scanMetrics, skipExtra } from "./scan.ts";
import { putSummary, unknownNumbers } from "./summary.ts";

/** A bit for each group of metrics. */
export const GROUP_BITS = Object.fromEntries(
  METRIC_GROUPS.map((group, place) => [group, 1 << place]),
) as Readonly<Record<MetricGroup, number>>;

/** Every group. */
export const ALL_GROUPS = (1 << METRIC_GROUPS.length) - 1;

/** One datagram in short; `null`, 0 or NaN stands for what it does not say. */
export class Digest {
  /** Whether it is of the original course system: then nothing else is known. */
  legacy = false;
  host = "";
  id: string | null = null;
  session: string | null = null;
  seq = 0;
  /** The sender's wall clock, in milliseconds since 1970. */
  timeMs = NaN;
  intervalMs = NaN;
  bye = false;
  /** Its tags, and those of its texts that come with it, as JSON; equal ones are one text, and `""` is none. */
  tags = "";
  texts = "";
  /** Which groups of metrics it has, those included that could not be sampled: a good-bye may have none. */
  groups = 0;
  /** Where in the datagram the metrics begin, with all else before them; 0 where it is not in that form. */
  metricsAt = 0;
  readonly summary = unknownNumbers();

  /** Resets it: nothing is known. */
  clear(): void {
    this.legacy = false;
    this.host = "";
    this.id = null;
    this.session = null;
    this.seq = 0;
    this.timeMs = NaN;
    this.intervalMs = NaN;
    this.bye = false;
    this.tags = "";
    this.texts = "";
    this.groups = 0;
    this.metricsAt = 0;
    this.summary.fill(NaN);
  }
}

/** Digests a message that has been decoded. */
export function digestMessage(message: Message | LegacyMessage, to: Digest): void {
  to.clear();
  if (message.v !== 1) {
    to.legacy = true;
    return;
  }
  to.host = message.host;
  to.id = message.id ?? null;
  to.session = message.session ?? null;
  to.seq = message.seq ?? 0;
  to.timeMs = message.time ?? NaN;
  to.intervalMs = message.interval ?? NaN;
  to.bye = message.bye ?? false;
  to.tags = jsonOf(message.tags);
  to.texts = jsonOf(message.texts);
  for (const group of METRIC_GROUPS) {
    if (message[group] !== undefined) to.groups |= GROUP_BITS[group];
  }
  putSummary(message, to.summary);
}

/** The same as in the form that agents send; of nothing, nothing. */
function jsonOf(texts: Readonly<Record<string, string>> = {}): string {
  return Object.keys(texts).length === 0 ? "" : JSON.stringify(texts);
}

const literal = (text: string) => new Literal(text);
const BEGIN = literal('{"v":1');
const ID = literal(',"id":"');
const HOST = literal(',"host":"');
const SESSION = literal(',"session":"');
const SEQ = literal(',"seq":');
const TIME = literal(',"time":');
const INTERVAL = literal(',"interval":');
const BYE = literal(',"bye":true');
/** What a message may hold in this version. */
const KNOWN = new KnownKeys([
  ...["v", "id", "host", "session", "seq", "time", "interval", "bye"],
  ...["tags", "texts", "extra", "omitted"],
  ...METRIC_GROUPS,
]);

/**
 * Reads datagrams in the one form in which `encodeMessage` writes them, one at a time. What it reads,
 * `decodeMessage` reads alike.
 */
export class CanonicalReader {
  readonly #cursor: Cursor;
  readonly #facts = new FactsScanner();

  constructor(texts: TextCache) {
    this.#cursor = new Cursor(MAX_DATAGRAM_BYTES, texts);
  }

  /** Whether a datagram was in that form; else the digest means nothing. */
  read(bytes: Uint8Array, to: Digest): boolean {
    if (bytes.length > MAX_DATAGRAM_BYTES) return false;
    const cursor = this.#cursor;
    cursor.begin(bytes);
    cursor.expect(BEGIN);
    if (!cursor.isSound) return false;
    to.clear();
    readHead(cursor, to);
    to.tags = this.#facts.tags(cursor);
    to.texts = this.#facts.texts(cursor);
    to.metricsAt = cursor.at;
    skipExtra(cursor);
    to.groups = scanMetrics(cursor, to.summary);
    to.bye = cursor.has(BYE);
    cursor.close(KNOWN);
    return cursor.isDone;
  }
}

/** Who sent it, and its place. */
function readHead(cursor: Cursor, to: Digest): void {
  if (cursor.has(ID)) to.id = cursor.identifier(MAX_IDENTIFIER_LENGTH);
  cursor.expect(HOST);
  to.host = cursor.text(MAX_HOST_LENGTH);
  if (cursor.has(SESSION)) to.session = cursor.identifier(MAX_IDENTIFIER_LENGTH);
  if (cursor.has(SEQ)) to.seq = cursor.wholeNumber(1, MAX_SEQUENCE);
  if (cursor.has(TIME)) to.timeMs = cursor.wholeNumber(0, MAX_TIME_MS);
  if (cursor.has(INTERVAL)) to.intervalMs = cursor.wholeNumber(MIN_INTERVAL_MS, MAX_INTERVAL_MS);
}

/** The id, the name and the session. */
const TEXTS_PER_HOST = 3;

/** Bytes that may take the slow path: at some 20 ns each, 4 % of a core. */
const SLOW_PATH = {
  network: { burst: 2_000_000, perSecond: 1_000_000 },
  all: { burst: 4_000_000, perSecond: 2_000_000 },
};
/** Bytes on the fast path that cost as much as one on the slow path. */
const FAST_PATH_BYTES = 8;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Why a datagram is not new: it came before, or is too old to tell. */
export type Repeat = "duplicate" | "old";

/** A datagram that was read, and what is known of it besides; it holds until the next one. */
export interface Decoded {
  readonly digest: Digest;
  /** The bytes that it was read from, valid as long as the datagram; those of a sealed one do not say who sent it. */
  readonly body: Uint8Array;
  /** The id of the key that it was sealed with; `null` for a plain one. */
  readonly keyId: number | null;
  /** Why a sealed one is not new, whatever the fleet knows; `null` when it is, and for a plain one. */
  readonly replay: Repeat | null;
  /** Whether its agent is known to start over with it, in a session or with numbers that may have been used before. */
  readonly isAnew?: boolean;
}

/** Digests datagrams, one at a time. */
export class Digester {
  readonly #digest = new Digest();
  readonly #reader: CanonicalReader;
  readonly #budget = new TokenBucket(SLOW_PATH);

  /** Caches the names of up to `mostHosts` hosts. */
  constructor(mostHosts: number) {
    this.#reader = new CanonicalReader(new TextCache(TEXTS_PER_HOST * mostHosts));
  }

  /**
   * The digest of a plain datagram that came from an address at a time; it holds until the next call.
   *
   * @throws {DatagramError} as `decodeMessage` does, or `costly`.
   */
  digest(bytes: Uint8Array, address: string, nowMs: number): Digest {
    checkEnds(bytes);
    if (bytes.length > TARGET_DATAGRAM_BYTES) {
      this.pay(bytes.length / FAST_PATH_BYTES, address, nowMs);
    }
    if (this.#reader.read(bytes, this.#digest)) return this.#digest;
    this.pay(bytes.length, address, nowMs);
    digestMessage(decodeMessage(bytes), this.#digest);
    keepTexts(this.#digest);
    return this.#digest;
  }

  /** Pays for work that costs as much as so many bytes on the slow path. @throws {DatagramError} `costly`. */
  pay(bytes: number, address: string, nowMs: number): void {
    if (this.#budget.take(address, nowMs, bytes)) return;
    throw DatagramError.of("costly", "it is slow to read, and over the rate limit for that");
  }
}

/** V8 keeps a substring as a reference to the whole text: what outlives the datagram is copied. */
function keepTexts(digest: Digest): void {
  digest.host = copyOf(digest.host);
  digest.id &&= copyOf(digest.id);
  digest.session &&= copyOf(digest.session);
}

function copyOf(text: string): string {
  return decoder.decode(encoder.encode(text));
}
