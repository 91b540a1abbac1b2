/**
 * Every metric once: where it stands in a message, what it counts, what it is called, and what is made
 * of it. The wire, summary, past, rows, columns, charts, `/metrics` and the tables of the documents all
 * derive from here, so that a new number is a row here and its reader. Pure data; it imports nothing.
 */

/** What is true of a unit: how exactly it is sent, from where to where a number is sound, and its words. */
interface UnitFacts {
  readonly decimals: number;
  readonly least?: number;
  readonly most: number;
  readonly words: string;
  /** What names in Prometheus end with; `null` for nothing. */
  readonly prometheus: string | null;
}

const MOST = Number.MAX_SAFE_INTEGER;

const FACTS = {
  percent: { decimals: 1, most: 100, words: "percent", prometheus: "ratio" },
  bytes: { decimals: 0, most: MOST, words: "bytes", prometheus: "bytes" },
  bytesPerSecond: {
    decimals: 0,
    most: MOST,
    words: "bytes per second",
    prometheus: "bytes_per_second",
  },
  megabits: {
    decimals: 0,
    most: MOST,
    words: "megabits per second",
    prometheus: "bytes_per_second",
  },
  packets: { decimals: 0, most: MOST, words: "packets", prometheus: "packets" },
  number: { decimals: 2, most: MOST, words: "a number", prometheus: null },
  count: { decimals: 0, most: MOST, words: "a whole number", prometheus: null },
  perSecond: { decimals: 1, most: MOST, words: "per second", prometheus: null },
  seconds: { decimals: 0, most: MOST, words: "seconds", prometheus: "seconds" },
  milliseconds: { decimals: 2, most: MOST, words: "milliseconds", prometheus: "seconds" },
  celsius: { decimals: 1, least: -273, most: 1_000, words: "°C", prometheus: "celsius" },
  flag: { decimals: 0, most: 1, words: "0 or 1", prometheus: null },
} as const satisfies Readonly<Record<string, UnitFacts>>;

/** The name of a unit. */
export type Unit = keyof typeof FACTS;

/** What a number counts, and so how it is sent, kept, written and exported. */
export const UNITS: Readonly<Record<Unit, UnitFacts>> = FACTS;

/** What a host has several of: where a message lists them, and what tells one from the others. */
export interface DeviceKind {
  readonly list: string;
  /** The field that names one; `null` where they go by their place. */
  readonly key: string | null;
  readonly most: number;
  readonly keyLength: number;
  /** Whether a message that does not list all carries sums over all. */
  readonly sums: boolean;
  /** The field of the group that counts those that are not listed. */
  readonly omitted: string;
  /** Whether each is an array of its name and its numbers, in their order, in place of an object. */
  readonly isRow?: true;
  /** Whether a message may be without the list: then the system has none. */
  readonly optional?: true;
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
    omitted: "omitted",
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
    omitted: "omitted",
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
    omitted: "omitted",
    label: "Interface",
    labels: "Interfaces",
    prometheus: "interface",
  },
  disk: {
    list: "disk.disks",
    key: "name",
    most: 64,
    keyLength: 64,
    sums: false,
    omitted: "disksOmitted",
    isRow: true,
    optional: true,
    label: "Disk",
    labels: "Disks",
    prometheus: "disk",
  },
  temperature: {
    list: "sensors.temps",
    key: "name",
    most: 64,
    keyLength: 64,
    sums: false,
    omitted: "tempsOmitted",
    isRow: true,
    optional: true,
    label: "Temperature",
    labels: "Temperatures",
    prometheus: "sensor",
  },
  fan: {
    list: "sensors.fans",
    key: "name",
    most: 64,
    keyLength: 64,
    sums: false,
    omitted: "fansOmitted",
    isRow: true,
    optional: true,
    label: "Fan",
    labels: "Fans",
    prometheus: "fan",
  },
} as const satisfies Readonly<Record<string, DeviceKind>>;

