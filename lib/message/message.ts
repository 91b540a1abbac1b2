/**
 * The wire format of Pulso, version 1: types, limits, encode and decode.
 * docs/PROTOCOL.md describes the same in words. This file keeps no state, and never
 * lets a value through that it has not checked: whatever bytes come in,
 * `decodeMessage` returns a sound message or throws a `DatagramError`.
 */
import { JsonReader, listOf, objectOf } from "./json_reader.ts";

/** UDP port of the server when none is named. */
export const DEFAULT_PORT = 5005;
/** Sampling interval in milliseconds when a message does not declare one. */
export const DEFAULT_INTERVAL_MS = 5_000;
/** The shortest and the longest interval that an agent may declare, in milliseconds. */
export const MIN_INTERVAL_MS = 100;
export const MAX_INTERVAL_MS = 3_600_000;
/** Longest datagram that the server accepts, in bytes of UDP payload. */
export const MAX_DATAGRAM_BYTES = 8_192;
/** Longest datagram that an agent sends unless it cannot help it: an Ethernet frame's 1,500 less IPv6 and UDP headers. */
export const TARGET_DATAGRAM_BYTES = 1_452;
/** Longest host name, in UTF-16 code units (DNS allows 253). */
export const MAX_HOST_LENGTH = 253;
/** Longest mount point that a message carries, in UTF-16 code units. */
export const MAX_MOUNT_LENGTH = 255;
/** Longest network interface name, in UTF-16 code units (Linux allows 15, Windows far more). */
export const MAX_INTERFACE_LENGTH = 64;
/** Most cores, volumes and interfaces in one message. */
export const MAX_CORES = 1_024;
export const MAX_VOLUMES = 64;
export const MAX_INTERFACES = 64;
/** Up to this many cores are written as numbers; more are packed, one byte each. */
const MAX_PLAIN_CORES = 32;
/** Highest sequence number of a session: 13 years at ten samples a second. */
export const MAX_SEQUENCE = 0xffff_ffff;
/** Highest wall clock time, in milliseconds: the end of ECMAScript's date range. */
export const MAX_TIME_MS = 8.64e15;

/** What a sampled number is: a finite number, or `null` where it is not known. */
export type Metric = number | null;

/** CPU use in percent, 0 to 100, over the time since the agent's previous sample. */
export interface CpuMetrics {
  /** Busy share of all cores: (total − idle − iowait) / total. */
  readonly mean: Metric;
  /** The same formula for each core, by core number; `null` for a core that is offline. */
  readonly cores: readonly Metric[];
  readonly iowait: Metric;
  readonly steal: Metric;
  /** How many cores the sender left out, which are all or none; absent when none. */
  readonly omitted?: number;
}

/** Memory in bytes; `used` is total − available. */
export interface MemoryMetrics {
  readonly total: Metric;
  readonly used: Metric;
  readonly free: Metric;
  readonly available: Metric;
  readonly swapTotal: Metric;
  readonly swapUsed: Metric;
}

/** One mounted filesystem, in bytes as `df` counts them; `free` is what an ordinary user may still write. */
export interface VolumeMetrics {
  readonly mount: string;
  readonly total: Metric;
  readonly used: Metric;
  readonly free: Metric;
}

/** Disk rates in bytes per second over all whole disks, and the volumes. */
export interface DiskMetrics {
  readonly read: Metric;
  readonly write: Metric;
  readonly volumes: readonly VolumeMetrics[];
  /** How many volumes the sender left out; absent when none. */
  readonly omitted?: number;
}

/** What is counted on one network interface, or on all together. */
export interface TrafficMetrics {
  /** Bytes per second, received and sent. */
  readonly rx: Metric;
  readonly tx: Metric;
  /** Packets dropped plus errored since the interface came up, each way. */
  readonly rxLost: Metric;
  readonly txLost: Metric;
}

/** One network interface. */
export interface InterfaceMetrics extends TrafficMetrics {
  readonly name: string;
}

