/**
 * All hosts as one scrape sees them, in columns of numbers and bytes: a part of the memory that the
 * messages take as objects, and given back at the end. Columns grow block by block, which copies nothing;
 * each block is as narrow as its numbers allow. Pure; it is filled once and then read.
 */
import { TextMap } from "../../../common/hash.ts";
import type { Metric } from "../../../message/message.ts";
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

const BLOCK_BITS = 12;
const BLOCK = 1 << BLOCK_BITS;

type Numbers =
  | Uint8Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>;

/** How a block keeps its numbers: multiplied by `scale`, whole, from 0 to below the one that stands for NaN. */
interface Form {
  readonly make: () => Numbers;
  readonly scale: number;
  readonly unknown: number;
}

/** Takes any number as it is. */
const ANY: Form = { make: () => new Float64Array(BLOCK), scale: 1, unknown: NaN };

/** From the narrowest on: most numbers are counts, or shares of 1 with five decimals. */
const FORMS: readonly Form[] = [
  { make: () => new Uint8Array(BLOCK), scale: 1, unknown: 0xff },
  { make: () => new Uint16Array(BLOCK), scale: 1, unknown: 0xffff },
  { make: () => new Uint32Array(BLOCK), scale: 1, unknown: 0xffff_ffff },
  { make: () => new Uint32Array(BLOCK), scale: 100_000, unknown: 0xffff_ffff },
  ANY,
];

function fits({ scale, unknown }: Form, value: number): boolean {
  if (Number.isNaN(unknown) || Number.isNaN(value)) return true;
  const kept = Math.round(value * scale);
  return kept >= 0 && kept < unknown && kept / scale === value;
}

/** Some numbers in the narrowest form that takes all of them so far. */
class Block {
  #form = FORMS[0]!;
  #numbers = this.#form.make();

  at(place: number): number {
    const kept = this.#numbers[place]!;
    const { scale, unknown } = this.#form;
    return kept === unknown ? NaN : kept / scale;
  }

  /** Puts a number at the end of those that are there. */
  put(place: number, value: number): void {
    if (!fits(this.#form, value)) this.#widen(place, value);
    this.#keep(place, value);
  }

  clear(): void {
    this.#numbers.buffer.transfer(0);
  }

  #keep(place: number, value: number): void {
    const { scale, unknown } = this.#form;
    const kept = this.#form === ANY ? value : Math.round(value * scale);
    this.#numbers[place] = Number.isNaN(value) ? unknown : kept;
  }

  #widen(length: number, next: number): void {
    const values = Array.from({ length }, (_, place) => this.at(place));
    this.clear();
    const isWide = (form: Form) => [next, ...values].every((value) => fits(form, value));
    this.#form = FORMS.find(isWide)!;
    this.#numbers = this.#form.make();
    values.forEach((value, place) => this.#keep(place, value));
  }
}

/** A row of numbers; NaN for one that is not known. */
export class Column {
  #blocks: Block[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Adds one at the end. */
  push(value: Metric | undefined): void {
    const place = this.#length++ & (BLOCK - 1);
    if (place === 0) this.#blocks.push(new Block());
    this.#blocks.at(-1)!.put(place, value ?? NaN);
  }

  /** Gives its memory back at once, which the next collection of garbage may be long in doing. */
  clear(): void {
    for (const block of this.#blocks) block.clear();
    this.#blocks = [];
    this.#length = 0;
  }

  /** The number at a place. */
  at(index: number): number {
    return this.#blocks[index >>> BLOCK_BITS]!.at(index & (BLOCK - 1));
  }
}

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

  constructor(families: readonly HostFamily[]) {
    this.#families = families;
    this.#beginnings = new Texts(families.map(({ name }) => `${name}{`));
    this.#columns = families.map(() => new Column());
  }

  /** How many hosts it holds. */
  get length(): number {
    return this.#names.length;
  }

  /** Adds the next host, with the labels that name it. */
  add(labels: string, host: HostSample): void {
    this.#names.push(labels);
    for (const part of Object.values(this.#parts)) part.add(host);
    this.#families.forEach(({ keep }, at) => keep(host, this.#columns[at]!));
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
    const parts = [...this.#columns, ...Object.values(this.#parts)];
    for (const part of [...parts, this.#names, this.#beginnings]) part.clear();
  }
}
