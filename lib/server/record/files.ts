/**
 * Reads the files of a record, oldest first, into frames of entries. It trusts nothing that it reads: every
 * length has a limit, damaged parts are skipped and reported, and a truncated file is read up to its end.
 * Its one job is to read those files.
 */
import { constants, crc32, zstdDecompressSync } from "node:zlib";
import { advise } from "../../common/advice.ts";
import { requireAccess } from "../../common/private_file.ts";

/** As in `writer.js`: a thread that begins as text imports nothing of ours. */
const MAGIC = "PULSOREC";
const VERSION = 1;
const FILE_HEADER_BYTES = 24;
const SEGMENT_HEADER_BYTES = 12;
const [BEGINS, ENDS, MARK] = [1, 2, 0xd0];
const SUFFIX = ".pulso";

/** A file ends at 64 MiB, and with the frame that brings it there. */
const MAX_FILE_BYTES = 128 * 2 ** 20;
/** Maximum of a segment, and of a frame that it is unpacked to. */
const MAX_SEGMENT_BYTES = 2 ** 19;
const MAX_FRAME_BYTES = 2 ** 21;

/** A part of a file that cannot be read. */
export interface Damage {
  readonly path: string;
  /** Where it begins in the file, and how many bytes it takes. */
  readonly at: number;
  readonly bytes: number;
  readonly state: string;
}

/** One file of a record. */
export interface RecordFile {
  readonly path: string;
  readonly bytes: number;
  /** Its place among those that one server after the other wrote; 0 where it was written before they had numbers. */
  readonly number: number;
  /** When its first entry was recorded, as it is shown. */
  readonly firstMs: number;
}

/** The files of a record in the order in which they were written, as clocks are set; invalid ones are reported. @throws {RangeError} when the folder cannot be read. */
export async function listFiles(
  folder: string,
  onDamage: (damage: Damage) => void,
): Promise<RecordFile[]> {
  const files: RecordFile[] = [];
  let none = "it has no files";
  const tell = (damage: Damage) => {
    none = `it has no file that can be read (${damage.path}: ${damage.state})`;
    onDamage(damage);
  };
  try {
    requireAccess("read", folder);
    for await (const { name } of Deno.readDir(folder)) {
      if (!name.endsWith(SUFFIX)) continue;
      const file = await lookAt(`${folder}/${name}`, tell);
      if (file !== null) files.push(file);
    }
  } catch (cause) {
    throw new RangeError(`Cannot read the record ${folder}: ${stateOf(cause, folder)}`);
  }
  if (files.length === 0) throw new RangeError(`Cannot read the record ${folder}: ${none}`);
  return files.sort((a, b) =>
    a.number - b.number || a.firstMs - b.firstMs || (a.path < b.path ? -1 : 1)
  );
}

function stateOf(error: unknown, folder: string): string {
  const { NotCapable, NotFound } = Deno.errors;
  if (error instanceof NotFound) return "no such folder";
  if (!(error instanceof NotCapable)) return error instanceof Error ? error.message : String(error);
  return advise(
    `it needs the flag --allow-read=${folder}`,
    "this executable reads records in /var/lib/pulso only",
  );
}

async function lookAt(path: string, onDamage: (damage: Damage) => void) {
  const info = await unlessGone(Deno.stat(path), path, onDamage);
  if (info === null) return null;
  const { isFile, size: bytes } = info;
  const tell = (state: string) => {
    onDamage({ path, at: 0, bytes, state });
    return null;
  };
  // Before it is opened, as opening a pipe blocks until somebody writes to it.
  if (!isFile) return tell("not a regular file");
  if (bytes > MAX_FILE_BYTES) return tell(`longer than ${MAX_FILE_BYTES} bytes`);
  using file = await Deno.open(path);
  const header = new Uint8Array(FILE_HEADER_BYTES);
  if (await file.read(header) !== FILE_HEADER_BYTES) return tell("too short");
  if (new TextDecoder().decode(header.subarray(0, MAGIC.length)) !== MAGIC) {
    return tell("not a record");
  }
  const view = new DataView(header.buffer);
  if (view.getUint32(8) !== VERSION) return tell(`of version ${view.getUint32(8)}, not ${VERSION}`);
  const firstMs = view.getFloat64(16);
  return Number.isFinite(firstMs)
    ? { path, bytes, number: view.getUint32(12), firstMs }
    : tell("begins at a time that is none");
}

/** What a file gives; `null` for one that is gone, as the server that writes the record deletes the oldest. */
async function unlessGone<T>(
  reading: Promise<T>,
  path: string,
  onDamage: (damage: Damage) => void,
): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    onDamage({ path, at: 0, bytes: 0, state: "no such file" });
    return null;
  }
}