/** The groups that are an array of their numbers, in their order, in place of an object. */
export const ROW_GROUPS: readonly string[] = ["pressure"];

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
  /** The highest of several numbers of a host; `names` is the field of a row that says which, by its short name. */
  | { readonly most: readonly string[]; readonly names: string }
  /** What is left of 100 percent. */
  | { readonly rest: readonly string[] }
  /** What is known of all devices, added up. */
  | { readonly total: readonly string[] };

/** From so many pixels on a page shows a column, in a track of its grid; in another on wide pages. */
export interface PageRoom {
  readonly from: number;
  readonly track: string;
  readonly wide?: string;
  /** What its head says, where that is not its label. */
  readonly head?: string;
  /** The id of the column that it stands behind, where that is not the one before it here. */
  readonly after?: string;
  /** Whether there is no room for its bar. */
  readonly bare?: true;
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
  /** Whether a system may not have it: then it is absent, and not `null`; never in arrays, where it has a place. */
  readonly optional?: true;
  /** Whether it means nothing when it is added up over all devices. */
  readonly apart?: true;
  readonly label: string;
  /** Its name where there is little room, and beside others of its group. */
  readonly short: string;
  /** What it is, in words. */
  readonly formula: string;
  /** Its name there; its help is the formula as a sentence where nothing else is said. */
  readonly prometheus?: {
    readonly name: string;
    readonly help?: string;
    readonly type?: "counter";
  };
  /** Its field in a row of the API. */
  readonly field?: string;
  /** The order in which a table begins that is sorted by it. */
  readonly sort?: "ascending" | "descending";
  /** Its name in the recent past of the API, where it is kept there. */
  readonly past?: string;
  /** Whether it is kept on disk, where there is a store. */
  readonly store?: true;
  /** Whether rules may watch it. */
  readonly alert?: true;
  /** The chart in which it is a line, from when the page is opened where no past is kept. */
  readonly chart?: string;
  /** Whether it is drawn as a bar. */
  readonly bar?: true;
  /** Whether a line of `--view lines` tells it. */
  readonly line?: true;
  /** How the terminal's table makes room for it: cells from a step on, among the steps of all. */
  readonly terminal?: readonly (readonly [step: number, cells: number])[];
  /** How the page does. */
  readonly page?: PageRoom;
  /** The same for its last points, where the page draws them in the table: a column, and a field beside a row of the API. */
  readonly recent?: PageRoom & { readonly id: string; readonly field: string };
}

/** What all cores do with a share of their time. */
const cpuMode = <const Id extends string>(id: Id, label: string, what: string) => ({
  id,
  path: `cpu.${id}`,
  kind: "host",
  unit: "percent",
  label,
  short: id,
  formula: `share of time ${what}`,
  prometheus: { name: `pulso_cpu_${id}_ratio` },
} as const);

