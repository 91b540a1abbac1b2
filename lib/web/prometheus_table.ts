/**
 * All hosts as one scrape sees them, in columns of numbers: a tenth of the memory that the messages
 * take as objects, so that a scrape of any fleet fits. Pure; it is filled once and then read.
 */
import { type HostFamily, line, type Part } from "./prometheus_family.ts";
import { Column } from "./prometheus_column.ts";
import { type HostSample, quote } from "./prometheus_sample.ts";

/** What the parts of one kind are called: a name for each, and the label that says it. */
interface Naming {
  readonly namesOf: (host: HostSample) => readonly (string | number)[];
  readonly labelOf: (name: string | number) => string;
}

const NAMINGS: Readonly<Record<Part, Naming>> = {
  core: {
    namesOf: ({ metrics }) => (metrics.cpu?.cores ?? []).map((_, number) => number),
    labelOf: (number) => `,core="${number}"`,
  },
  volume: {
    namesOf: ({ volumes }) => volumes.map(({ mount }) => mount),
    labelOf: (mount) => `,mount=${quote(String(mount))}`,
  },
  interface: {
    namesOf: ({ interfaces }) => interfaces.map(({ name }) => name),
    labelOf: (name) => `,interface=${quote(String(name))}`,
  },
};

/** The parts of one kind of all hosts: where each host's end, and what each is called. */
class PartTable {
  readonly ends = new Column();
  /** The number of each one's label. */
  readonly #numbers = new Column();
  /** Each label once, as most hosts have the same. */
  readonly #labels: string[] = [];
  readonly #known = new Map<string | number, number>();
  readonly #naming: Naming;

  constructor(naming: Naming) {
    this.#naming = naming;
  }

  add(host: HostSample): void {
    for (const name of this.#naming.namesOf(host)) this.#numbers.push(this.#numberOf(name));
    this.ends.push(this.#numbers.length);
  }

  labelAt(index: number): string {
    return this.#labels[this.#numbers.at(index)]!;
  }

  #numberOf(name: string | number): number {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const number = this.#labels.push(this.#naming.labelOf(name)) - 1;
    this.#known.set(name, number);
    return number;
  }
}

/** The values of every family, host after host. */
export class ScrapeTable {
  readonly #families: readonly HostFamily[];
  readonly #columns: readonly Column[];
  readonly #names: string[] = [];
  readonly #parts: Readonly<Record<Part, PartTable>> = {
    core: new PartTable(NAMINGS.core),
    volume: new PartTable(NAMINGS.volume),
    interface: new PartTable(NAMINGS.interface),
  };

  constructor(families: readonly HostFamily[]) {
    this.#families = families;
    this.#columns = families.map(() => new Column());
  }

  /** How many hosts it holds. */
  get length(): number {
    return this.#names.length;
  }

  /** Adds the next host. */
  add(host: HostSample): void {
    this.#names.push(host.names);
    for (const part of Object.values(this.#parts)) part.add(host);
    this.#families.forEach(({ keep }, at) => keep(host, this.#columns[at]!));
  }

  /** What writes the lines of one host in a family, each with its line feed; both by their places. */
  writer(familyAt: number): (hostAt: number) => string {
    const { name, part } = this.#families[familyAt]!;
    const values = this.#columns[familyAt]!;
    const names = this.#names;
    if (part === null) return (at) => line(name, names[at]!, values.at(at));
    const parts = this.#parts[part];
    return (at) => {
      let text = "";
      for (let n = at === 0 ? 0 : parts.ends.at(at - 1); n < parts.ends.at(at); n++) {
        text += line(name, names[at]! + parts.labelAt(n), values.at(n));
      }
      return text;
    };
  }
}
