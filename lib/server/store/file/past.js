// @ts-check
/**
 * Reads the history of hosts: sums over even stretches of time of the requested metrics, from minutes or
 * from hours. Pure but for the file that it is handed.
 */
import { chunksIn, GROUP, layoutOf, PER_GROUP, PER_HOST, slabsIn, TIERS } from "./blobs.js";
import { chunkTime, slabTime } from "./pieces.js";
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

/** The sums of each stretch, one after another, and of when something was damaged. @param {Database} db @param {number} host @param {Range} range */
export function readPast(db, host, range) {
  const { tier, from, until, step, metrics } = range;
  const sums = new Float64Array(stretchesIn(range) * rowLength(metrics.length));
  const reader = new Reader(db, host, range, sums);
  reader.addChunks(tier, from, until, step);
  reader.addSlabs(tier, from, until, step);
  // Minutes of which no hours are made yet.
  const minutes = TIERS[tier].periodMs / TIERS.minute.periodMs;
  if (tier !== "minute") reader.addSlabs("minute", minutes * from, minutes * until, minutes * step);
  const { periodMs } = TIERS[tier];
  const dropped = db.pieces.droppedOf(tier, host, [from * periodMs, until * periodMs]);
  return { sums, damaged: [...reader.damaged, ...dropped] };
}

/** @param {Range} range */
function stretchesIn({ from, until, step }) {
  return Math.ceil((until - from) / step);
}

/** The numbers of a row that are asked for. @param {ReturnType<Database["placed"]>} placed */
function columnsOf(placed) {
  const isAsked = (/** @type {number} */ at) => placed[Math.floor(at / PER_METRIC)]?.place !== -1;
  return Array(rowLength(placed.length)).keys().filter((at) => at < HEAD || isAsked(at - HEAD));
}

/** Adds the rows of one host to the sums of stretches. */
class Reader {
  /** The metrics of each layout, with their places among those that are asked for. @type {Map<number, ReturnType<Database["placed"]>>} */
  #layouts = new Map();
  /** @type {import("./pieces.js").Time[]} */
  damaged = [];

  /** @param {Database} db @param {number} host @param {Range} range @param {Float64Array} sums */
  constructor(db, host, { tier, metrics }, sums) {
    this.db = db;
    this.host = host;
    this.tier = tier;
    this.metrics = metrics.map((id) => ({ id }));
    this.sums = sums;
  }

  /** @param {TierName} tier @param {number} from @param {number} until @param {number} step */
  addChunks(tier, from, until, step) {
    const { chunks, perChunk } = this.db.tiers[tier];
    const key = this.host * PER_HOST;
    const [first, last] = chunksIn(from, until, perChunk);
    this.damaged.push(...this.db.pieces.scan([key + first, key + last], {
      rows: (way, ...keys) => chunks[way].all(...keys),
      timeOf: (k) => chunkTime(tier, k - key),
      take: (k, bytes) => {
        const placed = this.#placed(layoutOf(bytes));
        const length = rowLength(placed.length);
        const rows = this.db.pieces.chunk(tier, k, bytes, columnsOf(placed));
        const begin = (k - key) * perChunk;
        const end = Math.min(perChunk, until - begin);
        for (let n = Math.max(0, from - begin); rows !== null && n < end; n++) {
          this.#add(tier, rows, n * length, (begin + n - from) / step, placed);
        }
        return rows !== null;
      },
    }));
  }