/** A share of time in which tasks waited; `name` is its field. */
const pressure = <const Id extends string, const Name extends string>(
  id: Id,
  name: Name,
  label: string,
  short: string,
  waited: string,
) => ({
  id,
  path: `pressure.${name}`,
  kind: "host",
  unit: "percent",
  label,
  short,
  formula: `share of time in which ${waited}`,
  prometheus: { name: `pulso_pressure_${name.replace("Full", "_full")}_ratio` },
  alert: true,
} as const);

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
    line: true,
    terminal: [[20, 4], [90, 10], [240, 15]],
    page: { from: 0, track: "12ch" },
    recent: {
      ...{ id: "recent", field: "cpuRecent" },
      ...{ from: 980, track: "11ch", wide: "minmax(20ch, 1fr)" },
    },
    store: true,
    alert: true,
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
    page: { from: 1_240, track: "13ch" },
  },
  {
    ...cpuMode("iowait", "I/O wait", "idle while a disk was waited for"),
    store: true,
    alert: true,
  },
  { ...cpuMode("steal", "Steal", "that other virtual machines took"), store: true, alert: true },
  { ...cpuMode("user", "User", "in programs"), optional: true },
  { ...cpuMode("nice", "Nice", "in programs of low priority"), optional: true },
  { ...cpuMode("system", "System", "in the kernel"), optional: true },
  { ...cpuMode("irq", "Interrupts", "in interrupts, hard and soft"), optional: true },
  {
    id: "idle",
    from: { rest: ["cpu", "iowait"] },
    kind: "host",
    unit: "percent",
    optional: true,
    label: "Idle",
    short: "idle",
    formula: "share of time with nothing to do: 100 less busy and I/O wait",
    prometheus: { name: "pulso_cpu_idle_ratio" },
    field: "idlePercent",
  },
  {
    id: "memoryTotal",
    path: "memory.total",
    kind: "host",
    unit: "bytes",
    label: "Memory total",
    short: "total",
    formula: "memory of the host",
    prometheus: { name: "pulso_memory_total_bytes" },
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
    prometheus: { name: "pulso_memory_free_bytes" },
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
    prometheus: { name: "pulso_memory_available_bytes" },
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
    prometheus: { name: "pulso_swap_used_bytes" },
  },
  {
    id: "cached",
    path: "memory.cached",
    kind: "host",
    unit: "bytes",
    optional: true,
    label: "Cached",
    short: "cached",
    formula: "files and buffers in memory (Cached + Buffers)",
    prometheus: { name: "pulso_memory_cached_bytes" },
  },
  {
    id: "swapIn",
    path: "memory.swapIn",
    kind: "host",
    unit: "bytesPerSecond",
    optional: true,
    label: "Swap in",
    short: "swap in",
    formula: "rate of reading from swap space",
    prometheus: { name: "pulso_swap_in_bytes_per_second" },
  },
  {
    id: "swapOut",
    path: "memory.swapOut",
    kind: "host",
    unit: "bytesPerSecond",
    optional: true,
    label: "Swap out",
    short: "swap out",
    formula: "rate of writing to swap space",
    prometheus: { name: "pulso_swap_out_bytes_per_second" },
    store: true,
    alert: true,
  },
  {
    id: "arc",
    path: "memory.arc",
    kind: "host",
    unit: "bytes",
    optional: true,
    label: "ZFS cache",
    short: "arc",
    formula: "cache of ZFS (ARC), which counts as used",
    prometheus: { name: "pulso_memory_arc_bytes" },
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
    line: true,
    terminal: [[30, 4], [95, 10], [115, 14], [150, 20], [250, 25]],
    page: { from: 0, track: "18ch" },
    store: true,
    alert: true,
  },
  {
    id: "swap",
    from: { part: "swapUsed", of: ["swapTotal"] },
    kind: "host",
    unit: "percent",
    label: "Swap",
    short: "swap",
    formula: "used / total",
    field: "swapPercent",
    chart: "Memory",
    bar: true,
    page: { from: 1_600, track: "5ch", after: "memory", bare: true },
    store: true,
    alert: true,
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
    line: true,
    terminal: [[40, 4], [125, 12], [135, 16], [260, 24]],
    page: { from: 0, track: "minmax(13ch, 21ch)", head: "Fullest volume" },
    store: true,
    alert: true,
  },
  {
    id: "read",
    path: "disk.read",
    kind: "host",
    unit: "bytesPerSecond",
    label: "Disk read",
    short: "read",
    formula: "rate of reading over all whole disks, each transfer once",
    prometheus: { name: "pulso_disk_read_bytes_per_second" },
    field: "readBytesPerSecond",
    sort: "descending",
    past: "read",
    chart: "Disk",
    line: true,
    terminal: [[170, 5]],
    page: { from: 1_240, track: "6ch", head: "Read/s" },
    store: true,
    alert: true,
  },
  {
    id: "write",
    path: "disk.write",
    kind: "host",
    unit: "bytesPerSecond",
    label: "Disk write",
    short: "write",
    formula: "rate of writing over all whole disks, each transfer once",
    prometheus: { name: "pulso_disk_write_bytes_per_second" },
    field: "writeBytesPerSecond",
    sort: "descending",
    past: "write",
    chart: "Disk",
    line: true,
    terminal: [[180, 6]],
    page: { from: 1_240, track: "6ch", head: "Write/s" },
    store: true,
    alert: true,
  },
  {
    id: "volumeTotal",
    path: "disk.volumes[].total",
    kind: "volume",
    unit: "bytes",
    label: "Size",
    short: "size",
    formula: "size of a mounted filesystem",
    prometheus: { name: "pulso_volume_size_bytes" },
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
    id: "volumeInodes",
    path: "disk.volumes[].inodes",
    kind: "volume",
    unit: "percent",
    optional: true,
    label: "Inodes",
    short: "inodes",
    formula: "share of inodes in use",
    prometheus: {
      name: "pulso_volume_inodes_ratio",
      help: "Share of inodes in use on a mounted filesystem.",
    },
  },
  {
    id: "volumeReadOnly",
    path: "disk.volumes[].ro",
    kind: "volume",
    unit: "flag",
    optional: true,
    label: "Read-only",
    short: "ro",
    formula: "1 where the filesystem cannot be written, and not just this mount; 0 where it can",
    prometheus: {
      name: "pulso_volume_readonly",
      help: "Whether a filesystem cannot be written: 1 if so.",
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
    id: "diskRead",
    path: "disk.disks[].read",
    kind: "disk",
    unit: "bytesPerSecond",
    label: "Read",
    short: "read",
    formula: "rate of reading",
    prometheus: {
      name: "pulso_disk_device_read_bytes_per_second",
      help: "Rate of reading from a disk.",
    },
  },
  {
    id: "diskWrite",
    path: "disk.disks[].write",
    kind: "disk",
    unit: "bytesPerSecond",
    label: "Write",
    short: "write",
    formula: "rate of writing",
    prometheus: {
      name: "pulso_disk_device_write_bytes_per_second",
      help: "Rate of writing to a disk.",
    },
  },
  {
    id: "diskOps",
    path: "disk.disks[].ops",
    kind: "disk",
    unit: "perSecond",
    label: "Operations",
    short: "ops",
    formula: "operations that ended, per second",
    prometheus: {
      name: "pulso_disk_device_operations",
      help: "Operations of a disk that ended, per second.",
    },
  },
  {
    id: "diskWait",
    path: "disk.disks[].wait",
    kind: "disk",
    unit: "milliseconds",
    label: "Wait",
    short: "wait",
    formula: "time per operation, waiting included",
    prometheus: {
      name: "pulso_disk_device_wait_seconds",
      help: "Time per operation of a disk, waiting included.",
    },
  },
  {
    id: "diskBusy",
    path: "disk.disks[].busy",
    kind: "disk",
    unit: "percent",
    label: "Busy",
    short: "busy",
    formula: "share of time with operations under way",
    prometheus: {
      name: "pulso_disk_device_busy_ratio",
      help: "Share of time with operations of a disk under way.",
    },
    bar: true,
  },
  {
    id: "diskQueue",
    path: "disk.disks[].queue",
    kind: "disk",
    unit: "number",
    label: "Queue",
    short: "queue",
    formula: "operations under way, on average",
    prometheus: {
      name: "pulso_disk_device_queue",
      help: "Operations of a disk under way, on average.",
    },
  },
  {
    id: "busiest",
    from: { highest: "diskBusy", names: "busiestDisk" },
    kind: "host",
    unit: "percent",
    optional: true,
    label: "Disk busy",
    short: "busy",
    formula: "the busiest disk: share of time with operations under way",
    field: "diskBusyPercent",
    sort: "descending",
    store: true,
    alert: true,
    chart: "Disk busy",
    bar: true,
    terminal: [[205, 4], [225, 12]],
    page: { from: 2_240, track: "19ch" },
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
    prometheus: { name: "pulso_network_receive_lost_packets_total", type: "counter" },
  },
  {
    id: "interfaceSendLost",
    path: "network.interfaces[].txLost",
    kind: "interface",
    unit: "packets",
    label: "Send lost",
    short: "send lost",
    formula: "packets dropped or failed on the way out since the interface came up",
    prometheus: { name: "pulso_network_transmit_lost_packets_total", type: "counter" },
  },
  {
    id: "interfaceReceiveBytes",
    path: "network.interfaces[].rxBytes",
    kind: "interface",
    unit: "bytes",
    optional: true,
    label: "Received",
    short: "recv all",
    formula: "bytes received since the interface came up",
    prometheus: { name: "pulso_network_receive_bytes_total", type: "counter" },
  },
  {
    id: "interfaceSendBytes",
    path: "network.interfaces[].txBytes",
    kind: "interface",
    unit: "bytes",
    optional: true,
    label: "Sent",
    short: "send all",
    formula: "bytes sent since the interface came up",
    prometheus: { name: "pulso_network_transmit_bytes_total", type: "counter" },
  },
  {
    id: "interfaceUp",
    path: "network.interfaces[].up",
    kind: "interface",
    unit: "flag",
    optional: true,
    apart: true,
    label: "Up",
    short: "up",
    formula: "whether there is a link",
    prometheus: { name: "pulso_network_up", help: "Whether an interface has a link: 1 if so." },
  },
  {
    id: "interfaceSpeed",
    path: "network.interfaces[].speed",
    kind: "interface",
    unit: "megabits",
    optional: true,
    apart: true,
    label: "Speed",
    short: "speed",
    formula: "what the link can carry each way",
    prometheus: {
      name: "pulso_network_speed_bytes_per_second",
      help: "What the link of an interface can carry each way.",
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
    line: true,
    terminal: [[100, 5]],
    page: { from: 980, track: "6ch", head: "Recv/s" },
    store: true,
    alert: true,
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
    line: true,
    terminal: [[110, 5]],
    page: { from: 980, track: "6ch", head: "Send/s" },
    store: true,
    alert: true,
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
    page: { from: 1_600, track: "6ch", head: "If lost" },
    store: true,
    alert: true,
  },
  {
    id: "receiveBytes",
    from: { total: ["interfaceReceiveBytes"] },
    kind: "host",
    unit: "bytes",
    optional: true,
    label: "Received",
    short: "recv all",
    formula: "bytes received over all interfaces since they came up",
    field: "receivedBytes",
    store: true,
  },
  {
    id: "sendBytes",
    from: { total: ["interfaceSendBytes"] },
    kind: "host",
    unit: "bytes",
    optional: true,
    label: "Sent",
    short: "send all",
    formula: "bytes sent over all interfaces since they came up",
    field: "sentBytes",
    store: true,
  },
  {
    id: "tcp",
    path: "network.tcp",
    kind: "host",
    unit: "count",
    optional: true,
    label: "TCP",
    short: "tcp",
    formula: "TCP connections that are established",
    prometheus: { name: "pulso_tcp_connections" },
    field: "tcpConnections",
    sort: "descending",
    store: true,
    alert: true,
    terminal: [[206, 6]],
    page: { from: 2_240, track: "6ch" },
  },
  {
    id: "retransmitted",
    path: "network.retrans",
    kind: "host",
    unit: "percent",
    optional: true,
    label: "TCP retransmitted",
    short: "retrans",
    formula: "share of TCP segments sent once more",
    prometheus: { name: "pulso_tcp_retransmitted_ratio" },
    store: true,
    alert: true,
  },
  {
    id: "listenOverflows",
    path: "network.overflows",
    kind: "host",
    unit: "count",
    optional: true,
    label: "Listen overflows",
    short: "overflows",
    formula: "TCP connections dropped as a listener was full, since boot",
    prometheus: { name: "pulso_tcp_listen_overflows_total", type: "counter" },
  },
  {
    id: "udpErrors",
    path: "network.udpErrors",
    kind: "host",
    unit: "packets",
    optional: true,
    label: "UDP buffer errors",
    short: "udp errors",
    formula: "UDP datagrams dropped as a receive buffer was full, since boot",
    prometheus: { name: "pulso_udp_receive_buffer_errors_packets_total", type: "counter" },
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
    terminal: [[112, 5]],
    page: { from: 1_240, track: "5ch", head: "Load", after: "cores" },
    store: true,
    alert: true,
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
  },
  {
    id: "uptime",
    path: "system.uptime",
    kind: "host",
    unit: "seconds",
    optional: true,
    label: "Uptime",
    short: "up",
    formula: "time since boot",
    prometheus: { name: "pulso_uptime_seconds" },
    field: "uptimeSeconds",
    sort: "ascending",
    alert: true,
    terminal: [[204, 4]],
    page: { from: 1_600, track: "7ch" },
  },
  {
    id: "tasksRunning",
    path: "system.running",
    kind: "host",
    unit: "count",
    optional: true,
    label: "Tasks running",
    short: "running",
    formula: "tasks that run or could",
    prometheus: { name: "pulso_tasks_running" },
  },
  {
    id: "tasks",
    path: "system.tasks",
    kind: "host",
    unit: "count",
    optional: true,
    label: "Tasks",
    short: "tasks",
    formula: "tasks in all, threads included",
    prometheus: { name: "pulso_tasks" },
    alert: true,
  },
  {
    id: "openFilesMax",
    path: "system.filesMax",
    kind: "host",
    unit: "count",
    optional: true,
    label: "Open files at most",
    short: "files at most",
    formula: "open files that the system allows; absent where that is no limit",
    prometheus: { name: "pulso_open_files_max" },
  },
  {
    id: "openFiles",
    path: "system.files",
    kind: "host",
    unit: "count",
    optional: true,
    label: "Open files",
    short: "files",
    formula: "files that are open in the whole system",
    prometheus: { name: "pulso_open_files" },
    alert: true,
  },
  {
    id: "conntrackMax",
    path: "system.conntrackMax",
    kind: "host",
    unit: "count",
    optional: true,
    label: "Conntrack at most",
    short: "conntrack at most",
    formula: "connections that the firewall can track",
    prometheus: { name: "pulso_conntrack_entries_max" },
  },
  {
    id: "conntrack",
    path: "system.conntrack",
    kind: "host",
    unit: "count",
    optional: true,
    label: "Conntrack",
    short: "conntrack",
    formula: "connections that the firewall tracks",
    prometheus: { name: "pulso_conntrack_entries" },
  },
  {
    id: "oomKills",
    path: "system.oomKills",
    kind: "host",
    unit: "count",
    optional: true,
    label: "Out-of-memory kills",
    short: "oom",
    formula: "programs killed as memory ran out, since boot",
    prometheus: { name: "pulso_oom_kills_total", type: "counter" },
    store: true,
    alert: true,
  },
  {
    id: "rebootRequired",
    path: "system.reboot",
    kind: "host",
    unit: "flag",
    optional: true,
    label: "Reboot required",
    short: "reboot",
    formula: "1 while an update waits for a reboot, else absent",
    prometheus: {
      name: "pulso_reboot_required",
      help: "Whether an update waits for a reboot: 1 if so.",
    },
    alert: true,
  },
  {
    id: "openFilesShare",
    from: { part: "openFiles", of: ["openFilesMax"] },
    kind: "host",
    unit: "percent",
    optional: true,
    label: "Open files share",
    short: "files",
    formula: "open files / open files at most",
    alert: true,
  },
  {
    id: "conntrackShare",
    from: { part: "conntrack", of: ["conntrackMax"] },
    kind: "host",
    unit: "percent",
    optional: true,
    label: "Conntrack share",
    short: "conntrack",
    formula: "connections tracked / conntrack at most",
    alert: true,
  },
  {
    id: "pressure",
    from: { most: ["pressureCpu", "pressureMemory", "pressureIo"], names: "pressureOf" },
    kind: "host",
    unit: "percent",
    optional: true,
    label: "Pressure",
    short: "press",
    formula: "the highest of CPU, memory and I/O: share of time in which some task waited",
    field: "pressurePercent",
    sort: "descending",
    past: "pressure",
    alert: true,
    chart: "Pressure",
    terminal: [[120, 9]],
    page: { from: 1_340, track: "9ch", after: "load1" },
  },
  {
    ...pressure("pressureCpu", "cpu", "CPU pressure", "cpu", "some task waited for a core"),
    store: true,
    chart: "Pressure",
  },
  {
    ...pressure(
      "pressureMemory",
      "memory",
      "Memory pressure",
      "mem",
      "some task waited for memory",
    ),
    store: true,
    chart: "Pressure",
  },
  pressure(
    "pressureMemoryFull",
    "memoryFull",
    "Memory pressure, full",
    "mem full",
    "all tasks waited for memory",
  ),
  {
    ...pressure("pressureIo", "io", "I/O pressure", "io", "some task waited for a disk"),
    store: true,
    chart: "Pressure",
  },
  pressure(
    "pressureIoFull",
    "ioFull",
    "I/O pressure, full",
    "io full",
    "all tasks waited for a disk",
  ),
  {
    id: "celsius",
    path: "sensors.temps[].celsius",
    kind: "temperature",
    unit: "celsius",
    label: "Temperature",
    short: "temp",
    formula: "temperature of a sensor",
    prometheus: { name: "pulso_temperature_celsius" },
  },
  {
    id: "fanSpeed",
    path: "sensors.fans[].rpm",
    kind: "fan",
    unit: "count",
    label: "Speed",
    short: "rpm",
    formula: "revolutions per minute",
    prometheus: { name: "pulso_fan_speed_rpm", help: "Revolutions of a fan per minute." },
  },
  {
    id: "battery",
    path: "sensors.battery",
    kind: "host",
    unit: "percent",
    optional: true,
    label: "Battery",
    short: "battery",
    formula: "charge of the battery",
    prometheus: { name: "pulso_battery_ratio" },
    alert: true,
  },
  {
    id: "temperature",
    from: { highest: "celsius", names: "temperatureSensor" },
    kind: "host",
    unit: "celsius",
    optional: true,
    label: "Temperature",
    short: "temp",
    formula: "the highest of all sensors",
    field: "temperatureCelsius",
    sort: "descending",
    past: "temperature",
    store: true,
    alert: true,
    chart: "Temperature",
    terminal: [[122, 5]],
    page: { from: 1_340, track: "5ch", head: "Temp", after: "pressure" },
  },
] as const satisfies readonly CatalogueRow[];

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

/** What a group of metrics is called. */
export function groupTitle(group: string): string {
  return group === "cpu" ? "CPU" : capitalized(group);
}

/** What Prometheus is told of a metric that it has. */
export function helpOf({ prometheus, formula }: CatalogueRow): string {
  return prometheus?.help ?? `${capitalized(formula)}.`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The ids that a formula needs. */
export function sourcesOf(formula: Formula): readonly string[] {
  if ("part" in formula) return [formula.part, ...formula.of];
  if ("most" in formula) return formula.most;
  if ("rest" in formula) return formula.rest;
  return "highest" in formula ? [formula.highest] : formula.total;
}

/** The name of its field in its group or device; empty for a device that is a number itself. */
export function fieldOf({ path = "" }: CatalogueRow): string {
  return path.slice(Math.max(path.lastIndexOf("."), path.lastIndexOf("]")) + 1);
}
