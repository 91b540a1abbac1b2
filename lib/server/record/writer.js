// @ts-check
/**
 * The thread that compresses blocks of a record and writes them to files, so that neither holds up
 * reception. It rotates files, and deletes the oldest where there are too many bytes. `files.ts` reads what
 * it writes.
 */
import { constants, crc32, createZstdCompress } from "node:zlib";

/** What a file begins with; behind it stand its number among all and when its first block was recorded. */
const MAGIC = "PULSOREC";
const VERSION = 1;
const FILE_HEADER_BYTES = 24;
/** Before the bytes of each segment: what kind it is and their number, their checksum, and its own. */
const SEGMENT_HEADER_BYTES = 12;
const [BEGINS, ENDS, MARK] = [1, 2, 0xd0];
/** A frame ends with the block that brings it to this many bytes. */
const FRAME_BYTES = 2 ** 20 - 2 ** 18;
const [LEVEL, SUFFIX] = [3, ".pulso"];
const [PRIVATE_FILE, PRIVATE_FOLDER] = [0o600, 0o700];

/** @typedef {{ fileBytes: number, fileMs: number, keepBytes: number }} RecordLimits a file that has so many bytes, or is so old, is the last; most bytes of all files in the folder together */
/** @typedef {{ file: Deno.FsFile, path: string, bytes: number, firstMs: number }} OpenFile */

/** Writes the files of one folder. */
export class RecordWriter {
  #folder;
  #limits;
  /** @type {OpenFile | null} */
  #open = null;
  /** @type {Compressor | null} */
  #compressor = null;
  #frameBytes = 0;

  /** @param {string} folder @param {RecordLimits} limits */
  constructor(folder, limits) {
    this.#folder = folder;
    this.#limits = limits;
  }

  /** Makes the folder unless it is there, and sees whether files can be written to it. */
  begin() {
    Deno.mkdirSync(this.#folder, { recursive: true, mode: PRIVATE_FOLDER });
    this.#makeRoom();
    const path = `${this.#folder}/.writable`;
    Deno.writeFileSync(path, new Uint8Array(), { mode: PRIVATE_FILE });
    Deno.removeSync(path);
  }

  /**
   * Writes one block, whose first entry is of that time as it is shown. Returns how many bytes that took;
   * after an error the next block begins a file of its own.
   *
   * @param {Uint8Array} block
   * @param {number} timeMs
   */
  async write(block, timeMs) {
    try {
      const open = this.#open ??= this.#begin(timeMs);
      const isFirst = this.#compressor === null;
      const compressor = this.#compressor ??= new Compressor();
      this.#frameBytes += block.length;
      const isOld = Math.abs(timeMs - open.firstMs) >= this.#limits.fileMs;
      const isLast = this.#frameBytes >= FRAME_BYTES || isOld;
      const parts = await compressor.take(block, isLast);
      const segment = segmentOf(parts, (isFirst ? BEGINS : 0) | (isLast ? ENDS : 0));
      this.#append(open, segment);
      if (isLast) this.#endFrame();
      if (isOld || (isLast && open.bytes >= this.#limits.fileBytes)) this.#endFile();
      return segment.length;
    } catch (error) {
      this.#giveUp();
      throw error;
    }
  }

  close() {
    this.#endFrame();
    this.#endFile();
  }

  /** @param {number} timeMs */
  #begin(timeMs) {
    const number = Math.min(this.#makeRoom() + 1, 2 ** 32 - 1);
    const name = new Date(timeMs).toISOString().replaceAll(":", "-");
    const open = { ...openNew(`${this.#folder}/${name}`), bytes: 0, firstMs: timeMs };
    const header = new Uint8Array(FILE_HEADER_BYTES);
    header.set(new TextEncoder().encode(MAGIC));
    const view = new DataView(header.buffer);
    view.setUint32(8, VERSION);
    view.setUint32(12, number);
    view.setFloat64(16, timeMs);
    this.#append(open, header);
    return open;
  }

  /** @param {OpenFile} open @param {Uint8Array} bytes */
  #append(open, bytes) {
    const { file } = open;
    // Writing to a deleted file succeeds, and the data is lost.
    if (file.statSync().nlink === 0) throw new Error("the file was removed");
    for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
    open.bytes += bytes.length;
  }

  #endFrame() {
    this.#compressor?.close();
    this.#compressor = null;
    this.#frameBytes = 0;
  }

  #endFile() {
    this.#open?.file.close();
    this.#open = null;
  }

  /** Ends the file before what could not be written whole. */
  #giveUp() {
    this.#endFrame();
    try {
      if (this.#open?.bytes === FILE_HEADER_BYTES) Deno.removeSync(this.#open.path);
      else this.#open?.file.truncateSync(this.#open.bytes);
    } catch {
      // A reader notices a segment that is not whole.
    }
    this.#endFile();
  }

