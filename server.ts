/**
 * The server: sources give datagrams, the fleet keeps what they say, and observers show it. It sends
 * no datagram, and needs --allow-net and nothing else unless it is to read or write a file.
 */
import { Clock } from "./lib/common/clock.ts";
import { type Log, ThrottledLog } from "./lib/common/log.ts";
import { commandsOf, configOf, runProgram } from "./lib/common/program.ts";
import { runKeygen, type WithKeys, withKeys } from "./lib/sealed/key_file.ts";
import {
  alertOrders,
  runCheckAlerts,
  runMute,
  runMutes,
  runTestAlerts,
  runUnmute,
} from "./lib/server/alerts/file/commands.ts";
import { openAlerts } from "./lib/server/alerts/file/open.ts";
import { runRehearse } from "./lib/server/alerts/file/rehearse.ts";
import { troublesOf } from "./lib/server/alerts/troubles.ts";
import { runDoctor } from "./lib/server/doctor/doctor.ts";
import { openRemoteWrite } from "./lib/server/export/remote_write.ts";
import type { Destination } from "./lib/server/outlets/destination.ts";
import { openHeartbeat, openOutbox, openSurroundings } from "./lib/server/outlets/open.ts";
import { readDestination } from "./lib/server/outlets/read.ts";
import { Failures, Observers, Sources } from "./lib/server/parts.ts";
import { Fleet } from "./lib/server/fleet/fleet.ts";
import { openDecoder } from "./lib/server/opening.ts";
import type { ServerOptions } from "./lib/server/options.ts";
import { SERVER_COMMANDS, SERVER_OPTIONS, SERVER_USAGE } from "./lib/server/program.ts";
import { runRecordInfo } from "./lib/server/record/info.ts";
import { openRecorder } from "./lib/server/record/recorder.ts";
import { openReplay } from "./lib/server/record/replay.ts";
import { openKernelDrops } from "./lib/server/sources/kernel_drops.ts";
import { bindUdp, describeListening } from "./lib/server/sources/udp.ts";
import { openDoor, ordersOf, runBackup, runForget } from "./lib/server/store/door.ts";
import { openData } from "./lib/server/store/open.ts";
import { openView } from "./lib/server/views/view.ts";
import { logDrop, Watch } from "./lib/server/views/watch.ts";
import { openWeb } from "./lib/server/web/server.ts";

