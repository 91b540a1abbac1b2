/// <reference lib="dom" />
/** What needs attention, as the page shows it: of a server in this process, whose alerts are said to stand. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Page } from "playwright-core";
import { STOCK } from "../lib/server/alerts/stock.ts";
import { encodeMessage } from "../lib/message/encode.ts";
import { BROWSER, onStage, resize, type View, violationsIn } from "./browser.ts";
import { inFolder } from "./files.ts";
import { sampleOf } from "./messages.ts";
import { onWorld, standing, type WorldStage } from "./page_world.ts";
import { openHere, START_MS } from "./server/record/recording.ts";

const PHONE: View = { viewport: { width: 390, height: 780 } };

function test(name: string, act: (stage: WorldStage) => Promise<void>, view: View = {}): void {
  Deno.test({
    name: `the queue ${name} (needs --allow-all and Chromium)`,
    ignore: BROWSER === null,
    fn: () => onWorld(act, { view }),
  });
}

/** What the entries that are shown say, from the first to the last. */
function entriesOf(page: Page): Promise<string[]> {
  return page.$$eval(
    ".queue > li",
    (all) =>
      all.filter((entry) => entry.checkVisibility()).map((entry) => {
        const parts = entry.querySelectorAll<HTMLElement>(
          ":scope > :is(.sign, .name:not([hidden]), .what, .value, .since)",
        );
        return Array.from(parts, (part) => part.textContent).filter(Boolean).join(" ");
      }),
  );
}

async function waitForEntries(page: Page, ...entries: string[]): Promise<void> {
  await page.waitForFunction((expected) => {
    const all = [...document.querySelectorAll(".queue > li")];
    const shown = all.filter((entry) => entry.checkVisibility()).map((entry) => {
      const parts = entry.querySelectorAll(
        ":scope > :is(.sign, .name:not([hidden]), .what, .value, .since)",
      );
      return Array.from(parts, (part) => part.textContent).filter(Boolean).join(" ");
    });
    return JSON.stringify(shown) === JSON.stringify(expected);
  }, entries).catch(async (error) => {
    throw new Error(`${error}\n${JSON.stringify(await entriesOf(page))}`);
  });
}

test("has its hosts below the line of their group, which is folded, and says how many more there are", async (stage) => {
  const { page, origin, world, complaints } = stage;
  for (let n = 0; n < 9; n++) {
    const host = `web-${n}`;
    world.send({ id: host, host, interval: 60_000, tags: { role: n === 8 ? "db" : "web" } });
  }
  world.standing = [
    standing(world, "memory", "web-3", 5),
    standing(world, "volume-full", "web-6", 4),
  ];
  await page.goto(`${origin}/?group=role`);
  const waitForLines = (...lines: string[]) =>
    page.waitForFunction((expected) => {
      const place = (row: Element) => Number(row.getAttribute("aria-rowindex"));
      const rows = [...document.querySelectorAll(".body .row:not([hidden])")]
        .toSorted((a, b) => place(a) - place(b));
      const seen = rows.map((row) =>
        row.querySelector(row.hasAttribute("data-group") ? ".group .title" : "a.name")!.textContent
      );
      return JSON.stringify(seen) === JSON.stringify(expected);
    }, lines);
  const folded = ["role=db", "role=web", "web-6", "web-3", "6 more, nothing unusual"];
  await waitForLines(...folded);
  assertEquals(await violationsIn(page), []);
  await page.click(".body .row[data-group=rest]");
  const all = Array.from({ length: 8 }, (_, n) => `web-${n}`);
  await waitForLines("role=db", "role=web", ...all);
  for (const key of ["Home", "j", "Enter"]) await page.keyboard.press(key);
  await waitForLines(...folded);
  world.standing = [];
  await waitForLines("role=db", "role=web");
  assertEquals(complaints, []);
});

