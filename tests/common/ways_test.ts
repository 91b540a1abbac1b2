import { assertEquals } from "@std/assert";
import { formatLoss, lossLevel, lossVerdict, viewTroubles } from "../../lib/common/ways.js";

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

Deno.test("lossLevel() judges a share as it is shown", () => {
  const cases = [
    ...([[0, 0, "–", "unknown"], [100, 0, "0.00%", "none"], [1e6, 1, "0.00%", "none"]] as const),
    ...([[10_000, 1, "0.01%", "some"], [100_000, 994, "0.99%", "some"]] as const),
    ...([[100_000, 995, "1.00%", "warning"], [100, 5, "5.00%", "critical"]] as const),
  ];
  for (const [sent, lost, text, level] of cases) {
    assertEquals([formatLoss({ sent, lost }), lossLevel({ sent, lost })], [text, level]);
  }
});

Deno.test("viewTroubles() tells of a view that is behind, and of sites that are silent", () => {
  const site = (name: string, silentMs: number | null) => ({ site: name, silentMs });
  const sites = [site("ams", null), site("fra", 40_000)];
  assertEquals([viewTroubles(null), viewTroubles(undefined)], [[], []]);
  assertEquals(viewTroubles({ failure: null, behindMs: 5_000, sites: [site("ams", null)] }), []);
  assertEquals(viewTroubles({ failure: null, behindMs: 12_000, sites }), [
    { text: "This view is behind by", forMs: 12_000 },
    { text: "Site fra has been silent for", forMs: 40_000 },
  ]);
  assertEquals(viewTroubles({ failure: "no\x1banswer", behindMs: 6_000, sites: [] }), [
    { text: "Cannot read the bus (no\\x1banswer): this view is behind by", forMs: 6_000 },
  ]);
});
