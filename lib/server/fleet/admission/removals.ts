/**
 * Which hosts were forgotten and when, so that a view which was away can forget them too. Pure;
 * it remembers a bounded number and says so when it was asked for more than that.
 */

/** How many forgotten hosts are remembered. */
export const MAX_REMOVALS = 1_000;

/** The last hosts that were forgotten, by the version at which they were. */
export class Removals {
  readonly #keys: string[] = [];
  readonly #versions: number[] = [];
  /** The newest version that is itself no longer remembered. */
  #lostVersion = 0;

  /** Notes that a host was forgotten; versions grow. */
  add(key: string, version: number): void {
    this.#keys.push(key);
    this.#versions.push(version);
    if (this.#keys.length <= MAX_REMOVALS) return;
    this.#keys.shift();
    this.#lostVersion = this.#versions.shift()!;
  }

  /** The keys forgotten after a version, oldest first; `null` when not all of them are remembered. */
  since(version: number): readonly string[] | null {
    if (version < this.#lostVersion) return null;
    const first = this.#versions.findIndex((removed) => removed > version);
    return first < 0 ? [] : this.#keys.slice(first);
  }
}
