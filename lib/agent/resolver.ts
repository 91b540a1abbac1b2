/**
 * Where the name of a server leads. An answer holds for a minute; then it is asked for again, beside
 * the sending, which never waits for more than the first one. While the name service fails, the last
 * answer stays; an address stays as long as it is among the answers.
 */
import { type Address, formatAddress } from "../common/format.ts";
import { describeError, type Log } from "../common/log.ts";
import { Failures } from "../common/throttle.ts";

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
