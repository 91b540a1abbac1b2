/**
 * Opens the store: its folder, and its thread, which may read and write that folder and do nothing else.
 * Its one job is these two devices.
 */
import { advise } from "../../common/advice.ts";
import blobs from "./file/blobs.js" with { type: "text" };
import compaction from "./file/compaction.js" with { type: "text" };
import database from "./file/database.js" with { type: "text" };
import past from "./file/past.js" with { type: "text" };
import rows from "./file/rows.js" with { type: "text" };
import thread from "./file/thread.js" with { type: "text" };
import type { ServerOptions } from "../options.ts";
import { describeError } from "../../common/log.ts";
import { KEPT } from "./minutes.ts";
import { Store, type StoreSurroundings, type StoreThread } from "./store.ts";
import type { Keep } from "./file/compaction.js";
import type { Orders } from "./file/thread.js";

/** Where the executable keeps its data, and may. */
export const DATA_FOLDER = "/var/lib/pulso";
const FILE_NAME = "pulso.db";
const OWNER_ONLY = 0o700;
const BY_OTHERS = 0o077;

/** How much is kept, and where. */
export interface StoreOptions {
  readonly path: string;
  readonly keepMs: Keep;
  readonly keepBytes: number;
  readonly maxHosts: number;
}

type DataOptions = Pick<ServerOptions, "data" | "keep" | "keep-size" | "max-hosts">;

/** Opens what `--data` names; `null` where nothing is kept. @throws {Error} with one line for the user. */
export async function openData(
  { data, keep: keepMs, "keep-size": keepBytes, "max-hosts": maxHosts }: DataOptions,
  surroundings: StoreSurroundings,
): Promise<Store | null> {
  if (data === null) return null;
  const folder = await prepareFolder(data);
  const options = { path: `${folder}/${FILE_NAME}`, keepMs, keepBytes, maxHosts };
  return await openStore(startThread(folder), options, surroundings);
}

/** Opens the file, and restores the hosts in it. @throws {Error} with one line for the user. */
export async function openStore(
  thread: StoreThread,
  options: StoreOptions,
  surroundings: StoreSurroundings,
): Promise<Store> {
  const { path, keepMs, keepBytes, maxHosts } = options;
  const { startedMs, aheadMs, log } = surroundings;
  const opening = { path, columns: KEPT, keepMs, keepBytes, nowMs: startedMs + aheadMs() };
  try {
    const { hosts, runs, aside } = await thread.ask("open", opening);
    if (aside !== null) {
      log.warn(`Cannot read ${path}: it is damaged; kept as ${aside}, beginning anew`);
    }
    const store = new Store(thread, options, runs, surroundings);
    store.restore(hosts, maxHosts);
    log.info(`Keeping history in ${path} (${hosts.length} hosts known)`);
    return store;
  } catch (error) {
    thread.end();
    const state = describeError(error);
    const words = /locked/.test(state) ? "another server uses it" : state;
    throw new Error(`Cannot use the data file ${path}: ${words}`);
  }
}

/** Makes the folder, for its owner alone, where there is none. @throws {Error} with one line for the user. */
export async function prepareFolder(folder: string): Promise<string> {
  if (!await isPrivateFolder(folder)) {
    try {
      await Deno.mkdir(folder, { recursive: true, mode: OWNER_ONLY });
    } catch (error) {
      throw refusal(folder, (error as Error).message);
    }
  }
  // Not through links, as systemd makes one: what is granted is the folder as it was named.
  return folder.startsWith("/") ? folder : await Deno.realPath(folder);
}

/** Whether the folder is there, for its owner alone; `false` where there is none yet. @throws {Error} with one line for the user. */
export async function isPrivateFolder(folder: string): Promise<boolean> {
  const isGranted = (["read", "write"] as const).every((name) =>
    Deno.permissions.querySync({ name, path: folder }).state === "granted"
  );
  if (!isGranted) throw refusal(folder, adviseOn(folder));
  try {
    const { isDirectory, mode } = await Deno.stat(folder);
    if (!isDirectory) throw refusal(folder, "it is no folder");
    if (((mode ?? 0) & BY_OTHERS) === 0) return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
  throw refusal(folder, "others may read or write it; chmod 700 it");
}

function refusal(folder: string, state: string): Error {
  return new Error(`Cannot use the data folder ${folder}: ${state}`);
}

function adviseOn(folder: string): string {
  return advise(
    `it needs the flags --allow-read=${folder} --allow-write=${folder}`,
    `this executable keeps its data in ${DATA_FOLDER} only`,
  );
}

/** Starts the thread, which may read and write one folder and do nothing else. */
export function startThread(folder: string): StoreThread {
  const none = {
    net: false,
    env: false,
    sys: false,
    run: false,
    ffi: false,
    import: false,
  } as const;
  const worker = new Worker(moduleUrl(), {
    type: "module",
    deno: { permissions: { ...none, read: [folder], write: [folder] } },
  });
  return new Asking(worker);
}

/** The modules of the thread as one URL, so that no permission to read them is needed. */
function moduleUrl(): string {
  const urls = new Map<string, string>();
  const modules = { rows, blobs, past, compaction, database, thread };
  for (const [name, text] of Object.entries(modules)) {
    // Their types are checked with all others': `deno test` would do it again, and print it.
    const code = text.replace("// @ts-check\n", "")
      .replace(/ from "\.\/(\w+)\.js"/g, (_, other) => ` from "${urls.get(other)}"`);
    urls.set(name, `data:text/javascript;base64,${new TextEncoder().encode(code).toBase64()}`);
  }
  return urls.get("thread")!;
}

type Answer = { readonly id: number; readonly value?: unknown; readonly error?: Error };

/** Asks a worker, and remembers who waits for which answer. */
class Asking implements StoreThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #asked = 0;
  #fault: Error | null = null;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.onmessage = ({ data: { id, value, error } }: MessageEvent<Answer>) => {
      const { resolve, reject } = this.#waiting.get(id)!;
      this.#waiting.delete(id);
      if (error === undefined) resolve(value);
      else reject(new Error(error.message));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.#end(new Error(`the store's thread ended (${event.message})`));
    };
  }

  ask<Name extends keyof Orders>(order: Name, given: Parameters<Orders[Name]>[0]) {
    if (this.#fault !== null) return Promise.reject(this.#fault);
    const answer = Promise.withResolvers<unknown>();
    this.#waiting.set(++this.#asked, answer);
    this.#worker.postMessage({ id: this.#asked, order, given });
    return answer.promise as Promise<ReturnType<Orders[Name]>>;
  }

  end(): void {
    this.#worker.terminate();
    this.#end(new Error("the store is closed"));
  }

  #end(fault: Error): void {
    this.#fault = fault;
    for (const { reject } of this.#waiting.values()) reject(fault);
    this.#waiting.clear();
  }
}
