/**
 * Chooses how the files of a sample are read, all at once: directly where Deno allows it, and else
 * through `/bin/cat`. It must never cause a prompt.
 */
import { CatReader } from "./cat_reader.ts";
import { OpenFiles } from "./open_files.ts";
import { CAT } from "./waiting_cat.ts";

/** The texts of those of the files that could be read, by path. */
export type FileReader = (paths: readonly string[]) => Promise<ReadonlyMap<string, string>>;

/**
 * Chooses the cheapest way to read that works: tries one file directly, which for /proc needs
 * `--allow-all`, and turns to `/bin/cat` when that is refused.
 *
 * @throws {Error} that names the flag when neither is allowed.
 */
export function openFileReader(probe: string): FileReader {
  if (mayReadDirectly(probe)) return directReader();
  if (Deno.permissions.querySync({ name: "run", command: CAT }).state === "granted") {
    const reader = new CatReader();
    return (paths) => reader.read(paths);
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
