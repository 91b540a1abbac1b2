/// <reference lib="dom" />
/**
 * Every page as it looks: in both themes, at the width of a phone and of a desk, of a fleet with every
 * kind of host. What is held of one page is held of all.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Page } from "playwright-core";
import { addressOf, BROWSER, resize, type View, violationsIn } from "./browser.ts";
import { contrastOf, type Rgb } from "./contrast.ts";
import { inFolder } from "./files.ts";
import { furnish, onWorld, sendByTwoWays, standing, type WorldStage } from "./page_world.ts";

const THEMES = ["light", "dark"] as const;
const SIZES = { desk: { width: 1_440, height: 900 }, phone: { width: 390, height: 844 } };

/** Every page, and what is there when it is drawn. */
const PAGES: Readonly<Record<string, string>> = {
  "/": ".body .row:not([hidden])",
  "/?q=nobody": ".no-match:not([hidden])",
  "/hosts/everything": ".chart .u-over",
  "/hosts/nobody": "main .hint >> text=The server knows no host",
  "/?group=site": ".body .row[data-group]:not([hidden])",
  "/grid": ".map canvas",
  "/ways": ".matrix [data-level=critical]",
  "/?wall": ".map canvas",
  "/hosts/bare": ".host:not([hidden])",
  "/hosts/silent?range=6h": ".chart .u-over",
  "/hosts/refused": ".chart .u-over",
  "/hosts/hostile": ".chart .u-over",
  "/compare?range=1h": ".chart.overlay .u-over",
};

/** A test on a server with that fleet. */
function test(name: string, act: (stage: WorldStage) => Promise<void>, view: View = {}): void {
  Deno.test({
    name: `the look of the page: ${name} (needs --allow-all and Chromium)`,
    ignore: BROWSER === null,
    fn: () =>
      inFolder(async (folder) => {
        const { given, close } = await furnish(`${folder}/data`);
        try {
          await onWorld(async (stage) => {
            sendByTwoWays(stage.world);
            await act(stage);
            // Of a host that nobody knows there is no past.
            assertEquals(stage.complaints.filter((text) => !text.includes("404")), []);
          }, { ...given, view });
        } finally {
          await close();
        }
      }),
  });
}

/** A text on its ground, as both are drawn: what lies above another may let that through. */
interface Drawn {
  readonly text: string;
  readonly color: Rgb;
  readonly ground: Rgb;
  /** Whether it is as large as needs less contrast. */
  readonly isLarge: boolean;
}

/** Every text that is seen, with its colours; what is faded as a whole is left out. */
function textsOf(page: Page): Promise<Drawn[]> {
  return page.evaluate(() => {
    type Color = [number, number, number, number];
    const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true })!;
    const read = (color: string): Color => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
      const [red = 0, green = 0, blue = 0, alpha = 0] = canvas.getImageData(0, 0, 1, 1).data;
      return [red, green, blue, alpha / 255];
    };
    const over = ([...top]: Color, below: Color): Color => {
      const mixed = [0, 1, 2].map((n) => top[n]! * top[3] + below[n]! * (1 - top[3]));
      return [...mixed, 1] as Color;
    };
    const groundOf = (node: Element | null): Color => {
      if (node === null) return [255, 255, 255, 1];
      const own = read(getComputedStyle(node).backgroundColor);
      return own[3] === 1 ? own : over(own, groundOf(node.parentElement));
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const drawn: Drawn[] = [];
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const element = node.parentElement!;
      const text = node.textContent!.trim();
      const { width } = element.getBoundingClientRect();
      if (text === "" || width < 2 || !element.checkVisibility({ opacityProperty: true })) continue;
      const { color, fontSize, fontWeight } = getComputedStyle(element);
      const size = Number.parseFloat(fontSize);
      const ground = groundOf(element);
      const [red, green, blue] = over(read(color), ground);
      drawn.push({
        ...{ text, color: [red, green, blue], ground: [ground[0], ground[1], ground[2]] },
        isLarge: size >= 24 || size >= 18.66 && Number(fontWeight) >= 700,
      });
    }
    return drawn;
  });
}

