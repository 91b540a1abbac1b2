/**
 * Reads datagrams in the one form in which `encodeMessage` writes them, straight from their bytes to
 * a digest: a third of the time of JSON.parse and all checks, and nothing to collect. Whatever is
 * otherwise, sound or not, it does not read; what it reads, `decodeMessage` reads alike. Pure.
 */
import {
  CORE_STEPS_PER_PERCENT,
  CORE_UNKNOWN,
  MAX_CORES,
  MAX_DATAGRAM_BYTES,
  MAX_HOST_LENGTH,
  MAX_IDENTIFIER_LENGTH,
  MAX_INTERFACE_LENGTH,
  MAX_INTERFACES,
  MAX_INTERVAL_MS,
  MAX_MOUNT_LENGTH,
  MAX_PACKED_LENGTH,
  MAX_SEQUENCE,
  MAX_TIME_MS,
  MAX_VOLUMES,
  MIN_INTERVAL_MS,
} from "./message.ts";
import { addKnown, percentOf, totalOrNull } from "./metrics.ts";
import type { TextCache } from "../common/text_cache.ts";
import { Cursor, Literal } from "./cursor.ts";
import { type Digest, GROUP_BITS } from "./digest.ts";
import { PLACE, type SummaryNumbers } from "./summary.ts";

const literal = (text: string) => new Literal(text);
const BEGIN = literal('{"v":1');
const ID = literal(',"id":"');
const HOST = literal(',"host":"');
const SESSION = literal(',"session":"');
const SEQ = literal(',"seq":');
const TIME = literal(',"time":');
const INTERVAL = literal(',"interval":');
const CPU = literal(',"cpu":{"mean":');
const CORES = literal(',"cores":[');
const PACKED_CORES = literal(',"cores":"');
const IOWAIT = literal(',"iowait":');
const STEAL = literal(',"steal":');
const MEMORY = literal(',"memory":{"total":');
const USED = literal(',"used":');
const FREE = literal(',"free":');
const AVAILABLE = literal(',"available":');
const SWAP_TOTAL = literal(',"swapTotal":');
const SWAP_USED = literal(',"swapUsed":');
const DISK = literal(',"disk":{"read":');
const WRITE = literal(',"write":');
const VOLUMES = literal(',"volumes":[');
const MOUNT = literal('{"mount":"');
const TOTAL = literal(',"total":');
const OMITTED = literal(',"omitted":');
const NETWORK = literal(',"network":{"interfaces":[');
const NAME = literal('{"name":"');
const RX = literal(',"rx":');
const TX = literal(',"tx":');
const RX_LOST = literal(',"rxLost":');
const TX_LOST = literal(',"txLost":');
const SUM = literal(',"sum":{"rx":');
const BYE = literal(',"bye":true');
const COMMA = literal(",");
const LIST_END = literal("]");
const END = literal("}");

/** Reads datagrams, one at a time. */
export class CanonicalReader {
  readonly #cursor: Cursor;
  /** Sums over the interfaces of one message. */
  readonly #traffic = { rx: NaN, tx: NaN, rxLost: NaN, txLost: NaN };

  constructor(texts: TextCache) {
    this.#cursor = new Cursor(MAX_DATAGRAM_BYTES, texts);
  }

  /** Whether a datagram was in that form; else the digest means nothing. */
  read(bytes: Uint8Array, to: Digest): boolean {
    if (bytes.length > MAX_DATAGRAM_BYTES) return false;
    const cursor = this.#cursor;
    cursor.begin(bytes);
    cursor.expect(BEGIN);
    if (!cursor.isSound) return false;
    to.clear();
    readSender(cursor, to);
    readPlace(cursor, to);
    to.metricsAt = cursor.at;
    this.#readMetrics(cursor, to);
    to.bye = cursor.has(BYE);
    cursor.expect(END);
    return cursor.isDone;
  }

