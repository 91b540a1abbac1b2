/**
 * The server's UDP sockets as a source: received here in a loop or, for a large fleet, by a thread. It
 * never sends a datagram.
 */
import { adviseOnBind } from "../../common/advice.ts";
import { type Address, formatAddress } from "../../common/address.ts";
import { MAX_DATAGRAM_BYTES } from "../../message/message.ts";
import { bindDrain } from "./drain.ts";
import type { Source, Take } from "../parts.ts";
import { bindSockets, plainHostname } from "./thread.js";

/** Pause after a failed receive, so that a fault that stays does not fill a core. */
const FAILURE_PAUSE_MS = 100;

/** For more hosts a thread receives, as pauses of the program may be too long for the socket's buffer. */
const MAX_HOSTS_WITHOUT_THREAD = 10_000;

/** Sockets that are bound: one or two. */
interface UdpSource extends Source {
  /** Where each is bound; with the port that the system chose where 0 was asked for. */
  readonly addresses: readonly Address[];
}

/** How many hosts are expected to send, and the program's steady clock. */
interface UdpOptions {
  readonly maxHosts: number;
  readonly nowMs: () => number;
}

/**
 * Binds UDP sockets: for `::` what hears every address of this machine, of either family.
 *
 * @throws {Error} that says what to do when they cannot be bound.
 */
export async function bindUdp(listen: Address, options: UdpOptions): Promise<UdpSource> {
  try {
    return options.maxHosts > MAX_HOSTS_WITHOUT_THREAD
      ? await bindDrain(listen, options)
      : new SocketLoop(bindSockets(listen), options.nowMs);
  } catch (cause) {
    const advice = adviseOnBind(cause as Error, listen, "--listen");
    throw new Error(`Cannot receive on ${formatAddress(listen)}: ${advice}`);
  }
}

/** Where datagrams are received, for the log. */
export function describeListening(listen: Address, addresses: readonly Address[]): string {
  return `Receives on ${describePlaces(listen, addresses)}`;
}

/** Where sockets are bound, and which families are heard where every address was asked for. */
export function describePlaces({ hostname }: Address, addresses: readonly Address[]): string {
  const places = addresses.map(formatAddress).join(" and ");
  if (hostname !== "::" || addresses.length > 1) return places;
  const isIpv6 = addresses[0]!.hostname === hostname;
  return `${places} (${isIpv6 ? "IPv6 and IPv4" : "IPv4 alone: no IPv6 here"})`;
}

/** Receives in the program's own event loop. */
class SocketLoop implements UdpSource {
  readonly name = "udp";
  readonly addresses: readonly Address[];
  readonly #sockets: readonly Deno.DatagramConn[];
  readonly #nowMs: () => number;
  #isClosed = false;

  constructor(sockets: readonly Deno.DatagramConn[], nowMs: () => number) {
    this.#sockets = sockets;
    this.#nowMs = nowMs;
    this.addresses = sockets.map(({ addr }) => addr as Deno.NetAddr);
  }

  async run(take: Take, onFailure: (error: Error) => void): Promise<void> {
    await Promise.all(this.#sockets.map((socket) => this.#receive(socket, take, onFailure)));
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const socket of this.#sockets) socket.close();
  }

  async #receive(socket: Deno.DatagramConn, take: Take, onFailure: (error: Error) => void) {
    // One byte more than the limit: so one that is too long, which the system cuts, is told from one that is not.
    const buffer = new Uint8Array(MAX_DATAGRAM_BYTES + 1);
    while (!this.#isClosed) {
      try {
        const [bytes, sender] = await socket.receive(buffer);
        const { hostname, port } = sender as Deno.NetAddr;
        take(bytes, { hostname: plainHostname(hostname), port }, Math.round(this.#nowMs()));
      } catch (error) {
        if (this.#isClosed) return;
        onFailure(error as Error);
        await new Promise((resolve) => setTimeout(resolve, FAILURE_PAUSE_MS));
      }
    }
  }
}
