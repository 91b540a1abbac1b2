/**
 * Custom metrics: files of lines `name value` in a directory, such as scripts write by a timer. A
 * line that is no such number is noted and takes no other with it, and nothing is waited for without a
 * limit.
 */
import { Timeout } from "../common/timeout.ts";
import { UNSAFE_CHARACTER, VISIBLE_CHARACTER } from "../common/text.js";
import { MAX_EXTRA, MAX_EXTRA_LENGTH, type Texts } from "../message/message.ts";
import { FailureNotes, type Sample, type Sampler } from "./sample.ts";

/** Numbers by their names. */
export type ExtraNumbers = Readonly<Record<string, number>>;

/** The texts of the files of a directory, by their names; notes those that cannot be read. @throws {Error} when it cannot be listed. */
export type DirectoryReader = (
  path: string,
  notes: FailureNotes,
) => Promise<ReadonlyMap<string, string>>;

/** How long all numbers may be as JSON in UTF-8. */
const MAX_BYTES = 400;
/** Longer files, and more of them, are something else. */
const MAX_FILE_BYTES = 65_536;
const MAX_FILES = 64;
/** A file without a single good line fills no log. */
const MAX_NOTES = 8;
const TIMEOUT_MS = 700;

/** What is to the right of the last space is the value; a name may have spaces. */
const LINE = /^\s*(\S.*?)\s+(\S+)\s*$/;
/** Blank lines, and those for people. */
const COMMENT = /^\s*(#|$)/;
/** A decimal number; not a word such as NaN, and not hexadecimal. */
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

const encoder = new TextEncoder();

/** Adds the numbers of a directory to the samples of another sampler. */
export class ExtraSampler implements Sampler {
  readonly #sampler: Sampler;
  readonly #directory: string;
  readonly #read: DirectoryReader;
  readonly #timeout: Timeout;

  constructor(
    sampler: Sampler,
    directory: string,
    read: DirectoryReader = openDirectory(directory),
    timeout: Timeout = new Timeout(TIMEOUT_MS),
  ) {
    this.#sampler = sampler;
    this.#directory = directory;
    this.#read = read;
    this.#timeout = timeout;
  }

  prime(): Promise<Texts> {
    return this.#sampler.prime();
  }

  async sample(): Promise<Sample> {
    const notes = new FailureNotes();
    const directory = this.#directory;
    const reading = this.#timeout.run(directory, () => this.#read(directory, notes));
    const [sample, texts] = await Promise.all([
      this.#sampler.sample(),
      notes.settle("custom metrics", reading),
    ]);
    const extra = parseExtra(texts ?? new Map(), notes);
    return {
      ...sample,
      ...(Object.keys(extra).length > 0 && { extra }),
      failures: new Map([...sample.failures, ...notes.all]),
    };
  }

  explain(): ReturnType<Sampler["explain"]> {
    return this.#sampler.explain();
  }
}

/** The numbers in the texts of files, in the order of their names. */
export function parseExtra(texts: ReadonlyMap<string, string>, notes: FailureNotes): ExtraNumbers {
  const numbers = new Map<string, number>();
  let bytes = "{}".length;
  const take = (line: string) => {
    const [name, value] = parseLine(line);
    if (numbers.has(name)) throw new RangeError(`${name} is there already`);
    const size = encoder.encode(`${JSON.stringify(name)}:${value},`).length;
    if (numbers.size === MAX_EXTRA || bytes + size > MAX_BYTES + ",".length) {
      throw new RangeError(`no room for it: ${MAX_EXTRA} numbers, ${MAX_BYTES} bytes at most`);
    }
    bytes += size;
    numbers.set(name, value);
  };
  for (const file of [...texts.keys()].sort()) {
    const before = notes.all.size;
    texts.get(file)!.split("\n").forEach((line, at) => {
      if (COMMENT.test(line) || notes.all.size === before + MAX_NOTES) return;
      notes.attempt(`line ${at + 1} of ${file}`, () => take(line));
    });
  }
  return Object.fromEntries(numbers);
}

function parseLine(line: string): readonly [name: string, value: number] {
  const [, name = "", text = ""] = LINE.exec(line) ?? [];
  const value = NUMBER.test(text) ? Number(text) : NaN;
  if (!Number.isFinite(value)) throw new SyntaxError("it is not a name and a number");
  if (name.length > MAX_EXTRA_LENGTH) {
    throw new RangeError(`its name is longer than ${MAX_EXTRA_LENGTH} characters`);
  }
  if (UNSAFE_CHARACTER.test(name) || !VISIBLE_CHARACTER.test(name)) {
    throw new SyntaxError("its name is not plain text");
  }
  return [name, value];
}

/**
 * What reads the files of a directory, but for those whose names begin with a dot: there a script can
 * write what it then renames.
 *
 * @throws {Deno.errors.NotCapable} that names the flag when the permission is missing.
 */
function openDirectory(path: string): DirectoryReader {
  if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") {
    throw new Deno.errors.NotCapable(`Cannot read ${path}: run with --allow-read=${path}`);
  }
  return readDirectory;
}

async function readDirectory(path: string, notes: FailureNotes): Promise<Map<string, string>> {
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(path)) {
    if (!isDirectory && !name.startsWith(".")) names.push(name);
  }
  const texts = new Map<string, string>();
  await Promise.all(
    names.sort().slice(0, MAX_FILES).map(async (name) => {
      const text = await notes.settle(name, readFile(`${path}/${name}`));
      if (text !== null) texts.set(name, text);
    }),
  );
  return texts;
}

/** The text of a file; `null` where it was renamed since it was listed. */
async function readFile(path: string): Promise<string | null> {
  try {
    const { isFile, size } = await Deno.stat(path);
    // A pipe would never be read to its end.
    if (!isFile || size > MAX_FILE_BYTES) {
      throw new RangeError(`it is not a regular file of at most ${MAX_FILE_BYTES} bytes`);
    }
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