test("is absent when nothing is wrong, and tells what is in words, the worst first", async (stage) => {
  const { page, origin, world, complaints } = stage;
  world.sendMany(4);
  await page.goto(origin);
  await page.waitForSelector(".body .row:not([hidden])");
  assertEquals(await page.isVisible(".needs"), false);
  world.standing = [standing(world, "cpu", "id-1", 26), standing(world, "volume-full", "id-2", 4)];
  await waitForEntries(
    page,
    "▲ web-2 has a volume that is full 97% 4m",
    "△ web-1 has a busy CPU 97% 26m",
  );
  assertEquals(await page.textContent(".needs h2"), "Needs attention 2");
  assertEquals(await page.textContent(".spoken"), "2 alerts, 1 of them critical");
  const title = await page.getAttribute(".queue > li:nth-child(2) .what", "title");
  assertEquals(
    title,
    "has a busy CPU. Fires: CPU above 95% for 10m. Ends: at 85% or below for 2m.",
  );
  // Another value changes no place, and nothing but the value.
  world.standing = [
    standing(world, "cpu", "id-1", 26, 99),
    standing(world, "volume-full", "id-2", 4, 98),
  ];
  await waitForEntries(
    page,
    "▲ web-2 has a volume that is full 98% 4m",
    "△ web-1 has a busy CPU 99% 26m",
  );
  world.standing = [];
  await page.waitForSelector(".needs", { state: "hidden" });
  assertEquals(complaints, []);
});

test("merges many of a rule, and leads to all of them", async ({ page, origin, world }) => {
  world.sendMany(30);
  world.standing = [
    ...Array.from({ length: 25 }, (_, n) => standing(world, "cpu", `id-${n}`, 26 + n)),
    standing(world, "volume-full", "id-29", 4),
  ];
  await page.goto(origin);
  await waitForEntries(
    page,
    "▲ web-29 has a volume that is full 97% 4m",
    "△ 25 hosts have a busy CPU 50m",
  );
  assertEquals(await page.textContent(".needs h2"), "Needs attention 26");
  await page.click(".queue > li:nth-child(2) .what");
  const members = page.locator(".queue .members li");
  assertEquals(await members.count(), 20);
  assertEquals(await members.first().textContent(), "web-24 97% 50m");
  await page.click(".queue .details > a:not([hidden])");
  await page.waitForFunction(() => location.search === "?q=cpu%3E95");
  await page.waitForSelector(".no-match:not([hidden])");
});

test("has room for 100,000 that are offline", async ({ page, origin, world }) => {
  world.sendMany(20);
  const rule = STOCK.find(({ id }) => id === "offline")!;
  world.standing = Array.from({ length: 100_000 }, (_, n) => ({
    ...{ rule, key: `id-${n}`, name: `web-${n}`, sinceMs: world.nowMs - 60_000, value: 1 },
    ...{ isFlapping: false, isMuted: false },
  }));
  await page.goto(origin);
  await waitForEntries(page, "✗ 100,000 hosts are offline 1m");
  assertEquals(await page.textContent(".needs h2"), "Needs attention 100,000");
  await page.goto(`${origin}/hosts/id-3`);
  await page.waitForSelector(".unusual:not([hidden])");
  assertMatch(
    (await page.textContent(".unusual .said"))!,
    /^✗is offline: last heard \d+s ago {2}· for 1m$/,
  );
});

