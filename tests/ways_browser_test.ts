/// <reference lib="dom" />
/** The page of ways by tag and site, in a browser. */
import { assertEquals, assertMatch } from "@std/assert";
import { encodeMessage } from "../lib/message/encode.ts";
import { addressOf, BROWSER } from "./browser.ts";
import { onWorld, sendByTwoWays, type WorldStage } from "./page_world.ts";
import { START_MS } from "./server/web/fakes.ts";

function test(name: string, act: (stage: WorldStage) => Promise<void>): void {
  Deno.test({
    name: `the page of ways ${name} (needs --allow-all and Chromium)`,
    ignore: BROWSER === null,
    fn: () =>
      onWorld(async (stage) => {
        await act(stage);
        assertEquals(stage.complaints, []);
      }),
  });
}

/** The time of day of a moment, as the page says it. */
function timeAt(page: WorldStage["page"], ms: number): Promise<string> {
  return page.evaluate((ms) => {
    const said = { hour: "2-digit", minute: "2-digit", hour12: false } as const;
    return new Date(ms).toLocaleTimeString([], said);
  }, ms);
}

/** The texts of a table's rows, cell by cell. */
function rowsOf({ page }: WorldStage): Promise<string[][]> {
  return page.$$eval(
    ".matrix [data-value]",
    (rows) =>
      rows.map((row) =>
        Array.from(
          row.children,
          (cell) => (cell as HTMLElement).innerText.replace(/\s+/g, " ").trim(),
        )
      ),
  );
}

test("is there as soon as there are several, and leads to the hosts of a group", async (stage) => {
  const { page, origin, world } = stage;
  world.send({ id: "old", host: "old", interval: 60_000 });
  await page.goto(origin);
  await page.waitForSelector(".body .row:not([hidden])");
  const tab = page.locator(".tabs a >> text=Ways");
  assertEquals(await tab.isVisible(), false);
  await page.keyboard.press("4");
  assertEquals((await addressOf(page)).href, `${origin}/`);
  await page.goto(`${origin}/ways`);
  await page.waitForSelector("main >> text=All datagrams come by one way");
  assertEquals(await page.locator(".matrix").isVisible(), false);
  await page.keyboard.press("Escape");
  await page.waitForURL(`${origin}/`);
  sendByTwoWays(world);
  await tab.waitFor();
  await page.keyboard.press("4");
  await page.waitForURL(`${origin}/ways`);
  await page.waitForSelector(".matrix [data-level=critical]");
  const rows = await rowsOf(stage);
  assertEquals(rows.map(([name, hosts]) => `${name} ${hosts}`), [
    ...["ams 4", "fra 3", "iad 3", "iad edge 2", "nrt 4", "no site 2"],
  ]);
  assertEquals(rows[4]!.slice(2), [
    ...["0.10% 0.0 ms", "▲ 6.40% 26 ms", "0.10%", "lost on the way to fra only: that way"],
  ]);
  assertEquals(rows[5]!.slice(2), [
    ...["unknown", "unknown", "unknown", "no sequence numbers: loss cannot be known"],
  ]);
  assertEquals(await page.$$eval(".ways .queue li", (all) => all.map((li) => li.textContent)), [
    "▲nrtlost on the way to fra only: that way6.40%",
    "△iad edgelost everywhere: the hosts or their uplink1.20%",
  ]);
  await page.keyboard.press("g");
  await page.waitForURL(`${origin}/ways?group=`);
  await page.waitForSelector(".matrix >> text=all hosts");
  await page.keyboard.press("g");
  await page.waitForURL(`${origin}/ways?group=role`);
  await page.waitForSelector(".matrix >> text=no role");
  await page.selectOption("select[aria-label='Group by']", "site");
  await page.waitForURL(`${origin}/ways?group=site`);
  await page.click(".matrix a >> text=iad edge");
  await page.waitForURL(`${origin}/?q=site%3A%22iad+edge%22`);
  await page.waitForFunction(() =>
    document.querySelector(".count")?.textContent === "2 of 18 hosts"
  );
});

