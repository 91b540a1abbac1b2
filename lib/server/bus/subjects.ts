/**
 * Where on the bus what stands: the stream, its messages and subjects, and in which partition a host is.
 * Sites and views of any version agree on it. Pure.
 */
import { isSiteName, MAX_PARTITIONS, type Partitions } from "../bus_options.ts";

/** A message of the stream. */
export interface StreamMessage {
  readonly subject: string;
  readonly bytes: Uint8Array;
  /** When the stream had it, on the bus's clock. */
  readonly storedMs: number;
  /** Its number in the stream. */
  readonly sequence: number;
  /** How many there are behind it. */
  readonly pending: number;
  /** What its site calls it; nothing where that does not. */
  readonly id?: string | undefined;
}

/**
 * Hands on the messages from a time of the bus's clock on, until it is stopped. Before the first, `onOpen`
 * is told the bus's clock and ours, and how many messages there are. Waits for what `onMessage` says. @throws {Error} when it cannot go on.
 */
export type ReadStream = (
  fromMs: number,
  onOpen: (busMs: number, wallMs: number, pending: number) => void,
  onMessage: (message: StreamMessage) => Promise<void> | null,
  stop: AbortSignal,
) => Promise<void>;

/** The stream that views follow, and that a site makes where there is none. */
export const STREAM = "PULSO";
/** No message of sites or views is longer. */
export const MAX_MESSAGE_BYTES = 65_536;
const ROOT = "pulso.v1";
/** Every subject of the stream. */
export const ALL_SUBJECTS = `${ROOT}.>`;
/** In place of a partition: how far a site has got. */
const BEAT = "beat";

/** Where a view says what it is about to tell of alerts. */
export const TOLD_SUBJECT = `${ROOT}.told`;

/** Where a site publishes a partition. */
export const subjectOf = (site: string, partition: number): string =>
  `${ROOT}.${site}.${partition}`;

/** Where a site says how far it has got. */
export const beatSubject = (site: string): string => `${ROOT}.${site}.${BEAT}`;

/** The site and the partition of a subject, `null` of what says how far a site has got; or `null` of another. */
export function readSubject(
  subject: string,
): { readonly site: string; readonly partition: number | null } | null {
  const [root, version, site, place, ...more] = subject.split(".");
  if (`${root}.${version}` !== ROOT || !site || !place || more.length > 0) return null;
  if (!isSiteName(site)) return null;
  if (place === BEAT) return { site, partition: null };
  const isPartition = /^(0|[1-9]\d{0,3})$/.test(place) && Number(place) < MAX_PARTITIONS;
  return isPartition ? { site, partition: Number(place) } : null;
}

/** The subjects of some partitions of all sites; `null` where those are all. */
export function subjectsOf({ first, last, count }: Partitions): readonly string[] | null {
  if (first === 0 && last === count - 1) return null;
  const places = Array.from({ length: last - first + 1 }, (_, n) => String(first + n));
  return [...[...places, BEAT].map((place) => `${ROOT}.*.${place}`), TOLD_SUBJECT];
}

/**
 * The partition of a host: FNV-1a by G. Fowler, L. C. Noll and K.-P. Vo over its key, finished as MurmurHash3
 * by A. Appleby is. It is no secret: whoever chooses ids can only fill one partition.
 */
export function partitionOf(key: string, count: number): number {
  let hash = 0x811c_9dc5;
  for (let at = 0; at < key.length; at++) {
    hash = Math.imul(hash ^ key.charCodeAt(at), 0x0100_0193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  return ((hash ^ (hash >>> 13)) >>> 0) % count;
}
