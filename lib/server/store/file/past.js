// @ts-check
/**
 * Reads the history of hosts: sums over even stretches of time of the requested metrics, from minutes or
 * from hours. Pure but for the file that it is handed.
 */
import { decodeChunk, decodeSlab, GROUP, layoutOf, PER_GROUP, PER_HOST, TIERS } from "./blobs.js";
import { addRow, decode, HEAD, PER_METRIC, rowLength } from "./rows.js";

/** @typedef {import("./database.js").Database} Database */
/** @typedef {import("./blobs.js").TierName} TierName */

/**
 * @typedef {object} Range Even stretches of time.
 * @property {import("./blobs.js").TierName} tier
 * @property {number} from the first period of the tier
 * @property {number} until the period after the last one
 * @property {number} step periods in each stretch
 * @property {readonly string[]} metrics their ids
 */

/** The sums of each stretch, one after another. @param {Database} db @param {number} host @param {Range} range */
export function readPast(db, host, range) {
  const { tier, from, until, step, metrics } = range;
  const sums = new Float64Array(stretchesIn(range) * rowLength(metrics.length));
  const reader = new Reader(db, host, metrics, sums);
  reader.addChunks(tier, from, until, step);
  reader.addSlabs(tier, from, until, step);
  // Minutes of which no hours are made yet.
  const minutes = TIERS[tier].periodMs / TIERS.minute.periodMs;
  if (tier !== "minute") reader.addSlabs("minute", minutes * from, minutes * until, minutes * step);
  return sums;
}

/** @param {Range} range */
function stretchesIn({ from, until, step }) {
  return Math.ceil((until - from) / step);
}

/** Adds the rows of one host to the sums of stretches. */
class Reader {
  /** The metrics of each layout, with their places among those that are asked for. @type {Map<number, ReturnType<Database["placed"]>>} */
  #layouts = new Map();

  /** @param {Database} db @param {number} host @param {readonly string[]} metrics @param {Float64Array} sums */
  constructor(db, host, metrics, sums) {
    this.db = db;
    this.host = host;
    this.metrics = metrics.map((id) => ({ id }));
    this.sums = sums;
  }

  /** @param {TierName} tier @param {number} from @param {number} until @param {number} step */
  addChunks(tier, from, until, step) {
    const { perChunk } = TIERS[tier];
    const key = this.host * PER_HOST;
    const [first, last] = [Math.floor(from / perChunk), Math.floor((until - 1) / perChunk)];
    for (const { k, b } of this.db.tiers[tier].chunks.all(key + first, key + last)) {
      const bytes = /** @type {Uint8Array} */ (b);
      const placed = this.#placed(layoutOf(bytes));
      const length = rowLength(placed.length);
      const rows = decodeChunk(bytes, length);
      const begin = (Number(k) - key) * perChunk;
      const [start, end] = [Math.max(0, from - begin), Math.min(perChunk, until - begin)];
      for (let n = start; n < end; n++) {
        this.#add(tier, rows, n * length, (begin + n - from) / step, placed);
      }
    }
  }

  /** @param {TierName} tier @param {number} from @param {number} until @param {number} step */
  addSlabs(tier, from, until, step) {
    const [group, place] = [Math.floor(this.host / GROUP), this.host % GROUP];
    const key = group * PER_GROUP + from;
    for (const { k, b } of this.db.tiers[tier].slabs.all(key, key + until - from - 1)) {
      const slab = decodeSlab(/** @type {Uint8Array} */ (b));
      const at = slab.places.indexOf(place);
      const placed = this.#placed(slab.layout);
      if (at >= 0) {
        this.#add(tier, slab.rows, at * rowLength(placed.length), (Number(k) - key) / step, placed);
      }
    }
  }

