/**
 * The numbers of the swarm's hosts that their walks do not move: whatever the catalogue has besides, so
 * that a new metric is seen in every view at once. Pure.
 */
import { type CatalogueRow, fieldOf, groupOf, METRICS, type Unit } from "../lib/catalogue.ts";
import { METRIC_GROUPS } from "../lib/message/message.ts";

/** What the walks move. */
const WALKED = new Set([
  ...["cpu.mean", "cpu.cores[]", "cpu.iowait", "cpu.steal", "memory.total", "memory.used"],
  ...["memory.free", "memory.available", "memory.swapTotal", "memory.swapUsed"],
  ...["disk.read", "disk.write", "network.interfaces[].rx", "network.interfaces[].tx"],
  ...["network.interfaces[].rxLost", "network.interfaces[].txLost"],
  ...["disk.volumes[].total", "disk.volumes[].used", "disk.volumes[].free"],
]);

const OTHERS = METRICS.filter(({ path }) => path !== undefined && !WALKED.has(path));
const WALKED_GROUPS = new Set(METRICS.filter(({ path }) => WALKED.has(path ?? "")).map(groupOf));

/** A believable number at a level of work from 0 to 100. */
function valueAt(unit: Unit, level: number): number {
  const values: Readonly<Record<Unit, number>> = {
    percent: level / 2,
    bytes: 2 ** 30 + level * 2 ** 20,
    bytesPerSecond: level * 10_000,
    packets: 0,
    number: Math.round(level * 4) / 100,
  };
  return values[unit];
}

function textOf(rows: readonly CatalogueRow[], level: number): string {
  return rows.map((row) => `,"${fieldOf(row)}":${valueAt(row.unit, level)}`).join("");
}

/** The other numbers of a group that walks have, or of a device, as they go on behind those: `,"a":1`. */
export function otherNumbers(of: string, level = 50): string {
  return textOf(
    OTHERS.filter((row) => (row.kind === "host" ? groupOf(row) : row.kind) === of),
    level,
  );
}

/** The groups that no walk has: `,"a":{"b":1}`. */
export function otherGroups(level: number): string {
  return METRIC_GROUPS.filter((group) => !WALKED_GROUPS.has(group)).map((group) => {
    const numbers = otherNumbers(group, level);
    return numbers === "" ? "" : `,"${group}":{${numbers.slice(1)}}`;
  }).join("");
}
