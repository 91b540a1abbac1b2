import { assertEquals } from "@std/assert";
import { hostIntervalMs } from "../../lib/fleet/host.ts";

Deno.test("hostIntervalMs() is what the host declares, else the default", () => {
  assertEquals(hostIntervalMs({ intervalMs: 250 }), 250);
  assertEquals(hostIntervalMs({ intervalMs: null }), 5_000);
});
