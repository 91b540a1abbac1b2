/**
 * One record as a whole: its files in order, when it begins and ends, and its frames. What is damaged
 * is told of once. Pure but for what `files.ts` reads.
 */
import { EntryReader, KIND, type RecordClock, RecordError } from "./format.ts";
import { type Damage, listFiles, readFrames, type RecordFile } from "./files.ts";

/** A record that can be read as often as one likes. */
export interface Recording {
  readonly folder: string;
  /** The clock at its first entry. */
  readonly first: RecordClock;
  /** When its first and its last entry were recorded, as it is shown. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** Bytes of its files. */
  readonly bytes: number;
  /** Its frames, without those of the first files that are over at a time. */
  frames(fromMs: number): AsyncGenerator<Uint8Array>;
}

/** Opens a record; each damaged part is reported once. @throws {RangeError} with one line for the user when there is none. */
export async function openRecord(
  folder: string,
  onDamaged: (line: string) => void,
): Promise<Recording> {
  const onDamage = tellOf(onDamaged);
  const files = await listFiles(folder, onDamage);
  const first = await findTime(files[0]!, ({ kind }) => kind === KIND.clock);
  const last = await findTime(files.at(-1)!, () => false);
  const firstMs = first.nowMs + first.aheadMs;
  // Where a clock was set back, another file than the last ends last.
  const begins = files.map((file) => file.firstMs);
  const lastMs = Math.max(firstMs, last.nowMs + last.aheadMs, ...begins);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return {
    ...{ folder, first, firstMs, lastMs, bytes },
    async *frames(fromMs) {
      const begin = files.findIndex((_, n) => (files[n + 1]?.firstMs ?? Infinity) > fromMs);
      for (const file of files.slice(begin)) yield* readFrames(file, onDamage);
    },
  };
}

function tellOf(onDamaged: (line: string) => void) {
  const told = new Set<string>();
  return ({ path, at, bytes, state }: Damage) => {
    const line = `Cannot read ${bytes} bytes of ${path} at ${at}: ${state}`;
    if (!told.has(line)) onDamaged(line);
    told.add(line);
  };
}

/** The time of the first entry of a file that is wanted, or of its last. */
async function findTime(
  file: RecordFile,
  isWanted: (entries: EntryReader) => boolean,
): Promise<RecordClock> {
  const entries = new EntryReader(0);
  entries.atMs = file.firstMs;
  search:
  for await (const frame of readFrames(file, () => {})) {
    entries.begin(frame);
    try {
      while (entries.next()) if (isWanted(entries)) break search;
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
    }
  }
  const { atMs: nowMs, startedMs, aheadMs } = entries;
  return { nowMs, startedMs, aheadMs };
}
