/**
 * The store's thread as the rest of the program sees it: its requests, and how it is started. It may read
 * and write one folder and do nothing else. Its one job is that thread.
 */
import blobs from "./file/blobs.js" with { type: "text" };
import compaction from "./file/compaction.js" with { type: "text" };
import database from "./file/database.js" with { type: "text" };
import pieces from "./file/pieces.js" with { type: "text" };
import past from "./file/past.js" with { type: "text" };
import retention from "./file/retention.js" with { type: "text" };
import rows from "./file/rows.js" with { type: "text" };
import schema from "./file/schema.js" with { type: "text" };
import thread from "./file/thread.js" with { type: "text" };
import type { Orders } from "./file/thread.js";

/** What a request is given. */
type Given<Name extends keyof Orders> = Parameters<Orders[Name]>[0];

/** What can be asked of the thread; each is done after the one before. One that has ended begins anew, without a file. */
export interface StoreThread {
  ask<Name extends keyof Orders>(
    order: Name,
    /** What is not known yet is waited for, and so is the request by those after it. */
    given: Given<Name> | Promise<Given<Name>>,
    /** What of it is handed over, and not copied. */
    transfer?: ArrayBuffer[],
  ): Promise<Awaited<ReturnType<Orders[Name]>>>;
  end(): void;
}

/** The thread, which may read and write one folder and do nothing else; `onStart` is told of each that is started. */
export function startThread(
  folder: string,
  onStart: (worker: Worker) => void = () => {},
): StoreThread {
  const none = {
    net: false,
    env: false,
    sys: false,
    run: false,
    ffi: false,
    import: false,
  } as const;
  const url = moduleUrl();
  return new Asking(() => {
    const deno = { permissions: { ...none, read: [folder], write: [folder] } };
    const worker = new Worker(url, { type: "module", deno });
    onStart(worker);
    return worker;
  });
}

/** The modules of the thread as one URL, so that no permission to read them is needed. */
function moduleUrl(): string {
  const urls = new Map<string, string>();
  const modules = { blobs, rows, schema, pieces, past, compaction, retention, database, thread };
  for (const [name, text] of Object.entries(modules)) {
    // Their types are checked with all others': `deno test` would do it again, and print it.
    const code = text.replace("// @ts-check\n", "")
      .replace(/ from "\.\/(\w+)\.js"/g, (_, other) => ` from "${urls.get(other)}"`);
    urls.set(name, `data:text/javascript;base64,${new TextEncoder().encode(code).toBase64()}`);
  }
  return urls.get("thread")!;
}

type Answer = { readonly id: number; readonly value?: unknown; readonly error?: Error };

/** Asks a worker, and remembers who waits for which answer; after one that has ended, another. */
class Asking implements StoreThread {
  readonly #start: () => Worker;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #worker: Worker | null = null;
  /** The last request that waits for what it is given, or for one before it. */
  #held: Promise<void> | null = null;
  #asked = 0;
  #isEnded = false;

  constructor(start: () => Worker) {
    this.#start = start;
  }

  ask<Name extends keyof Orders>(
    order: Name,
    given: Given<Name> | Promise<Given<Name>>,
    transfer: ArrayBuffer[] = [],
  ) {
    if (this.#isEnded) return Promise.reject(new Error("the store is closed"));
    const answer = Promise.withResolvers<unknown>();
    const id = ++this.#asked;
    this.#waiting.set(id, answer);
    const send = (given: unknown) => {
      // Who asked was told meanwhile that the thread has ended.
      if (!this.#waiting.has(id)) return;
      this.#worker ??= this.#begin();
      this.#worker.postMessage({ id, order, given }, transfer);
    };
    if (this.#held === null && !(given instanceof Promise)) send(given);
    else this.#hold(given, send).catch(answer.reject);
    return answer.promise as Promise<Awaited<ReturnType<Orders[Name]>>>;
  }

  #hold(given: unknown, send: (given: unknown) => void): Promise<void> {
    const before = this.#held;
    const sent = Promise.all([given, before]).then(([given]) => send(given));
    const held = sent.catch(() => {}).then(() => {
      if (this.#held === held) this.#held = null;
    });
    this.#held = held;
    return sent;
  }

  end(): void {
    this.#isEnded = true;
    this.#worker?.terminate();
    this.#refuse(new Error("the store is closed"));
  }

  #begin(): Worker {
    const worker = this.#start();
    worker.onmessage = ({ data: { id, value, error } }: MessageEvent<Answer>) => {
      const { resolve, reject } = this.#waiting.get(id)!;
      this.#waiting.delete(id);
      if (error === undefined) resolve(value);
      else reject(new Error(error.message));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.#worker = null;
      this.#refuse(new Error(`the store's thread ended (${event.message})`));
    };
    return worker;
  }

  #refuse(fault: Error): void {
    for (const { reject } of this.#waiting.values()) reject(fault);
    this.#waiting.clear();
  }
}
