/**
 * What a family of metrics is, and one host as one scrape sees it, sampled once, so that every family shows
 * the same moment. Pure; it makes foreign text harmless and is small, as a scrape holds one for every host.
 */
import { hostStatus, isHeard } from "../../../common/status.js";
import { tagLabels } from "../../fleet/labels.ts";
import { cleanText } from "../../../common/text.js";
import { type Device, DEVICES } from "../../../catalogue.ts";
import type { Message, Metric, Metrics, Tags } from "../../../message/message.ts";
import { devicesIn } from "../../../message/metrics.ts";
import type { DeliveryCounts } from "../../fleet/accounts/delivery.ts";
import { type Host, hostIntervalMs } from "../../fleet/host/host.ts";
import { hostMetrics } from "../../fleet/host/host_message.ts";
import { presentRefusal } from "../../fleet/host/row.ts";
import type { Way } from "../../fleet/ways/way.ts";

/** The labels of a series but its name: what each is called, and its text, which may be foreign. */
export type Labels = readonly (readonly [name: string, text: string])[];

/** What a family is to Prometheus: `info` is a gauge that is 1 and says all in its labels. */
export type FamilyType = "gauge" | "counter" | "info";

/** What every family says of itself. */
export interface Family {
  readonly name: string;
  readonly type: FamilyType;
  readonly help: string;
  /** The unit that its name ends with, before `_total`; `null` where it has none. */
  readonly unit: string | null;
}

/** A family of the server's own, with its series. */
export interface ServerFamily extends Family {
  readonly series: Iterable<ServerSeries>;
}

/** One of its series. */
export type ServerSeries = readonly [labels: Labels, value: number];

/** One that only grows, of a single series. */
export function counter(
  name: string,
  unit: string | null,
  help: string,
  value: number,
): ServerFamily {
  return { name, type: "counter", unit, help, series: [[[], value]] };
}

/** One that goes up and down, of a single series. */
export function gauge(
  name: string,
  unit: string | null,
  help: string,
  value: number,
): ServerFamily {
  return { name, type: "gauge", unit, help, series: [[[], value]] };
}

/** One with a series for each text of a label. */
export function labelled(
  name: string,
  type: FamilyType,
  help: string,
  key: string,
  series: readonly (readonly [string, number])[],
  unit: string | null = null,
): ServerFamily {
  return {
    ...{ name, type, unit, help },
    series: series.map(([label, value]) => [[[key, label]], value]),
  };
}

/** One device: its name with its numbers, or a number. */
export type AnyDevice = Metric | Readonly<Record<string, unknown>>;
/** The devices of a host, by their kinds. */
export type Devices = Readonly<Record<Device, readonly AnyDevice[]>>;

/** What is exported of one host. */
export interface HostSample {
  /** Live or stale: neither silent for too long nor gone. */
  readonly up: boolean;
  readonly left: boolean;
  readonly lastSeenMs: number;
  readonly intervalMs: number;
  /** Datagrams sealed as its own that were refused, and whether they are now; `null` where none is sealed. */
  readonly refused: Metric;
  readonly isRefused: boolean | null;
  readonly received: number;
  readonly delivery: DeliveryCounts | null;
  /** Of those lost, how many may still come; like the three below `null` where the host is not heard. */
  readonly pending: Metric;
  readonly jitterMs: Metric;
  readonly clockOffsetMs: Metric;
  /** Whether several agents send under this id; `null` where that cannot be known, or none is heard. */
  readonly isShared: boolean | null;
  /** What the last message says; nothing when it is too old to be true, or a legacy one. */
  readonly metrics: Metrics;
  /** Those that it lists, of each kind. */
  readonly devices: Devices;
  /** Numbers of its own, by their names; none where it is not heard. */
  readonly extra: Readonly<Record<string, number>>;
  readonly tags: Tags;
  /** By several sites; none where there is one way. */
  readonly ways: readonly Way[];
}

const NO_METRICS: Pick<Message, "extra"> & Metrics = {};
const NO_DELIVERY = { pending: null, jitterMs: null, clockOffsetMs: null, isShared: null };

/** Samples a host at a time; the wall clock is `aheadMs` ahead of the fleet's. */
export function sampleHost(host: Host, nowMs: number, aheadMs = 0): HostSample {
  return sampleAs(isUp(host, nowMs), host, nowMs, aheadMs);
}

/** The labels that name a host, without braces: `host="web-01",id="…"`. */
export function hostLabels({ name, key }: Pick<Host, "name" | "key">): string {
  // Joined, as a text that is put together with + or `` would keep all its pieces.
  return ["host=", quote(name), ",id=", quote(key)].join("");
}

