/**
 * The agent's sockets: the same datagram to every server, fire and forget, and where the names of the
 * servers lead. Nothing is ever read from a socket, a send is never waited for by the sampling loop,
 * and a server that cannot be reached costs one line in the log when that begins and one when it ends.
 */
import { type Address, formatAddress } from "../common/address.ts";
import { describeError, Failures, type Log } from "../common/log.ts";

/** Datagrams in a row that find the previous send still pending: fewer are a slow name service, these a failure. */
const MISSED_TURNS = 10;
/** How long the last datagram may take to leave. */
const CLOSE_TIMEOUT_MS = 1_000;

type Family = "IPv4" | "IPv6";

const ANY_ADDRESS: Readonly<Record<Family, string>> = { IPv4: "0.0.0.0", IPv6: "::" };
/** What must be granted for our own end. */
const OWN_SOCKETS: Readonly<Record<Family, string>> = { IPv4: "0.0.0.0:0", IPv6: "[::]:0" };

/** What sends one datagram to one address. */
export type Transmit = (bytes: Uint8Array, to: Address) => Promise<void>;

/** Sends to several servers. */
export class Sender {
  readonly #servers: readonly Address[];
  readonly #transmit: Transmit;
  readonly #log: Pick<Log, "info" | "warn">;
  readonly #failures = new Failures();
  /** The send to each server that is still on its way, as a slow name service may hold it up. */
  readonly #pending = new Map<Address, Promise<void>>();
  /** How many datagrams that send has kept from going out. */
  readonly #missed = new Map<Address, number>();

  constructor(servers: readonly Address[], transmit: Transmit, log: Pick<Log, "info" | "warn">) {
    this.#servers = servers;
    this.#transmit = transmit;
    this.#log = log;
  }

