/**
 * The way into the sampler for the agent: chooses the source of metrics and opens its devices. All
 * reading and reckoning is done elsewhere.
 */
import type { MetricGroup } from "../message/message.ts";
import { type DeviceChoice, NO_CHOICE } from "./devices.ts";
import { ExtraSampler } from "./extra.ts";
import { openFileReaders, procfsRoot } from "./files.ts";
import { loadPackage } from "./package.ts";
import { Timeout } from "../common/timeout.ts";
import { ProcfsSampler } from "./procfs.ts";
import type { Sampler } from "./sample.ts";
import { openSpaceReader } from "./space.ts";

export type { Sample, Sampler } from "./sample.ts";

/** Where metrics can come from. */
export const SOURCES = ["procfs", "systeminformation"] as const;
/** One of the two. */
export type Source = (typeof SOURCES)[number];

/** What a sampler reads, and where. */
export interface SamplerOptions {
  readonly groups: readonly MetricGroup[];
  readonly source: Source;
  /** Where the proc filesystem is mounted; another than /proc is taken for that of a host around this container. */
  readonly procfs: string;
  /** Where sysfs is mounted; `null` for where the proc filesystem belongs to. */
  readonly sysfs?: string | null;
  /** Which interfaces and disks to count, or not: by the rules, unless it is said. */
  readonly choice?: DeviceChoice;
  /** A directory of custom metrics. */
  readonly extra?: string | null;
  /** Time between two samples. */
  readonly intervalMs?: number;
}

/** How long a sample waits for `statfs` on one mount: the first sample is due within a second. */
const STATFS_TIMEOUT_MS = 700;
/** How long it waits for one call of systeminformation, which may start a shell or two. */
const SYSTEMINFORMATION_TIMEOUT_MS = 10_000;

/** The source for an operating system: /proc on Linux, systeminformation elsewhere. */
export function defaultSource(os: typeof Deno.build.os): Source {
  return os === "linux" ? "procfs" : "systeminformation";
}

/** Opens a sampler. @throws {Error} with one line that names the flag when a permission is missing. */
export async function createSampler(options: SamplerOptions): Promise<Sampler> {
  const { source, groups, extra = null } = options;
  const sampler = source === "procfs"
    ? createProcfsSampler(options, groups)
    : await createLibrarySampler(options);
  return extra === null ? sampler : new ExtraSampler(sampler, extra);
}

function createProcfsSampler(
  { procfs, sysfs = null, choice = NO_CHOICE, intervalMs }: SamplerOptions,
  groups: readonly MetricGroup[],
  withoutVolumes = false,
): Sampler {
  const root = procfsRoot(procfs);
  const nowMs = () => performance.now();
  const needsSpace = groups.includes("disk") && !withoutVolumes;
  return new ProcfsSampler({ groups, root, sysfs, choice, withoutVolumes }, {
    ...openFileReaders(`${root}/stat`, nowMs, intervalMs),
    readSpace: needsSpace ? openSpaceReader() : neverAsked,
    timeout: new Timeout(STATFS_TIMEOUT_MS),
    nowMs,
  });
}

async function createLibrarySampler(options: SamplerOptions): Promise<Sampler> {
  const { groups, choice = NO_CHOICE } = options;
  const { os } = Deno.build;
  const platform = os === "darwin" || os === "windows" ? os : "linux";
  if (os !== "linux" && choice.disks.length > 0) {
    throw new RangeError(`Cannot use --disks on ${os}: disks are not told apart there`);
  }
  const { library, SysteminformationSampler } = await loadPackage();
  const others = groups.filter((group) => group !== "memory");
  const proc = os === "linux" ? createProcfsSampler(options, others, true) : null;
  return new SysteminformationSampler(
    { groups, platform, interfaces: choice.interfaces, proc },
    library,
    new Timeout(SYSTEMINFORMATION_TIMEOUT_MS),
  );
}

function neverAsked(path: string): Promise<never> {
  return Promise.reject(new Error(`Cannot read the space of ${path}: volumes are not read`));
}
