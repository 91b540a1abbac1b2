/**
 * The families of metrics that a server has of the bus: what a site has published, and how a view follows
 * it. Pure.
 */
import type { BusState, SiteReport } from "../../bus/open.ts";
import type { FollowState, SiteState } from "../../bus/site.ts";
import { counter, gauge, labelled, type ServerFamily } from "./sample.ts";

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
  return [
    labelled(
      `${name}_datagrams_total`,
      "counter",
      "Datagrams that the bus has, and those dropped as it took nothing for too long.",
      "result",
      Object.entries({ published, dropped }),
      "datagrams",
    ),
    counter(`${name}_retries_total`, null, "Batches published again.", retries),
    gauge(
      `${name}_waiting_bytes`,
      "bytes",
      "Bytes of batches that wait for the bus.",
      waitingBytes,
    ),
  ];
}

function viewFamilies(
  { behindMs, pending, missed, refused, misdated, sites, sharing }: FollowState,
): ServerFamily[] {
  const name = "pulso_server_view";
  const per = (value: (site: SiteState) => number) =>
    sites.map((site) => [site.site, value(site)] as const);
  return [
    gauge(
      `${name}_behind_seconds`,
      "seconds",
      "How far the view is behind what has happened.",
      behindMs / 1_000,
    ),
    gauge(`${name}_pending_messages`, "messages", "Messages still to be read.", pending),
    counter(
      `${name}_missed_messages_total`,
      "messages",
      "Messages that the stream had lost before the view read them.",
      missed,
    ),
    counter(
      `${name}_refused_messages_total`,
      "messages",
      "Messages of the stream that no site publishes, or not as a whole.",
      refused,
    ),
    counter(
      `${name}_misdated_datagrams_total`,
      "datagrams",
      "Datagrams that a site says it heard when it cannot have.",
      misdated,
    ),
    gauge(
      `${name}_sites_sharing`,
      null,
      "Sites that count as one with the last of those told apart among ways.",
      sharing,
    ),
    labelled(
      `${name}_site_silent_seconds`,
      "gauge",
      "How long a site has got no further; 0 where it does.",
      "site",
      per(({ silentMs }) => (silentMs ?? 0) / 1_000),
      "seconds",
    ),
    labelled(
      `${name}_site_skew_seconds`,
      "gauge",
      "By how much the clock of a site is behind.",
      "site",
      per(({ skewMs }) => skewMs / 1_000),
      "seconds",
    ),
    labelled(
      `${name}_site_dropped_datagrams_total`,
      "counter",
      "Datagrams dropped at a site.",
      "site",
      per(({ omitted }) => omitted),
      "datagrams",
    ),
  ];
}