test("sums up longer ranges, and has a day of each way as a strip that is read out", async (stage) => {
  const { page, origin, world } = stage;
  sendByTwoWays(world);
  await (await fetch(`${origin}/api/ways?range=15m`)).json();
  world.nowMs += 2 * 3_600_000;
  await page.goto(`${origin}/ways?range=6h`);
  const worst = async () => (await rowsOf(stage))[4]![3];
  await page.waitForSelector(".strip svg");
  assertEquals(await page.textContent(".ranges [aria-pressed=true]"), "6h");
  // It began two hours ago.
  const since = `since ${await timeAt(page, START_MS)}`;
  assertEquals(await page.textContent(".toolbar .hint"), `share lost ${since}, and delay`);
  assertEquals(
    await page.textContent(".days h2"),
    `Each way ${since}, share lost in 10 minutes`,
  );
  assertEquals(await worst(), "▲ 6.40% 26 ms");
  const strip = page.locator(".strip", { has: page.locator("svg[aria-label^='nrt to fra']") });
  assertEquals(await page.locator(".strip svg").count(), 10);
  assertEquals(await strip.locator("b").textContent(), "6.40%");
  assertEquals(
    await strip.locator("path[data-level=critical]").getAttribute("d"),
    "M131 0h1v14h-1z",
  );
  // Of what was before nothing is drawn; what came since without a datagram is a line.
  assertMatch((await strip.locator("path[data-level=unknown]").getAttribute("d"))!, /^M132 /);
  const { x, y, width, height } = (await strip.locator("svg").boundingBox())!;
  await page.mouse.move(x + width * 131.5 / 144, y + height / 2);
  const partMs = Math.floor(START_MS / 600_000) * 600_000;
  assertEquals(await strip.locator("b").textContent(), `${await timeAt(page, partMs)} 6.40%`);
  await page.mouse.move(x + width * 130.5 / 144, y + height / 2);
  const before = `${await timeAt(page, partMs - 600_000)} unknown`;
  assertEquals(await strip.locator("b").textContent(), before);
  await page.mouse.move(0, 0);
  assertEquals(await strip.locator("b").textContent(), "6.40%");
  await page.keyboard.press("[");
  await page.waitForURL(`${origin}/ways?range=1h`);
  await page.waitForSelector(".hint >> text=in the last hour");
  await page.waitForSelector(".matrix [data-value=nrt] [data-level=unknown]");
  await page.click(".ranges >> text=24h");
  await page.waitForURL(`${origin}/ways?range=24h`);
  await page.waitForSelector(".matrix [data-level=critical]");
});

test("shows the worst of many groups in their places, and whatever they are called", async (stage) => {
  const { page, origin, world } = stage;
  const { fleet, nowMs } = world;
  const sites = [fleet.siteOf("ams"), fleet.siteOf("<b>fra</b>")];
  for (let n = 0; n < 20; n++) {
    const rack = n === 7 ? 'a "b" <i>' : `rack-${String(n).padStart(2, "0")}`;
    for (let seq = 1; seq <= 100; seq++) {
      const said = { host: `h-${n}`, id: `h-${n}`, session: "s", seq, time: nowMs + seq };
      const bytes = encodeMessage({ v: 1, ...said, interval: 5_000, tags: { rack } });
      const sender = { hostname: "192.0.2.7", port: 40_000 };
      for (const [at, site] of sites.entries()) {
        // The later a rack, the more is lost by the second way.
        const isLost = at === 1 && seq > 1 && seq <= n && n !== 7;
        if (!isLost) fleet.receive(bytes, sender, nowMs + seq, site);
      }
    }
  }
  await page.goto(`${origin}/ways`);
  await page.waitForSelector(".matrix [data-level=critical]");
  const names = async () => (await rowsOf(stage)).map(([name]) => name);
  const later = Array.from({ length: 12 }, (_, n) => `rack-${String(n + 8).padStart(2, "0")}`);
  assertEquals(await names(), later);
  assertEquals(await page.textContent(".ways > .more"), "8 more");
  assertEquals(await page.textContent(".ways .total"), "17");
  assertEquals(await page.locator(".ways .queue li").count(), 6);
  await page.click(".ways > .more");
  assertEquals((await names()).slice(0, 2), ['a "b" <i>', "rack-00"]);
  await page.focus(".matrix a >> text=rack-03");
  world.nowMs += 10_000;
  fleet.forget(fleet.host("h-0")!);
  await page.waitForSelector(".matrix >> text=rack-00", { state: "detached" });
  assertEquals(await page.evaluate(() => document.activeElement?.textContent), "rack-03");
  await page.click('.matrix a >> text=a "b"');
  await page.waitForURL((url) => url.searchParams.get("group") === "rack");
  await page.waitForSelector(".body .row:not([data-group]):not([hidden]) >> text=h-7");
  assertEquals(await page.locator(".body .row:not([data-group]):not([hidden])").count(), 1);
});

test("of a view that is behind, or has a silent site, and all other pages say so", async (stage) => {
  const { page, origin, world } = stage;
  sendByTwoWays(world);
  const follow = (behindMs: number, silentMs: number | null) => {
    const sites = [{ site: "fra", skewMs: 0, silentMs, omitted: 0 }];
    const view = {
      behindMs,
      pending: 3,
      missed: 0,
      refused: 0,
      misdated: 0,
      notifies: null,
      sharing: 0,
      sites,
    };
    world.bus = { bus: "nats://a.example", site: null, view: { failure: null, ...view } };
  };
  for (const path of ["/hosts/nrt-1", "/", "/grid", "/ways", "/compare", "/?wall"]) {
    follow(12_000, null);
    await page.goto(origin + path);
    // A host's page is told of the fleet once a second.
    if (path.startsWith("/hosts")) await page.waitForSelector(".host:not([hidden])");
    world.nowMs += 1_000;
    await page.waitForSelector("#behind:has-text('This view')");
    assertEquals(await page.textContent("#behind"), "◐ This view is behind by 12s", path);
  }
  follow(0, 40_000);
  await page.waitForSelector("#behind:has-text('Site fra has been silent for 40s')");
  follow(0, 41_000);
  await page.waitForSelector("#behind:has-text('41s')");
  follow(0, null);
  await page.waitForFunction(() => document.querySelector("#behind")!.textContent === "");
});
