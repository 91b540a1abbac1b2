/**
 * The way to systeminformation, for hosts that have no /proc. It is loaded only when asked for, and
 * only with all its permissions: without one of them it throws where nobody can catch it.
 */
import { advise } from "../common/advice.ts";

/** What samples by the package. */
export type Package = typeof import("./library_package.ts");

/** Loads the package and what samples by it. @throws {Deno.errors.NotCapable} that names the flags it needs here. */
export async function loadPackage(): Promise<Package> {
  const { flags, granted } = PERMISSIONS[Deno.build.os] ?? UNIX;
  if (!granted()) {
    const advice = advise(`run with ${flags}`, "this executable reads /proc; leave --source out");
    throw new Deno.errors.NotCapable(`Cannot use systeminformation: ${advice}`);
  }
  return await import(PACKAGE);
}

/** Not written out in the import, or `deno compile` would put it into every executable. */
const PACKAGE = new URL("./library_package.ts", import.meta.url).href;

interface Permissions {
  readonly flags: string;
  readonly granted: () => boolean;
}

const SYS = ["cpus", "loadavg", "networkInterfaces", "systemMemoryInfo"] as const;
const SYS_FLAG = `--allow-sys=${SYS.join(",")}`;

/** It passes the whole environment to the shell in which it runs the system's commands. */
const UNIX: Permissions = {
  flags: `--allow-env --allow-run=/bin/sh ${SYS_FLAG}`,
  granted: () => has({ name: "env" }) && has({ name: "run", command: "/bin/sh" }) && hasSys(),
};

const PERMISSIONS: Partial<Record<typeof Deno.build.os, Permissions>> = {
  /** It also looks into /sys and /proc. */
  linux: { flags: "--allow-all", granted: () => UNIX.granted() && mayReadProc() },
  /** It starts PowerShell from where that is found. */
  windows: {
    flags: `--allow-env --allow-read --allow-run ${SYS_FLAG}`,
    granted: () =>
      has({ name: "env" }) && has({ name: "read" }) && has({ name: "run" }) && hasSys(),
  },
};

function has(permission: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(permission).state === "granted";
}

function hasSys(): boolean {
  return SYS.every((kind) => has({ name: "sys", kind }));
}

/** Only a try tells: Deno calls it granted and refuses all the same. */
function mayReadProc(): boolean {
  if (!has({ name: "read", path: "/proc/stat" })) return false;
  try {
    Deno.statSync("/proc/stat");
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return false;
    throw error;
  }
}
