// @ts-check
/**
 * The store's thread: it serves requests one after another. So neither a slow disk nor a long read holds up
 * reception.
 */
import { TIERS } from "./blobs.js";
import { compact, forget, makeRoom } from "./compaction.js";
import { Database } from "./database.js";
import { readMean, readPast, readTop } from "./past.js";
import { Retention } from "./retention.js";

/** @typedef {import("./database.js").HostRecord} HostRecord */
/** @typedef {Omit<import("./database.js").Correction, "host">} Correction */

/**
 * @typedef {object} Opening
 * @property {string} path
 * @property {readonly import("./rows.js").Column[]} columns
 * @property {import("./retention.js").Keep} keepMs
 * @property {number} keepBytes
 * @property {number} maxHosts as many are told of whole
 * @property {number} nowMs when the run of the server began
 */

/** What SQLite says of a file that is damaged, not a database, or has not the tables of its version. */
const CORRUPT = /malformed|not a database|no such (table|column)|already exists/;

/** So long after a start, or after the wall clock was set, nothing is too old: it may be wrong still. */
const SETTLING_MS = 3_600_000;

/** @type {Database | undefined} */
let database;
let beganMs = 0;
/** Whether the file is to be set aside before anything is done with it. */
let isDamaged = false;
/** Which file is open, and where. @type {{ path: string, ino: number | null }} */
let place = { path: "", ino: null };
let retention = /** @type {Retention | undefined} */ (undefined);
/** The file as a backup reads it. To close it would end the locks of SQLite on it: it is closed after that. @type {Deno.FsFile | undefined} */
let source;
/** The backup that is being written. @type {Promise<void> | undefined} */
let copying;

/** What is read at once of a file that is copied, and how much may be written beside it meanwhile. */
const [PIECE_BYTES, MAX_BESIDE_BYTES] = [2 ** 18, 2 ** 30];

function open() {
  if (database === undefined) throw new Error("Cannot use the store: it is not open");
  return database;
}

/** Fails where the file that is open is no more at its path: what is written there is lost. */
function requirePlace() {
  const { path, ino } = place;
  const now = statOf(path)?.ino;
  if (now === ino) return;
  if (now !== undefined) throw new Error("another file stands in its place");
  const fault = new Error("its file was removed");
  leave(fault);
  throw fault;
}

