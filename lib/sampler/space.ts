/**
 * Space of a mounted filesystem, by `statfs`. The one file of the sampler that calls it; it must
 * never be waited for without a limit (see `patience.ts`).
 */
import { stat, statfs } from "node:fs";
import type { VolumeMetrics } from "../message/message.ts";
import { amountOf } from "./sample.ts";

/** Space in bytes. */
export type Space = Omit<VolumeMetrics, "mount">;

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
export function spaceOf({ bsize, frsize, blocks, bfree, bavail }: FilesystemStats): Space {
  const blockBytes = frsize || bsize;
  return {
    total: amountOf(blocks * blockBytes),
    used: amountOf((blocks - bfree) * blockBytes),
    free: amountOf(bavail * blockBytes),
  };
}
