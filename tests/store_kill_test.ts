/** A store that is killed while it writes and while it compacts: nothing that it acknowledged is lost. */
import { assert, assertEquals } from "@std/assert";
import { inFolder } from "./files.ts";
import { MAY_RUN, Running } from "./processes.ts";

/** How often it is killed; more at will, as `deno task kills` does. */
const KILLS = Number(MAY_RUN && Deno.env.get("PULSO_TEST_KILLS") || 3);
/** Hours of a writer's that end within one life of it: each time it compacts. */
const MINUTES = 61;
/** An hour of its hosts is compacted in more pieces. */
const PIECES = 220;

/** When a writer is killed: in a piece of compaction, or as it writes minutes. */
function endOf(kill: number, acknowledged: number): (line: string) => boolean {
  if (kill % 2 === 1) return (line) => Number(line) >= acknowledged + MINUTES - kill * 7 % 10;
  // It may have written a few more than anybody was told of.
  const last = 60 * Math.floor((acknowledged + 5) / 60) + 59;
  return (line) => line === `piece ${(kill * 67 + 40) % PIECES} after ${last}`;
}

Deno.test({
  name:
    `a store that is killed ${KILLS} times loses nothing that it acknowledged (needs --allow-all)`,
  ignore: !MAY_RUN,
  fn: () =>
    inFolder(async (folder) => {
      const script = new URL("./store_writer.ts", import.meta.url).pathname;
      const launcher = [Deno.execPath(), "run", "--no-prompt", "--quiet", "--allow-all", script];
      let acknowledged = 0;
      for (let kill = 0; kill < KILLS; kill++) {
        await using writer = new Running(launcher, [`${folder}/pulso.db`, `${acknowledged}`]);
        await writer.stdout.find(endOf(kill, acknowledged), `the end of life ${kill}`);
        await writer.stop("SIGKILL");
        assertEquals(writer.stdout.all[0], "checked", writer.stderr.text);
        // The last line may have been cut.
        acknowledged = Number(writer.stdout.all.slice(0, -1).findLast((line) => Number(line)));
      }
      await using last = new Running(launcher, [`${folder}/pulso.db`, `${acknowledged}`]);
      await last.stdout.find((line) => line === "checked", "the last check");
      assert(acknowledged > KILLS * MINUTES / 3);
    }),
});
