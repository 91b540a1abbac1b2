/**
 * Which mounted filesystems are volumes, from `/proc/<pid>/mountinfo`: real local ones, each once.
 * Pure; it must never list one whose reading could need the network.
 */

/** One line of mountinfo (proc_pid_mountinfo(5)). */
interface Mount {
  /** Major and minor number of the filesystem's device, the same for bind mounts and subvolumes. */
  readonly device: string;
  /** What of the filesystem is mounted: `/` for all of it. */
  readonly root: string;
  readonly point: string;
  readonly type: string;
}

/** Filesystems without a block device of their own number that are local disks all the same. */
const LOCAL_TYPES = new Set(["btrfs", "zfs", "bcachefs", "ubifs"]);
/** Images that cannot be written: always full, which means nothing. */
const IMAGE_TYPES = new Set(["squashfs", "erofs", "cramfs", "romfs", "iso9660", "udf"]);

/**
 * Mount points of the volumes, in the order of mounting. Each device counts once: where the root is,
 * or else where the whole of it is mounted, or else at its shortest mount point. ZFS datasets each
 * count, as `df` shows them. In a container, whose root is an overlay, that root is a volume, and
 * of the others only whole filesystems are: the rest are pieces of the host's disk.
 */
export function parseVolumes(text: string): readonly string[] {
  const mounts = visible(text.split("\n").map(parseMount).filter((mount) => mount !== null));
  const contained = mounts.some(isOverlayRoot);
  const chosen = new Map<string, Mount>();
  for (const mount of mounts) {
    if (!isOverlayRoot(mount) && !isLocal(mount)) continue;
    if (contained && mount.root !== "/") continue;
    const known = chosen.get(mount.device);
    if (known === undefined || isBetter(mount, known)) chosen.set(mount.device, mount);
  }
  return [...chosen.values()].map((mount) => mount.point);
}

function parseMount(line: string): Mount | null {
  const [own, rest] = line.split(" - ", 2);
  const [, , device, root, point] = own!.split(" ");
  if (rest === undefined || point === undefined) return null;
  return {
    device: device!,
    root: root!,
    point: unescapeOctal(point),
    type: rest.split(" ", 1)[0]!,
  };
}

/** The kernel writes space, tab, newline, backslash and `#` as a backslash and three octal digits. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-3][0-7]{2})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8)));
}

/** Of two mounts at one place only the later is seen. */
function visible(mounts: readonly Mount[]): readonly Mount[] {
  return [...new Map(mounts.map((mount) => [mount.point, mount])).values()];
}

/** Also fuse.fuse-overlayfs, which containers without root have. */
function isOverlayRoot({ type, point }: Mount): boolean {
  return point === "/" && type.includes("overlay");
}

/** Whether a type of filesystem is an image that cannot be written. */
export function isImage(type: string): boolean {
  return IMAGE_TYPES.has(type);
}

/** Major number 0 is for filesystems without a disk: pseudo, network and memory filesystems. */
function isLocal({ device, type }: Mount): boolean {
  if (isImage(type)) return false;
  return LOCAL_TYPES.has(type) || !device.startsWith("0:");
}

function isBetter(mount: Mount, known: Mount): boolean {
  if (mount.point === "/" || known.point === "/") return mount.point === "/";
  if ((mount.root === "/") !== (known.root === "/")) return mount.root === "/";
  return mount.point.length < known.point.length;
}
