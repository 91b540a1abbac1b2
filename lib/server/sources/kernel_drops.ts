/**
 * How many datagrams the kernel dropped at our own sockets, as a buffer was full: Linux tells it in
 * /proc/net/udp and udp6. Deno lets a program read that only with `--allow-all`; without, it is not known.
 * It never causes a prompt, and that it cannot be read is no failure.
 */
import type { Metric } from "../../message/message.ts";

/** Minimum interval between two readings. */
const REFRESH_MS = 1_000;
const TABLES = ["/proc/net/udp", "/proc/net/udp6"];
const OWN_FILES = "/proc/self/fd";

/** Finds our sockets on a port; what is returned reads their drops, at most once a second. */
export function openKernelDrops(port: number): (nowMs: number) => Metric {
  const own = [...TABLES, OWN_FILES].every(mayRead) ? unlessRefused(ownSockets) : null;
  if (own === null) return () => null;
  let readMs = -Infinity;
  let drops: Metric = null;
  return (nowMs) => {
    if (nowMs - readMs < REFRESH_MS) return drops;
    readMs = nowMs;
    return drops = socketDrops(TABLES.map(readTable).join(""), port, own);
  };
}

/**
 * Drops of the sockets on a port that are ours, from the text of such tables (proc(5)); `null` when
 * none is there. Others may be bound to the same port, of another address or by SO_REUSEPORT.
 */
export function socketDrops(tables: string, port: number, inodes: ReadonlySet<string>): Metric {
  let sum: Metric = null;
  for (const line of tables.split("\n")) {
    const columns = line.trim().split(/\s+/);
    const [, local = ""] = columns;
    if (parseInt(local.split(":")[1] ?? "", 16) !== port || !inodes.has(columns[9]!)) continue;
    const drops = Number(columns[12]);
    if (Number.isSafeInteger(drops)) sum = (sum ?? 0) + drops;
  }
  return sum;
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
