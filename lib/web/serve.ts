/**
 * The web room's only device: it listens, gives the handler its clock and its turns of the event
 * loop, and ends within a second. It decides nothing about what is answered.
 */
import { adviseOnBind } from "../bind_failure.ts";
import { type Address, formatAddress } from "../format.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { WebContext } from "./context.ts";
import { createHandler, type HandlerSettings } from "./handler.ts";

/** So long may those who are connected take to end. */
const END_PATIENCE_MS = 800;

/** What is served, and where. */
export interface ServeOptions extends HandlerSettings {
  readonly listen: Address;
  readonly fleet: Fleet;
  readonly nowMs: () => number;
  readonly onFault: (error: unknown) => void;
}

/** A server that listens. */
export interface WebServer {
  /** Where it listens; with the port that the system chose where 0 was asked for. */
  readonly address: Address;
  /** Ends streams and connections; after a second it waits no longer for those that take nothing. */
  close(): Promise<void>;
}

/** The address is taken by another program. */
export class AddressTakenError extends Error {
  override readonly name = "AddressTakenError";
}

/** Listens and answers. @throws {Error} that says what to do when it cannot; `AddressTakenError` where that is why. */
export function serveWeb({ listen, fleet, nowMs, onFault, ...settings }: ServeOptions): WebServer {
  const pause = makePause();
  const context: WebContext = {
    fleet,
    startedMs: nowMs(),
    nowMs,
    pause,
    release,
    schedule,
    onFault,
  };
  const handler = createHandler(context, settings);
  const server = open(listen, (request) => handler.handle(request), onFault);
  return {
    address: server.addr,
    async close() {
      handler.close();
      const patience = Promise.withResolvers<void>();
      const callOff = schedule(patience.resolve, END_PATIENCE_MS);
      await Promise.race([server.shutdown(), patience.promise]);
      callOff();
    },
  };
}

function open(
  listen: Address,
  handler: (request: Request) => Promise<Response>,
  onFault: (error: unknown) => void,
): Deno.HttpServer<Deno.NetAddr> {
  const onError = (error: unknown) => {
    onFault(error);
    return new Response(null, { status: 500 });
  };
  try {
    return Deno.serve({ ...listen, onListen: () => {}, onError }, handler);
  } catch (cause) {
    const message = `Cannot serve the page on ${formatAddress(listen)}: ${
      adviseOnBind(cause as Error, listen, "--web")
    }`;
    if (cause instanceof Deno.errors.AddrInUse) throw new AddressTakenError(message);
    throw new Error(message, { cause });
  }
}

/** Each one who pauses goes on in a turn of its own. */
function makePause(): () => Promise<void> {
  let turn = Promise.resolve();
  return () => {
    turn = turn.then(() => new Promise((resolve) => setTimeout(resolve, 0)));
    return turn;
  };
}

/** Our hold on the memory alone: what is being sent has one of its own. */
function release({ buffer }: Uint8Array<ArrayBuffer>): void {
  buffer.transfer(0);
}

function schedule(action: () => void, delayMs: number): () => void {
  const timer = setTimeout(action, delayMs);
  return () => clearTimeout(timer);
}
