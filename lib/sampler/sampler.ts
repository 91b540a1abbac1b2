/**
 * The way into the sampler for the agent: chooses the source of metrics and opens its devices. All
 * reading and reckoning is done elsewhere.
 */
import type { MetricGroup } from "../message.ts";
import { openFileReaders } from "./files.ts";
import { openLibrary } from "./library.ts";
import { Patience } from "../patience.ts";
import { ProcfsSampler } from "./procfs.ts";
import { procfsRoot } from "./root.ts";
import type { Sampler } from "./sample.ts";
import { openSpaceReader } from "./space.ts";
import { SysteminformationSampler } from "./systeminformation.ts";

export type { Sample, Sampler } from "./sample.ts";

/** Where metrics can come from. */
export type Source = "procfs" | "systeminformation";

/** What a sampler reads, and where. */
export interface SamplerOptions {
  readonly groups: readonly MetricGroup[];
  readonly source: Source;
  /** Where the proc filesystem is mounted; another than /proc is taken for that of a host around this container. */
  readonly procfs: string;
}

/** How long a sample waits for `statfs` on one mount: the first sample is due within a second. */
const STATFS_PATIENCE_MS = 500;
/** How long it waits for one call of systeminformation, which may start a shell or two. */
const SYSTEMINFORMATION_PATIENCE_MS = 10_000;

/** The source for an operating system: /proc on Linux, systeminformation elsewhere. */
export function defaultSource(os: typeof Deno.build.os): Source {
  return os === "linux" ? "procfs" : "systeminformation";
}

/** Opens a sampler. @throws {Error} with one line that names the flag when a permission is missing. */
export function createSampler({ groups, source, procfs }: SamplerOptions): Sampler {
  if (source === "systeminformation") {
    const patience = new Patience(SYSTEMINFORMATION_PATIENCE_MS);
    return new SysteminformationSampler(groups, openLibrary(), patience);
  }
  const root = procfsRoot(procfs);
  const nowMs = () => performance.now();
  return new ProcfsSampler(groups, root, {
    ...openFileReaders(`${root}/stat`, nowMs),
    readSpace: groups.includes("disk") ? openSpaceReader() : neverAsked,
    patience: new Patience(STATFS_PATIENCE_MS),
    nowMs,
  });
}

function neverAsked(path: string): Promise<never> {
  return Promise.reject(new Error(`Cannot read the space of ${path}: disk is not selected`));
}
