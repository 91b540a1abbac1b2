/**
 * Alerts and those who are told of them, as one server runs them: what it notices, by which file, where
 * that goes, and who watches that it works.
 */
import type { Clock } from "../../common/clock.ts";
import type { Log } from "../../common/log.ts";
import type { Teller } from "../alerts/notice.ts";
import { alertOrders } from "../alerts/file/commands.ts";
import { openAlerts } from "../alerts/file/open.ts";
import { type Parts, troublesOf } from "../alerts/troubles.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { RecordCounts } from "../fleet/receipt.ts";
import type { ServerOptions } from "../options.ts";
import type { Failures } from "../parts.ts";
import type { Destination } from "../outlets/destination.ts";
import { openHeartbeat, openOutbox, openSurroundings } from "../outlets/open.ts";
import type { Outbox } from "../outlets/outbox.ts";
import { readDestination } from "../outlets/read.ts";

/** What alerts are handed from outside. */
export interface AlertingContext extends Pick<Parts, "kernelDropped" | "store"> {
  readonly clock: Clock;
  readonly log: Log;
  readonly failures: Failures;
  readonly fleet: Fleet;
  readonly startedMs: number;
  readonly nowMs: () => number;
  readonly aheadMs: () => number;
  readonly recorded: () => RecordCounts | null;
  /** The record that is played: what happened long ago is told to nobody. */
  readonly replay: object | null;
  /** What stands between alerts and those who are told, as only one of several views tells; `null` where this server does. */
  readonly notifyBy: ((teller: Teller) => Teller) | null;
}

const SILENT = { use() {}, tell() {}, version: 0, waiting: [], close: () => Promise.resolve() };

/** Opens alerts and those who are told of them. @throws {RangeError} with one line for the user when the file cannot be used. */
export async function openAlerting(
  options: Pick<ServerOptions, "alerts" | "data" | "heartbeat">,
  context: AlertingContext,
) {
  const { clock, log, fleet, startedMs, nowMs, aheadMs, recorded, replay } = context;
  const outbox = openOutbox(clock, log, options.data !== null);
  const { notifyBy } = context;
  const outlet = notifyBy === null ? outbox : through(notifyBy(outbox), outbox);
  const troubles = troublesOf({
    ...context,
    recordOmitted: () => recorded()?.omitted ?? null,
    logDropped: () => log.dropped(),
    destinations: () => outbox.state,
  });
  const running = await openAlerts(options, {
    ...{ fleet, log, startedMs, aheadMs, troubles },
    outlet: replay === null ? outlet : SILENT,
    readDestination: destinationReader(clock),
  });
  const { alerts } = running;
  outbox.renewBy((destination) => alerts.renewals(destination));
  const test = () => outbox.test(alerts.destinations, nowMs() + aheadMs());
  const heartbeat = openHeartbeat(options.heartbeat, context);
  const observers = heartbeat === null ? [outbox, running] : [outbox, heartbeat, running];
  return { alerts, outbox, observers, orders: alertOrders(alerts, test) };
}

/** The outbox, which is told what somebody before it lets through. */
function through(teller: Teller, outbox: Outbox) {
  return {
    use: (destinations: readonly Destination[]) => outbox.use(destinations),
    tell: teller.tell.bind(teller),
    get version() {
      return outbox.version;
    },
    get waiting() {
      return outbox.waiting;
    },
    close: () => outbox.close(),
  };
}

/** What reads a destination of the alerts file. */
export function destinationReader(clock: Clock): (name: string, value: unknown) => Destination {
  const surroundings = openSurroundings(clock, null);
  return (name, value) => readDestination(name, value, surroundings);
}