/** The network interfaces of a host. */
export interface NetworkMetrics {
  readonly interfaces: readonly InterfaceMetrics[];
  /** How many interfaces the sender left out; absent when none. */
  readonly omitted?: number;
  /** Sums over every interface, those left out too; present when some are. */
  readonly sum?: TrafficMetrics;
}

/** The four groups of metrics: absent when not selected, `null` when sampling it failed. */
export interface Metrics {
  readonly cpu?: CpuMetrics | null;
  readonly memory?: MemoryMetrics | null;
  readonly disk?: DiskMetrics | null;
  readonly network?: NetworkMetrics | null;
}

/** The name of a group of metrics. */
export type MetricGroup = keyof Metrics;

/** Every group, in the order in which messages and views show them. */
export const METRIC_GROUPS: readonly MetricGroup[] = ["cpu", "memory", "disk", "network"];

/** One sample of one host: the payload of one datagram. Only `v` and `host` are required. */
export interface Message extends Metrics {
  readonly v: 1;
  readonly host: string;
  readonly id?: string;
  readonly session?: string;
  /** 1 for the first datagram of a session, then one more for each. */
  readonly seq?: number;
  /** The sender's wall clock, in milliseconds since 1970. */
  readonly time?: number;
  /** Milliseconds between two samples, as the sender intends. */
  readonly interval?: number;
  /** The agent's last datagram: it stops now. */
  readonly bye?: true;
}

/** A JSON object without `v`, as the original course system sends it: kept whole, trusted in nothing. */
export interface LegacyMessage {
  readonly v: 0;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Why a datagram cannot be decoded. */
export type DecodeReason =
  | "empty"
  | "oversize"
  | "format"
  | "costly"
  | "utf8"
  | "json"
  | "version"
  | "schema";

/** Why a datagram is not let through where datagrams may be sealed; `sealed/opener.ts` says when. */
export type SealReason =
  | "plain"
  | "mode"
  | "key"
  | "session"
  | "auth"
  | "clock"
  | "downgrade"
  | "budget"
  | "capacity";

/** Thrown for a datagram that cannot be accepted; its text never quotes the datagram. */
export class DatagramError extends Error {
  override readonly name = "DatagramError";
  readonly reason: DecodeReason | SealReason;
  /** The id of the agent that has sealed it beyond doubt, though it may be a copy; `null` where nobody has. */
  readonly agent: string | null;
  static readonly #known = new Map<string, DatagramError>();

  constructor(reason: DecodeReason | SealReason, state: string, agent: string | null = null) {
    super(`Cannot accept datagram: ${state}`);
    this.reason = reason;
    this.agent = agent;
  }

