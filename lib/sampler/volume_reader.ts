/**
 * The space of volumes: whom to ask, how long to wait, and what not to believe. One that gives no
 * answer is listed all the same, as unknown; how it is asked is handed in.
 */
import { MAX_MOUNT_LENGTH, type VolumeMetrics } from "../message.ts";
import type { Patience } from "../patience.ts";
import { deviceName, type FailureNotes } from "./sample.ts";
import type { Space, SpaceReader } from "./space.ts";
import { isUnreadableName, type Volume } from "./volumes.ts";

const UNKNOWN: Space = { total: null, used: null, free: null };

/** Reads the space of volumes. */
export class VolumeReader {
  readonly #readSpace: SpaceReader;
  readonly #patience: Patience;
  readonly #hostRoot: string;

  /** @param hostRoot what to put before a mount point. */
  constructor(readSpace: SpaceReader, patience: Patience, hostRoot: string) {
    this.#readSpace = readSpace;
    this.#patience = patience;
    this.#hostRoot = hostRoot;
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

  async #ask({ mountPoint, isPart, isFuse }: Volume): Promise<Space | null> {
    if (isUnreadableName(mountPoint)) throw new Error("Cannot ask for it: its name is not UTF-8");
    const path = this.#hostRoot + mountPoint;
    const space = await this.#patience.ask(path, () => this.#readSpace(path, isPart));
    if (isFuse) {
      throw new RangeError("Cannot believe it: FUSE may count in other blocks than it tells");
    }
    return space;
  }
}
