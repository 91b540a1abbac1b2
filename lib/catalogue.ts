/**
 * Every metric once: where it stands in a message, what it counts, what it is called, and what is made
 * of it. The wire, summary, past, rows, columns, charts, `/metrics` and the tables of the documents all
 * derive from here, so that a new number is a row here and its reader. Pure data; it imports nothing.
 */

/** What a number counts, and so how it is sent, kept, written and exported. */
export const UNITS = {
  percent: { decimals: 1, most: 100, words: "percent", prometheus: "ratio" },
  bytes: { decimals: 0, most: Number.MAX_SAFE_INTEGER, words: "bytes", prometheus: "bytes" },
  bytesPerSecond: {
    decimals: 0,
    most: Number.MAX_SAFE_INTEGER,
    words: "bytes per second",
    prometheus: "bytes_per_second",
  },
  packets: { decimals: 0, most: Number.MAX_SAFE_INTEGER, words: "packets", prometheus: "packets" },
  number: { decimals: 2, most: Number.MAX_SAFE_INTEGER, words: "a number", prometheus: null },
} as const;

/** The name of a unit. */
export type Unit = keyof typeof UNITS;

/** What a host has several of: where a message lists them, and what tells one from the others. */
export interface DeviceKind {
  readonly list: string;
  /** The field that names one; `null` where they go by their place. */
  readonly key: string | null;
  readonly most: number;
  readonly keyLength: number;
  /** Whether a message that does not list all carries sums over all. */
  readonly sums: boolean;
  /** What one and several are called, and the label of one in Prometheus. */
  readonly label: string;
  readonly labels: string;
  readonly prometheus: string;
}

const KINDS = {
  core: {
    list: "cpu.cores",
    key: null,
    most: 1_024,
    keyLength: 0,
    sums: false,
    label: "Core",
    labels: "Cores",
    prometheus: "core",
  },
  volume: {
    list: "disk.volumes",
    key: "mount",
    most: 64,
    keyLength: 255,
    sums: false,
    label: "Volume",
    labels: "Volumes",
    prometheus: "mount",
  },
  interface: {
    list: "network.interfaces",
    key: "name",
    most: 64,
    keyLength: 64,
    sums: true,
    label: "Interface",
    labels: "Interfaces",
    prometheus: "interface",
  },
} as const satisfies Readonly<Record<string, DeviceKind>>;

/** The kinds as they stand here, for types that follow from them. */
export type DeviceKinds = typeof KINDS;

/** What a host has several of. */
export type Device = keyof DeviceKinds;

/** Every kind of device. */
export const DEVICES: Readonly<Record<Device, DeviceKind>> = KINDS;

/** How a number follows from others, which are named by their ids. */
export type Formula =
  /** A part of a sum, in percent. */
  | { readonly part: string; readonly of: readonly string[] }
  /** The highest of all devices; `names` is the field of a row that says which one that is. */
  | { readonly highest: string; readonly names: string }
  /** What is known of all devices, added up. */
  | { readonly total: readonly string[] };

/** From so many pixels on a page shows a column, in a track of its grid; in another on narrow pages. */
export interface PageRoom {
  readonly from: number;
  readonly track: string;
  readonly narrow?: string;
}

/** All that is true of one metric. */
export interface CatalogueRow {
  /** Its one name; to sort by it, this is said. */
  readonly id: string;
  /** Where it stands in a message; else `from` tells what it follows from. */
  readonly path?: string;
  readonly from?: Formula;
  /** Whether there is one of a host, or one of each device. */
  readonly kind: "host" | Device;
  readonly unit: Unit;
  /** The id of what it is a part of, and never more than. */
  readonly partOf?: string;
  readonly label: string;
  /** Its name where there is little room, and beside others of its group. */
  readonly short: string;
  /** What it is, in words. */
  readonly formula: string;
  readonly prometheus?: { readonly name: string; readonly help: string; readonly type?: "counter" };
  /** Its field in a row of the API. */
  readonly field?: string;
  /** The order in which a table begins that is sorted by it. */
  readonly sort?: "ascending" | "descending";
  /** Its name in the recent past of the API, where it is kept there. */
  readonly past?: string;
  /** The chart in which it is a line, from when the page is opened where no past is kept. */
  readonly chart?: string;
  /** Whether it is drawn as a bar. */
  readonly bar?: true;
  /** How the terminal's table makes room for it: cells from a step on, among the steps of all. */
  readonly terminal?: readonly (readonly [step: number, cells: number])[];
  /** How the page does. */
  readonly page?: PageRoom;
  /** The same for its last points, where the page draws them in the table. */
  readonly recent?: PageRoom;
}

