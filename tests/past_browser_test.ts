/// <reference lib="dom" />
/** The ranges of a host's page and the comparison of several, from a file that a server before has kept. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { Failures } from "../lib/server/parts.ts";
import { Fleet } from "../lib/server/fleet/fleet.ts";
import { UNKNOWN_DROPS } from "../lib/server/sources/kernel_drops.ts";
import { openStore, prepareFolder } from "../lib/server/store/open.ts";
import { startThread } from "../lib/server/store/thread.ts";
import { planOf } from "../lib/server/store/stretches.ts";
import { addressOf, BROWSER, onStage, resize, type Stage, type View } from "./browser.ts";
import { inFolder } from "./files.ts";
import { jsonOf } from "./messages.ts";
import { logLines } from "./server/logs.ts";

const HOUR_MS = 3_600_000;

/** Keeps two hours of three hosts that end half an hour ago; of one with a silence of ten minutes. */
async function keepTwoHours(data: string): Promise<void> {
  const { log } = logLines();
  let nowMs = Date.now() - 2.5 * HOUR_MS;
  const startedMs = nowMs;
  const fleet = new Fleet({ maxHosts: 10, historyMs: 900_000, nowMs });
  const surroundings = {
    ...{ fleet, startedMs, nowMs: () => nowMs, aheadMs: () => 0, log },
    failures: new Failures(log),
    kernelDrops: UNKNOWN_DROPS,
  };
  const keepMs = { minute: 1e12, hour: 1e12 };
  const options = { path: `${data}/pulso.db`, keepMs, keepBytes: 1e12, maxHosts: 10 };
  const store = await openStore(startThread(await prepareFolder(data)), options, surroundings);
  const wanted = { fromMs: startedMs, untilMs: nowMs + 1, points: 1, leastMs: 0 };
  const plan = planOf({ ...wanted, minutesSinceMs: 0 }, []);
  const hosts = [
    { id: "kept", base: 20, role: "web" },
    { id: "calm", base: 5, role: "db" },
    { id: "busy", base: 35, role: "db" },
  ];
  let seq = 0;
  for (; nowMs < startedMs + 2 * HOUR_MS; nowMs += 30_000) {
    store.tick(nowMs);
    // What was asked before is done by then.
    await store.read([], plan);
    const sinceMs = nowMs - startedMs;
    seq++;
    for (const { id, base, role } of hosts) {
      const isSilent = id === "kept" && sinceMs > HOUR_MS && sinceMs < HOUR_MS + 600_000;
      if (isSilent) continue;
      const message = { v: 1, id, host: id, session: `s${isLate(id, sinceMs)}`, interval: 30_000 };
      const cpu = { mean: base + seq % 60 };
      const bytes = jsonOf({ ...message, seq, time: nowMs, tags: { role }, cpu });
      const receipt = fleet.receive(bytes, { hostname: "192.0.2.7", port: 1 }, nowMs);
      if (receipt.accepted) store.accepted(receipt, nowMs);
    }
  }
  await store.close();
}

/** A new session after the silence: no number is missing, as its agent did not run. */
function isLate(id: string, sinceMs: number): boolean {
  return id === "kept" && sinceMs > HOUR_MS;
}

/** A test on a server that has kept two hours. */
function test(name: string, act: (stage: Stage) => Promise<void>, view: View = {}): void {
  Deno.test({
    name: `${name} (needs --allow-all and Chromium)`,
    ignore: BROWSER === null,
    fn: () =>
      inFolder(async (folder) => {
        const data = `${folder}/data`;
        await keepTwoHours(data);
        await onStage(
          async (stage) => {
            await act(stage);
            assertEquals(stage.complaints, []);
          },
          view,
          ["--data", data],
        );
      }),
  });
}

