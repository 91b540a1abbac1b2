/**
 * What rules and destinations have between them: one message, of what changed of one rule at one look; and
 * how that is put together of very many alerts. Whoever sends it escapes its texts as the destination needs;
 * none holds a line break. Pure.
 */
import type { Severity } from "./engine/engine.ts";

/** A host that a message is about. */
export interface NoticeHost {
  /** Key and name; both empty where it is of the fleet as a whole. */
  readonly key: string;
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Formatted, with its unit. */
  readonly value: string;
  /** When it fired, on the wall clock. */
  readonly sinceMs: number;
}

/** What changed of one rule at one look, for those who are told of it. */
export interface Notice {
  readonly what: "fired" | "recovered" | "flapping" | "reminder" | "test";
  readonly rule: string;
  readonly severity: Severity;
  /** One plain line, without markup. */
  readonly text: string;
  /** On the wall clock. */
  readonly atMs: number;
  /** At most {@link MAX_NOTICE_HOSTS}. */
  readonly hosts: readonly NoticeHost[];
  /** How many more they are. */
  readonly omitted: number;
}

/** A message names so many hosts; of more it says how many. */
export const MAX_NOTICE_HOSTS = 100;

/** What a destination is not told yet. */
export interface WaitingNotices {
  readonly to: string;
  readonly notices: readonly Notice[];
}

/** Who tells destinations, by their names. */
export interface Teller {
  tell(to: readonly string[], notice: Notice): void;
}

/** One of the alerts that are told together. */
export interface Grouped<R> {
  readonly rule: R;
  readonly key: string;
  readonly place: number;
  readonly value: number;
  readonly sinceMs: number;
}

/** How many they are, and the first of them. */
export interface Group<R, What> {
  readonly to: string;
  readonly what: What;
  readonly first: Grouped<R>[];
  count: number;
}

/** The groups of one rule. */
export class RuleGroups<R, What> {
  readonly all: Group<R, What>[] = [];
  readonly #rule: R;
  readonly #most: number;

  /** Of so many at the most it is known which they are. */
  constructor(rule: R, most: number) {
    this.#rule = rule;
    this.#most = most;
  }

  /** Adds an alert for one who is told. */
  add(to: string, what: What, key: string, place: number, value: number, sinceMs: number): void {
    const group = this.#groupOf(to, what);
    group.count++;
    if (group.first.length >= this.#most) return;
    group.first.push({ rule: this.#rule, key, place, value, sinceMs });
  }

  #groupOf(to: string, what: What): Group<R, What> {
    for (let n = 0; n < this.all.length; n++) {
      const known = this.all[n]!;
      if (known.to === to && known.what === what) return known;
    }
    const group = { to, what, first: [], count: 0 };
    this.all.push(group);
    return group;
  }
}