const ROWS = [
  {
    id: "cpu",
    path: "cpu.mean",
    kind: "host",
    unit: "percent",
    label: "CPU",
    short: "cpu",
    formula: "busy: (total − idle − iowait) / total",
    prometheus: {
      name: "pulso_cpu_usage_ratio",
      help: "Busy share of all cores: (total - idle - iowait) / total.",
    },
    field: "cpuPercent",
    sort: "descending",
    past: "cpu",
    chart: "CPU",
    bar: true,
    terminal: [[20, 4], [90, 10], [240, 15]],
    page: { from: 0, track: "minmax(12ch, 1fr)", narrow: "minmax(10ch, 1fr)" },
    recent: { from: 1_431, track: "84px" },
  },
  {
    id: "cores",
    path: "cpu.cores[]",
    kind: "core",
    unit: "percent",
    label: "Cores",
    short: "cores",
    formula: "busy share of each core, by the same formula",
    prometheus: { name: "pulso_cpu_core_usage_ratio", help: "Busy share of one core." },
    field: "coresPercent",
    terminal: [[140, 8], [210, 16], [270, 32]],
    page: { from: 1_161, track: "minmax(68px, 0.8fr)" },
  },
  {
    id: "iowait",
    path: "cpu.iowait",
    kind: "host",
    unit: "percent",
    label: "I/O wait",
    short: "iowait",
    formula: "share of time idle while a disk was waited for",
    prometheus: {
      name: "pulso_cpu_iowait_ratio",
      help: "Share of time idle while a disk was waited for.",
    },
  },
  {
    id: "steal",
    path: "cpu.steal",
    kind: "host",
    unit: "percent",
    label: "Steal",
    short: "steal",
    formula: "share of time that other virtual machines took",
    prometheus: {
      name: "pulso_cpu_steal_ratio",
      help: "Share of time that other machines on the same hardware took.",
    },
  },
  {
    id: "memoryTotal",
    path: "memory.total",
    kind: "host",
    unit: "bytes",
    label: "Memory total",
    short: "total",
    formula: "memory of the host",
    prometheus: { name: "pulso_memory_total_bytes", help: "Memory of the host." },
    field: "memoryTotalBytes",
  },
  {
    id: "memoryUsed",
    path: "memory.used",
    kind: "host",
    unit: "bytes",
    partOf: "memoryTotal",
    label: "Memory used",
    short: "used",
    formula: "total − available",
    prometheus: { name: "pulso_memory_used_bytes", help: "Memory in use: total - available." },
    field: "memoryUsedBytes",
  },
  {
    id: "memoryFree",
    path: "memory.free",
    kind: "host",
    unit: "bytes",
    partOf: "memoryTotal",
    label: "Memory free",
    short: "free",
    formula: "unused memory (MemFree)",
    prometheus: { name: "pulso_memory_free_bytes", help: "Unused memory (MemFree)." },
  },
  {
    id: "memoryAvailable",
    path: "memory.available",
    kind: "host",
    unit: "bytes",
    partOf: "memoryTotal",
    label: "Memory available",
    short: "available",
    formula: "memory that programs could still get without swapping",
    prometheus: {
      name: "pulso_memory_available_bytes",
      help: "Memory that programs could still get without swapping.",
    },
  },
  {
    id: "swapTotal",
    path: "memory.swapTotal",
    kind: "host",
    unit: "bytes",
    label: "Swap total",
    short: "swap total",
    formula: "swap space; 0 where there is none",
    prometheus: { name: "pulso_swap_total_bytes", help: "Swap space of the host." },
  },
  {
    id: "swapUsed",
    path: "memory.swapUsed",
    kind: "host",
    unit: "bytes",
    partOf: "swapTotal",
    label: "Swap used",
    short: "swap used",
    formula: "swap space in use",
    prometheus: { name: "pulso_swap_used_bytes", help: "Swap space in use." },
  },
  {
    id: "memory",
    from: { part: "memoryUsed", of: ["memoryTotal"] },
    kind: "host",
    unit: "percent",
    label: "Memory",
    short: "mem",
    formula: "used / total, used = total − available",
    field: "memoryPercent",
    sort: "descending",
    past: "memory",
    chart: "Memory",
    bar: true,
    terminal: [[30, 4], [120, 15], [150, 20], [250, 25]],
    page: { from: 0, track: "minmax(17ch, 1.1fr)", narrow: "minmax(16ch, 1.1fr)" },
  },
  {
    id: "swap",
    from: { part: "swapUsed", of: ["swapTotal"] },
    kind: "host",
    unit: "percent",
    label: "Swap",
    short: "swap",
    formula: "used / total",
    bar: true,
  },
  {
    id: "volume",
    from: { highest: "volumeShare", names: "volumeMount" },
    kind: "host",
    unit: "percent",
    label: "Volume",
    short: "vol",
    formula: "the fullest volume: used / (used + free), as df",
    field: "volumePercent",
    sort: "descending",
    bar: true,
    terminal: [[40, 4], [160, 12], [220, 16], [260, 24]],
    page: { from: 0, track: "minmax(18ch, 1fr)", narrow: "minmax(12ch, 1fr)" },
  },
  {
    id: "read",
    path: "disk.read",
    kind: "host",
    unit: "bytesPerSecond",
    label: "Disk read",
    short: "read",
    formula: "rate of reading over all whole disks, each transfer once",
    prometheus: {
      name: "pulso_disk_read_bytes_per_second",
      help: "Rate of reading over all whole disks.",
    },
    field: "readBytesPerSecond",
    sort: "descending",
    past: "read",
    chart: "Disk",
    terminal: [[170, 5]],
    page: { from: 1_431, track: "8ch" },
  },
  {
    id: "write",
    path: "disk.write",
    kind: "host",
    unit: "bytesPerSecond",
    label: "Disk write",
    short: "write",
    formula: "rate of writing over all whole disks, each transfer once",
    prometheus: {
      name: "pulso_disk_write_bytes_per_second",
      help: "Rate of writing over all whole disks.",
    },
    field: "writeBytesPerSecond",
    sort: "descending",
    past: "write",
    chart: "Disk",
    terminal: [[180, 6]],
    page: { from: 1_431, track: "8ch" },
  },
  {
    id: "volumeTotal",
    path: "disk.volumes[].total",
    kind: "volume",
    unit: "bytes",
    label: "Size",
    short: "size",
    formula: "size of a mounted filesystem",
    prometheus: { name: "pulso_volume_size_bytes", help: "Size of a mounted filesystem." },
  },
  {
    id: "volumeUsed",
    path: "disk.volumes[].used",
    kind: "volume",
    unit: "bytes",
    partOf: "volumeTotal",
    label: "Used",
    short: "used",
    formula: "space in use, as df says it",
    prometheus: { name: "pulso_volume_used_bytes", help: "Space in use on a mounted filesystem." },
  },
  {
    id: "volumeFree",
    path: "disk.volumes[].free",
    kind: "volume",
    unit: "bytes",
    partOf: "volumeTotal",
    label: "Free",
    short: "free",
    formula: "space that an ordinary user may still write",
    prometheus: {
      name: "pulso_volume_free_bytes",
      help: "Space on a mounted filesystem that an ordinary user may still write.",
    },
  },
  {
    id: "volumeShare",
    from: { part: "volumeUsed", of: ["volumeUsed", "volumeFree"] },
    kind: "volume",
    unit: "percent",
    label: "Share",
    short: "share",
    formula: "used / (used + free), as df",
    bar: true,
  },
  {
    id: "interfaceReceive",
    path: "network.interfaces[].rx",
    kind: "interface",
    unit: "bytesPerSecond",
    label: "Receive",
    short: "recv",
    formula: "rate of receiving",
    prometheus: {
      name: "pulso_network_receive_bytes_per_second",
      help: "Rate of receiving on an interface.",
    },
  },
  {
    id: "interfaceSend",
    path: "network.interfaces[].tx",
    kind: "interface",
    unit: "bytesPerSecond",
    label: "Send",
    short: "send",
    formula: "rate of sending",
    prometheus: {
      name: "pulso_network_transmit_bytes_per_second",
      help: "Rate of sending on an interface.",
    },
  },
  {
    id: "interfaceReceiveLost",
    path: "network.interfaces[].rxLost",
    kind: "interface",
    unit: "packets",
    label: "Receive lost",
    short: "recv lost",
    formula: "packets dropped or failed on the way in since the interface came up",
    prometheus: {
      name: "pulso_network_receive_lost_packets_total",
      help: "Packets dropped or failed on the way in since the interface came up.",
      type: "counter",
    },
  },
  {
    id: "interfaceSendLost",
    path: "network.interfaces[].txLost",
    kind: "interface",
    unit: "packets",
    label: "Send lost",
    short: "send lost",
    formula: "packets dropped or failed on the way out since the interface came up",
    prometheus: {
      name: "pulso_network_transmit_lost_packets_total",
      help: "Packets dropped or failed on the way out since the interface came up.",
      type: "counter",
    },
  },
  {
    id: "receive",
    from: { total: ["interfaceReceive"] },
    kind: "host",
    unit: "bytesPerSecond",
    label: "Receive",
    short: "recv",
    formula: "rate of receiving over all interfaces",
    field: "receiveBytesPerSecond",
    sort: "descending",
    past: "rx",
    chart: "Network",
    terminal: [[100, 5]],
    page: { from: 1_161, track: "8ch" },
  },
  {
    id: "send",
    from: { total: ["interfaceSend"] },
    kind: "host",
    unit: "bytesPerSecond",
    label: "Send",
    short: "send",
    formula: "rate of sending over all interfaces",
    field: "sendBytesPerSecond",
    sort: "descending",
    past: "tx",
    chart: "Network",
    terminal: [[110, 5]],
    page: { from: 1_161, track: "8ch" },
  },
  {
    id: "interfaceLost",
    from: { total: ["interfaceReceiveLost", "interfaceSendLost"] },
    kind: "host",
    unit: "packets",
    label: "Packets lost",
    short: "if-lost",
    formula: "packets that the interfaces dropped or failed since they came up, both ways",
    field: "interfaceLost",
    sort: "descending",
    terminal: [[190, 8]],
    page: { from: 1_561, track: "7ch" },
  },
  {
    id: "load1",
    path: "system.load1",
    kind: "host",
    unit: "number",
    label: "Load 1 min",
    short: "load",
    formula: "tasks that run or wait, those for disks too: mean of a minute",
    prometheus: { name: "pulso_load1", help: "Load average over a minute." },
    field: "load1",
    sort: "descending",
    past: "load1",
    chart: "Load",
    terminal: [[185, 5]],
    page: { from: 1_861, track: "6ch" },
  },
  {
    id: "load5",
    path: "system.load5",
    kind: "host",
    unit: "number",
    label: "Load 5 min",
    short: "load5",
    formula: "tasks that run or wait, those for disks too: mean of 5 minutes",
    prometheus: { name: "pulso_load5", help: "Load average over 5 minutes." },
    field: "load5",
    chart: "Load",
  },
  {
    id: "load15",
    path: "system.load15",
    kind: "host",
    unit: "number",
    label: "Load 15 min",
    short: "load15",
    formula: "tasks that run or wait, those for disks too: mean of 15 minutes",
    prometheus: { name: "pulso_load15", help: "Load average over 15 minutes." },
    field: "load15",
    chart: "Load",
  },
] as const satisfies readonly CatalogueRow[];

