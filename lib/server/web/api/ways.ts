/**
 * What is lost on the way from hosts to each of several sites, by groups of hosts: so one sees whether it is
 * the hosts or their uplink, or one way. Pure.
 */
import { MAX_GROUPS, MAX_TAG_KEYS } from "../../../common/limits.js";
import type { Metric } from "../../../message/message.ts";
import { lossVerdict } from "../../../common/ways.js";
import type { Host } from "../../fleet/host/host.ts";
import { tagOf } from "../../fleet/index/query.ts";
import { HOSTS_PER_TURN, momentOf, type WebContext } from "./context.ts";
import { checkNames, readGroup } from "./params.ts";

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

  json(value: string) {
    const { hosts, unknown } = this;
    const recent = { ...this.#recent };
    const sites = Array.from(this.#sites, ([site, { hosts, recent, delay, jitter }]) => ({
      ...{ site, hosts, recent: { ...recent } },
      ...{ delayMs: delay.value, jitterMs: jitter.value },
    })).sort((a, b) => a.site < b.site ? -1 : 1);
    return { value, hosts, unknown, recent, verdict: lossVerdict(recent, sites, hosts), sites };
  }
}

/** What was lost on each way in the last 15 to 30 minutes, by the values of a tag. @throws {HttpError} 400. */
export async function waysAnswer(context: WebContext, params: URLSearchParams) {
  checkNames(params, ["group"]);
  const key = readGroup(params);
  const { fleet, pause } = context;
  const { nowMs, aheadMs } = momentOf(context);
  const groups = new Map<string, Group>();
  let looks = 0;
  for (const host of fleet.sites.length === 0 ? [] : fleet.hosts()) {
    const value = key === null ? "" : tagOf(host.tags, key);
    const group = groups.get(value) ?? new Group();
    groups.set(value, group);
    group.add(host);
    if (++looks % HOSTS_PER_TURN === 0) await pause();
  }
  const told = Array.from(groups, ([value, group]) => group.json(value));
  told.sort((a, b) => a.value < b.value ? -1 : 1);
  return {
    nowMs: nowMs + aheadMs,
    group: key,
    tagKeys: fleet.index.tags.keys().slice(0, MAX_TAG_KEYS),
    sites: fleet.sites.toSorted(),
    groups: told.slice(0, MAX_GROUPS),
    groupsOmitted: Math.max(0, told.length - MAX_GROUPS),
  };
}
