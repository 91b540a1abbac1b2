/**
 * Samples a host that has no /proc, through the package systeminformation, which starts the
 * system's own commands. It knows the package only by the answers that it needs; where there is a
 * /proc, what the package tells less of is taken from there.
 */
import type { DiskMetrics, MetricGroup, Metrics, Texts } from "../message/message.ts";
import {
  counted,
  type Decision,
  explain,
  type Explanation,
  type NamePattern,
  override,
} from "./decision.ts";
import type { Timeout } from "../common/timeout.ts";
import {
  cpuFrom,
  diskFrom,
  type Library,
  memoryFrom,
  networkFrom,
  sensorsFrom,
  textsFrom,
} from "./library.ts";
import type { Platform } from "./interface_names.ts";
import { judgeInterfaces, NO_KNOWLEDGE } from "./interfaces.ts";
import { readersOf } from "./numbers.ts";
import {
  amountOf,
  FailureNotes,
  type Numbers,
  type Sample,
  type Sampler,
  withNumbers,
} from "./sample.ts";
import { judgeVolumes } from "./volumes.ts";

/** What a sampler by the package goes by. */
export interface SysteminformationOptions {
  readonly groups: readonly MetricGroup[];
  readonly platform: Platform;
  /** Which interfaces the user wants. */
  readonly interfaces?: readonly NamePattern[];
  /** What samples cores, disk rates and network, where there is a /proc. */
  readonly proc?: Sampler | null;
}

/** Samples between two looks at what changes slowly, as each starts programs: a minute, unless another interval is set. */
const SLOW_SAMPLES = 12;

/** Reads the groups of metrics through the package. */
export class SysteminformationSampler implements Sampler {
  readonly #groups: ReadonlySet<MetricGroup>;
  readonly #platform: Platform;
  readonly #interfaces: readonly NamePattern[];
  readonly #proc: Sampler | null;
  readonly #library: Library;
  readonly #timeout: Timeout;
  /** What changes slowly, as it was at the last look. */
  readonly #slow = new Map<string, Promise<unknown>>();
  #samples = 0;

  constructor(
    { groups, platform, interfaces = [], proc = null }: SysteminformationOptions,
    library: Library,
    timeout: Timeout,
  ) {
    this.#groups = new Set(groups);
    this.#platform = platform;
    this.#interfaces = interfaces;
    this.#proc = proc;
    this.#library = library;
    this.#timeout = timeout;
  }

