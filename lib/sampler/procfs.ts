/**
 * Samples a Linux host from /proc: which files, and the way from two readings of them to metrics.
 * What the numbers mean is in the files that parse them; the reading itself is handed in.
 */
import type {
  DiskMetrics,
  MemoryMetrics,
  MetricGroup,
  NetworkMetrics,
  Texts,
} from "../message/message.ts";
import { cpuMetrics, type CpuReading, parseCpu } from "./cpu.ts";
import { type Decision, explain, type Explanation } from "./decision.ts";
import { type Decisions, type DeviceChoice, Devices, isSameList, namesOf } from "./devices.ts";
import { diskMetrics, type DisksReading, parseDisks } from "./disks.ts";
import { type FileReaders, filesOf, pathsOf, type ProcfsPaths, textOf } from "./files.ts";
import { readTexts } from "./identity.ts";
import { parseMemory } from "./memory.ts";
import { type NumbersReading, type PlacedReader, readersAt, readNumbers } from "./numbers.ts";
import { networkMetrics, type NetworkReading, parseNetwork } from "./network.ts";
import { RareReader, type RareReading } from "./rare.ts";
import type { Timeout } from "../common/timeout.ts";
import { FailureNotes, type Sample, type Sampler, withNumbers } from "./sample.ts";
import { Sensors } from "./sensors.ts";
import { type SpaceReader, VolumeReader } from "./space.ts";
import { explainMounts, type Volume, volumesParser } from "./volumes.ts";

/** What a sampler of /proc reads with. */
export interface ProcfsDevices extends FileReaders {
  readonly readSpace: SpaceReader;
  readonly timeout: Timeout;
  /** Milliseconds of a clock that never steps; it may stand still while the host sleeps, as its counters do. */
  readonly nowMs: () => number;
}

/** What to sample, and where it is. */
export interface ProcfsOptions {
  readonly groups: readonly MetricGroup[];
  /** Of the proc filesystem. */
  readonly root: string;
  /** Where sysfs is, when it is not where the root says. */
  readonly sysfs?: string | null;
  readonly choice?: DeviceChoice;
  /** Whether volumes are left to another source. */
  readonly withoutVolumes?: boolean;
}

/** What was read at one moment; `null` where it failed or is not selected. */
interface Reading {
  readonly atMs: number;
  readonly cpu: CpuReading | null;
  readonly memory: MemoryMetrics | null;
  readonly disks: DisksReading | null;
  readonly volumes: readonly Volume[] | null;
  readonly network: NetworkReading | null;
  readonly numbers: NumbersReading;
  readonly rare: RareReading;
  readonly decisions: Decisions;
}

/** Reads the groups of metrics from a proc filesystem. */
export class ProcfsSampler implements Sampler {
  readonly #groups: ReadonlySet<MetricGroup>;
  readonly #root: string;
  readonly #paths: ProcfsPaths;
  readonly #wanted: readonly string[];
  /** Those of numbers that a text says outright, but for the rare ones. */
  readonly #readers: readonly PlacedReader[];
  readonly #rare: RareReader;
  readonly #devices: ProcfsDevices;
  readonly #parseVolumes = volumesParser();
  readonly #volumeReader: VolumeReader;
  readonly #deciding: Devices;
  /** The files of the last reading, and those that are not on every host. */
  #files: readonly string[] = [];
  #more: readonly string[] | null = null;
  #rareFiles: readonly string[] = [];
  #last: Reading | null = null;

