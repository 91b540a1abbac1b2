/**
 * The sites by which datagrams come, each with a number: what ways and their past are told apart by. It never
 * forgets one. Pure.
 */

/** Sites that have a number of their own; further ones share the last. */
export const MAX_SITES = 16;

/**
 * The servers that datagrams come by, each with a number: 0 is this one, which needs no name, as it hears
 * them itself.
 */
export class Sites {
  readonly #names: string[] = [];
  /** Those that share the last number with the one that has it. */
  readonly #sharing = new Set<string>();

  /** What the site of a number is called. */
  nameOf(site: number): string {
    const name = this.#names[site - 1] ?? (site === 0 ? "this server" : `site ${site}`);
    const more = this.#sharing.size;
    return site < MAX_SITES || more === 0 ? name : `${name} and ${more} more`;
  }

  /** The number of a site, which is registered with it; where there is no room, that of the last. */
  numberOf(name: string): number {
    const known = this.#names.indexOf(name) + 1;
    if (known > 0) return known;
    if (this.#names.length < MAX_SITES) return this.#names.push(name);
    this.#sharing.add(name);
    return MAX_SITES;
  }
}
