import { assert, assertEquals } from "@std/assert";
import { MAX_NETWORKS, TokenBucket } from "../../lib/common/rate_limit.ts";

const NOW_MS = 1_795_442_910_170;
const ALLOWANCES = {
  network: { burst: 3, perSecond: 10 },
  all: { burst: 5, perSecond: 20 },
};

/** How many of some attempts of one sender are paid for. */
function taken(budget: TokenBucket, address: string, attempts: number, nowMs = NOW_MS): number {
  return Array.from({ length: attempts }, () => budget.take(address, nowMs)).filter(Boolean).length;
}

Deno.test("TokenBucket.take() lets a burst of one network through, and then so many a second", () => {
  const budget = new TokenBucket(ALLOWANCES);
  assertEquals(taken(budget, "192.0.2.1", 10), 3);
  assertEquals(taken(budget, "192.0.2.2", 10), 0, "the same network");
  assertEquals(taken(budget, "192.0.2.1", 10, NOW_MS + 99), 0);
  assertEquals(taken(budget, "192.0.2.1", 10, NOW_MS + 100), 1);
  const secondMs = NOW_MS + 100;
  const steady = Array.from(
    { length: 1_000 },
    (_, n) => taken(budget, "192.0.2.1", 1, secondMs + n),
  );
  assertEquals(steady.reduce((sum, n) => sum + n, 0), 9);
  assertEquals(taken(budget, "192.0.2.1", 10, NOW_MS + 3_600_000), 3, "no more than a burst");
});

Deno.test("TokenBucket.take() has one limit for all networks together", () => {
  const budget = new TokenBucket(ALLOWANCES);
  const senders = ["192.0.2.1", "198.51.100.1", "2001:db8::1"];
  assertEquals(senders.map((sender) => taken(budget, sender, 10)), [3, 2, 0]);
  assertEquals(taken(budget, "2001:db8::1", 10, NOW_MS + 50), 1);
});

Deno.test("TokenBucket.take() takes nothing where it refuses", () => {
  const budget = new TokenBucket(ALLOWANCES);
  taken(budget, "192.0.2.1", 1_000);
  assertEquals(taken(budget, "198.51.100.1", 10), 2, "the refused ones cost the others nothing");
  assertEquals(budget.size, 2);
});

Deno.test("TokenBucket.take() knows this machine only by the limit for all", () => {
  const budget = new TokenBucket(ALLOWANCES);
  assertEquals(taken(budget, "127.0.0.1", 10), 5);
  assertEquals(budget.size, 0);
});

Deno.test("TokenBucket.refund() undoes a take", async (t) => {
  for (const address of ["192.0.2.1", "127.0.0.1"]) {
    await t.step(address, () => {
      const budget = new TokenBucket(ALLOWANCES);
      for (let n = 0; n < 100; n++) {
        assert(budget.take(address, NOW_MS));
        budget.refund(address);
      }
      const most = address === "127.0.0.1" ? 5 : 3;
      assertEquals(taken(budget, address, 10), most);
    });
  }
});

Deno.test("TokenBucket.take() gives nothing anew for a clock that is set back", () => {
  const budget = new TokenBucket(ALLOWANCES);
  taken(budget, "192.0.2.1", 10);
  assertEquals(taken(budget, "192.0.2.1", 10, NOW_MS - 3_600_000), 0);
  assertEquals(taken(budget, "192.0.2.1", 10, NOW_MS + 300), 3);
});

Deno.test("TokenBucket forgets the network that paid least lately, and remembers only so many", () => {
  const plenty = { burst: 1_000_000, perSecond: 1_000 };
  const budget = new TokenBucket({ network: ALLOWANCES.network, all: plenty });
  const addressOf = (n: number) => `10.${n >>> 8}.${n & 255}.1`;
  taken(budget, addressOf(0), 3);
  taken(budget, addressOf(1), 2);
  for (let n = 2; n < MAX_NETWORKS; n++) taken(budget, addressOf(n), 1);
  taken(budget, addressOf(1), 1);
  taken(budget, addressOf(MAX_NETWORKS), 1);
  assertEquals(budget.size, MAX_NETWORKS);
  assertEquals(taken(budget, addressOf(0), 3), 3, "it begins again");
  // The next to go is the one that paid longest ago, and not the one that came before it.
  assertEquals(taken(budget, addressOf(1), 3), 0, "it paid lately");
  assertEquals(taken(budget, addressOf(2), 3), 3, "it begins again");
});