/** What can hardly be read, each text once. */
async function faintIn(page: Page): Promise<string[]> {
  const texts = await textsOf(page);
  assert(texts.length > 5, "there is something to read");
  const faint = texts.filter(({ color, ground, isLarge }) =>
    contrastOf(color, ground) < (isLarge ? 3 : 4.5)
  );
  return [
    ...new Set(
      faint.map(({ text, color, ground }) => `${text}: ${color.join()} on ${ground.join()}`),
    ),
  ];
}

/** What stands out of the window sideways. */
function sidewaysIn(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
}

/** The side of what a finger can hit, in pixels. */
const TARGET = 40;

/** What can be pressed and is too small for a finger: where less than that about its middle is it. */
function smallIn(page: Page): Promise<string[]> {
  return page.evaluate((side) => {
    const all = document.querySelectorAll<HTMLElement>(
      "a[href], button, input:not([type=checkbox]), select, summary, label:has(> input)",
    );
    const small: string[] = [];
    for (const node of all) {
      // What is inert is not there to be pressed.
      if (node.className === "skip" || !node.checkVisibility()) continue;
      if (node.closest("[inert]") !== null) continue;
      node.scrollIntoView({ block: "center" });
      const { x, y, width, height } = node.getBoundingClientRect();
      // Hidden below others, such as the rest of a list.
      if (width < 2) continue;
      const [across, down] = [x + Math.min(width, side) / 2, y + height / 2];
      const isHit = (dx: number, dy: number) =>
        node.contains(document.elementFromPoint(across + dx, down + dy));
      // From its middle on, as far as it is hit.
      const reach = (dx: number, dy: number) => {
        let far = 0;
        while (far < side && isHit(far * dx, far * dy)) far++;
        return far;
      };
      const [wide, high] = [reach(-1, 0) + reach(1, 0), reach(0, -1) + reach(0, 1)];
      if (wide < side || high < side) {
        small.push(`${wide} × ${high} ${node.tagName} ${node.className} ${node.textContent}`);
      }
    }
    return [...new Set(small)];
  }, TARGET);
}

/** Numbers that are cut: wider than the room that they have. */
function cutIn(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const numbers = document.querySelectorAll<HTMLElement>(
      ".number, td, dd, .legend b, .totals b, .value, .since, .count",
    );
    const cut: string[] = [];
    for (const node of numbers) {
      if (!node.checkVisibility() || node.textContent === "") continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const text = range.getBoundingClientRect();
      for (let box: HTMLElement | null = node; box !== null; box = box.parentElement) {
        const { overflowX } = getComputedStyle(box);
        if (overflowX === "visible") continue;
        const { left, right } = box.getBoundingClientRect();
        const isCut = text.right > right + 1 || text.left < left - 1;
        if (isCut && overflowX !== "auto") cut.push(`${node.className} ${node.textContent}`);
        break;
      }
    }
    return [...new Set(cut)];
  });
}

test(
  "each can be read and hit, cuts no number, does not scroll sideways, and passes axe",
  async ({ page, origin }) => {
    // By page, size and theme.
    const found: Record<string, unknown> = {};
    const note = (name: string, what: unknown, nothing: unknown) => {
      if (JSON.stringify(what) !== JSON.stringify(nothing)) found[name] = what;
    };
    for (const [path, drawn] of Object.entries(PAGES)) {
      await page.goto(origin + path);
      await page.waitForSelector(drawn);
      for (const [name, size] of Object.entries(SIZES)) {
        await resize(page, size);
        note(`${path} ${name} sideways`, await sidewaysIn(page), 0);
        note(`${path} ${name} cut`, await cutIn(page), []);
        if (name === "phone") note(`${path} small`, await smallIn(page), []);
        for (const colorScheme of THEMES) {
          await page.emulateMedia({ colorScheme });
          note(`${path} ${name} ${colorScheme} faint`, await faintIn(page), []);
          if (name === "phone") continue;
          // Of its rules only those of colours know the theme.
          const rules = colorScheme === "light" ? undefined : ["color-contrast"];
          note(`${path} ${colorScheme} axe`, await violationsIn(page, rules), []);
        }
      }
    }
    assertEquals(found, {});
  },
  { reducedMotion: "reduce" },
);