/** Moves the pointer over the first chart until that says what is expected there. */
async function expectAt({ page }: Stage, share: number, expected: RegExp): Promise<void> {
  const over = page.locator(".chart .u-over").first();
  const { x, y, width } = (await over.boundingBox())!;
  await page.mouse.move(x + width * share, y + 20);
  await page.waitForFunction(
    ({ source }) => {
      const readout = document.querySelector(".chart .readout:not([hidden])");
      return new RegExp(source).test(readout?.textContent ?? "");
    },
    { source: expected.source },
    { timeout: 5_000 },
  );
}

/** Drags over a part of the first chart. */
async function drag({ page }: Stage, from: number, to: number): Promise<void> {
  const { x, y, width } = (await page.locator(".chart .u-over").first().boundingBox())!;
  await page.mouse.move(x + width * from, y + 20);
  await page.mouse.down();
  await page.mouse.move(x + width * to, y + 20, { steps: 5 });
  await page.mouse.up();
}

const searchOf = async ({ page }: Stage) => (await addressOf(page)).search;

test("the page of a host shows what is kept, and why something is not", async (stage) => {
  const { page, origin } = stage;
  await page.goto(`${origin}/hosts/kept`);
  await page.click(".ranges button:text-is('6h')");
  // The range before, of 15 minutes, knew of no silence.
  await page.waitForFunction(() =>
    document.querySelector(".shares [role=status]")!.textContent!.endsWith("host silent")
  );
  assertEquals(await searchOf(stage), "?range=6h");
  assertMatch((await page.textContent(".shares .hint"))!, /^drag to zoom/);
  assertMatch(
    (await page.textContent(".shares [role=status]"))!,
    // It depends on where in a minute the server began.
    /^7[34]\.\d% known; (19|20)\.\d% server not running, (5\.[6-9]|6\.\d)% host silent$/,
  );
  await page.waitForSelector(".chart .u-over");
  // Two and a half hours of six; the silence is from one hour to one hour and ten minutes.
  await expectAt(stage, (3.5 + 1.08) / 6, /^CPU host silent$/);
  await expectAt(stage, (3.5 + 2.25) / 6, /^CPU server not running$/);
  await expectAt(stage, (3.5 + 0.5) / 6, /^CPU \d+% \(\d+%–\d+%\)$/);
  const pressed = ".ranges button[aria-pressed=true]";
  assertEquals(await page.textContent(pressed), "6h");
  await page.reload();
  await page.waitForSelector(".ranges:not([hidden])");
  assertEquals(await page.textContent(pressed), "6h", "kept in the URL");
});

test("a range is asked for while nothing of the host has come yet", async ({ page, origin }) => {
  // No stream is ever opened.
  await page.addInitScript(() => {
    Reflect.deleteProperty(globalThis, "SharedWorker");
    Object.assign(globalThis, { EventSource: EventTarget });
  });
  const asked = page.waitForRequest((request) => request.url().includes("span=2592000000"));
  await page.goto(`${origin}/hosts/kept?range=30d`);
  await asked;
});

/** How long the stretches are of the answer that an act brings about. */
async function stepAfter({ page }: Stage, act: () => Promise<unknown>): Promise<number> {
  const [response] = await Promise.all([
    page.waitForResponse((response) => /history.*&points=/.test(response.url())),
    act(),
  ]);
  return (await response.json()).stepMs;
}

test("a drag over a chart loads what is finer, and a double click goes back", async (stage) => {
  const { page, origin } = stage;
  const coarse = await stepAfter(stage, () => page.goto(`${origin}/hosts/kept?range=30d`));
  assertEquals(coarse, 2 * HOUR_MS);
  await page.waitForSelector(".chart .u-over");
  assertEquals(await stepAfter(stage, () => drag(stage, 0.99, 0.999)), 60_000);
  assertMatch(await searchOf(stage), /^\?from=\d+&to=\d+$/);
  const over = page.locator(".chart .u-over").first();
  assertEquals(await stepAfter(stage, () => over.dblclick({ position: { x: 99, y: 20 } })), coarse);
  assertEquals(await searchOf(stage), "?range=30d");
});

