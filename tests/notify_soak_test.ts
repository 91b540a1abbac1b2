import { assert, assertEquals } from "@std/assert";
import { runNotifySoak } from "./notify_soak.ts";

Deno.test("receivers take just what a model says, whatever fails and however often the server starts", async (t) => {
  const all: string[] = [];
  for (const seed of [1, 2, 3]) {
    await t.step(`seed ${seed}`, async () => {
      const { wrong, counts, starts } = await runNotifySoak({ seed, seconds: 1_500 });
      assertEquals(wrong, []);
      assert(starts > 0);
      for (const [what, count] of Object.entries(counts)) if (count > 0) all.push(what);
    });
  }
  assertEquals(new Set(all), new Set(["fired", "recovered", "flapping", "reminder"]));
});
