/**
 * Reads files through `/bin/cat`, which may read /proc where Deno lets no program do so itself: what
 * it is asked for, and which part of its output is which file. It must never take one for another,
 * and never wait for ever: a `cat` that gives no answer is ended, and the next reading has a new one.
 */
import { CAT, SingleCat, WaitingCat } from "./cat.ts";
import type { Timeout } from "../common/timeout.ts";

/** Stands between two files in the output of `cat`: its own name, always there and soon read. */
const SEPARATOR_PATH = "/proc/self/comm";
const SEPARATOR = "cat\n";

/** Time between two looks for files that had no text. */
const PROBE_MS = 60_000;
/** Files for one `cat`: far from what a command line may hold. */
const MAX_FILES = 1_000;

/** The texts of those of the files that could be read, by path. */
export interface FileTexts extends ReadonlyMap<string, string> {
  /** Another object whenever the rare ones were read anew, which are not in other rounds; absent where all are read each time. */
  readonly rareRound?: object;
}

/** The same before they are given away. */
type OwnTexts = Map<string, string> & { rareRound?: object };

/** What both kinds of `cat` can do. */
type AnyCat = Pick<WaitingCat, "read" | "received" | "end">;

/** A `cat` that waits, and what it reads in which turn: all at first, and then those that are not rare. */
interface Waiting {
  readonly cat: WaitingCat;
  readonly turns: readonly (readonly string[])[];
}

/** Reads files by path. */
export class CatReader {
  readonly #timeout: Pick<Timeout, "run">;
  readonly #nowMs: () => number;
  readonly #rareReadings: number;
  #paths: readonly string[] = [];
  #rare: ReadonlySet<string> = new Set();
  #rareRound = {};
  /** Those of the paths that the waiting `cat` does without: `""` where a file is empty, else `null`. */
  readonly #without = new Map<string, "" | null>();
  /** Those that it does without because it would hang at them. */
  readonly #hanging = new Set<string>();
  #waiting: Waiting | null = null;
  /** Whether another list of files is to be read from the next reading on; one under way is not disturbed. */
  #isOutdated = false;
  /** Until then one is started for each reading, as none can wait here. */
  #waitsFromMs = -Infinity;
  #probesFromMs = 0;
  /** What the last `cat` that gave no answer hung at. */
  #suspect: string | null = null;

  /**
   * @param nowMs milliseconds of a clock that never steps.
   * @param rareReadings of so many readings one has the rare files, too.
   */
  constructor(timeout: Pick<Timeout, "run">, nowMs: () => number, rareReadings = 1) {
    this.#timeout = timeout;
    this.#nowMs = nowMs;
    this.#rareReadings = rareReadings;
  }

