/**
 * Where a server's datagrams come from, as its options say: a socket, a record or the bus; with the clock by
 * which they are dated, and what reads those that another server has judged.
 */
import type { Clock } from "../../common/clock.ts";
import type { Log, ThrottledLog } from "../../common/log.ts";
import { openFollower } from "../bus/open.ts";
import type { ServerOptions } from "../options.ts";
import { openReplay } from "../record/replay.ts";
import { openKernelDrops, UNKNOWN_DROPS } from "../sources/kernel_drops.ts";
import { bindUdp, describeListening } from "../sources/udp.ts";

/** The program's clock, and where to report. */
export interface ReceptionContext {
  readonly clock: Clock;
  readonly log: Log;
  readonly throttledLog: ThrottledLog;
}

/** Where no socket receives. */
const UNHEARD = {
  listening: [],
  kernelDrops: UNKNOWN_DROPS,
  kernelDropped: UNKNOWN_DROPS.known,
};

/** Opens where datagrams come from. @throws {Error} with one line for the user when it cannot. */
export async function openReception(options: ServerOptions, context: ReceptionContext) {
  const { clock, log } = context;
  const { listen, replay: folder, speed, from: fromMs, to: toMs, "max-hosts": maxHosts } = options;
  const steadyMs = () => clock.nowMs();
  const follow = await openFollower(options, context);
  if (follow !== null) {
    const { source, description } = follow;
    const { clock: viewClock, contents: { decoder } } = source;
    return { source, clock: viewClock, decoder, replay: null, follow, ...UNHEARD, description };
  }
  if (folder === null && listen !== "off") {
    const source = await bindUdp(listen, { maxHosts, nowMs: steadyMs });
    const { addresses: listening } = source;
    const description = describeListening(listen, listening);
    const kernelDrops = openKernelDrops(listening);
    const { known: kernelDropped } = kernelDrops;
    const nothingElse = { decoder: undefined, replay: null, follow };
    return {
      ...{ source, clock, ...nothingElse, listening },
      ...{ kernelDrops, kernelDropped, description },
    };
  }
  // The options let nothing be off without another source.
  const replay = await openReplay({
    ...{ folder: folder!, speed, fromMs, toMs, maxHosts },
    ...{ steadyMs, log },
  });
  const { clock: recordClock, decoder, description } = replay;
  return { source: replay, clock: recordClock, decoder, replay, follow, ...UNHEARD, description };
}