test("keys choose a longer range, an earlier one, and the recent past again", async (stage) => {
  const { page, origin } = stage;
  await page.goto(`${origin}/hosts/kept`);
  await page.waitForSelector(".chart .u-over");
  await page.keyboard.press("]");
  assertEquals(await searchOf(stage), "?range=1h");
  await page.keyboard.press("]");
  assertEquals(await searchOf(stage), "?range=6h");
  await page.keyboard.press("ArrowLeft");
  const { from, to } = Object.fromEntries((await addressOf(page)).searchParams);
  assertEquals(Number(to) - Number(from), 6 * HOUR_MS);
  assert(Number(to) < Date.now() - 2.9 * HOUR_MS, to);
  await page.keyboard.press("ArrowRight");
  assertEquals(await searchOf(stage), "?range=6h");
  for (const _ of "123") await page.keyboard.press("[");
  assertEquals(await searchOf(stage), "");
  for (const key of ["Control+1", "Alt+3", "Control+Escape"]) await page.keyboard.press(key);
  assertEquals((await addressOf(page)).pathname, "/hosts/kept", "those are the browser's");
});

test("what is kept and the samples join without a seam", async (stage) => {
  const { page, origin, send } = stage;
  await page.goto(`${origin}/hosts/kept`);
  await page.waitForFunction(() => document.body.textContent!.includes(" known;"));
  // Of the last fifteen minutes the server was not running, and the host has not been heard since.
  await expectAt(stage, 0.5, /^CPU server not running$/);
  const message = { id: "kept", host: "kept", session: "n", seq: 1, interval: 30_000 };
  await send({ ...message, time: Date.now() });
  await page.waitForSelector(".host[data-status=live]");
  await expectAt(stage, 0.5, /^CPU server not running$/);
  await expectAt(stage, 0.999, /^CPU \d+%$/);
});

test("several hosts are compared: lines, figures, causes, keys, and all of it in the URL", async (stage) => {
  const { page, origin } = stage;
  await page.goto(`${origin}/compare?range=6h`);
  await page.waitForSelector(".chart.overlay .u-over");
  assertEquals(await searchOf(stage), "?range=6h");
  const names = () => page.$$eval(".figures-of tbody a", (all) => all.map((a) => a.textContent));
  assertEquals(await names(), ["busy", "kept", "calm"]);
  assertEquals(
    await page.$$eval(".chart:not(.overlay) figcaption", (all) => all.map((a) => a.textContent)),
    ["busy", "kept", "calm"],
  );
  await expectAt(stage, (3.5 + 1.08) / 6, /^busy \d+%calm \d+%kept host silent$/);
  await expectAt(stage, (3.5 + 2.25) / 6, /^busy server not running(kept|calm) server not/);
  assertEquals(await page.locator(".chart:not(.overlay) .u-cursor-x:visible").count(), 3);
  assertMatch(
    (await page.locator(".figures-of tbody tr").nth(1).textContent())!,
    /^kept\d+%20%79%\d+%7[34]\.\d% server not running$/,
  );
  // Another part of the past has other figures, and the host that has the focus keeps it.
  await page.focus(".figures-of tbody a >> text=kept");
  await page.$eval(".figures-of tbody tr", (row) => row.id = "before");
  await page.keyboard.press("[");
  await page.waitForSelector("#before", { state: "detached" });
  assertEquals(await page.evaluate(() => document.activeElement?.textContent), "kept");
  await page.keyboard.press("]");
  assertEquals(await searchOf(stage), "?range=6h");
  await page.fill("[aria-label='Filter hosts']", "role:db");
  await page.waitForFunction(() => document.querySelectorAll(".figures-of tbody tr").length === 2);
  assertEquals(await searchOf(stage), "?metric=cpu&top=5&q=role%3Adb&range=6h");
  await page.selectOption("[aria-label='Metric']", "memory");
  await page.waitForSelector("text=No host has a past of this metric");
  await page.selectOption("[aria-label='Metric']", "cpu");
  await page.reload();
  await page.waitForFunction(() => document.querySelectorAll(".figures-of tbody tr").length === 2);
  assertEquals(await page.inputValue("[aria-label='Filter hosts']"), "role:db");
  assertEquals(await page.getAttribute(".figures-of tbody a", "href"), "/hosts/busy");
  await page.focus(".chart.overlay .u-over");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  assertMatch((await page.textContent(".chart.overlay .clock"))!, /^\d\d:\d\d$/);
  assertEquals(await stepAfter(stage, () => drag(stage, 0.7, 0.8)), 60_000);
  assertMatch(await searchOf(stage), /&from=\d+&to=\d+$/);
  await page.keyboard.press("Escape");
  await page.waitForSelector(".grid");
});

