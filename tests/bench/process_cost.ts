/**
 * What a process costs: processor time and memory, read from Linux. Processor time comes from a
 * control group where one can be made, as that counts in microseconds and counts children; else
 * from /proc, which counts children in clock ticks. It starts and ends no process itself.
 */

const TICKS_PER_SECOND = 100;

/** A child of what was measured may end a little later. */
const REMOVAL_ATTEMPTS = 20;
const REMOVAL_PAUSE_MS = 50;

/** The memory of a process, in MiB. */
export interface MemoryMiB {
  /** VmRSS: what is in memory, that of files that others map too included. */
  readonly resident: number;
  /** RssAnon: what is its own and came from no file. */
  readonly anonymous: number;
  /** Pss: resident, with what is shared divided among those who share it. */
  readonly proportional: number;
}

/** The memory of a process now. */
export function memoryMiB(pid: number): MemoryMiB {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const smaps = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
  return {
    resident: fieldMiB(status, "VmRSS"),
    anonymous: fieldMiB(status, "RssAnon"),
    proportional: fieldMiB(smaps, "Pss"),
  };
}

function fieldMiB(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)![1]) / 1_024;
}

/** Processor time of a process and of the children that it has waited for, in ms; exact to some 20 ms. */
export function tickedCpuMs(pid: number): number {
  const [user, system, childUser, childSystem] = cpuTicks(pid);
  return (user! + system! + childUser! + childSystem!) * 1_000 / TICKS_PER_SECOND;
}

function cpuTicks(pid: number): readonly number[] {
  const afterName = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ").at(-1)!;
  return afterName.split(" ").slice(11, 15).map(Number);
}

/** Processor time of the threads that run now in nanoseconds, of children in ticks; together in ms. */
function scheduledCpuMs(pid: number): number {
  const threads = [...Deno.readDirSync(`/proc/${pid}/task`)].map(({ name }) =>
    Number(Deno.readTextFileSync(`/proc/${pid}/task/${name}/schedstat`).split(" ")[0])
  );
  const [, , childUser, childSystem] = cpuTicks(pid);
  const childMs = (childUser! + childSystem!) * 1_000 / TICKS_PER_SECOND;
  return threads.reduce((sum, ns) => sum + ns, 0) / 1e6 + childMs;
}

/** Processor time of this program's main thread in ms, however busy the machine is. Linux. */
export function mainThreadCpuMs(): number {
  const text = Deno.readTextFileSync(`/proc/self/task/${Deno.pid}/schedstat`);
  return Number(text.split(" ")[0]) / 1e6;
}

/** Measures the processor time of one command, which is to be started through `wrap`. */
export class CpuMeter implements Disposable {
  readonly #folder: string | null;

  constructor(name: string) {
    this.#folder = makeGroup(`pulso-bench-${Deno.pid}-${name}`);
  }

  /** The command that joins the group and then becomes the given one, under the same process id. */
  wrap(command: readonly string[]): readonly string[] {
    if (this.#folder === null) return command;
    const join = `echo $$ > "$0/cgroup.procs" && exec "$@"`;
    return ["/bin/sh", "-c", join, this.#folder, ...command];
  }

  /** Milliseconds of processor time that the command and its children have used. */
  cpuMs(pid: number): number {
    if (this.#folder === null) return scheduledCpuMs(pid);
    const text = Deno.readTextFileSync(`${this.#folder}/cpu.stat`);
    return Number(/^usage_usec (\d+)$/m.exec(text)![1]) / 1_000;
  }

  /** Removes the group; its processes must have ended, or be about to. */
  [Symbol.dispose](): void {
    if (this.#folder === null) return;
    for (let attempt = 1;; attempt++) {
      try {
        return Deno.removeSync(this.#folder);
      } catch (error) {
        if (attempt === REMOVAL_ATTEMPTS) throw error;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, REMOVAL_PAUSE_MS);
      }
    }
  }
}

/** Makes a control group; `null` where there are none or we may not. */
function makeGroup(name: string): string | null {
  const mounts = Deno.readTextFileSync("/proc/mounts");
  const mount = /^\S+ (\S+) cgroup2 /m.exec(mounts)?.[1];
  if (mount === undefined) return null;
  try {
    Deno.mkdirSync(`${mount}/${name}`);
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied || isReadOnly(error)) return null;
    throw error;
  }
  return `${mount}/${name}`;
}

function isReadOnly(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EROFS";
}
