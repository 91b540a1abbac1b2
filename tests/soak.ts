/**
 * `deno task soak [--minutes N] [--agents N]`: many agents at one sample a second behind a bad
 * network (5 % loss, 1 % copies, 2 % out of order), and a server that is killed and started again
 * twice. At each of its ends every count of every host is held against the log of the network; at
 * the end the growth of the server's memory is told. Linux only; it ends by itself.
 */
import { memoryMiB } from "./bench/process_cost.ts";
import { encodeMessage } from "../lib/message/encode.ts";
import { AskedServer } from "./asked_server.ts";
import { accountOf, FaultyPath, harmed } from "./fault_proxy.ts";
import { readCount } from "../lib/common/options.ts";
import { readCommandLine, readMinutes } from "../tools/command_line.ts";
import { sampleOf } from "./messages.ts";

const FAULTS = {
  loss: 0.05,
  burst: 0,
  recovery: 1,
  duplicate: 0.01,
  reorder: 0.02,
  corrupt: 0,
  truncate: 0,
};
const LIVES = 3;
const TURN_MS = 4;
const MAX_PER_TURN = 24;

const { minutes, agents } = readCommandLine({
  usage: "deno task soak [OPTION]...",
  purpose: "Lets many agents report through a bad network to a server that is killed twice.",
  options: {
    minutes: { placeholder: "N", fallback: "10", help: "how long to send", read: readMinutes },
    agents: {
      placeholder: "N",
      fallback: "2000",
      help: "how many agents",
      read: (text: string) => readCount(text, 1, 10_000),
    },
  },
});
const hosts = Array.from({ length: agents }, (_, index) => ({
  id: `agent-${index}`,
  path: new FaultyPath(index + 1, FAULTS),
  seq: 0,
}));
const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
let wrong = 0;

for (let life = 1; life <= LIVES; life++) await live(life, minutes / LIVES * 60_000);
socket.close();
print(`${wrong} wrong counts`);
Deno.exit(wrong === 0 ? 0 : 1);

/** One life of the server: sends for a while, compares, and kills it. */
async function live(life: number, spanMs: number): Promise<void> {
  // So short that the past is full, and memory level, in the second half of each life.
  await using server = await AskedServer.start(["--history", "1m"]);
  for (const { path } of hosts) path.log = [];
  const memory: [seconds: number, mebibytes: number][] = [];
  const sent = await send(server.to, spanMs, (seconds) => {
    memory.push([seconds, memoryMiB(server.running.pid).anonymous]);
  });
  await pause(1_000);
  const totals = await server.totals();
  let differing = 0;
  for (const { id, path } of hosts) {
    const delivery = (await server.get(`/api/hosts/${id}`))?.delivery;
    const expected: Record<string, number> = accountOf(path.log);
    const names = Object.keys(expected).filter((name) => delivery?.[name] !== expected[name]);
    differing += names.length;
  }
  wrong += differing;
  print(
    `life ${life}: ${sent} sent, ${totals.received} received, ${differing} wrong counts of ` +
      `${hosts.length} hosts; anonymous memory ${memory.at(-1)?.[1].toFixed(1)} MiB, ` +
      `${
        slope(memory.slice(Math.floor(memory.length / 2))).toFixed(3)
      } MiB a minute in the second half`,
  );
}

/** Sends for every host once a second, evenly. */
async function send(
  to: Deno.NetAddr,
  spanMs: number,
  each: (seconds: number) => void,
): Promise<number> {
  const startMs = performance.now();
  let next = 0;
  let sent = 0;
  let noted = 0;
  while (performance.now() - startMs < spanMs) {
    const seconds = (performance.now() - startMs) / 1_000;
    const due = Math.min(Math.floor(seconds * hosts.length), next + MAX_PER_TURN);
    for (; next < due; next++) {
      const host = hosts[next % hosts.length]!;
      host.seq++;
      const message = sampleOf({ cores: 4, volumes: 1, interfaces: 1 });
      const bytes = encodeMessage({
        ...message,
        ...{ id: host.id, host: host.id, session: "soak", seq: host.seq, interval: 1_000 },
      });
      for (const datagram of host.path.take(bytes)) {
        await socket.send(harmed(datagram), to);
        sent++;
      }
    }
    if (seconds - noted >= 5) {
      noted = seconds;
      each(seconds);
    }
    await pause(TURN_MS);
  }
  return sent;
}

/** Least squares: MiB a minute. */
function slope(points: readonly (readonly [number, number])[]): number {
  const mean = (of: 0 | 1) => points.reduce((sum, point) => sum + point[of], 0) / points.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const covariance = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const variance = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return variance === 0 ? 0 : 60 * covariance / variance;
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}

function print(text: string): void {
  // deno-lint-ignore no-console
  console.log(text);
}
