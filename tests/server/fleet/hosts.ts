/** Hosts for tests of what is made of one. */
import { Host } from "../../../lib/server/fleet/host/host.ts";
import { Stores } from "../../../lib/server/fleet/host/stores.ts";

const HISTORY_MS = 60_000;

/** A host of which nothing was heard, alone in its stores. */
export function hostOf(key: string, changes: Partial<Host> = {}, slot = 0): Host {
  return Object.assign(new Host(key, slot, 0, new Stores(HISTORY_MS)), changes);
}
