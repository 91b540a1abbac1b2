/// <reference lib="dom" />
/** The grid of the fleet's page, saved views, and the wall, in a browser. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { addressOf, BROWSER } from "./browser.ts";
import { onWorld, type WorldStage } from "./page_world.ts";

function test(name: string, act: (stage: WorldStage) => Promise<void>): void {
  Deno.test({
    name: `the grid ${name} (needs --allow-all and Chromium)`,
    ignore: BROWSER === null,
    fn: () =>
      onWorld(async (stage) => {
        await act(stage);
        assertEquals(stage.complaints, []);
      }),
  });
}

/** Hosts of two roles, one of them busy. */
function sendHosts({ world }: WorldStage): void {
  for (let n = 0; n < 30; n++) {
    const name = `${n < 10 ? "db" : "web"}-${String(n).padStart(2, "0")}`;
    const mean = n === 4 ? 95 : n;
    const cpu = { mean, cores: [mean], iowait: 0, steal: 0 };
    world.send({ id: name, host: name, interval: 60_000, cpu, tags: { role: name.split("-")[0] } });
  }
}

/** The colour in the middle of a cell, less its number. */
function colorAt({ page }: WorldStage, index: number): Promise<string> {
  return page.evaluate((index) => {
    const canvas = document.querySelector<HTMLCanvasElement>(".map canvas")!;
    const context = canvas.getContext("2d")!;
    const [red, green, blue] = context.getImageData(4 + 38 * index, 4, 1, 1).data;
    return `${red} ${green} ${blue}`;
  }, index);
}

test("has a cell for each host, and can be used by the keyboard alone", async (stage) => {
  const { page, origin } = stage;
  sendHosts(stage);
  await page.goto(`${origin}/?q=db`);
  await page.waitForSelector(".body .row:not([hidden])");
  await page.keyboard.press("2");
  await page.waitForURL(`${origin}/grid?q=db`);
  await page.waitForFunction(() =>
    document.querySelector(".count")?.textContent === "10 of 30 hosts"
  );
  const colors = await Promise.all([0, 3, 4].map((index) => colorAt(stage, index)));
  assertEquals(colors[0], colors[1]);
  assertEquals(colors[2], "194 43 56");
  for (const key of ["j", "l", "l", "l", "l"]) await page.keyboard.press(key);
  await page.waitForSelector(".card >> text=db-04");
  await page.waitForSelector(".card .number >> text=95%");
  assertMatch((await page.textContent(".map .spoken"))!, /^db-04, live, CPU 95%/);
  await page.keyboard.press("Enter");
  await page.waitForURL(`${origin}/hosts/db-04`);
  await page.goBack();
  await page.waitForSelector(".map canvas");
  // The table is its twin: what the grid shows, it lists.
  await page.keyboard.press("1");
  await page.waitForURL(`${origin}/?q=db`);
  assertEquals(await page.textContent(".count"), "10 of 30 hosts");
});

test("names what is pointed at, groups by a tag, and keeps what it shows in its URL", async (stage) => {
  const { page, origin } = stage;
  sendHosts(stage);
  await page.goto(`${origin}/grid?group=role`);
  await page.waitForSelector(".map .names p:nth-child(2)");
  assertEquals(await page.$$eval(".map .names b", (all) => all.map((node) => node.textContent)), [
    ...["role=db", "role=web"],
  ]);
  const { x, y } = (await page.locator(".map canvas").boundingBox())!;
  await page.mouse.move(x + 176 + 38 * 4 + 10, y + 10);
  await page.waitForSelector(".card >> text=role=db");
  assertEquals(await page.textContent(".card b"), "db-04");
  await page.selectOption("select[aria-label='Colour by']", "memory");
  await page.waitForURL(/cells=memory/);
  assertEquals((await addressOf(page)).search, "?group=role&cells=memory");
  await page.fill("#filter", "role:xx");
  await page.waitForSelector(".no-match:not([hidden])");
  await page.keyboard.press("Escape");
  await page.waitForSelector(".map:not([hidden])");
});

test("and the table are saved as views, through which the wall goes", async (stage) => {
  const { page, origin } = stage;
  sendHosts(stage);
  await page.goto(`${origin}/grid?q=role%3Adb`);
  await page.waitForSelector(".map canvas");
  await page.keyboard.press("v");
  assertEquals(await page.inputValue(".views input"), "role:db");
  await page.fill(".views input", "Databases");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".views li a >> text=Databases");
  await page.goto(origin);
  await page.keyboard.press("v");
  await page.fill(".views input", "All of <b>them</b>");
  await page.keyboard.press("Enter");
  await page.click(".views li a >> text=Databases");
  await page.waitForURL(`${origin}/grid?q=role%3Adb`);
  await page.clock.install();
  await page.goto(`${origin}/?wall=60`);
  await page.waitForSelector(".view-name >> text=Databases");
  assertEquals(await page.textContent(".view-head .count"), "10 of 30 hosts");
  // Nothing can be pressed there.
  assert(await page.$eval(".map", (map) => (map as HTMLElement).inert));
  assertEquals(await page.locator("[data-wall] .tabs, [data-wall] #filter").count(), 0);
  await page.clock.runFor(60_000);
  await page.waitForSelector(".view-name >> text=All of <b>them</b>");
  assertEquals(await page.textContent(".view-head .count"), "30 hosts");
  await page.clock.runFor(60_000);
  await page.waitForSelector(".view-name >> text=Databases");
  await page.goto(origin);
  await page.waitForSelector(".body .row:not([hidden])");
  await page.keyboard.press("v");
  await page.click(".views li:has-text('Databases') button");
  await page.waitForSelector(".views li a >> text=All of");
  assertEquals(await page.locator(".views li").count(), 1);
});
