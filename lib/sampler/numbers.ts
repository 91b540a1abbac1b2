/**
 * Numbers that one text of /proc says outright, or two readings of it, and what says them where there is
 * no /proc: a metric that needs no more is a row of the catalogue and a reader here. No device is made of
 * them. What a system does not have is left out, and is no failure.
 */
import type { Metric, MetricGroup } from "../message/message.ts";
import { amountOf, growth, type Numbers, type ToldNumbers } from "./sample.ts";

/** How some numbers of a group are read. */
export interface NumbersReader {
  /** What they are called when they cannot be read. */
  readonly thing: string;
  readonly group: MetricGroup;
  /** The file below the root of the proc filesystem that says them, or below that of the host. */
  readonly file: string;
  readonly isOutside?: true;
  /** Whether the file tells of the system that reads it, whichever root it is below. */
  readonly isOwn?: true;
  /** Whether a system may be without it. */
  readonly optional?: true;
  /** Whether it need not be read for each sample where these are many a second. */
  readonly rare?: true;
  /** What it says, with the texts of other files at hand. @throws {SyntaxError} when it does not. */
  readonly parse: (text: string, other: (file: string) => string | undefined) => Numbers;
  /** What follows from two readings; the first is `null` at the beginning. */
  readonly between?: (before: Numbers | null, after: Numbers, elapsedMs: number) => Numbers;
  /** What this system says without /proc; `null` where it does not know. */
  readonly elsewhere?: () => Numbers | null;
}

/** What was read at one moment, and what follows from it and the reading before, by what read it; `null` where that failed. */
export interface NumbersReading {
  readonly atMs: number;
  readonly read: ReadonlyMap<NumbersReader, Numbers | null>;
  readonly told: readonly ToldNumbers[];
}

/** Every reader. */
const NUMBERS_READERS: readonly NumbersReader[] = [
  {
    thing: "load averages",
    group: "system",
    file: "loadavg",
    parse: parseLoadAverages,
    // On Windows they are always 0.
    elsewhere: () => Deno.build.os === "windows" ? null : loadAveragesOf(Deno.loadavg()),
  },
  {
    ...{ thing: "uptime", group: "system", file: "uptime", optional: true, rare: true },
    parse: (text) => ({ uptime: numberIn("uptime", text, /^(\d+)(?:\.\d+)? /) }),
    elsewhere: () =>
      Deno.permissions.querySync({ name: "sys", kind: "osUptime" }).state === "granted"
        ? { uptime: Deno.osUptime() }
        : {},
  },
  {
    ...{ thing: "open files", group: "system", file: "sys/fs/file-nr", optional: true, rare: true },
    parse: parseOpenFiles,
  },
  ...(["count", "max"] as const).map((name): NumbersReader => ({
    ...{ thing: "conntrack", group: "system", optional: true, isOwn: true, rare: true },
    file: `sys/net/netfilter/nf_conntrack_${name}`,
    parse: (text) => ({
      [name === "max" ? "conntrackMax" : "conntrack"]: numberIn("conntrack", text, /^(\d+)/),
    }),
  })),
  {
    ...{ thing: "out-of-memory kills", group: "system", file: "vmstat" },
    ...{ optional: true, rare: true },
    parse: (text) => optionalNumber("oomKills", text, /^oom_kill (\d+)$/m),
  },
  {
    ...{ thing: "reboot required", group: "system", file: "run/reboot-required" },
    ...{ isOutside: true, optional: true, rare: true },
    parse: () => ({ reboot: 1 }),
  },
  {
    ...{ thing: "swapping", group: "memory", file: "vmstat", optional: true, rare: true },
    parse: (text, other) => parseSwapping(text, other("meminfo") ?? ""),
    between: ratesOf,
  },
  {
    ...{ thing: "ZFS cache", group: "memory", file: "spl/kstat/zfs/arcstats" },
    ...{ optional: true, rare: true },
    parse: (text) => optionalNumber("arc", text, /^size +\d+ +(\d+)$/m),
  },
  ...(["cpu", "memory", "io"] as const).map((name): NumbersReader => ({
    ...{ thing: `${name} pressure`, group: "pressure", file: `pressure/${name}`, optional: true },
    parse: (text) => parsePressure(name, text),
    between: pressureBetween,
  })),
];

/** `0.52 0.48 0.41 1/345 6789`, the means over 1, 5 and 15 minutes first, then tasks (proc_loadavg(5)). */
export function parseLoadAverages(text: string): Numbers {
  const found = /^(\d+\.\d+) (\d+\.\d+) (\d+\.\d+) (?:(\d+)\/(\d+) )?/.exec(text);
  if (found === null) throw new SyntaxError("Cannot parse load averages: they are not there");
  const [running, tasks] = found.slice(4);
  return {
    ...loadAveragesOf(found.slice(1, 4).map(Number)),
    ...(tasks !== undefined && {
      running: amountOf(Number(running)),
      tasks: amountOf(Number(tasks)),
    }),
  };
}

function loadAveragesOf(means: readonly number[]): Numbers {
  const [load1, load5, load15] = means.map(amountOf);
  return { load1: load1!, load5: load5!, load15: load15! };
}

