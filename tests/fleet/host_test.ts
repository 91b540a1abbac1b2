import { assertEquals } from "@std/assert";
import { hostIntervalMs } from "../../lib/fleet/host.ts";

Deno.test("hostIntervalMs() is what the host declares, else the default", () => {
  assertEquals(hostIntervalMs({ message: { v: 1, host: "h", interval: 250 } }), 250);
  assertEquals(hostIntervalMs({ message: { v: 1, host: "h" } }), 5_000);
  assertEquals(hostIntervalMs({ message: { v: 0, body: { interval: 250 } } }), 5_000);
});