  /**
   * The one error of a reason and a state, of which there are few: to make one takes longer than to read
   * the datagram, and who sends such could send many.
   */
  static of(reason: DecodeReason | SealReason, state: string): DatagramError {
    let known = DatagramError.#known.get(state);
    if (known === undefined) {
      DatagramError.#known.set(state, known = new DatagramError(reason, state));
    }
    return known;
  }
}

/**
 * Characters that no text on the wire may hold, as they can forge what a terminal or a page shows:
 * C0 and C1 controls, line separators, bidirectional controls and all else that shows as nothing, lone
 * surrogates, the ninth of many marks on one letter.
 */
export const UNSAFE_CHARACTERS =
  // deno-lint-ignore no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2800\ufff9-\ufffb\p{Default_Ignorable_Code_Point}\p{Surrogate}]|(?<=\p{M}{8})\p{M}/gu;

const UNSAFE_CHARACTER = new RegExp(UNSAFE_CHARACTERS.source, "u");
/** A character that is seen: no space, and no mark that has no letter. */
export const VISIBLE_CHARACTER = /[^\p{Zs}\p{M}]/u;
/** Longest `id` and `session`. */
export const MAX_IDENTIFIER_LENGTH = 64;
/** What an agent's `id` and `session` look like. */
export const IDENTIFIER = new RegExp(`^[A-Za-z0-9_-]{1,${MAX_IDENTIFIER_LENGTH}}$`);

/** First byte of a plain datagram, `{`, and of a sealed one, which no UTF-8 text holds. */
export const PLAIN_BYTE = 0x7b;
export const SEALED_BYTE = 0xf5;

/** A packed core: half percents, or this. */
export const CORE_UNKNOWN = 255;
export const CORE_STEPS_PER_PERCENT = 2;
/** Longest text of packed cores: four digits of base64url carry three of them. */
export const MAX_PACKED_LENGTH = Math.ceil(MAX_CORES * 4 / 3);

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Encodes one message as JSON in UTF-8: percent to one decimal, sizes and rates to whole bytes,
 * more than 32 cores packed. The caller answers for the length (see `fit.ts`).
 */
export function encodeMessage(message: Message): Uint8Array<ArrayBuffer> {
  return encoder.encode(JSON.stringify({
    v: message.v,
    id: message.id,
    host: message.host,
    session: message.session,
    seq: message.seq,
    time: message.time,
    interval: message.interval,
    cpu: message.cpu && {
      mean: roundPercent(message.cpu.mean),
      cores: encodeCores(message.cpu.cores),
      iowait: roundPercent(message.cpu.iowait),
      steal: roundPercent(message.cpu.steal),
      omitted: message.cpu.omitted,
    },
    memory: message.memory && roundAll(message.memory),
    disk: message.disk && {
      ...roundAll({ read: message.disk.read, write: message.disk.write }),
      volumes: message.disk.volumes.map(roundAll),
      omitted: message.disk.omitted,
    },
    network: message.network && {
      interfaces: message.network.interfaces.map(roundAll),
      omitted: message.network.omitted,
      sum: message.network.sum && roundAll(message.network.sum),
    },
    bye: message.bye,
  }));
}

function roundPercent(percent: Metric): Metric {
  return percent === null ? null : Math.round(percent * 10) / 10;
}

function roundAll<T extends object>(metrics: T): T {
  const rounded = { ...metrics };
  for (const key in rounded) {
    const value: unknown = rounded[key];
    if (typeof value === "number") rounded[key] = Math.round(value) as typeof rounded[typeof key];
  }
  return rounded;
}

function encodeCores(cores: readonly Metric[]): readonly Metric[] | string {
  if (cores.length <= MAX_PLAIN_CORES) return cores.map(roundPercent);
  return Uint8Array.from(
    cores,
    (core) => core === null ? CORE_UNKNOWN : Math.round(core * CORE_STEPS_PER_PERCENT),
  ).toBase64({ alphabet: "base64url", omitPadding: true });
}

/**
 * Decodes one datagram. Metrics that the sender left out of a group are `null`, packed cores are
 * numbers again, keys that version 1 does not name are not kept, and of a key given twice the last counts.
 *
 * @throws {DatagramError} and nothing else, when the datagram is not a sound message.
 */
export function decodeMessage(bytes: Uint8Array): Message | LegacyMessage {
  checkEnds(bytes);
  return parseMessage(decodeText(bytes));
}

/** Makes sure of what can be told at a glance. @throws {DatagramError} `empty`, `oversize`, `format` or `key`. */
export function checkEnds(bytes: Uint8Array): void {
  if (bytes.length === 0) throw DatagramError.of("empty", "it is empty");
  if (bytes.length > MAX_DATAGRAM_BYTES) {
    throw DatagramError.of("oversize", `it is longer than ${MAX_DATAGRAM_BYTES} bytes`);
  }
  if (bytes[0] !== PLAIN_BYTE) throw notPlain(bytes);
}

/**
 * Reads the text of a message, as `decodeMessage` does.
 *
 * @throws {DatagramError} `json`, `version` or `schema`.
 */
export function parseMessage(text: string): Message | LegacyMessage {
  const body = reader.read(text, MESSAGE) as Fields;
  if (body.v === undefined) return legacyMessage(text);
  if (body.v !== 1) throw DatagramError.of("version", "its version is not 1");
  return checkMessage(body);
}

/** Its body is only read when somebody asks for it. */
function legacyMessage(text: string): LegacyMessage {
  return {
    v: 0,
    get body() {
      return JSON.parse(text);
    },
  };
}

function notPlain(bytes: Uint8Array): DatagramError {
  return bytes[0] === SEALED_BYTE
    ? DatagramError.of("key", "it is sealed, and there is no key to open it (--key-file)")
    : DatagramError.of("format", "it does not begin with {");
}

/** What stands for bytes that are not UTF-8, and may stand there in its own right. */
const REPLACEMENT = "\ufffd";
const REPLACEMENT_BYTES = encoder.encode(REPLACEMENT);

/** A decoder that throws takes as long for it as for 10 KiB of text. */
function decodeText(bytes: Uint8Array): string {
  const text = decoder.decode(bytes);
  if (
    text.includes(REPLACEMENT) && text.split(REPLACEMENT).length - 1 !== countReplacements(bytes)
  ) {
    throw DatagramError.of("utf8", "it is not UTF-8");
  }
  return text;
}

function countReplacements(bytes: Uint8Array): number {
  let count = 0;
  for (
    let at = bytes.indexOf(REPLACEMENT_BYTES[0]!);
    at >= 0;
    at = bytes.indexOf(REPLACEMENT_BYTES[0]!, at + 1)
  ) {
    if (bytes[at + 1] === REPLACEMENT_BYTES[1] && bytes[at + 2] === REPLACEMENT_BYTES[2]) count++;
  }
  return count;
}

/** What is read of a message: all that version 1 names. */
const VOLUME = objectOf(() => (
  { mount: undefined, total: undefined, used: undefined, free: undefined }
));
const TRAFFIC = objectOf(() => (
  { rx: undefined, tx: undefined, rxLost: undefined, txLost: undefined }
));
const INTERFACE = objectOf(() => ({ name: undefined, ...TRAFFIC.make() }));
const CPU = objectOf(
  () => ({
    ...{ mean: undefined, cores: undefined, omitted: undefined },
    ...{ iowait: undefined, steal: undefined },
  }),
  { cores: listOf("scalar", MAX_CORES) },
);
const MEMORY = objectOf(() => ({
  total: undefined,
  used: undefined,
  free: undefined,
  available: undefined,
  swapTotal: undefined,
  swapUsed: undefined,
}));
const DISK = objectOf(
  () => ({ read: undefined, write: undefined, volumes: undefined, omitted: undefined }),
  { volumes: listOf(VOLUME, MAX_VOLUMES) },
);
const NETWORK = objectOf(
  () => ({ interfaces: undefined, omitted: undefined, sum: undefined }),
  { interfaces: listOf(INTERFACE, MAX_INTERFACES), sum: TRAFFIC },
);
const MESSAGE = objectOf(
  () => ({
    v: undefined,
    host: undefined,
    id: undefined,
    session: undefined,
    seq: undefined,
    time: undefined,
    interval: undefined,
    cpu: undefined,
    memory: undefined,
    disk: undefined,
    network: undefined,
    bye: undefined,
  }),
  { cpu: CPU, memory: MEMORY, disk: DISK, network: NETWORK },
);

const reader = new JsonReader(DatagramError.of("json", "it is not JSON"));

type Fields = Readonly<Record<string, unknown>>;
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function checkMessage(body: Fields): Message {
  const message: Mutable<Message> = {
    v: 1,
    host: checkText(body.host, MAX_HOST_LENGTH, "host"),
  };
  if (body.id !== undefined) message.id = checkIdentifier(body.id, "id");
  if (body.session !== undefined) message.session = checkIdentifier(body.session, "session");
  if (body.seq !== undefined) message.seq = checkInteger(body.seq, 1, MAX_SEQUENCE, "seq");
  if (body.time !== undefined) message.time = checkInteger(body.time, 0, MAX_TIME_MS, "time");
  if (body.interval !== undefined) {
    message.interval = checkInteger(body.interval, MIN_INTERVAL_MS, MAX_INTERVAL_MS, "interval");
  }
  if (body.cpu !== undefined) message.cpu = body.cpu === null ? null : checkCpu(body.cpu);
  if (body.memory !== undefined) {
    message.memory = body.memory === null ? null : checkMemory(body.memory);
  }
  if (body.disk !== undefined) message.disk = body.disk === null ? null : checkDisk(body.disk);
  if (body.network !== undefined) {
    message.network = body.network === null ? null : checkNetwork(body.network);
  }
  if (body.bye !== undefined) message.bye = checkTrue(body.bye, "bye");
  return message;
}

function checkCpu(value: unknown): CpuMetrics {
  const cpu = checkObject(value, "cpu");
  const checked: Mutable<CpuMetrics> = {
    mean: checkPercent(cpu.mean, "cpu.mean"),
    cores: checkCores(cpu.cores),
    iowait: checkPercent(cpu.iowait, "cpu.iowait"),
    steal: checkPercent(cpu.steal, "cpu.steal"),
  };
  if (cpu.omitted !== undefined) checked.omitted = checkCount(cpu.omitted, "cpu.omitted");
  return checked;
}

function checkCores(value: unknown): readonly Metric[] {
  if (typeof value === "string") return decodeCores(value);
  return checkArray(value, MAX_CORES, "cpu.cores", checkPercent);
}

function decodeCores(text: string): readonly Metric[] {
  // Checked first so that a long text costs nothing.
  if (text.length > MAX_PACKED_LENGTH) throw schemaError("cpu.cores", "too long");
  // White space, padding and a lone last digit, which the decoder might let pass, are not ours.
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) {
    throw schemaError("cpu.cores", "not base64url without padding");
  }
  return Array.from(Uint8Array.fromBase64(text, { alphabet: "base64url" }), decodeCore);
}

