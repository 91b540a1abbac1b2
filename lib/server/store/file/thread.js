// @ts-check
/**
 * The store's thread: it does what it is told, one thing after the other, and answers each. So neither a
 * slow disk nor much to read holds up the program that receives.
 */
import { TIERS } from "./blobs.js";
import { compact, forget, Retention } from "./compaction.js";
import { Database } from "./database.js";
import { readPast, readTop } from "./past.js";

/** @typedef {import("./database.js").HostRecord} HostRecord */
/** @typedef {Omit<import("./database.js").Correction, "host">} Correction */

/**
 * @typedef {object} Opening
 * @property {string} path
 * @property {readonly import("./rows.js").Column[]} columns
 * @property {import("./compaction.js").Keep} keepMs
 * @property {number} keepBytes
 * @property {number} maxHosts as many are told of
 * @property {number} nowMs
 */

/** What SQLite says of a file that is none of its own, or damaged. */
const CORRUPT = /malformed|not a database/;

/** @type {Opening | undefined} */
let opened;
/** @type {Database | undefined} */
let database;
/** @type {Retention | undefined} */
let retention;

function open() {
  if (database === undefined) throw new Error("Cannot use the store: it is not open");
  return database;
}

/** @param {unknown} error */
function isCorrupt(error) {
  return CORRUPT.test(/** @type {Error} */ (error).message);
}

/** Renames a file that cannot be read, so that it can be looked at. @param {string} path @param {number} nowMs */
function setAside(path, nowMs) {
  const aside = `${path}.corrupt-${new Date(nowMs).toISOString().replace(/[:.]/g, "-")}`;
  Deno.renameSync(path, aside);
  for (const end of ["-wal", "-shm"]) {
    try {
      Deno.renameSync(path + end, aside + end);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return aside;
}

/** What it can be told. */
export const ORDERS = {
  /** Opens the file, or another one in its place where it is damaged. @param {Opening} opening */
  open(opening) {
    const { path, columns, keepMs, keepBytes, maxHosts, nowMs } = opened = opening;
    /** @type {string | null} */
    let aside = null;
    const attempt = () => {
      database = new Database(path, columns);
      const [ids, hosts] = [database.hostIds(), database.hosts(maxHosts)];
      const runs = database.begin(nowMs);
      retention = new Retention(
        keepMs,
        keepBytes,
        Math.min(nowMs, ...runs.map(([from = nowMs]) => from)),
      );
      return { ids, hosts, runs, aside };
    };
    try {
      return attempt();
    } catch (error) {
      database?.close();
      if (!isCorrupt(error)) throw error;
      aside = setAside(path, nowMs);
      return attempt();
    }
  },
  /** Saves a minute: how much is kept then. @param {Parameters<Database["put"]>[0]} minute */
  put(minute) {
    open().put(minute);
    return open().bytes;
  },
  /** Saves hosts, and that the server runs. @param {{ hosts: readonly HostRecord[], nowMs: number }} registry */
  save({ hosts, nowMs }) {
    open().save(hosts, nowMs);
  },
  /** Does a piece of what is due with time: whether there is more. @param {{ nowMs: number }} now */
  tend({ nowMs }) {
    return compact(open(), nowMs) || (retention?.step(open(), nowMs) ?? false);
  },
  /** The past of hosts, and what silences of them proved to be. @param {{ hosts: readonly number[], range: import("./past.js").Range }} query */
  past({ hosts, range }) {
    const { periodMs } = TIERS[range.tier];
    const [fromMs, untilMs] = [range.from * periodMs, range.until * periodMs];
    return hosts.map((host) => ({
      sums: readPast(open(), host, range),
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
  /** Deletes a host. @param {{ host: number }} host */
  forget({ host }) {
    forget(open(), host);
  },
  /** Writes all of it into another file, while the rest goes on. @param {{ path: string }} to */
  backUp({ path }) {
    return open().backUp(path);
  },
  close() {
    database?.close();
    database = undefined;
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
      if (isCorrupt(error) && database !== undefined && opened !== undefined) {
        database.close();
        setAside(opened.path, Date.now());
        ORDERS.open({ ...opened, nowMs: Date.now() });
      }
    }
  };
}
