/**
 * What the root of a proc filesystem stands for: this system's own, or that of the host around this
 * container, whose first process sees the host's network, mounts and files. Pure.
 */

const OWN = "/proc";

/** The root without slashes at its end. */
export function procfsRoot(directory: string): string {
  return directory.replace(/(?<=.)\/+$/, "");
}

/** Whether it is another than this system's own. */
function isForeign(root: string): boolean {
  return root !== OWN;
}

/** What to put before a path of the system that the root belongs to. */
export function hostRoot(root: string): string {
  return isForeign(root) ? `${root}/1/root` : "";
}

/** Where the files of a sample are. */
export interface ProcfsPaths {
  readonly stat: string;
  readonly meminfo: string;
  readonly diskstats: string;
  readonly partitions: string;
  readonly mountinfo: string;
  readonly netDev: string;
  /** What else that process sees of its network. */
  readonly net: string;
  /** What to put before a mount point. */
  readonly hostRoot: string;
  /** Where this system's first process sees sysfs. */
  readonly sysfs: string;
}

/** The files of a sample under a root; those of a process are of our own, or of the host's first one. */
export function pathsOf(root: string): ProcfsPaths {
  const process = isForeign(root) ? `${root}/1` : `${root}/self`;
  return {
    stat: `${root}/stat`,
    meminfo: `${root}/meminfo`,
    diskstats: `${root}/diskstats`,
    partitions: `${root}/partitions`,
    mountinfo: `${process}/mountinfo`,
    netDev: `${process}/net/dev`,
    net: `${process}/net`,
    hostRoot: hostRoot(root),
    sysfs: `${hostRoot(root)}/sys`,
  };
}