/** `1344 0 9223372036854775807`: allocated, of these unused, and the limit, which may be none (proc_sys_fs(5)). */
export function parseOpenFiles(text: string): Numbers {
  const [allocated, unused, limit] = text.trim().split(/\s+/).map(Number);
  if (!(allocated! >= 0 && unused! >= 0)) {
    throw new SyntaxError("Cannot parse open files: they are not there");
  }
  const filesMax = amountOf(limit);
  return { files: amountOf(allocated! - unused!), ...(filesMax !== null && { filesMax }) };
}

/** Bytes swapped in and out since boot; the kernel counts pages, of a size that its free memory tells. */
export function parseSwapping(vmstat: string, meminfo: string): Numbers {
  const freeKib = /^MemFree: +(\d+) kB$/m.exec(meminfo)?.[1];
  const freePages = /^nr_free_pages (\d+)$/m.exec(vmstat)?.[1];
  const pages = /^pswpin (\d+)\npswpout (\d+)$/m.exec(vmstat);
  const hasNone = /^SwapTotal: +0 kB$/m.test(meminfo);
  if (pages === null || freeKib === undefined || freePages === undefined || hasNone) return {};
  const pageBytes = 2 ** Math.round(Math.log2(Number(freeKib) * 1_024 / Number(freePages)));
  return { swapIn: Number(pages[1]) * pageBytes, swapOut: Number(pages[2]) * pageBytes };
}

function ratesOf(before: Numbers | null, after: Numbers, elapsedMs: number): Numbers {
  return mapNumbers(after, (value, name) => {
    const grown = growth(before?.[name], value);
    return grown !== null && elapsedMs > 0 ? amountOf(grown / elapsedMs * 1_000) : null;
  });
}

const SOME_WAITED = /^some .*\btotal=(\d+)$/m;
const ALL_WAITED = /^full .*\btotal=(\d+)$/m;

/** Microseconds since boot for which some or all tasks waited: `some avg10=0.12 … total=123456` (PSI in the kernel's documentation). */
export function parsePressure(name: "cpu" | "memory" | "io", text: string): Numbers {
  const [some, full] = [SOME_WAITED, ALL_WAITED].map((line) => line.exec(text)?.[1]);
  if (some === undefined) throw new SyntaxError(`Cannot parse ${name} pressure: it is not there`);
  // All tasks of a system never wait for a core; kernels tell a 0, or nothing.
  return {
    [name]: Number(some),
    ...(name !== "cpu" && full !== undefined && { [`${name}Full`]: Number(full) }),
  };
}

/** Shares of the time between, in percent. */
function pressureBetween(before: Numbers | null, after: Numbers, elapsedMs: number): Numbers {
  return mapNumbers(after, (value, name) => {
    const waited = growth(before?.[name], value);
    return waited !== null && elapsedMs > 0 ? Math.min(100, waited / (10 * elapsedMs)) : null;
  });
}

function mapNumbers(numbers: Numbers, change: (value: Metric, name: string) => Metric): Numbers {
  const changed: Record<string, Metric> = {};
  for (const name in numbers) changed[name] = change(numbers[name]!, name);
  return changed;
}

/** One that no message can carry is unknown, or the server would refuse all of them. */
function numberIn(thing: string, text: string, pattern: RegExp): Metric {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new SyntaxError(`Cannot parse ${thing}: it is not there`);
  return amountOf(Number(found));
}

function optionalNumber(name: string, text: string, pattern: RegExp): Numbers {
  const found = pattern.exec(text)?.[1];
  return found === undefined ? {} : { [name]: amountOf(Number(found)) };
}

/** The readers of some groups. */
export function readersOf(groups: ReadonlySet<MetricGroup>): readonly NumbersReader[] {
  return NUMBERS_READERS.filter(({ group }) => groups.has(group));
}

/** A reader, and where its file is. */
export interface PlacedReader {
  readonly path: string;
  readonly reader: NumbersReader;
}

/** The same, each with its file below these roots; that of a host is empty for this system. */
export function readersAt(
  groups: ReadonlySet<MetricGroup>,
  root: string,
  hostRoot: string,
): readonly PlacedReader[] {
  return readersOf(groups).filter(({ isOwn }) => !isOwn || hostRoot === "")
    .map((reader) => ({ path: `${reader.isOutside ? hostRoot : root}/${reader.file}`, reader }));
}

/**
 * What readers find in the texts of files, and what follows from it and the reading before; those of what
 * this system does not have are left out.
 */
export function readNumbers(
  readers: readonly PlacedReader[],
  texts: ReadonlyMap<string, string> | null,
  root: string,
  { atMs, before, parse }: {
    readonly atMs: number;
    readonly before: NumbersReading | undefined;
    readonly parse: (
      thing: string,
      path: string,
      parser: (text: string) => Numbers,
    ) => Numbers | null;
  },
): NumbersReading {
  const other = (file: string) => texts?.get(`${root}/${file}`);
  const read = new Map<NumbersReader, Numbers | null>();
  const told: ToldNumbers[] = [];
  for (const { path, reader } of readers) {
    if (reader.optional && !texts?.has(path)) continue;
    const numbers = parse(reader.thing, path, (text) => reader.parse(text, other));
    const known = before?.read.get(reader) ?? null;
    read.set(reader, numbers);
    const between = numbers && reader.between?.(known, numbers, atMs - (before?.atMs ?? atMs));
    told.push({ group: reader.group, numbers: between ?? numbers });
  }
  return { atMs, read, told };
}