  /** The package gives rates only over half a second and more; its first CPU load takes that long. */
  async prime(): Promise<Texts> {
    if (this.#proc !== null) return await this.#proc.prime();
    const notes = new FailureNotes();
    await this.#disk(notes);
    await this.#network(notes);
    await this.#cpu(notes);
    return await textsFrom(this.#library).catch(() => ({}));
  }

  async sample(): Promise<Sample> {
    const notes = new FailureNotes();
    return this.#proc === null
      ? await this.#sampleAll(notes)
      : await this.#sampleBeside(this.#proc, notes);
  }

  async explain(): Promise<readonly Explanation[]> {
    const network = () => explain("Interfaces", () => this.#judge());
    const disk = () => explain("Mounts", async () => judgeVolumes(await this.#library.fsSize()));
    return [
      ...(this.#proc !== null
        ? await this.#proc.explain()
        : this.#groups.has("network")
        ? [await network()]
        : []),
      ...(this.#groups.has("disk") ? [await disk()] : []),
    ];
  }

  async #sampleAll(notes: FailureNotes): Promise<Sample> {
    if (this.#samples++ % SLOW_SAMPLES === 0) this.#slow.clear();
    const [cpu, memory, disk, network, sensors, files] = await Promise.all([
      this.#cpu(notes),
      this.#memory(notes),
      this.#disk(notes),
      this.#network(notes),
      this.#ask("sensors", notes, () => this.#sensors()),
      this.#groups.has("system") ? this.#files() : undefined,
    ]);
    const { metrics } = sampleOf({ cpu, memory, disk, network, sensors }, notes);
    const all = readersOf(this.#groups).map(({ group, thing, elsewhere }) => (
      { group, numbers: elsewhere && notes.attempt(thing, elsewhere) }
    ));
    const told = withNumbers(metrics, [...all, { group: "system", numbers: files }]);
    return { metrics: told, failures: notes.all };
  }

  /** Memory and volumes by the package, the rest from /proc. */
  async #sampleBeside(proc: Sampler, notes: FailureNotes): Promise<Sample> {
    const [{ metrics, failures }, memory, volumes] = await Promise.all([
      proc.sample(),
      this.#memory(notes),
      this.#ask("disk", notes, async () => diskFrom(null, await this.#library.fsSize()).volumes),
    ]);
    failures.forEach((failure, thing) => notes.note(thing, failure));
    const disk = metrics.disk && volumes ? { ...metrics.disk, volumes } : metrics.disk;
    return sampleOf({ ...metrics, memory, disk }, notes);
  }

  async #judge(): Promise<readonly Decision[]> {
    const names = (await this.#library.networkStats("*")).map(({ iface }) => iface);
    return this.#decide(names);
  }

  #decide(names: readonly string[]): readonly Decision[] {
    return override(judgeInterfaces(names, NO_KNOWLEDGE, this.#platform), this.#interfaces);
  }

  #cpu(notes: FailureNotes) {
    return this.#ask("cpu", notes, async () => cpuFrom(await this.#library.currentLoad()));
  }

  #memory(notes: FailureNotes) {
    return this.#ask("memory", notes, async () => memoryFrom(await this.#library.mem()));
  }

  #disk(notes: FailureNotes): Promise<DiskMetrics | null | undefined> {
    return this.#ask("disk", notes, async () => {
      const [stats, sizes] = await Promise.all([this.#library.fsStats(), this.#library.fsSize()]);
      return diskFrom(stats, sizes, this.#platform);
    });
  }

  #network(notes: FailureNotes) {
    return this.#ask("network", notes, async () => {
      const stats = await this.#library.networkStats("*");
      const names = counted(this.#decide(stats.map(({ iface }) => iface)));
      return networkFrom(stats, names, await this.#speeds());
    });
  }

  #sensors() {
    return this.#slowly("sensors", async () => {
      const answers = await Promise.all([this.#library.cpuTemperature(), this.#library.battery()]);
      return sensorsFrom(...answers);
    });
  }

  /** Without them everything else of the interfaces is known all the same. */
  #speeds(): Promise<ReadonlyMap<string, number>> {
    const ask = async () => speedsFrom(await this.#library.networkInterfaces());
    return this.#slowly("speeds", () => this.#timeout.run("speeds", ask)).catch(() => new Map());
  }

  #files(): Promise<Numbers | undefined> {
    const ask = async () => filesFrom(await this.#library.fsOpenFiles());
    return this.#slowly("files", () => this.#timeout.run("open files", ask)).catch(() => undefined);
  }

  /** What a call says, or said at the last look. */
  #slowly<T>(what: string, call: () => Promise<T>): Promise<T> {
    const known = this.#slow.get(what) as Promise<T> | undefined;
    if (known !== undefined) return known;
    const answer = call();
    this.#slow.set(what, answer);
    return answer;
  }

  /** One group: `undefined` when it is not selected, `null` when it fails. */
  async #ask<T>(
    group: MetricGroup,
    notes: FailureNotes,
    call: () => Promise<T>,
  ): Promise<T | null | undefined> {
    if (!this.#groups.has(group)) return undefined;
    return await notes.settle(group, this.#timeout.run(group, call));
  }
}

/** A sample of those groups that are not `undefined`. */
function sampleOf(
  groups: { [group in MetricGroup]?: Metrics[group] | undefined },
  notes: FailureNotes,
): Sample {
  const sampled = Object.entries(groups).filter(([, metrics]) => metrics !== undefined);
  return { metrics: Object.fromEntries(sampled) as Metrics, failures: notes.all };
}

/** What links can carry each way, in megabits per second, where it is told. */
function speedsFrom(
  interfaces: readonly Pick<
    Awaited<ReturnType<Library["networkInterfaces"]>>[number],
    "iface" | "speed"
  >[],
): ReadonlyMap<string, number> {
  return new Map(interfaces.flatMap(({ iface, speed }) => {
    const megabits = amountOf(speed);
    return megabits === null || megabits < 1 ? [] : [[iface, megabits] as const];
  }));
}

/** How many files are open, and may be, as far as that is told. */
function filesFrom(files: Awaited<ReturnType<Library["fsOpenFiles"]>>): Numbers | undefined {
  const told = { files: amountOf(files?.allocated), filesMax: amountOf(files?.max) };
  const known = Object.entries(told).filter(([, count]) => count !== null);
  return known.length === 0 ? undefined : Object.fromEntries(known);
}
