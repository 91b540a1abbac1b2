/**
 * Opens the bus as the server's options say: for a site what publishes to it, for a view the source that
 * follows it; and says what changes there.
 */
import type { Clock } from "../../common/clock.ts";
import type { Log, ThrottledLog } from "../../common/log.ts";
import { schedule, wait } from "../../common/timeout.ts";
import { BEHIND_MS } from "../../common/ways.js";
import type { ServerOptions } from "../options.ts";
import type { Teller } from "../alerts/notice.ts";
import { BusConnection } from "./connection.ts";
import { Follower } from "./follower.ts";
import { Lead } from "./lead.ts";
import { Notifier } from "./notifier.ts";
import { Publisher, type PublisherCounts } from "./publisher.ts";
import type { FollowState } from "./site.ts";
import { BusStream } from "./stream.ts";
import { STREAM, TOLD_SUBJECT } from "./subjects.ts";
import { ViewClock } from "./view_clock.ts";
import { ViewWatch } from "./watch.ts";

type BusOptions = Pick<
  ServerOptions,
  | ("bus" | "site" | "follow" | "follow-since" | "partitions" | "max-hosts")
  | ("bus-credentials-file" | "bus-ca-file")
>;

/** What is told of the bus, at a site or at a view. */
export interface BusState {
  /** Where it is. */
  readonly bus: string;
  /** What a site has published; `null` at a view. */
  readonly site: SiteReport | null;
  /** How a view follows; `null` at a site. */
  readonly view: FollowState | null;
}

/** What a site has published. */
export interface SiteReport extends PublisherCounts {
  readonly name: string;
  /** Why the bus took nothing when it was asked last; `null` where it did. */
  readonly failure: string | null;
}

/** The clocks, and where to report. */
export interface BusContext {
  readonly clock: Clock;
  readonly log: Pick<Log, "info" | "warn">;
  readonly throttledLog: Pick<ThrottledLog, "warn">;
}

/** Opens what publishes, where options name a bus. @throws {RangeError} with one line for the user when a file cannot be used. */
export async function openPublisher(
  options: BusOptions,
  context: BusContext & { readonly startedMs: number },
) {
  const { bus: servers, site, partitions: { count } } = options;
  if (servers === null || site === null) return null;
  const { clock, log, startedMs } = context;
  const connection = await BusConnection.open(site, { ...options, servers }, context);
  const wallMs = () => clock.wallMs();
  const steadyMs = () => clock.nowMs();
  const stream = new BusStream(connection, { log, schedule, wallMs, steadyMs });
  const publisher = new Publisher({
    publish: (...message) => stream.publish(...message),
    tell: (...message) => stream.tell(...message),
    ...{ schedule, wait, random: Math.random, throttledLog: context.throttledLog },
    clock: () => ({ nowMs: Math.round(clock.nowMs()), startedMs, aheadMs: clock.aheadMs() }),
    onChange(failure) {
      if (failure === null) log.info("Publishing to the bus again");
      else log.warn(`Cannot publish to the bus: ${failure}; what waits is published later`);
    },
  }, { site, run: crypto.randomUUID().slice(0, 8), partitions: count });
  log.info(`Publishing to the bus at ${connection.place} as ${site}`);
  return {
    /** Takes what the fleet has taken. */
    add: publisher.add.bind(publisher),
    get state(): BusState {
      const { counts, failure } = publisher;
      return { bus: connection.place, site: { name: site, failure, ...counts }, view: null };
    },
    observer: {
      name: "bus",
      tick: () => publisher.tick(),
      async close() {
        await publisher.close();
        await connection.close();
      },
    },
  };
}

/** Opens the source of a view, where options name a bus to follow. @throws {RangeError} with one line for the user when a file cannot be used. */
export async function openFollower(options: BusOptions, context: BusContext) {
  const { follow: servers, partitions, "follow-since": sinceMs, "max-hosts": maxHosts } = options;
  if (servers === null) return null;
  const { clock } = context;
  const wallMs = () => clock.wallMs();
  const connection = await BusConnection.open("view", { ...options, servers }, context);
  const steadyMs = () => clock.nowMs();
  const stream = new BusStream(connection, { log: context.log, schedule, wallMs, steadyMs });
  const viewClock = new ViewClock(
    Math.round(clock.nowMs()) - sinceMs,
    steadyMs,
    () => clock.aheadMs(),
  );
  const { throttledLog } = context;
  const devices = { read: stream.reader(partitions), wait, throttledLog };
  const followed = { partitions, sinceMs: wallMs() - sinceMs, maxHosts };
  const source = new Follower(devices, viewClock, followed);
  const { first, last, count } = partitions;
  const run = crypto.randomUUID().slice(0, 8);
  const lead = new Lead(connection, partitions, run);
  let notifier: Notifier | null = null;
  return {
    source,
    /** Has only one of all views tell. */
    notifyBy(teller: Teller): Teller {
      notifier = new Notifier(teller, {
        lead: () => lead.take(),
        claim: (ids) => stream.publish(TOLD_SUBJECT, encodeTold({ run, ids })),
        isCurrent: () => source.state.failure === null && viewClock.behindMs < BEHIND_MS,
        ...{ steadyMs, log: context.log },
      });
      source.contents.onTold((words) => {
        const told = readTold(words);
        if (told !== null && told.run !== run) notifier!.told(told.ids);
      });
      return notifier;
    },
    description: `Following the stream ${STREAM} at ${connection.place}, ` +
      `partitions ${first}-${last} of ${count}`,
    get state(): BusState {
      const view = { ...source.state, notifies: notifier?.isLeading ?? null };
      return { bus: connection.place, site: null, view };
    },
    observer: new ViewWatch(source, partitions, context.log, {
      tick: () => notifier?.tick(),
      close: () => connection.close(),
    }),
  };
}

/** What a view is about to tell, and which view. */
interface Told {
  readonly run: string;
  readonly ids: readonly string[];
}

function encodeTold(told: Told): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(told));
}

/** Reads what a view says; `null` where that is nothing of the kind. */
function readTold(words: string): Told | null {
  try {
    const { run, ids } = JSON.parse(words) as Partial<Told>;
    return typeof run === "string" && Array.isArray(ids) ? { run, ids: ids.map(String) } : null;
  } catch {
    return null;
  }
}