test("shows six of many, the rest on request, and takes keys", async (stage) => {
  const { page, origin, world, complaints } = stage;
  world.sendMany(9);
  const rules = ["cpu", "memory", "volume", "swap", "pressure", "temperature"];
  world.standing = rules.flatMap((id, n) => [
    standing(world, id, `id-${n}`, 10 + 2 * n),
    standing(world, id, "id-8", 11 + 2 * n),
  ]);
  await page.goto(origin);
  await page.waitForSelector(".queue > li:nth-child(12)", { state: "attached" });
  assertEquals((await entriesOf(page)).length, 6);
  assertEquals(await page.textContent(".needs .more"), "6 more");
  await page.click(".needs .more");
  assertEquals((await entriesOf(page)).length, 12);
  await page.click(".needs .more");
  await page.keyboard.press("a");
  const focused = () => page.evaluate(() => document.activeElement?.textContent);
  assertEquals(await focused(), "web-8");
  for (const key of ["j", "ArrowDown"]) await page.keyboard.press(key);
  assertEquals(await focused(), "web-8");
  await page.keyboard.press("k");
  assertEquals(await focused(), "web-5");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".queue > li:nth-child(2) .details:not([hidden])");
  await page.keyboard.press("Escape");
  assertEquals(await page.isVisible(".queue .details"), false);
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await page.waitForSelector("h1 >> text=web-5");
  await page.waitForSelector(".unusual:not([hidden])");
  assertEquals(await page.textContent(".unusual .said"), "△is hot 97 °C for 20m");
  await page.keyboard.press("Escape");
  // As it was left, before the server has said it anew.
  await page.waitForSelector(".queue > li:nth-child(6)");
  await page.keyboard.press("a");
  await page.keyboard.press("Escape");
  assertEquals(await page.evaluate(() => document.activeElement?.getAttribute("role")), "grid");
  assertEquals(complaints, []);
});

test("keeps places and focus while somebody is in it", async ({ page, origin, world }) => {
  world.sendMany(5);
  const cpu = standing(world, "cpu", "id-1", 26);
  world.standing = [cpu, standing(world, "swap", "id-2", 20)];
  await page.goto(origin);
  await page.waitForSelector(".queue > li:nth-child(2)");
  await page.keyboard.press("a");
  await page.keyboard.press("j");
  world.standing = [...world.standing, standing(world, "volume-full", "id-3", 1)];
  const [worst, first, second] = [
    "▲ web-3 has a volume that is full 97% 1m",
    "△ web-1 has a busy CPU 97% 26m",
    "△ web-2 uses most of its swap 97% 20m",
  ];
  await waitForEntries(page, first, second, worst);
  const focused = () => page.evaluate(() => document.activeElement?.textContent);
  assertEquals(await focused(), "web-2");
  // Who has the focus is over: the next one has it.
  world.standing = world.standing.filter(({ rule }) => rule.id !== "swap");
  await waitForEntries(page, first, worst);
  assertEquals(await focused(), "web-1");
  await page.keyboard.press("Escape");
  await waitForEntries(page, worst, first);
});