function decodeCore(step: number): Metric {
  if (step === CORE_UNKNOWN) return null;
  if (step > 100 * CORE_STEPS_PER_PERCENT) throw schemaError("cpu.cores", "not all percent");
  return step / CORE_STEPS_PER_PERCENT;
}

function checkMemory(value: unknown): MemoryMetrics {
  const memory = checkObject(value, "memory");
  const total = checkAmount(memory.total, "memory.total");
  const swapTotal = checkAmount(memory.swapTotal, "memory.swapTotal");
  return {
    total,
    used: checkPart(memory.used, total, "memory.used"),
    free: checkPart(memory.free, total, "memory.free"),
    available: checkPart(memory.available, total, "memory.available"),
    swapTotal,
    swapUsed: checkPart(memory.swapUsed, swapTotal, "memory.swapUsed"),
  };
}

function checkDisk(value: unknown): DiskMetrics {
  const disk = checkObject(value, "disk");
  const checked: Mutable<DiskMetrics> = {
    read: checkAmount(disk.read, "disk.read"),
    write: checkAmount(disk.write, "disk.write"),
    volumes: checkArray(disk.volumes, MAX_VOLUMES, "disk.volumes", checkVolume),
  };
  if (disk.omitted !== undefined) checked.omitted = checkCount(disk.omitted, "disk.omitted");
  return checked;
}

