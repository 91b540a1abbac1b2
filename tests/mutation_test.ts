import { assert, assertEquals } from "@std/assert";
import { DROP_REASONS } from "../lib/common/status.js";
import { Fuzz, mutate, randomOf } from "./mutation.ts";

const COUNT = 100_000;
const SEED = 20_261_123;

Deno.test("mutate() makes the same datagrams of the same seed, and others of another", () => {
  const some = (seed: number) => {
    const random = randomOf(seed);
    return Array.from({ length: 50 }, () => mutate(random).toHex());
  };
  assertEquals(some(1), some(1));
  assert(some(1).join() !== some(2).join());
});

Deno.test(`Fleet.receive() bears ${COUNT} mutated datagrams, plain and sealed`, () => {
  const { received, accepted, dropped, hosts, faults } = new Fuzz(SEED).run(COUNT);
  assertEquals(faults, []);
  assertEquals(received, COUNT);
  const refused = dropped.values().reduce((sum, count) => sum + count, 0);
  assertEquals(accepted + refused, COUNT);
  assert(hosts <= 100);
  assert(accepted > 500, `only ${accepted} were accepted: the mutator is too wild`);
  // Those that a mutation reaches; "plain", "capacity" and "source" need another configuration.
  for (
    const reason of ["utf8", "json", "version", "schema", "format", "auth", "key", "mode"] as const
  ) {
    assert((dropped.get(reason) ?? 0) > 0, `${reason} (${DROP_REASONS[reason]}) did not occur`);
  }
});
