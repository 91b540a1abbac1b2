/**
 * The space of volumes: whom to ask, how long to wait, and what not to believe. One that gives no
 * answer is listed all the same, as unknown; how it is asked is handed in.
 */
import { MAX_MOUNT_LENGTH, type VolumeMetrics } from "../message/message.ts";
import type { Patience } from "../common/patience.ts";
import { deviceName, type FailureNotes } from "./sample.ts";
import type { Space, SpaceReader } from "./space.ts";
import { isUnreadableName, type Volume } from "./volumes.ts";

/** What volumes are read with. */
export interface VolumeDevices {
  readonly readSpace: SpaceReader;
  /** The text of `/proc/partitions`. */
  readonly readPartitions: () => Promise<string>;
  readonly patience: Patience;
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
    try {
      const space = await this.#ask(volume);
      return space && { mount, ...space };
    } catch (error) {
      notes.note(`volume ${mount}`, error);
      return { mount, ...UNKNOWN };
    }
  }

  async #ask({ mountPoint, device, isPart, isFuse }: Volume): Promise<Space | null> {
    if (isUnreadableName(mountPoint)) throw new Error("Cannot ask for it: its name is not UTF-8");
    const { readSpace, patience, hostRoot } = this.#devices;
    const path = hostRoot + mountPoint;
    const space = await patience.ask(path, () => readSpace(path, isPart));
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
    this.#sizes = parsePartitions(await this.#devices.readPartitions());
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