  constructor(
    { groups, root, sysfs, choice, withoutVolumes }: ProcfsOptions,
    devices: ProcfsDevices,
  ) {
    this.#groups = new Set(groups);
    this.#root = root;
    this.#paths = pathsOf(root);
    const readers = readersAt(this.#groups, root, this.#paths.hostRoot);
    this.#readers = readers.filter(({ reader }) => !reader.rare);
    const files = filesOf(this.#groups, this.#paths);
    const numbers = readers.map(({ path }) => path).filter((path) => !files.includes(path));
    this.#wanted = [
      ...(withoutVolumes ? files.filter((path) => path !== this.#paths.mountinfo) : files),
      ...new Set(numbers),
    ];
    this.#devices = devices;
    this.#volumeReader = new VolumeReader({ ...devices, ...this.#paths });
    const paths = { sysfs: sysfs ?? this.#paths.sysfs, procNet: this.#paths.net };
    this.#deciding = new Devices(devices.readOnce, paths, choice);
    this.#rare = new RareReader(
      this.#groups,
      [root, this.#paths],
      readers.filter(({ reader }) => reader.rare),
      this.#groups.has("sensors") ? new Sensors(devices.readOnce, paths.sysfs) : null,
    );
  }

  async prime(): Promise<Texts> {
    const reading = await this.#take(new FailureNotes());
    // In one turn, so that all that they ask for is read at once.
    const deciding = this.#conclude(reading);
    const reads = readTexts(this.#root, this.#devices.readOnce);
    return (await Promise.all([reads, deciding]))[0];
  }

  async sample(): Promise<Sample> {
    const notes = new FailureNotes();
    const before = this.#last;
    const now = await this.#conclude(await this.#take(notes));
    const elapsedMs = now.atMs - (before?.atMs ?? now.atMs);
    const metrics = {
      ...(this.#groups.has("cpu") &&
        { cpu: now.cpu && cpuMetrics(before?.cpu ?? null, now.cpu, elapsedMs, notes) }),
      ...(this.#groups.has("memory") && { memory: now.memory }),
      ...(this.#groups.has("disk") && { disk: await this.#disk(before, now, elapsedMs, notes) }),
      ...(this.#groups.has("network") && {
        network: now.network && this.#network(before, now, elapsedMs),
      }),
      ...(now.rare.sensors !== undefined && { sensors: now.rare.sensors }),
    };
    const numbers = [...now.numbers.told, ...now.rare.numbers.told];
    return { metrics: withNumbers(metrics, numbers), failures: notes.all };
  }

  async explain(): Promise<readonly Explanation[]> {
    const notes = new FailureNotes();
    const { decisions } = await this.#conclude(await this.#take(notes));
    const unlessFailed = (thing: string, decided: readonly Decision[]) => () => {
      const failure = notes.all.get("host") ?? notes.all.get(thing);
      if (failure !== undefined) throw new Error(failure);
      return decided;
    };
    const network = () => explain("Interfaces", unlessFailed("network", decisions.interfaces));
    const disks = () => explain("Disks", unlessFailed("disk rates", decisions.disks));
    const { mountinfo } = this.#paths;
    const mounts = async () =>
      explainMounts(textOf(await this.#devices.readOnce([mountinfo]), mountinfo));
    return await Promise.all([
      ...(this.#groups.has("network") ? [network()] : []),
      ...(this.#groups.has("disk") ? [disks()] : []),
      ...(this.#wanted.includes(mountinfo) ? [explain("Mounts", mounts)] : []),
    ]);
  }

  /** Reads the files, and parses their texts. */
  async #take(notes: FailureNotes): Promise<Omit<Reading, "decisions">> {
    const { stat, meminfo, diskstats, mountinfo, netDev } = this.#paths;
    const files = await this.#listFiles();
    const startMs = this.#devices.nowMs();
    const texts = await notes.settle("host", this.#devices.readFiles(files, this.#rareFiles));
    // Reading through a child takes a few milliseconds: the files were read about half-way.
    const atMs = (startMs + this.#devices.nowMs()) / 2;
    const parse = <T>(thing: string, path: string, parser: (text: string) => T): T | null =>
      texts !== null && this.#wanted.includes(path)
        ? notes.attempt(thing, () => parser(textOf(texts, path)))
        : null;
    const last = this.#last;
    return {
      atMs,
      rare: this.#rare.read(texts, atMs, last?.decisions, notes),
      cpu: parse("cpu", stat, (text) => parseCpu(text, last?.cpu?.length)),
      memory: parse("memory", meminfo, (text) => parseMemory(text, notes)),
      disks: parse("disk rates", diskstats, (text) => parseDisks(text, last?.disks)),
      volumes: parse("volumes", mountinfo, this.#parseVolumes),
      network: parse("network", netDev, (text) => parseNetwork(text, last?.network)),
      numbers: readNumbers(this.#readers, texts, this.#root, {
        ...{ atMs, before: last?.numbers, parse },
      }),
    };
  }

  /** Decides what counts of it; the first time it looks for sensors, too. */
  async #conclude(reading: Omit<Reading, "decisions">): Promise<Reading> {
    const { network, disks, rare: { links }, atMs } = reading;
    const looking = this.#last === null ? this.#rare.listMore(atMs, undefined) : null;
    const decisions = await this.#deciding.decide(namesOf(network), namesOf(disks), atMs, links);
    await looking;
    return this.#last = { ...reading, decisions };
  }

  /** The files to read now; the same list as before where they are the same, as then one `cat` waits for all readings. */
  async #listFiles(): Promise<readonly string[]> {
    const more = this.#last === null
      ? []
      : await this.#rare.listMore(this.#last.atMs, this.#last.decisions);
    if (this.#more === null || !isSameList(more, this.#more)) {
      this.#more = more;
      this.#rareFiles = [...this.#rare.files, ...more];
      this.#files = [...this.#wanted, ...more];
    }
    return this.#files;
  }

  #network(
    before: Reading | null,
    { network, rare: { connections, links }, decisions: { countedInterfaces, speeds } }: Reading,
    elapsedMs: number,
  ): NetworkMetrics {
    const counting = new Map(countedInterfaces.map((name) => [name, network!.get(name)!]));
    return {
      ...networkMetrics(before?.network ?? null, counting, elapsedMs, speeds, links),
      ...connections,
    };
  }

  async #disk(
    before: Reading | null,
    { disks, volumes, decisions }: Reading,
    elapsedMs: number,
    notes: FailureNotes,
  ): Promise<DiskMetrics | null> {
    if (disks === null && volumes === null) return null;
    return {
      ...(disks
        ? diskMetrics(before?.disks ?? null, disks, elapsedMs, decisions.countedDisks)
        : { read: null, write: null }),
      volumes: await this.#volumeReader.read(volumes ?? [], notes),
    };
  }
}
