/**
 * The tags of all hosts. Most hosts share theirs with others, so each set of them is kept once, under a
 * small number, and a host costs only that. Pure.
 */
import { TextMap } from "../../../common/hash.ts";

type Tags = Readonly<Record<string, string>>;

/** One set of tags. */
interface TagSet {
  /** As JSON, its keys in order: the same tags are the same text. */
  readonly key: string;
  readonly id: number;
  readonly tags: Tags;
  hosts: number;
}

const NO_TAGS: TagSet = { key: "", id: 0, tags: Object.freeze({}), hosts: 1 };

/** Sets of tags, and which of them each slot has. */
export class TagSets {
  readonly #known = new TextMap<TagSet>();
  /** In how many sets each key is. */
  readonly #keys = new TextMap<{ readonly key: string; sets: number }>();
  /** By their numbers; a number that is free is `null`. */
  readonly #sets: (TagSet | null)[] = [NO_TAGS];
  readonly #free: number[] = [];
  #ids = new Uint32Array(64);

  /** The tags of a slot. */
  of(slot: number): Tags {
    return this.#setOf(slot).tags;
  }

  /** The number of its set, 0 for none. */
  idOf(slot: number): number {
    return this.#ids[slot] ?? 0;
  }

  /** A slot has the tags of this text of JSON, which is empty for none. */
  put(slot: number, text: string): void {
    const before = this.#setOf(slot);
    if (before.key === text) return;
    if (slot >= this.#ids.length) this.#makeRoom(slot);
    this.#ids[slot] = this.#take(text).id;
    this.#release(before);
  }

  /** What holds for the tags of a slot: each set is looked at once. */
  test(holds: (tags: Tags) => boolean): (slot: number) => boolean {
    const kept = Uint8Array.from(this.#sets, (set) => Number(set !== null && holds(set.tags)));
    const ids = this.#ids;
    return (slot) => kept[ids[slot] ?? 0] === 1;
  }

  /** What each set is, by its number. */
  map<T>(valueOf: (tags: Tags) => T): readonly T[] {
    return this.#sets.map((set) => valueOf((set ?? NO_TAGS).tags));
  }

  /** Every key that some host has, in order. */
  keys(): readonly string[] {
    return Array.from(this.#keys.values(), ({ key }) => key).sort();
  }

  #setOf(slot: number): TagSet {
    return this.#sets[this.idOf(slot)]!;
  }

  #take(text: string): TagSet {
    if (text === "") return NO_TAGS;
    const known = this.#known.get(text);
    if (known !== undefined) {
      known.hosts++;
      return known;
    }
    const id = this.#free.pop() ?? this.#sets.length;
    const set = { key: text, id, tags: Object.freeze(JSON.parse(text)), hosts: 1 };
    this.#known.set(set);
    this.#count(set.tags, 1);
    return this.#sets[id] = set;
  }

  #release(set: TagSet): void {
    if (set === NO_TAGS || --set.hosts > 0) return;
    this.#known.delete(set.key);
    this.#count(set.tags, -1);
    this.#sets[set.id] = null;
    this.#free.push(set.id);
  }

  /** A set with these keys has come, or is gone. */
  #count(tags: Tags, by: 1 | -1): void {
    for (const key of Object.keys(tags)) {
      const known = this.#keys.get(key) ?? { key, sets: 0 };
      if (known.sets === 0) this.#keys.set(known);
      known.sets += by;
      if (known.sets === 0) this.#keys.delete(key);
    }
  }

  #makeRoom(slot: number): void {
    const ids = new Uint32Array(Math.max(slot + 1, 2 * this.#ids.length));
    ids.set(this.#ids);
    this.#ids = ids;
  }
}
