/// <reference lib="dom" />
/**
 * Every page as it looks: in both themes, at the width of a phone and of a desk, of a fleet with every
 * kind of host. What is held of one page is held of all.
 */
import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { BROWSER, type View, violationsIn } from "./browser.ts";
import { contrastOf, type Rgb } from "./contrast.ts";
import { inFolder } from "./files.ts";
import { furnish, onWorld, type WorldStage } from "./page_world.ts";

const THEMES = ["light", "dark"] as const;
const SIZES = { desk: { width: 1_440, height: 900 }, phone: { width: 390, height: 844 } };

/** Every page, and what is there when it is drawn. */
const PAGES: Readonly<Record<string, string>> = {
  "/": ".body .row:not([hidden])",
  "/?q=nobody": ".no-match:not([hidden])",
  "/hosts/everything": ".chart .u-over",
  "/hosts/nobody": "main .hint >> text=The server knows no host",
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
            await act(stage);
            assertEquals(stage.complaints, []);
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

test(
  "each can be read, has no fault that axe finds, and does not scroll sideways",
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
        await page.setViewportSize(size);
        note(`${path} ${name} sideways`, await sidewaysIn(page), 0);
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
