/**
 * What a family of metrics is, and how one with series of each host, volume or interface reads its
 * values. Pure; a value that is not known has no line, never NaN and never a made-up 0.
 */
import type { InterfaceMetrics, Metric, VolumeMetrics } from "../../../message/message.ts";
import type { Column } from "./column.ts";
import type { HostSample } from "./sample.ts";

/** What a family is to Prometheus: `info` is a gauge that is 1 and says all in its labels. */
export type FamilyType = "gauge" | "counter" | "info";

/** What every family says of itself. */
export interface Family {
  readonly name: string;
  readonly type: FamilyType;
  readonly help: string;
}

/** What a host has several of. */
export type Part = "core" | "volume" | "interface";

/** A family with series of each host. */
export interface HostFamily extends Family {
  /** What it has a series of for each host; `null` for one of the host as a whole. */
  readonly part: Part | null;
  /** Adds a host's values, one for each part in their order. */
  readonly keep: (host: HostSample, column: Column) => void;
}

/** Reads a value; `null` or absent where it is not known. */
export type Reader<T> = (of: T) => Metric | undefined;

/** Starts a family of one type: its name, its help, and what reads it off a host. */
export function ofHost(type: FamilyType) {
  return (name: string, help: string, read: Reader<HostSample>): HostFamily => ({
    ...{ name, type, help, part: null },
    keep: (host, column) => column.push(read(host)),
  });
}

/** A gauge of each core. */
export function ofCore(name: string, help: string, read: Reader<Metric>): HostFamily {
  return ofParts("core", ({ metrics }) => metrics.cpu?.cores ?? [])("gauge")(name, help, read);
}

/** A gauge of each volume. */
export function ofVolume(name: string, help: string, read: Reader<VolumeMetrics>): HostFamily {
  return ofParts("volume", ({ volumes }) => volumes)("gauge")(name, help, read);
}

/** Starts a family of each interface, as `ofHost` does. */
export const ofInterface: (
  type: FamilyType,
) => (name: string, help: string, read: Reader<InterfaceMetrics>) => HostFamily = ofParts(
  "interface",
  ({ interfaces }) => interfaces,
);

function ofParts<T>(part: Part, partsOf: (host: HostSample) => readonly T[]) {
  return (type: FamilyType) => (name: string, help: string, read: Reader<T>): HostFamily => ({
    ...{ name, type, help, part },
    keep(host, column) {
      for (const one of partsOf(host)) column.push(read(one));
    },
  });
}

/** A share of 1, without the stray digits that a division by 100 adds. */
export function ratio(percent: Metric | undefined): Metric {
  return percent === null || percent === undefined ? null : Math.round(percent * 1_000) / 100_000;
}
