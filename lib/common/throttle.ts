/**
 * When a thing that may happen very often is worth a line in the log. Pure: time is an argument.
 */

/** Lets one event of a kind pass per span of time, and tells how many it held back since. */
export class Throttle {
  readonly #spanMs: number;
  readonly #kinds = new Map<string, { passedMs: number; heldBack: number }>();

  constructor(spanMs: number) {
    this.#spanMs = spanMs;
  }

  /** How many of its kind were held back before this one; `null` when this one is held back too. */
  pass(kind: string, nowMs: number): number | null {
    const last = this.#kinds.get(kind);
    if (last !== undefined && nowMs - last.passedMs < this.#spanMs) {
      last.heldBack++;
      return null;
    }
    this.#kinds.set(kind, { passedMs: nowMs, heldBack: 0 });
    return last?.heldBack ?? 0;
  }
}

/** Remembers which things fail, so that only a change of that is worth a line in the log. */
export class Failures {
  readonly #failing = new Set<string>();

  /** Notes how a thing is now: `failed` or `recovered` when that is a change, else `null`. */
  note(thing: string, fails: boolean): "failed" | "recovered" | null {
    if (fails === this.#failing.has(thing)) return null;
    if (fails) this.#failing.add(thing);
    else this.#failing.delete(thing);
    return fails ? "failed" : "recovered";
  }

  /** Notes all things that fail now: those that are not among them have recovered. */
  noteAll(failing: Iterable<string>): { readonly failed: string[]; readonly recovered: string[] } {
    const now = new Set(failing);
    const recovered = [...this.#failing.difference(now)];
    return {
      failed: [...now].filter((thing) => this.note(thing, true) !== null),
      recovered: recovered.filter((thing) => this.note(thing, false) !== null),
    };
  }
}