  /** @param {TierName} tier @param {Uint16Array} rows @param {number} at @param {number} stretch @param {ReturnType<Database["placed"]>} placed */
  #add(tier, rows, at, stretch, placed) {
    const to = Math.floor(stretch) * rowLength(this.metrics.length);
    addRow(rows, at, this.sums, to, placed, TIERS[tier].periodMs);
  }

  /** @param {number} layout */
  #placed(layout) {
    const placed = this.#layouts.get(layout) ?? this.db.placed(layout, this.metrics);
    this.#layouts.set(layout, placed);
    return placed;
  }
}

/** Maximum number of chunks read to rank the fleet: beyond it only every second chunk, or third, and so on. */
const MAX_CHUNKS = 20_000;

/**
 * The numbers of the hosts with the highest mean of one metric in a range, the highest first.
 *
 * @param {Database} db @param {Range} range its first metric counts @param {number} most
 */
export function readTop(db, range, most) {
  const means = new Means(db, range);
  means.addChunks();
  means.addSlabs(range.tier, range.from, range.until);
  const minutes = TIERS[range.tier].periodMs / TIERS.minute.periodMs;
  if (minutes > 1) means.addSlabs("minute", minutes * range.from, minutes * range.until);
  return means.top(most);
}

/** The means of one metric of all hosts. */
class Means {
  /** Samples, and their sum, by host. @type {Map<number, [count: number, sum: number]>} */
  #hosts = new Map();

  /** @param {Database} db @param {Range} range */
  constructor(db, { tier, from, until, metrics }) {
    this.db = db;
    this.tier = tier;
    this.from = from;
    this.until = until;
    this.metric = String(metrics[0]);
  }

  addChunks() {
    const { chunk } = this.db.tiers[this.tier];
    const { perChunk } = TIERS[this.tier];
    const { lastHost } = this.db;
    const [first, last] = [
      Math.floor(this.from / perChunk),
      Math.floor((this.until - 1) / perChunk),
    ];
    const each = Math.ceil((last - first + 1) * (lastHost + 1) / MAX_CHUNKS);
    for (let host = 0; host <= lastHost; host++) {
      for (let number = last; number >= first; number -= each) {
        const bytes =
          /** @type {Uint8Array | undefined} */ (chunk.get(host * PER_HOST + number)?.b);
        if (bytes === undefined) continue;
        const length = rowLength(this.db.layouts.get(layoutOf(bytes))?.length ?? 0);
        this.#add(host, layoutOf(bytes), decodeChunk(bytes, length), 0, perChunk);
      }
    }
  }

  /** @param {TierName} tier @param {number} from @param {number} until */
  addSlabs(tier, from, until) {
    const groups = Math.floor(this.db.lastHost / GROUP);
    for (let group = 0; group <= groups; group++) {
      const key = group * PER_GROUP;
      for (const { b } of this.db.tiers[tier].slabs.all(key + from, key + until - 1)) {
        const { layout, places, rows } = decodeSlab(/** @type {Uint8Array} */ (b));
        places.forEach((place, n) => this.#add(group * GROUP + place, layout, rows, n, 1));
      }
    }
  }

  /** @param {number} host @param {number} layout @param {Uint16Array} rows @param {number} first @param {number} count */
  #add(host, layout, rows, first, count) {
    const columns = this.db.layouts.get(layout) ?? [];
    const metric = columns.findIndex(({ id }) => id === this.metric);
    if (metric < 0) return;
    const length = rowLength(columns.length);
    const sums = this.#hosts.get(host) ?? /** @type {[number, number]} */ ([0, 0]);
    for (let n = first; n < first + count; n++) {
      const at = n * length + HEAD + PER_METRIC * metric;
      const samples = rows[at] ?? 0;
      if (samples === 0) continue;
      sums[0] += samples;
      sums[1] += samples * decode(rows[at + 1] ?? 0);
    }
    if (sums[0] > 0) this.#hosts.set(host, sums);
  }

  /** @param {number} most */
  top(most) {
    const means = Array.from(this.#hosts, ([host, [count, sum]]) => ({ host, mean: sum / count }));
    return means.sort((a, b) => b.mean - a.mean).slice(0, most).map(({ host }) => host);
  }
}
