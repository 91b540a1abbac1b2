/**
 * Chooses how the server shows the fleet on stdout: full-screen table, lines, JSON lines, or not
 * at all. It only looks at the fleet, never changes it.
 */
import type { Fleet } from "../fleet/fleet.ts";
import { type Address, formatAddress } from "../../common/address.ts";
import type { Log } from "../../common/log.ts";
import type { Observer } from "../observers.ts";
import type { View as ViewName } from "../options.ts";
import { LoggedOutput } from "../../common/logged_output.ts";
import { isReaderGone } from "../../common/output.ts";
import { hostsOfFleet } from "./terminal/state/hosts.ts";
import { renderJsonLine, renderLine } from "./lines.ts";
import { openTerminal } from "./terminal/terminal.ts";
import { isStderrHere } from "./terminal/tty.ts";

/** What a view shows, and whom it tells. */
export interface ViewContext {
  readonly fleet: Fleet;
  /** Where the server receives; the first is shown. */
  readonly listening: readonly Address[];
  /** Where the page is, with the token where one was made; `null` where there is none. */
  readonly webUrl: string | null;
  readonly nowMs: () => number;
  /** By how much the wall clock is ahead of the fleet's. */
  readonly aheadMs: () => number;
  readonly log: Log;
  /** Called when the user quits, or nobody reads stdout any more; with an error when the terminal fails. */
  readonly onEnd: (failure: Error | null) => void;
}

const NAME = "view";

/** Opens the view of that name; none named: the table on a terminal that can show it, else lines. @throws {Error} without a terminal for the table. */
export function openView(name: ViewName | null, context: ViewContext): Observer {
  const isTerminal = Deno.stdout.isTerminal();
  switch (name ?? (isTerminal && !isDumb() ? "table" : "lines")) {
    case "table":
      if (isTerminal) return tableView(context);
      throw new Error("Cannot show the table: stdout is not a terminal; see --view");
    case "lines":
      return linesView(context, renderLine);
    case "json":
      return linesView(context, renderJsonLine);
    case "none":
      return { name: NAME, close: () => {} };
  }
}

/** Whether the terminal is known to understand no escape sequences; nothing is known without the permission. */
function isDumb(): boolean {
  const isKnown = Deno.permissions.querySync({ name: "env", variable: "TERM" }).state === "granted";
  if (!isKnown || Deno.build.os === "windows") return false;
  return ["dumb", ""].includes(Deno.env.get("TERM") ?? "");
}

function tableView(
  { fleet, listening, webUrl, nowMs, aheadMs, log, onEnd }: ViewContext,
): Observer {
  if (isStderrHere()) log.hold();
  const terminal = openTerminal({
    colour: !Deno.noColor,
    listenAddress: formatAddress(listening[0]!),
    webUrl,
    read: {
      hosts: (nowMs) => hostsOfFleet(fleet, nowMs),
      rows: (nowMs) => fleet.rows(nowMs),
      totals: () => fleet.totals(nowMs()),
      host: (key) => fleet.host(key),
    },
    now: nowMs,
    aheadMs,
    onQuit: (error) => onEnd(error === undefined || isReaderGone(error, true) ? null : error),
  });
  return {
    name: NAME,
    async close() {
      await terminal.close();
      log.release();
    },
  };
}

function linesView({ aheadMs, log, onEnd }: ViewContext, render: typeof renderLine): Observer {
  const output = new LoggedOutput(Deno.stdout, log, () => onEnd(null));
  return {
    name: NAME,
    accepted({ host, message, sender }, atMs) {
      const receivedAtMs = atMs + aheadMs();
      output.write(render({ host, message, sender, nowMs: atMs, receivedAtMs }), atMs);
    },
    close: () => output.close(),
  };
}
