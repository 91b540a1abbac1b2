/**
 * The connections that are open: how many there may be, in all and from one address, who makes room
 * for one more, and who has taken too long. Pure: streams, clock and timer are given.
 */
import { clientNetwork, isWithin, LOOPBACK, type Network } from "../../../common/address.ts";
import { type ByteStream, Connection, type ConnectionContext } from "./connection.ts";
import { HttpError } from "./response.ts";

/** Interval between two looks for connections that have taken too long. */
const SWEEP_INTERVAL_MS = 1_000;
/** Maximum number of clients being refused with an answer; others are just closed. */
const MAX_REFUSING = 16;

/** What the connections need of their surroundings. */
interface ConnectionsContext extends ConnectionContext {
  /** Calls `action` once after a time; what is returned calls that off. */
  readonly schedule: (action: () => void, delayMs: number) => () => void;
  /** Told of each connection that was refused, or closed for another, for a limit. */
  readonly onLimit: (text: string) => void;
}

/** All connections of one server. */
export class Connections {
  readonly #context: ConnectionsContext;
  readonly #admission: Admission;
  /** Those that are served, with the client that each is counted for. */
  readonly #served = new Map<Connection, string | null>();
  /** Those of them that wait for their client, longest first. */
  readonly #waiting = new Set<Connection>();
  readonly #refused = new Set<Connection>();
  #callOffSweep: (() => void) | null = null;
  #onEmpty: (() => void) | null = null;

  constructor(context: ConnectionsContext, admission: Admission) {
    this.#context = context;
    this.#admission = admission;
  }

  /** How many are served. */
  get size(): number {
    return this.#served.size;
  }

  /** Serves a client that has connected, or refuses it. Returns whether one more was too many. */
  take(stream: ByteStream, address: string): boolean {
    const client = this.#admission.clientOf(address);
    const connection = new Connection(stream, this.#context, (isWaiting) => {
      this.#waiting.delete(connection);
      if (isWaiting && this.#served.has(connection)) this.#waiting.add(connection);
    });
    const broken = this.#admission.brokenBy(client);
    if (broken === null || this.#makeRoom(broken, client, address)) this.#serve(connection, client);
    else this.#refuse(connection);
    this.#callOffSweep ??= this.#context.schedule(() => this.#sweep(), SWEEP_INTERVAL_MS);
    return broken !== null;
  }

  /** Lowers the limit after the system ran out of file descriptors. */
  shrink(): void {
    for (let excess = this.#admission.shrink(); excess > 0; excess--) {
      const waiting = this.#longestWaiting();
      if (waiting === null) return;
      this.#drop(waiting);
    }
  }

  /** Ends all: those that wait at once, the others after their answer; resolves when none is left. */
  async end(): Promise<void> {
    for (const connection of this.#served.keys()) connection.end();
    for (const connection of this.#refused) connection.close();
    if (this.size > 0) await new Promise<void>((resolve) => this.#onEmpty = resolve);
  }

  /** Closes all as they are. */
  close(): void {
    for (const connection of [...this.#served.keys()]) this.#drop(connection);
    this.#callOffSweep?.();
  }

  #serve(connection: Connection, client: string | null): void {
    this.#admission.enter(client);
    this.#served.set(connection, client);
    connection.serve().finally(() => this.#forget(connection));
  }

  #refuse(connection: Connection): void {
    if (this.#refused.size >= MAX_REFUSING) return connection.close();
    this.#refused.add(connection);
    const error = new HttpError(503, "Cannot answer: too many connections; try again in a moment", {
      "retry-after": "1",
    });
    connection.refuse(error).finally(() => this.#refused.delete(connection));
  }

  /** Closes the connection that has waited longest for its client, where there is one. */
  #makeRoom(broken: BrokenLimit, client: string | null, address: string): boolean {
    const { limit } = this.#admission;
    this.#context.onLimit(
      broken === "address"
        ? `Cannot keep every connection: too many from ${address} (limit ${MAX_CONNECTIONS_PER_ADDRESS})`
        : `Cannot keep every connection: too many (limit ${limit})`,
    );
    const waiting = this.#longestWaiting(broken === "address" ? client : null);
    if (waiting !== null) this.#drop(waiting);
    return waiting !== null;
  }

  /** The connection that has waited longest, of one client or of all. */
  #longestWaiting(client: string | null = null): Connection | null {
    for (const connection of this.#waiting) {
      if (client === null || this.#served.get(connection) === client) return connection;
    }
    return null;
  }

  #sweep(): void {
    const nowMs = this.#context.nowMs();
    for (const connection of [...this.#served.keys(), ...this.#refused]) {
      if (connection.deadlineMs <= nowMs) connection.close();
    }
    const isNeeded = this.size + this.#refused.size > 0;
    this.#callOffSweep = isNeeded
      ? this.#context.schedule(() => this.#sweep(), SWEEP_INTERVAL_MS)
      : null;
  }

  #drop(connection: Connection): void {
    connection.close();
    this.#forget(connection);
  }

  #forget(connection: Connection): void {
    const client = this.#served.get(connection);
    if (client === undefined) return;
    this.#served.delete(connection);
    this.#waiting.delete(connection);
    this.#admission.leave(client);
    if (this.size === 0) this.#onEmpty?.();
  }
}

/**
 * Maximum of connections open at once. With some 30 descriptors of the program's own it stays below 256,
 * the smallest limit that a system sets a process by itself.
 */
export const MAX_CONNECTIONS = 192;
/** Maximum of connections of one IPv4 address or IPv6 /64. */
export const MAX_CONNECTIONS_PER_ADDRESS = 32;
/** Descriptors kept free for files and others once the system's limit was hit. */
const SPARE_DESCRIPTORS = 16;
/** Minimum of the limit, however few descriptors there are. */
const MIN_CONNECTIONS = 8;

/** A limit that one connection more would break: that of its address, or that of all. */
type BrokenLimit = "address" | "all";

/** Counts connections, in all and by client; it knows none of them. */
export class Admission {
  readonly #exempt: readonly Network[];
  readonly #counts = new Map<string, number>();
  #limit = MAX_CONNECTIONS;
  #size = 0;

  /** Addresses of `proxies` speak for many: they may have all connections, as this machine itself may. */
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

  /** Lowers the limit after the process ran out of file descriptors: returns how many connections must go. */
  shrink(): number {
    const limit = Math.max(MIN_CONNECTIONS, this.#size - SPARE_DESCRIPTORS);
    this.#limit = Math.min(this.#limit, limit);
    return Math.max(0, this.#size - this.#limit);
  }
}
