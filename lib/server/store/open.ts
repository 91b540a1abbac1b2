/**
 * Opens the store as the server's options say: its folder, and the hosts in its file. Its one job is that
 * folder.
 */
import type { ServerOptions } from "../options.ts";
import { describeError } from "../../common/log.ts";
import { COLUMNS } from "./columns.ts";
import { Resumption } from "./resumption.ts";
import { Store, type StoreSurroundings } from "./store.ts";
import { describeOpening } from "./store_writer.ts";
import { startThread, type StoreThread } from "./thread.ts";
import { adviseOn } from "./door.ts";
import type { Keep } from "./file/retention.js";

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
  const { path } = options;
  const { startedMs, aheadMs, log } = surroundings;
  const opening = { ...options, columns: COLUMNS, nowMs: startedMs + aheadMs() };
  try {
    const stored = (await thread.ask("open", opening))!;
    if (stored.aside !== null) log.warn(describeOpening(path, stored.aside));
    const { followed } = surroundings;
    // A view that took other partitions before has the history of those hosts, and not them.
    const hosts = followed ? stored.hosts.filter(({ key }) => followed.takes(key)) : stored.hosts;
    const resumption = followed ? new Resumption(followed, hosts) : null;
    // A view that goes on does so where it was saved last.
    const { savedMs = null } = resumption ?? {};
    if (savedMs !== null) await thread.ask("begin", { nowMs: savedMs });
    const nowMs = savedMs ?? opening.nowMs;
    const store = new Store(
      ...[thread, { ...opening, nowMs }, stored.runs] as const,
      { ...surroundings, startedMs: nowMs - aheadMs() },
      resumption,
    );
    store.restore({ ...stored, hosts });
    log.info(`Keeping history in ${path} (${stored.ids.length} hosts known)`);
    return store;
  } catch (error) {
    thread.end();
    throw new Error(`Cannot use the data file ${path}: ${stateOf(describeError(error))}`);
  }
}

/** What SQLite says, and where that says little, what it may be. */
function stateOf(state: string): string {
  if (/locked/.test(state)) return "another server uses it";
  if (!/unable to open|readonly|disk I\/O/.test(state)) return state;
  return `${state}: the disk may be read-only, or the folder another user's, or a file in it`;
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
  // Links are not followed, as systemd makes one: the permission is for the folder as it was named.
  return folder.startsWith("/") ? folder : await Deno.realPath(folder);
}

/** Whether the folder is there, for its owner alone; `false` where there is none yet. @throws {Error} with one line for the user. */
export async function isPrivateFolder(folder: string): Promise<boolean> {
  const isGranted = (["read", "write"] as const).every((name) =>
    Deno.permissions.querySync({ name, path: folder }).state === "granted"
  );
  if (!isGranted) throw refusal(folder, adviseOn(folder));
  const info = await Deno.stat(folder).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return null;
    throw refusal(folder, error.message);
  });
  if (info === null) return false;
  if (!info.isDirectory) throw refusal(folder, "not a folder");
  if (((info.mode ?? 0) & BY_OTHERS) === 0) return true;
  throw refusal(folder, "others may read or write it; chmod 700 it");
}

function refusal(folder: string, state: string): Error {
  return new Error(`Cannot use the data folder ${folder}: ${state}`);
}