function checkVolume(value: unknown): VolumeMetrics {
  const volume = checkObject(value, "volume");
  const total = checkAmount(volume.total, "volume.total");
  return {
    mount: checkText(volume.mount, MAX_MOUNT_LENGTH, "volume.mount"),
    total,
    used: checkPart(volume.used, total, "volume.used"),
    free: checkPart(volume.free, total, "volume.free"),
  };
}

function checkNetwork(value: unknown): NetworkMetrics {
  const network = checkObject(value, "network");
  const checked: Mutable<NetworkMetrics> = {
    interfaces: checkArray(
      network.interfaces,
      MAX_INTERFACES,
      "network.interfaces",
      checkInterface,
    ),
  };
  if (network.omitted !== undefined) {
    checked.omitted = checkCount(network.omitted, "network.omitted");
  }
  if (network.sum !== undefined) checked.sum = checkTraffic(network.sum, "network.sum");
  return checked;
}

function checkInterface(value: unknown): InterfaceMetrics {
  const traffic = checkTraffic(value, "interface");
  const { name } = value as Fields;
  return { name: checkText(name, MAX_INTERFACE_LENGTH, "interface.name"), ...traffic };
}

function checkTraffic(value: unknown, name: string): TrafficMetrics {
  const traffic = checkObject(value, name);
  return {
    rx: checkAmount(traffic.rx, "network rx"),
    tx: checkAmount(traffic.tx, "network tx"),
    rxLost: checkAmount(traffic.rxLost, "network rxLost"),
    txLost: checkAmount(traffic.txLost, "network txLost"),
  };
}

