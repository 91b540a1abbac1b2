/**
 * Reads the wanted parts of a JSON text, and only validates the rest. JSON.parse makes objects of
 * everything, so that 8,192 bytes can take milliseconds; here only their number counts. What both read,
 * they read alike. Pure.
 */
import { JsonScanner, LIST, LIST_END, OBJECT, OBJECT_END } from "./json_scanner.ts";

/** What is wanted of a value: a scalar as it is, an object with some keys, one with any, or a list. */
export type Wanted = "scalar" | ObjectShape | MapShape | ListShape;

/** An object of which some keys are wanted. */
export interface ObjectShape {
  readonly kind: "object";
  /** Makes one where all of them are `undefined`. */
  readonly make: () => Record<string, unknown>;
  readonly names: readonly string[];
  /** What is wanted of each one's value. */
  readonly wanted: readonly Wanted[];
}

/** An object with any keys, each with a scalar, of which no more than one beyond the limit is wanted. */
interface MapShape {
  readonly kind: "map";
  readonly limit: number;
}

/** A list of which no more than one item beyond the limit is wanted. */
export interface ListShape {
  readonly kind: "list";
  readonly items: Wanted;
  readonly limit: number;
}

/** The shape of an object that has all the keys that count; what is not named is a scalar. */
export function objectOf(
  make: () => Record<string, unknown>,
  wanted: Readonly<Record<string, Wanted>> = {},
): ObjectShape {
  const names = Object.keys(make());
  return { kind: "object", make, names, wanted: names.map((name) => wanted[name] ?? "scalar") };
}

/** The shape of an object with any keys. */
export function mapOf(limit: number): MapShape {
  return { kind: "map", limit };
}

/** The shape of a list. */
export function listOf(items: Wanted, limit: number): ListShape {
  return { kind: "list", items, limit };
}

/** What stands for a value of another kind than is wanted. */
const SOME_OBJECT: unknown = Object.freeze({});
const SOME_LIST: unknown = Object.freeze([]);

/** Reads one text after another. */
export class JsonReader {
  readonly #scanner: JsonScanner;

  /** Throws `refusal` for what is not JSON. */
  constructor(refusal: Error) {
    this.#scanner = new JsonScanner(refusal);
  }

  /** Reads a whole text. */
  read(text: string, wanted: Wanted): unknown {
    this.#scanner.begin(text);
    const value = this.#value(wanted);
    this.#scanner.expectEnd();
    return value;
  }

  #value(wanted: Wanted): unknown {
    const code = this.#scanner.next();
    if (code !== OBJECT && code !== LIST) return this.#scanner.scalar(code);
    if (wanted !== "scalar") {
      if (code === OBJECT && wanted.kind === "object") return this.#object(wanted);
      if (code === OBJECT && wanted.kind === "map") return this.#map(wanted);
      if (code === LIST && wanted.kind === "list") return this.#list(wanted);
    }
    this.#scanner.skip();
    return code === OBJECT ? SOME_OBJECT : SOME_LIST;
  }

  #object({ make, names, wanted }: ObjectShape): Record<string, unknown> {
    const scanner = this.#scanner;
    const object = make();
    if (scanner.isEmpty(OBJECT_END)) return object;
    let index = -1;
    do {
      // Most often they come in their order.
      const next = index + 1 < names.length ? index + 1 : 0;
      index = scanner.keyAmong(names, next);
      if (index < 0) scanner.skip();
      else object[names[index]!] = this.#value(wanted[index]!);
    } while (scanner.goesOn(OBJECT_END));
    return object;
  }

  #map({ limit }: MapShape): ReadonlyMap<string, unknown> {
    const scanner = this.#scanner;
    const map = new Map<string, unknown>();
    if (scanner.isEmpty(OBJECT_END)) return map;
    do {
      const key = scanner.key();
      if (map.size > limit && !map.has(key)) scanner.skip();
      else map.set(key, this.#value("scalar"));
    } while (scanner.goesOn(OBJECT_END));
    return map;
  }

  #list({ items, limit }: ListShape): unknown[] {
    const scanner = this.#scanner;
    const list: unknown[] = [];
    if (scanner.isEmpty(LIST_END)) return list;
    do {
      if (list.length > limit) scanner.skip();
      else list.push(this.#value(items));
    } while (scanner.goesOn(LIST_END));
    return list;
  }
}
