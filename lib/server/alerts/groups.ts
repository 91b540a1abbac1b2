/**
 * What one look tells, put together by rule, by what has become of its alerts, and by whom it is for: there
 * may be very many, of which the first are named. Pure.
 */

/** Alerts that are told together: how many, and the first of them. */
export interface Group<Told, What> {
  readonly to: string;
  readonly what: What;
  readonly first: Told[];
  count: number;
}

/** The groups of one look. */
export class Groups<Told extends { readonly rule: { readonly id: string } }, What> {
  readonly #most: number;
  /** By the names of rules. */
  readonly #groups = new Map<string, Group<Told, What>[]>();

  /** Of so many at the most it is known which they are. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Adds an alert for one who is told. */
  add(to: string, what: What, told: Told): void {
    let those = this.#groups.get(told.rule.id);
    if (those === undefined) this.#groups.set(told.rule.id, those = []);
    let group = those.find((group) => group.to === to && group.what === what);
    if (group === undefined) those.push(group = { to, what, first: [], count: 0 });
    group.count++;
    if (group.first.length < this.#most) group.first.push(told);
  }

  /** All of them. */
  all(): Group<Told, What>[] {
    return [...this.#groups.values()].flat();
  }
}
