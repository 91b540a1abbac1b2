/** Messages for the tests: believable ones of a given size, and arbitrary ones for properties. */
import { UNSAFE_CHARACTERS, VISIBLE_CHARACTER } from "../lib/common/text.js";
import fc from "fast-check";
import { Digest, digestMessage } from "../lib/message/digest.ts";
import { PLACE, type SummaryNumbers, unknownNumbers } from "../lib/message/summary.ts";
import type { Host } from "../lib/server/fleet/host.ts";
import {
  type CpuMetrics,
  type DiskMetrics,
  type LegacyMessage,
  MAX_HOST_LENGTH,
  MAX_INTERVAL_MS,
  MAX_SEQUENCE,
  MAX_TIME_MS,
  type MemoryMetrics,
  type Message,
  type Metric,
  type NetworkMetrics,
  type TrafficMetrics,
  type VolumeMetrics,
} from "../lib/message/message.ts";

/** How many devices a believable host has. */
export interface Devices {
  readonly cores: number;
  readonly volumes: number;
  readonly interfaces: number;
}

const GIB = 2 ** 30;

/** A sample such as an agent makes, numbers not yet rounded; its id and session are as long as real ones. */
export function sampleOf({ cores, volumes, interfaces }: Devices): Message {
  const times = <T>(count: number, make: (index: number) => T) =>
    Array.from({ length: count }, (_, index) => make(index));
  return {
    v: 1,
    id: "Vn3kQ0f8Zr-1sYb7LxW2aA",
    host: "web-01.example.org",
    session: "AaIIhbVanTCrSdL2YmvtEQ",
    seq: 123_456,
    time: 1_795_442_910_170,
    interval: 5_000,
    cpu: { mean: 14.13, cores: times(cores, (n) => 7.3 * n % 100), iowait: 0.21, steal: 0 },
    memory: {
      total: 503.7 * GIB,
      used: 123.4 * GIB,
      free: 17.2 * GIB,
      available: 380.3 * GIB,
      swapTotal: 8 * GIB,
      swapUsed: 0.3 * GIB,
    },
    disk: {
      read: 123_456_789.1,
      write: 98_765_432.1,
      volumes: times(volumes, (n) => volume(n === 0 ? "/" : `/srv/data${n}`, 10 + n % 80)),
    },
    network: { interfaces: times(interfaces, (n) => ({ name: `eth${n}`, ...traffic(n + 1) })) },
  };
}

function volume(mount: string, percent: number): VolumeMetrics {
  const total = 3_500 * GIB;
  return { mount, total, used: total * percent / 100, free: total * (95 - percent) / 100 };
}

function traffic(busy: number): TrafficMetrics {
  return { rx: 12_345_678.9 * busy, tx: 2_345_678.9 * busy, rxLost: 1_234, txLost: 0 };
}

/** The digest of a message, which nothing writes over. */
export function digestOf(message: Message | LegacyMessage): Digest {
  const digest = new Digest();
  digestMessage(message, digest);
  return digest;
}

/** The host after datagrams of one session with these numbers. */
export function passed(host: Host, ...sequences: readonly number[]): Host {
  for (const sequence of sequences) {
    host.accept({ session: "s", sequence, sentMs: NaN, arrivalMs: 0, bye: false });
  }
  return host;
}

/** Numbers of a summary of which only these are known. */
export function numbersOf(known: Partial<Record<keyof typeof PLACE, number>>): SummaryNumbers {
  const numbers = unknownNumbers();
  for (const [name, value] of Object.entries(known)) numbers[PLACE[name as "cpu"]] = value;
  return numbers;
}

/** The bytes of a text in UTF-8. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** The bytes of a value as JSON. */
export function jsonOf(value: unknown): Uint8Array<ArrayBuffer> {
  return bytesOf(JSON.stringify(value));
}

