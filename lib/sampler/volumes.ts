/**
 * Which mounts are volumes: filesystems on disks of this system, each once, and its root. Pure; it
 * must never choose one whose reading could need the network, and says why of each mount.
 */
import type { Decision } from "./decision.ts";
import { type Mount, MountTree, parseMounts } from "./mounts.ts";

/** A mount of which the space is worth to know. */
export interface Volume {
  readonly mountPoint: string;
  /** Major and minor number. */
  readonly device: string;
  /** Whether it is only a part of its filesystem, and so may be a file instead of a directory. */
  readonly isPart: boolean;
  /** Whether a program serves it that may count in other units than it says. */
  readonly isFuse: boolean;
  /** Whether the filesystem itself cannot be written, and not just by way of this mount. */
  readonly isReadOnly: boolean;
}

/** Filesystems without a block device of their own number that are local disks all the same. */
const LOCAL_TYPES = new Set(["btrfs", "zfs", "bcachefs", "ubifs"]);
/** Images that cannot be written: always full, which means nothing. */
const IMAGE_TYPES = new Set(["squashfs", "erofs", "cramfs", "romfs", "iso9660", "udf"]);
const MEMORY_TYPES = new Set(["tmpfs", "ramfs", "rootfs", "devtmpfs", "hugetlbfs"]);
const NETWORK_TYPES =
  /^(nfs\d?|cifs|smb\w*|ncpfs|\w*afs|auristorfs|ceph|coda|glusterfs|lustre|gpfs|beegfs|orangefs)$|^fuse($|\.(?!.*overlay))/;
/** What containers have for `/`; elsewhere their data is on another mount that is listed too. */
const OVERLAY_TYPES = /^(overlay(fs)?|aufs|.*unionfs.*|fuse\.fuse-overlayfs|shiftfs|simfs|vzfs)$/;
/** Directories of the system around this one. */
const SHARE_TYPES = new Set(["9p", "virtiofs", "vboxsf", "prl_fs", "drvfs", "wslfs", "lxfs"]);

/**
 * Options of a filesystem that cannot be written: `ro` comes first, also after an error where a mount says
 * so; ext4 has said the others instead since Linux 6.15.
 */
const READ_ONLY = /^ro(,|$)|,(emergency_ro|shutdown)(,|$)/;

/** Files that every container runtime mounts from its own disk. */
const RUNTIME_FILES = new Set(["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"]);

/** Left out first: there can be fifty thousand of these lines, they hide nothing, and parsing them takes long. */
const AUTOMOUNTED_SNAPSHOTS = /^.*\/\.zfs\/snapshot\/.* - zfs [^ ]*@.*\n/gm;

/** What stands for characters of a name that are not UTF-8. */
const NOT_UTF8 = "\ufffd";

/**
 * The volumes, in the order of mounting. Each device counts once: where the root is, or else where
 * its name can be read and the whole of it is mounted, or else at its shortest mount point. ZFS
 * datasets each count, as `df` shows them.
 */
export function parseVolumes(text: string): readonly Volume[] {
  const mounts = parseMounts(text.replace(AUTOMOUNTED_SNAPSHOTS, ""));
  return [...chooseMounts(mounts, refusals(mounts)).values()].map((mount) => ({
    mountPoint: mount.point,
    device: mount.device,
    isPart: mount.root !== "/" && mount.point !== "/",
    isFuse: mount.type === "fuseblk",
    isReadOnly: READ_ONLY.test(mount.options),
  }));
}

/** What parses a text only when it is another than the one before: mounts are many and hardly ever change. */
export function volumesParser(): (text: string) => readonly Volume[] {
  let last: { readonly text: string; readonly volumes: readonly Volume[] } | null = null;
  return (text) => {
    if (last?.text !== text) last = { text, volumes: parseVolumes(text) };
    return last.volumes;
  };
}

/** What is decided of every mount, and why, in their order. */
export function explainMounts(text: string): readonly Decision[] {
  const mounts = parseMounts(text);
  const refuse = refusals(mounts);
  const chosen = chooseMounts(mounts, refuse);
  return mounts.map((mount) => {
    const counts = chosen.get(mount.device) === mount;
    const reason = counts
      ? reasonFor(mount)
      : refuse(mount) ?? `the same filesystem as ${chosen.get(mount.device)!.point}`;
    return { name: mount.point, counts, reason: `${mount.type}: ${reason}` };
  });
}

