/**
 * The server: receives the datagrams of all agents in one loop, hands them to the fleet in memory,
 * and shows it. It sends nothing, writes no file, and needs --allow-net and nothing else.
 */
import { type Dropped, Fleet } from "./lib/fleet/fleet.ts";
import { DROP_REASONS } from "./lib/fleet/totals.ts";
import { type Address, formatAddress } from "./lib/format.ts";
import { describeError, type Log } from "./lib/log.ts";
import { readServerOptions, SERVER_USAGE, type ServerOptions } from "./lib/options.ts";
import { runProgram } from "./lib/program.ts";
import { bindReceiver } from "./lib/receiver.ts";
import { Throttle } from "./lib/throttle.ts";
import { openView } from "./lib/terminal/view.ts";
import { openWeb } from "./lib/web/web.ts";

/** Each reason to drop a datagram is logged at most once in this time. */
const LOG_INTERVAL_MS = 60_000;

if (import.meta.main) {
  await runProgram({
    name: "pulso-server",
    usage: SERVER_USAGE,
    readOptions: readServerOptions,
    run,
  });
}

async function run(options: ServerOptions, log: Log, stop: AbortSignal): Promise<void> {
  const fleet = new Fleet({
    maxHosts: options["max-hosts"],
    historyMs: options.history,
    nowMs: wholeNowMs(),
  });
  const receiver = bindReceiver(options.listen);
  const { address: listenAddress } = receiver;
  log.info(`Receives on ${formatAddress(listenAddress)}`);
  stop.addEventListener("abort", () => receiver.close());
  const logEvent = eventLogger(log);
  const web = openWeb(options, {
    fleet,
    nowMs: wholeNowMs,
    log,
    onFault: (error) => logEvent("web", `Cannot answer a request: ${describeError(error)}`),
  });
  const view = openView(options.view, {
    fleet,
    listenAddress,
    webUrl: web.url,
    nowMs: steadyNowMs,
    log,
    onEnd: () => receiver.close(),
  });
  try {
    await receiver.receiveAll(
      (bytes, sender) => {
        const receipt = fleet.receive(bytes, sender, wholeNowMs());
        if (receipt.accepted) view.show(receipt);
        else logEvent(receipt.reason, describeDrop(receipt, sender));
      },
      (error) => logEvent("receive", `Cannot receive: ${describeError(error)}`),
    );
  } finally {
    await Promise.all([view.close(), web.close()]);
  }
}

/** Logs one event of a kind a minute, with how many like it there were. */
function eventLogger(log: Log): (kind: string, text: string) => void {
  const throttle = new Throttle(LOG_INTERVAL_MS);
  return (kind, text) => {
    const heldBack = throttle.pass(kind, steadyNowMs());
    if (heldBack === null) return;
    const more = heldBack > 0 ? `; ${heldBack} more like it since the last such line` : "";
    if (kind === "duplicate" || kind === "old") log.debug(text + more);
    else log.warn(text + more);
  };
}

function describeDrop({ reason, error }: Dropped, sender: Address): string {
  const detail = error === undefined ? DROP_REASONS[reason] : describeError(error);
  return `Dropped a datagram of ${formatAddress(sender)} (${reason}): ${detail}`;
}

/** The same in whole milliseconds, for all times that are shown. */
function wholeNowMs(): number {
  return Math.round(steadyNowMs());
}

/** Milliseconds on a clock that is never set back; its zero is that of the wall clock at the start. */
function steadyNowMs(): number {
  return performance.timeOrigin + performance.now();
}
