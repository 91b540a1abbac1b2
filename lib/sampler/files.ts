/**
 * Where the files of a sample are, under a root that is this system's own proc filesystem or that of the
 * host around this container; and how they are read, all at once: directly where Deno allows it, and else
 * through `/bin/cat`. It must never cause a prompt.
 */
import { Timeout } from "../common/timeout.ts";
import type { MetricGroup } from "../message/message.ts";
import { CAT } from "./cat.ts";
import { CatReader, type FileTexts } from "./cat_reader.ts";

/** How long a sample waits for `cat`: longer than a busy host takes, and no host is stale by then. */
const CAT_TIMEOUT_MS = 2_000;

/** How old the text of a rare file may be. */
const RARE_MS = 5_000;

/** Reads files. */
export type FileReader = (
  paths: readonly string[],
  /** Those of them that need not be read each time, where that costs more than it is worth. */
  rare?: readonly string[],
) => Promise<FileTexts>;

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
 * @param intervalMs time between two readings.
 * @throws {Error} that names the flag when neither is allowed.
 */
export function openFileReaders(
  probe: string,
  nowMs: () => number,
  intervalMs = RARE_MS,
): FileReaders {
  if (mayReadDirectly(probe)) return directReaders();
  if (Deno.permissions.querySync({ name: "run", command: CAT }).state === "granted") {
    const rareReadings = Math.max(1, Math.floor(RARE_MS / intervalMs));
    const reader = new CatReader(new Timeout(CAT_TIMEOUT_MS), nowMs, rareReadings);
    return {
      readFiles: (paths, rare) => reader.read(paths, rare),
      readOnce: gathered((paths) => reader.readOnce(paths)),
    };
  }
  throw new Deno.errors.NotCapable(`Cannot read ${probe}: run with --allow-run=${CAT}`);
}

/** Reads for all that ask in one turn at once, as to start a program costs more than their files. */
export function gathered(read: FileReader): FileReader {
  let open: { paths: string[]; texts: ReturnType<FileReader> } | null = null;
  return async (asked) => {
    if (open === null) {
      const paths: string[] = [];
      const texts = Promise.resolve().then(() => {
        open = null;
        return read(paths);
      });
      open = { paths, texts };
    }
    const { paths, texts } = open;
    paths.push(...asked);
    const found = await texts.catch((error) => {
      if (paths.length === asked.length) throw error;
      // What one hangs at takes nothing from the others.
      return read(asked);
    });
    return textsOf(asked, (path) => found.get(path) ?? null);
  };
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
  let last: readonly string[] = [];
  return {
    readFiles: (paths) => {
      if (paths !== last) files.keep(last = paths);
      return Promise.resolve(textsOf(paths, (path) => files.read(path)));
    },
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

/** More than most files of /proc have; grown where one has more. */
const FIRST_BUFFER_BYTES = 65_536;

const decoder = new TextDecoder();

/** Reads files by path; holds one descriptor for each that it could open. */
export class OpenFiles {
  readonly #files = new Map<string, Deno.FsFile>();
  #buffer = new Uint8Array(FIRST_BUFFER_BYTES);

  /** The text of a file from its start; `null`, whatever the reason, when it cannot be read now. */
  read(path: string): string | null {
    try {
      const file = this.#files.get(path) ?? Deno.openSync(path);
      this.#files.set(path, file);
      file.seekSync(0, Deno.SeekMode.Start);
      return decoder.decode(this.#readToEnd(file));
    } catch {
      // The next reading opens it anew: it may be another file by then.
      this.#files.get(path)?.close();
      this.#files.delete(path);
      return null;
    }
  }

  /** Closes all files but these. */
  keep(paths: readonly string[]): void {
    const kept = new Set(paths);
    for (const [path, file] of this.#files) {
      if (kept.has(path)) continue;
      file.close();
      this.#files.delete(path);
    }
  }

  #readToEnd(file: Deno.FsFile): Uint8Array {
    let length = 0;
    while (true) {
      if (length === this.#buffer.length) this.#grow();
      const count = file.readSync(this.#buffer.subarray(length));
      if (count === null) return this.#buffer.subarray(0, length);
      length += count;
    }
  }

  #grow(): void {
    const longer = new Uint8Array(2 * this.#buffer.length);
    longer.set(this.#buffer);
    this.#buffer = longer;
  }
}

const OWN = "/proc";

/** The root without slashes at its end. */
export function procfsRoot(directory: string): string {
  return directory.replace(/(?<=.)\/+$/, "");
}

/** Whether it is another than this system's own. */
function isForeign(root: string): boolean {
  return root !== OWN;
}

/** What to put before a path of the system that the root belongs to. */
export function hostRoot(root: string): string {
  return isForeign(root) ? `${root}/1/root` : "";
}

/** Where the files of a sample are. */
export interface ProcfsPaths {
  readonly stat: string;
  readonly meminfo: string;
  readonly diskstats: string;
  readonly partitions: string;
  readonly mountinfo: string;
  readonly netDev: string;
  readonly snmp: string;
  /** Not everywhere. */
  readonly netstat: string;
  readonly snmp6: string;
  /** What else that process sees of its network. */
  readonly net: string;
  /** What to put before a mount point. */
  readonly hostRoot: string;
  /** Where this system's first process sees sysfs. */
  readonly sysfs: string;
}

/** The files of a sample under a root; those of a process are of our own, or of the host's first one. */
export function pathsOf(root: string): ProcfsPaths {
  const process = isForeign(root) ? `${root}/1` : `${root}/self`;
  return {
    stat: `${root}/stat`,
    meminfo: `${root}/meminfo`,
    diskstats: `${root}/diskstats`,
    partitions: `${root}/partitions`,
    mountinfo: `${process}/mountinfo`,
    netDev: `${process}/net/dev`,
    snmp: `${process}/net/snmp`,
    netstat: `${process}/net/netstat`,
    snmp6: `${process}/net/snmp6`,
    net: `${process}/net`,
    hostRoot: hostRoot(root),
    sysfs: `${hostRoot(root)}/sys`,
  };
}

/** The files that a sample of some groups reads. */
export function filesOf(groups: ReadonlySet<MetricGroup>, paths: ProcfsPaths): readonly string[] {
  return [
    ...(groups.has("cpu") ? [paths.stat] : []),
    ...(groups.has("memory") ? [paths.meminfo] : []),
    ...(groups.has("disk") ? [paths.diskstats, paths.mountinfo] : []),
    ...(groups.has("network") ? [paths.netDev, paths.snmp, paths.netstat, paths.snmp6] : []),
  ];
}

/** The text of a file. @throws {Error} when it could not be read. */
export function textOf(texts: ReadonlyMap<string, string>, path: string): string {
  const text = texts.get(path);
  if (text === undefined) throw new Error(`Cannot read ${path}: it is not there or not readable`);
  return text;
}
