/// <reference lib="dom" />
/** The ranges of a host's page, from a file that a server before has kept. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { Failures } from "../lib/server/parts.ts";
import { Fleet } from "../lib/server/fleet/fleet.ts";
import { openStore, prepareFolder } from "../lib/server/store/open.ts";
import { startThread } from "../lib/server/store/thread.ts";
import { planOf } from "../lib/server/store/stretches.ts";
import { BROWSER, onStage } from "./browser.ts";
import { inFolder } from "./files.ts";
import { jsonOf } from "./messages.ts";
import { logLines } from "./server/logs.ts";

const HOUR_MS = 3_600_000;

/** Keeps two hours of a host that end half an hour ago, with a silence of ten minutes. */
async function keepTwoHours(data: string): Promise<void> {
  const { log } = logLines();
  let nowMs = Date.now() - 2.5 * HOUR_MS;
  const startedMs = nowMs;
  const fleet = new Fleet({ maxHosts: 10, historyMs: 900_000, nowMs });
  const surroundings = {
    ...{ fleet, startedMs, nowMs: () => nowMs, aheadMs: () => 0, log },
    failures: new Failures(log),
    kernelDropped: () => null,
  };
  const keepMs = { minute: 1e12, hour: 1e12 };
  const options = { path: `${data}/pulso.db`, keepMs, keepBytes: 1e12, maxHosts: 10 };
  const store = await openStore(startThread(await prepareFolder(data)), options, surroundings);
  const wanted = { fromMs: startedMs, untilMs: nowMs + 1, points: 1, leastMs: 0 };
  const plan = planOf({ ...wanted, minutesSinceMs: 0 }, []);
  let seq = 0;
  for (; nowMs < startedMs + 2 * HOUR_MS; nowMs += 30_000) {
    store.tick(nowMs);
    // What was asked before is done by then.
    await store.read([], plan);
    const sinceMs = nowMs - startedMs;
    if (sinceMs > HOUR_MS && sinceMs < HOUR_MS + 600_000) continue;
    const message = { v: 1, id: "kept", host: "kept", session: "s", seq: ++seq, interval: 30_000 };
    const cpu = { mean: 20 + seq % 60 };
    const bytes = jsonOf({ ...message, time: nowMs, cpu });
    const receipt = fleet.receive(bytes, { hostname: "192.0.2.7", port: 1 }, nowMs);
    if (receipt.accepted) store.accepted(receipt, nowMs);
  }
  await store.close();
}

Deno.test({
  name:
    "the page of a host shows what is kept, and why something is not (needs --allow-all and Chromium)",
  ignore: BROWSER === null,
  fn: () =>
    inFolder(async (folder) => {
      const data = `${folder}/data`;
      await keepTwoHours(data);
      await onStage(
        async ({ page, origin, complaints }) => {
          await page.goto(`${origin}/hosts/kept`);
          await page.click(".ranges button:text-is('6h')");
          await page.waitForFunction(() => document.body.textContent!.includes(" known;"));
          assertEquals(new URL(page.url()).search, "?range=6h");
          const shares = () => page.textContent(".past .hint[role=status]");
          assertMatch(
            (await shares())!,
            /^7[34]\.\d % known; (19|20)\.\d % server not running, 6\.\d % host silent$/,
          );
          const time = page.locator(".chart .u-legend .u-value").first();
          assert(await time.count() > 0);
          const pressed = ".ranges button[aria-pressed=true]";
          assertEquals(await page.textContent(pressed), "6h");
          await page.reload();
          await page.waitForSelector(".ranges:not([hidden])");
          assertEquals(await page.textContent(pressed), "6h", "kept in the URL");
          await page.waitForSelector(".chart .u-over");
          const box = (await page.locator(".chart .u-over").first().boundingBox())!;
          await page.mouse.move(box.x + box.width * 0.5, box.y + 20);
          await page.mouse.down();
          await page.mouse.move(box.x + box.width * 0.8, box.y + 20, { steps: 5 });
          await page.mouse.up();
          await page.waitForFunction(() => location.search.includes("from="));
          assertMatch(new URL(page.url()).search, /^\?from=\d+&to=\d+$/);
          await page.click(".ranges button:text-is('15m')");
          await page.waitForFunction(() => location.search === "");
          assertEquals(complaints, []);
        },
        {},
        ["--data", data],
      );
    }),
});

Deno.test({
  name: "the page of a host has no ranges where nothing is kept (needs --allow-all and Chromium)",
  ignore: BROWSER === null,
  fn: () =>
    onStage(async ({ page, origin, send }) => {
      await send({ id: "a", host: "a" });
      await page.goto(`${origin}/hosts/a`);
      await page.waitForSelector(".chart .u-over");
      assertEquals(await page.isHidden(".ranges"), true);
    }),
});