/** A column of a table of hosts, of what no message says. */
export type OwnColumn = Required<Pick<CatalogueRow, "label" | "short" | "formula" | "page">> & {
  readonly id: string;
  readonly sort?: "ascending" | "descending";
  /** What it counts, where it is a number. */
  readonly unit?: ComparedNumber["unit"];
  readonly terminal: readonly (readonly [step: number, cells: number])[];
};

const OWN = [
  {
    id: "status",
    label: "Status",
    short: "",
    formula: "live; stale after 3 intervals + 1 s of silence; offline after 6",
    sort: "descending",
    terminal: [[0, 1], [50, 9]],
    page: { from: 0, track: "10ch" },
  },
  {
    id: "name",
    label: "Name",
    short: "name",
    formula: "its name; a legacy sender's address",
    sort: "ascending",
    terminal: [[10, 8], [70, 12], [130, 15], [230, 24]],
    page: { from: 0, track: "minmax(14ch, 1.4fr)", narrow: "minmax(12ch, 1.4fr)" },
  },
  {
    id: "address",
    label: "Address",
    short: "address",
    formula: "where its last datagram came from",
    sort: "ascending",
    terminal: [[200, 21]],
    page: { from: 1_761, track: "21ch" },
  },
  {
    id: "tags",
    label: "Tags",
    short: "tags",
    formula: "what its agent was told to say of it",
    terminal: [[280, 30]],
    page: { from: 2_001, track: "minmax(14ch, 1fr)" },
  },
  {
    id: "age",
    label: "Age",
    short: "age",
    formula: "time since its last datagram",
    sort: "descending",
    unit: "milliseconds",
    terminal: [[60, 4]],
    page: { from: 0, track: "5ch" },
  },
  {
    id: "datagramsLost",
    label: "Datagrams lost",
    short: "lost",
    formula: "its datagrams that never came, by their sequence numbers",
    sort: "descending",
    unit: "packets",
    terminal: [[80, 5]],
    page: { from: 1_161, track: "10ch" },
  },
] as const satisfies readonly OwnColumn[];