/** The last sample of a host that was heard at a time before and is not now; `null` where it was not. */
export function lastSample(host: Host, beforeMs: number, aheadMs: number): HostSample | null {
  const wasUp = host.lastSeenMs > beforeMs || isUp(host, beforeMs);
  return wasUp ? sampleAs(true, host, host.lastSeenMs, aheadMs) : null;
}

function isUp(host: Host, nowMs: number): boolean {
  const { left, lastSeenMs } = host;
  const intervalMs = hostIntervalMs(host);
  return isHeard(hostStatus({ ageMs: nowMs - lastSeenMs, intervalMs, left }));
}

function sampleAs(up: boolean, host: Host, nowMs: number, aheadMs: number): HostSample {
  const { left, lastSeenMs } = host;
  const metrics = up ? hostMetrics(host) ?? NO_METRICS : NO_METRICS;
  return {
    up,
    left,
    lastSeenMs: lastSeenMs + aheadMs,
    intervalMs: hostIntervalMs(host),
    ...refusalOf(host, nowMs),
    received: host.datagrams,
    ...deliveryOf(up, host, aheadMs),
    metrics,
    devices: devicesOf(metrics),
    extra: metrics.extra ?? {},
    tags: host.tags,
    ways: host.ways?.sites ?? [],
  };
}

function refusalOf(host: Host, nowMs: number) {
  const { refusal, keyId } = host;
  if (refusal === null && keyId === null) return { refused: null, isRefused: null };
  return { refused: refusal?.count ?? 0, isRefused: presentRefusal(host, nowMs) !== null };
}

/** What became of a host's datagrams; some of that is true only while they come. */
function deliveryOf(up: boolean, host: Host, aheadMs: number) {
  const { glimpse } = host;
  if (glimpse === null) return { delivery: null, ...NO_DELIVERY };
  const { counts: delivery, isShared } = glimpse;
  if (!up) return { delivery, ...NO_DELIVERY };
  const { timing } = host;
  return {
    ...{ delivery, pending: delivery.pending, isShared },
    jitterMs: timing?.jitterMs ?? null,
    clockOffsetMs: timing?.clockOffsetFrom(aheadMs) ?? null,
  };
}

/** The kinds of devices. */
export const KINDS = Object.keys(DEVICES) as readonly Device[];

function devicesOf(metrics: Metrics): Devices {
  const lists = {} as Record<Device, readonly AnyDevice[]>;
  for (const kind of KINDS) {
    const { key } = DEVICES[kind];
    const devices = devicesIn(metrics, kind) as readonly AnyDevice[];
    lists[kind] = key === null ? devices : distinct(devices, key);
  }
  return lists;
}

/** The devices of which no earlier one has the same name: two would be one series with two values. */
function distinct(devices: readonly AnyDevice[], key: string): readonly AnyDevice[] {
  if (devices.length < 2) return devices;
  const nameOf = (device: AnyDevice) => (device as Readonly<Record<string, unknown>>)[key];
  const names = new Set(devices.map(nameOf));
  // Most often all differ, and the list itself will do.
  if (names.size === devices.length) return devices;
  return devices.filter((device) => names.delete(nameOf(device)));
}

/** A label's value in quotes: unsafe characters made visible, then escaped as the format asks. */
export function quote(text: string): string {
  return `"${cleanText(text).replace(/[\\"]/g, "\\$&")}"`;
}

/** Labels that are ours, or that other tools give every host. */
const RESERVED = ["host", "id", "os", "kernel", "arch", "cpu", "agent", "job", "instance"];

/** What each tag is called as a label of a host, and its text. */
export function hostTagLabels(tags: Tags): Labels {
  return tagLabels(tags, RESERVED);
}

/** What a host has several series of in a family; of `tags` it is one. */
export type Part = Device | "extra" | "tags" | "site";

/** What its devices of a kind are called, or their places; or its numbers of its own. */
export function partNames(
  host: HostSample,
  kind: Exclude<Part, "tags">,
): readonly (string | number)[] {
  if (kind === "extra") return Object.keys(host.extra);
  if (kind === "site") return host.ways.map(({ site }) => site);
  const { key } = DEVICES[kind];
  const devices = host.devices[kind];
  if (key === null) return devices.map((_, place) => place);
  return devices.map((device) => String((device as Readonly<Record<string, unknown>>)[key]));
}

/** The label that tells them apart. */
export function partLabel(kind: Exclude<Part, "tags">): string {
  if (kind === "site") return kind;
  return kind === "extra" ? "name" : DEVICES[kind].prometheus;
}
