import { assertEquals } from "@std/assert";
import { hostRoot, procfsRoot } from "../../lib/sampler/root.ts";

Deno.test("hostRoot() leads to the files of the system that a root belongs to", async (t) => {
  const cases: [string, string][] = [
    ["/proc", ""],
    ["/proc/", ""],
    ["/host/proc", "/host/proc/1/root"],
    ["/host/proc//", "/host/proc/1/root"],
  ];
  for (const [directory, expected] of cases) {
    await t.step(directory, () => assertEquals(hostRoot(procfsRoot(directory)), expected));
  }
});