/** What a table of hosts shows besides metrics: all but the last one before them. */
export const OWN_COLUMNS: readonly OwnColumn[] = OWN;

/** What a fleet can be sorted by. */
export type SortColumn =
  | Extract<typeof OWN[number], { sort: string }>["id"]
  | Extract<typeof ROWS[number], { sort: string }>["id"];

/** The rows as they stand here, for types that follow from them. */
export type KnownRow = typeof ROWS[number];

/** Every metric, in the order of the message and of all views. */
export const METRICS: readonly CatalogueRow[] = ROWS;

const BY_ID: ReadonlyMap<string, CatalogueRow> = new Map(METRICS.map((row) => [row.id, row]));

/** The metric of an id. @throws {RangeError} for one that is not here. */
export function metricOf(id: string): CatalogueRow {
  const row = BY_ID.get(id);
  if (row === undefined) throw new RangeError(`Cannot find the metric ${id}: it has no row`);
  return row;
}

/** What a metric of several devices is of; the group of metrics that it stands in. */
export function groupOf({ path, from }: CatalogueRow): string {
  if (path !== undefined) return path.slice(0, path.indexOf("."));
  return groupOf(metricOf(sourcesOf(from!)[0]!));
}

/** The ids that a formula needs. */
export function sourcesOf(formula: Formula): readonly string[] {
  if ("part" in formula) return [formula.part, ...formula.of];
  return "highest" in formula ? [formula.highest] : formula.total;
}