/** Any amount that a message may carry. */
export const amounts: fc.Arbitrary<Metric> = fc.option(fc.nat(Number.MAX_SAFE_INTEGER));
const percents: fc.Arbitrary<Metric> = fc.option(fc.nat(1_000).map((tenths) => tenths / 10));
const steps: fc.Arbitrary<Metric> = fc.option(fc.nat(200).map((halves) => halves / 2));

/** Any text without unsafe characters. */
function texts(maxLength: number): fc.Arbitrary<string> {
  return fc.string({ unit: "binary", minLength: 1, maxLength: Math.min(maxLength, 24) })
    .map((text) => text.replace(UNSAFE_CHARACTERS, ""))
    .filter((text) => VISIBLE_CHARACTER.test(text));
}

const identifiers = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);

/** Parts that are no more than their whole, and the whole. */
function shares<K extends string>(whole: string, parts: readonly K[]) {
  return fc.tuple(
    amounts,
    ...parts.map(() => fc.option(fc.double({ min: 0, max: 1, noNaN: true }))),
  )
    .map(([total, ...fractions]) => ({
      [whole]: total,
      ...Object.fromEntries(parts.map((part, index) => {
        const fraction = fractions[index] ?? null;
        return [part, fraction === null ? null : Math.floor(fraction * (total ?? 2 ** 40))];
      })),
    }));
}

const cpus = fc.record({
  mean: percents,
  cores: fc.oneof(
    fc.array(percents, { maxLength: 32 }),
    fc.array(steps, { minLength: 33, maxLength: 1_024, size: "max" }),
  ),
  iowait: percents,
  steal: percents,
  omitted: fc.nat(1_000),
}, { requiredKeys: ["mean", "cores", "iowait", "steal"] }) as fc.Arbitrary<CpuMetrics>;

const memories = fc.tuple(
  shares("total", ["used", "free", "available"]),
  shares("swapTotal", ["swapUsed"]),
).map(([memory, swap]) => ({ ...memory, ...swap }) as unknown as MemoryMetrics);

const volumes = fc.tuple(texts(255), shares("total", ["used", "free"]))
  .map(([mount, space]) => ({ mount, ...space }) as unknown as VolumeMetrics);

const disks = fc.record(
  {
    read: amounts,
    write: amounts,
    volumes: fc.array(volumes, { maxLength: 6 }),
    omitted: fc.nat(1_000),
  },
  { requiredKeys: ["read", "write", "volumes"] },
) as fc.Arbitrary<DiskMetrics>;

const counters = { rx: amounts, tx: amounts, rxLost: amounts, txLost: amounts };

const networks = fc.record(
  {
    interfaces: fc.array(fc.record({ name: texts(64), ...counters }), { maxLength: 6 }),
    omitted: fc.nat(1_000),
    sum: fc.record(counters),
  },
  { requiredKeys: ["interfaces"] },
) as fc.Arbitrary<NetworkMetrics>;

/** Any message whose numbers are as exact as the wire format. */
export const messages = fc.record(
  {
    v: fc.constant(1 as const),
    host: texts(MAX_HOST_LENGTH),
    id: identifiers,
    session: identifiers,
    seq: fc.integer({ min: 1, max: MAX_SEQUENCE }),
    time: fc.nat(MAX_TIME_MS),
    interval: fc.integer({ min: 100, max: MAX_INTERVAL_MS }),
    cpu: fc.option(cpus),
    memory: fc.option(memories),
    disk: fc.option(disks),
    network: fc.option(networks),
    bye: fc.constant(true as const),
  },
  { requiredKeys: ["v", "host"] },
).map((message) => structuredClone(message) as Message);

/** Any legacy message. */
export const legacyMessages: fc.Arbitrary<LegacyMessage> = fc
  .dictionary(fc.string({ maxLength: 8 }).filter((key) => key !== "v"), fc.jsonValue())
  .map((body) => ({ v: 0, body: JSON.parse(JSON.stringify(body)) }));
