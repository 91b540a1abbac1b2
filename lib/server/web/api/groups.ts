/**
 * What the JSON API says of groups of hosts: how many of each are how, what is wrong with them, the worst of
 * them, and what their numbers come to. Pure.
 */
import { METRICS } from "../../../catalogue.ts";
import type { Queue } from "../../../common/alerts.js";
import { alertsByValue } from "../../../common/troubles.js";
import { MAX_GROUPS } from "../../../common/limits.js";
import { toHundredths } from "../../../common/status.js";
import type { Fleet } from "../../fleet/fleet.ts";
import type { IndexView } from "../../fleet/index/fleet_index.ts";
import type { HostGroup } from "../../fleet/index/groups.ts";
import {
  type HostOrder,
  type HostQuery,
  unusualIn,
  type UnusualOf,
} from "../../fleet/index/listed.ts";

/** The groups of a query with which of them are listed, and the tags that there are; nothing where none is asked for. */
export function groupsJson(
  { fleet, alerts: { queue } }: {
    readonly fleet: Fleet;
    readonly alerts: { readonly queue: Queue };
  },
  { group, open, unusual = false }: HostQuery,
  { groups, groupOf, listed }: HostOrder,
  maxGroups = MAX_GROUPS,
) {
  if (groups === null || group === null || group === undefined) return {};
  const { index } = fleet;
  const alerts = alertsByValue(queue.alerts, (id) => {
    const host = fleet.host(id);
    return host && groupOf(host.slot);
  });
  return {
    group,
    groups: groups.slice(0, maxGroups).map(({ value, hosts, byStatus, worst, together }, n) => ({
      ...{ value, hosts, byStatus, open: open?.includes(value) ?? true },
      ...unusual && listed[n],
      worst: worst && { metric: worst.metric, value: worst.value, ...namesOf(index, worst.host) },
      together: togetherJson(together, index),
      alerts: alerts.get(value) ?? { critical: 0, warning: 0 },
    })),
    groupsOmitted: Math.max(0, groups.length - maxGroups),
  };
}

/** What tells which hosts of a group are unusual, where the query asks for them. */
export function unusualHosts(
  { fleet, alerts }: { readonly fleet: Fleet; readonly alerts: { readonly queue: Queue } },
  { unusual = false }: HostQuery,
  nowMs: number,
): UnusualOf {
  if (!unusual) return () => [];
  return unusualIn(alerts.queue.alerts, {
    hostOf: (key) => fleet.host(key)?.slot,
    nameOf: (slot) => fleet.index.host(slot)?.name ?? "",
    statusOf: (slot) => fleet.index.status(slot, nowMs),
  });
}

/** By the fields of a row, and in place of what a number is of, whose it is. */
function togetherJson(together: HostGroup<number>["together"], index: IndexView) {
  return Object.fromEntries(
    together.entries().flatMap(([metric, { value, host }]) => {
      const { field = metric, from } = METRICS.find(({ id }) => id === metric) ?? {};
      const number = [field, toHundredths(value)] as const;
      if (host === null || from === undefined || !("highest" in from)) return [number];
      return [[from.names, index.host(host)!.name] as const, number];
    }),
  );
}

function namesOf(index: IndexView, slot: number) {
  const { key, name } = index.host(slot)!;
  return { id: key, name };
}