test(
  "nothing that is read moves as a host's page and a comparison load",
  async ({ page, origin }) => {
    const moved: Record<string, string[]> = {};
    const isMeant = ([path]: [string, string]) => /^\/(hosts|compare)/.test(path);
    for (const [path, drawn] of Object.entries(PAGES).filter(isMeant)) {
      await page.goto(origin + path);
      await page.waitForSelector(drawn);
      const shifts = await page.evaluate(() =>
        new Promise<string[]>((resolve) => {
          const all: string[] = [];
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) {
              const { value, sources } = entry as unknown as {
                value: number;
                sources: { node: Element | null }[];
              };
              const names = sources.map(({ node }) => `${node?.nodeName}.${node?.className}`);
              if (value > 0.005) all.push(`${value.toFixed(3)} ${names.join(" ")}`);
            }
          }).observe({ type: "layout-shift", buffered: true });
          setTimeout(() => resolve(all), 300);
        })
      );
      if (shifts.length > 0) moved[path] = shifts;
    }
    assertEquals(moved, {});
  },
  { viewport: SIZES.desk },
);

/** What has the focus, in a word or two. */
function focusedIn(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { activeElement: node } = document;
    return node?.getAttribute("aria-label") ?? node?.textContent?.trim().slice(0, 40) ?? "";
  });
}

test("a host's page and the comparison are used by the keyboard alone", async ({ page, origin }) => {
  await page.goto(`${origin}/hosts/everything`);
  await page.waitForSelector(".chart .u-over");
  const seen: string[] = [];
  while (seen.length < 60 && !/^Forget this host/.test(seen.at(-1) ?? "")) {
    await page.keyboard.press("Tab");
    const isRinged = await page.evaluate(() => {
      const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement!);
      return outlineStyle !== "none" && outlineWidth === "2px";
    });
    const name = await focusedIn(page);
    assert(isRinged, `the focus on ${name} is seen`);
    assert(name !== "", "what has the focus has a name");
    seen.push(name);
  }
  const expected = ["Skip to", "← Fleet", "15m", "1y", "Compare", "Theme: ", "mute…", "CPU: arrow"];
  for (const name of [...expected, "3 of", "Forget this host…"]) {
    assert(seen.some((text) => text.startsWith(name)), `${name} among ${seen.join(", ")}`);
  }
  await page.focus(".chart .u-over");
  await page.keyboard.press("ArrowLeft");
  assertMatch((await page.textContent(".chart .readout"))!, /^CPU \d+%/);
  await page.keyboard.press("m");
  assertEquals(await focusedIn(page), "mute for 1h");
  await page.keyboard.press("Escape");
  await page.keyboard.press("]");
  assertEquals((await addressOf(page)).search, "?range=1h");
  await page.keyboard.press("d");
  await page.keyboard.press("Enter");
  assertMatch((await page.textContent("#formula"))!, /^Received Datagrams/);
  await page.keyboard.press("3");
  await page.waitForURL(/compare\?hosts=everything&range=1h/);
  await page.waitForSelector(".figures-of tbody a");
  await page.keyboard.press("/");
  await page.keyboard.type("edge");
  await page.waitForURL(/q=edge/);
  await page.keyboard.press("Escape");
  await page.focus(".figures-of tbody a");
  await page.keyboard.press("Enter");
  await page.waitForURL(/hosts\/everything/);
  await page.keyboard.press("1");
  await page.waitForSelector(".grid");
});

