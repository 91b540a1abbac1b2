/**
 * Advice on errors of the system that works for whoever reads it: a script can be run with another flag, an
 * executable has its permissions built in. Ports work alike for datagrams and for the page.
 */
import type { Address } from "./address.ts";

/** Advice for a script, which can be given flags, or for an executable. */
export function advise(
  script: string,
  executable: string,
  isExecutable: boolean = Deno.build.standalone,
): string {
  return isExecutable ? executable : script;
}

/** Ports below it need a privilege, unless the system says otherwise. */
const UNPRIVILEGED_PORT = 1_024;

/** What to do about an error of `bind`, by its name, as one from another thread has no class. */
export function adviseOnBind(
  error: Error,
  { port }: Address,
  option: "--listen" | "--web",
): string {
  switch (error.name) {
    case "AddrInUse":
      return `the port is taken; stop the program that has it, or choose another with ${option}`;
    case "AddrNotAvailable":
      return `no network interface of this machine has that address; see ${option}`;
    case "PermissionDenied":
      if (port >= UNPRIVILEGED_PORT) return error.message;
      return "a port below 1024 needs root or the capability CAP_NET_BIND_SERVICE; " +
        `choose a higher one with ${option}`;
    case "NotCapable":
      return "it needs the flag --allow-net";
    default:
      return error.message;
  }
}