/** Does something with a file, unless that is not there. @template T @param {() => T} act */
function ifThere(act) {
  try {
    return act();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** @param {string} path */
function statOf(path) {
  return ifThere(() => Deno.statSync(path));
}

/** Whether only what was written last is there: SQLite would delete it. @param {string} path */
function hasLogAlone(path) {
  return !statOf(path)?.size && Boolean(statOf(`${path}-wal`)?.size);
}

/** Closes the file after a failure to open it, or where it is damaged. @param {unknown} error */
function leave(error) {
  isDamaged = CORRUPT.test(/** @type {Error} */ (error).message);
  close(database);
}

/** @param {Database | undefined} file */
function close(file) {
  database = undefined;
  file?.close();
  source?.close();
  source = undefined;
}

/** Copies the file that is open, piece by piece, so that others come in between. @param {Database} db @param {string} path @param {number} maxBeside bytes */
async function copy(db, path, maxBeside) {
  const from = source ?? await Deno.open(place.path);
  await from.seek(0, Deno.SeekMode.Start);
  using to = await Deno.open(path, { write: true, create: true, truncate: true, mode: 0o600 });
  const bytes = new Uint8Array(PIECE_BYTES);
  for (;;) {
    const length = await from.read(bytes);
    if (database !== db) throw new Error("the file was closed meanwhile");
    source = from;
    if (length === null) return await to.sync();
    for (let at = 0; at < length;) at += await to.write(bytes.subarray(at, length));
    if ((await Deno.stat(`${place.path}-wal`)).size > maxBeside) {
      throw new Error("the disk is too slow: too much was written meanwhile");
    }
  }
}

/** @param {Database} db @param {string} path @param {number} maxBeside */
async function backUp(db, path, maxBeside) {
  const partial = `${path}.partial`;
  try {
    db.holdStill();
    await copy(db, partial, maxBeside);
    await Deno.rename(partial, path);
  } catch (error) {
    ifThere(() => Deno.removeSync(partial));
    throw error;
  } finally {
    if (database === db) db.goOn();
  }
}

/** Renames a file that cannot be read, so that it can be looked at. @param {string} path @param {number} nowMs */
function setAside(path, nowMs) {
  const aside = `${path}.corrupt-${new Date(nowMs).toISOString().replace(/[:.]/g, "-")}`;
  for (const end of ["", "-wal", "-shm"]) {
    ifThere(() => Deno.renameSync(path + end, aside + end));
  }
  return aside;
}

/** What it can be told. */
export const ORDERS = {
  /**
   * Opens the file, or another one in its place where it is damaged; `null` where it is open.
   *
   * @param {Opening} opening
   */
  open({ path, columns, keepMs, keepBytes, maxHosts, nowMs }) {
    if (database !== undefined) return null;
    beganMs = nowMs;
    /** @type {string | null} */
    let aside = null;
    const attempt = () => {
      if (isDamaged || hasLogAlone(path)) aside = setAside(path, nowMs);
      isDamaged = false;
      database = new Database(path, columns);
      place = { path, ino: statOf(path)?.ino ?? null };
      const stored = database.hosts(maxHosts);
      const runs = database.begin(nowMs);
      const firstMs = Math.min(nowMs, ...runs.map(([from = nowMs]) => from));
      retention = new Retention(keepMs, keepBytes, firstMs);
      return { ...stored, runs, aside };
    };
    try {
      return attempt();
    } catch (error) {
      leave(error);
      if (!isDamaged) throw error;
      return attempt();
    }
  },
  /** Another run of the server begins. @param {{ nowMs: number }} now */
  begin({ nowMs }) {
    beganMs = nowMs;
    open().begin(nowMs);
  },
  /** Saves a minute: how much is kept then, and how many pieces of it were found to be damaged. @param {Parameters<Database["put"]>[0]} minute */
  put(minute) {
    const db = open();
    requirePlace();
    makeRoom(db, minute);
    db.put(minute);
    return { bytes: db.bytes, damaged: db.pieces.damaged };
  },
  /** Saves hosts, and that the server runs; others are deleted. @param {{ hosts: readonly HostRecord[], deleted: readonly number[], nowMs: number }} registry */
  save({ hosts, deleted, nowMs }) {
    open().save(hosts, deleted, nowMs);
  },
  /** Does a piece of what is due with time: whether there is more. @param {{ nowMs: number }} now */
  tend({ nowMs }) {
    const ageMs = nowMs - beganMs < SETTLING_MS ? -Infinity : nowMs;
    return compact(open(), nowMs) || (retention?.step(open(), nowMs, ageMs) ?? false);
  },
  /** The past of hosts, what of it is damaged, and what silences of them proved to be. @param {{ hosts: readonly number[], range: import("./past.js").Range }} query */
  past({ hosts, range }) {
    const { periodMs } = TIERS[range.tier];
    const [fromMs, untilMs] = [range.from * periodMs, range.until * periodMs];
    return hosts.map((host) => ({
      ...readPast(open(), host, range),
      corrections: /** @type {Correction[]} */ (/** @type {unknown} */ (open().corrections.all(
        host,
        untilMs,
        fromMs,
      ))),
    }));
  },
  /** The hosts with the highest mean of a metric. @param {{ range: import("./past.js").Range, most: number }} query */
  top({ range, most }) {
    return readTop(open(), range, most);
  },
  /** The mean of a metric of some hosts, or all. @param {{ hosts: readonly number[] | null, range: import("./past.js").Range }} query */
  mean({ hosts, range }) {
    return readMean(open(), range, hosts);
  },
  /** Deletes a host. @param {{ host: number }} host */
  forget({ host }) {
    forget(open(), host);
  },
  /** Writes all of it as it is now into another file, whole or not at all, while the rest goes on. @param {{ path: string, maxBeside?: number }} to */
  async backUp({ path, maxBeside = MAX_BESIDE_BYTES }) {
    if (copying !== undefined) throw new Error("another backup is being written");
    await (copying = backUp(open(), path, maxBeside).finally(() => copying = undefined));
  },
  async close() {
    const file = database;
    database = undefined;
    // A backup sees that, and leaves nothing.
    await copying?.catch(() => {});
    close(file);
  },
};

/** @typedef {typeof ORDERS} Orders */
/** @typedef {{ onmessage: (event: MessageEvent) => void, postMessage: (answer: unknown) => void }} Thread */

if (globalThis.constructor.name === "DedicatedWorkerGlobalScope") {
  const thread = /** @type {Thread} */ (/** @type {unknown} */ (globalThis));
  thread.onmessage = async ({ data: { id, order, given } }) => {
    try {
      const value = ORDERS[/** @type {keyof Orders} */ (order)](given);
      thread.postMessage({ id, value: value instanceof Promise ? await value : value });
    } catch (error) {
      const { message } = /** @type {Error} */ (error);
      thread.postMessage({ id, error: { message } });
      if (CORRUPT.test(message)) leave(error);
    }
  };
}
