/**
 * The server's socket: it receives datagrams in one loop and hands each one on with its sender.
 * It never sends one.
 */
import { adviseOnBind } from "./bind_failure.ts";
import { type Address, formatAddress } from "./format.ts";
import { MAX_DATAGRAM_BYTES } from "./message.ts";

/** A pause after a failed receive, so that a fault that stays does not fill a core. */
const FAILURE_PAUSE_MS = 100;

/** What stands before an IPv4 address that is written as IPv6. */
const MAPPED = "::ffff:";

/** A bound socket. */
export interface Receiver {
  /** Where it is bound; with the port that the system chose where 0 was asked for. */
  readonly address: Address;
  /**
   * Hands every datagram to `take` until closed, with the time when it came where that is not now, in
   * milliseconds since 1970. The bytes are valid only within that call; one that is longer than the
   * limit comes cut to one byte more than it. Goes on after what `take` throws, which is told as well.
   */
  receiveAll(
    take: (bytes: Uint8Array, sender: Address, atMs?: number) => void,
    onFailure: (error: Error) => void,
  ): Promise<void>;
  close(): void;
}

/** Binds a UDP socket. @throws {Error} that says what to do when it cannot be bound. */
export function bindReceiver(listen: Address): Receiver {
  const socket = bind(listen);
  const buffer = new Uint8Array(MAX_DATAGRAM_BYTES + 1);
  let closed = false;
  return {
    address: socket.addr as Deno.NetAddr,
    async receiveAll(take, onFailure) {
      while (!closed) {
        try {
          const [bytes, sender] = await socket.receive(buffer);
          take(bytes, plainAddress(sender as Deno.NetAddr));
        } catch (error) {
          if (closed) return;
          onFailure(error as Error);
          await new Promise((resolve) => setTimeout(resolve, FAILURE_PAUSE_MS));
        }
      }
    },
    close() {
      if (closed) return;
      closed = true;
      socket.close();
    },
  };
}

function bind(listen: Address): Deno.DatagramConn {
  try {
    return Deno.listenDatagram({ transport: "udp", ...listen });
  } catch (cause) {
    throw bindFailure(listen, cause as Error);
  }
}

/** Why a socket cannot be bound, and what to do. */
export function bindFailure(listen: Address, cause: Error): Error {
  return new Error(
    `Cannot receive on ${formatAddress(listen)}: ${adviseOnBind(cause, listen, "--listen")}`,
    { cause },
  );
}

/** An IPv4 sender of a dual-stack socket is shown as IPv4. */
export function plainAddress({ hostname, port }: Address): Address {
  const isMapped = hostname.startsWith(MAPPED) && hostname.includes(".");
  return { hostname: isMapped ? hostname.slice(MAPPED.length) : hostname, port };
}
