/**
 * All hosts as one scrape sees them, in columns of numbers and bytes: a part of the memory that the
 * messages take as objects, and given back at the end. Pure; it is filled once and then read.
 */
import { TextMap } from "../../../common/hash.ts";
import type { MetricGroup } from "../../../message/message.ts";
import { Column } from "./column.ts";
import type { HostFamily } from "./families.ts";
import {
  type HostSample,
  hostTagLabels,
  KINDS,
  type Part,
  partLabel,
  partNames,
  quote,
} from "./sample.ts";
import { type LineWriter, Texts } from "./writer.ts";

/** The names of the parts of a kind; of tags, all of them as labels. */
function namesOf(host: HostSample, kind: Part): readonly (string | number)[] {
  if (kind !== "tags") return partNames(host, kind);
  return [hostTagLabels(host.tags).map(([name, text]) => `,${name}=${quote(text)}`).join("")];
}

/** The parts of one kind of all hosts: where each host's end, and what each is called. */
class PartTable {
  readonly ends = new Column();
  /** The number of each one's label. */
  readonly #numbers = new Column();
  /** Each label once, as most hosts have the same. */
  readonly #labels = new Texts();
  /** Labels that are known: of whole numbers by them, of texts by what others have chosen. */
  readonly #numbered: number[] = [];
  readonly #named = new TextMap<{ readonly key: string; readonly label: number }>();
  readonly #kind: Part;

  constructor(kind: Part) {
    this.#kind = kind;
  }

  add(host: HostSample): void {
    for (const name of namesOf(host, this.#kind)) this.#numbers.push(this.#numberOf(name));
    this.ends.push(this.#numbers.length);
  }

  writeLabel(writer: LineWriter, index: number): void {
    this.#labels.writeTo(writer, this.#numbers.at(index));
  }

  clear(): void {
    for (const part of [this.ends, this.#numbers, this.#labels]) part.clear();
  }

  #numberOf(name: string | number): number {
    const known = typeof name === "number" ? this.#numbered[name] : this.#named.get(name)?.label;
    if (known !== undefined) return known;
    const label = this.#labels.length;
    this.#labels.push(labelOf(this.#kind, String(name)));
    if (typeof name === "number") this.#numbered[name] = label;
    else this.#named.set({ key: name, label });
    return label;
  }
}

function labelOf(kind: Part, name: string): string {
  if (kind === "tags") return name;
  return `,${partLabel(kind)}=${quote(name)}`;
}

const [BRACE, SPACE, LINE_FEED] = [0x7d, 0x20, 0x0a] as const;

/** The columns of a group of a message, or of none. */
interface GroupColumns {
  readonly group: MetricGroup | null;
  readonly columns: readonly { readonly family: HostFamily; readonly column: Column }[];
}

/** The values of every family, host after host. */
export class ScrapeTable {
  readonly #families: readonly HostFamily[];
  /** How each family's lines begin. */
  readonly #beginnings: Texts;
  readonly #columns: readonly Column[];
  readonly #names = new Texts();
  readonly #parts = Object.fromEntries(
    ([...KINDS, "extra", "tags", "site"] as const).map((kind) => [kind, new PartTable(kind)]),
  ) as Readonly<Record<Part, PartTable>>;
  readonly #partTables = Object.values(this.#parts);
  /** The columns by the group of a message that they are read from. */
  readonly #groups: readonly GroupColumns[];

  constructor(families: readonly HostFamily[]) {
    this.#families = families;
    this.#beginnings = new Texts(families.map(({ name }) => `${name}{`));
    const columns = families.map((family) => ({ family, column: new Column() }));
    this.#columns = columns.map(({ column }) => column);
    this.#groups = Map.groupBy(columns, ({ family }) => family.group).entries()
      .map(([group, columns]) => ({ group, columns })).toArray();
  }

  /** How many hosts it holds. */
  get length(): number {
    return this.#names.length;
  }

  /** Adds the next host, with the labels that name it; what it has no group for takes neither time nor memory. */
  add(labels: string, host: HostSample): void {
    const place = this.length;
    this.#names.push(labels);
    for (const part of this.#partTables) part.add(host);
    for (const { group, columns } of this.#groups) {
      if (group !== null && !host.metrics[group]) continue;
      for (const { family, column } of columns) {
        if (family.part === null) column.fillTo(place);
        family.keep(host, column);
      }
    }
  }

  /** Writes the lines of one host in one family, each with its line feed; both by their places. */
  write(writer: LineWriter, familyAt: number, hostAt: number): void {
    const { part } = this.#families[familyAt]!;
    if (part === null) return this.#line(writer, familyAt, hostAt, hostAt, null);
    const parts = this.#parts[part];
    const end = parts.ends.at(hostAt);
    for (let at = hostAt === 0 ? 0 : parts.ends.at(hostAt - 1); at < end; at++) {
      this.#line(writer, familyAt, hostAt, at, parts);
    }
  }

  #line(
    writer: LineWriter,
    familyAt: number,
    hostAt: number,
    valueAt: number,
    parts: PartTable | null,
  ): void {
    const value = this.#columns[familyAt]!.at(valueAt);
    if (Number.isNaN(value)) return;
    this.#beginnings.writeTo(writer, familyAt);
    this.#names.writeTo(writer, hostAt);
    parts?.writeLabel(writer, valueAt);
    writer.byte(BRACE);
    writer.byte(SPACE);
    writer.number(value);
    writer.byte(LINE_FEED);
  }

  /** Gives its memory back. */
  clear(): void {
    const parts = [...this.#columns, ...this.#partTables];
    for (const part of [...parts, this.#names, this.#beginnings]) part.clear();
  }
}