/** Whether a name cannot be used to ask for the space, as Deno cannot name what is not UTF-8. */
export function isUnreadableName(mountPoint: string): boolean {
  return mountPoint.includes(NOT_UTF8);
}

/** Whether a type of filesystem is an image that cannot be written. */
export function isImage(type: string): boolean {
  return IMAGE_TYPES.has(type);
}

type Refusal = (mount: Mount) => string | null;

/** The best mount of each device, of those that nothing speaks against. */
function chooseMounts(mounts: readonly Mount[], refuse: Refusal): ReadonlyMap<string, Mount> {
  const chosen = new Map<string, Mount>();
  for (const mount of mounts) {
    const known = chosen.get(mount.device);
    if ((known === undefined || isBetter(mount, known)) && refuse(mount) === null) {
      chosen.set(mount.device, mount);
    }
  }
  return chosen;
}

function isBetter(mount: Mount, known: Mount): boolean {
  if (isRoot(mount) || isRoot(known)) return isRoot(mount);
  const [name, knownName] = [isUnreadableName(mount.point), isUnreadableName(known.point)];
  if (name !== knownName) return knownName;
  if ((mount.root === "/") !== (known.root === "/")) return mount.root === "/";
  return mount.point.length < known.point.length;
}

function isRoot({ point }: Mount): boolean {
  return point === "/";
}

/** What tells why a mount is no volume; `null` where nothing speaks against it. */
function refusals(mounts: readonly Mount[]): Refusal {
  const tree = new MountTree(mounts, mounts.filter((mount) => refuseType(mount) === null));
  const runtimeDevices = new Set(
    mounts.filter(({ point }) => RUNTIME_FILES.has(point)).map(({ device }) => device),
  );
  return (mount) => {
    const reason = refuseType(mount);
    if (reason !== null) return reason;
    if (mount.point.endsWith("//deleted")) return "its mount point was deleted";
    if (runtimeDevices.has(mount.device) && mount.root !== "/" && !isRoot(mount)) {
      return "a part of the disk of this container's host";
    }
    const hider = tree.hiderOf(mount);
    return hider && `hidden by the ${hider.type} mounted at ${hider.point}`;
  };
}

function refuseType(mount: Mount): string | null {
  const { device, type, source, options } = mount;
  if (isImage(type)) return "an image that cannot be written, always full";
  if (type === "zfs" && source.includes("@")) return "a snapshot";
  if (LOCAL_TYPES.has(type) || !device.startsWith("0:")) return null;
  if (MEMORY_TYPES.has(type)) return "in memory";
  if (NETWORK_TYPES.test(type)) return "its reading could wait for a network or a program";
  if (/^overlay(fs)?$/.test(type) && isRoot(mount) && !/(^|,)upperdir=/.test(options)) {
    return "an image, as it has no upper directory: the data is on another mount";
  }
  if (isRoot(mount)) return null;
  if (OVERLAY_TYPES.test(type)) {
    return "only the root may be one: its data is on another filesystem";
  }
  if (SHARE_TYPES.has(type)) {
    return "only the root may be one: a share of the system around this one";
  }
  return "not on a disk";
}

function reasonFor(mount: Mount): string {
  if (isRoot(mount)) return "the root";
  return mount.root === "/" ? "a filesystem on a disk" : `${mount.root} of a filesystem on a disk`;
}

/** A mount as the package systeminformation tells it. */
interface ToldMount {
  readonly fs: string;
  readonly type: string;
  readonly mount: string;
}

/** Decides of every mount that the package tells: local ones are volumes, each device once. */
export function judgeVolumes(sizes: readonly ToldMount[]): readonly Decision[] {
  const places = new Map<string, string>();
  return sizes.map((size) => {
    const { fs, mount, type } = size;
    const known = places.get(fs);
    const counts = isLocal(size) && known === undefined;
    if (counts) places.set(fs, mount);
    const reason = counts
      ? "on a disk"
      : known
      ? `the same filesystem as ${known}`
      : "not on a disk of its own";
    return { name: mount, counts, reason: `${type}: ${reason}` };
  });
}

/** A disk's device, a drive letter, a ZFS dataset, or the root of a container. */
function isLocal({ fs, type, mount }: ToldMount): boolean {
  // macOS mounts parts of its system volume there, all but the data in the space of the root.
  if (mount.startsWith("/System/Volumes/") && mount !== "/System/Volumes/Data") return false;
  if (isImage(type)) return false;
  return /^(\/dev\/|[A-Za-z]:)/.test(fs) || type === "zfs" ||
    (type === "overlay" && mount === "/");
}