  /** Removes the oldest files, until one more has room; the number of the newest. */
  #makeRoom() {
    const files = [...Deno.readDirSync(this.#folder)]
      .filter(({ name, isFile }) => isFile && name.endsWith(SUFFIX))
      .map(({ name }) => lookAt(`${this.#folder}/${name}`))
      .sort((a, b) => a.number - b.number || (a.path < b.path ? -1 : 1));
    let total = files.reduce((sum, { size }) => sum + size, this.#limits.fileBytes);
    for (const { path, size } of files) {
      if (total <= this.#limits.keepBytes) break;
      Deno.removeSync(path);
      total -= size;
    }
    return files.at(-1)?.number ?? 0;
  }
}

/** A file in the folder; one that is none of a record, is not ours to read, or has no number as of before, is older than all. @param {string} path */
function lookAt(path) {
  const header = new Uint8Array(FILE_HEADER_BYTES);
  try {
    using file = Deno.openSync(path);
    file.readSync(header);
  } catch (error) {
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
  }
  const isOurs = new TextDecoder().decode(header.subarray(0, MAGIC.length)) === MAGIC;
  const { size } = Deno.statSync(path);
  return { path, size, number: isOurs ? new DataView(header.buffer).getUint32(12) : 0 };
}

/** Makes a file that is not there yet. @param {string} base */
function openNew(base) {
  for (let n = 0;; n++) {
    const path = base + (n === 0 ? "" : `-${n}`) + SUFFIX;
    try {
      const file = Deno.openSync(path, { write: true, createNew: true, mode: PRIVATE_FILE });
      return { file, path };
    } catch (error) {
      if (/** @type {Error} */ (error).name !== "AlreadyExists") throw error;
    }
  }
}

/** @param {readonly Uint8Array[]} parts @param {number} flags */
function segmentOf(parts, flags) {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const segment = new Uint8Array(SEGMENT_HEADER_BYTES + length);
  let at = SEGMENT_HEADER_BYTES;
  for (const part of parts) {
    segment.set(part, at);
    at += part.length;
  }
  const view = new DataView(segment.buffer);
  view.setUint32(0, (MARK | flags) * 2 ** 24 + length);
  view.setUint32(4, crc32(segment.subarray(SEGMENT_HEADER_BYTES)));
  view.setUint32(8, crc32(segment.subarray(0, 8)));
  return segment;
}

/** Compresses one frame, piece by piece: what was taken so far can be read at any time. */
class Compressor {
  #stream = createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: LEVEL } });
  /** @type {Uint8Array[]} */
  #parts = [];
  /** @param {unknown} _error */
  #fail = (_error) => {};

  constructor() {
    this.#stream.on("data", (part) => this.#parts.push(part));
    this.#stream.on("error", (error) => this.#fail(error));
  }

  /** @param {Uint8Array} bytes @param {boolean} isLast @returns {Promise<readonly Uint8Array[]>} */
  async take(bytes, isLast) {
    await new Promise((resolve, reject) => {
      this.#fail = reject;
      this.#stream.write(bytes);
      if (isLast) this.#stream.end().once("end", resolve);
      else this.#stream.flush(constants.ZSTD_e_flush, () => resolve(null));
    });
    return this.#parts.splice(0);
  }

  close() {
    this.#stream.destroy();
  }
}

/** @typedef {{ bytes?: Uint8Array<ArrayBuffer>, timeMs?: number, folder?: string, limits?: RecordLimits }} Order what the thread is told: a block, where to write, or nothing when it is to end */
/** @typedef {{ buffer?: ArrayBuffer, written?: number, error?: { name: string, message: string }, isEnd?: boolean }} Report */
/** @typedef {{ onmessage: (event: MessageEvent<Order>) => void, postMessage: (report: Report, transfer?: Transferable[]) => void }} Thread */

/** Serves orders, one after another. @param {Thread} thread */
function serve(thread) {
  /** @type {RecordWriter | null} */
  let writer = null;
  /** @param {Order} order @returns {Promise<Report>} */
  const obey = async ({ bytes, timeMs = 0, folder, limits }) => {
    if (folder !== undefined && limits !== undefined) {
      writer = new RecordWriter(folder, limits);
      writer.begin();
      return {};
    }
    if (bytes !== undefined) return { written: await writer?.write(bytes, timeMs) ?? 0 };
    writer?.close();
    return { isEnd: true };
  };
  let last = Promise.resolve();
  thread.onmessage = ({ data }) => {
    const buffer = data.bytes?.buffer;
    last = last.then(() => obey(data)).catch((error) => {
      const { name, message } = /** @type {Error} */ (error);
      return { error: { name, message } };
    }).then((report) => {
      if (buffer === undefined) thread.postMessage(report);
      else thread.postMessage({ ...report, buffer }, [buffer]);
    });
  };
}

if (globalThis.constructor.name === "DedicatedWorkerGlobalScope") {
  serve(/** @type {Thread} */ (/** @type {unknown} */ (globalThis)));
}
