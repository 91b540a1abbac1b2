/**
 * What the web room is handed from outside, so that all of it but `serve.ts` and `token.ts` is
 * pure, and the one kind of error that it answers a request with.
 */
import type { Fleet } from "../fleet/fleet.ts";

/** The fleet and the clock. */
export interface WebContext {
  readonly fleet: Fleet;
  /** When the server started, and the time now: milliseconds since 1970 on the fleet's clock, whole. */
  readonly startedMs: number;
  readonly nowMs: () => number;
  /**
   * Ends this turn of the event loop: datagrams are received before it resolves. Each turn belongs to
   * one of those who pause, so that many long answers hold it up no longer than one.
   */
  readonly pause: () => Promise<void>;
  /**
   * Gives memory back that the connection has been handed, and holds by itself: else it would wait for
   * a collection of garbage, which more of it does not bring about.
   */
  readonly release: (bytes: Uint8Array<ArrayBuffer>) => void;
  /** Calls `action` once after a time; what is returned calls that off. */
  readonly schedule: (action: () => void, delayMs: number) => () => void;
  /** Told of a fault of ours, which the client is not told. */
  readonly onFault: (error: unknown) => void;
}

/** Hosts that are looked at in one turn of the event loop: one or two milliseconds of work. */
export const HOSTS_PER_TURN = 250;

/** A request that is not answered as it wishes, with the status that says so. */
export class Refusal extends Error {
  override readonly name: string = "Refusal";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}