  /**
   * The texts of those of the files that could be read, most cheaply when `paths` is the list of the
   * reading before: then one `cat` waits between the two, for those that have a text. Once a minute
   * another one looks whether the others have one by now.
   *
   * @param rare those of them that are read now and then; `rareRound` tells when.
   * @throws {Error} when `cat` gave no answer, or was ended.
   */
  async read(paths: readonly string[], rare: readonly string[] = []): Promise<FileTexts> {
    if (paths !== this.#paths) this.#begin(paths, rare);
    else if (this.#isOutdated) this.#endWaiting();
    if (this.#nowMs() >= this.#probesFromMs) this.#probe();
    const isPresent = (path: string) => !this.#without.has(path) && !this.#hanging.has(path);
    const present = this.#waiting?.turns[0] ?? paths.filter(isPresent);
    const texts = await this.#readPresent(present);
    this.#without.forEach((text, path) => text !== null && texts.set(path, text));
    return texts;
  }

  /** The same by a `cat` for this reading alone, or several where the files are very many. */
  async readOnce(paths: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const texts = new Map<string, string>();
    for (let start = 0; start < paths.length; start += MAX_FILES) {
      const some = await this.#readSingly(paths.slice(start, start + MAX_FILES));
      some.forEach((text, path) => texts.set(path, text));
    }
    return texts;
  }

  /** Begins with another list; what is known of files that are on both stays. */
  #begin(paths: readonly string[], rare: readonly string[]): void {
    this.#endWaiting();
    this.#paths = paths;
    this.#rare = new Set(rare);
    const isGone = (path: string) => !paths.includes(path);
    [...this.#without.keys()].filter(isGone).forEach((path) => this.#without.delete(path));
    [...this.#hanging].filter(isGone).forEach((path) => this.#hanging.delete(path));
    if (this.#probesFromMs === 0) this.#probesFromMs = this.#nowMs() + PROBE_MS;
  }

  #endWaiting(): void {
    this.#waiting?.cat.end();
    this.#waiting = null;
    this.#isOutdated = false;
  }

  async #readPresent(paths: readonly string[]): Promise<OwnTexts> {
    if (paths.length === 0) return new Map();
    const waits = this.#nowMs() >= this.#waitsFromMs;
    const files = waits ? await this.#readWaiting(paths) : null;
    if (files !== null) return files;
    // Only the end of one tells why a file has no text.
    const texts = await this.#readSingly(paths, CAT);
    this.#endWaiting();
    for (const path of paths) {
      if (!texts.get(path)) this.#without.set(path, texts.has(path) ? "" : null);
    }
    return texts;
  }

  /** By the one that waits; `null` when it turns out that none can wait here, or when one of them has no text. */
  async #readWaiting(paths: readonly string[]): Promise<OwnTexts | null> {
    const { cat, turns } = this.#waiting ??= this.#startWaiting(paths);
    const turn = turns[cat.nextTurn]!;
    try {
      const files = splitFiles(turn, await this.#answer(CAT, cat, turn), false);
      if (files.size < turn.length) return null;
      if (turn === turns[0]) this.#rareRound = {};
      return Object.assign(files, { rareRound: this.#rareRound });
    } catch (error) {
      this.#endWaiting();
      if (cat.canWait || isTimeout(error)) throw error;
      this.#waitsFromMs = this.#nowMs() + PROBE_MS;
      return null;
    }
  }

  #startWaiting(paths: readonly string[]): Waiting {
    const often = paths.filter((path) => !this.#rare.has(path));
    const hasTurns = often.length > 0 && often.length < paths.length;
    const turns = hasTurns ? [paths, ...new Array(this.#rareReadings - 1).fill(often)] : [paths];
    return { cat: new WaitingCat(turns.map(catArguments), SEPARATOR), turns };
  }

  /** By one for this reading alone; unless it is named, others may be under way, but not of this list. */
  async #readSingly(
    paths: readonly string[],
    thing = `${paths[0]} by ${CAT}`,
  ): Promise<Map<string, string>> {
    const cat = new SingleCat(catArguments(paths));
    const output = await this.#answer(thing, cat, paths);
    return splitFiles(paths, output, await cat.succeeds());
  }

  /** What a `cat` writes. One that gives no answer in time is ended, and what it hung at is noted then. */
  async #answer(thing: string, cat: AnyCat, paths: readonly string[]): Promise<string> {
    let reading: Promise<string> | undefined;
    try {
      const output = await this.#timeout.run(thing, () => reading = cat.read());
      this.#suspect = null;
      return output;
    } catch (error) {
      cat.end();
      const note = () => this.#noteHang(paths, cat.received);
      if (isTimeout(error)) reading?.then(note, note);
      throw error;
    }
  }

  /** A file at which two of them hang, one after the other, is done without, so that the others are read. */
  #noteHang(paths: readonly string[], received: string | null): void {
    const path = received === null ? null : paths[splitTexts(received).length - 1] ?? null;
    if (path !== null && path === this.#suspect && this.#paths.includes(path)) {
      this.#hanging.add(path);
      this.#isOutdated = true;
    }
    this.#suspect = path;
  }

  /** Looks whether what is done without can be read now, in its own time: no sample waits for it. */
  #probe(): void {
    this.#probesFromMs = this.#nowMs() + PROBE_MS;
    for (const paths of [[...this.#without.keys()], [...this.#hanging]]) {
      if (paths.length === 0) continue;
      this.#readSingly(paths).then(
        (texts) => texts.forEach((text, path) => text === "" || this.#takeIn(path)),
        () => {},
      );
    }
  }

  #takeIn(path: string): void {
    this.#without.delete(path);
    this.#hanging.delete(path);
    this.#isOutdated = true;
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === "TimeoutError";
}

function catArguments(paths: readonly string[]): string[] {
  return paths.flatMap((path) => [path, SEPARATOR_PATH]);
}

/**
 * Tells the files in the output of `cat` apart. A file that is not there leaves nothing between its
 * separators and makes `cat` fail; when it did not fail, an empty text is a file that is empty.
 *
 * @throws {Error} when there are more or fewer files in it than were asked for.
 */
export function splitFiles(
  paths: readonly string[],
  output: string,
  success: boolean,
): Map<string, string> {
  const texts = splitTexts(output);
  if (texts.length !== paths.length + 1) {
    throw new Error(`Cannot read ${paths.join(", ")}: ${CAT} gave ${texts.length - 1} of them`);
  }
  const files = new Map<string, string>();
  paths.forEach((path, index) => {
    const text = texts[index]!;
    if (success || text !== "") files.set(path, text);
  });
  return files;
}

/** What stands before each separator that begins a line, and behind the last; a regular expression would look at every line. */
function splitTexts(output: string): readonly string[] {
  const texts: string[] = [];
  let start = 0;
  let at = -1;
  while ((at = output.indexOf(SEPARATOR, at + 1)) >= 0) {
    if (at > start && output[at - 1] !== "\n") continue;
    texts.push(output.slice(start, at));
    start = at + SEPARATOR.length;
  }
  return [...texts, output.slice(start)];
}