test("it is light or dark as the system has it, or by choice, which is kept", async ({ page, origin }) => {
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const line = () =>
    page.evaluate(() => document.querySelector<HTMLElement>("figure .swatch")!.style.background);
  const [light, dark] = ["rgb(255, 255, 255)", "rgb(14, 18, 23)"];
  await page.emulateMedia({ colorScheme: "dark" });
  await page.goto(`${origin}/hosts/calm`);
  await page.waitForSelector("figure .swatch");
  assertEquals([await ground(), await line()], [dark, "rgb(87, 157, 250)"]);
  await page.click("button[aria-label='Theme: as the system has it']");
  assertEquals(await ground(), light);
  await page.waitForFunction(() =>
    document.querySelector<HTMLElement>("figure .swatch")?.style.background === "rgb(19, 91, 214)"
  );
  await page.reload();
  await page.waitForSelector("figure .swatch");
  assertEquals([await ground(), await line()], [light, "rgb(19, 91, 214)"]);
  await page.keyboard.press("t");
  await page.emulateMedia({ colorScheme: "light" });
  assertEquals(await ground(), dark);
  await page.keyboard.press("t");
  assertEquals(await ground(), light);
  assertEquals(await page.getAttribute(".theme", "aria-label"), "Theme: as the system has it");
});

for (const [name, viewport] of Object.entries(SIZES)) {
  test(`nothing moves while it comes, on a ${name}`, async ({ page, origin }) => {
    await page.addInitScript(() => {
      const shifts: number[] = [];
      Object.assign(globalThis, { shifts });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
          shifts.push((entry as unknown as { value: number }).value);
        }
      }).observe({ type: "layout-shift", buffered: true });
    });
    for (const path of ["/", "/?group=site", "/grid", "/?wall"]) {
      await page.goto(origin + path);
      await page.waitForSelector(PAGES[path]!);
      await page.evaluate(() =>
        new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
      );
      const shifts = await page.evaluate(() =>
        (globalThis as unknown as { shifts: number[] }).shifts
      );
      const sum = shifts.reduce((sum, shift) => sum + shift, 0);
      // Counts of the header grow with their digits.
      assert(sum < 0.01, `${path}: ${sum}`);
    }
  }, { viewport });
}

/** A test on a fleet of its own. */
function plainTest(name: string, act: (stage: WorldStage) => Promise<void>): void {
  Deno.test({
    name: `the look of the page: ${name} (needs --allow-all and Chromium)`,
    ignore: BROWSER === null,
    fn: () => onWorld(act),
  });
}

/** Where some elements begin, in pixels, each place once. */
function leftOf(page: Page, selector: string): Promise<number[]> {
  return page.$$eval(selector, (nodes) => [
    ...new Set(nodes.map((node) => Math.round(10 * node.getBoundingClientRect().left) / 10)),
  ]);
}

plainTest("names and bars stand below each other, whatever font and weight", async (stage) => {
  const { page, origin, world } = stage;
  for (let n = 0; n < 8; n++) {
    const used = n % 2 === 0 ? 97 : 20;
    const memory = { total: 100 * 2 ** 30, used: used * 2 ** 30, free: 0, available: 0 };
    world.send({ id: `h-${n}`, host: `h-${n}`, tags: { role: `r${n % 4}` }, memory });
  }
  await resize(page, SIZES.desk);
  for (const family of ["DejaVu Sans", "Inter", "Noto Sans", "Liberation Sans"]) {
    await page.goto(`${origin}/?group=role&open=r0,r1`);
    await page.evaluate(
      (family) => document.documentElement.style.setProperty("--sans", `"${family}"`),
      family,
    );
    await page.waitForSelector(".body .row[data-group] .title >> text=role=r3");
    await page.waitForSelector(".body .row:not([data-group], [hidden]) .cell.name");
    const rows = ".body .row:not([hidden])";
    const names = `${rows}:not([data-group]) a.name, ${rows}[data-group] .title`;
    assertEquals((await leftOf(page, names)).length, 1, family);
    await resize(page, SIZES.phone);
    assertEquals((await leftOf(page, names)).length, 1, `${family} on a phone`);
    await resize(page, SIZES.desk);
    const ends = await page.$$eval(`${rows} .cell.memory .bar`, (bars) => [
      ...new Set(bars.map((bar) => Math.round(bar.getBoundingClientRect().right))),
    ]);
    assertEquals(ends.length, 1, `${family}: bars end at ${ends}`);
  }
});

