/**
 * Records every datagram as it came, whatever becomes of it: it is copied into a block of memory here, and
 * a thread compresses and writes the blocks. Where the thread is too slow or cannot write, datagrams are
 * left out and counted, and the record says where; reception never waits. Its one job is that thread.
 */
import { advise } from "../../common/advice.ts";
import type { Origin } from "../../common/address.ts";
import { requireAccess } from "../../common/private_file.ts";
import type { Log, ThrottledLog } from "../../common/log.ts";
import type { Failures, Observer } from "../parts.ts";
import type { RecordCounts } from "../fleet/receipt.ts";
import type { ServerOptions } from "../options.ts";
import { EntryWriter, type Verdict } from "./format.ts";
import thread from "./writer.js" with { type: "text" };

const BLOCK_BYTES = 2 ** 18;
/** Blocks that may wait for the thread: more than half a second of 100,000 agents. */
const MAX_BLOCKS = 64;
const FILE_BYTES = 64 * 2 ** 20;
const FILE_MS = 3_600_000;
/** Maximum time that the last blocks may take to be written. */
const END_TIMEOUT_MS = 800;

/** The thread's types are checked with all others': `deno test` would do it again, and print it. */
const CHECKED = thread.replace("// @ts-check\n", "");

/** The fleet's clock, and where to report. */
export interface RecorderSurroundings {
  readonly nowMs: () => number;
  readonly aheadMs: () => number;
  readonly log: Pick<Log, "info" | "warn">;
  /** For what there may be much of. */
  readonly throttledLog: Pick<ThrottledLog, "warn">;
  readonly failures: Pick<Failures, "count">;
}

/** What the thread reports: a block is done, and how. */
interface Report {
  readonly buffer?: ArrayBuffer;
  readonly written?: number;
  readonly error?: Error;
  readonly isEnd?: boolean;
}

/** Opens a record where options name one. @throws {Error} that says what to do when nothing can be written there. */
export async function openRecorder(
  { record: folder, "record-keep": keepBytes }: Pick<ServerOptions, "record" | "record-keep">,
  surroundings: RecorderSurroundings,
): Promise<Recorder | null> {
  if (folder === null) return null;
  const refusal = (error: Error) =>
    new Error(`Cannot record to ${folder}: ${stateOf(error, folder)}`);
  try {
    requireAccess("read", folder);
    requireAccess("write", folder);
  } catch (error) {
    throw refusal(error as Error);
  }
  // As text, so that no file of the program has to be read.
  const worker = new Worker(`data:text/javascript,${encodeURIComponent(CHECKED)}`, {
    type: "module",
  });
  worker.postMessage({ folder, limits: { fileBytes: FILE_BYTES, fileMs: FILE_MS, keepBytes } });
  const { error } = await new Promise<Report>((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => resolve(endOf(event));
  });
  if (error === undefined) {
    surroundings.log.info(`Recording to ${folder}`);
    return new Recorder(worker, folder, surroundings);
  }
  worker.terminate();
  throw refusal(error);
}

function endOf(event: ErrorEvent): Report {
  event.preventDefault();
  return { error: new Error(`the thread ended (${event.message})`) };
}

function stateOf({ name, message }: Error, folder: string): string {
  if (name !== "NotCapable") return message;
  return advise(
    `it needs the flags --allow-read=${folder} --allow-write=${folder}`,
    "this executable records in /var/lib/pulso only",
  );
}

/** A record that is being written. */
export class Recorder implements Observer {
  readonly name = "record";
  readonly #worker: Worker;
  readonly #folder: string;
  readonly #surroundings: RecorderSurroundings;
  readonly #startedMs: number;
  /** Blocks that can be filled; they are made when first needed. */
  readonly #free: ArrayBuffer[] = [];
  #made = 0;
  #block: EntryWriter | null = null;
  #memory = new Uint8Array();
  #inBlock = 0;
  /** Those left out of which it tells. */
  #toldGap = 0;
  #timeMs = 0;
  /** Datagrams in each block that the thread has, and those left out of which it tells. */
  readonly #sent: { readonly datagrams: number; readonly gap: number }[] = [];
  /** Datagrams left out that the record does not tell of yet. */
  #gap = 0;
  #isFailing = false;
  #datagrams = 0;
  #bytes = 0;
  #omitted = 0;
  #onEnd = () => {};

