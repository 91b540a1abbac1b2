/**
 * What the store's thread is asked for and told at once: the past of hosts with their present minute, the hosts
 * that are highest in it, means over many; to forget a host, and to write a backup. Nothing here waits for the
 * disk longer than its answer takes.
 */
import type { Host } from "../fleet/host/host.ts";
import { addMinute } from "./columns.ts";
import type { Registry } from "./registry.ts";
import { type Found, type Plan, rounded } from "./stretches.ts";
import type { StoreThread } from "./thread.ts";

/** The minute that is not over. */
interface PresentMinute {
  /** Of some hosts as it stands, `null` where there is none; and when that is on the wall clock. */
  readonly present: (
    ids: readonly number[],
  ) => { readonly minutes: readonly (Float64Array | null)[]; readonly nowAt: number };
  /** Clears it for a host. */
  readonly leave: (id: number) => void;
}

/** Asks the thread about hosts by their numbers. */
export class StoreQueries {
  readonly #thread: StoreThread;
  readonly #path: string;
  readonly #registry: Registry;
  readonly #minute: PresentMinute;

  /** With a thread that has opened the file at a path. */
  constructor(thread: StoreThread, path: string, registry: Registry, minute: PresentMinute) {
    this.#thread = thread;
    this.#path = path;
    this.#registry = registry;
    this.#minute = minute;
  }

  /** What is known of hosts of the fleet in a range, up to now. */
  readonly read = async (hosts: readonly Host[], plan: Plan): Promise<readonly Found[]> => {
    const ids = hosts.map(({ key }) => this.#registry.get(key)?.id ?? -1);
    const { minutes, nowAt } = this.#minute.present(ids);
    const found = await this.#thread.ask("past", { hosts: ids, range: plan });
    found.forEach(({ sums }, n) => {
      const minute = minutes[n] ?? null;
      if (minute !== null) addMinute(plan, sums, minute, nowAt);
    });
    return found;
  };

  /** The hosts of the fleet with the highest mean of a metric in a range, the highest first. */
  readonly top = async (plan: Plan, most: number): Promise<readonly Host[]> => {
    const ids = await this.#thread.ask("top", { range: plan, most });
    return ids.flatMap((id) => this.#registry.of(id)?.host ?? []);
  };

  /** The mean of the first metric of a plan over some hosts, or all, in each stretch, up to the present minute. */
  readonly mean = async (plan: Plan, hosts: readonly Host[] | null) => {
    const ids = hosts?.flatMap(({ key }) => this.#registry.get(key)?.id ?? []) ?? null;
    const { hosts: count, mean } = await this.#thread.ask("mean", { hosts: ids, range: plan });
    return { hosts: count, mean: mean.map((value) => value && rounded(value)) };
  };

  /** Deletes a host and its history; whether there was one. */
  readonly forget = async (key: string): Promise<boolean> => {
    const known = this.#registry.get(key);
    if (known === undefined) return false;
    this.#registry.delete(known);
    this.#minute.leave(known.id);
    await this.#thread.ask("forget", { host: known.id });
    return true;
  };

  /** Writes all of it into another file of the folder, and says where. */
  readonly backUp = async (name: string): Promise<string> => {
    const path = this.#path.replace(/[^/]*$/, name);
    await this.#thread.ask("backUp", { path });
    return path;
  };
}
