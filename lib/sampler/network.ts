/**
 * Network traffic from `/proc/<pid>/net/dev`: text into counters, two readings into rates. Pure.
 */
import { MAX_INTERFACE_LENGTH, type NetworkMetrics } from "../message/message.ts";
import { amountOf, type Counter, deviceName, ratePerSecond, readCounter } from "./sample.ts";

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

const COLUMNS = 16;
/** No link carries more each way where its speed is not known: 800 Gbit/s, the fastest Ethernet. */
const MAX_BYTES_PER_SECOND = 100e9;
/** How many times the speed that a link tells it can seem to carry: virtual ones tell some number, and readings are not exactly on time. */
const SPEED_TOLERANCE = 2;

/**
 * Parses `net/dev`; columns are bytes, packets, errs, drop, fifo, frame, compressed, multicast
 * received, then the same eight sent.
 *
 * @param before the reading before, of which the counters remember what they said.
 * @throws {SyntaxError} when no interface at all is listed, not even the loopback.
 */
export function parseNetwork(text: string, before?: NetworkReading | null): NetworkReading {
  const interfaces = new Map<string, InterfaceCounters>();
  for (const line of text.split("\n")) {
    // An alias has a colon in its name, and old kernels put no space behind the last one.
    const colon = line.lastIndexOf(":");
    const columns = line.slice(colon + 1).trim().split(/ +/).map(Number);
    if (colon < 0 || columns.length < COLUMNS) continue;
    const name = line.slice(0, colon).trim();
    const known = before?.get(name);
    interfaces.set(name, {
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
 * Bytes per second between two readings, and the losses so far, for each interface of the second.
 *
 * @param speeds what links can carry each way, in bytes per second, by name where it is known.
 */
export function networkMetrics(
  before: NetworkReading | null,
  after: NetworkReading,
  elapsedMs: number,
  speeds: ReadonlyMap<string, number> = new Map(),
): NetworkMetrics {
  const interfaces = Array.from(after, ([name, now]) => {
    const then = before?.get(name);
    const speed = speeds.get(name);
    const most = speed === undefined ? MAX_BYTES_PER_SECOND : SPEED_TOLERANCE * speed;
    return {
      name: deviceName(name, MAX_INTERFACE_LENGTH),
      rx: ratePerSecond(then?.rxBytes, now.rxBytes, elapsedMs, most),
      tx: ratePerSecond(then?.txBytes, now.txBytes, elapsedMs, most),
      rxLost: amountOf(now.rxLost),
      txLost: amountOf(now.txLost),
    };
  });
  return { interfaces };
}