  /** @param {TierName} tier @param {number} from @param {number} until @param {number} step */
  addSlabs(tier, from, until, step) {
    const [group, place] = [Math.floor(this.host / GROUP), this.host % GROUP];
    const key = group * PER_GROUP;
    this.damaged.push(...this.db.pieces.scan(slabsIn(group, from, until), {
      rows: (way, ...keys) => this.db.tiers[tier].slabsFor(this.tier, place, keys, way),
      timeOf: (k) => slabTime(tier, k - key),
      take: (k, bytes) => {
        const row = this.db.pieces.row(tier, k, bytes, place);
        const stretch = (k - key - from) / step;
        if (row !== null) this.#add(tier, row.numbers, 0, stretch, this.#placed(row.layout));
        return row !== null;
      },
    }));
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

/** Maximum number of chunks read of the whole fleet: beyond it only every second one, or third, and so on. */
const MAX_CHUNKS = 20_000;

/**
 * The numbers of the hosts with the highest mean of one metric in a range, the highest first.
 *
 * @param {Database} db @param {Range} range its first metric counts @param {number} most
 */
export function readTop(db, range, most) {
  const hosts = db.hostsFrom(0, -1);
  const means = new Map(hosts.map((host) => [host, { samples: 0, sum: 0 }]));
  const rows = new FleetRows(db, range, (host, _, mean, samples) => {
    const own = means.get(host);
    if (own === undefined) return;
    own.samples += samples;
    own.sum += samples * mean;
  });
  rows.add(hosts, Math.ceil(rows.chunksOfHost * hosts.length / MAX_CHUNKS));
  const ranked = [...means].filter(([, { samples }]) => samples > 0)
    .sort(([, a], [, b]) => b.sum / b.samples - a.sum / a.samples);
  return ranked.slice(0, most).map(([host]) => host);
}

/**
 * The mean of one metric of some hosts in each stretch, `null` where none is known, and of how many hosts it is:
 * each counts by the time in which something is known of it.
 *
 * @param {Database} db @param {Range} range its first metric counts @param {readonly number[] | null} hosts all of them where it is `null`
 */
export function readMean(db, range, hosts) {
  const sums = new Float64Array(stretchesIn(range));
  const weights = new Float64Array(sums.length);
  /** @type {Set<number>} */
  const known = new Set();
  const rows = new FleetRows(db, range, (host, place, mean, _, periodMs) => {
    sums[place] = (sums[place] ?? 0) + mean * periodMs;
    weights[place] = (weights[place] ?? 0) + periodMs;
    known.add(host);
  });
  const all = hosts ?? db.hostsFrom(0, -1);
  const each = Math.ceil(rows.chunksOfHost * all.length / MAX_CHUNKS);
  rows.add(all.filter((_, n) => n % each === 0), 1);
  const mean = Array.from(sums, (sum, n) => weights[n] ? sum / weights[n] : null);
  return { hosts: known.size, mean };
}

/** @typedef {(host: number, stretch: number, mean: number, samples: number, periodMs: number) => void} Visit Told of one metric of a host in a period. */

/** The rows of many hosts, of which one metric counts. */
class FleetRows {
  #range;
  #visit;

  /** @param {Database} db @param {Range} range @param {Visit} visit */
  constructor(db, range, visit) {
    this.db = db;
    this.#range = range;
    this.#visit = visit;
    this.numbers = chunksIn(range.from, range.until, TIERS[range.tier].perChunk);
  }

  get chunksOfHost() {
    return this.numbers[1] - this.numbers[0] + 1;
  }

  /** Visits those of some hosts, and of their chunks each so many. @param {readonly number[]} hosts @param {number} each */
  add(hosts, each) {
    const { tier, from, until } = this.#range;
    for (const host of hosts) this.#addChunks(host, each);
    const among = new Set(hosts);
    this.#addSlabs(tier, from, until, among);
    const minutes = TIERS[tier].periodMs / TIERS.minute.periodMs;
    if (minutes > 1) this.#addSlabs("minute", minutes * from, minutes * until, among);
  }

  /** @param {number} host @param {number} each */
  #addChunks(host, each) {
    const { tier } = this.#range;
    const { perChunk } = TIERS[tier];
    for (let [first, number] = this.numbers; number >= first; number -= each) {
      const bytes = /** @type {Uint8Array | undefined} */ (
        this.db.tiers[tier].chunk.get(host * PER_HOST + number)?.b
      );
      if (bytes === undefined) continue;
      const column = this.#columnOf(layoutOf(bytes));
      if (column === null) continue;
      const columns = [column.at, column.at + 1];
      const rows = this.db.pieces.chunk(tier, host * PER_HOST + number, bytes, columns);
      for (let n = 0; rows !== null && n < perChunk; n++) {
        this.#add(host, tier, number * perChunk + n, rows, n, column);
      }
    }
  }

  /** @param {TierName} tier @param {number} from @param {number} until @param {ReadonlySet<number>} among */
  #addSlabs(tier, from, until, among) {
    const groups = Math.floor(this.db.lastHost / GROUP);
    for (let group = 0; group <= groups; group++) {
      const key = group * PER_GROUP;
      const keys = slabsIn(group, from, until);
      const slabs = this.db.tiers[tier].slabsFor(this.#range.tier, GROUP - 1, keys);
      for (const { k, b, place: begin } of slabs) {
        const slab = this.db.pieces.slab(tier, Number(k), /** @type {Uint8Array} */ (b));
        const column = slab && this.#columnOf(slab.layout);
        if (!slab || !column) continue;
        slab.places.forEach((place, n) => {
          const host = group * GROUP + place;
          const isHere = place >= Number(begin) && among.has(host);
          if (!isHere || !this.db.pieces.isWhole(tier, Number(k), slab, n)) return;
          this.#add(host, tier, Number(k) - key, slab.rows, n, column);
        });
      }
    }
  }

  /** Where the metric stands in rows of a layout; `null` where it does not. @param {number} layout */
  #columnOf(layout) {
    const columns = this.db.layouts.get(layout) ?? [];
    const metric = columns.findIndex(({ id }) => id === this.#range.metrics[0]);
    if (metric < 0) return null;
    const { scale = 1 } = columns[metric] ?? {};
    return { length: rowLength(columns.length), at: HEAD + PER_METRIC * metric, scale };
  }

  /** @param {number} host @param {TierName} tier @param {number} period @param {Uint16Array} rows @param {number} n @param {{ length: number, at: number, scale: number }} column */
  #add(host, tier, period, rows, n, { length, at, scale }) {
    const samples = rows[n * length + at] ?? 0;
    const { tier: whole, from, until, step } = this.#range;
    const { periodMs } = TIERS[tier];
    const offset = period * periodMs / TIERS[whole].periodMs - from;
    if (samples === 0 || offset < 0 || offset >= until - from) return;
    const mean = decode(rows[n * length + at + 1] ?? 0) / scale;
    this.#visit(host, Math.floor(offset / step), mean, samples, periodMs);
  }
}
