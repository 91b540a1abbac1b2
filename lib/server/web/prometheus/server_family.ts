/**
 * A family of metrics of the server's own, with its series. Pure.
 */
import type { Family, FamilyType, Labels } from "./sample.ts";

/** A family of the server's own, with its series. */
export interface ServerFamily extends Family {
  readonly series: readonly (readonly [labels: Labels, value: number])[];
}

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
