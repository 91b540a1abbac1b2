import { assertEquals } from "@std/assert";
import { lossVerdict } from "../../lib/common/ways.js";

Deno.test("lossVerdict() says whether it is the hosts or a way", async (t) => {
  const of = (lost: number) => ({ sent: 100, lost });
  const cases: [everywhere: number, ways: number[], hosts: number, verdict: string][] = [
    [0, [0, 0.9], 1, ""],
    [0, [0, 1], 1, "lost on the way to b only: that way"],
    [0, [0, 6, 7], 1, "lost on the ways to b, c: those ways"],
    [0, [6, 7], 1, "lost on every way, each its own: the ways"],
    [2, [2, 2], 1, "lost everywhere: the host or its uplink"],
    [2, [2, 60], 3, "lost everywhere: the hosts or their uplink"],
  ];
  for (const [everywhere, lost, hosts, verdict] of cases) {
    await t.step(verdict || "nothing", () => {
      const sites = lost.map((count, n) => ({ site: "abc"[n]!, recent: of(count) }));
      assertEquals(lossVerdict(of(everywhere), sites, hosts), verdict);
    });
  }
  assertEquals(lossVerdict({ sent: 0, lost: 0 }, []), "");
});
