/**
 * What a message of Pulso is, version 1: its types, its limits, and why a datagram is none. The numbers
 * follow from the catalogue; docs/PROTOCOL.md describes the same in words. Pure; `encode.ts` and
 * `decode.ts` make bytes of it, and it of bytes.
 */
import {
  type Device,
  type DeviceKinds,
  DEVICES,
  groupOf,
  type KnownRow,
  METRICS,
} from "../catalogue.ts";

/** UDP port of the server when none is named. */
export const DEFAULT_PORT = 5005;
/** Sampling interval in milliseconds when a message does not declare one. */
export const DEFAULT_INTERVAL_MS = 5_000;
/** The shortest and the longest interval that an agent may declare, in milliseconds. */
export const MIN_INTERVAL_MS = 100;
export const MAX_INTERVAL_MS = 3_600_000;
/** Longest datagram that the server accepts, in bytes of UDP payload. */
export const MAX_DATAGRAM_BYTES = 8_192;
/** Target size of an agent's datagram, exceeded only when nothing else helps: 1,500 bytes of an Ethernet frame less IPv6 and UDP headers. */
export const TARGET_DATAGRAM_BYTES = 1_452;
/** Longest host name, in UTF-16 code units (DNS allows 253). */
export const MAX_HOST_LENGTH = 253;
/** Longest mount point and network interface name, in UTF-16 code units. */
export const MAX_MOUNT_LENGTH = DEVICES.volume.keyLength;
export const MAX_INTERFACE_LENGTH = DEVICES.interface.keyLength;
/** Maximum numbers of cores, volumes and interfaces in one message. */
export const MAX_CORES = DEVICES.core.most;
export const MAX_VOLUMES = DEVICES.volume.most;
export const MAX_INTERFACES = DEVICES.interface.most;
/** Highest sequence number of a session: 13 years at ten samples a second. */
export const MAX_SEQUENCE = 0xffff_ffff;
/** Highest wall clock time, in milliseconds: the end of ECMAScript's date range. */
export const MAX_TIME_MS = 8.64e15;

/** What a sampled number is: a finite number, or `null` where it is not known. */
export type Metric = number | null;

/** What follows a prefix and a dot in a path. */
type After<Path, Prefix extends string> = Path extends `${Prefix}.${infer Rest}` ? Rest : never;
type RowOf<Kind extends string> = Extract<KnownRow, { kind: Kind; path: string }>;
/** The numbers of a group, or of one device of a list; those that a system may not have may be absent. */
type Numbers<Kind extends string, Prefix extends string> =
  & {
    readonly [
      Row in RowOf<Kind> as Row extends { optional: true } ? never : After<Row["path"], Prefix>
    ]: Metric;
  }
  & {
    readonly [
      Row in RowOf<Kind> as Row extends { optional: true } ? After<Row["path"], Prefix> : never
    ]?: Metric;
  };

/** One device as a message lists it: its name with its numbers, or a number. */
export type DeviceMetrics<D extends Device> = DeviceKinds[D]["key"] extends string ?
    & { readonly [Key in DeviceKinds[D]["key"] & string]: string }
    & Numbers<D, `${DeviceKinds[D]["list"]}[]`>
  : Metric;

/** The kinds of devices that a group lists. */
type DevicesIn<Group extends string> = {
  [D in Device]: [After<DeviceKinds[D]["list"], Group>] extends [never] ? never : D;
}[Device];
type IsOptional<D extends Device> = DeviceKinds[D] extends { optional: true } ? true : false;
type Lists<Group extends string> =
  & {
    readonly [
      D in Device as IsOptional<D> extends true ? never : After<DeviceKinds[D]["list"], Group>
    ]: readonly DeviceMetrics<D>[];
  }
  & {
    readonly [
      D in Device as IsOptional<D> extends true ? After<DeviceKinds[D]["list"], Group> : never
    ]?: readonly DeviceMetrics<D>[];
  };
/** How many devices the sender left out, and sums over all of them; absent when it left out none. */
type LeftOut<Group extends string> =
  & { readonly [D in DevicesIn<Group> as DeviceKinds[D]["omitted"]]?: number }
  & (true extends DeviceKinds[DevicesIn<Group>]["sums"] ? { readonly sum?: TrafficMetrics }
    : unknown);

