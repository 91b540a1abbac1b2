/**
 * The server: sources give datagrams, the fleet keeps what they say, and observers show it. It sends
 * nothing, and needs --allow-net and nothing else unless it is to read a file, or to keep data.
 */
import { Clock } from "./lib/common/clock.ts";
import { formatAddress, type Origin } from "./lib/common/address.ts";
import { DROP_REASONS } from "./lib/common/status.js";
import { describeError, type Log, ThrottledLog } from "./lib/common/log.ts";
import { commandsOf, configOf, runProgram } from "./lib/common/program.ts";
import { runKeygen, type WithKeys, withKeys } from "./lib/sealed/key_file.ts";
import { runDoctor } from "./lib/server/doctor/doctor.ts";
import { Failures } from "./lib/server/failures.ts";
import { Fleet } from "./lib/server/fleet/fleet.ts";
import type { Dropped } from "./lib/server/fleet/receipt.ts";
import { Observers } from "./lib/server/observers.ts";
import { SealedDecoder } from "./lib/server/opening.ts";
import {
  readServerOptions,
  SERVER_COMMANDS,
  SERVER_TABLE,
  SERVER_USAGE,
  type ServerOptions,
} from "./lib/server/options.ts";
import { bindUdp, describeListening, openKernelDrops } from "./lib/server/sources/udp.ts";
import { openData } from "./lib/server/store/open.ts";
import { Sources } from "./lib/server/sources/sources.ts";
import { openView } from "./lib/server/views/view.ts";
import { Watch } from "./lib/server/views/watch.ts";
import { openWeb } from "./lib/server/web/server.ts";

/** Interval between two ticks of the observers. */
const TICK_MS = 1_000;

if (import.meta.main) {
  await runProgram({
    name: "pulso-server",
    usage: SERVER_USAGE,
    readOptions: (...given) => withKeys(readServerOptions(...given)),
    run: runServer,
    commands: commandsOf("pulso-server", SERVER_COMMANDS, {
      keygen: (argv) => runKeygen("pulso-server", argv),
      doctor: runDoctor,
      config: configOf(SERVER_TABLE, readServerOptions),
    }),
  });
}

/** Receives until `stop` is aborted, or the view has ended. @throws {Error} when it cannot, or cannot any more. */
export async function runServer(
  options: ServerOptions & WithKeys,
  log: Log,
  stop: AbortSignal,
): Promise<void> {
  const { listen, allow, history, "max-hosts": maxHosts } = options;
  const clock = new Clock();
  // Whole milliseconds for all times that are kept or shown.
  const nowMs = () => Math.round(clock.nowMs());
  const aheadMs = () => clock.aheadMs();
  const startedMs = nowMs();
  const failures = new Failures(log);
  const throttledLog = new ThrottledLog(log, nowMs);

  const udp = await bindUdp(listen, { maxHosts, nowMs: () => clock.nowMs() });
  const sources = new Sources([udp], failures, throttledLog);
  const fleet = new Fleet({
    decoder: decoderOf(options, log, stop),
    allow,
    kernelDropped: openKernelDrops(udp.addresses[0]!.port),
    maxHosts,
    historyMs: history,
    nowMs: startedMs,
  });
  const store = await openData(options, { fleet, startedMs, nowMs, aheadMs, log, failures });
  log.info(describeListening(listen, udp.addresses));

  const viewEnd = new AbortController();
  const context = {
    fleet,
    listening: udp.addresses,
    nowMs,
    aheadMs,
    log,
    throttledLog,
    failures,
    store,
  };
  const web = await openWeb(options, context);
  const view = openView(options.view, {
    ...context,
    webUrl: web.url,
    onEnd: (failure) => viewEnd.abort(failure),
  });
  const watch = new Watch(fleet, log, startedMs);
  const observers = new Observers([...store === null ? [] : [store], web, view, watch], failures);

  const ticking = setInterval(() => observers.tick(nowMs()), TICK_MS);
  try {
    await sources.run((bytes, origin, atMs) => {
      const receipt = fleet.receive(bytes, origin, atMs);
      if (receipt.accepted) observers.accepted(receipt, atMs);
      else logDrop(throttledLog, receipt, origin);
    }, AbortSignal.any([stop, viewEnd.signal]));
  } finally {
    clearInterval(ticking);
    await observers.close();
  }
  if (viewEnd.signal.reason instanceof Error) throw viewEnd.signal.reason;
}

/** What opens sealed datagrams where there are keys; `undefined` where only plain ones are accepted. */
function decoderOf(options: ServerOptions & WithKeys, log: Log, stop: AbortSignal) {
  const { keys, auth, "max-hosts": maxAgents } = options;
  if (keys === null) return undefined;
  const decoder = new SealedDecoder(keys, { auth: auth ?? "require", maxAgents });
  keys.watch(log, stop);
  log.info(`Opening sealed datagrams with the keys in ${keys.path} (--auth ${auth ?? "require"})`);
  return decoder;
}

/** Copies and late ones are usual, and logged for those who look for a fault. */
function logDrop(log: ThrottledLog, { reason, error }: Dropped, origin: Origin): void {
  const level = reason === "duplicate" || reason === "old" ? "debug" : "warn";
  log[level](reason, () => {
    const detail = error === undefined ? DROP_REASONS[reason] : describeError(error);
    return `Dropped a datagram from ${formatAddress(origin)} (${reason}): ${detail}`;
  });
}
