/**
 * What is shown while no host has been heard: what to type where, so that one is. Pure.
 */
import { type Line, span } from "../text/line.ts";

/** Addresses on which a server hears every machine, and those on which it hears only its own. */
const EVERY_ADDRESS = ["0.0.0.0", "[::]"];
const LOOPBACK = /^(127\.|\[::1\]$|localhost$)/;

/** The lines to help a first host in. */
export function renderEmptyPage(listenAddress: string): Line[] {
  const colon = listenAddress.lastIndexOf(":");
  const hostname = listenAddress.slice(0, colon);
  const port = listenAddress.slice(colon + 1);
  return [
    [],
    [span("No host has been heard yet.", "bold")],
    [],
    ...howTo(hostname, port),
  ];
}

function howTo(hostname: string, port: string): Line[] {
  if (LOOPBACK.test(hostname)) {
    return [
      ...command("On this machine, run", `${hostname}:${port}`),
      [],
      [span("Other machines cannot be heard: the server listens on loopback only.", "warning")],
      [span(`Start it with --listen [::]:${port} to hear them too.`)],
    ];
  }
  if (!EVERY_ADDRESS.includes(hostname)) {
    return command("On any machine, run", `${hostname}:${port}`);
  }
  return [
    ...command("On another machine, run", `<this machine's address>:${port}`),
    [],
    ...command("Or here", `127.0.0.1:${port}`),
    [],
    [span(`Nothing comes? A firewall may keep UDP port ${port} closed.`, "faint")],
  ];
}

function command(where: string, address: string): Line[] {
  return [[span(where)], [span(`  pulso-agent --server ${address}`, "accent")]];
}
