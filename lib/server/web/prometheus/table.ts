/**
 * All hosts as one scrape sees them, in columns of numbers and bytes: a part of the memory that the
 * messages take as objects, and given back at the end. Pure; it is filled once and then read.
 */
import { COPY_BYTES, type LineWriter } from "./writer.ts";
import { type Device, DEVICES } from "../../../catalogue.ts";
import { TextMap } from "../../../common/text_tables.ts";
import { Column } from "./column.ts";
import type { HostFamily } from "./families.ts";
import { type HostSample, KINDS, quote } from "./sample.ts";

const FIRST_BYTES = 4_096;
const FIRST_TEXTS = 64;
/** By so much it grows; what it has not used yet is no memory of the system. */
const GROWTH = 1.5;

const encoder = new TextEncoder();

/** Texts by their number. */
export class Texts {
  #bytes = new Uint8Array(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  /** Where each one ends. */
  #ends = new Uint32Array(FIRST_TEXTS);
  #length = 0;

  /** Begins with some. */
  constructor(texts: Iterable<string> = []) {
    for (const text of texts) this.push(text);
  }

  /** How many there are. */
  get length(): number {
    return this.#length;
  }

  /** Adds one at the end. */
  push(text: string): void {
    const start = this.#endOf(this.#length - 1);
    this.#makeRoom(start + 3 * text.length + COPY_BYTES);
    const { written } = encoder.encodeInto(text, this.#bytes.subarray(start));
    this.#ends[this.#length++] = start + written;
  }

  /** Writes one. */
  writeTo(writer: LineWriter, index: number): void {
    writer.copy(this.#view, this.#endOf(index - 1), this.#endOf(index));
  }

  /** Gives its memory back. */
  clear(): void {
    this.#bytes.buffer.transfer(0);
    this.#bytes = new Uint8Array(FIRST_BYTES);
    this.#view = new DataView(this.#bytes.buffer);
    this.#ends.buffer.transfer(0);
    this.#ends = new Uint32Array(FIRST_TEXTS);
    this.#length = 0;
  }

  #endOf(index: number): number {
    return index < 0 ? 0 : this.#ends[index]!;
  }

  /** For so many bytes and one text more; `transfer` leaves nothing behind for the collector. */
  #makeRoom(bytes: number): void {
    if (this.#length === this.#ends.length) {
      const { buffer, byteLength } = this.#ends;
      this.#ends = new Uint32Array(buffer.transfer(2 * byteLength));
    }
    if (bytes <= this.#bytes.length) return;
    this.#bytes = new Uint8Array(this.#bytes.buffer.transfer(Math.ceil(GROWTH * bytes)));
    this.#view = new DataView(this.#bytes.buffer);
  }
}

/** The names of the devices of a kind, or their places. */
function namesOf(host: HostSample, kind: Device): readonly (string | number)[] {
  const { key } = DEVICES[kind];
  const devices = host.devices[kind];
  if (key === null) return devices.map((_, place) => place);
  return devices.map((device) => String((device as Readonly<Record<string, unknown>>)[key]));
}

const [BRACE, SPACE, LINE_FEED] = [0x7d, 0x20, 0x0a] as const;

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
  readonly #kind: Device;

  constructor(kind: Device) {
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
    this.#labels.push(`,${DEVICES[this.#kind].prometheus}=${quote(String(name))}`);
    if (typeof name === "number") this.#numbered[name] = label;
    else this.#named.set({ key: name, label });
    return label;
  }
}

/** The values of every family, host after host. */
export class ScrapeTable {
  readonly #families: readonly HostFamily[];
  /** How each family's lines begin. */
  readonly #beginnings: Texts;
  readonly #columns: readonly Column[];
  readonly #names = new Texts();
  readonly #parts = Object.fromEntries(
    KINDS.map((kind) => [kind, new PartTable(kind)]),
  ) as Readonly<Record<Device, PartTable>>;

  constructor(families: readonly HostFamily[]) {
    this.#families = families;
    this.#beginnings = new Texts(families.map(({ name }) => `${name}{`));
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
    const parts = [...this.#columns, ...Object.values(this.#parts), this.#names, this.#beginnings];
    for (const part of parts) part.clear();
  }
}
