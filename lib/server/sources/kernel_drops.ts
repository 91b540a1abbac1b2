/**
 * What the kernel dropped at our sockets, as they were full: Linux counts it in /proc/net. Deno lets no
 * program read that but with `--allow-all`; with `--allow-run=/bin/cat` a `cat` does. It never causes a
 * prompt, and nothing waits for it.
 */
import { type Address, kernelAddress } from "../../common/address.ts";
import type { Metric } from "../../message/message.ts";

/** Minimum interval between two readings, and where a program is started for each. */
const REFRESH_MS = 1_000;
const CAT_REFRESH_MS = 5_000;
/** So many readings in the time of one: it hangs, and nothing is known. */
const MAX_MISSED = 3;
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

/** Finds our sockets; what is returned tells their drops: `null` where nobody may know, or does not yet. */
export function openKernelDrops(addresses: readonly Address[]): (nowMs: number) => Metric {
  const own = [...TABLES, OWN_FILES].every(mayRead) ? unlessRefused(ownSockets) : null;
  const places = new Set(addresses.map(kernelAddress));
  if (own !== null) {
    const read = () => socketDrops(TABLES.map(readTable).join(""), places, own);
    let [readMs, drops] = [-Infinity, null as Metric];
    return (nowMs) => {
      if (nowMs - readMs < REFRESH_MS) return drops;
      readMs = nowMs;
      return drops = read();
    };
  }
  return mayRunCat() ? new CatDrops(places, catTables).read : () => null;
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

/** Drops as a program tells them that is started once in a while: what it said last. */
export class CatDrops {
  readonly #places: ReadonlySet<string>;
  readonly #readTables: () => Promise<string>;
  #askedMs = -Infinity;
  #isReading = false;
  #drops: Metric = null;

  constructor(places: ReadonlySet<string>, readTables: () => Promise<string>) {
    this.#places = places;
    this.#readTables = readTables;
  }

  /** What is known; a new reading begins where the last one is old. */
  readonly read = (nowMs: number): Metric => {
    if (this.#isReading) {
      if (nowMs - this.#askedMs > MAX_MISSED * CAT_REFRESH_MS) this.#drops = null;
    } else if (nowMs - this.#askedMs >= CAT_REFRESH_MS) {
      this.#askedMs = nowMs;
      this.#refresh();
    }
    return this.#drops;
  };

  async #refresh(): Promise<void> {
    this.#isReading = true;
    try {
      this.#drops = socketDrops(await this.#readTables(), this.#places, null);
    } catch {
      this.#drops = null;
    }
    this.#isReading = false;
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
