/**
 * What sysfs tells of interfaces and disks: which files, and what they say. Only named files can be
 * read where Deno grants little, and no directory can be listed. Pure; the reading is done elsewhere.
 */
import type { DiskFacts } from "./disks.ts";

/** What sysfs tells of one interface; `null` and `""` for what it does not. */
export interface InterfaceFacts {
  readonly index: number | null;
  /** Of what it is on, or of the other end of its link; its own where there is none, 0 for some tunnels. */
  readonly link: number | null;
  readonly master: number | null;
  /** `DEVTYPE`: bridge, vlan, wlan, dsa, ppp … */
  readonly kind: string;
  /** ARPHRD_*, in linux/if_arp.h. */
  readonly type: number | null;
  /** IFF_*, in linux/if.h. */
  readonly flags: number;
  readonly isTun: boolean;
  /** What the kernel tells of the hardware behind it. */
  readonly device: string | null;
  /** Its port of a device or switch. */
  readonly port: string;
}

const TYPE = {
  ethernet: 1,
  infiniband: 32,
  slip: [256, 257, 258, 260],
  ppp: 512,
  tunnels: [768, 769, 776, 778, 823, 65_534],
  loopback: 772,
  monitors: [801, 802, 803],
};
const NO_ARP = 0x80;
const TUNNEL_KINDS =
  /^(vxlan|geneve|wireguard|gtp|bareudp|l2tpeth|amt|pfcp|ip6?gre|gretap|openvpn|ovpn)$/;
/** Guests' ports of a device that is a switch, and of its own processors. */
const GUEST_PORT = /^(c\d+)?pf\d+(vf|sf)\d+$|^pf\d+hpf$/;
/** DSL modems on a board, of which no hardware is told. */
const DSL = /^(dsl|ptm|nas|adsl|vdsl|atm)\d+$/;

/** Whether it is hardware; a radio is, whatever is told of it. */
export function isHardware({ device, kind }: InterfaceFacts): boolean {
  return device !== null || kind === "wlan";
}

/** Whether it is a PPP link. */
export function isPpp({ device, kind, type }: InterfaceFacts): boolean {
  return device === null && (kind === "ppp" || type === TYPE.ppp);
}

/** Whether it is a line of a modem, of which the kernel does not say what carries it. */
export function isLine(name: string, { kind, type }: InterfaceFacts): boolean {
  return kind === "ppp" || kind === "wwan" || type === TYPE.ppp ||
    TYPE.slip.includes(type ?? 0) || DSL.test(name);
}

/** Whether it is a tunnel. Those that are bound to no interface have no link, and not their own. */
export function isTunnel({ isTun, kind, type, link, index }: InterfaceFacts): boolean {
  return isTun || TUNNEL_KINDS.test(kind) || TYPE.tunnels.includes(type ?? 0) ||
    (link === 0 && index !== 0);
}

/** Whether it is the host's end of a guest's link: a port of a switch, or what Xen's first domain has. */
export function isGuestsEnd({ device, port }: InterfaceFacts): boolean {
  return GUEST_PORT.test(port) ||
    /^(MODALIAS=xen-backend:|XENBUS_BASE_PATH=backend$)/m.test(device ?? "");
}

/** Whether it shows what other interfaces of its radio receive. */
export function isMonitor({ type }: InterfaceFacts): boolean {
  return TYPE.monitors.includes(type ?? 0);
}

/** Whether it is InfiniBand. */
export function isInfiniband({ type }: InterfaceFacts): boolean {
  return type === TYPE.infiniband;
}

/** Whether it is the loopback. */
export function isLoopback({ type }: InterfaceFacts): boolean {
  return type === TYPE.loopback;
}

/** Whether it is an Ethernet that asks nobody for addresses and is on nothing, as dummies are. */
export function goesNowhere({ type, flags, link, index }: InterfaceFacts): boolean {
  return type === TYPE.ethernet && (flags & NO_ARP) !== 0 && link === index;
}

/** The texts of those files that could be read, by path. */
export type Texts = ReadonlyMap<string, string>;

const INTERFACE_FILES = [
  ...["uevent", "ifindex", "iflink", "type", "flags", "tun_flags"],
  ...["master/ifindex", "device/uevent"],
];
/** These take the kernel's lock of all interfaces. */
const HARDWARE_FILES = ["phys_port_name", "speed"];
const DISK_FILES = ["uevent", "device/uevent"];

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

/** The file that tells the state of an interface's link; `null` where its name is no name of a folder. */
export function linkFile(sysfs: string, name: string): string | null {
  return isFolder(name) ? interfaceFile(sysfs, name, "operstate") : null;
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

/** What hardware can carry each way, in megabits per second; `null` when that is not known. */
export function speedOf(sysfs: string, name: string, texts: Texts): number | null {
  const device = texts.get(interfaceFile(sysfs, name, "device/uevent"));
  const megabits = numberOf(texts.get(interfaceFile(sysfs, name, "speed"))?.trim()) ?? 0;
  const isKnown = device !== undefined && megabits > 0 && !NO_REAL_SPEED.test(device);
  return isKnown ? megabits : null;
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
