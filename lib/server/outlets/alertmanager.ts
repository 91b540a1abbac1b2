/**
 * Alertmanager, one or several, by its API v2: alerts are posted as they fire, renewed while they stand,
 * and resolved when they end; what is not renewed ends by itself. Two servers that post the same alerts
 * make one notification, as nothing in an alert is of the server. Pure: it makes requests by what it is
 * given.
 */
import { tagLabels } from "../fleet/labels.ts";
import { cleanText } from "../../common/text.js";
import { MAX_NOTICE_HOSTS, type Notice, type NoticeHost } from "../alerts/notice.ts";
import { DeliveryError, type Destination, type DestinationSurroundings } from "./destination.ts";
import { type Fields, readAuthorization, readUrl } from "./fields.ts";
import { hostLink } from "./text.ts";

/** As Prometheus has it: four renewals. */
const LAPSE_MS = 240_000;
/** What has ended is said again for so long, for an Alertmanager that did not hear it; as Prometheus has it. */
const RESOLVED_MS = 15 * 60_000;
/** Of more that have ended the oldest are forgotten: they lapse. */
const MAX_RESOLVED = 10_000;
/** Alerts of one request. */
const MAX_POST = 1_000;
/** A test ends by itself. */
const TEST_MS = 60_000;

/** One alert, as the API has it. */
interface Posted {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL?: string;
}

/** Reads a destination of kind `alertmanager`. @throws {RangeError} with what is wrong. */
export function readAlertmanager(
  name: string,
  fields: Fields,
  { http, page, wallMs }: DestinationSurroundings,
): Destination {
  const urls = fields.lines("alertmanager").map((text) => readUrl(text, "alertmanager"));
  if (urls.length === 0) throw new RangeError("alertmanager must have at least one URL");
  const authorize = readAuthorization(fields);
  const resolved = new Resolved();
  const post = async (alerts: readonly string[], signal: AbortSignal) => {
    if (alerts.length === 0) return;
    const { headers, secrets } = await authorize();
    const body = `[${alerts.join()}]`;
    const all = { "content-type": "application/json", ...headers };
    await settle(urls.map((url) => {
      const api = new URL(`${url.href.replace(/\/$/, "")}/api/v2/alerts`);
      return http({ url: api, method: "POST", headers: all, body, secrets, signal });
    }));
  };
  const postAll = async (
    alerts: Iterable<string> | AsyncIterable<string>,
    signal: AbortSignal,
  ) => {
    const due: string[] = [];
    for await (const alert of alerts) {
      due.push(alert);
      if (due.length === MAX_POST) await post(due.splice(0), signal);
    }
    await post(due, signal);
  };
  /** The text of each alert that is renewed, made as it is asked for: of a thousand at once it takes long. */
  async function* renewed(standing: AsyncIterable<Notice>) {
    for await (const notice of standing) {
      const alerts = alertsOf([notice], page, wallMs());
      resolved.note(alerts, wallMs());
      yield* alerts.values().map(textOf);
    }
    yield* resolved.recent(wallMs()).map(textOf);
  }
  return {
    name,
    where: `alertmanager ${urls.map(({ origin }) => origin).join(" ")}`,
    isPerHost: false,
    maxBatch: MAX_POST / MAX_NOTICE_HOSTS,
    async send(notices, signal) {
      const alerts = alertsOf(notices, page, wallMs());
      resolved.note(alerts, wallMs());
      await postAll(alerts.values().map(textOf), signal);
    },
    renew: (standing, signal) => postAll(renewed(standing), signal),
  };
}

const textOf = (alert: Posted) => JSON.stringify(alert);

/** One that took it is enough: the others hear it at the next renewal. */
async function settle(requests: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(requests)).filter(({ status }) => status === "rejected");
  if (failed.length < requests.length) return;
  const errors = failed.map((outcome) => (outcome as PromiseRejectedResult).reason);
  // Where another attempt may help with any, it is made.
  throw errors.find((error) => !(error instanceof DeliveryError && error.isFinal)) ?? errors[0];
}

/** Alerts that have ended, by what tells them from others. */
class Resolved {
  readonly #ended = new Map<string, { readonly alert: Posted; readonly atMs: number }>();

  /** Takes what has ended, and forgets what has fired again. */
  note(alerts: ReadonlyMap<string, Posted>, nowMs: number): void {
    for (const [key, alert] of alerts) {
      this.#ended.delete(key);
      if (Date.parse(alert.endsAt) <= nowMs) this.#ended.set(key, { alert, atMs: nowMs });
    }
    for (const key of this.#ended.keys()) {
      if (this.#ended.size <= MAX_RESOLVED) break;
      this.#ended.delete(key);
    }
  }

  /** Those that ended a while ago at most. */
  recent(nowMs: number): IteratorObject<Posted> {
    for (const [key, { atMs }] of this.#ended) {
      if (nowMs - atMs > RESOLVED_MS) this.#ended.delete(key);
    }
    return this.#ended.values().map(({ alert }) => alert);
  }
}

/** The alerts of notices, by what tells them from others: of the same one the last counts. */
function alertsOf(
  notices: readonly Notice[],
  page: string | null,
  nowMs: number,
): ReadonlyMap<string, Posted> {
  const alerts = notices.flatMap((notice) =>
    hostsOf(notice).map((host) => alertOf(notice, host, page, nowMs))
  );
  return new Map(alerts.map((alert) => [JSON.stringify(alert.labels), alert]));
}

/** Those that it is about; none of them stands for the fleet as a whole. */
function hostsOf({ hosts, atMs }: Notice): readonly NoticeHost[] {
  if (hosts.length > 0) return hosts;
  return [{ key: "", name: "", tags: {}, value: "", sinceMs: atMs }];
}

function alertOf(
  { what, rule, severity, text }: Notice,
  { key, name, tags, value, sinceMs }: NoticeHost,
  page: string | null,
  nowMs: number,
): Posted {
  const lastsMs = what === "recovered" ? 0 : what === "test" ? TEST_MS : LAPSE_MS;
  const own = { alertname: what === "test" ? "PulsoTest" : rule, severity };
  const host = key === "" ? {} : { host: cleanText(name), id: cleanText(key) };
  const summary = name === "" ? text : `${name}: ${rule}${value === "" ? "" : ` (${value})`}`;
  const labels = tagLabels(tags, RESERVED).map(([name, text]) => [name, cleanText(text)]);
  const link = page === null ? null : key === "" ? page : hostLink(key, page);
  return {
    labels: { ...Object.fromEntries(labels), ...own, ...host },
    annotations: { summary: cleanText(summary), description: cleanText(text) },
    startsAt: new Date(Math.min(sinceMs, nowMs)).toISOString(),
    endsAt: new Date(nowMs + lastsMs).toISOString(),
    ...(link === null ? {} : { generatorURL: link }),
  };
}

/** Labels that are ours. */
const RESERVED = ["alertname", "severity", "host", "id"];
