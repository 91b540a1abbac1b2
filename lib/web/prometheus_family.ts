/**
 * What a family of metrics is, and how one with series of each host, volume or interface writes its
 * lines. Pure; a value that is not known has no line, never NaN and never a made-up 0.
 */
import type { InterfaceMetrics, Metric, VolumeMetrics } from "../message.ts";
import { type HostSample, quote } from "./prometheus_sample.ts";

/** What a family is to Prometheus: `info` is a gauge that is 1 and says all in its labels. */
export type FamilyType = "gauge" | "counter" | "info";

/** What every family says of itself. */
export interface Family {
  readonly name: string;
  readonly type: FamilyType;
  readonly help: string;
}

/** A family with series of each host. */
export interface HostFamily extends Family {
  /** The lines of one host, each with its line feed. */
  readonly linesOf: (host: HostSample) => string;
}

/** Reads a value; `null` or absent where it is not known. */
export type Reader<T> = (of: T) => Metric | undefined;

/** Starts a family of one type: its name, its help, and what reads it off a host. */
export function ofHost(type: FamilyType) {
  return (name: string, help: string, read: Reader<HostSample>): HostFamily => ({
    name,
    type,
    help,
    linesOf: (host) => line(name, host.names, read(host)),
  });
}

/** A gauge of each volume. */
export function ofVolume(name: string, help: string, read: Reader<VolumeMetrics>): HostFamily {
  const linesOf = ({ names, volumes }: HostSample) =>
    volumes.map((volume) => line(name, `${names},mount=${quote(volume.mount)}`, read(volume)))
      .join("");
  return { name, type: "gauge", help, linesOf };
}

/** Starts a family of each interface, as `ofHost` does. */
export function ofInterface(type: FamilyType) {
  return (name: string, help: string, read: Reader<InterfaceMetrics>): HostFamily => {
    const linesOf = ({ names, interfaces }: HostSample) =>
      interfaces.map((one) => line(name, `${names},interface=${quote(one.name)}`, read(one)))
        .join("");
    return { name, type, help, linesOf };
  };
}

/** One line of the exposition, or none. */
export function line(name: string, labels: string, value: Metric | undefined): string {
  return value === null || value === undefined ? "" : `${name}{${labels}} ${value}\n`;
}

/** A share of 1, without the stray digits that a division by 100 adds. */
export function ratio(percent: Metric | undefined): Metric {
  return percent === null || percent === undefined ? null : Math.round(percent * 1_000) / 100_000;
}
