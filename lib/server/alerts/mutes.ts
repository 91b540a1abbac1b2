/**
 * What is not to be told for a while, as somebody asked: filters with their ends, on the wall clock. Pure.
 */
import { formatDuration } from "../../common/format.js";
import { anyOf, readScope, type Scope, type ScopeTest, scopeTest } from "./scope.ts";
import { nearestOf } from "../../common/option_reader.ts";
import type { Fleet } from "../fleet/fleet.ts";

type Rule = { readonly id: string };

/** A mute, as it is shown. */
export interface Mute {
  readonly id: number;
  readonly filter: string;
  readonly sinceMs: number;
  readonly untilMs: number;
}

const MAX_MUTES = 100;
/** How long one may last. */
export const [MIN_MUTE_MS, MAX_MUTE_MS] = [60_000, 365 * 86_400_000];

/** Those of one server. */
export class Mutes {
  readonly #mutes: (Mute & { readonly scope: Scope })[] = [];
  readonly #wallMs: () => number;
  readonly #rules: () => Iterable<Rule> | null;
  #lastId = 0;
  /** Grows with each change. */
  version = 0;

  /** Only what these rules are called can be muted by `alert:`; anything where they are not known. */
  constructor(wallMs: () => number, rules: () => Iterable<Rule> | null = () => null) {
    this.#wallMs = wallMs;
    this.#rules = rules;
  }

  /** Mutes what a filter is for. @throws {RangeError} with one line for the user. */
  add(filter: string, forMs: number): Mute {
    const refuse = (state: string) =>
      new RangeError(`Cannot mute ${JSON.stringify(filter)}: ${state}`);
    if (!(forMs >= MIN_MUTE_MS && forMs <= MAX_MUTE_MS)) {
      throw refuse(`it must be for ${formatDuration(MIN_MUTE_MS)} to 365d`);
    }
    const wallMs = this.#wallMs();
    this.#expire();
    if (this.#mutes.length >= MAX_MUTES) throw refuse(`there are ${MAX_MUTES} mutes already`);
    const scope = this.#read(filter, refuse);
    const mute = { id: ++this.#lastId, filter, sinceMs: wallMs, untilMs: wallMs + forMs };
    this.#mutes.push({ ...mute, scope });
    this.version++;
    return mute;
  }

  #read(filter: string, refuse: (state: string) => RangeError): Scope {
    try {
      const scope = readScope(filter);
      const rules = this.#rules();
      // A name that is mistyped would mute nothing, and nobody would notice.
      if (rules !== null) checkRules(scope, Array.from(rules, ({ id }) => id));
      return scope;
    } catch (error) {
      throw refuse((error as Error).message);
    }
  }

  /** Ends those with an id or a filter; `all` ends all. Which they were. */
  remove(which: string): readonly Mute[] {
    const ended = this.list().filter(({ id, filter }) =>
      which === "all" || which === String(id) || which === filter
    );
    this.version += ended.length;
    const ids = new Set(ended.map(({ id }) => id));
    this.#keep(({ id }) => !ids.has(id));
    return ended;
  }

  /** Those that hold, the first that ends first. */
  list(): readonly Mute[] {
    this.#expire();
    return this.#mutes.map(({ scope: _scope, ...mute }) => mute)
      .sort((a, b) => a.untilMs - b.untilMs);
  }

  /** Those of an earlier start hold again. */
  restore(mutes: readonly Mute[]): void {
    for (const mute of mutes) {
      this.#mutes.push({ ...mute, scope: readScope(mute.filter) });
      this.#lastId = Math.max(this.#lastId, mute.id);
    }
  }

  /** What tells whether an alert is muted now. */
  test(fleet: Pick<Fleet, "index">, nowMs: number): ScopeTest {
    this.#expire();
    return anyOf(this.#mutes.map(({ scope }) => scopeTest(scope, fleet, nowMs)));
  }

  #expire(): void {
    const wallMs = this.#wallMs();
    this.#keep(({ untilMs }) => untilMs > wallMs);
  }

  #keep(test: (mute: Mute) => boolean): void {
    const kept = this.#mutes.filter(test);
    this.#mutes.splice(0, this.#mutes.length, ...kept);
  }
}

function checkRules({ rules }: Scope, names: readonly string[]): void {
  const unknown = rules.find((name) => !names.includes(name));
  if (unknown === undefined) return;
  const nearest = nearestOf(unknown, names);
  const hint = nearest === null ? "" : `; did you mean alert:${nearest}?`;
  throw new RangeError(`there is no rule ${unknown}${hint}`);
}