  #readMetrics(cursor: Cursor, to: Digest): void {
    const { summary } = to;
    const hasCpu = cursor.has(CPU);
    if (hasCpu) readCpu(cursor, summary);
    const hasMemory = cursor.has(MEMORY);
    if (hasMemory) readMemory(cursor, summary);
    const hasDisk = cursor.has(DISK);
    if (hasDisk) readDisk(cursor, summary);
    const hasNetwork = cursor.has(NETWORK);
    if (hasNetwork) this.#readNetwork(cursor, summary);
    if (hasCpu) to.groups |= GROUP_BITS.cpu;
    if (hasMemory) to.groups |= GROUP_BITS.memory;
    if (hasDisk) to.groups |= GROUP_BITS.disk;
    if (hasNetwork) to.groups |= GROUP_BITS.network;
  }

  #readNetwork(cursor: Cursor, summary: SummaryNumbers): void {
    const traffic = this.#traffic;
    this.#clearTraffic();
    countItems(cursor, MAX_INTERFACES, () => {
      cursor.expect(NAME);
      cursor.skipText(MAX_INTERFACE_LENGTH);
      cursor.expect(RX);
      this.#addTraffic(cursor);
    });
    if (cursor.has(OMITTED)) cursor.wholeNumber(0, Number.MAX_SAFE_INTEGER);
    if (cursor.has(SUM)) {
      this.#clearTraffic();
      this.#addTraffic(cursor);
    }
    cursor.expect(END);
    summary[PLACE.rx] = totalOrNan(traffic.rx);
    summary[PLACE.tx] = totalOrNan(traffic.tx);
    summary[PLACE.interfaceLost] = totalOrNan(
      addKnown(totalOrNan(traffic.rxLost), totalOrNan(traffic.txLost)),
    );
  }

  #clearTraffic(): void {
    const traffic = this.#traffic;
    traffic.rx =
      traffic.tx =
      traffic.rxLost =
      traffic.txLost =
        NaN;
  }

  /** The rest of an interface or of a sum. */
  #addTraffic(cursor: Cursor): void {
    const traffic = this.#traffic;
    traffic.rx = addKnown(traffic.rx, cursor.amount());
    cursor.expect(TX);
    traffic.tx = addKnown(traffic.tx, cursor.amount());
    cursor.expect(RX_LOST);
    traffic.rxLost = addKnown(traffic.rxLost, cursor.amount());
    cursor.expect(TX_LOST);
    traffic.txLost = addKnown(traffic.txLost, cursor.amount());
    cursor.expect(END);
  }
}

function totalOrNan(total: number): number {
  return totalOrNull(total) ?? NaN;
}

function readSender(cursor: Cursor, to: Digest): void {
  if (cursor.has(ID)) to.id = cursor.identifier(MAX_IDENTIFIER_LENGTH);
  cursor.expect(HOST);
  to.host = cursor.text(MAX_HOST_LENGTH);
  if (cursor.has(SESSION)) to.session = cursor.identifier(MAX_IDENTIFIER_LENGTH);
}

function readPlace(cursor: Cursor, to: Digest): void {
  if (cursor.has(SEQ)) to.seq = cursor.wholeNumber(1, MAX_SEQUENCE);
  if (cursor.has(TIME)) to.timeMs = cursor.wholeNumber(0, MAX_TIME_MS);
  if (cursor.has(INTERVAL)) to.intervalMs = cursor.wholeNumber(MIN_INTERVAL_MS, MAX_INTERVAL_MS);
}

function readCpu(cursor: Cursor, summary: SummaryNumbers): void {
  summary[PLACE.cpu] = cursor.percent();
  if (cursor.has(PACKED_CORES)) {
    cursor.packedBytes(MAX_PACKED_LENGTH, 100 * CORE_STEPS_PER_PERCENT, CORE_UNKNOWN);
  } else {
    cursor.expect(CORES);
    countItems(cursor, MAX_CORES, () => cursor.percent());
  }
  cursor.expect(IOWAIT);
  cursor.percent();
  cursor.expect(STEAL);
  cursor.percent();
  if (cursor.has(OMITTED)) cursor.wholeNumber(0, Number.MAX_SAFE_INTEGER);
  cursor.expect(END);
}

function readMemory(cursor: Cursor, summary: SummaryNumbers): void {
  const total = cursor.amount();
  cursor.expect(USED);
  const used = cursor.part(total);
  cursor.expect(FREE);
  cursor.part(total);
  cursor.expect(AVAILABLE);
  cursor.part(total);
  cursor.expect(SWAP_TOTAL);
  const swapTotal = cursor.amount();
  cursor.expect(SWAP_USED);
  cursor.part(swapTotal);
  cursor.expect(END);
  summary[PLACE.memory] = percentOf(used, total) ?? NaN;
}

function readDisk(cursor: Cursor, summary: SummaryNumbers): void {
  summary[PLACE.read] = cursor.amount();
  cursor.expect(WRITE);
  summary[PLACE.write] = cursor.amount();
  cursor.expect(VOLUMES);
  countItems(cursor, MAX_VOLUMES, () => {
    const percent = readVolume(cursor);
    const highest = summary[PLACE.volume]!;
    if (percent > highest || Number.isNaN(highest)) summary[PLACE.volume] = percent;
  });
  if (cursor.has(OMITTED)) cursor.wholeNumber(0, Number.MAX_SAFE_INTEGER);
  cursor.expect(END);
}

/** The share of a volume that is in use; NaN where it is not known. */
function readVolume(cursor: Cursor): number {
  cursor.expect(MOUNT);
  cursor.skipText(MAX_MOUNT_LENGTH);
  cursor.expect(TOTAL);
  const total = cursor.amount();
  cursor.expect(USED);
  const used = cursor.part(total);
  cursor.expect(FREE);
  const free = cursor.part(total);
  cursor.expect(END);
  return percentOf(used, used + free) ?? NaN;
}

/** Reads the items of a list up to its end; how many there were. */
function countItems(cursor: Cursor, most: number, readItem: () => void): number {
  let count = 0;
  if (cursor.has(LIST_END)) return count;
  do {
    readItem();
    count++;
  } while (cursor.isSound && cursor.has(COMMA));
  if (count > most) cursor.refuse();
  cursor.expect(LIST_END);
  return count;
}