  /** Begins to send a datagram to every server; one whose last send is still on its way is left out. */
  send(bytes: Uint8Array): void {
    for (const server of this.#servers) {
      if (this.#pending.has(server)) this.#miss(server);
      else this.#pending.set(server, this.#sendTo(server, bytes));
    }
  }

  #miss(server: Address): void {
    const missed = (this.#missed.get(server) ?? 0) + 1;
    this.#missed.set(server, missed);
    if (missed >= MISSED_TURNS) this.#note(server, "previous send still pending");
  }

  /** Waits until every datagram is out, or for a second. */
  async flush(): Promise<void> {
    const timeout = Promise.withResolvers<void>();
    const timer = setTimeout(timeout.resolve, CLOSE_TIMEOUT_MS);
    await Promise.race([Promise.all(this.#pending.values()), timeout.promise]);
    clearTimeout(timer);
  }

  async #sendTo(server: Address, bytes: Uint8Array): Promise<void> {
    try {
      await this.#transmit(bytes, server);
      this.#note(server, null);
    } catch (error) {
      this.#note(server, describeError(error));
    }
    this.#pending.delete(server);
    this.#missed.delete(server);
  }

  #note(server: Address, failure: string | null): void {
    const address = formatAddress(server);
    const change = this.#failures.note(address, failure !== null);
    if (change === "failed") {
      this.#log.warn(`Cannot send to ${address}: ${failure}; retrying`);
    } else if (change === "recovered") this.#log.info(`Sending to ${address} again`);
  }
}

/**
 * Sends over UDP, to where the name of a server leads.
 *
 * @throws {Deno.errors.NotCapable} with one line that names the flag when a server may not be sent to.
 */
export function udpTransmit(resolver: Resolver, servers: readonly Address[] = []): Transmit {
  for (const server of servers) requireNet(server);
  // With a permission for its name alone, Deno itself has to look that up once more.
  const isByName = Deno.permissions.querySync({ name: "net" }).state !== "granted";
  const sockets = new Map<Family, Deno.DatagramConn>();
  return async (bytes, server) => {
    const address = await resolver.resolve(server);
    const family = address.hostname.includes(":") ? "IPv6" : "IPv4";
    try {
      const socket = sockets.get(family) ?? openSocket(family);
      sockets.set(family, socket);
      await socket.send(bytes, { transport: "udp", ...(isByName ? server : address) });
    } catch (error) {
      resolver.forget(server);
      throw error;
    }
  };
}

/** Checks that datagrams may be sent to a server. @throws {Deno.errors.NotCapable} with one line that names the flag. */
export function requireNet(server: Address): void {
  const needed = [formatAddress(server), ...Object.values(OWN_SOCKETS)];
  const isGranted = (host: string) =>
    Deno.permissions.querySync({ name: "net", host }).state === "granted";
  if (isGranted(needed[0]!) && needed.slice(1).some(isGranted)) return;
  throw new Deno.errors.NotCapable(
    `Cannot send to ${needed[0]}: run with --allow-net or --allow-net=${needed.join(",")}`,
  );
}

function openSocket(family: Family): Deno.DatagramConn {
  return Deno.listenDatagram({ transport: "udp", hostname: ANY_ADDRESS[family], port: 0 });
}

const MAX_AGE_MS = 60_000;

/** Asks for the addresses of a server's name, the best one first. */
export type Lookup = (server: Address) => Promise<readonly string[]>;

/** Where a name leads, and when that was asked for last. */
interface Answer {
  readonly address: Address;
  askedMs: number;
}

/** Keeps the addresses of several servers; says each time that one is another. */
export class Resolver {
  readonly #lookup: Lookup;
  readonly #nowMs: () => number;
  readonly #log: Pick<Log, "info" | "warn">;
  readonly #answers = new Map<Address, Answer>();
  readonly #told = new Map<Address, string>();
  readonly #failures = new Failures();

  constructor(lookup: Lookup, nowMs: () => number, log: Pick<Log, "info" | "warn">) {
    this.#lookup = lookup;
    this.#nowMs = nowMs;
    this.#log = log;
  }

  /** The address of a server now. @throws {Error} while none is known. */
  async resolve(server: Address): Promise<Address> {
    if (isLiteral(server.hostname)) return server;
    const known = this.#answers.get(server);
    if (known === undefined) return await this.#ask(server);
    if (this.#nowMs() - known.askedMs >= MAX_AGE_MS) {
      known.askedMs = this.#nowMs();
      this.#ask(server).then(
        () => this.#failures.note(server.hostname, false),
        (error) => this.#keep(server, known, error),
      );
    }
    return known.address;
  }

  /** Asks anew before the next datagram, as that address cannot be sent to. */
  forget(server: Address): void {
    this.#answers.delete(server);
  }

  async #ask(server: Address): Promise<Address> {
    const askedMs = this.#nowMs();
    const hostnames = await this.#lookup(server);
    const before = this.#answers.get(server)?.address.hostname;
    const hostname = hostnames.find((name) => name === before) ?? hostnames[0];
    if (hostname === undefined) throw new Error("the name has no address");
    const address = { hostname, port: server.port };
    this.#answers.set(server, { address, askedMs });
    this.#tell(server, formatAddress(address));
    return address;
  }

  #tell(server: Address, address: string): void {
    if (this.#told.get(server) === address) return;
    this.#told.set(server, address);
    this.#log.info(`Sending to ${formatAddress(server)} at ${address}`);
  }

  #keep({ hostname }: Address, { address }: Answer, error: unknown): void {
    if (this.#failures.note(hostname, true) === null) return;
    const kept = formatAddress(address);
    this.#log.warn(`Cannot look up ${hostname}: ${describeError(error)}; still sending to ${kept}`);
  }
}

/** Asks the system, which sorts by what can be reached from here (RFC 6724). */
export async function systemLookup({ hostname, port }: Address): Promise<readonly string[]> {
  const { lookup } = await import("node:dns");
  // Deno asks for the permission to send to a port, and lets it be named here.
  const options = { all: true, verbatim: true, port } as const;
  return await new Promise((resolve, reject) => {
    lookup(hostname, options, (error, answers) => {
      if (error === null || error === undefined) resolve(answers.map(({ address }) => address));
      else reject(error.code === "ENOTFOUND" ? new Error("there is no such name") : error);
    });
  });
}

function isLiteral(hostname: string): boolean {
  return hostname.includes(":") || /^[\d.]+$/.test(hostname);
}
