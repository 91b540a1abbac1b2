/**
 * The server: receives the datagrams of all agents in one loop, hands them to the fleet in memory,
 * and shows it. It sends nothing, writes no file but keygen's, and needs --allow-net and nothing
 * else unless it is to read a file.
 */
import { Clock } from "./lib/common/clock.ts";
import { bindDrain } from "./lib/server/sources/drain.ts";
import { Fleet } from "./lib/server/fleet/fleet.ts";
import type { Decoded, Dropped } from "./lib/server/fleet/receipt.ts";
import {
  describeBack,
  describeEntered,
  describeLeft,
  describeOffline,
  SilenceWatch,
} from "./lib/server/views/watch.ts";
import { DROP_REASONS } from "./lib/server/fleet/totals.ts";
import { type Address, formatAddress } from "./lib/common/format.ts";
import { describeError, type Log } from "./lib/common/log.ts";
import { readServerOptions, SERVER_USAGE, type ServerOptions } from "./lib/server/options.ts";
import { openKernelDrops } from "./lib/server/sources/kernel_drops.ts";
import { runProgram } from "./lib/common/program.ts";
import { bindReceiver, describeListening } from "./lib/server/sources/udp.ts";
import { type KeyFile, runKeygen, type WithKeys, withKeys } from "./lib/sealed/key_file.ts";
import { Opener } from "./lib/sealed/opener.ts";
import { Throttle } from "./lib/common/throttle.ts";
import { openView } from "./lib/server/views/view.ts";
import { openWeb } from "./lib/server/web/web.ts";

/** Each reason to drop a datagram is logged at most once in this time. */
const LOG_INTERVAL_MS = 60_000;

/** So often it is told who is new, went offline, left or is back: a flood of strangers fills no log. */
const WATCH_INTERVAL_MS = 5_000;

/** For more hosts a thread of its own empties the socket, as pauses of the program may be too long for it. */
const ONE_THREAD_HOSTS = 10_000;

if (import.meta.main) {
  await runProgram({
    name: "pulso-server",
    usage: SERVER_USAGE,
    readOptions: (...given) => withKeys(readServerOptions(...given)),
    run,
    commands: new Map([["keygen", (argv) => runKeygen("pulso-server", argv)]]),
  });
}

async function run(
  options: ServerOptions & WithKeys,
  log: Log,
  stop: AbortSignal,
): Promise<void> {
  const maxHosts = options["max-hosts"];
  const clock = new Clock();
  // Whole milliseconds for all times that are shown.
  const nowMs = () => Math.round(clock.nowMs());
  const aheadMs = () => clock.aheadMs();
  const receiver = maxHosts > ONE_THREAD_HOSTS
    ? await bindDrain(options.listen, maxHosts, clock)
    : bindReceiver(options.listen);
  const { addresses } = receiver;
  const fleet = new Fleet({
    ...(options.keys !== null && { decode: opening(options.keys, options, log, stop) }),
    allow: options.allow,
    kernelDropped: openKernelDrops(addresses[0]!.port),
    maxHosts,
    historyMs: options.history,
    nowMs: nowMs(),
  });
  log.info(describeListening(options.listen, addresses));
  if (stop.aborted) receiver.close();
  else stop.addEventListener("abort", () => receiver.close());
  const logEvent = eventLogger(log, nowMs);
  const web = await openWeb(options, {
    fleet,
    listening: addresses,
    nowMs,
    aheadMs,
    log,
    logEvent,
  });
  let failure: Error | null = null;
  const view = openView(options.view, {
    fleet,
    listenAddress: addresses[0]!,
    webUrl: web.url,
    nowMs: () => clock.nowMs(),
    aheadMs,
    log,
    onEnd(error) {
      failure = error;
      receiver.close();
    },
  });
  const watching = setInterval(tellOfSilence(fleet, log, nowMs), WATCH_INTERVAL_MS);
  try {
    await receiver.receiveAll(
      (bytes, sender, cameMs = clock.nowMs()) => {
        const atMs = Math.round(cameMs);
        const receipt = fleet.receive(bytes, sender, atMs);
        if (receipt.accepted) view.show(receipt, atMs);
        else logEvent(receipt.reason, () => describeDrop(receipt, sender));
      },
      (error) => logEvent("receive", () => `Cannot receive: ${describeError(error)}`),
    );
  } finally {
    clearInterval(watching);
    await Promise.all([view.close(), web.close()]);
  }
  if (failure !== null) throw failure;
}

/** Opens what is sealed, with the keys as the file has them when it comes. */
function opening(keys: KeyFile, options: ServerOptions, log: Log, stop: AbortSignal) {
  const auth = options.auth ?? "require";
  const opener = new Opener({ auth, maxAgents: options["max-hosts"] });
  keys.watch(log, stop);
  log.info(`Opens sealed datagrams with the keys of ${keys.path} (--auth ${auth})`);
  return (bytes: Uint8Array, sender: Address): Decoded => {
    const upMs = performance.now();
    return opener.open(bytes, keys.ring, { wallMs: Date.now(), upMs }, sender);
  };
}

/** Logs who is new, went offline, left or is back since it was called last. */
function tellOfSilence(fleet: Fleet, log: Log, now: () => number): () => void {
  const watch = new SilenceWatch();
  return () => {
    const nowMs = now();
    const { entered, offline, left, back } = watch.look(fleet, nowMs);
    const news = [...describeEntered(entered), ...describeLeft(left), ...describeBack(back)];
    for (const line of describeOffline(offline, nowMs)) log.warn(line);
    for (const line of news) log.info(line);
  };
}

/** Logs one event of a kind a minute, with how many like it there were; the text of no other is made. */
function eventLogger(
  log: Log,
  nowMs: () => number,
): (kind: string, textOf: () => string) => void {
  const throttle = new Throttle(LOG_INTERVAL_MS);
  return (kind, textOf) => {
    const heldBack = throttle.pass(kind, nowMs());
    if (heldBack === null) return;
    const more = heldBack > 0 ? `; ${heldBack} more like it since the last such line` : "";
    if (kind === "duplicate" || kind === "old") log.debug(textOf() + more);
    else log.warn(textOf() + more);
  };
}

function describeDrop({ reason, error }: Dropped, sender: Address): string {
  const detail = error === undefined ? DROP_REASONS[reason] : describeError(error);
  return `Dropped a datagram of ${formatAddress(sender)} (${reason}): ${detail}`;
}
