/**
 * Reads files through `/bin/cat`, which may read /proc where Deno lets no program do so itself: what
 * it is asked for, and which part of its output is which file. It must never take one for another.
 */
import { CAT, WaitingCat } from "./waiting_cat.ts";

/** Stands between two files in the output of `cat`: its own name, always there and soon read. */
const SEPARATOR_PATH = "/proc/self/comm";
const SEPARATOR_TEXT = "cat\n";
const SEPARATOR = new RegExp(`^${SEPARATOR_TEXT}`, "m");

const decoder = new TextDecoder();

/** Reads files by path, the same ones most cheaply. */
export class CatReader {
  /** The one that waits, and for what: `undefined` before the first reading, `null` when it is of no use. */
  #waiting: { readonly paths: readonly string[]; readonly cat: WaitingCat } | null | undefined;

  /**
   * The texts of those of the files that could be read. One `cat` waits between two readings of the
   * first `paths`. Where that does not work, or a file has no text and only the exit status would tell
   * why, one is started for each reading from then on, as for other `paths`.
   */
  async read(paths: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (this.#waiting === undefined) this.#waiting = startToWait(paths);
    if (this.#waiting?.paths !== paths) return readByOneCat(paths);
    const { cat } = this.#waiting;
    try {
      return completeFiles(paths, await cat.read());
    } catch {
      // Whatever the reason is, one that is started now meets it or does not, and tells.
      cat.end();
      this.#waiting = null;
      return readByOneCat(paths);
    }
  }
}

function startToWait(paths: readonly string[]) {
  return { paths, cat: new WaitingCat(catArguments(paths), SEPARATOR_TEXT) };
}

function completeFiles(paths: readonly string[], output: string): ReadonlyMap<string, string> {
  const files = splitFiles(paths, output, false);
  if (files.size < paths.length) throw new Error("Cannot tell why a file has no text");
  return files;
}

function catArguments(paths: readonly string[]): string[] {
  return paths.flatMap((path) => [path, SEPARATOR_PATH]);
}

/** Waits for the child: to be told of its end costs more time, and garbage that grows to many megabytes. */
function readByOneCat(paths: readonly string[]): ReadonlyMap<string, string> {
  const { success, stdout } = new Deno.Command(CAT, {
    args: catArguments(paths),
    clearEnv: true,
    stdin: "null",
    stderr: "null",
  }).outputSync();
  const output = decoder.decode(stdout);
  // Gives back its memory, which would else be kept until all garbage is collected: 6 KB a sample.
  stdout.buffer.transfer(0);
  return splitFiles(paths, output, success);
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
): ReadonlyMap<string, string> {
  const texts = output.split(SEPARATOR);
  if (texts.length !== paths.length + 1) {
    throw new Error(`Cannot read ${paths.join(", ")}: ${CAT} gave ${texts.length - 1} of them`);
  }
  const files = paths.map((path, index) => [path, texts[index]!] as const);
  return new Map(files.filter(([, text]) => success || text !== ""));
}
