/**
 * A YAML text piece by piece: each value with the line that it stands in, so that whatever is wrong is said
 * with it. Pure, but that it hides the environment from the package, which looks for variables of its own.
 */
import process from "node:process";
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLParseError,
} from "yaml";
import { nearestOf } from "../../common/option_reader.ts";
import { UNSAFE_CHARACTER } from "../../common/text.js";

/** A value of the text, and where it is. */
export interface Item {
  readonly node: unknown;
  readonly line: number;
}

/** The values of a mapping, by the keys that it may have. */
export type Fields = Readonly<Record<string, Item | undefined>>;

/** So much is in one list, or one mapping, at the most; and in one text. */
const MAX_ITEMS = 500;
const MAX_TEXT = 256;
const MAX_ALIASES = 10;

/** Reads one text. */
export class YamlReader {
  readonly root: Item;
  readonly #lines = new LineCounter();
  readonly #document;

  /** @throws {RangeError} for what is no YAML. */
  constructor(text: string) {
    // The package looks for keys that stand twice in time that grows with the square of their number.
    const options = { lineCounter: this.#lines, prettyErrors: false, uniqueKeys: false };
    this.#document = withoutEnvironment(() => parseDocument(text, options));
    const [error] = this.#document.errors;
    if (error !== undefined) {
      this.fail(this.#itemAt(null, error.pos[0]), stateOf(error));
    }
    this.root = { node: this.#document.contents, line: 1 };
    this.#refuseTwins();
  }

  /** No key of a mapping stands twice, however deep that is. @throws {RangeError} */
  #refuseTwins(): void {
    visit(this.#document, {
      Map: (_, { items }) => {
        const keys = new Set<unknown>();
        for (const { key } of items) {
          const value = isScalar(key) ? key.value : key;
          if (keys.has(value)) {
            this.fail(this.#itemAt(null, (key as Node).range?.[0] ?? 0), "map keys must be unique");
          }
          keys.add(value);
        }
      },
    });
  }

  /** Says what is wrong with a value. @throws {RangeError} */
  fail({ line }: Item, state: string): never {
    throw new RangeError(`line ${line}: ${state}`);
  }

  /** What is read of a value, with its line in what is wrong. @throws {RangeError} */
  at<T>(item: Item, read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof RangeError) || /^line \d+: /.test(error.message)) throw error;
      this.fail(item, error.message);
    }
  }

  /** Whether there is no value behind a key. */
  isEmpty({ node }: Item): boolean {
    return node === null || (isScalar(node) && node.value === null);
  }

  /** The values of a mapping, which has no other keys; nothing at all is an empty one. @throws {RangeError} */
  fields(item: Item, keys: readonly string[]): Fields {
    const entries = this.entries(item);
    for (const [key, value] of entries) if (!keys.includes(key)) this.#refuse(value, key, keys);
    return Object.fromEntries(entries);
  }

  /** The keys and values of a mapping. @throws {RangeError} */
  entries(item: Item): (readonly [key: string, value: Item])[] {
    const { node } = item;
    if (this.isEmpty(item)) return [];
    if (!isMap(node)) this.fail(item, "it must be a mapping of keys to values");
    if (node.items.length > MAX_ITEMS) this.fail(item, `it has more than ${MAX_ITEMS} keys`);
    return node.items.map(({ key, value }) => {
      const at = this.#itemAt(value, (key as Node).range?.[0] ?? 0);
      if (!isScalar(key)) this.fail(at, "a key must be a text");
      return [String(key.value), at];
    });
  }

  /** The values of a list. @throws {RangeError} */
  list(item: Item): Item[] {
    const { node } = item;
    if (this.isEmpty(item)) return [];
    if (!isSeq(node)) this.fail(item, "it must be a list");
    if (node.items.length > MAX_ITEMS) this.fail(item, `it has more than ${MAX_ITEMS} values`);
    return node.items.map((value) => this.#itemAt(value, (value as Node | null)?.range?.[0] ?? 0));
  }

  /** A value that is one line of text, or a number. @throws {RangeError} */
  text(item: Item): string {
    const { node } = item;
    const text = isScalar(node) && node.value !== null ? String(node.source ?? node.value) : "";
    if (text.trim() === "") this.fail(item, "it must be a text");
    if (text.length > MAX_TEXT) this.fail(item, `it is longer than ${MAX_TEXT} characters`);
    if (UNSAFE_CHARACTER.test(text)) this.fail(item, "it must be one line of visible characters");
    return text;
  }

  /** One of some words. @throws {RangeError} */
  choice<T extends string>(item: Item, words: readonly T[]): T {
    const text = this.text(item);
    const word = words.find((word) => word === text);
    return word ?? this.#refuse(item, text, words);
  }

  /** A value that must be there. @throws {RangeError} */
  need(fields: Fields, of: Item, name: string): Item {
    return fields[name] ?? this.fail(of, `it needs ${name}`);
  }

  /** A value as plain data. @throws {RangeError} */
  plain(item: Item): unknown {
    const { node } = item;
    if (node === null) return null;
    try {
      const value = (node as Node).toJS(this.#document, { maxAliasCount: MAX_ALIASES });
      // An alias may stand within what it stands for.
      JSON.stringify(value);
      return value;
    } catch {
      const most = `at most ${MAX_ALIASES} times`;
      this.fail(item, `an alias must follow its anchor, stand outside of it, and be used ${most}`);
    }
  }

  #refuse(item: Item, word: string, words: readonly string[]): never {
    const nearest = nearestOf(word, words);
    const hint = nearest === null ? "" : `; did you mean ${nearest}?`;
    const state = words.length === 0 ? "there is none" : `it must be one of ${words.join(", ")}`;
    this.fail(item, `cannot use ${JSON.stringify(word.slice(0, 60))}: ${state}${hint}`);
  }

  /** A value at its place, or what it is an alias of. */
  #itemAt(node: unknown, position: number): Item {
    const item = { node, line: this.#lines.linePos(position).line };
    return isAlias(node) ? { ...item, node: node.resolve(this.#document) ?? node } : item;
  }
}

/** What the package says of a text, where that is not of the package itself. */
function stateOf({ code, message }: YAMLParseError): string {
  if (code === "MULTIPLE_DOCS") return "it holds more than one document";
  if (code === "RESOURCE_EXHAUSTION") return "it is nested too deeply";
  return `not YAML: ${message.split("\n")[0]}`;
}

/** A server may read few variables, and to look for any other ends it. */
function withoutEnvironment<T>(act: () => T): T {
  const { env } = process;
  process.env = {};
  try {
    return act();
  } finally {
    process.env = env;
  }
}
