/**
 * Which hosts are new, went offline, left or are back, from one look to the next, as the log tells it:
 * for a fleet that nobody looks at. Pure; it remembers who was silent, and how many hosts had entered.
 */
import { formatAddress, type Origin } from "../../common/address.ts";
import { DROP_REASONS } from "../../common/status.js";
import { formatAge } from "../../common/format.js";
import { describeError, type Log, type ThrottledLog } from "../../common/log.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { Host } from "../fleet/host/host.ts";
import type { Dropped } from "../fleet/receipt.ts";
import { presentRefusal } from "../fleet/host/row.ts";
import { linesOf, type Observer } from "../parts.ts";

/** Interval between two looks: a flood of new hosts fills no log. */
const LOOK_INTERVAL_MS = 5_000;

/** Logs what changes in a fleet. */
export class Watch implements Observer {
  readonly name = "watch";
  readonly #fleet: Fleet;
  readonly #log: Pick<Log, "info" | "warn">;
  readonly #changes = new StatusChanges();
  #lookedMs = -Infinity;

  /** Hosts that are there already, as they were restored, are no news. */
  constructor(fleet: Fleet, log: Pick<Log, "info" | "warn">, nowMs: number) {
    this.#fleet = fleet;
    this.#log = log;
    this.#changes.look(fleet, nowMs);
  }

  tick(nowMs: number): void {
    // In a replay time may go back.
    if (nowMs >= this.#lookedMs && nowMs - this.#lookedMs < LOOK_INTERVAL_MS) return;
    this.#lookedMs = nowMs;
    const { entered, offline, left, back, rebooted } = this.#changes.look(this.#fleet, nowMs);
    const warnings = [...describeOffline(offline, nowMs), ...describeRebooted(rebooted)];
    for (const line of warnings) this.#log.warn(line);
    const news = [...describeEntered(entered), ...describeLeft(left), ...describeBack(back)];
    for (const line of news) this.#log.info(line);
  }

  close(): void {}
}

/** Duplicates and late ones are usual, and logged for those who look for a fault; what another site had first is no news. */
export function logDrop(log: ThrottledLog, { reason, error }: Dropped, origin: Origin): void {
  if (reason === "copy") return;
  const level = reason === "duplicate" || reason === "old" ? "debug" : "warn";
  log[level](reason, () => {
    const detail = error === undefined ? DROP_REASONS[reason] : describeError(error);
    return `Dropped a datagram from ${formatAddress(origin)} (${reason}): ${detail}`;
  });
}

/** What has changed since the look before. */
interface Changes {
  /** Heard for the first time, and not forgotten since. */
  readonly entered: readonly Host[];
  readonly offline: readonly Host[];
  /** Those that said good-bye. */
  readonly left: readonly Host[];
  /** Those that were offline or had left. */
  readonly back: readonly Host[];
  /** Those whose uptime has fallen. */
  readonly rebooted: readonly Host[];
}

/** Compares a fleet with what it was at the look before. */
export class StatusChanges {
  #lookedMs = Infinity;
  #entries = 0;
  #offline: ReadonlySet<Host> = new Set();
  #left: ReadonlySet<Host> = new Set();

  look(fleet: Fleet, nowMs: number): Changes {
    const { index } = fleet;
    const hostsWhere = (test: (slot: number) => boolean) => fleet.hostsAt(index.select(test));
    const offline = new Set(hostsWhere((slot) => index.status(slot, nowMs) === "offline"));
    const left = new Set(hostsWhere((slot) => index.status(slot, nowMs) === "left"));
    const back = this.#offline.union(this.#left).difference(offline).difference(left);
    const changes = {
      entered: hostsWhere((slot) => index.entry[slot]! > this.#entries),
      offline: [...offline.difference(this.#offline)],
      left: [...left.difference(this.#left)],
      back: [...back].filter((host) => fleet.host(host.key) === host),
      rebooted: hostsWhere((slot) => (index.host(slot)?.rebootedMs ?? 0) > this.#lookedMs),
    };
    this.#lookedMs = nowMs;
    this.#entries = index.lastEntry;
    this.#offline = offline;
    this.#left = left;
    return changes;
  }
}

/** A line for each host that is new; one for all when they are many. */
export function describeEntered(hosts: readonly Host[]): string[] {
  return describe(hosts, "are new", () => "is new");
}

/** A line for each host that left; one for all when they are many. */
export function describeLeft(hosts: readonly Host[]): string[] {
  return describe(hosts, "left", () => "left: its agent was stopped");
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

/** A line for each host that was rebooted; one for all when they are many. */
export function describeRebooted(hosts: readonly Host[]): string[] {
  return describe(hosts, "were rebooted", () => "was rebooted");
}

function describe(
  hosts: readonly Host[],
  allAre: string,
  oneIs: (host: Host) => string,
): string[] {
  return linesOf(
    hosts,
    (host) => `${host.name} (${host.address}) ${oneIs(host)}`,
    (all, names) => `${all} ${allAre}: ${names}`,
  );
}
