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
  judgeVolumes,
  type Library,
  memoryFrom,
  networkFrom,
  sensorsFrom,
  textsFrom,
} from "./library.ts";
import type { Platform } from "./interface_names.ts";
import { judgeInterfaces, NO_KNOWLEDGE } from "./interfaces.ts";
import { readersOf, withNumbers } from "./numbers.ts";
import { FailureNotes, type Sample, type Sampler } from "./sample.ts";
import type { SensorMetrics } from "./sensors.ts";

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
  readonly #load: () => Promise<Library>;
  readonly #timeout: Timeout;
  #sensors: Promise<SensorMetrics | undefined> = Promise.resolve(undefined);
  #samples = 0;

  constructor(
    { groups, platform, interfaces = [], proc = null }: SysteminformationOptions,
    load: () => Promise<Library>,
    timeout: Timeout,
  ) {
    this.#groups = new Set(groups);
    this.#platform = platform;
    this.#interfaces = interfaces;
    this.#proc = proc;
    this.#load = load;
    this.#timeout = timeout;
  }

  /** The package gives rates only over half a second and more; its first CPU load takes that long. */
  async prime(): Promise<Texts> {
    if (this.#proc !== null) return await this.#proc.prime();
    const library = await this.#load();
    const notes = new FailureNotes();
    await this.#disk(library, notes);
    await this.#network(library, notes);
    await this.#cpu(library, notes);
    return await textsFrom(library).catch(() => ({}));
  }

  async sample(): Promise<Sample> {
    const library = await this.#load();
    const notes = new FailureNotes();
    return this.#proc === null
      ? await this.#sampleAll(library, notes)
      : await this.#sampleBeside(this.#proc, library, notes);
  }

  async explain(): Promise<readonly Explanation[]> {
    const library = await this.#load();
    const network = () => explain("Interfaces", () => this.#judge(library));
    const disk = () => explain("Mounts", async () => judgeVolumes(await library.fsSize()));
    return [
      ...(this.#proc !== null
        ? await this.#proc.explain()
        : this.#groups.has("network")
        ? [await network()]
        : []),
      ...(this.#groups.has("disk") ? [await disk()] : []),
    ];
  }

  async #sampleAll(library: Library, notes: FailureNotes): Promise<Sample> {
    const [cpu, memory, disk, network, sensors] = await Promise.all([
      this.#cpu(library, notes),
      this.#memory(library, notes),
      this.#disk(library, notes),
      this.#network(library, notes),
      this.#ask("sensors", notes, () => this.#lookAtSensors(library)),
    ]);
    const { metrics } = sampleOf({ cpu, memory, disk, network, sensors }, notes);
    return {
      metrics: withNumbers(
        metrics,
        readersOf(this.#groups).map((
          reader,
        ) => [reader, reader.elsewhere && notes.attempt(reader.thing, reader.elsewhere)]),
      ),
      failures: notes.all,
    };
  }

  /** Memory and volumes by the package, the rest from /proc. */
  async #sampleBeside(proc: Sampler, library: Library, notes: FailureNotes): Promise<Sample> {
    const [{ metrics, failures }, memory, volumes] = await Promise.all([
      proc.sample(),
      this.#memory(library, notes),
      this.#ask("disk", notes, async () => diskFrom(null, await library.fsSize()).volumes),
    ]);
    failures.forEach((failure, thing) => notes.note(thing, failure));
    const disk = metrics.disk && volumes ? { ...metrics.disk, volumes } : metrics.disk;
    return sampleOf({ ...metrics, memory, disk }, notes);
  }

  async #judge(library: Library): Promise<readonly Decision[]> {
    const names = (await library.networkStats("*")).map(({ iface }) => iface);
    return this.#decide(names);
  }

  #decide(names: readonly string[]): readonly Decision[] {
    return override(judgeInterfaces(names, NO_KNOWLEDGE, this.#platform), this.#interfaces);
  }

  #cpu(library: Library, notes: FailureNotes) {
    return this.#ask("cpu", notes, async () => cpuFrom(await library.currentLoad()));
  }

  #memory(library: Library, notes: FailureNotes) {
    return this.#ask("memory", notes, async () => memoryFrom(await library.mem()));
  }

  #disk(library: Library, notes: FailureNotes): Promise<DiskMetrics | null | undefined> {
    return this.#ask("disk", notes, async () => {
      const [stats, sizes] = await Promise.all([library.fsStats(), library.fsSize()]);
      return diskFrom(stats, sizes);
    });
  }

  #network(library: Library, notes: FailureNotes) {
    return this.#ask("network", notes, async () => {
      const stats = await library.networkStats("*");
      return networkFrom(stats, counted(this.#decide(stats.map(({ iface }) => iface))));
    });
  }

  /** Temperature and battery as they were at the last look. */
  #lookAtSensors(library: Library): Promise<SensorMetrics | undefined> {
    if (this.#samples++ % SLOW_SAMPLES === 0) {
      this.#sensors = Promise.all([library.cpuTemperature(), library.battery()])
        .then(([temperature, battery]) => sensorsFrom(temperature, battery));
    }
    return this.#sensors;
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
