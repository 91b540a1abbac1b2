/**
 * The server's sockets: it receives datagrams in a loop and hands each one on with its sender.
 * It never sends one.
 */
import { adviseOnBind } from "../../common/advice.ts";
import { type Address, formatAddress } from "../../common/format.ts";
import { bindSockets } from "./thread.js";
import { MAX_DATAGRAM_BYTES } from "../../message/message.ts";

/** A pause after a failed receive, so that a fault that stays does not fill a core. */
const FAILURE_PAUSE_MS = 100;

/** What stands before an IPv4 address that is written as IPv6. */
const MAPPED = "::ffff:";

/** What is bound: one socket or two. */
export interface Receiver {
  /** Where each socket is bound; with the port that the system chose where 0 was asked for. */
  readonly addresses: readonly Address[];
  /**
   * Hands every datagram to `take` until closed, with the time when it came where that is not now, on
   * the program's steady clock. The bytes are valid only within that call; one that is longer than the
   * limit comes cut to one byte more than it. Goes on after what `take` throws, which is told as well.
   */
  receiveAll(
    take: (bytes: Uint8Array, sender: Address, atMs?: number) => void,
    onFailure: (error: Error) => void,
  ): Promise<void>;
  close(): void;
}

/** Binds UDP sockets: for `::` what hears every address of this machine, of either family. @throws {Error} that says what to do when it cannot be bound. */
export function bindReceiver(listen: Address): Receiver {
  const sockets = bind(listen);
  let closed = false;
  return {
    addresses: sockets.map(({ addr }) => addr as Deno.NetAddr),
    async receiveAll(...observer) {
      await Promise.all(
        sockets.map((socket) => receiveFrom(socket, () => closed, ...observer)),
      );
    },
    close() {
      if (closed) return;
      closed = true;
      for (const socket of sockets) socket.close();
    },
  };
}

async function receiveFrom(
  socket: Deno.DatagramConn,
  isClosed: () => boolean,
  ...[take, onFailure]: Parameters<Receiver["receiveAll"]>
): Promise<void> {
  const buffer = new Uint8Array(MAX_DATAGRAM_BYTES + 1);
  while (!isClosed()) {
    try {
      const [bytes, sender] = await socket.receive(buffer);
      take(bytes, plainAddress(sender as Deno.NetAddr));
    } catch (error) {
      if (isClosed()) return;
      onFailure(error as Error);
      await new Promise((resolve) => setTimeout(resolve, FAILURE_PAUSE_MS));
    }
  }
}

function bind(listen: Address): readonly Deno.DatagramConn[] {
  try {
    return bindSockets(listen);
  } catch (cause) {
    throw bindFailure(listen, cause as Error);
  }
}

/** Where datagrams are received, for the log: which families are heard where every address was asked for. */
export function describeListening({ hostname }: Address, addresses: readonly Address[]): string {
  const places = addresses.map(formatAddress).join(" and ");
  if (hostname !== "::" || addresses.length > 1) return `Receives on ${places}`;
  const isIpv6 = addresses[0]!.hostname === hostname;
  return `Receives on ${places} (${isIpv6 ? "IPv6 and IPv4" : "IPv4 alone: no IPv6 here"})`;
}

/** Why a socket cannot be bound, and what to do. */
export function bindFailure(listen: Address, cause: Error): Error {
  const advice = adviseOnBind(cause, listen, "--listen");
  return new Error(`Cannot receive on ${formatAddress(listen)}: ${advice}`);
}

/** An IPv4 sender of a dual-stack socket is shown as IPv4. */
export function plainAddress({ hostname, port }: Address): Address {
  const isMapped = hostname.startsWith(MAPPED) && hostname.includes(".");
  return { hostname: isMapped ? hostname.slice(MAPPED.length) : hostname, port };
}
