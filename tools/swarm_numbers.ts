/**
 * The numbers of the swarm's hosts that their walks do not move: whatever the catalogue has besides, so
 * that a new metric is seen in every view at once. Pure.
 */
import {
  type CatalogueRow,
  type Device,
  DEVICES,
  fieldOf,
  groupOf,
  METRICS,
  ROW_GROUPS,
  type Unit,
} from "../lib/catalogue.ts";
import { METRIC_GROUPS, type MetricGroup } from "../lib/message/message.ts";

/** What the walks move. */
const WALKED = new Set([
  ...["cpu.mean", "cpu.cores[]", "cpu.iowait", "cpu.steal", "memory.total", "memory.used"],
  ...["memory.free", "memory.available", "memory.swapTotal", "memory.swapUsed"],
  ...["disk.read", "disk.write", "network.interfaces[].rx", "network.interfaces[].tx"],
  ...["network.interfaces[].rxLost", "network.interfaces[].txLost"],
  ...["disk.volumes[].total", "disk.volumes[].used", "disk.volumes[].free"],
]);

/** What hardly any host has. */
const RARE = new Set([
  ...["arc", "openFilesMax", "volumeReadOnly", "rebootRequired", "fanSpeed", "battery"],
]);

const OTHERS = METRICS.filter(({ id, path }) =>
  path !== undefined && !WALKED.has(path) && !RARE.has(id)
);
const WALKED_GROUPS = new Set(METRICS.filter(({ path }) => WALKED.has(path ?? "")).map(groupOf));

/** Which share of a level of work is what; of all else a half. Modes come to the whole, as they do on a host. */
const SHARES: Readonly<Record<string, number>> = {
  ...{ user: 0.7, system: 0.24, irq: 0.04, nice: 0.02, retransmitted: 0.01 },
  ...{ pressureMemory: 0.1, pressureMemoryFull: 0.05, pressureIo: 0.2, pressureIoFull: 0.1 },
};

/** A believable number at a level of work from 0 to 100. */
function valueAt({ id, unit }: CatalogueRow, level: number): number {
  const values: Readonly<Record<Unit, number>> = {
    percent: Math.round(2 * level * (SHARES[id] ?? 0.5)) / 2,
    bytes: 2 ** 30 + level * 2 ** 20,
    bytesPerSecond: level * 10_000,
    packets: 0,
    number: Math.round(level * 4) / 100,
    count: 1_000 + level,
    perSecond: level * 10,
    seconds: 1_000_000,
    milliseconds: level / 10,
    celsius: 30 + level / 4,
    flag: 1,
    megabits: 10_000,
  };
  return values[unit];
}

/** The devices that no walk has. */
const NAMES: Partial<Record<Device, readonly string[]>> = {
  ...{ disk: ["sda"], temperature: ["Package id 0", "Composite"] },
};

/** What has other numbers: a group, or a device of a walk. */
type Numbered = MetricGroup | "volume" | "interface";

/** Made once, as every host asks for them, and again whenever its volumes change. */
const texts = new Map<string, string>();

/**
 * The other numbers of a device of a walk, or of a group, with its other devices, as they go on: `,"a":1`.
 * A lean host has only those that every system has.
 */
export function otherNumbers(of: Numbered, isLean: boolean, level = 50): string {
  const key = `${of} ${isLean} ${level}`;
  const known = texts.get(key);
  if (known !== undefined) return known;
  const text = numbersText(of, isLean, level);
  texts.set(key, text);
  return text;
}

function numbersText(of: Numbered, isLean: boolean, level: number): string {
  const others = OTHERS.filter((row) => !(isLean && isOptional(row)));
  if (of === "volume" || of === "interface") {
    return others.filter(({ kind }) => kind === of).map((row) => numberText(row, level)).join("");
  }
  const rows = others.filter((row) => groupOf(row) === of);
  return rows.map((row, at) => {
    if (row.kind === "host") return numberText(row, level);
    const isFirst = rows.findIndex(({ kind }) => kind === row.kind) === at;
    return isFirst && DEVICES[row.kind].isRow ? listText(row.kind, level) : "";
  }).join("");
}

function isOptional(row: CatalogueRow): boolean {
  const isOfList = row.kind !== "host" && DEVICES[row.kind].optional;
  return row.optional || isOfList || ROW_GROUPS.includes(groupOf(row));
}

function numberText(row: CatalogueRow, level: number): string {
  return `,"${fieldOf(row)}":${valueAt(row, level)}`;
}

function listText(device: Device, level: number): string {
  const numbers = METRICS.filter(({ kind, path }) => kind === device && path !== undefined)
    .map((row) => valueAt(row, level));
  const devices = NAMES[device]!.map((name) => [name, ...numbers]);
  return `,"${DEVICES[device].list.split(".")[1]}":${JSON.stringify(devices)}`;
}

/** The groups that no walk has: `,"a":{"b":1}`. */
export function otherGroups(isLean: boolean, level: number): string {
  return METRIC_GROUPS.filter((group) => !WALKED_GROUPS.has(group)).map((group) => {
    const numbers = otherNumbers(group, isLean, level).slice(1);
    if (numbers === "") return "";
    if (!ROW_GROUPS.includes(group)) return `,"${group}":{${numbers}}`;
    return `,"${group}":${JSON.stringify(Object.values(JSON.parse(`{${numbers}}`)))}`;
  }).join("");
}
