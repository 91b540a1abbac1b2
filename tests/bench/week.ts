// deno-lint-ignore-file no-console
/**
 * `deno task week [--samples N] [--direct] [--v8-flags=FLAGS]`: a week of the agent, which is 120,960 samples
 * at 5 s, in some minutes. Compiles the agent with another interval (see `week_agent.ts`) and the
 * permissions and flags of its task, runs it as fast as it goes, takes what it sends, and prints what
 * it holds at twenty moments: memory, descriptors, children, threads. Linux; it ends by itself.
 */
import { flag } from "../../lib/common/option_reader.ts";
import { readCount } from "../../lib/common/options.ts";
import { readCommandLine } from "../../tools/command_line.ts";
import { memoryMiB, tickedCpuMs } from "./process_cost.ts";
import { compileVariant } from "./variant.ts";

const MOMENTS = 20;
/** After so long without a datagram the measurement fails. */
const PATIENCE_MS = 10_000;

/** What the agent holds at one moment. */
interface Moment {
  readonly samples: number;
  readonly anonymousMiB: number;
  readonly cpuMs: number;
  readonly descriptors: number;
  readonly threads: number;
  readonly children: number;
}

const options = readCommandLine({
  usage: "deno task week [OPTION]...",
  purpose: "Runs a week of the agent in some minutes, and tells what it holds meanwhile.",
  options: {
    samples: {
      placeholder: "N",
      fallback: "100000",
      help: "how many samples",
      read: (text: string) => readCount(text, 100, Number.MAX_SAFE_INTEGER),
    },
    direct: flag("grant all permissions, so that the agent reads /proc itself"),
    "v8-flags": {
      placeholder: "FLAGS",
      fallback: null,
      help: "flags for V8 in place of the task's, separated by commas, or none",
      read: (text: string) => text === "none" ? "" : text,
    },
  },
});
const { samples } = options;

/** Runs the agent to its good-bye; moments are read while it goes on. */
async function runWeek(program: string): Promise<Moment[]> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  const agent = new Deno.Command(program, {
    args: ["--server", `127.0.0.1:${port}`, "--count", String(samples), "--log-level", "warn"],
  }).spawn();
  const step = Math.ceil(samples / MOMENTS);
  const read: Moment[] = [];
  const silence = new Silence(() => socket.close());
  const buffer = new Uint8Array(8_192);
  for (let due = 1;;) {
    const [bytes] = await socket.receive(buffer);
    silence.end();
    const { seq } = JSON.parse(new TextDecoder().decode(bytes));
    if (seq >= samples) break;
    if (seq < due) continue;
    read.push(momentOf(agent.pid, seq));
    // The last one while it is still there.
    due = Math.min(seq < step ? step : due + step, samples - 2);
    if (seq >= samples - 2) due = Infinity;
  }
  silence.stop();
  socket.close();
  await agent.status;
  return read;
}

/** Acts when nothing came for a while. */
class Silence {
  #heard = true;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(act: () => void) {
    this.#timer = setInterval(() => {
      if (!this.#heard) act();
      this.#heard = false;
    }, PATIENCE_MS);
  }

  end(): void {
    this.#heard = true;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

function momentOf(pid: number, samples: number): Moment {
  const tasks = entries(`/proc/${pid}/task`);
  const childrenOf = (task: string) =>
    Deno.readTextFileSync(`/proc/${pid}/task/${task}/children`).split(" ").filter(Boolean);
  return {
    samples,
    anonymousMiB: memoryMiB(pid).anonymous,
    cpuMs: tickedCpuMs(pid),
    descriptors: entries(`/proc/${pid}/fd`).length,
    threads: tasks.length,
    children: tasks.flatMap(childrenOf).length,
  };
}

function entries(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name);
}

/** Memory gained in 1,000 samples, by the straight line of least squares through the second half. */
function slopeKiB(moments: readonly Moment[]): number {
  const settled = moments.slice(moments.length / 2);
  const mean = (valueOf: (moment: Moment) => number) =>
    settled.reduce((sum, moment) => sum + valueOf(moment), 0) / settled.length;
  const meanSamples = mean(({ samples }) => samples);
  const meanMiB = mean(({ anonymousMiB }) => anonymousMiB);
  const covariance = mean(({ samples, anonymousMiB }) =>
    (samples - meanSamples) * (anonymousMiB - meanMiB)
  );
  return covariance / mean(({ samples }) => (samples - meanSamples) ** 2) * 1_024 * 1_000;
}

const program = await compileVariant("pulso-week", {
  script: "tests/bench/week_agent.ts",
  engine: options["v8-flags"] ?? undefined,
  direct: options.direct,
});
const moments = await runWeek(program);
console.table(moments.map(({ cpuMs, ...moment }, index) => {
  const last = moments[index - 1];
  const perSample = last && (cpuMs - last.cpuMs) / (moment.samples - last.samples);
  return { ...moment, cpuMsPerSample: perSample?.toFixed(3) };
}));
console.log(`anonymous memory grows by ${slopeKiB(moments).toFixed(2)} KiB in 1,000 samples`);