function checkObject(value: unknown, name: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw schemaError(name, "not an object");
  }
  return value as Fields;
}

/** Checks a list; a list that was not sent is empty. */
function checkArray<T>(
  value: unknown,
  limit: number,
  name: string,
  check: (item: unknown, name: string) => T,
): readonly T[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw schemaError(name, "not an array");
  if (value.length > limit) throw schemaError(name, "too long");
  return value.map((item) => check(item, name));
}

function checkText(value: unknown, limit: number, name: string): string {
  if (typeof value !== "string") throw schemaError(name, "not a string");
  if (value.length === 0 || value.length > limit) throw schemaError(name, "empty or too long");
  if (UNSAFE_CHARACTER.test(value) || !VISIBLE_CHARACTER.test(value)) {
    throw schemaError(name, "not plain text");
  }
  return value;
}

function checkIdentifier(value: unknown, name: string): string {
  if (typeof value !== "string" || !IDENTIFIER.test(value)) {
    throw schemaError(name, "not 1 to 64 of A–Z, a–z, 0–9, - and _");
  }
  return value;
}

function checkInteger(value: unknown, least: number, most: number, name: string): number {
  if (!Number.isInteger(value) || (value as number) < least || (value as number) > most) {
    throw schemaError(name, `not a whole number from ${least} to ${most}`);
  }
  return (value as number) + 0; // −0 becomes 0
}

function checkCount(value: unknown, name: string): number {
  return checkInteger(value, 0, Number.MAX_SAFE_INTEGER, name);
}

function checkTrue(value: unknown, name: string): true {
  if (value !== true) throw schemaError(name, "not true");
  return value;
}

/** Checks a number from 0 to `most`; one that was not sent is `null`. */
function checkNumber(value: unknown, most: number, name: string): Metric {
  if (value === undefined || value === null) return null;
  if (typeof value !== "number" || !(value >= 0 && value <= most)) {
    throw schemaError(name, `not a number from 0 to ${most}`);
  }
  return value + 0; // −0 becomes 0
}

function checkPercent(value: unknown, name: string): Metric {
  return checkNumber(value, 100, name);
}

function checkAmount(value: unknown, name: string): Metric {
  return checkNumber(value, Number.MAX_SAFE_INTEGER, name);
}

/** Checks an amount that cannot be more than its whole. */
function checkPart(value: unknown, whole: Metric, name: string): Metric {
  const part = checkAmount(value, name);
  if (part !== null && whole !== null && part > whole) {
    throw schemaError(name, "more than its total");
  }
  return part;
}

function schemaError(name: string, state: string): DatagramError {
  return DatagramError.of("schema", `${name} is ${state}`);
}
