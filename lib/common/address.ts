/**
 * Addresses and networks: where programs hear and where datagrams come from, how both are written and
 * read, and which network an address belongs to. Pure.
 */
import { strongHash } from "./hash.ts";

/** A network address; an IPv6 one without its brackets. */
export interface Address {
  readonly hostname: string;
  readonly port: number;
}

/** Where a datagram came from: an address, or without a port what else its source calls it, in clean text. */
export interface Origin {
  readonly hostname: string;
  readonly port: number | null;
}

/** An address as it is typed: `192.0.2.7:5005`, `[::1]:5005`; an origin without a port as it is. */
export function formatAddress({ hostname, port }: Origin): string {
  if (port === null) return hostname;
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

/** Whether what listens there can be reached from this machine alone. */
export function isLoopback(hostname: string): boolean {
  return /^(127\.|::1$|localhost$)/i.test(hostname);
}

/** Where this machine reaches a listener, also one on every address. */
export function addressFromHere(listen: Address): Address {
  const isEvery = listen.hostname === "0.0.0.0" || listen.hostname === "::";
  return isEvery ? { ...listen, hostname: "127.0.0.1" } : listen;
}

/** All addresses whose first bits are those of one. */
export interface Network {
  /** The bits of the address in groups of 16, two for IPv4 and eight for IPv6. */
  readonly groups: readonly number[];
  /** How many of the first bits count: up to 32 for IPv4 and 128 for IPv6. */
  readonly bits: number;
}

const GROUP_BITS = 16;
const IPV4_GROUPS = 2;
const IPV6_GROUPS = 8;
/** Where an IPv4 address stands in a mapped one. */
const MAPPED_AT = IPV6_GROUPS - IPV4_GROUPS;
/** Groups of the networks that one sender, and one site, can be expected to have whole: /64 and /48. */
const SENDER_GROUPS = 4;
const SITE_GROUPS = 3;
const IPV4_BYTES = 4;
const MAX_DIGITS = 4;
const [DOT, COLON, ZERO, NINE, LOWER_A, LOWER_F] = [46, 58, 48, 57, 97, 102] as const;

/** The address that was read last; its first `count` groups are valid, none where it was not an address. */
const address = { groups: new Uint16Array(IPV6_GROUPS), count: 0 };

/** Reads `192.0.2.0/24`, `2001:db8::/32` or one address. @throws {RangeError} for anything else. */
export function readNetwork(text: string): Network {
  const [, written = "", length] = /^([^/%]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  readAddress(written);
  if (address.count === 0) {
    throw new RangeError("it must be a network or an address, such as 192.0.2.0/24 or 2001:db8::1");
  }
  const most = GROUP_BITS * (written.includes(":") ? IPV6_GROUPS : IPV4_GROUPS);
  const bits = length === undefined ? most : Number(length);
  const groups = [...address.groups.subarray(0, address.count)];
  const least = most - groups.length * GROUP_BITS;
  if (bits < least || bits > most) {
    throw new RangeError(`the length after its / must be from ${least} to ${most}`);
  }
  return { groups, bits: bits - least };
}

/** Whether an address is in one of some networks; anything that is not an address is in none. */
export function isWithin(networks: readonly Network[], text: string): boolean {
  readAddress(text);
  return networks.some(holdsAddress);
}

/**
 * A number for the network that one sender can be expected to have whole: IPv4 /24, IPv6 /64. `null` for
 * this machine itself, as which nobody can send from elsewhere, and for what is no address. Two networks
 * have the same number by a chance of 1 in 2³² that nobody can choose.
 */
export function sourceNetwork(text: string): number | null {
  return hashSource(text, SENDER_GROUPS);
}

/** The same of those that one site can be expected to have whole: IPv4 /24, IPv6 /48. */
export function sourceSite(text: string): number | null {
  return hashSource(text, SITE_GROUPS);
}

/**
 * The same as a text, for what one client can be expected to have: its IPv4 address, or its IPv6 /64.
 * `null` for what is no address.
 */
export function clientNetwork(text: string): string | null {
  readAddress(text);
  return address.count === 0 ? null : String(hashGroups(Math.min(address.count, SENDER_GROUPS)));
}

/** An address and port as Linux writes them in /proc/net (proc(5)), little-endian; of no address, what is never there. */
export function kernelAddress({ hostname, port }: Address): string {
  readAddress(hostname);
  const bytes = [...address.groups.subarray(0, address.count)].flatMap((group) => [
    group >> 8,
    group & 0xff,
  ]);
  const hex = (number: number, digits: number) =>
    number.toString(16).toUpperCase().padStart(digits, "0");
  const words = Array.from({ length: bytes.length / 4 }, (_, n) => bytes.slice(4 * n, 4 * n + 4));
  const text = words.flatMap((word) => word.toReversed().map((byte) => hex(byte, 2))).join("");
  return `${text}:${hex(port, 4)}`;
}

/** This machine itself. */
export const LOOPBACK: readonly Network[] = [readNetwork("127.0.0.0/8"), readNetwork("::1")];

function hashSource(text: string, ipv6Groups: number): number | null {
  readAddress(text);
  if (address.count === 0 || LOOPBACK.some(holdsAddress)) return null;
  if (address.count === IPV6_GROUPS) return hashGroups(ipv6Groups);
  address.groups[1]! &= 0xff00;
  return hashGroups(IPV4_GROUPS);
}

function hashGroups(count: number): number {
  const { groups } = address;
  let text = "";
  for (let at = 0; at < count; at++) text += String.fromCharCode(groups[at]!);
  return strongHash(text);
}

/** Whether the address that was read last is in a network. */
function holdsAddress({ groups, bits }: Network): boolean {
  if (groups.length !== address.count) return false;
  let left = bits;
  for (let index = 0; left > 0; index++, left -= GROUP_BITS) {
    const difference = groups[index]! ^ address.groups[index]!;
    if (difference >>> Math.max(0, GROUP_BITS - left) !== 0) return false;
  }
  return true;
}

/** Reads an address, without its zone. */
function readAddress(text: string): void {
  if (!text.includes(":")) {
    address.count = scanIpv4(text, 0, text.length, 0) ? IPV4_GROUPS : 0;
    return;
  }
  const zoneAt = text.indexOf("%");
  const isSound = scanIpv6(text, zoneAt < 0 ? text.length : zoneAt);
  address.count = isSound ? IPV6_GROUPS : 0;
  if (isSound && isMapped()) {
    address.groups.copyWithin(0, MAPPED_AT);
    address.count = IPV4_GROUPS;
  }
}

function isMapped(): boolean {
  const { groups } = address;
  for (let at = 0; at < MAPPED_AT - 1; at++) if (groups[at] !== 0) return false;
  return groups[MAPPED_AT - 1] === 0xffff;
}

/** Reads the four bytes of an IPv4 address into two groups; whether there are these and nothing else. */
function scanIpv4(text: string, start: number, end: number, group: number): boolean {
  const { groups } = address;
  let at = start;
  for (let n = 0; n < IPV4_BYTES; n++) {
    if (n > 0 && text.charCodeAt(at++) !== DOT) return false;
    const first = at;
    let byte = 0;
    for (; at < end && byte <= 0xff; at++) {
      const code = text.charCodeAt(at);
      if (code < ZERO || code > NINE) break;
      byte = 10 * byte + code - ZERO;
    }
    const isPadded = at - first > 1 && text.charCodeAt(first) === ZERO;
    if (at === first || byte > 0xff || isPadded) return false;
    const place = group + (n >>> 1);
    groups[place] = groups[place]! << 8 | byte;
  }
  return at === end;
}

/** Reads the groups of an IPv6 address; the last two may be written as an IPv4 address. */
function scanIpv6(text: string, end: number): boolean {
  const { groups } = address;
  let count = 0;
  let gap = text.startsWith("::") ? 0 : -1;
  let at = gap + 1 << 1;
  while (at < end) {
    const first = at;
    let group = 0;
    for (; at < end && at - first < MAX_DIGITS; at++) {
      const digit = hexDigit(text.charCodeAt(at));
      if (digit < 0) break;
      group = group << 4 | digit;
    }
    if (at < end && text.charCodeAt(at) === DOT) {
      if (count > MAPPED_AT || !scanIpv4(text, first, end, count)) return false;
      count += IPV4_GROUPS;
      break;
    }
    if (at === first || count === IPV6_GROUPS) return false;
    groups[count++] = group;
    if (at === end) break;
    if (text.charCodeAt(at++) !== COLON || at === end) return false;
    if (text.charCodeAt(at) !== COLON) continue;
    if (gap >= 0) return false;
    gap = count;
    at++;
  }
  return gap < 0 ? count === IPV6_GROUPS : fillGap(gap, count);
}

/** Puts zeros where `::` stood; whether there was room for at least one. */
function fillGap(gap: number, count: number): boolean {
  const { groups } = address;
  const end = gap + IPV6_GROUPS - count;
  if (end === gap) return false;
  groups.copyWithin(end, gap, count);
  groups.fill(0, gap, end);
  return true;
}

/** The value of a hexadecimal digit; −1 for any other character. */
function hexDigit(code: number): number {
  if (code >= ZERO && code <= NINE) return code - ZERO;
  const lower = code | 0x20;
  return lower >= LOWER_A && lower <= LOWER_F ? lower - LOWER_A + 10 : -1;
}
