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
import type { HostGroup, HostOrder } from "../../fleet/index/groups.ts";
import type { HostQuery } from "../../fleet/index/query.ts";

/** The groups of a query with which of them are listed, and the tags that there are; nothing where none is asked for. */
export function groupsJson(
  { fleet, alerts: { queue } }: {
    readonly fleet: Fleet;
    readonly alerts: { readonly queue: Queue };
  },
  { group, open }: HostQuery,
  { groups, groupOf }: HostOrder,
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
    groups: groups.slice(0, maxGroups).map(({ value, hosts, byStatus, worst, together }) => ({
      ...{ value, hosts, byStatus, open: open?.includes(value) ?? true },
      worst: worst && { metric: worst.metric, value: worst.value, ...namesOf(index, worst.host) },
      together: togetherJson(together, index),
      alerts: alerts.get(value) ?? { critical: 0, warning: 0 },
    })),
    groupsOmitted: Math.max(0, groups.length - maxGroups),
  };
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
