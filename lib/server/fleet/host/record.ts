/**
 * A host as it is saved, and restored when the server restarts: its last message, and a text of all else
 * that is to go on. Times in it are those of the wall clock. Pure.
 */
import type { StoredAccount } from "../accounts/accounts.ts";
import { Delivery } from "../accounts/delivery.ts";
import { NO_SESSIONS } from "../accounts/sessions.ts";
import type { Host } from "./host.ts";
import type { Tags, Texts } from "../../../message/message.ts";
import { HOST_PLACE, NO_TEXTS, type Refusal, type Stores } from "./stores.ts";

/** What is written down of one host. */
export interface HostRecord {
  readonly key: string;
  /** Where its last datagram came from. */
  readonly hostname: string;
  readonly lastMs: number;
  /** JSON, of our own making. */
  readonly state: string;
  /** Its newest message, as the fleet keeps it. */
  readonly body: Uint8Array<ArrayBuffer>;
}

/** What simply stands in a host, and is not of this start. */
const FIELDS = [
  ...["name", "port", "otherAddress", "isCut", "legacy", "intervalMs", "left", "keyId"],
] as const satisfies readonly (keyof Host)[];

/** What a view needs besides to go on in its stream as if there had been no restart. */
export interface ResumeRecord {
  /** How far the stream was read when it was saved; and from where on it is to be read, so that no host misses anything. */
  readonly placeMs: number;
  readonly fromMs: number;
  /** When it was saved. */
  readonly savedMs: number;
  /** When the present minute began, and how far the stream was read then. */
  readonly minuteMs: number;
  readonly minutePlaceMs: number;
  readonly minute: SavedMinute | null;
}

/** What a view knows of a host in the present minute, in times of the fleet's clock but for the first ones. */
export interface SavedMinute {
  /** Since when it is followed, when it was heard last, and since when it is silent; NaN, which is written as `null`. */
  readonly times: readonly (number | null)[];
  readonly left: boolean;
  readonly lost: number | null;
  readonly refused: number;
  readonly correction: Readonly<Record<"fromMs" | "untilMs" | "lost" | "refused", number>> | null;
  readonly sums: readonly number[];
}

interface State {
  readonly fields: Pick<Host, (typeof FIELDS)[number]>;
  readonly firstSeenMs: number;
  readonly sentMs: number | null;
  readonly rebootedMs?: number | null;
  readonly datagrams: number;
  readonly bytes: number;
  readonly refusal: Refusal | null;
  readonly tags?: Tags;
  readonly texts?: Texts;
  readonly account:
    | Omit<StoredAccount, "sentMs" | "clockOffsetMs"> & { readonly clockOffsetMs: number | null }
    | null;
  readonly resume?: ResumeRecord & { readonly delivery: string | null };
}

const encoder = new TextEncoder();

/** Writes a host down, as a view with how to go on; the wall clock is ahead of the fleet's by so much. */
export function recordOf(host: Host, aheadMs: number, resume?: ResumeRecord): HostRecord {
  const { key, firstSeenMs, sentMs, rebootedMs, datagrams, bytes, refusal, tags, texts } = host;
  const state: State = {
    fields: Object.fromEntries(FIELDS.map((name) => [name, host[name]])) as State["fields"],
    firstSeenMs: firstSeenMs + aheadMs,
    sentMs,
    rebootedMs: rebootedMs && rebootedMs + aheadMs,
    datagrams,
    bytes,
    tags,
    texts,
    refusal: refusal && { ...refusal, lastMs: refusal.lastMs + aheadMs },
    account: accountOf(host, aheadMs),
    ...(resume && { resume: { ...resume, delivery: numbersOf(host) } }),
  };
  return {
    key,
    hostname: host.hostname,
    lastMs: host.lastSeenMs + aheadMs,
    state: JSON.stringify(state),
    body: encoder.encode(host.text),
  };
}

/** All numbers of a delivery, which are bits in part. */
function numbersOf({ delivery }: Host): string | null {
  if (delivery === null) return null;
  const numbers = new Float64Array(Delivery.NUMBERS);
  const row = { numbers, words: new Int32Array(numbers.buffer), at: 0 };
  delivery.save(row, { ...NO_SESSIONS });
  return new Uint8Array(numbers.buffer).toBase64();
}

/** How a view is to go on with a host; `null` where it was not saved by one, or is damaged, which its restoring tells. */
export function resumeOf({ state }: HostRecord): ResumeRecord | null {
  try {
    return (JSON.parse(state) as State).resume ?? null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function accountOf({ delivery, timing, earlier }: Host, aheadMs: number): State["account"] {
  if (delivery === null) return null;
  const { session, sequence, counts: { pending: _pending, ...counts } } = delivery;
  return {
    delivery: { session, sequence, ...counts },
    earlier: earlier.map(({ session, highest }) => [session, highest]),
    clockOffsetMs: timing?.clockOffsetFrom(aheadMs) ?? null,
  };
}

/** Makes a new host what was written down of it; no time of it is later than this start. */
export function restoreHost(
  host: Host,
  { hostname, state, body, lastMs }: HostRecord,
  stores: Stores,
  startedMs: number,
): void {
  const { fields, account, refusal, sentMs, tags = {}, texts, resume, ...numbers } = JSON
    .parse(state) as State;
  Object.assign(host, fields, { hostname });
  const put = (place: number, number: number) => stores.numbers.set(host.slot, place, number);
  put(HOST_PLACE.firstSeenMs, Math.min(startedMs, numbers.firstSeenMs));
  put(HOST_PLACE.rebootedMs, Math.min(startedMs, numbers.rebootedMs ?? 0));
  put(HOST_PLACE.datagrams, numbers.datagrams);
  put(HOST_PLACE.bytes, numbers.bytes);
  host.lastSeenMs = resume ? lastMs : Math.min(startedMs, lastMs);
  host.sentMs = sentMs ?? NaN;
  host.keepText(body);
  if (Object.keys(tags).length > 0) stores.tags.put(host.slot, JSON.stringify(tags));
  host.texts = stores.facts.merge(NO_TEXTS, JSON.stringify(texts ?? {}));
  if (refusal !== null) stores.refusals.set(host.slot, refusal);
  if (account === null) return;
  const clockOffsetMs = account.clockOffsetMs ?? NaN;
  const all = resume?.delivery && new Float64Array(Uint8Array.fromBase64(resume.delivery).buffer);
  const stored = { ...account, sentMs: host.sentMs, clockOffsetMs, numbers: all || undefined };
  stores.accounts.restore(host, stored, startedMs);
}
