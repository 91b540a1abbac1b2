/**
 * Which hosts went offline and which are back, from one look to the next, and what a log tells of
 * it: for a fleet that nobody looks at. Pure; it remembers who was offline and nothing else.
 */
import { formatAge } from "../format.ts";
import type { Fleet } from "./fleet.ts";
import type { Host } from "./host.ts";
import { presentRefusal } from "./row.ts";

/** So many are told of in a line each, and of more by so many names. */
const MOST_LINES = 3;

/** What has changed since the look before. */
export interface SilenceChanges {
  readonly offline: readonly Host[];
  /** Without those that said good-bye or were forgotten meanwhile. */
  readonly back: readonly Host[];
}

/** Looks at a fleet now and then. */
export class SilenceWatch {
  #offline: ReadonlySet<Host> = new Set();

  look(fleet: Fleet, nowMs: number): SilenceChanges {
    const before = this.#offline;
    const now = new Set(fleet.hostsOf("offline", nowMs));
    this.#offline = now;
    return {
      offline: [...now.difference(before)],
      back: [...before.difference(now)].filter((host) =>
        fleet.host(host.key) === host && !host.left
      ),
    };
  }
}

/** A line for each host that went offline; one for all when they are many. */
export function describeOffline(hosts: readonly Host[], nowMs: number): string[] {
  return describe(hosts, "are offline", (host) => {
    const refused = presentRefusal(host, nowMs);
    const why = refused === null ? "" : `; its datagrams are refused (${refused.reason})`;
    return `is offline: last heard ${formatAge(nowMs - host.lastSeenMs)} ago${why}`;
  });
}

/** A line for each host that is back; one for all when they are many. */
export function describeBack(hosts: readonly Host[]): string[] {
  return describe(hosts, "are back", () => "is back");
}

function describe(
  hosts: readonly Host[],
  allAre: string,
  oneIs: (host: Host) => string,
): string[] {
  if (hosts.length <= MOST_LINES) {
    return hosts.map((host) => `${host.name} (${host.address}) ${oneIs(host)}`);
  }
  const names = hosts.slice(0, MOST_LINES).map(({ name }) => name).join(", ");
  return [`${hosts.length} hosts ${allAre}: ${names} and ${hosts.length - MOST_LINES} more`];
}
