/**
 * Chooses how the server shows the fleet on stdout: full-screen table, lines, JSON lines, or not
 * at all. It only looks at the fleet, never changes it.
 */
import type { Fleet } from "../fleet/fleet.ts";
import type { Accepted } from "../fleet/receipt.ts";
import { type Address, formatAddress } from "../format.ts";
import type { Log } from "../log.ts";
import type { View as ViewName } from "../options.ts";
import { LineOutput, writeFailure } from "../output.ts";
import { Throttle } from "../throttle.ts";
import { hostsOfFleet } from "./hosts.ts";
import { renderJsonLine, renderLine } from "./lines.ts";
import { openTerminal } from "./terminal.ts";

/** A view that is open. */
export interface View {
  /** Shows one datagram that the fleet has accepted, and that came at a time of the fleet's clock. */
  show(accepted: Accepted, atMs: number): void;
  /** Ends the view and leaves the terminal as it was. */
  close(): Promise<void>;
}

/** What a view shows, and whom it tells. */
export interface ViewContext {
  readonly fleet: Fleet;
  readonly listenAddress: Address;
  /** Where the page is, with the token where one was made; `null` where there is none. */
  readonly webUrl: string | null;
  readonly nowMs: () => number;
  /** By how much the wall clock is ahead of the fleet's. */
  readonly aheadMs: () => number;
  readonly log: Log;
  /** Called when the user quits, or nobody reads stdout any more; with an error when it cannot be written. */
  readonly onEnd: (failure: Error | null) => void;
}

const LOG_INTERVAL_MS = 60_000;

/** Opens the view of that name; none named: the table on a terminal, else lines. @throws {Error} without a terminal for the table. */
export function openView(name: ViewName | null, context: ViewContext): View {
  const isTerminal = Deno.stdout.isTerminal();
  switch (name ?? (isTerminal ? "table" : "lines")) {
    case "table":
      if (isTerminal) return tableView(context);
      throw new Error("Cannot show the table: stdout is not a terminal; see --view");
    case "lines":
      return linesView(context, renderLine);
    case "json":
      return linesView(context, renderJsonLine);
    case "none":
      return { show: () => {}, close: () => Promise.resolve() };
  }
}

function tableView(
  { fleet, listenAddress, webUrl, nowMs, aheadMs, log, onEnd }: ViewContext,
): View {
  log.hold();
  const terminal = openTerminal({
    colour: !Deno.noColor,
    listenAddress: formatAddress(listenAddress),
    webUrl,
    read: {
      hosts: (nowMs) => hostsOfFleet(fleet, nowMs),
      rows: (nowMs) => fleet.rows(nowMs),
      totals: () => fleet.totals(nowMs()),
      host: (key) => fleet.host(key),
    },
    now: nowMs,
    aheadMs,
    onQuit: (error) => onEnd(error === undefined ? null : writeFailure(error)),
  });
  return {
    show: () => {},
    close() {
      terminal.close();
      log.release();
      return Promise.resolve();
    },
  };
}

function linesView(context: ViewContext, render: typeof renderLine): View {
  const throttle = new Throttle(LOG_INTERVAL_MS);
  const output = new LineOutput(Deno.stdout, (error) => context.onEnd(writeFailure(error)));
  return {
    show({ host, message, sender }, atMs) {
      const receivedAtMs = atMs + context.aheadMs();
      if (output.write(render({ host, message, sender, nowMs: atMs, receivedAtMs }))) return;
      if (throttle.pass("left out", context.nowMs()) === null) return;
      context.log.warn(
        `Cannot write to stdout: it is read too slowly; ${output.leftOut} lines left out so far`,
      );
    },
    close: () => output.close(),
  };
}
