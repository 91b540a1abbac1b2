/**
 * What is known of one rule where it is out of the ordinary: a row of numbers for each place, as a hundred
 * thousand may begin at once. And how a case goes on with each value: nothing fires without its hold, and
 * nothing ends without its recovery. Pure.
 */
import { bits, floats, Rows, texts } from "./rows.ts";

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
  readonly host = floats();
  /** Its host's name, of those that have fired. */
  readonly key = texts();
  /** Whether it has fired and not ended, and whether again and again. */
  readonly stands = bits();
  readonly isFlapping = bits();
  /** When it was looked at last, and how long the value has been known to be where the case changes. */
  readonly lookedMs = floats();
  readonly heldMs = floats();
  /** When it fired, and the newest value that was known. */
  readonly sinceMs = floats();
  readonly value = floats();
  /** The last times when it fired, the newest first. */
  readonly #fired = Array.from({ length: FLAPPING_TIMES }, floats);

  /** A new case of a place that has none: its row. */
  begin(place: number, host: number, nowMs: number): number {
    const row = this.takeRow();
    this.move(row, place);
    this.host.set(row, host);
    this.stands.set(row, 0);
    this.isFlapping.set(row, 0);
    this.lookedMs.set(row, nowMs);
    this.heldMs.set(row, 0);
    this.sinceMs.set(row, NaN);
    this.value.set(row, NaN);
    for (const fired of this.#fired) fired.set(row, -Infinity);
    return row;
  }

  /** Ends a case. */
  end(row: number): void {
    this.stands.set(row, 0);
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
    return this.stands.get(row) === 1 ? this.#recover(row, bounds) : this.#fire(row, bounds, nowMs);
  }

  /** Adds the time since the look before where the value is still where the case changes, or begins anew. */
  #hold(row: number, bounds: Bounds, value: number, nowMs: number): void {
    const lookedMs = this.lookedMs.get(row);
    this.lookedMs.set(row, nowMs);
    if (Number.isNaN(value)) return;
    const changes = this.stands.get(row) === 1 ? ends : fires;
    const isHeld = changes(bounds, value) && changes(bounds, this.value.get(row));
    const stepMs = nowMs > lookedMs ? nowMs - lookedMs : 0;
    this.heldMs.set(row, isHeld ? this.heldMs.get(row) + stepMs : 0);
    this.value.set(row, value);
  }

  #fire(row: number, bounds: Bounds, nowMs: number): "fired" | "flapping" | null {
    if (!fires(bounds, this.value.get(row)) || this.heldMs.get(row) < bounds.holdMs) return null;
    this.stands.set(row, 1);
    this.heldMs.set(row, 0);
    this.sinceMs.set(row, nowMs);
    const fired = this.#fired;
    for (let n = FLAPPING_TIMES - 1; n > 0; n--) fired[n]!.set(row, fired[n - 1]!.get(row));
    fired[0]!.set(row, nowMs);
    const isFlapping = nowMs - fired[FLAPPING_TIMES - 1]!.get(row) < FLAPPING_MS;
    this.isFlapping.set(row, Number(isFlapping));
    return isFlapping ? "flapping" : "fired";
  }

  #recover(row: number, bounds: Bounds): "recovered" | null {
    const isFlapping = this.isFlapping.get(row) === 1;
    const recoveryMs = isFlapping ? Math.max(FLAPPING_MS, bounds.recoveryMs) : bounds.recoveryMs;
    if (!ends(bounds, this.value.get(row)) || this.heldMs.get(row) < recoveryMs) return null;
    for (const column of [this.stands, this.heldMs, this.isFlapping]) column.set(row, 0);
    return "recovered";
  }

  /** Whether a case has fired so lately that it may come to flap. */
  hasFired(row: number, nowMs: number): boolean {
    return nowMs - this.#fired[0]!.get(row) < FLAPPING_MS;
  }

  /** What a row is of. */
  at(row: number) {
    const [key, sinceMs, value] = [this.key.get(row), this.sinceMs.get(row), this.value.get(row)];
    return { key, sinceMs, value, isFlapping: this.isFlapping.get(row) === 1 };
  }

  /** The rows of all that stand. */
  *standing(): Generator<number> {
    for (let row = 0; row < this.rows; row++) if (this.stands.get(row) === 1) yield row;
  }
}

/** Whether a value is where an alert fires, when it lasts. */
export function fires({ side, limit }: Bounds, value: number): boolean {
  return side === "above" ? value > limit : value < limit;
}

function ends({ side, until }: Bounds, value: number): boolean {
  return side === "above" ? value <= until : value >= until;
}