if (import.meta.main) {
  await runProgram({
    name: "pulso-server",
    usage: SERVER_USAGE,
    options: SERVER_OPTIONS,
    run: async (options, ...rest) => runServer(await withKeys(options), ...rest),
    commands: commandsOf("pulso-server", SERVER_COMMANDS, {
      keygen: (argv) => runKeygen("pulso-server", argv),
      doctor: runDoctor,
      "record-info": runRecordInfo,
      backup: runBackup,
      forget: runForget,
      "check-alerts": (argv) => runCheckAlerts(argv, destinationReader(new Clock())),
      rehearse: (argv, environment) =>
        runRehearse(argv, environment, destinationReader(new Clock())),
      "test-alerts": runTestAlerts,
      mute: runMute,
      mutes: runMutes,
      unmute: runUnmute,
      config: configOf("pulso-server", SERVER_OPTIONS),
    }),
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
  const { source, replay, kernelDropped, ...reception } = await openSource(options, steadyMs, log);
  const fleetClock = replay?.clock ?? clock;
  // Whole milliseconds for all times that are kept or shown.
  const nowMs = () => Math.round(fleetClock.nowMs());
  const aheadMs = () => fleetClock.aheadMs();
  const startedMs = replay?.startMs ?? nowMs();
  const context = { ...{ clock, steadyMs, nowMs, aheadMs, log, throttledLog, failures }, replay };

  const recorder = await openRecorder(options, context);
  const sources = new Sources([source], failures, throttledLog);
  const sealed = replay?.decoder ?? openDecoder(options, log, stop);
  const decoder = sealed && recorder?.listen(sealed) || sealed;
  const { allow, "max-hosts": maxHosts, history: historyMs } = options;
  const fleet = new Fleet({ decoder, allow, kernelDropped, maxHosts, historyMs, nowMs: startedMs });
  const store = await openData(options, { ...context, fleet, startedMs, kernelDropped });
  log.info(reception.description);

  const viewEnd = new AbortController();
  const recorded = () => recorder?.counts ?? null;
  const outbox = openOutbox(clock, log);
  const troubles = troublesOf({
    kernelDropped,
    recordOmitted: () => recorder?.counts.omitted ?? null,
    logDropped: () => log.dropped(),
    store,
    destinations: () => outbox.state,
  });
  const alerting = await openAlerts(options, {
    ...{ fleet, log, startedMs, aheadMs, troubles },
    // What happened long ago is told to nobody.
    outlet: replay === null ? outbox : { use() {}, tell() {} },
    readDestination: destinationReader(clock),
  });
  const { alerts } = alerting;
  outbox.renewBy((destination) => alerts.renewals(destination));
  const told = { ...context, fleet, startedMs, alerts, outbox, recorded };
  const remote = await openRemoteWrite(options, told);
  const remoteWrite = () => remote?.state ?? [];
  const orders = ordersOf(fleet, store, () => nowMs() + aheadMs());
  const shown = { ...told, ...reception, store, remoteWrite, ...orders };
  const web = await openWeb(options, shown);
  const onEnd = (failure: Error | null) => viewEnd.abort(failure);
  const view = openView(options.view, { ...shown, webUrl: web.url, onEnd });
  const watch = new Watch(fleet, log, startedMs);
  const door = store && await openDoor(options.data!, {
    ...orders,
    ...alertOrders(alerts, () => outbox.test(alerts.destinations, nowMs() + aheadMs())),
  });
  const heartbeat = openHeartbeat(options.heartbeat, told);
  const outlets = [store, door, recorder, remote, outbox, heartbeat].filter((outlet) =>
    outlet !== null
  );
  const observers = new Observers([...outlets, web, view, watch, alerting], failures);
  const restart = (nowMs: number) => {
    fleet.restart(nowMs);
    alerts.restart(nowMs);
  };
  replay?.follow(restart, web.url === null && view.isInteractive !== true);

  // A second is told of when all of its datagrams have been taken.
  const ticking = setInterval(() => observers.advance(nowMs() - 1_000), 1_000);
  try {
    await sources.run((bytes, origin, atMs) => {
      observers.advance(atMs);
      const receipt = fleet.receive(bytes, origin, atMs);
      recorder?.record(bytes, origin, atMs, receipt);
      if (receipt.accepted) observers.accepted(receipt, atMs);
      else logDrop(throttledLog, receipt, origin);
    }, AbortSignal.any([stop, viewEnd.signal]));
  } finally {
    clearInterval(ticking);
    await observers.close();
  }
  if (viewEnd.signal.reason instanceof Error) throw viewEnd.signal.reason;
}

/** What reads a destination of the alerts file. */
function destinationReader(clock: Clock): (name: string, value: unknown) => Destination {
  const surroundings = openSurroundings(clock, null);
  return (name, value) => readDestination(name, value, surroundings);
}

/** Where datagrams come from: a socket, or a record. */
async function openSource(options: ServerOptions, steadyMs: () => number, log: Log) {
  const { listen, replay: folder, speed, from: fromMs, to: toMs, "max-hosts": maxHosts } = options;
  if (folder === null) {
    const udp = await bindUdp(listen, { maxHosts, nowMs: steadyMs });
    const description = describeListening(listen, udp.addresses);
    const kernelDropped = openKernelDrops(udp.addresses);
    return { source: udp, replay: null, listening: udp.addresses, kernelDropped, description };
  }
  const replay = await openReplay({ folder, speed, fromMs, toMs, maxHosts, steadyMs, log });
  const unheard = { listening: [], kernelDropped: () => null };
  return { source: replay, replay, ...unheard, description: replay.description };
}
