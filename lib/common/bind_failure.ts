/**
 * Why a port cannot be listened on, and what to do: the same for datagrams and for the page. Pure.
 */

import type { Address } from "./format.ts";

/** Ports below it take a privilege, unless the system says otherwise. */
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
      return "a port below 1024 takes root or the capability CAP_NET_BIND_SERVICE; " +
        `choose a higher one with ${option}`;
    case "NotCapable":
      return "it needs the flag --allow-net";
    default:
      return error.message;
  }
}
