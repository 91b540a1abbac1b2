/** Messages for the tests: believable ones of a given size, and arbitrary ones for properties. */
import { DEVICES, fieldOf, groupOf as groupNameOf, METRICS } from "../lib/catalogue.ts";
import { UNSAFE_CHARACTERS, VISIBLE_CHARACTER } from "../lib/common/text.js";
import { Digest, digestMessage } from "../lib/message/digest.ts";
import {
  type GroupSchema,
  isList,
  type ListField,
  type NumberField,
  SCHEMA,
} from "../lib/message/schema.ts";
import { PLACE, type SummaryNumbers, unknownNumbers } from "../lib/message/summary.ts";
import type { Host } from "../lib/server/fleet/host/host.ts";
import {
  type LegacyMessage,
  MAX_EXTRA_LENGTH,
  MAX_HOST_LENGTH,
  MAX_INTERVAL_MS,
  MAX_SEQUENCE,
  MAX_TAG_LENGTH,
  MAX_TIME_MS,
  type Message,
  type Metric,
  TEXTS,
  type TrafficMetrics,
  type VolumeMetrics,
} from "../lib/message/message.ts";
import fc from "fast-check";

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
  return withOthers({
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
  });
}

/** With a number for each metric of a host that a message does not have, and every system has. */
function withOthers(message: Message): Message {
  const groups = SCHEMA.flatMap(({ name, fields, isRow }) => {
    if (isRow) return [];
    const group = { ...message[name] } as Record<string, unknown>;
    for (const field of fields) {
      if (!isList(field) && !field.optional) group[field.name] ??= 1.234;
    }
    return Object.keys(group).length === 0 ? [] : [[name, group]];
  });
  return { ...message, ...Object.fromEntries(groups) };
}

/** The same of an agent that says all that a system may have, with a disk, two sensors and two tags. */
export function fullSampleOf(devices: Devices): Message {
  const sample = sampleOf(devices);
  const { cpu, memory, disk, network, system } = sample;
  return {
    ...sample,
    tags: { role: "db", site: "fra1" },
    cpu: { ...cpu!, user: 10.31, nice: 0, system: 3.4, irq: 0.4 },
    memory: { ...memory!, cached: 200 * GIB, swapIn: 0, swapOut: 0 },
    disk: {
      ...disk!,
      volumes: disk!.volumes.map((volume) => ({ ...volume, inodes: 0.53 })),
      disks: [{
        ...{ name: "nvme0n1", read: 123_456_789.1, write: 98_765_432.1 },
        ...{ ops: 1_234.56, wait: 1.234, busy: 12.34, queue: 1.234 },
      }],
    },
    network: {
      ...network!,
      interfaces: network!.interfaces.map((traffic) => ({
        ...{ ...traffic, rxBytes: 12_345_678_901_234, txBytes: 2_345_678_901_234 },
        ...{ up: 1, speed: 10_000 },
      })),
      ...{ tcp: 1_234, retrans: 0.123, overflows: 0, udpErrors: 0 },
    },
    system: {
      ...{ ...system!, uptime: 3_542_400, running: 3, tasks: 812, files: 12_345 },
      ...{ conntrack: 1_234, conntrackMax: 262_144, oomKills: 0 },
    },
    pressure: { cpu: 0.12, memory: 0, memoryFull: 0, io: 0.23, ioFull: 0.12 },
    sensors: {
      temps: [{ name: "Package id 0", celsius: 45 }, { name: "Composite", celsius: 38.9 }],
    },
  };
}

/** The same with what hardly any system has all of. */
export function rarestSampleOf(devices: Devices): Message {
  const sample = fullSampleOf(devices);
  const { memory, disk, system, sensors } = sample;
  return completed({
    ...sample,
    memory: { ...memory!, arc: GIB },
    disk: { ...disk!, volumes: disk!.volumes.map((volume) => ({ ...volume, ro: 1 })) },
    system: { ...system!, filesMax: 1_000_000, reboot: 1 },
    sensors: { ...sensors, fans: [{ name: "fan1", rpm: 1_200 }], battery: 98 },
  });
}