test("makes nothing of what hosts and volumes are called", async ({ page, origin, world, complaints }) => {
  const mount = "/<img src=x onerror=alert(1)>";
  const volumes = [{ mount, total: 100, used: 99, free: 1 }];
  const names = ["<script>alert(1)</script>", "x".repeat(64), "主机-数据库", `"'\`&lt;`];
  for (const [n, host] of names.entries()) world.send({ id: `id-${n}`, host, disk: { volumes } });
  world.standing = names.map((_, n) =>
    standing(world, n < 2 ? "volume" : "volume-full", `id-${n}`, n)
  );
  // One whose host is not known any more goes by its key, which is foreign as well.
  const key = "\u202egnp\u200b\u0007";
  world.standing.push(standing(world, "cpu", key, 1));
  page.on("dialog", () => complaints.push("a dialog"));
  await page.goto(origin);
  await page.waitForSelector(".queue > li:nth-child(5)");
  const text = (await entriesOf(page)).join("\n");
  for (const name of [...names, "\\u202egnp\\u200b\\x07"]) assert(text.includes(name), text);
  assert(text.includes(`has a volume that is full: ${mount}`), text);
  const made = ".needs :is(img, script, b b)";
  assertEquals(await page.$$eval(made, (all) => all.length), 0);
  assertEquals(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
  // A long name is cut, a number never.
  const isCut = (selector: string) =>
    page.$$eval(selector, (all) => all.filter((one) => one.scrollWidth > one.clientWidth).length);
  assert(await isCut(".queue .name:not([hidden])") > 0);
  assertEquals(await isCut(".queue :is(.value, .since)"), 0);
  await page.click(".queue a.name:not([hidden])");
  await page.waitForSelector(".unusual:not([hidden])");
  assertEquals(await page.$$eval(".unusual :is(img, script)", (all) => all.length), 0);
  assertEquals(complaints, []);
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`passes axe in ${colorScheme}, and fits a phone`, async ({ page, origin, world }) => {
    world.sendMany(30);
    world.standing = [
      ...Array.from({ length: 25 }, (_, n) => standing(world, "cpu", `id-${n}`, 26 + n)),
      standing(world, "volume-full", "id-29", 4),
      standing(world, "offline", "id-28", 4, 1),
      standing(world, "temperature", "id-7", 4, 101),
      { ...standing(world, "fleet-silent", "", 4, 78), name: "" },
    ];
    await page.goto(origin);
    await page.waitForSelector(".queue > li:nth-child(3)");
    assertEquals(await violationsIn(page), []);
    assertEquals((await entriesOf(page)).length, 3);
    assertEquals(await page.textContent(".needs .more"), "2 more");
    await page.click(".needs .more");
    await page.click(".queue > li:nth-child(4) .unfold");
    assertEquals(await violationsIn(page), []);
    const fits = () => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
    assert(await fits());
    await resize(page, { width: 1440, height: 900 });
    assertEquals(await violationsIn(page), []);
    await page.click(".queue > li:nth-child(4) .members a");
    await page.waitForSelector(".unusual:not([hidden])");
    assertEquals(await violationsIn(page), []);
  }, { ...PHONE, colorScheme });
}

test("mutes an entry, says until when, and undoes it", async ({ page, origin, world, complaints }) => {
  world.sendMany(3);
  const cpu = standing(world, "cpu", "id-1", 26);
  world.standing = [cpu, standing(world, "swap", "id-2", 20)];
  await page.goto(origin);
  await page.waitForSelector(".queue > li:nth-child(2)");
  assertEquals(await page.isVisible(".mutes"), false);
  await page.keyboard.press("a");
  await page.keyboard.press("m");
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label"));
  assertEquals(await focused(), "mute for 1h");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".mutes:not([hidden])");
  assertEquals(world.alerts.mutes.list().map(({ filter }) => filter), ["id:id-1 alert:cpu"]);
  assert((await page.textContent(".mutes"))!.startsWith("id:id-1 alert:cpu muted until "));
  // What is muted is no entry, and the mute stays to be seen when nothing is left.
  world.standing = [{ ...cpu, isMuted: true }];
  await waitForEntries(page);
  assertEquals(await page.isVisible(".needs h2"), false);
  assertEquals(await page.isVisible(".mutes"), true);
  assertEquals(await violationsIn(page), []);
  await page.click(".mutes button");
  await page.waitForSelector(".needs", { state: "hidden" });
  assertEquals([world.alerts.mutes.list(), complaints], [[], []]);
});

test("mutes what a filter is for, or says why not", async ({ page, origin, world }) => {
  world.sendMany(1);
  await page.goto(origin);
  await page.click(".figure.alerts summary");
  await page.fill(".alert-menu input", "cpu>x");
  await page.click(".alert-menu button[aria-label='mute for 8h']");
  await page.waitForSelector(".alert-menu .failure:not(:empty)");
  assert((await page.textContent(".alert-menu .failure"))!.startsWith("Cannot mute"));
  const hostile = 'web-* "<img src=x onerror=alert(1)>"';
  await page.fill(".alert-menu input", hostile);
  await page.click(".alert-menu button[aria-label='mute for 8h']");
  await page.waitForSelector(".mutes:not([hidden])");
  assert((await page.textContent(".mutes"))!.startsWith(`${hostile} muted until `));
  assertEquals(await page.$$eval(".mutes img", (all) => all.length), 0);
  assertEquals(await page.textContent(".alert-menu .failure"), "");
});