/** The frames of a file, decompressed; damaged ones are reported and skipped. */
export async function* readFrames(
  { path }: RecordFile,
  onDamage: (damage: Damage) => void,
): AsyncGenerator<Uint8Array> {
  const file = await unlessGone(Deno.readFile(path), path, onDamage);
  if (file === null) return;
  const tell = (at: number, bytes: number, state: string) => onDamage({ path, at, bytes, state });
  const open = new OpenFrame((at, state) => tell(at, file.length - at, state));
  for (let at = FILE_HEADER_BYTES; at < file.length;) {
    const segment = segmentAt(file, at);
    if (typeof segment === "string") {
      yield* open.end(false);
      const next = nextBegin(file, at + 1);
      tell(at, next - at, segment);
      at = next;
      continue;
    }
    if (segment.flags & BEGINS) {
      // A server that was killed leaves its last frame open.
      yield* open.end(false);
      open.begin(at);
    }
    at = segment.end;
    if (!open.take(segment.bytes)) {
      tell(at - segment.bytes.length, segment.bytes.length, "its frame has no beginning");
    } else if (segment.flags & ENDS) yield* open.end(true);
  }
  yield* open.end(false);
}

/** The frame whose segments are being read, where one is. */
class OpenFrame {
  readonly #onDamage: (at: number, state: string) => void;
  #parts: Uint8Array[] | null = null;
  #beganAt = 0;

  /** `onDamage` is told of one that cannot be unpacked: where it began, and why. */
  constructor(onDamage: (at: number, state: string) => void) {
    this.#onDamage = onDamage;
  }

  begin(at: number): void {
    this.#parts = [];
    this.#beganAt = at;
  }

  /** Whether there is a frame that a segment is of. */
  take(bytes: Uint8Array): boolean {
    this.#parts?.push(bytes);
    return this.#parts !== null;
  }

  /** Ends it: gives it where it can be unpacked, in whole or as far as it goes. */
  *end(isWhole: boolean): Generator<Uint8Array> {
    const frame = this.#parts && this.#unpack(this.#parts, isWhole);
    this.#parts = null;
    if (frame !== null) yield frame;
  }

  #unpack(parts: readonly Uint8Array[], isWhole: boolean): Uint8Array | null {
    try {
      return unpackFrame(parts, isWhole);
    } catch (error) {
      this.#onDamage(this.#beganAt, describeUnpacking(error));
      return null;
    }
  }
}

/** The segment at a place, or why there is none. */
function segmentAt(file: Uint8Array, at: number) {
  const bytesAt = at + SEGMENT_HEADER_BYTES;
  if (bytesAt > file.length) return "cut off";
  const view = new DataView(file.buffer, file.byteOffset + at, SEGMENT_HEADER_BYTES);
  const mark = view.getUint8(0);
  const length = view.getUint32(0) % 2 ** 24;
  if (
    (mark & 0xf0) !== MARK || length > MAX_SEGMENT_BYTES ||
    view.getUint32(8) !== crc32(file.subarray(at, at + 8))
  ) return "no segment";
  const end = bytesAt + length;
  if (end > file.length) return "cut off";
  const bytes = file.subarray(bytesAt, end);
  if (view.getUint32(4) !== crc32(bytes)) return "checksum mismatch";
  return { flags: mark & 0x0f, bytes, end };
}

/** Where the next frame begins whose header is sound; the end of the file where none does. */
function nextBegin(file: Uint8Array, from: number): number {
  for (let at = from; at + SEGMENT_HEADER_BYTES <= file.length; at++) {
    if ((file[at]! & ~ENDS) !== (MARK | BEGINS)) continue;
    const view = new DataView(file.buffer, file.byteOffset + at, SEGMENT_HEADER_BYTES);
    if (view.getUint32(8) === crc32(file.subarray(at, at + 8))) return at;
  }
  return file.length;
}

function unpackFrame(parts: readonly Uint8Array[], isWhole: boolean): Uint8Array {
  const packed = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    packed.set(part, at);
    at += part.length;
  }
  const finishFlush = isWhole ? constants.ZSTD_e_end : constants.ZSTD_e_flush;
  // As one piece: many small ones take twice as long.
  const options = { finishFlush, maxOutputLength: MAX_FRAME_BYTES, chunkSize: MAX_FRAME_BYTES };
  return zstdDecompressSync(packed, options);
}

function describeUnpacking(error: unknown): string {
  const { code } = error as { code?: string };
  return code === "ERR_BUFFER_TOO_LARGE"
    ? `unpacks to more than ${MAX_FRAME_BYTES} bytes`
    : `cannot be unpacked (${(error as Error).message})`;
}
