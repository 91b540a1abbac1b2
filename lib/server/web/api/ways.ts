/**
 * What is lost on the way from hosts to each of several sites, by groups of hosts: so one sees whether it is
 * the hosts or their uplink, or one way. Pure.
 */
import { MAX_TAG_KEYS } from "../../../common/limits.js";
import type { Metric } from "../../../message/message.ts";
import { LOSS_SPANS_MS, lossPercent, lossVerdict } from "../../../common/ways.js";
import type { Host } from "../../fleet/host/host.ts";
import { tagOf } from "../../fleet/index/query.ts";
import { dayBeginMs, type Loss, PART_MS } from "../../fleet/ways_past.ts";
import { HOSTS_PER_TURN, momentOf, type WebContext } from "./context.ts";
import { checkNames, readChoice, readGroup, readMaxGroups } from "./params.ts";

/** Groups to sum up the past of in one turn of the event loop. */
const GROUPS_PER_TURN = 10;

/** Of one way, or of all together. */
class Counted {
  sent = 0;
  lost = 0;

  add({ sent, lost }: { readonly sent: number; readonly lost: number }): void {
    this.sent += sent;
    this.lost += lost;
  }
}

/** The mean of those that are known. */
class Mean {
  #sum = 0;
  #count = 0;

  add(value: Metric): void {
    if (value === null) return;
    this.#sum += value;
    this.#count++;
  }

  get value(): Metric {
    return this.#count === 0 ? null : this.#sum / this.#count;
  }
}

/** The way of a group of hosts to one site. */
class SiteSum {
  hosts = 0;
  readonly recent = new Counted();
  readonly delay = new Mean();
  readonly jitter = new Mean();
}

/** Some hosts that are looked at together. */
class Group {
  hosts = 0;
  /** Those of which no way is known: they send no sequence numbers, or were not heard since there are several. */
  unknown = 0;
  readonly #recent = new Counted();
  readonly #sites = new Map<string, SiteSum>();

  add({ ways: known }: Host): void {
    this.hosts++;
    if (known === null) {
      this.unknown++;
      return;
    }
    this.#recent.add(known.recent);
    for (const { site, recent, delayMs, jitterMs } of known.sites) {
      const sum = this.#sites.get(site) ?? new SiteSum();
      this.#sites.set(site, sum);
      sum.hosts++;
      sum.recent.add(recent);
      sum.delay.add(delayMs);
      sum.jitter.add(jitterMs);
    }
  }

  /** With what was lost in a range that is asked for, and in a day, of whose parts `isCounted` asks for the counts, too. */
  json(value: string, past: ReadonlyMap<string | null, Loss> | null, isCounted: boolean) {
    const { hosts, unknown } = this;
    const inRange = (site: string | null, { sent, lost }: Counted) =>
      past === null ? { sent, lost } : past.get(site)?.recent ?? { sent: 0, lost: 0 };
    const recent = inRange(null, this.#recent);
    const sites = Array.from(this.#sites, ([site, { hosts, recent, delay, jitter }]) => ({
      ...{ site, hosts, recent: inRange(site, recent) },
      ...{ delayMs: delay.value, jitterMs: jitter.value },
      ...(past && { day: dayJson(past.get(site), isCounted) }),
    })).sort((a, b) => a.site < b.site ? -1 : 1);
    return { value, hosts, unknown, recent, verdict: lossVerdict(recent, sites, hosts), sites };
  }
}

/** What one way lost in a day, and each part of it in percent; `null` where there was no room to keep it. */
function dayJson(loss: Loss | undefined, isCounted: boolean) {
  if (loss === undefined) return null;
  const { day, parts } = loss;
  return { ...day, shares: parts.map(lossPercent), ...isCounted && { parts } };
}

/**
 * What was lost on each way in the last 15 to 30 minutes, by the values of a tag; or in a range that is asked for,
 * and then in the parts of a day besides. @throws {HttpError} 400.
 */
export async function waysAnswer(context: WebContext, params: URLSearchParams) {
  checkNames(params, ["counts", "group", "groups", "range"]);
  const isCounted = readChoice(params, "counts", ["true", "false"]) === "true";
  const { maxGroups } = readMaxGroups(params);
  const [key, range] = [readGroup(params), readLossSpan(params)];
  const { fleet, pause } = context;
  const { nowMs, aheadMs } = momentOf(context);
  const groups = new Map<string, Group>();
  const hosts = fleet.ways.sites.length === 0 ? [] : fleet.hosts();
  for (let at = 0; at < hosts.length; at += HOSTS_PER_TURN) {
    const some = hosts.slice(at, at + HOSTS_PER_TURN);
    if (range !== null) fleet.ways.look(some, nowMs);
    for (const host of some) {
      const value = key === null ? "" : tagOf(host.tags, key);
      const group = groups.get(value) ?? new Group();
      groups.set(value, group);
      group.add(host);
    }
    await pause();
  }
  const sorted = Array.from(groups).sort(([a], [b]) => a < b ? -1 : 1);
  const day = { fromMs: dayBeginMs(nowMs) + aheadMs, stepMs: PART_MS };
  const told: ReturnType<Group["json"]>[] = [];
  for (const [value, group] of sorted.slice(0, maxGroups)) {
    const past = range && fleet.ways.of(key, value, nowMs, range.spanMs);
    told.push(group.json(value, past, isCounted));
    if (told.length % GROUPS_PER_TURN === 0) await pause();
  }
  return {
    nowMs: nowMs + aheadMs,
    group: key,
    ...(range && { range: range.name }),
    ...(range && { day: { ...day, sinceMs: fleet.ways.sinceMs + aheadMs } }),
    tagKeys: fleet.index.tags.keys().slice(0, MAX_TAG_KEYS),
    sites: fleet.ways.sites.toSorted(),
    groups: told,
    groupsOmitted: Math.max(0, sorted.length - maxGroups),
  };
}

/** The range to sum up; `null` where none is asked for. @throws {HttpError} 400. */
export function readLossSpan(params: URLSearchParams) {
  const name = readChoice(params, "range", Object.keys(LOSS_SPANS_MS));
  return name === null ? null : { name, spanMs: LOSS_SPANS_MS[name]! };
}
