/**
 * The table of mounts, from `/proc/<pid>/mountinfo`, and which mount hides which. Pure; it tells by
 * the tree of mounts, as paths alone do not say which of two was there first.
 */

/** One line of mountinfo (proc_pid_mountinfo(5)). */
export interface Mount {
  readonly id: string;
  /** The mount on which this one is; not listed for the root, and not for all in a chroot. */
  readonly parent: string;
  /** Major and minor number of the filesystem's device, the same for bind mounts and subvolumes. */
  readonly device: string;
  /** What of the filesystem is mounted: `/` for all of it. */
  readonly root: string;
  readonly point: string;
  readonly type: string;
  readonly source: string;
  /** Options of the filesystem, as opposed to those of this mount. */
  readonly options: string;
  /** Its line, from 0. */
  readonly line: number;
}

/** Parses mountinfo; lines that are no mounts are left out. */
export function parseMounts(text: string): readonly Mount[] {
  return text.split("\n").map(parseMount).filter((mount) => mount !== null);
}

/** Cut by hand, as there can be fifty thousand lines. */
function parseMount(text: string, line: number): Mount | null {
  let at = 0;
  const next = () => {
    const end = text.indexOf(" ", at);
    const field = end < 0 ? text.slice(at) : text.slice(at, end);
    at += field.length + 1;
    return field;
  };
  const own = { id: next(), parent: next(), device: next(), root: next(), point: next() };
  // Any number of fields come before a dash that stands alone; options may hold spaces.
  const dash = text.indexOf(" - ", at - 1);
  if (own.point === "" || dash < 0) return null;
  at = dash + 3;
  return {
    ...own,
    point: unescapeOctal(own.point),
    type: next(),
    source: next(),
    options: text.slice(at),
    line,
  };
}

/** The kernel writes space, tab, newline, backslash and `#` as a backslash and three octal digits. */
function unescapeOctal(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(/\\([0-3][0-7]{2})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8)));
}

/** The directories above a path, from the root down. */
function ancestors(path: string): readonly string[] {
  const found = ["/"];
  for (let end = path.indexOf("/", 1); end > 0; end = path.indexOf("/", end + 1)) {
    found.push(path.slice(0, end));
  }
  return found;
}

/** The mounts of one system, as a tree. */
export class MountTree {
  readonly #mounts = new Map<string, Mount>();
  /** For each mount those on it, by their mount points; of several at one, the last. */
  readonly #children = new Map<string, Map<string, Mount>>();

  /** @param candidates those that will be asked for: only what is on the way to them matters. */
  constructor(mounts: readonly Mount[], candidates: readonly Mount[]) {
    const places = new Set(candidates.flatMap(({ point }) => [...ancestors(point), point]));
    for (const mount of mounts) {
      if (!places.has(mount.point)) continue;
      this.#mounts.set(mount.id, mount);
      if (isFirstRoot(mount)) continue;
      const siblings = this.#children.get(mount.parent);
      if (siblings) siblings.set(mount.point, mount);
      else this.#children.set(mount.parent, new Map([[mount.point, mount]]));
    }
  }

  /** The mount because of which another one cannot be seen under its mount point; `null` when it can. */
  hiderOf(mount: Mount): Mount | null {
    return this.#cover(mount) ?? this.#barrier(mount);
  }

  /** What is mounted on the very top of a mount. */
  #cover(mount: Mount): Mount | null {
    return this.#children.get(mount.id)?.get(mount.point) ?? null;
  }

  /** What is in the way to a mount. */
  #barrier(mount: Mount): Mount | null {
    if (isFirstRoot(mount)) return null;
    const parent = this.#mounts.get(mount.parent);
    const sibling = this.#siblingAbove(mount, parent !== undefined);
    if (sibling !== null || parent === undefined) return sibling;
    const cover = mount.point === parent.point ? null : this.#cover(parent);
    return cover ?? this.#barrier(parent);
  }

  /**
   * What is on the same parent at the same place or at a directory above: had that been there before,
   * this one would be on it. Where their parent is not listed, its later line tells.
   */
  #siblingAbove(mount: Mount, isParentListed: boolean): Mount | null {
    const siblings = this.#children.get(mount.parent)!;
    const last = siblings.get(mount.point)!;
    if (last !== mount) return last;
    for (const place of ancestors(mount.point).slice(1)) {
      const sibling = siblings.get(place);
      if (sibling && (isParentListed || sibling.line > mount.line)) return sibling;
    }
    return null;
  }
}

/** The first root of all is its own parent. */
function isFirstRoot({ id, parent }: Mount): boolean {
  return id === parent;
}
