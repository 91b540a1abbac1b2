/**
 * The web room's TCP socket: it accepts clients in one loop, whatever fails, and gives the rest of
 * the program its turn in between. It decides nothing about who may stay.
 */
import { adviseOnBind } from "../../../common/advice.ts";
import { type Address, formatAddress } from "../../../common/address.ts";
import type { ByteStream } from "./connection.ts";

/** Pause after a failed accept. */
const FAILURE_PAUSE_MS = 100;
/** Maximum of clients accepted in a row. */
const CLIENTS_IN_A_ROW = 8;
/** Pause after them. */
const ROW_PAUSE_MS = 2;
/** The same once one of them has hit a limit: hostile clients then cost at most half a core. */
const CROWDED_PAUSE_MS = 10;
/** What accept fails with for a client that has gone before its turn came. */
const GONE: readonly unknown[] = ["ECONNABORTED", "ECONNRESET", "ENOTCONN"];

/** Callbacks for each client, and for each failure. */
interface ListenerEvents {
  /** Returns whether there are more than there may be. */
  readonly onClient: (stream: ByteStream, address: string) => boolean;
  /** The system fails; `isOutOfDescriptors`: this process may open nothing more. */
  readonly onFailure: (error: Error, isOutOfDescriptors: boolean) => void;
}

/** How a socket is opened. */
type Open = (listen: Address) => Deno.TcpListener;

/** A socket that listens. */
export interface Listener {
  /** Where it listens; with the port that the system chose where 0 was asked for. */
  readonly address: Address;
  /** Accepts until closed; after a failure it tries again. */
  acceptAll(events: ListenerEvents): Promise<void>;
  close(): void;
}

/** The address is taken by another program. */
export class AddressTakenError extends Error {
  override readonly name = "AddressTakenError";
}

/** Listens. @throws {Error} that says what to do when it cannot; `AddressTakenError` where that is why. */
export function bindListener(listen: Address, open: Open = Deno.listen): Listener {
  const socket = bind(listen, open);
  let isClosed = false;
  return {
    address: socket.addr,
    async acceptAll({ onClient, onFailure }) {
      let isCrowded = false;
      for (let count = 1; !isClosed; count++) {
        try {
          const connection = await socket.accept();
          sendAtOnce(connection);
          isCrowded = onClient(connection, connection.remoteAddr.hostname) || isCrowded;
        } catch (error) {
          if (isClosed) return;
          const code = codeOf(error);
          if (!GONE.includes(code)) {
            onFailure(error as Error, code === "EMFILE");
            await pause(FAILURE_PAUSE_MS);
          }
        }
        if (count % CLIENTS_IN_A_ROW !== 0) continue;
        await pause(isCrowded ? CROWDED_PAUSE_MS : ROW_PAUSE_MS);
        isCrowded = false;
      }
    },
    close() {
      isClosed = true;
      socket.close();
    },
  };
}

/** Disables Nagle's algorithm: a second part does not wait for the first to be acknowledged. */
function sendAtOnce(connection: Deno.TcpConn): void {
  try {
    connection.setNoDelay();
  } catch {
    // The client has gone already, as who serves it will see.
  }
}

function bind(listen: Address, open: Open): Deno.TcpListener {
  try {
    return open(listen);
  } catch (error) {
    const advice = adviseOnBind(error as Error, listen, "--web");
    const message = `Cannot serve the page on ${formatAddress(listen)}: ${advice}`;
    if (error instanceof Deno.errors.AddrInUse) throw new AddressTakenError(message);
    throw new Error(message);
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
