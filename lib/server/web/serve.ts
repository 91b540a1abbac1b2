/**
 * Puts the web room together: the socket, the connections, the handler with its clock and its turns
 * of the event loop. It ends within a second, and decides nothing about what is answered.
 */
import { type Address, formatAddress } from "../../common/format.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { Network } from "../../common/network.ts";
import { Admission } from "./http/admission.ts";
import { Connections } from "./http/connections.ts";
import type { WebContext } from "./api/context.ts";
import { createHandler, type HandlerSettings } from "./handler.ts";
import { bindListener } from "./http/listener.ts";

/** Longest time that those who are connected may take to end. */
const END_TIMEOUT_MS = 800;

/** What is served, and where. */
export interface ServeOptions extends HandlerSettings {
  readonly listen: Address;
  /** Who connects for many: proxies. */
  readonly proxies: readonly Network[];
  readonly fleet: Fleet;
  readonly nowMs: () => number;
  readonly aheadMs: () => number;
  readonly failures: ReadonlyMap<string, number>;
  readonly onFault: (error: unknown) => void;
  /** Told of each connection that was refused, or closed for another, for a limit. */
  readonly onLimit: (text: string) => void;
  /** Told of each client that could not be accepted. */
  readonly onAcceptFailure: (error: Error) => void;
}

/** A server that listens. */
export interface WebServer {
  /** Where it listens; with the port that the system chose where 0 was asked for. */
  readonly address: Address;
  /** Ends streams and connections; after a second it waits no longer for those that take nothing. */
  close(): Promise<void>;
}

/** Listens and answers. @throws {Error} that says what to do when it cannot; `AddressTakenError` where that is why. */
export function serveWeb(options: ServeOptions): WebServer {
  const { listen, proxies, onLimit, onAcceptFailure } = options;
  const listener = bindListener(listen);
  const context = contextOf(options);
  const handler = createHandler(context, options);
  const origin = `http://${formatAddress(listener.address)}`;
  const connections = new Connections(
    // Their turns are not those of the answers: who asks much holds up nobody who is answered.
    { ...context, pause: makePause(), handler, origin, onLimit },
    new Admission(proxies),
  );
  listener.acceptAll({
    onClient: (stream, address) => connections.take(stream, address),
    onFailure(error, isOutOfDescriptors) {
      onAcceptFailure(error);
      if (isOutOfDescriptors) connections.shrink();
    },
  });
  return {
    address: listener.address,
    async close() {
      listener.close();
      handler.close();
      const timeout = Promise.withResolvers<void>();
      const callOff = schedule(timeout.resolve, END_TIMEOUT_MS);
      await Promise.race([connections.end(), timeout.promise]);
      callOff();
      connections.close();
    },
  };
}

function contextOf({ fleet, nowMs, aheadMs, failures, onFault }: ServeOptions): WebContext {
  const pause = makePause();
  return { fleet, startedMs: nowMs(), nowMs, aheadMs, failures, pause, release, schedule, onFault };
}

/** Makes a pause: each one who pauses goes on in a turn of the event loop of its own. */
export function makePause(): () => Promise<void> {
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
