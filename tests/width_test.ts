/// <reference lib="dom" />
import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { BROWSER, onStage, resize, type Stage } from "./browser.ts";

const FONTS = ["DejaVu Sans", "Inter", "Liberation Sans"];
const WIDTHS = [320, 365, 390, 700, 701, 1160, 1240, 1431, 1440, 1521, 1561, 1761, 2560];
const GIB = 2 ** 30;

/** Hosts with the widest values that there are, and with the least. */
async function sendWide({ send }: Stage): Promise<void> {
  const cores = Array(64).fill(100);
  const volume = { mount: "/", total: 999 * GIB, used: 999 * GIB, free: 0 };
  const device = { name: "enp0s31f6", rx: 999 * 2 ** 20, tx: 1023 * 2 ** 20 };
  for (const [n, lost] of [0, 123_456_789, 4_294_967_295, Number.MAX_SAFE_INTEGER].entries()) {
    const bytes = [999 * 2 ** 20, 931 * GIB, 999 * GIB, 0][n]!;
    await send({
      ...{ id: `host-${n}`, host: `web-${n}`, interval: 60_000 },
      cpu: { mean: 100, cores, iowait: 100, steal: 100 },
      memory: {
        ...{ total: bytes, used: bytes, free: 0, available: 0 },
        ...{ swapTotal: bytes, swapUsed: bytes },
      },
      disk: { read: 1023 * 2 ** 20, write: 999 * 2 ** 20, volumes: [volume] },
      network: { interfaces: [{ ...device, rxLost: lost, txLost: 0 }] },
    });
  }
}

/** Numbers and titles of which a part is not to be seen: cut by their cell, or written over what stands beside. */
function cutNumbers(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const cells = ".age, .read, .write, .receive, .send, .interfaceLost, .datagramsLost";
    const numbers = document.querySelectorAll<HTMLElement>(
      `.body .row:not([hidden]) :is(${cells}), .head .cell > *, .host td, .number`,
    );
    return [...numbers].filter((node) => node.checkVisibility() && /\w/.test(node.textContent!))
      .filter((node) => {
        const range = document.createRange();
        range.selectNodeContents(node);
        const text = range.getBoundingClientRect();
        const cell = node.closest(".cell") ?? node;
        const box = cell.getBoundingClientRect();
        return text.left < box.left - 0.5 || text.right > box.right + 0.5 ||
          node.scrollWidth > node.clientWidth && getComputedStyle(node).display !== "inline";
      })
      .map((node) => `${node.className || node.tagName}: ${node.textContent}`);
  });
}

/** Looks at the page in each width and font. */
async function inAllWidths(page: Page, look: (where: string) => Promise<void>): Promise<void> {
  for (const font of FONTS) {
    await page.evaluate((font) => document.documentElement.style.fontFamily = font, font);
    for (const width of WIDTHS) {
      await resize(page, { width, height: 800 });
      await page.evaluate(() => new Promise(requestAnimationFrame));
      await look(`${font} ${width}`);
    }
  }
}

Deno.test({
  name:
    "the table is no wider than the page, in any width and font (needs --allow-all and Chromium)",
  ignore: BROWSER === null,
  fn: () =>
    onStage(async ({ page, origin, send }) => {
      for (const host of ["api-01", "db-02"]) await send({ id: `host-${host}`, host });
      await page.goto(origin);
      await page.waitForSelector(".body .row:not([hidden])");
      const wide: string[] = [];
      await inAllWidths(page, async (where) => {
        const excess = await page.$eval(".grid", (grid) => {
          const row = grid.querySelector<HTMLElement>(".body .row")!;
          const padding = Number.parseFloat(getComputedStyle(row).paddingRight);
          const ends = [...row.children].map((cell) => cell.getBoundingClientRect().right);
          return Math.floor(Math.max(...ends) + padding - grid.clientWidth);
        });
        if (excess > 0) wide.push(`${where}: by ${excess} px`);
      });
      assertEquals(wide, []);
    }),
});

Deno.test({
  name:
    "the page cuts no number and no title of a column, in any width and font (needs --allow-all and Chromium)",
  ignore: BROWSER === null,
  fn: () =>
    onStage(async (stage) => {
      const { page, origin } = stage;
      await sendWide(stage);
      for (const path of ["", "/compare", "/hosts/host-2"]) {
        await page.goto(origin + path);
        await page.waitForSelector(".body .row:not([hidden]), .chart canvas");
        await inAllWidths(
          page,
          async (where) => assertEquals(await cutNumbers(page), [], `${path} ${where}`),
        );
      }
      assert(await page.locator(".now td >> text=4,294,967,295").isVisible());
    }),
});
