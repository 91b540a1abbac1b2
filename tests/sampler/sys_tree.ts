/**
 * Hosts as their sysfs shows them, in memory: what the tests of devices read in place of files. Each
 * has the files that a kernel has for such a device, and no more.
 */
import type { FileReader } from "../../lib/sampler/files.ts";

/** One interface: `index` is its place, from 1, unless it is told. */
export interface InterfaceTree {
  readonly index?: number;
  /** `DEVTYPE`. */
  readonly kind?: string;
  /** The interface that it is on or whose other end it is, or an index that says nothing here. */
  readonly link?: string | number;
  readonly master?: string;
  /** `uevent` of the hardware; `true` for that of some card. */
  readonly device?: string | true;
  /** What the kernel tells it is on. */
  readonly on?: string;
  readonly type?: number;
  /** Files that only some have. */
  readonly files?: Readonly<Record<string, string>>;
}

const CARD = "DRIVER=igb\nPCI_CLASS=20000\n";
const ETHERNET = 1;
const SYS = "/sys";

/** The files of interfaces, by path. */
export function interfaceTree(
  interfaces: Readonly<Record<string, InterfaceTree>>,
): Map<string, string> {
  const names = Object.keys(interfaces);
  const indexOf = (name: string) => interfaces[name]?.index ?? names.indexOf(name) + 1;
  const texts = new Map<string, string>();
  for (
    const [name, { kind, link, master, device, on, type, files }] of Object.entries(interfaces)
  ) {
    const index = indexOf(name);
    const isLoopback = name === "lo";
    const own: Record<string, string> = {
      uevent: `${kind ? `DEVTYPE=${kind}\n` : ""}INTERFACE=${name}\nIFINDEX=${index}\n`,
      ifindex: `${index}\n`,
      iflink: `${typeof link === "number" ? link : indexOf(link ?? name)}\n`,
      type: `${type ?? (isLoopback ? 772 : ETHERNET)}\n`,
      flags: "0x1003\n",
      ...(master && { "master/ifindex": `${indexOf(master)}\n` }),
      ...(device && { "device/uevent": device === true ? CARD : device }),
      ...(on && { [`lower_${on}/ifindex`]: `${indexOf(on)}\n` }),
      ...files,
    };
    for (const [file, text] of Object.entries(own)) {
      texts.set(
        `${SYS}/class/net/${name}/${file}`,
        text,
      );
    }
  }
  return texts;
}

/** The files of whole disks, by path: those with hardware, and those without. */
export function diskTree(hardware: readonly string[], without: readonly string[] = []) {
  const folder = (name: string) => `${SYS}/block/${name.replaceAll("/", "!")}`;
  return new Map([
    ...[...hardware, ...without].map((name) =>
      [`${folder(name)}/uevent`, "DEVTYPE=disk\n"] as const
    ),
    ...hardware.map((name) => [`${folder(name)}/device/uevent`, "DRIVER=sd\n"] as const),
  ]);
}

/** Reads such files. */
export function readerOf(texts: ReadonlyMap<string, string>): FileReader {
  return (paths) =>
    Promise.resolve(
      new Map(paths.flatMap((path) => texts.has(path) ? [[path, texts.get(path)!]] : [])),
    );
}