/** The name of a group of metrics. */
export type MetricGroup = RowOf<"host" | Device>["path"] extends infer Path
  ? Path extends `${infer Group}.${string}` ? Group : never
  : never;
/** The numbers of a group, and its devices. */
export type GroupMetrics<Group extends MetricGroup> =
  & Numbers<"host", Group>
  & Lists<Group>
  & LeftOut<Group>;

/** CPU use in percent, 0 to 100, over the time since the agent's previous sample. */
export type CpuMetrics = GroupMetrics<"cpu">;
/** Memory in bytes; `used` is total − available. */
export type MemoryMetrics = GroupMetrics<"memory">;
/** Disk rates in bytes per second over all whole disks, and the volumes. */
export type DiskMetrics = GroupMetrics<"disk">;
/** The network interfaces of a host. */
export type NetworkMetrics = GroupMetrics<"network">;
/** One mounted filesystem, in bytes as `df` counts them; `free` is what an ordinary user may still write. */
export type VolumeMetrics = DeviceMetrics<"volume">;
/** One network interface. */
export type InterfaceMetrics = DeviceMetrics<"interface">;
/** One whole disk. */
export type DiskDeviceMetrics = DeviceMetrics<"disk">;
/** What is counted on one network interface, or on all together. */
export type TrafficMetrics = Numbers<"interface", `${DeviceKinds["interface"]["list"]}[]`>;

/** The groups of metrics: absent when not selected, `null` when sampling it failed. */
export type Metrics = { readonly [Group in MetricGroup]?: GroupMetrics<Group> | null };

/** Every group, in the order in which messages and views show them. */
export const METRIC_GROUPS = [...new Set(METRICS.map(groupOf))] as readonly MetricGroup[];

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
  /** Labels of the host: at most 8, in the order of their keys. */
  readonly tags?: Tags;
  /** Some of what hardly ever changes; an absent one is unchanged. */
  readonly texts?: Texts;
  /** Numbers of its own: at most 16. */
  readonly extra?: Readonly<Record<string, number>>;
  /** How many numbers the sender left out, as they did not fit. */
  readonly omitted?: number;
  /** The agent's last datagram: it stops now. */
  readonly bye?: true;
}

/** Labels that a host was given, by keys such as `role`. */
export type Tags = Readonly<Record<string, string>>;
/** Maximum number of tags, and maximum length of a value. */
export const MAX_TAGS = 8;
export const MAX_TAG_LENGTH = 64;
/** Form of a tag's key. None looks like a number, so objects keep their order. */
export const TAG_KEY = /^[a-z_][a-z0-9_.-]{0,31}$/;

/** The texts of a host, in the order of the message. */
export const TEXTS = ["os", "kernel", "arch", "cpu", "agent"] as const;
/** Texts by their names; an empty one says that there is none. */
export type Texts = Readonly<Partial<Record<typeof TEXTS[number], string>>>;
/** Longest text. */
export const MAX_TEXT_LENGTH = 128;

/** Maximum number of a host's own numbers, and maximum length of a name. */
export const MAX_EXTRA = 16;
export const MAX_EXTRA_LENGTH = 64;

/** A JSON object without `v`, as the original course system sends it: kept whole, and nothing in it is trusted. */
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

/** Why a datagram is refused where datagrams may be sealed; `sealed/opener.ts` says when. */
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
  /** The id of the agent that sealed it, as its tag proves, though it may be a copy; `null` for any other. */
  readonly agent: string | null;
  static readonly #known = new Map<string, DatagramError>();

  constructor(reason: DecodeReason | SealReason, state: string, agent: string | null = null) {
    super(`Cannot accept datagram: ${state}`);
    this.reason = reason;
    this.agent = agent;
  }

  /**
   * The shared error for a reason and a state, of which there are few: making one costs more than reading
   * the datagram, which a flood of bad ones would exploit.
   */
  static of(reason: DecodeReason | SealReason, state: string): DatagramError {
    let known = DatagramError.#known.get(state);
    if (known === undefined) {
      DatagramError.#known.set(state, known = new DatagramError(reason, state));
    }
    return known;
  }
}

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
