/**
 * Network traffic from `/proc/<pid>/net`: text into counters, two readings into rates; of interfaces from
 * `dev` and sysfs, of the whole host from `snmp`, `netstat` and `snmp6`. Pure.
 */
import { percentOf } from "../common/status.js";
import { MAX_INTERFACE_LENGTH, type Metric, type NetworkMetrics } from "../message/message.ts";
import { sum } from "../message/metrics.ts";
import {
  amountOf,
  columnsAt,
  type Counter,
  deviceName,
  growth,
  ratePerSecond,
  readCounter,
} from "./sample.ts";

/** What one interface counted since it came up. */
export interface InterfaceCounters {
  readonly rxBytes: Counter;
  readonly txBytes: Counter;
  /** Packets dropped plus errored. */
  readonly rxLost: number;
  readonly txLost: number;
}

/** The counters of interfaces, by name. */
export type NetworkReading = ReadonlyMap<string, InterfaceCounters>;

/** An alias has a colon in its name, and old kernels put no space behind the last one. */
const INTERFACE = /^ *(\S.*):/gm;
const COLUMNS = 16;
/** No link carries more each way where its speed is not known: 800 Gbit/s, the fastest Ethernet. */
const MAX_BYTES_PER_SECOND = 100e9;
/** How many times the speed that a link tells it can seem to carry: virtual ones tell some number, and readings are not exactly on time. */
const SPEED_TOLERANCE = 2;
const BYTES_PER_MEGABIT = 125_000;

/**
 * Parses `net/dev`; columns are bytes, packets, errs, drop, fifo, frame, compressed, multicast
 * received, then the same eight sent.
 *
 * @param before the reading before, of which the counters remember what they said.
 * @throws {SyntaxError} when no interface at all is listed, not even the loopback.
 */
export function parseNetwork(text: string, before?: NetworkReading | null): NetworkReading {
  const interfaces = new Map<string, InterfaceCounters>();
  for (const { 0: label, 1: name, index } of text.matchAll(INTERFACE)) {
    const columns = columnsAt(text, index + label.length);
    if (columns.length < COLUMNS) continue;
    const known = before?.get(name!);
    interfaces.set(name!, {
      rxBytes: readCounter(columns[0]!, known?.rxBytes),
      txBytes: readCounter(columns[8]!, known?.txBytes),
      rxLost: columns[2]! + columns[3]!,
      txLost: columns[10]! + columns[11]!,
    });
  }
  if (interfaces.size === 0) throw new SyntaxError("Cannot parse traffic: no interface is listed");
  return interfaces;
}

/**
 * Bytes per second between two readings, and bytes and losses so far, for each interface of the second.
 *
 * @param speeds what links can carry each way, in megabits per second, by name where it is known.
 * @param states what `operstate` says of links, by name where it says anything.
 */
export function networkMetrics(
  before: NetworkReading | null,
  after: NetworkReading,
  elapsedMs: number,
  speeds: ReadonlyMap<string, number> = new Map(),
  states: ReadonlyMap<string, string> = new Map(),
): Pick<NetworkMetrics, "interfaces"> {
  const interfaces = Array.from(after, ([name, now]) => {
    const then = before?.get(name);
    const speed = speeds.get(name);
    const most = speed === undefined
      ? MAX_BYTES_PER_SECOND
      : SPEED_TOLERANCE * BYTES_PER_MEGABIT * speed;
    return {
      name: deviceName(name, MAX_INTERFACE_LENGTH),
      rx: ratePerSecond(then?.rxBytes, now.rxBytes, elapsedMs, most),
      tx: ratePerSecond(then?.txBytes, now.txBytes, elapsedMs, most),
      rxLost: amountOf(now.rxLost),
      txLost: amountOf(now.txLost),
      rxBytes: amountOf(now.rxBytes.value),
      txBytes: amountOf(now.txBytes.value),
      ...(states.has(name) && { up: upOf(states.get(name)!) }),
      ...(speed !== undefined && { speed }),
    };
  });
  return { interfaces };
}

/** Whether a link is up; one of which only its being switched on is told is, as for the kernel itself (netif_oper_up). */
function upOf(state: string): number {
  return Number(state === "up" || state === "unknown");
}

/** What TCP and UDP counted since boot; `null` where it is not told. */
export interface ProtocolsReading {
  /** TCP connections now. */
  readonly connections: Metric;
  /** Segments sent, without those sent again, and those. */
  readonly sentSegments: Metric;
  readonly resentSegments: Metric;
  readonly listenOverflows: Metric;
  /** Datagrams for which a socket had no room. */
  readonly udpErrors: Metric;
}

/**
 * Parses `net/snmp`, which counts TCP over IPv4 and IPv6, `net/netstat`, and `net/snmp6` for UDP over IPv6.
 *
 * @throws {SyntaxError} when TCP is not listed.
 */
export function parseProtocols(snmp: string, netstat = "", snmp6 = ""): ProtocolsReading {
  const connections = columnOf("Tcp", "CurrEstab", snmp);
  if (connections === null) throw new SyntaxError("Cannot parse connections: TCP is not listed");
  return {
    connections,
    sentSegments: columnOf("Tcp", "OutSegs", snmp),
    resentSegments: columnOf("Tcp", "RetransSegs", snmp),
    listenOverflows: columnOf("TcpExt", "ListenOverflows", netstat),
    udpErrors: sum([columnOf("Udp", "RcvbufErrors", snmp), valueOf("Udp6RcvbufErrors", snmp6)]),
  };
}

/** A number of a protocol: below a line of names is one of values. There are hundreds, and few are wanted. */
function columnOf(protocol: string, name: string, text: string): Metric {
  const start = text.indexOf(`${protocol}: `);
  const end = text.indexOf("\n", start);
  const at = text.indexOf(` ${name}`, start);
  if (start < 0 || at < 0 || at > end) return null;
  let value = end;
  for (let gap = start + protocol.length + 1; gap <= at; gap = text.indexOf(" ", gap + 1)) {
    value = text.indexOf(" ", value + 1);
  }
  return value < 0 ? null : amountOf(parseInt(text.slice(value)));
}

/** A number that stands behind its name on a line of its own. */
function valueOf(name: string, text: string): Metric {
  const at = text.indexOf(`${name} `);
  return at < 0 ? null : amountOf(parseInt(text.slice(at + name.length)));
}

/**
 * How many TCP connections there are, which share of the segments sent since the reading before was sent
 * again, and what failed since boot. The kernel does not count those among the segments sent (RFC 1213).
 */
export function protocolMetrics(
  before: ProtocolsReading | null,
  after: ProtocolsReading,
): Pick<NetworkMetrics, "tcp" | "retrans" | "overflows" | "udpErrors"> {
  const resent = growth(before?.resentSegments, after.resentSegments);
  const sent = growth(before?.sentSegments, after.sentSegments);
  return {
    tcp: after.connections,
    retrans: percentOf(resent, sent === null || resent === null ? null : sent + resent),
    overflows: after.listenOverflows,
    udpErrors: after.udpErrors,
  };
}
