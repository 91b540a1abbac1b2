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
export function isForeign(root: string): boolean {
  return root !== OWN;
}

/** What to put before a path of the system that the root belongs to. */
export function hostRoot(root: string): string {
  return isForeign(root) ? `${root}/1/root` : "";
}
