import { assertEquals } from "@std/assert";
import { formatExplanations } from "../../lib/sampler/explanation.ts";

Deno.test("formatExplanations() says of each thing whether it counts and why", () => {
  const text = formatExplanations([
    {
      title: "Interfaces",
      decisions: [
        { name: "lo", counts: false, reason: "loopback" },
        { name: "eth0.10", counts: true, reason: "hardware" },
      ],
    },
    { title: "Disks", decisions: [] },
  ]);
  assertEquals(
    text,
    `Interfaces
  -       lo       loopback
  counts  eth0.10  hardware

Disks
  none`,
  );
});

Deno.test("formatExplanations() makes foreign names harmless", () => {
  const decisions = [{ name: "e\x1b[2J", counts: true, reason: "on top of \x07" }];
  assertEquals(
    formatExplanations([{ title: "Interfaces", decisions }]),
    "Interfaces\n  counts  e\\x1b[2J  on top of \\x07",
  );
});
