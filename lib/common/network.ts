/**
 * Which network an address belongs to: what `--allow` lists, and what a budget of a source is kept
 * by. Pure. An IPv4 address in IPv6 clothes (`::ffff:192.0.2.7`) is that IPv4 address everywhere.
 */

/** An address: its bits as 16-bit groups, two for IPv4 and eight for IPv6. */
type Groups = readonly number[];

/** All addresses whose first bits are those of one. */
export interface Network {
  readonly groups: Groups;
  /** How many of the first bits count: up to 32 for IPv4 and 128 for IPv6. */
  readonly bits: number;
}

const GROUP_BITS = 16;
const IPV6_GROUPS = 8;
/** What stands before an IPv4 address that is written as IPv6. */
const MAPPED: Groups = [0, 0, 0, 0, 0, 0xffff];
const BYTE = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const IPV4 = new RegExp(`^${BYTE}\\.${BYTE}\\.${BYTE}\\.${BYTE}$`);

/** Reads `192.0.2.0/24`, `2001:db8::/32` or one address. @throws {RangeError} for anything else. */
export function readNetwork(text: string): Network {
  const [, address = "", length] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const written = readGroups(address);
  if (written === null) {
    throw new RangeError("it must be a network or an address, such as 192.0.2.0/24 or 2001:db8::1");
  }
  const most = written.length * GROUP_BITS;
  const bits = length === undefined ? most : Number(length);
  const groups = withoutMapping(written);
  const least = (written.length - groups.length) * GROUP_BITS;
  if (bits < least || bits > most) {
    throw new RangeError(`the length after its / must be from ${least} to ${most}`);
  }
  return { groups, bits: bits - least };
}

/** Whether an address is in one of some networks; what is no address is in none. */
export function isWithin(networks: readonly Network[], address: string): boolean {
  const groups = readAddress(address);
  return groups !== null && networks.some((network) => holds(network, groups));
}

/**
 * A short name of the network that one sender can be expected to have whole: IPv4 /24, IPv6 /64.
 * `null` for this machine itself, as which nobody can send from elsewhere, and for what is no address.
 */
export function sourceNetwork(address: string): string | null {
  const groups = readAddress(address);
  if (groups === null || LOOPBACK.some((network) => holds(network, groups))) return null;
  if (groups.length === IPV6_GROUPS) return groups.slice(0, 4).join(":");
  return `${groups[0]}.${groups[1]! >>> 8}`;
}

/** The same of those that one site can be expected to have whole: IPv4 /24, IPv6 /48. */
export function sourceSite(address: string): string | null {
  const network = sourceNetwork(address);
  return network?.includes(":") ? network.slice(0, network.lastIndexOf(":")) : network;
}

/**
 * A short name of what one client can be expected to have: its IPv4 address, or its IPv6 /64. `null`
 * for what is no address.
 */
export function clientNetwork(address: string): string | null {
  return readAddress(address)?.slice(0, 4).join(":") ?? null;
}

/** This machine itself. */
export const LOOPBACK: readonly Network[] = [readNetwork("127.0.0.0/8"), readNetwork("::1")];

function holds({ groups, bits }: Network, address: Groups): boolean {
  if (groups.length !== address.length) return false;
  let left = bits;
  for (let index = 0; left > 0; index++, left -= GROUP_BITS) {
    if ((groups[index]! ^ address[index]!) >>> Math.max(0, GROUP_BITS - left) !== 0) return false;
  }
  return true;
}

/** Reads an address, without its zone. */
function readAddress(text: string): Groups | null {
  if (!text.includes(":")) return readIpv4(text);
  const groups = readIpv6(text.replace(/%.*/s, ""));
  return groups && withoutMapping(groups);
}

function withoutMapping(groups: Groups): Groups {
  const isMapped = groups.length === IPV6_GROUPS && MAPPED.every((part, at) => groups[at] === part);
  return isMapped ? groups.slice(MAPPED.length) : groups;
}

function readGroups(text: string): Groups | null {
  return text.includes(":") ? readIpv6(text) : readIpv4(text);
}

function readIpv4(text: string): Groups | null {
  const bytes = IPV4.exec(text);
  if (bytes === null) return null;
  return [+bytes[1]! << 8 | +bytes[2]!, +bytes[3]! << 8 | +bytes[4]!];
}

function readIpv6(text: string): Groups | null {
  if (/\..*:/.test(text)) return null;
  const halves = text.split("::").map(readHalf);
  const [head, tail] = halves;
  if (!head || tail === null || halves.length > 2) return null;
  if (tail === undefined) return head.length === IPV6_GROUPS ? head : null;
  const zeros = IPV6_GROUPS - head.length - tail.length;
  return zeros < 1 ? null : [...head, ...Array<number>(zeros).fill(0), ...tail];
}

/** Groups on one side of `::`; the last two may be written as an IPv4 address. */
function readHalf(text: string): Groups | null {
  if (text === "") return [];
  const parts = text.split(":");
  const last = parts.at(-1)!.includes(".") ? readIpv4(parts.pop()!) : [];
  if (last === null || !parts.every((part) => /^[\da-f]{1,4}$/i.test(part))) return null;
  return [...parts.map((part) => parseInt(part, 16)), ...last];
}
