import { assert, assertEquals } from "@std/assert";
import { Delivery } from "../../lib/fleet/delivery.ts";
import { newHost } from "../../lib/fleet/host.ts";
import { countByStatus, DROP_REASONS, sumLost } from "../../lib/fleet/totals.ts";
import { MAX_DATAGRAM_BYTES } from "../../lib/message.ts";

Deno.test("DROP_REASONS explain every reason in few words, with the true limit", () => {
  for (const [reason, words] of Object.entries(DROP_REASONS)) {
    assert(words.length > 0 && words.length <= 60, reason);
  }
  assertEquals(
    /[\d,]+/.exec(DROP_REASONS.oversize)![0],
    MAX_DATAGRAM_BYTES.toLocaleString("en-US"),
  );
});

Deno.test("countByStatus() and sumLost() count over all hosts, and make nothing up", () => {
  const message = { v: 1 as const, host: "h", interval: 1_000 };
  const host = (seenMs: number) => newHost("h", message, seenMs);
  const counted = { ...host(0), delivery: new Delivery("s", 1) };
  counted.delivery.accept("s", 1);
  counted.delivery.accept("s", 4);
  const hosts = [host(10_000), host(5_000), counted, { ...host(10_000), left: true }];
  assertEquals(countByStatus(hosts, 10_000), { live: 1, stale: 1, offline: 1, left: 1 });
  assertEquals(sumLost(hosts, null), 2);
  assertEquals(sumLost(hosts, 5), 7);
  assertEquals(sumLost([host(0)], null), null);
  assertEquals(sumLost([host(0)], 5), 5);
});
