/**
 * Samples a host that has no /proc, through the package systeminformation, which starts the
 * system's own commands. It knows the package only by the answers that it needs.
 */
import type { MetricGroup } from "../message.ts";
import { cpuFrom, diskFrom, memoryFrom, networkFrom } from "./foreign_metrics.ts";
import type { Library } from "./library.ts";
import type { Patience } from "../patience.ts";
import { FailureNotes, type Sample, type Sampler } from "./sample.ts";

/** Reads the groups of metrics through the package. */
export class SysteminformationSampler implements Sampler {
  readonly #groups: ReadonlySet<MetricGroup>;
  readonly #load: () => Promise<Library>;
  readonly #patience: Patience;

  constructor(groups: readonly MetricGroup[], load: () => Promise<Library>, patience: Patience) {
    this.#groups = new Set(groups);
    this.#load = load;
    this.#patience = patience;
  }

  /** The package gives rates only over half a second and more; its first CPU load takes that long. */
  async prime(): Promise<void> {
    const library = await this.#load();
    const notes = new FailureNotes();
    await this.#disk(library, notes);
    await this.#network(library, notes);
    await this.#cpu(library, notes);
  }

  async sample(): Promise<Sample> {
    const library = await this.#load();
    const notes = new FailureNotes();
    const [cpu, memory, disk, network] = await Promise.all([
      this.#cpu(library, notes),
      this.#memory(library, notes),
      this.#disk(library, notes),
      this.#network(library, notes),
    ]);
    const metrics = {
      ...(cpu !== undefined && { cpu }),
      ...(memory !== undefined && { memory }),
      ...(disk !== undefined && { disk }),
      ...(network !== undefined && { network }),
    };
    return { metrics, failures: notes.all };
  }

  #cpu(library: Library, notes: FailureNotes) {
    return this.#ask("cpu", notes, async () => cpuFrom(await library.currentLoad()));
  }

  #memory(library: Library, notes: FailureNotes) {
    return this.#ask("memory", notes, async () => memoryFrom(await library.mem()));
  }

  #disk(library: Library, notes: FailureNotes) {
    return this.#ask("disk", notes, async () => {
      const [stats, sizes] = await Promise.all([library.fsStats(), library.fsSize()]);
      return diskFrom(stats, sizes);
    });
  }

  #network(library: Library, notes: FailureNotes) {
    return this.#ask("network", notes, async () => networkFrom(await library.networkStats("*")));
  }

  /** One group: `undefined` when it is not selected, `null` when it fails. */
  async #ask<T>(
    group: MetricGroup,
    notes: FailureNotes,
    call: () => Promise<T>,
  ): Promise<T | null | undefined> {
    if (!this.#groups.has(group)) return undefined;
    return await notes.settle(group, this.#patience.ask(group, call));
  }
}
