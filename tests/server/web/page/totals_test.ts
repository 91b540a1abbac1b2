import { assertEquals } from "@std/assert";
import { lostShare } from "../../../../lib/server/web/page/totals.js";

Deno.test("lostShare() is unknown where nothing is known, and says that a little is not nothing", () => {
  const cases: [lost: number | null, accepted: number, text: string][] = [
    ...[[null, 0, "–"], [null, 7, "–"], [0, 0, "–"], [0, 7, "0"]] as [null, number, string][],
    ...[[1, 1_000_000, "under 0.01%"], [1, 4_999, "0.02%"], [1, 99, "1.0%"]] as [
      number,
      number,
      string,
    ][],
    [50, 50, "50%"],
  ];
  for (const [lost, accepted, text] of cases) assertEquals(lostShare({ lost, accepted }), text);
});
