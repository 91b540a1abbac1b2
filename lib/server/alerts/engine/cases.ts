/**
 * What is known of one rule where it is out of the ordinary: a row of numbers for each place, side by side
 * in typed arrays, as a hundred thousand may begin at once. And how a case goes on with each value: nothing
 * fires without its hold, and nothing ends without its recovery. Pure.
 */

/** When an alert fires, and when it ends. */
export interface Bounds {
  /** It fires when the value has been on this side of the limit for so long, in milliseconds. */
  readonly side: "above" | "below";
  readonly limit: number;
  readonly holdMs: number;
  /** It ends when the value has been at this, or on the other side of it, for so long. */
  readonly until: number;
  readonly recoveryMs: number;
}

/** One that has fired so often within this time flaps, until it has been calm for as long. */
const FLAPPING_TIMES = 4;
const FLAPPING_MS = 3_600_000;

/** So many rows there is room for at first, and more when those are taken. */
export const FIRST_ROOM = 16;
const NONE = -1;

/** The cases of one rule, by row. */
export class Cases {
  /** Whose each is, and where; below 0 for a row that has none. */
  host = new Float64Array(FIRST_ROOM);
  place = new Int32Array(FIRST_ROOM);
  /** Its host's name, of those that have fired. */
  readonly key: string[] = [];
  /** Whether it has fired and not ended, and whether again and again. */
  stands = new Uint8Array(FIRST_ROOM);
  isFlapping = new Uint8Array(FIRST_ROOM);
  /** When it was looked at last, and how long the value has been known to be where the case changes. */
  lookedMs = new Float64Array(FIRST_ROOM);
  heldMs = new Float64Array(FIRST_ROOM);
  /** When it fired, and the newest value that was known. */
  sinceMs = new Float64Array(FIRST_ROOM);
  value = new Float64Array(FIRST_ROOM);
  /** The last times when it fired, in turn. */
  #fired = new Float64Array(FIRST_ROOM * FLAPPING_TIMES);
  /** By place: its row and one, or 0. */
  #at = new Int32Array(0);
  /** The last row that was freed; `place` leads from it to the one before. */
  #free = NONE;
  /** How many rows there are. */
  rows = 0;

  /** The row of a place; -1 for none. */
  rowOf(place: number): number {
    return (this.#at[place] ?? 0) - 1;
  }

  /** A new case of a place that has none: its row. */
  begin(place: number, host: number, nowMs: number): number {
    const row = this.#takeRow();
    if (row >= this.host.length) this.#makeRoom();
    if (place >= this.#at.length) this.#at = longer(this.#at, 2 * place + FIRST_ROOM);
    this.#at[place] = row + 1;
    this.host[row] = host;
    this.place[row] = place;
    this.stands[row] = this.isFlapping[row] = 0;
    this.lookedMs[row] = nowMs;
    this.heldMs[row] = 0;
    this.sinceMs[row] = this.value[row] = NaN;
    for (let n = 0; n < FLAPPING_TIMES; n++) this.#fired[row * FLAPPING_TIMES + n] = -Infinity;
    return row;
  }

  /** Ends a case. */
  end(row: number): void {
    this.#at[this.place[row]!] = 0;
    this.stands[row] = 0;
    this.place[row] = NONE - 1 - this.#free;
    this.#free = row;
  }

  #takeRow(): number {
    const row = this.#free;
    if (row === NONE) return this.rows++;
    this.#free = NONE - 1 - this.place[row]!;
    return row;
  }

  /** Takes the value of now, and says what becomes of the case; `null` for nothing. */
  follow(
    row: number,
    bounds: Bounds,
    value: number,
    nowMs: number,
  ): "fired" | "flapping" | "recovered" | null {
    this.#hold(row, bounds, value, nowMs);
    return this.stands[row] === 1 ? this.#recover(row, bounds) : this.#fire(row, bounds, nowMs);
  }

  /** Adds the time since the look before where the value is still where the case changes, or begins anew. */
  #hold(row: number, bounds: Bounds, value: number, nowMs: number): void {
    const lookedMs = this.lookedMs[row]!;
    this.lookedMs[row] = nowMs;
    if (Number.isNaN(value)) return;
    const changes = this.stands[row] === 1 ? ends : fires;
    const isHeld = changes(bounds, value) && changes(bounds, this.value[row]!);
    const stepMs = nowMs > lookedMs ? nowMs - lookedMs : 0;
    this.heldMs[row] = isHeld ? this.heldMs[row]! + stepMs : 0;
    this.value[row] = value;
  }

  #fire(row: number, bounds: Bounds, nowMs: number): "fired" | "flapping" | null {
    if (!fires(bounds, this.value[row]!) || this.heldMs[row]! < bounds.holdMs) return null;
    this.stands[row] = 1;
    this.heldMs[row] = 0;
    this.sinceMs[row] = nowMs;
    const at = row * FLAPPING_TIMES;
    this.#fired.copyWithin(at, at + 1, at + FLAPPING_TIMES);
    this.#fired[at + FLAPPING_TIMES - 1] = nowMs;
    const isFlapping = nowMs - this.#fired[at]! < FLAPPING_MS;
    this.isFlapping[row] = Number(isFlapping);
    return isFlapping ? "flapping" : "fired";
  }

  #recover(row: number, bounds: Bounds): "recovered" | null {
    const isFlapping = this.isFlapping[row] === 1;
    const recoveryMs = isFlapping ? Math.max(FLAPPING_MS, bounds.recoveryMs) : bounds.recoveryMs;
    if (!ends(bounds, this.value[row]!) || this.heldMs[row]! < recoveryMs) return null;
    this.stands[row] = this.heldMs[row] = this.isFlapping[row] = 0;
    return "recovered";
  }

  /** Whether a case has fired so lately that it may come to flap. */
  hasFired(row: number, nowMs: number): boolean {
    return nowMs - this.#fired[(row + 1) * FLAPPING_TIMES - 1]! < FLAPPING_MS;
  }

  /** The rows of all that stand. */
  *standing(): Generator<number> {
    for (let row = 0; row < this.rows; row++) if (this.stands[row] === 1) yield row;
  }

  #makeRoom(): void {
    const room = roomAfter(this.host.length);
    this.host = longer(this.host, room);
    this.place = longer(this.place, room);
    this.stands = longer(this.stands, room);
    this.isFlapping = longer(this.isFlapping, room);
    this.lookedMs = longer(this.lookedMs, room);
    this.heldMs = longer(this.heldMs, room);
    this.sinceMs = longer(this.sinceMs, room);
    this.value = longer(this.value, room);
    this.#fired = longer(this.#fired, room * FLAPPING_TIMES);
  }
}

/** Whether a value is where an alert fires, when it lasts. */
export function fires({ side, limit }: Bounds, value: number): boolean {
  return side === "above" ? value > limit : value < limit;
}

function ends({ side, until }: Bounds, value: number): boolean {
  return side === "above" ? value <= until : value >= until;
}

/** The room that follows one that is taken: few steps, as those are copied, and memory that is not used yet takes none. */
export function roomAfter(room: number): number {
  return 4 * room;
}

/** The same with room for more. */
export function longer<T extends Float64Array | Int32Array | Uint8Array>(
  array: T,
  length: number,
): T {
  const grown = new (array.constructor as new (length: number) => T)(length);
  grown.set(array);
  return grown;
}
