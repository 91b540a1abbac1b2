/**
 * What is known of one rule where it is out of the ordinary: a row of numbers for each place, side by side
 * in typed arrays, as a hundred thousand may begin at once. And how a case goes on with each value: nothing
 * fires without its hold, and nothing ends without its recovery. Pure.
 */
import { FIRST_ROOM, longer, Rows } from "./rows.ts";

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

/** The cases of one rule, by row. */
export class Cases extends Rows {
  /** Whose each is. */
  host = new Float64Array(FIRST_ROOM);
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

  /** A new case of a place that has none: its row. */
  begin(place: number, host: number, nowMs: number): number {
    const row = this.takeRow();
    this.move(row, place);
    this.host[row] = host;
    this.stands[row] = this.isFlapping[row] = 0;
    this.lookedMs[row] = nowMs;
    this.heldMs[row] = 0;
    this.sinceMs[row] = this.value[row] = NaN;
    for (let n = 0; n < FLAPPING_TIMES; n++) this.#fired[row * FLAPPING_TIMES + n] = -Infinity;
    return row;
  }

  /** Ends a case. */
  end(row: number): void {
    this.stands[row] = 0;
    this.freeRow(row);
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

  /** What a row is of. */
  at(row: number) {
    const [key, sinceMs, value] = [this.key[row]!, this.sinceMs[row]!, this.value[row]!];
    return { key, sinceMs, value, isFlapping: this.isFlapping[row] === 1 };
  }

  /** The rows of all that stand. */
  *standing(): Generator<number> {
    for (let row = 0; row < this.rows; row++) if (this.stands[row] === 1) yield row;
  }

  protected override lengthen(room: number): void {
    this.host = longer(this.host, room);
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
