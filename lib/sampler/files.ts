/**
 * Reads the files of a sample, all at once: directly where Deno allows it, and else through
 * `/bin/cat`. The one file of the sampler that touches /proc; it must never cause a prompt.
 */

import { OpenFiles } from "./open_files.ts";
import { CAT, WaitingCat } from "./waiting_cat.ts";

/** The texts of those of the files that could be read, by path. */
export type FileReader = (paths: readonly string[]) => Promise<ReadonlyMap<string, string>>;

/** Stands between two files in the output of `cat`: its own name, always there and soon read. */
const SEPARATOR_PATH = "/proc/self/comm";
const SEPARATOR_TEXT = "cat\n";
const SEPARATOR = new RegExp(`^${SEPARATOR_TEXT}`, "m");

const decoder = new TextDecoder();

/**
 * Chooses the cheapest way to read that works: tries one file directly, which for /proc needs
 * `--allow-all`, and turns to `/bin/cat` when that is refused.
 *
 * @throws {Error} that names the flag when neither is allowed.
 */
export function openFileReader(probe: string): FileReader {
  if (mayReadDirectly(probe)) return directReader();
  if (Deno.permissions.querySync({ name: "run", command: CAT }).state === "granted") {
    return catReader();
  }
  throw new Deno.errors.NotCapable(`Cannot read ${probe}: run with --allow-run=${CAT}`);
}

function mayReadDirectly(path: string): boolean {
  if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") return false;
  try {
    Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return false;
    // Anything else would be no better through a child: each sample tells what it cannot read.
  }
  return true;
}

function directReader(): FileReader {
  const files = new OpenFiles();
  return (paths) => {
    const texts = new Map<string, string>();
    for (const path of paths) {
      const text = files.read(path);
      // The sample reports the missing text and goes on with the others.
      if (text !== null) texts.set(path, text);
    }
    return Promise.resolve(texts);
  };
}

/**
 * Reads by one `cat` that waits between two samples. Where that does not work, or a file has no text
 * and only the exit status would tell why, it starts one for each sample from then on.
 */
function catReader(): FileReader {
  let waiting: { readonly paths: readonly string[]; readonly cat: WaitingCat } | null | undefined;
  return async (paths) => {
    if (waiting === undefined) {
      waiting = { paths, cat: new WaitingCat(catArguments(paths), SEPARATOR_TEXT) };
    }
    if (waiting?.paths !== paths) return readByCat(paths);
    try {
      return completeFiles(paths, await waiting.cat.read());
    } catch {
      waiting.cat.end();
      waiting = null;
      return readByCat(paths);
    }
  };
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
function readByCat(paths: readonly string[]): ReadonlyMap<string, string> {
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
