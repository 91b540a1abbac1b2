import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { HOST_STATUSES, hostStatus } from "../../../../lib/server/fleet/status.ts";
import { STATUSES, statusOf } from "../../../../lib/server/web/page/status.js";

Deno.test("statusOf() judges as the server does", () => {
  assertEquals(STATUSES, HOST_STATUSES);
  const ages = fc.tuple(fc.nat(100_000), fc.integer({ min: 100, max: 20_000 }), fc.boolean());
  fc.assert(fc.property(ages, ([ageMs, intervalMs, left]) => {
    const row = { status: left ? "left" as const : "live" as const, lastSeenMs: 1e12, intervalMs };
    assertEquals(statusOf(row, 1e12 + ageMs), hostStatus({ ageMs, intervalMs, left }));
  }));
});
