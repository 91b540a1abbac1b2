/**
 * What the kernel dropped at our sockets, as they were full: Linux counts it in /proc/net. Deno lets no
 * program read that but with `--allow-all`; with `--allow-run=/bin/cat` a `cat` does. It never causes a
 * prompt, and nothing waits for it.
 */
import { type Address, kernelAddress } from "../../common/address.ts";
import { Timeout } from "../../common/timeout.ts";
import type { Metric } from "../../message/message.ts";
import type { KernelDrops } from "../parts.ts";

/** Minimum interval between two readings, and where a program is started for each. */
const REFRESH_MS = 1_000;
const CAT_REFRESH_MS = 5_000;
/** A reading that takes longer hangs, and nothing is known. */
const CAT_TIMEOUT_MS = 2_000;
const TABLES = ["/proc/net/udp", "/proc/net/udp6"];
const OWN_FILES = "/proc/self/fd";
const CAT = "/bin/cat";

/** One socket in such a table. */
interface SocketRow {
  /** Its address and port, as the kernel writes them. */
  readonly local: string;
  readonly inode: string;
  readonly drops: number;
}

/** Where nobody may know, or no socket receives. */
export const UNKNOWN_DROPS: KernelDrops = {
  known: () => null,
  read: () => Promise.resolve(null),
};

/** Finds our sockets; what is returned tells their drops. */
export function openKernelDrops(addresses: readonly Address[]): KernelDrops {
  const own = [...TABLES, OWN_FILES].every(mayRead) ? unlessRefused(ownSockets) : null;
  const places = new Set(addresses.map(kernelAddress));
  if (own !== null) {
    const read = () => socketDrops(TABLES.map(readTable).join(""), places, own);
    let [readMs, drops] = [-Infinity, null as Metric];
    const known = (nowMs: number, oldestMs = REFRESH_MS) => {
      if (nowMs - readMs < oldestMs) return drops;
      readMs = nowMs;
      return drops = read();
    };
    const readNow = (nowMs: number) => {
      const before = drops;
      return Promise.resolve(known(nowMs, 0) ?? before);
    };
    return { known: (nowMs) => known(nowMs), read: readNow };
  }
  if (!mayRunCat()) return UNKNOWN_DROPS;
  const timeout = new Timeout(CAT_TIMEOUT_MS);
  return new CatDrops(places, () => timeout.run(CAT, catTables));
}

/**
 * Drops of the sockets in the text of such tables (proc(5)) that are bound to these places, and are ours
 * where it is known which are; `null` when one is not there, or it cannot be told from another's.
 */
export function socketDrops(
  tables: string,
  places: ReadonlySet<string>,
  inodes: ReadonlySet<string> | null,
): Metric {
  const rows = tables.split("\n").map(rowOf)
    .filter(({ local, inode }) => places.has(local) && (inodes?.has(inode) ?? true));
  const isSure = rows.length === places.size &&
    new Set(rows.map(({ local }) => local)).size === places.size;
  const sum = rows.reduce((sum, { drops }) => sum + drops, 0);
  return isSure && Number.isSafeInteger(sum) ? sum : null;
}

function rowOf(line: string): SocketRow {
  const columns = line.trim().split(/\s+/);
  return { local: columns[1] ?? "", inode: columns[9] ?? "", drops: Number(columns[12] ?? NaN) };
}

/** Drops as a program tells them that is started once in a while, and whenever it is asked for. */
export class CatDrops implements KernelDrops {
  readonly #places: ReadonlySet<string>;
  readonly #readTables: () => Promise<string>;
  #askedMs = -Infinity;
  #reading: Promise<void> | null = null;
  #drops: Metric = null;

  /** With what reads the tables, and fails where that takes too long. */
  constructor(places: ReadonlySet<string>, readTables: () => Promise<string>) {
    this.#places = places;
    this.#readTables = readTables;
  }

  /** What was read last; a new reading begins where that is old. */
  readonly known = (nowMs: number): Metric => {
    if (nowMs - this.#askedMs >= CAT_REFRESH_MS) this.#begin(nowMs);
    return this.#drops;
  };

  /** One that is under way may have begun too early, and is waited for first. */
  readonly read = async (nowMs: number): Promise<Metric> => {
    await this.#reading;
    const before = this.#drops;
    await this.#begin(nowMs);
    return this.#drops ?? before;
  };

  #begin(nowMs: number): Promise<void> {
    if (this.#reading === null) {
      this.#askedMs = nowMs;
      this.#reading = this.#refresh();
    }
    return this.#reading;
  }

  async #refresh(): Promise<void> {
    try {
      this.#drops = socketDrops(await this.#readTables(), this.#places, null);
    } catch {
      this.#drops = null;
    }
    this.#reading = null;
  }
}

async function catTables(): Promise<string> {
  const [stdin, stderr] = ["null", "null"] as const;
  // One table may be missing, as where there is no IPv6.
  const { stdout } = await new Deno.Command(CAT, { args: TABLES, stdin, stderr }).output();
  return new TextDecoder().decode(stdout);
}

/** Asks first: to run what is not granted would ask the user. */
function mayRunCat(): boolean {
  const { state } = Deno.permissions.querySync({ name: "run", command: CAT });
  return Deno.build.os === "linux" && state === "granted";
}

function readTable(path: string): string {
  return unlessRefused(() => Deno.readTextFileSync(path)) ?? "";
}

/** Inodes of the sockets that this process has open. */
function ownSockets(): ReadonlySet<string> {
  const links = Array.from(
    Deno.readDirSync(OWN_FILES),
    ({ name }) => unlessRefused(() => Deno.readLinkSync(`${OWN_FILES}/${name}`)) ?? "",
  );
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
}

/** Asks first: a read that is not granted would ask the user. */
function mayRead(path: string): boolean {
  return Deno.permissions.querySync({ name: "read", path }).state === "granted";
}

/** What `read` gives; `null` where it is refused, or not there, as on other systems. */
function unlessRefused<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    const { NotCapable, PermissionDenied, NotFound } = Deno.errors;
    const isExpected = [NotCapable, PermissionDenied, NotFound].some((kind) =>
      error instanceof kind
    );
    if (isExpected) return null;
    throw error;
  }
}
