/**
 * Network traffic from `/proc/<pid>/net/dev`: text into counters, two readings into rates. Pure.
 */
import { MAX_INTERFACE_LENGTH, type NetworkMetrics } from "../message.ts";
import { realInterfaces } from "./interfaces.ts";
import { ratePerSecond } from "./rate.ts";
import { amountOf, deviceName } from "./sample.ts";

/** What one interface counted since it came up. */
export interface InterfaceCounters {
  readonly rxBytes: number;
  readonly txBytes: number;
  /** Packets dropped plus errored. */
  readonly rxLost: number;
  readonly txLost: number;
}

/** The counters of the real interfaces, by name. */
export type NetworkReading = ReadonlyMap<string, InterfaceCounters>;

const COLUMNS = 16;

/**
 * Parses `net/dev`; columns are bytes, packets, errs, drop, fifo, frame, compressed, multicast
 * received, then the same eight sent.
 *
 * @throws {SyntaxError} when no interface at all is listed, not even the loopback.
 */
export function parseNetwork(text: string): NetworkReading {
  const interfaces = new Map<string, InterfaceCounters>();
  for (const line of text.split("\n")) {
    // An alias has a colon in its name, and old kernels put no space behind the last one.
    const colon = line.lastIndexOf(":");
    const columns = line.slice(colon + 1).trim().split(/ +/).map(Number);
    if (colon < 0 || columns.length < COLUMNS) continue;
    interfaces.set(line.slice(0, colon).trim(), {
      rxBytes: columns[0]!,
      txBytes: columns[8]!,
      rxLost: columns[2]! + columns[3]!,
      txLost: columns[10]! + columns[11]!,
    });
  }
  if (interfaces.size === 0) throw new SyntaxError("Cannot parse traffic: no interface is listed");
  return new Map(
    realInterfaces([...interfaces.keys()]).map((name) => [name, interfaces.get(name)!]),
  );
}

/** Bytes per second between two readings, and the losses so far, for each interface that is there now. */
export function networkMetrics(
  before: NetworkReading | null,
  after: NetworkReading,
  elapsedMs: number,
): NetworkMetrics {
  const interfaces = Array.from(after, ([name, now]) => {
    const then = before?.get(name);
    return {
      name: deviceName(name, MAX_INTERFACE_LENGTH),
      rx: ratePerSecond(then?.rxBytes ?? null, now.rxBytes, elapsedMs),
      tx: ratePerSecond(then?.txBytes ?? null, now.txBytes, elapsedMs),
      rxLost: amountOf(now.rxLost),
      txLost: amountOf(now.txLost),
    };
  });
  return { interfaces };
}
