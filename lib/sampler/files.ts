/**
 * Chooses how files are read, all at once: directly where Deno allows it, and else through
 * `/bin/cat`. It must never cause a prompt.
 */
import { CAT } from "./cat.ts";
import { CatReader } from "./cat_reader.ts";
import { OpenFiles } from "./open_files.ts";
import { Patience } from "../common/patience.ts";

/** How long a sample waits for `cat`: longer than a busy host takes, and no host is stale by then. */
const CAT_PATIENCE_MS = 2_000;

/** The texts of those of the files that could be read, by path. */
export type FileReader = (paths: readonly string[]) => Promise<ReadonlyMap<string, string>>;

/** Two ways to read files. */
export interface FileReaders {
  /** For the same list of files again and again. */
  readonly readFiles: FileReader;
  /** For what is read now and then. */
  readonly readOnce: FileReader;
}

/**
 * Chooses the cheapest way to read that works: tries one file directly, which for /proc needs
 * `--allow-all`, and turns to `/bin/cat` when that is refused.
 *
 * @param nowMs milliseconds of a clock that never steps.
 * @throws {Error} that names the flag when neither is allowed.
 */
export function openFileReaders(probe: string, nowMs: () => number): FileReaders {
  if (mayReadDirectly(probe)) return directReaders();
  if (Deno.permissions.querySync({ name: "run", command: CAT }).state === "granted") {
    const reader = new CatReader(new Patience(CAT_PATIENCE_MS), nowMs);
    return {
      readFiles: (paths) => reader.read(paths),
      readOnce: (paths) => reader.readOnce(paths),
    };
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

function directReaders(): FileReaders {
  const files = new OpenFiles();
  return {
    readFiles: (paths) => Promise.resolve(textsOf(paths, (path) => files.read(path))),
    readOnce: (paths) => Promise.resolve(textsOf(paths, readOrNull)),
  };
}

function textsOf(
  paths: readonly string[],
  read: (path: string) => string | null,
): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const path of paths) {
    const text = read(path);
    // The sample reports the missing text and goes on with the others.
    if (text !== null) texts.set(path, text);
  }
  return texts;
}

function readOrNull(path: string): string | null {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return null;
  }
}
