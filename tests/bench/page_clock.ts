/// <reference lib="dom" />
/**
 * Times what a page does by its own clock. A driver beside it learns later what is on the screen, by
 * some 80 to 130 ms here: it looks into the page again and again, on the same cores.
 */
import type { Page } from "playwright-core";

/** Seldom enough to cost the page nothing. */
const POLLING_MS = 100;

/** What a clock leaves in its page, in milliseconds since the address was asked for. */
interface Clock {
  beginMs: number;
  doneMs: number | null;
}

/**
 * Milliseconds from an address to a table that does as it is told: its hosts are counted and on the screen,
 * it is told to sort by load as soon as they are, and a frame shows the highest in its first row.
 *
 * @param count what the page says of how many hosts there are
 * @param highest the least that the first row has then, in percent
 */
export async function usableMs(
  page: Page,
  address: string,
  count: RegExp,
  highest: number,
): Promise<number> {
  await page.addInitScript(({ count, highest }) => {
    const clock: Clock = { beginMs: 0, doneMs: null };
    let isTold = false;
    const look = () => {
      const first = document.querySelector(".body .row[aria-rowindex='2']");
      if (!isTold) {
        isTold = new RegExp(count).test(document.querySelector(".count")?.textContent ?? "") &&
          first?.checkVisibility({ visibilityProperty: true }) === true;
        if (isTold) document.querySelector<HTMLElement>(".head .cpu button")!.click();
      } else if (parseFloat(first?.querySelector(".cpu .number")?.textContent ?? "") >= highest) {
        // The frame before this one has it.
        clock.doneMs = performance.now();
        return;
      }
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
    Object.assign(globalThis, { clock });
  }, { count: count.source, highest });
  await page.goto(address);
  return await readClock(page);
}

/**
 * Makes every address that the page opens from now on tell when its charts of a past were drawn: the answer
 * was there, they were painted after it, and a frame went by in which nothing was painted.
 */
export async function addChartClock(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const clock: Clock = { beginMs: 0, doneMs: null };
    let [answeredMs, paintedMs, frameMs] = [Infinity, -Infinity, 0];
    const { json } = Response.prototype;
    Response.prototype.json = async function () {
      const answer = await json.call(this);
      if (/history.*&points=/.test(this.url)) answeredMs = performance.now();
      return answer;
    };
    const { clearRect } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.clearRect = function (...area) {
      paintedMs = performance.now();
      clearRect.apply(this, area);
    };
    const look = () => {
      const isPainted = paintedMs >= answeredMs && paintedMs < frameMs;
      if (isPainted) clock.doneMs ??= performance.now();
      frameMs = performance.now();
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
    const begin = () => {
      [answeredMs, paintedMs] = [Infinity, -Infinity];
      Object.assign(clock, { beginMs: performance.now(), doneMs: null });
    };
    Object.assign(globalThis, { clock, begin });
  });
}

/** Milliseconds from the choice of a range, as its button names it, to such charts. */
export async function chosenMs(page: Page, range: string): Promise<number> {
  await page.evaluate((range) => {
    const buttons = document.querySelectorAll<HTMLElement>(".ranges button");
    const button = Array.from(buttons).find(({ textContent }) => textContent === range);
    (globalThis as unknown as { begin: () => void }).begin();
    button!.click();
  }, range);
  return await readClock(page);
}

/** Waits until a clock of the page has stopped. */
export async function readClock(page: Page): Promise<number> {
  const read = await page.waitForFunction(
    () => {
      const { clock } = globalThis as unknown as { clock: Clock };
      return clock.doneMs !== null && { ms: clock.doneMs - clock.beginMs };
    },
    undefined,
    { polling: POLLING_MS },
  );
  return (await read.jsonValue() as { ms: number }).ms;
}
