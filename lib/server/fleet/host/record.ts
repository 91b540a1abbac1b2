/**
 * A host as it is saved, and restored when the server restarts: its last message, and a text of all else
 * that is to go on. Times in it are those of the wall clock. Pure.
 */
import type { StoredAccount } from "../accounts/accounts.ts";
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
}

const encoder = new TextEncoder();

/** Writes a host down; the wall clock is ahead of the fleet's by so much. */
export function recordOf(host: Host, aheadMs: number): HostRecord {
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
  };
  return {
    key,
    hostname: host.hostname,
    lastMs: host.lastSeenMs + aheadMs,
    state: JSON.stringify(state),
    body: encoder.encode(host.text),
  };
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
  const { fields, account, refusal, sentMs, tags = {}, texts, ...numbers } = JSON
    .parse(state) as State;
  Object.assign(host, fields, { hostname });
  const put = (place: number, number: number) => stores.numbers.set(host.slot, place, number);
  put(HOST_PLACE.firstSeenMs, Math.min(startedMs, numbers.firstSeenMs));
  put(HOST_PLACE.rebootedMs, Math.min(startedMs, numbers.rebootedMs ?? 0));
  put(HOST_PLACE.datagrams, numbers.datagrams);
  put(HOST_PLACE.bytes, numbers.bytes);
  host.lastSeenMs = Math.min(startedMs, lastMs);
  host.sentMs = sentMs ?? NaN;
  host.keepText(body);
  if (Object.keys(tags).length > 0) stores.tags.put(host.slot, JSON.stringify(tags));
  host.texts = stores.facts.merge(NO_TEXTS, JSON.stringify(texts ?? {}));
  if (refusal !== null) stores.refusals.set(host.slot, refusal);
  if (account === null) return;
  const clockOffsetMs = account.clockOffsetMs ?? NaN;
  stores.accounts.restore(host, { ...account, sentMs: host.sentMs, clockOffsetMs }, startedMs);
}
