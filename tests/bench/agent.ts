/**
 * Measures the agent as its users run it: processor time per sample, memory, bytes per sample, and
 * the time from its start to its first datagram. `deno task bench` runs it; Linux only.
 */
import { decodeMessage } from "../../lib/message/decode.ts";
import type { Figure } from "./figures.ts";
import { CpuMeter, memoryMiB } from "./process_cost.ts";

/** The samples of one run, ten a second. */
const SAMPLES = 150;
const RUNS = 2;
const AGENT = new URL("../../dist/pulso-agent", import.meta.url).pathname;
const WARM_UP = 20;

/** What one run yields. */
interface Figures {
  readonly firstDatagramMs: number;
  readonly cpuMsPerSample: number;
  readonly anonymousMiB: number;
  readonly residentMiB: number;
  readonly bytesPerSample: number;
}

/** Runs an agent for some seconds, and takes what it sends. */
export async function measure(command: readonly string[]): Promise<Figures> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  const startMs = performance.now();
  using meter = new CpuMeter("agent");
  const [first, ...rest] = meter.wrap(command);
  const agent = new Deno.Command(first!, {
    args: [
      ...rest,
      ...["--server", `127.0.0.1:${port}`, "--interval", "100ms", "--log-level", "error"],
      ...["--count", String(SAMPLES + 1)],
    ],
  }).spawn();
  let firstDatagramMs = 0;
  let cpuAtWarmUpMs = 0;
  let bytesPerSample = 0;
  for (let sample = 1; sample <= SAMPLES; sample++) {
    const [bytes] = await socket.receive();
    decodeMessage(bytes);
    bytesPerSample = bytes.length;
    if (sample === 1) firstDatagramMs = performance.now() - startMs;
    if (sample === WARM_UP) cpuAtWarmUpMs = meter.cpuMs(agent.pid);
  }
  const { anonymous, resident } = memoryMiB(agent.pid);
  const figures = {
    firstDatagramMs,
    cpuMsPerSample: (meter.cpuMs(agent.pid) - cpuAtWarmUpMs) / (SAMPLES - WARM_UP),
    anonymousMiB: anonymous,
    residentMiB: resident,
    bytesPerSample,
  };
  await agent.status;
  socket.close();
  return figures;
}

/** Runs the compiled agent a few times. */
export async function measureAgent(): Promise<Figure[]> {
  const runs: Figures[] = [];
  for (let run = 0; run < RUNS; run++) runs.push(await measure([AGENT]));
  const values = (name: keyof Figures) => runs.map((figures) => figures[name]);
  const size = (await Deno.stat(AGENT)).size / 2 ** 20;
  return [
    { name: "start to first datagram", unit: "ms", values: values("firstDatagramMs") },
    { name: "CPU per sample, ten a second", unit: "ms", values: values("cpuMsPerSample") },
    { name: "anonymous memory", unit: "MiB", values: values("anonymousMiB") },
    { name: "resident memory", unit: "MiB", values: values("residentMiB") },
    { name: "bytes per sample", unit: "B", values: values("bytesPerSample") },
    { name: "size of the executable", unit: "MiB", values: [size] },
  ];
}