  constructor(worker: Worker, folder: string, surroundings: RecorderSurroundings) {
    this.#worker = worker;
    this.#folder = folder;
    this.#surroundings = surroundings;
    this.#startedMs = surroundings.nowMs();
    worker.onmessage = ({ data }: MessageEvent<Report>) => this.#take(data);
    worker.onerror = (event) => this.#take(endOf(event));
  }

  /** What was recorded so far. */
  get counts(): RecordCounts {
    return { datagrams: this.#datagrams, bytes: this.#bytes, omitted: this.#omitted };
  }

  /** Records one datagram, after the fleet has taken it. */
  record(bytes: Uint8Array, origin: Origin, atMs: number, verdict: Verdict): void {
    if (this.#block?.hasRoom(bytes.length) === false) this.#send();
    const block = this.#block ??= this.#begin(atMs);
    if (block === null) {
      this.#omit(1);
      this.#surroundings.throttledLog.warn(
        this.name,
        () =>
          `Cannot record all to ${this.#folder}: too slow; ${this.#omitted} datagrams left out so far`,
      );
      return;
    }
    block.datagram(bytes, origin, atMs, verdict);
    this.#inBlock++;
  }

  /** What has come is handed to the thread, at most a second later. */
  tick(): void {
    if (this.#block !== null) this.#send();
  }

  async close(): Promise<void> {
    this.tick();
    const timer = setTimeout(() => this.#onEnd(), END_TIMEOUT_MS);
    await new Promise<void>((resolve) => {
      this.#onEnd = resolve;
      this.#worker.postMessage({});
    });
    clearTimeout(timer);
    this.#worker.terminate();
  }

  #omit(count: number): void {
    this.#omitted += count;
    this.#gap += count;
  }

  /** A block that begins with the time; `null` while all are with the thread. */
  #begin(atMs: number): EntryWriter | null {
    const canMake = this.#free.length === 0 && this.#made++ < MAX_BLOCKS;
    const buffer = canMake ? new ArrayBuffer(BLOCK_BYTES) : this.#free.pop();
    if (buffer === undefined) return null;
    const aheadMs = this.#surroundings.aheadMs();
    this.#memory = new Uint8Array(buffer);
    const block = new EntryWriter(this.#memory);
    block.clock({ nowMs: atMs, startedMs: this.#startedMs, aheadMs });
    if (this.#gap > 0) block.gap(this.#gap);
    this.#toldGap = this.#gap;
    this.#gap = 0;
    this.#timeMs = atMs + aheadMs;
    return block;
  }

  #send(): void {
    const bytes = this.#memory.subarray(0, this.#block!.length);
    this.#worker.postMessage({ bytes, timeMs: this.#timeMs }, [bytes.buffer]);
    this.#sent.push({ datagrams: this.#inBlock, gap: this.#toldGap });
    this.#block = null;
    this.#inBlock = 0;
  }

  #take({ buffer, written = 0, error, isEnd = false }: Report): void {
    if (isEnd) return this.#onEnd();
    if (buffer !== undefined) this.#free.push(buffer);
    const { datagrams, gap } = this.#sent.shift() ?? { datagrams: 0, gap: 0 };
    this.#bytes += written;
    if (error === undefined) this.#datagrams += datagrams;
    else {
      this.#omit(datagrams);
      this.#gap += gap;
    }
    this.#tell(error);
  }

  /** Says once that nothing can be written, and once that it can again. */
  #tell(error: Error | undefined): void {
    const folder = this.#folder;
    const { log, failures } = this.#surroundings;
    const isFailing = error !== undefined;
    if (isFailing) failures.count(this.name);
    if (this.#isFailing === isFailing) return;
    this.#isFailing = isFailing;
    if (isFailing) {
      log.warn(`Cannot record to ${folder}: ${stateOf(error, folder)}; retrying`);
    } else {log.info(
        `Recording to ${folder} again; ${this.#omitted} datagrams were left out so far`,
      );}
  }
}