/** The name of its field in its group or device; empty for a device that is a number itself. */
export function fieldOf({ path = "" }: CatalogueRow): string {
  return path.slice(Math.max(path.lastIndexOf("."), path.lastIndexOf("]")) + 1);
}

/** Everything to sort by, in the order of a table. */
export const SORT_COLUMNS = [...OWN_COLUMNS.slice(0, -1), ...METRICS, ...OWN_COLUMNS.slice(-1)]
  .filter(({ sort }) => sort !== undefined).map(({ id }) => id) as readonly SortColumn[];

/** A number of a host that a filter compares, by any of its names in lower case, the first one its id. */
export interface ComparedNumber {
  readonly id: string;
  readonly unit: Unit | "milliseconds";
  readonly names: readonly string[];
}

/** All that is sorted by or kept in the recent past. */
export const COMPARED_NUMBERS: readonly ComparedNumber[] = [
  ...METRICS.filter(({ sort, past }) => sort !== undefined || past !== undefined),
  ...OWN_COLUMNS.filter(({ unit }) => unit !== undefined),
].map(({ id, short, unit }, _, all) => {
  const isOther = all.some((other) => other.id !== id && other.id.toLowerCase() === short);
  const names = new Set([id.toLowerCase(), ...(isOther ? [] : [short])]);
  return { id, unit: unit!, names: [...names] };
});

const ASCENDING: ReadonlySet<string> = new Set(
  [...OWN_COLUMNS, ...METRICS].filter(({ sort }) => sort === "ascending").map(({ id }) => id),
);

/** Whether a table that is sorted by it begins with the most, or the worst. */
export function isDescendingFirst(column: string): boolean {
  return !ASCENDING.has(column);
}

/** The whole catalogue as data, for the page. */
export const CATALOGUE = {
  metrics: METRICS.map((row) => ({ ...row, group: groupOf(row), name: fieldOf(row) })),
  devices: DEVICES,
  own: OWN_COLUMNS,
  sorts: SORT_COLUMNS,
  compared: COMPARED_NUMBERS,
};
