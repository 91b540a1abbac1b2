/// <reference lib="dom" />
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Page } from "playwright-core";
import { BROWSER, onStage, type Stage } from "./browser.ts";

/** Far more than the six connections that a browser opens to a server. */
const TABS = 20;

function test(name: string, act: (stage: Stage) => Promise<void>): void {
  Deno.test({
    name: `tabs ${name} (needs --allow-all and Chromium)`,
    ignore: BROWSER === null,
    fn: () => onStage(act),
  });
}

const cpu = (mean: number) => ({ mean, cores: [mean], iowait: 0, steal: 0 });

/** As many tabs as there are URLs, opened one after the other; to a browser without windows all are visible. */
async function openAll({ page }: Stage, urls: readonly string[]): Promise<Page[]> {
  const pages: Page[] = [];
  for (const url of urls) {
    const tab = await page.context().newPage();
    await tab.goto(url);
    await tab.waitForSelector(".body .row:not([hidden]), .chart canvas");
    pages.push(tab);
  }
  return pages;
}

test("of the fleet all load and are live, and other requests beside them", async (stage) => {
  const { origin, send } = stage;
  await send({ id: "host-a", host: "a", cpu: cpu(11) });
  const tabs = await openAll(stage, Array(TABS).fill(origin));
  await send({ id: "host-a", host: "a", seq: 123_457, cpu: cpu(77) });
  for (const tab of tabs) await tab.waitForSelector(".body .cpu >> text=77%");
  const names = await tabs[0]!.evaluate(async () => {
    const { rows } = await (await fetch("/api/fleet")).json();
    return rows.map(({ name }: { name: string }) => name);
  });
  assertEquals(names, ["a"]);
});

test("of as many hosts all load and are live", async (stage) => {
  const { origin, send } = stage;
  const ids = Array.from({ length: TABS }, (_, n) => `host-${n}`);
  for (const id of ids) await send({ id, host: id, cpu: cpu(11) });
  const tabs = await openAll(stage, ids.map((id) => `${origin}/hosts/${id}`));
  for (const id of ids) await send({ id, host: id, seq: 123_457, cpu: cpu(77) });
  for (const tab of tabs) await tab.waitForSelector(".now >> text=77%");
});

/** Lets a test say whether the page is looked at. */
async function hide(page: Page, isHidden: boolean): Promise<void> {
  await page.evaluate((state) => {
    Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, isHidden ? "hidden" : "visible");
}

test("that are hidden say in title and icon who is missing, and catch up when looked at", async (stage) => {
  const { page, origin, send, complaints } = stage;
  await send({ id: "host-a", host: "a", interval: 60_000, cpu: cpu(11) });
  await send({ id: "host-b", host: "b", interval: 60_000, cpu: cpu(11) });
  await page.goto(origin);
  await page.waitForSelector(".body .row:not([hidden])");
  const icon = () => page.$eval("link[rel=icon]", (link) => (link as HTMLLinkElement).href);
  const plain = await icon();
  assertMatch(plain, /\/icon\.svg$/);
  await hide(page, true);
  await send({ id: "host-a", host: "a", seq: 123_457, interval: 100, cpu: cpu(13) });
  await page.waitForFunction(() => document.title === "✗1 · Pulso");
  assert((await icon()).startsWith("data:image/svg+xml,"));
  await send({ id: "host-b", host: "b", seq: 123_457, cpu: cpu(77) });
  await send({ id: "host-a", host: "a", seq: 123_458, interval: 60_000, cpu: cpu(12) });
  await page.waitForFunction(() => document.title === "Pulso");
  assertEquals(await page.textContent(".body .cpu .number"), "11%");
  await hide(page, false);
  await page.waitForSelector(".body .cpu >> text=77%");
  assertEquals([await icon(), complaints], [plain, []]);
});

test("that were never looked at draw no row and no chart, and tell of who is missing", async (stage) => {
  const { page, origin, send } = stage;
  await page.addInitScript(() => {
    Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
  });
  await send({ id: "host-a", host: "a", interval: 100, cpu: cpu(11) });
  for (
    const [path, name, shown] of [["", "Pulso", ".body .row"], [
      "/hosts/host-a",
      "a – Pulso",
      ".chart canvas",
    ]]
  ) {
    await page.goto(origin + path);
    await page.waitForFunction(() => document.title.startsWith("✗1 · "));
    assertEquals(await page.locator(shown!).count(), 0);
    await hide(page, false);
    await page.waitForSelector(shown!);
    await page.waitForFunction((title) => document.title === title, `✗1 · ${name}`);
  }
});

test("load the page's files once for all, and ask again for nothing but the page", async (stage) => {
  const { origin, send } = stage;
  await send({ id: "host-a", host: "a", cpu: cpu(11) });
  const [first, second] = await openAll(stage, [origin, origin]);
  const sizes = (tab: Page) =>
    tab.evaluate(() =>
      performance.getEntriesByType("resource").map((entry) => entry as PerformanceResourceTiming)
        .filter(({ name }) => /\.(js|css)$/.test(name))
        .map(({ name, transferSize }) => [name.split("/").at(-1)!, transferSize > 0] as const)
    );
  const all = (isLoaded: boolean) =>
    Object.fromEntries(["page.css", "page.js", "theme.js"].map((name) => [name, isLoaded]));
  assertEquals(Object.fromEntries(await sizes(first!)), all(true));
  assertEquals(Object.fromEntries(await sizes(second!)), all(false));
});

test("without a shared worker give their streams up while they are hidden", async (stage) => {
  const { page, origin, send } = stage;
  await page.addInitScript(() => Reflect.deleteProperty(globalThis, "SharedWorker"));
  const open = new Set<string>();
  page.on("request", (request) => request.url().includes("/stream") && open.add(request.url()));
  for (const end of ["requestfinished", "requestfailed"] as const) {
    page.on(end as "requestfailed", (request) => open.delete(request.url()));
  }
  await send({ id: "host-a", host: "a", cpu: cpu(11) });
  await page.goto(origin);
  await page.waitForSelector(".body .cpu >> text=11%");
  assertEquals(open.size, 1);
  const ended = page.waitForEvent("requestfailed", (request) => request.url().includes("/stream"));
  await hide(page, true);
  await ended;
  assertEquals(open.size, 0);
  await send({ id: "host-a", host: "a", seq: 123_457, cpu: cpu(77) });
  await hide(page, false);
  await page.waitForSelector(".body .cpu >> text=77%");
});