test("a comparison is saved as CSV", async (stage) => {
  const { page, origin } = stage;
  await page.goto(`${origin}/compare?hosts=calm,busy&range=6h`);
  await page.waitForSelector(".chart.overlay .u-over");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.click("button:text-is('CSV')"),
  ]);
  assertEquals(download.suggestedFilename(), "pulso-cpu.csv");
  const text = await Deno.readTextFile(await download.path());
  assertEquals(
    text.split("\r\n")[0],
    "time,busy,busy_lowest,busy_highest,calm,calm_lowest,calm_highest",
  );
});

test("hosts that are picked, those of the filter, and that of a chart are compared", async (stage) => {
  const { page, origin } = stage;
  await page.goto(origin);
  await page.waitForSelector(".body .row:not([hidden])");
  await page.keyboard.press("/");
  await page.keyboard.type("role:db");
  await page.waitForFunction(() =>
    document.querySelectorAll(".body .row:not([hidden])").length === 2
  );
  await page.click(".tabs a:text-is('Compare')");
  await page.waitForFunction(() => location.search === "?q=role%3Adb");
  await page.keyboard.press("1");
  await page.waitForSelector(".grid");
  await page.keyboard.press("Escape");
  await page.waitForFunction(() =>
    document.querySelectorAll(".body .row:not([hidden])").length === 3
  );
  for (const key of ["Home", "x", "End", "x", "3"]) await page.keyboard.press(key);
  await page.waitForFunction(() => location.search === "?hosts=busy%2Ckept");
  await page.goto(`${origin}/hosts/calm?range=6h`);
  await page.click("figcaption a:text-is('CPU')");
  await page.waitForFunction(() => location.search === "?metric=cpu&hosts=calm&range=6h");
  await page.waitForFunction(() => document.querySelectorAll(".figures-of tbody tr").length === 3);
});

test("a host is forgotten after it was asked once", async (stage) => {
  const { page, origin } = stage;
  await page.goto(`${origin}/hosts/calm`);
  await page.click("button:text-is('Forget this host…')");
  await page.click("button:text-is('Keep it')");
  assertEquals((await fetch(`${origin}/api/hosts/calm`)).status, 200);
  await page.click("button:text-is('Forget this host…')");
  assertMatch((await page.textContent(".forget .question"))!, /^Delete calm and its history\?/);
  await page.click("button:text-is('Forget it')");
  await page.waitForSelector("text=Forgot calm (calm) and its history.");
  assertEquals((await fetch(`${origin}/api/hosts/calm`)).status, 404);
  assertEquals((await fetch(`${origin}/api/hosts/busy`)).status, 200);
});

Deno.test({
  name: "hosts are compared without a store, over the recent past (needs --allow-all and Chromium)",
  ignore: BROWSER === null,
  fn: () =>
    onStage(async ({ page, origin, send, complaints }) => {
      for (const seq of [1, 2]) {
        for (const id of ["a", "b"]) await send({ id, host: `${id}-04.prod.example.org`, seq });
      }
      await page.goto(`${origin}/compare`);
      await page.waitForSelector(".chart.overlay .u-over");
      assertEquals(await page.locator(".figures-of tbody tr").count(), 2);
      assertEquals(await page.isHidden(".ranges"), true);
      await resize(page, { width: 390, height: 844 });
      const isWhole = await page.$$eval(
        ".figures-of tbody th span",
        (all) => all.map(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth),
      );
      assertEquals(isWhole, [true, true], "names on a phone");
      assertEquals(complaints, []);
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