plainTest(
  "what is wrong with a host is read as a whole word beside its name, or not at all",
  async (stage) => {
    const { page, origin, world } = stage;
    const names = ["web-1", `web-${"long-".repeat(20)}1`];
    for (const [n, host] of names.entries()) world.send({ id: `h-${n}`, host });
    world.standing = names.map((_, n) => standing(world, "memory", `h-${n}`, 4, 97));
    await page.goto(origin);
    for (const size of Object.values(SIZES)) {
      await resize(page, size);
      await page.waitForSelector(".body .row:not([hidden]) .say:not(:empty)");
      const seen = await page.$$eval(".body .row:not([hidden]) .who", (all) =>
        all.map((who) => {
          const [room, name, word] = [who, ...who.children].map((node) =>
            node.getBoundingClientRect()
          );
          const isBelow = word!.top >= room!.bottom - 1;
          const isWhole = word!.right <= room!.right + 1 &&
            who.lastElementChild!.scrollWidth <= who.lastElementChild!.clientWidth;
          return { isBelow, isWhole, fills: name!.right > room!.right - 2 };
        }));
      assertEquals(seen[0], { isBelow: false, isWhole: true, fills: false }, `${size.width}`);
      assertEquals(seen[1]!.isBelow && seen[1]!.fills, true, `${size.width}`);
    }
  },
);

plainTest("without a host every page says so", async ({ page, origin, world }) => {
  for (const path of ["/", "/grid", "/compare", "/ways", "/?wall"]) {
    await page.goto(origin + path);
    await page.waitForSelector("main >> text=No host has been heard yet");
  }
  await resize(page, SIZES.phone);
  await page.goto(origin);
  await page.waitForSelector(".empty pre");
  assertEquals(await page.isVisible(".toolbar"), false);
  assertEquals(await cutIn(page), []);
  const isCut = await page.$$eval(
    ".empty pre",
    (all) => all.some((node) => node.scrollWidth > node.clientWidth),
  );
  assertEquals(isCut, false, "what is to be typed is cut");
  world.send({ id: "a" });
  await page.waitForSelector(".body .row:not([hidden])");
  assertEquals(await page.isVisible(".toolbar"), true);
  // What arrives stands below the counts, however short it is.
  const { bottom } = await page.$eval(".statuses", (node) => node.getBoundingClientRect());
  const { top } = await page.$eval(".totals > .figure", (node) => node.getBoundingClientRect());
  assert(top >= bottom, `the rate is at ${top}, the counts end at ${bottom}`);
});

plainTest("what a host that is gone said last has no level", async ({ page, origin, world }) => {
  const memory = { total: 2 ** 30, used: 0.98 * 2 ** 30, free: 0, available: 2 ** 20 };
  world.send({ id: "a", memory });
  const levels = async () => {
    await page.goto(`${origin}/hosts/a`);
    await page.waitForSelector(".now .number[data-level]");
    return await page.$$eval(".now .number[data-level]", (all) => {
      const muted = getComputedStyle(document.querySelector(".host-title .hint")!).color;
      return all.map((node) => getComputedStyle(node).color === muted);
    });
  };
  assertEquals([...new Set(await levels())], [false]);
  world.nowMs += 600_000;
  assertEquals([...new Set(await levels())], [true]);
});
