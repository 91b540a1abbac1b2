/**
 * What of sysfs tells what a device is: which files, and what they say. Only named files can be read
 * where Deno grants little, and no directory can be listed. Pure; the reading is done elsewhere.
 */
import type { DiskFacts } from "./disks.ts";
import type { InterfaceFacts } from "./interface_facts.ts";

/** The texts of those files that could be read, by path. */
export type Texts = ReadonlyMap<string, string>;

const INTERFACE_FILES = [
  ...["uevent", "ifindex", "iflink", "type", "flags", "tun_flags"],
  ...["master/ifindex", "device/uevent"],
];
/** These take the kernel's lock of all interfaces. */
const HARDWARE_FILES = ["phys_port_name", "speed"];
const DISK_FILES = ["uevent", "device/uevent"];

const BYTES_PER_SECOND = 125_000;
/** Drivers of guests' interfaces, which tell some speed and keep no limit. */
const NO_REAL_SPEED =
  /^DRIVER=(virtio_net|vmxnet3|hv_netvsc|e1000e?|8139\w+|pcnet32|vif|ena|gve|ibmveth)$/m;

/** The files that tell what an interface is; none where its name is no name of a folder. */
export function interfaceFiles(
  sysfs: string,
  name: string,
  mayBeHardware: boolean,
): readonly string[] {
  const files = mayBeHardware ? [...INTERFACE_FILES, ...HARDWARE_FILES] : INTERFACE_FILES;
  return isFolder(name) ? files.map((file) => interfaceFile(sysfs, name, file)) : [];
}

/** A file of an interface. */
export function interfaceFile(sysfs: string, name: string, file: string): string {
  return `${sysfs}/class/net/${name}/${file}`;
}

/** The files that tell what a block device is. */
export function diskFiles(sysfs: string, name: string): readonly string[] {
  return isFolder(folderOf(name)) ? DISK_FILES.map((file) => diskFile(sysfs, name, file)) : [];
}

function diskFile(sysfs: string, name: string, file: string): string {
  return `${sysfs}/block/${folderOf(name)}/${file}`;
}

/** A slash of a device's name is another character in that of its folder. */
function folderOf(name: string): string {
  return name.replaceAll("/", "!");
}

function isFolder(name: string): boolean {
  return !/^\.{0,2}$|[/\0]/.test(name);
}

/** What sysfs tells of an interface; `null` when that is nothing. */
export function interfaceFacts(sysfs: string, name: string, texts: Texts): InterfaceFacts | null {
  const text = (file: string) => texts.get(interfaceFile(sysfs, name, file))?.trim();
  const uevent = text("uevent");
  if (uevent === undefined) return null;
  return {
    index: numberOf(text("ifindex") ?? valueOf("IFINDEX", uevent)),
    link: numberOf(text("iflink")),
    master: numberOf(text("master/ifindex")),
    kind: valueOf("DEVTYPE", uevent) ?? "",
    type: numberOf(text("type")),
    flags: numberOf(text("flags")) ?? 0,
    isTun: text("tun_flags") !== undefined,
    device: text("device/uevent") ?? null,
    port: text("phys_port_name") ?? "",
  };
}

/** What hardware can carry each way, in bytes per second; `null` when that is not known. */
export function speedOf(sysfs: string, name: string, texts: Texts): number | null {
  const device = texts.get(interfaceFile(sysfs, name, "device/uevent"));
  const megabits = numberOf(texts.get(interfaceFile(sysfs, name, "speed"))?.trim()) ?? 0;
  const isKnown = device !== undefined && megabits > 0 && !NO_REAL_SPEED.test(device);
  return isKnown ? megabits * BYTES_PER_SECOND : null;
}

/** What sysfs tells of a block device; `null` when that is nothing, as for partitions. */
export function diskFacts(sysfs: string, name: string, texts: Texts): DiskFacts | null {
  const uevent = texts.get(diskFile(sysfs, name, "uevent"));
  if (uevent === undefined || valueOf("DEVTYPE", uevent) === "partition") return null;
  return { hasHardware: texts.has(diskFile(sysfs, name, "device/uevent")) };
}

function valueOf(name: string, uevent: string): string | undefined {
  return new RegExp(`^${name}=(.*)$`, "m").exec(uevent)?.[1];
}

/** A decimal number, or a hexadecimal one with `0x`. */
function numberOf(text: string | undefined): number | null {
  return text !== undefined && /^(-?\d+|0x[0-9a-f]+)$/i.test(text) ? Number(text) : null;
}
