/**
 * Who may connect: how many connections there may be in all and from one address. Pure: it counts,
 * and knows no connection.
 */
import { clientNetwork, isWithin, LOOPBACK, type Network } from "../../../common/network.ts";

/**
 * Most connections open at once. With some 30 descriptors of the program's own it stays below 256,
 * the smallest limit that a system sets a process by itself.
 */
export const MAX_CONNECTIONS = 192;
/** Most connections of one IPv4 address or IPv6 /64. */
export const MAX_CONNECTIONS_PER_ADDRESS = 32;
/** Descriptors that are left for files and for others when the system's limit was met. */
const SPARE_DESCRIPTORS = 16;
/** Connections that are taken however low the limit is. */
const MIN_CONNECTIONS = 8;

/** A limit that one connection more would break: that of its address, or that of all. */
export type BrokenLimit = "address" | "all";

/** The places for connections. */
export class Admission {
  readonly #exempt: readonly Network[];
  readonly #counts = new Map<string, number>();
  #limit = MAX_CONNECTIONS;
  #size = 0;

  /** Addresses of `proxies` speak for many: they may take all places, as this machine itself may. */
  constructor(proxies: readonly Network[]) {
    this.#exempt = [...LOOPBACK, ...proxies];
  }

  /** How many there may be. */
  get limit(): number {
    return this.#limit;
  }

  /** Whom connections from an address are counted for; `null` for whom they are only counted in all. */
  clientOf(address: string): string | null {
    return isWithin(this.#exempt, address) ? null : clientNetwork(address);
  }

  /** Which limit one more connection of a client would break. */
  brokenBy(client: string | null): BrokenLimit | null {
    if (client !== null && (this.#counts.get(client) ?? 0) >= MAX_CONNECTIONS_PER_ADDRESS) {
      return "address";
    }
    return this.#size >= this.#limit ? "all" : null;
  }

  /** Counts one more. */
  enter(client: string | null): void {
    this.#size++;
    if (client !== null) this.#counts.set(client, (this.#counts.get(client) ?? 0) + 1);
  }

  /** Counts one less. */
  leave(client: string | null): void {
    this.#size--;
    if (client === null) return;
    const count = this.#counts.get(client)! - 1;
    if (count > 0) this.#counts.set(client, count);
    else this.#counts.delete(client);
  }

  /** Takes into account that the process has no descriptor left: returns how many must go. */
  shrink(): number {
    const limit = Math.max(MIN_CONNECTIONS, this.#size - SPARE_DESCRIPTORS);
    this.#limit = Math.min(this.#limit, limit);
    return Math.max(0, this.#size - this.#limit);
  }
}
