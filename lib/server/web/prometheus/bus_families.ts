/**
 * The families of metrics that a server has of the bus: what a site has published, and how a view follows
 * it. Pure.
 */
import type { BusState, SiteReport } from "../../bus/open.ts";
import type { FollowState } from "../../bus/follower.ts";
import type { SiteState } from "../../bus/view_clock.ts";
import type { ServerFamily } from "./sample.ts";

/** The families of the bus; none where there is none. */
export function busFamilies(state: BusState | null): readonly ServerFamily[] {
  if (state === null) return [];
  return [
    ...(state.site === null ? [] : siteFamilies(state.site)),
    ...(state.view === null ? [] : viewFamilies(state.view)),
  ];
}

function siteFamilies({ published, dropped, retries, waitingBytes }: SiteReport): ServerFamily[] {
  const name = "pulso_server_bus";
  const results = Object.entries({ published, dropped })
    .map(([result, count]) => [[["result", result]], count] as const);
  const [counted, again] = ["that the bus has, and those dropped", "Batches published again."];
  const waiting = "Bytes of batches that wait for the bus.";
  return [
    {
      ...{ name: `${name}_datagrams_total`, type: "counter", unit: "datagrams", series: results },
      help: `Datagrams ${counted} as it took nothing for too long.`,
    },
    one([`${name}_retries_total`, "counter", null], again, retries),
    one([`${name}_waiting_bytes`, "gauge", "bytes"], waiting, waitingBytes),
  ];
}

function viewFamilies({ behindMs, pending, missed, sites }: FollowState): ServerFamily[] {
  const name = "pulso_server_view";
  const behind = "How far the view is behind what has happened.";
  const gone = "Messages that the stream had lost before the view read them.";
  const silent = "How long a site has got no further; 0 where it does.";
  const [skew, dropped] = [
    "By how much the clock of a site is behind.",
    "Datagrams dropped at a site.",
  ];
  const per = (value: (site: SiteState) => number) =>
    sites.map((site) => [[["site", site.site]], value(site)] as const);
  const of = ([part, type, unit]: Kind, help: string, series: ServerFamily["series"]) => ({
    ...{ name: `${name}_site_${part}`, type, unit, help, series },
  });
  return [
    one([`${name}_behind_seconds`, "gauge", "seconds"], behind, behindMs / 1_000),
    one([`${name}_pending_messages`, "gauge", "messages"], "Messages still to be read.", pending),
    one([`${name}_missed_messages_total`, "counter", "messages"], gone, missed),
    of(["silent_seconds", "gauge", "seconds"], silent, per((site) => (site.silentMs ?? 0) / 1_000)),
    of(["skew_seconds", "gauge", "seconds"], skew, per((site) => site.skewMs / 1_000)),
    of(["dropped_datagrams_total", "counter", "datagrams"], dropped, per((site) => site.omitted)),
  ];
}

type Kind = readonly [name: string, type: ServerFamily["type"], unit: string | null];

function one([name, type, unit]: Kind, help: string, value: number): ServerFamily {
  return { name, type, unit, help, series: [[[], value]] };
}
