/**
 * What the API answers of alerts: those that stand, what is muted, and a test of who is told. Pure.
 */
import { onWallClock } from "../../../common/alerts.js";
import { HttpError } from "../http/response.ts";
import { momentOf, type WebContext } from "./context.ts";
import { checkNames } from "./params.ts";

/** Most alerts in one answer; `total` counts all. */
export const MAX_ALERTS = 1_000;

/** The alerts that stand, or those of one host, the worst first, and their rules. @throws {HttpError} 400. */
export function alertsAnswer({ alerts, ...context }: WebContext, params: URLSearchParams) {
  checkNames(params, ["host"]);
  const { nowMs, aheadMs } = momentOf(context);
  const host = params.get("host");
  const all = host === null ? standingOf(alerts) : alerts.of(host);
  const { state: destinations } = context.outbox;
  const { problem } = alerts;
  return { nowMs: nowMs + aheadMs, problem, ...onWallClock(all, aheadMs), destinations };
}

function standingOf(alerts: WebContext["alerts"]) {
  const { queue } = alerts;
  const shown = alerts.standing(MAX_ALERTS).map((alert) => alerts.show(alert));
  return { ...queue, total: queue.total + queue.muted, alerts: shown };
}

/** What is asked, and how. */
interface Call {
  readonly request: Pick<Request, "method">;
  readonly params: URLSearchParams;
}

/** The mutes that hold, after those that a command makes or ends. @throws {HttpError} 400, 404 for none to end. */
export function mutesAnswer(context: WebContext, { params, request: { method } }: Call) {
  const { alerts } = context;
  checkNames(params, { POST: ["filter", "forMs"], DELETE: ["id"] }[method] ?? []);
  if (method === "POST") mute(context, params);
  if (method === "DELETE" && alerts.mutes.remove(params.get("id") ?? "").length === 0) {
    throw new HttpError(404, "Cannot end this mute: there is none with that id");
  }
  const { nowMs, aheadMs } = momentOf(context);
  return { nowMs: nowMs + aheadMs, mutes: alerts.mutes.list() };
}

function mute({ alerts }: WebContext, params: URLSearchParams): void {
  const forMs = params.get("forMs") ?? "";
  try {
    alerts.mutes.add(params.get("filter") ?? "", /^\d+$/.test(forMs) ? Number(forMs) : NaN);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new HttpError(400, error.message);
  }
}

/** There is none of a name. */
export function noDestination(): HttpError {
  const state = "none of that name is in the alerts file";
  return new HttpError(404, `Cannot tell this destination: ${state}`);
}

/**
 * The destinations, after those that a command names were told a test, and how that went. @throws {HttpError}
 * 400, 404 for one that is not known.
 */
export async function testAnswer(context: WebContext, { params, request: { method } }: Call) {
  const isCommand = method === "POST";
  checkNames(params, isCommand ? ["to"] : []);
  const { alerts: { destinations }, outbox } = context;
  const to = params.get("to")?.split(",") ?? destinations;
  const stranger = to.find((name) => !destinations.includes(name));
  if (stranger !== undefined) throw noDestination();
  if (!isCommand) return { destinations };
  const { nowMs, aheadMs } = momentOf(context);
  return { destinations, results: await outbox.test(to, nowMs + aheadMs) };
}
