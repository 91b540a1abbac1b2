/**
 * The server: sources give datagrams, the fleet keeps what they say, and observers show it. It sends
 * no datagram, and needs --allow-net and nothing else unless it is to read or write a file.
 */
import { Clock } from "./lib/common/clock.ts";
import { type Log, ThrottledLog } from "./lib/common/log.ts";
import { runProgram } from "./lib/common/program.ts";
import { type WithKeys, withKeys } from "./lib/sealed/key_file.ts";
import { COMMANDS } from "./lib/server/assembly/commands.ts";
import { openReception } from "./lib/server/assembly/reception.ts";
import { openPublisher } from "./lib/server/bus/open.ts";
import { openPast } from "./lib/server/export/long_past.ts";
import { openRemoteWrite } from "./lib/server/export/remote_write.ts";
import { openAlerting } from "./lib/server/assembly/alerting.ts";
import { Failures, Observers, Sources } from "./lib/server/parts.ts";
import { Fleet } from "./lib/server/fleet/fleet.ts";
import { openDecoder } from "./lib/server/opening.ts";
import type { ServerOptions } from "./lib/server/options.ts";
import { SERVER_OPTIONS, SERVER_USAGE } from "./lib/server/program.ts";
import { VerdictDecoder } from "./lib/server/record/decoder.ts";
import { openRecorder } from "./lib/server/record/recorder.ts";
import { openDoor, ordersOf } from "./lib/server/store/door.ts";
import { openData } from "./lib/server/store/open.ts";
import { openView } from "./lib/server/views/view.ts";
import { logDrop, Watch } from "./lib/server/views/watch.ts";
import { openFront, openWeb } from "./lib/server/web/server.ts";

if (import.meta.main) {
  await runProgram({
    name: "pulso-server",
    usage: SERVER_USAGE,
    options: SERVER_OPTIONS,
    run: async (options, ...rest) => runServer(await withKeys(options), ...rest),
    commands: COMMANDS,
  });
}

/** Receives until `stop` is aborted, or the view has ended. @throws {Error} when it cannot, or cannot any more. */
export async function runServer(
  options: ServerOptions & WithKeys,
  log: Log,
  stop: AbortSignal,
): Promise<void> {
  const clock = new Clock();
  const steadyMs = () => clock.nowMs();
  const failures = new Failures(log);
  const throttledLog = new ThrottledLog(log, steadyMs);
  if (options.front !== null) {
    const web = await openFront(options, options.front, { clock, log, throttledLog });
    await new Promise((resolve) => stop.addEventListener("abort", resolve));
    return await web.close();
  }
  const reception = await openReception(options, { clock, log, throttledLog });
  const { source, replay, follow, kernelDrops, kernelDropped, listening } = reception;
  // Whole milliseconds for all times that are kept or shown.
  const nowMs = () => Math.round(reception.clock.nowMs());
  const aheadMs = () => reception.clock.aheadMs();
  const startedMs = replay?.startMs ?? nowMs();
  const context = { ...{ clock, steadyMs, nowMs, aheadMs, log, throttledLog, failures }, replay };
  const recorder = await openRecorder(options, context);
  const bus = await openPublisher(options, { ...context, startedMs });
  const sealed = reception.decoder ?? openDecoder(options, log, stop);
  const verdicts = new VerdictDecoder(sealed);
  const decoder = sealed && (recorder ?? bus) ? verdicts : sealed;
  const { allow, "max-hosts": maxHosts, history: historyMs } = options;
  const followed = follow?.source;
  const keeps = { maxHosts, historyMs, nowMs: startedMs, resumed: followed };
  const fleet = new Fleet({ decoder, allow, kernelDropped, ...keeps });
  followed?.contents.join(fleet);
  const store = await openData(options, { ...context, fleet, startedMs, kernelDrops, followed });
  log.info(reception.description);

  const viewEnd = new AbortController();
  const recorded = () => recorder?.counts ?? null;
  const busState = () => (bus ?? follow)?.state ?? null;
  const since = { startedMs: store?.startedMs ?? startedMs };
  const beside = { ...context, fleet, ...since, store, recorded, bus: busState };
  const notifyBy = follow?.notifyBy ?? null;
  const alerting = await openAlerting(options, { ...beside, kernelDropped, notifyBy });
  const { alerts, outbox } = alerting;
  const told = { ...beside, alerts, outbox };
  const remote = await openRemoteWrite(options, told);
  const remoteWrite = () => remote?.state ?? [];
  const orders = ordersOf(fleet, store, () => nowMs() + aheadMs());
  const past = await openPast(options, beside);
  const shown = { ...told, listening, store: past, remoteWrite, ...orders };
  const web = await openWeb(options, shown);
  const onEnd = (failure: Error | null) => viewEnd.abort(failure);
  const view = openView(options.view, { ...shown, webUrl: web.url, onEnd });
  const door = store && await openDoor(options.data!, { ...orders, ...alerting.orders });
  const outlets = [store, door, recorder, remote, follow && fleet.ways, (bus ?? follow)?.observer]
    .filter((outlet) => !!outlet);
  const parts = [...outlets, web, view, new Watch(fleet, log, startedMs), ...alerting.observers];
  const observers = new Observers(parts, failures);
  const restart = (nowMs: number) => {
    fleet.restart(nowMs);
    alerts.restart(nowMs);
  };
  replay?.follow(restart, web.url === null && view.isInteractive !== true);

  // A second is told of when all of its datagrams have been taken.
  const ticking = setInterval(() => observers.goOn(() => nowMs() - 1_000), 1_000);
  try {
    await new Sources([source], failures, throttledLog).run((bytes, origin, atMs, site) => {
      // What sites have is not in the order of time.
      if (follow === null) observers.advance(atMs);
      const receipt = fleet.receive(bytes, origin, atMs, site);
      recorder?.record(bytes, origin, atMs, verdicts.verdictOn(receipt));
      if (bus !== null && receipt.host !== undefined) {
        bus.add(receipt.host.key, bytes, origin, atMs, verdicts.verdictOn(receipt));
      }
      if (receipt.accepted) observers.accepted(receipt, atMs);
      else logDrop(throttledLog, receipt, origin);
    }, AbortSignal.any([stop, viewEnd.signal]));
  } finally {
    clearInterval(ticking);
    await observers.close();
  }
  if (viewEnd.signal.reason instanceof Error) throw viewEnd.signal.reason;
}