/** The same with some number for every metric of the catalogue: a new one is in it. */
function completed(message: Message): Message {
  const full = structuredClone(message) as unknown as Record<string, Record<string, unknown>>;
  for (const row of METRICS.filter(({ path }) => path !== undefined)) {
    const group = full[groupNameOf(row)] ??= {};
    const list = row.kind === "host" ? null : DEVICES[row.kind];
    if (list?.key === null) continue;
    const within = list === null ? [group] : group[list.list.split(".")[1]!] ?? [];
    for (const one of within as Record<string, unknown>[]) one[fieldOf(row)] ??= 1;
  }
  return full as unknown as Message;
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
    host.account(Object.assign(new Digest(), { session: "s", seq: sequence }), 0);
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

/** Any but half a surrogate pair: a `binary` string of fast-check, whose table each file of tests would wait 2 s for. */
const character = fc.nat(0x10ffff - 0x800)
  .map((code) => String.fromCodePoint(code < 0xd800 ? code : code + 0x800));

/** Any text without unsafe characters. */
function texts(maxLength: number): fc.Arbitrary<string> {
  return fc.string({ unit: character, minLength: 1, maxLength: Math.min(maxLength, 24) })
    .map((text) => text.replace(UNSAFE_CHARACTERS, ""))
    .filter((text) => VISIBLE_CHARACTER.test(text));
}

/** Texts by keys, or numbers: what has no name of its own is none of the engine's. */
function maps<T>(keys: fc.Arbitrary<string>, values: fc.Arbitrary<T>, maxKeys: number) {
  return fc.dictionary(keys.filter((key) => key !== "__proto__"), values, {
    maxKeys,
    noNullPrototype: true,
  });
}

const tags = maps(fc.stringMatching(/^[a-z_][a-z0-9_.-]{0,31}$/), texts(MAX_TAG_LENGTH), 8)
  .map((tags) => Object.fromEntries(Object.entries(tags).sort()));
const factTexts = fc.record(
  Object.fromEntries(TEXTS.map((name) => [name, fc.oneof(fc.constant(""), texts(128))])),
  { requiredKeys: [], noNullPrototype: true },
);
const extras = maps(
  texts(MAX_EXTRA_LENGTH),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
  16,
);

const identifiers = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);

const hundredths: fc.Arbitrary<Metric> = fc.option(fc.nat(100_000).map((n) => n / 100));

/** Numbers as a message has them beside each other: no part is more than its whole. */
function numbers(fields: readonly NumberField[]): fc.Arbitrary<Record<string, Metric>> {
  const arbitrary = ({ least, most, decimals }: NumberField) => {
    if (least < 0) return fc.option(fc.integer({ min: -2_730, max: 10_000 }).map((n) => n / 10));
    if (most <= 100) return most === 100 ? percents : fc.option(fc.nat(most));
    return decimals === 2 ? hundredths : decimals === 1 ? percents : amounts;
  };
  const all = Object.fromEntries(fields.map((field) => [field.name, arbitrary(field)]));
  const requiredKeys = fields.filter(({ optional }) => !optional).map(({ name }) => name);
  return fc.record(all, { noNullPrototype: true, requiredKeys }).map((values) => {
    for (const { name, whole } of fields) {
      const part = values[name] ?? null;
      const limit = whole < 0 ? null : values[fields[whole]!.name] ?? null;
      if (part !== null && limit !== null && part > limit) values[name] = part % (limit + 1);
    }
    return values;
  });
}

const cores = fc.oneof(
  fc.array(percents, { maxLength: 32 }),
  fc.array(steps, { minLength: 33, maxLength: 1_024, size: "max" }),
);

function devices({ key, keyLength, fields }: ListField): fc.Arbitrary<unknown> {
  if (key === null) return cores;
  const device = fc.tuple(texts(keyLength), numbers(fields))
    .map(([name, values]) => ({ [key]: name, ...values }));
  return fc.array(device, { maxLength: 6 });
}

/** Any group of metrics. */
function groupOf({ fields, lists, summed }: GroupSchema): fc.Arbitrary<unknown> {
  const own = fields.filter((field): field is NumberField => !isList(field));
  // As in the group, where lists have a place among the numbers.
  const placed = own.map((field) => {
    const whole = field.whole < 0 ? -1 : own.indexOf(fields[field.whole] as NumberField);
    return { ...field, whole };
  });
  const listed = fc.record({
    ...Object.fromEntries(lists.map((list) => [list.name, devices(list)])),
    ...Object.fromEntries(lists.map(({ omitted }) => [omitted, fc.nat(1_000)])),
    ...(summed && { sum: numbers(summed.sums) }),
  }, { requiredKeys: lists.filter(({ optional }) => !optional).map(({ name }) => name as "sum") });
  return fc.tuple(numbers(placed), listed).map(([values, more]) => ({ ...values, ...more }));
}

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
    ...{ tags, texts: factTexts, extra: extras, omitted: fc.nat(1_000) },
    ...Object.fromEntries(SCHEMA.map((group) => [group.name, fc.option(groupOf(group))])),
    bye: fc.constant(true as const),
  },
  { requiredKeys: ["v", "host"] },
).map((message) => structuredClone(message) as unknown as Message);

/** Any legacy message. */
export const legacyMessages: fc.Arbitrary<LegacyMessage> = fc
  .dictionary(fc.string({ maxLength: 8 }).filter((key) => key !== "v"), fc.jsonValue())
  .map((body) => ({ v: 0, body: JSON.parse(JSON.stringify(body)) }));