test("says who is told, and sends a test to all of them", async ({ page, origin, world }) => {
  world.sendMany(1);
  await page.goto(origin);
  await page.click(".figure.alerts summary");
  const about = { where: "webhook https://chat.example", retried: 0 };
  world.destinations = [
    { ...about, name: "chat", waiting: 0, sent: 1_234, givenUp: 0, lastError: null },
    { ...about, name: "mail", waiting: 2, sent: 0, givenUp: 3, lastError: "<b>no\u202e" },
  ];
  const manners = { destinations: ["chat", "mail"], tell: [], quiet: [], maintenance: [] };
  world.alerts.use([], manners);
  world.standing = [];
  await page.waitForSelector(".alert-menu dt");
  assertEquals(
    await page.$$eval(".alert-menu :is(dt, dd)", (all) => all.map((one) => one.textContent)),
    [
      ...["chat", "1,234 sent, 0 waiting"],
      ...["mail", "0 sent, 2 waiting, 3 given up; last error: <b>no\\u202e"],
    ],
  );
  assertEquals(await page.textContent(".figure.alerts summary"), "alerts 1 failing");
  assertEquals(await violationsIn(page), []);
  await page.click(".alert-menu dl + button");
  await page.waitForFunction(() =>
    document.querySelector(".alert-menu .hint[role=status]")!.textContent!.includes("took it")
  );
  assertEquals(
    await page.textContent(".alert-menu .hint[role=status]"),
    "chat: took it; mail: SMTP 535",
  );
});

/** Records some hosts for a quarter of an hour: one with a busy CPU, and one that falls silent. */
async function recordQuarter(folder: string): Promise<void> {
  const clock = { nowMs: START_MS, aheadMs: 0 };
  const { recorder } = openHere(folder, clock);
  const sample = sampleOf({ cores: 1, volumes: 1, interfaces: 1 });
  for (let seq = 1; seq <= 96; seq++) {
    clock.nowMs = START_MS + seq * 10_000;
    for (let n = 0; n < 5; n++) {
      if (n === 4 && seq > 84) continue;
      const cpu = { mean: n === 0 ? 99 : 5, cores: [5], iowait: 0, steal: 0 };
      const about = { id: `h${n}`, host: `web-${n}`, interval: 10_000, time: clock.nowMs };
      const bytes = encodeMessage({ ...sample, ...about, seq, cpu });
      const origin = { hostname: "192.0.2.7", port: n };
      recorder.record(bytes, origin, clock.nowMs, { kind: "plain" });
    }
  }
  await recorder.close();
}

Deno.test({
  name: "the queue goes by a record's clock, also back (needs --allow-all and Chromium)",
  ignore: BROWSER === null,
  fn: () =>
    inFolder(async (folder) => {
      await recordQuarter(folder);
      await onStage(
        async ({ page, origin, complaints }) => {
          await page.goto(origin);
          await page.waitForSelector(".queue > li:nth-child(2)");
          const entries = await entriesOf(page);
          assertMatch(entries[0]!, /^✗ web-4 is offline: last heard [12]m ago \d+[sm]$/);
          assertMatch(entries[1]!, /^△ web-0 has a busy CPU 99% \dm$/);
          // Back to when nothing had stood for long enough.
          await page.locator("#replay select").selectOption("1");
          const slider = page.locator("#replay input");
          const firstMs = Number(await slider.getAttribute("min"));
          await slider.fill(String(firstMs + 5 * 60_000));
          await page.waitForSelector(".needs", { state: "hidden" });
          await slider.fill(String(firstMs + 13 * 60_000));
          await page.waitForSelector(".queue > li:nth-child(1)");
          assertMatch((await entriesOf(page)).join(), /^△ web-0 has a busy CPU 99% \d+[sm]$/);
          assertEquals(complaints, []);
        },
        {},
        ["--replay", folder, "--speed", "max"],
      );
    }),
});
