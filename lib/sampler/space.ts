/**
 * The space of volumes: whom to ask, how long to wait, and what not to believe; one that gives no
 * answer is listed all the same, as unknown. The one file of the sampler that calls `statfs`, which
 * must never be waited for without a limit.
 */
import { stat, statfs } from "node:fs";
import type { Timeout } from "../common/timeout.ts";
import { percentOf } from "../common/status.js";
import { MAX_MOUNT_LENGTH, type VolumeMetrics } from "../message/message.ts";
import { type FileReader, textOf } from "./files.ts";
import { amountOf, deviceName, type FailureNotes } from "./sample.ts";
import { isUnreadableName, type Volume } from "./volumes.ts";

/** What volumes are read with. */
export interface VolumeDevices {
  readonly readSpace: SpaceReader;
  readonly readOnce: FileReader;
  /** Where `/proc/partitions` is. */
  readonly partitions: string;
  readonly timeout: Timeout;
  /** What to put before a mount point. */
  readonly hostRoot: string;
}

const UNKNOWN: Space = { total: null, used: null, free: null };
const BYTES_PER_KIB = 1_024;

/** Reads the space of volumes. */
export class VolumeReader {
  readonly #devices: VolumeDevices;
  /** Sizes of devices, as far as they were needed. */
  #sizes: ReadonlyMap<string, number> = new Map();

  constructor(devices: VolumeDevices) {
    this.#devices = devices;
  }

  /** The space of those that are directories; where it is not known, the notes say why. */
  async read(volumes: readonly Volume[], notes: FailureNotes): Promise<VolumeMetrics[]> {
    const all = await Promise.all(volumes.map((volume) => this.#read(volume, notes)));
    return all.filter((volume) => volume !== null);
  }

  async #read(volume: Volume, notes: FailureNotes): Promise<VolumeMetrics | null> {
    const mount = deviceName(volume.mountPoint, MAX_MOUNT_LENGTH);
    const ro = Number(volume.isReadOnly);
    try {
      const space = await this.#ask(volume);
      return space && { mount, ...space, ro };
    } catch (error) {
      notes.note(`volume ${mount}`, error);
      return { mount, ...UNKNOWN, ro };
    }
  }

  async #ask({ mountPoint, device, isPart, isFuse }: Volume): Promise<Space | null> {
    if (isUnreadableName(mountPoint)) throw new Error("Cannot ask for it: its name is not UTF-8");
    const { readSpace, timeout, hostRoot } = this.#devices;
    const path = hostRoot + mountPoint;
    const space = await timeout.run(path, () => readSpace(path, isPart));
    if (isFuse && space !== null && !(await this.#fitsDevice(space, device))) {
      throw new RangeError("Cannot believe its size: FUSE may count in other blocks than it tells");
    }
    return space;
  }

  /** Whether a filesystem is about as large as its device: in blocks of another size it could not be. */
  async #fitsDevice({ total }: Space, device: string): Promise<boolean> {
    const fits = (size = NaN) =>
      total !== null && total > size / 2 && total <= size + BYTES_PER_KIB;
    if (fits(this.#sizes.get(device))) return true;
    const { readOnce, partitions } = this.#devices;
    this.#sizes = parsePartitions(textOf(await readOnce([partitions]), partitions));
    return fits(this.#sizes.get(device));
  }
}

/** Parses `/proc/partitions`: sizes of block devices in bytes, by major and minor number. */
export function parsePartitions(text: string): ReadonlyMap<string, number> {
  const lines = text.matchAll(/^ *(\d+) +(\d+) +(\d+) /gm);
  return new Map(
    Array.from(lines, ([, major, minor, kib]) => [
      `${major}:${minor}`,
      Number(kib) * BYTES_PER_KIB,
    ]),
  );
}

/** Space in bytes, and the share of inodes in use, which not every filesystem counts. */
export type Space = Omit<VolumeMetrics, "mount" | "ro">;

/** Asks for the space of the filesystem at a path; `null` when that may be a file, and is one. */
export type SpaceReader = (path: string, mayBeFile?: boolean) => Promise<Space | null>;

/**
 * What `statfs` tells: counts in blocks of `frsize` bytes, or of `bsize` where that is not told. Deno
 * 2.9 tells `bsize` for both, which only on a filesystem served by a program (FUSE) may be another.
 */
export interface FilesystemStats {
  readonly bsize: number;
  readonly frsize?: number;
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
  /** Inodes in all, and those that are free. */
  readonly files: number;
  readonly ffree: number;
}

/** Reads by `statfs`. @throws {Error} that names the flags when the permission is missing. */
export function openSpaceReader(): SpaceReader {
  const needed = [{ name: "read", path: "/" }, { name: "sys", kind: "statfs" }] as const;
  if (needed.some((permission) => Deno.permissions.querySync(permission).state !== "granted")) {
    throw new Deno.errors.NotCapable(
      "Cannot read the space of volumes: run with --allow-read --allow-sys=statfs",
    );
  }
  return readSpace;
}

async function readSpace(path: string, mayBeFile = false): Promise<Space | null> {
  return mayBeFile && !(await isDirectory(path)) ? null : await askSpace(path);
}

/** With a callback, as `node:fs/promises` takes some 0.05 ms more. */
function askSpace(path: string): Promise<Space> {
  return new Promise((resolve, reject) => {
    statfs(path, (error, stats) => error ? reject(error) : resolve(spaceOf(stats)));
  });
}

function isDirectory(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    stat(path, (error, stats) => error ? reject(error) : resolve(stats.isDirectory()));
  });
}

/**
 * Space as `df` shows it: used is all blocks less the free ones, free is what an ordinary user may
 * still write. What the filesystem reserves is in neither, so the two can be less than the total.
 */
export function spaceOf(
  { bsize, frsize, blocks, bfree, bavail, files, ffree }: FilesystemStats,
): Space {
  const blockBytes = frsize || bsize;
  const inodes = percentOf(amountOf(files - ffree), files);
  return {
    total: amountOf(blocks * blockBytes),
    used: amountOf((blocks - bfree) * blockBytes),
    free: amountOf(bavail * blockBytes),
    ...(inodes !== null && { inodes }),
  };
}
