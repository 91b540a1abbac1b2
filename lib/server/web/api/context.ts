/**
 * What the web room is handed from outside, so that all of it but `server.ts` and the listener is
 * pure.
 */
import type { BusState } from "../../bus/open.ts";
import type { Alerts } from "../../alerts/alerts.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import type { ReplayControls } from "../../record/replay.ts";
import type { RecordCounts } from "../../fleet/receipt.ts";
import type { ReceiverState } from "../../export/remote_queue.ts";
import type { Outbox } from "../../outlets/outbox.ts";
import type { PastStore } from "../../store/reading.ts";
import type { Moment } from "../../store/stretches.ts";

export type { Moment };

/** The fleet and the clock. */
export interface WebContext {
  readonly fleet: Fleet;
  readonly alerts: Pick<
    Alerts,
    "destinations" | "keys" | "mutes" | "of" | "problem" | "queue" | "show" | "standing"
  >;
  readonly outbox: Pick<Outbox, "state" | "test">;
  /** When the server started, and the time now: whole milliseconds on the fleet's clock. */
  readonly startedMs: number;
  readonly nowMs: () => number;
  /** What is added to a time of the fleet's clock to show it as the wall clock has it now. */
  readonly aheadMs: () => number;
  /** A clock that is never set and never stands still, as the fleet's does in a replay: for how long things take. */
  readonly steadyMs: () => number;
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
  /** What is kept on disk; `null` where nothing is. */
  readonly store: PastStore | null;
  /** Deletes a host and all that is kept of it, and says so. @throws {RangeError} for one that is not known. */
  readonly forget: (key: string) => Promise<string>;
  /** How often each source and observer of the server has failed. */
  readonly failures: ReadonlyMap<string, number>;
  /** The record that is played; `null` where none is. */
  readonly replay: ReplayControls | null;
  /** What is recorded; `null` where nothing is. */
  readonly recorded: () => RecordCounts | null;
  /** What is pushed to others, for each receiver. */
  readonly remoteWrite: () => readonly ReceiverState[];
  /** What is told of the bus; `null` where there is none. */
  readonly bus: () => BusState | null;
  /** Told of a fault of ours, which the client is not told. */
  readonly onFault: (error: unknown) => void;
}

/** The present moment. */
export function momentOf({ nowMs, aheadMs }: Pick<WebContext, "nowMs" | "aheadMs">): Moment {
  return { nowMs: nowMs(), aheadMs: aheadMs() };
}

/** Hosts to look at in one turn of the event loop: one or two milliseconds of work. */
export const HOSTS_PER_TURN = 250;

/** How a view follows its sites; nothing of a server that hears agents itself. */
export function viewJson(bus: BusState | null) {
  if (bus === null || bus.view === null) return {};
  const { failure, behindMs, sites } = bus.view;
  const silence = sites.map(({ site, silentMs }) => ({ site, silentMs }));
  return { view: { failure, behindMs, sites: silence } };
}
