/** Folders that hold what one server alone did not write there. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { openReplay } from "../../../lib/server/record/replay.ts";
import { inFolder } from "../../files.ts";
import { logLines } from "../logs.ts";
import { MAY_WRITE, openHere, START_MS, traffic } from "./recording.ts";

const PLAIN = { kind: "plain" } as const;

function test(name: string, act: (folder: string) => Promise<void>): void {
  Deno.test({
    name: `${name} (needs --allow-read and --allow-write)`,
    ignore: !MAY_WRITE,
    fn: () => inFolder(act),
  });
}

/** Plays all of a folder: when each datagram came, and what was told. */
async function play(folder: string) {
  const { log, lines } = logLines();
  const options = { speed: Infinity, fromMs: null, toMs: null, maxHosts: 100 };
  const replay = await openReplay({ ...options, folder, steadyMs: () => performance.now(), log });
  replay.follow(() => {}, true);
  const times: number[] = [];
  await replay.run((_bytes, _origin, atMs) => void times.push(atMs));
  return { times, lines };
}

test("records of two servers in one folder are played whole, and time never goes back", async (folder) => {
  const arrivals = traffic(7, 5, 40);
  const servers = [0, 700].map((offMs) => {
    const clock = { nowMs: START_MS + offMs, aheadMs: 0 };
    return { offMs, clock, ...openHere(folder, clock) };
  });
  for (const { bytes, origin, atMs } of arrivals) {
    for (const { recorder, clock, offMs } of servers) {
      clock.nowMs = atMs + offMs;
      recorder.record(bytes, origin, clock.nowMs, PLAIN);
    }
  }
  for (const { recorder, settle } of servers) {
    await recorder.close();
    await settle();
  }
  const names = Array.from(await Array.fromAsync(Deno.readDir(folder)), ({ name }) => name);
  assertEquals(names.length, 2);
  const { times, lines } = await play(folder);
  assertEquals([times.length, lines], [2 * arrivals.length, []]);
  assert(times.every((ms, n) => n === 0 || ms >= times[n - 1]!));
});

test("a folder without a record is refused, and what is foreign in one is named", async (folder) => {
  await assertRejects(() => play(folder), RangeError);
  await Deno.writeTextFile(`${folder}/notes.txt`, "no record");
  await Deno.mkdir(`${folder}/2026.pulso`);
  await assertRejects(() => play(folder), RangeError);
  await Deno.writeTextFile(`${folder}/0.pulso`, "no record either, though it is called one");
  const arrivals = traffic(8, 3, 10);
  const clock = { nowMs: START_MS, aheadMs: 0 };
  const { recorder } = openHere(folder, clock);
  for (const { bytes, origin, atMs } of arrivals) recorder.record(bytes, origin, atMs, PLAIN);
  await recorder.close();
  const { times, lines } = await play(folder);
  assertEquals(times.length, arrivals.length);
  assertEquals(lines.length, 2, lines.join("\n"));
});
