/// <reference lib="dom" />
import { assert, assertEquals } from "@std/assert";
import { addressOf, BROWSER, onStage, type Stage, withTokenFile } from "./browser.ts";
import { behind, isHere, PROXIES, type Rule } from "./proxies.ts";

/** Over http, and under a name that is not localhost: the browser then says nothing of the site. */
const NAME = "pulso.example";
const TOKEN = "a-token/of=24;characters";
const ROOT: Rule = { path: "/", isWhole: true };

for (const proxy of PROXIES) {
  const named = proxy.keepsHost ? ["--web-host", NAME] : [];

  /** A test of the page at the URL that the proxy has it at. */
  const test = (
    name: string,
    rule: Rule,
    act: (stage: Stage, url: string) => Promise<void>,
    options: readonly string[] = [],
  ) => {
    const onUrl = (stage: Stage) =>
      behind(
        proxy,
        `127.0.0.1:${new URL(stage.origin).port}`,
        rule,
        (port) => act(stage, `http://${NAME}:${port}${rule.path}`),
      );
    Deno.test({
      name: `through ${proxy.name}, the page ${name} (needs it, --allow-all and Chromium)`,
      ignore: BROWSER === null || !isHere(proxy),
      fn: () =>
        withTokenFile(TOKEN, (file) => {
          const given = options.map((option) => option === "FILE" ? file : option);
          return onStage(onUrl, {}, [...named, ...given]);
        }),
    });
  };

  test("is live, and shows hosts whose id has a slash", ROOT, async (stage, url) => {
    await keepsNothingBack(url);
    await use(stage, url);
    await showSlash(stage, url);
    assertEquals(withoutNotices(stage.complaints), []);
  });

  test("is live under a path that is taken off", { path: "/pulso/", isWhole: false }, use, [
    ...["--web-base", "/pulso/"],
  ]);

  test("asks for the token under a path that is left", { path: "/pulso/", isWhole: true }, signIn, [
    ...["--web-base", "/pulso/", "--web-token-file", "FILE"],
  ]);
}

/** What a browser says of every page that is neither encrypted nor on localhost is no complaint. */
function withoutNotices(complaints: readonly string[]): readonly string[] {
  return complaints.filter((text) => !text.startsWith("The Cross-Origin-Opener-Policy header"));
}

/** Sees a host come, change at once, and be looked at alone; a reload shows the same. */
async function use({ page, send }: Stage, url: string): Promise<void> {
  await page.goto(url);
  await page.waitForSelector(".empty:not([hidden])");
  await send({ id: "host-a", host: "a", cpu: { mean: 41, cores: [], iowait: 0, steal: 0 } });
  await page.waitForSelector(".body .row:not([hidden]) .cpu >> text=41%");
  await page.click(".body a.name");
  await page.waitForSelector(".chart canvas");
  assertEquals((await addressOf(page)).href, `${url}hosts/host-a`);
  await page.reload();
  await page.waitForSelector("h1 >> text=a");
  await page.keyboard.press("Escape");
  await page.waitForSelector(".body .row:not([hidden])");
  assertEquals((await addressOf(page)).href, url);
}

async function showSlash({ page, port }: Stage, url: string): Promise<void> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const bytes = new TextEncoder().encode('{"v":1,"host":"../by hand","cpu":{"mean":7}}');
  await socket.send(bytes, { transport: "udp", hostname: "127.0.0.1", port });
  socket.close();
  await page.goto(url);
  await page.click(".body a.name >> text=../by hand");
  await page.reload();
  await page.waitForSelector("h1 >> text=../by hand");
  await page.waitForSelector(".chart canvas");
}

async function signIn({ page, send }: Stage, url: string): Promise<void> {
  await page.goto(`${url}hosts/host-a`);
  await page.waitForSelector("text=This server asks for a token");
  await page.fill("input", "wrong");
  await page.keyboard.press("Enter");
  await page.waitForSelector("text=That is not the token.");
  await send({ id: "host-a", host: "a" });
  await page.fill("input", TOKEN);
  await page.click("button");
  await page.waitForSelector("h1 >> text=a");
  assertEquals((await addressOf(page)).href, `${url}hosts/host-a`);
  // A link from elsewhere brings no cookie along: the page that asks for it asks once more by itself.
  await page.goto("data:text/html,<a>elsewhere</a>");
  await page.evaluate((href) => document.querySelector("a")!.href = href, `${url}hosts/host-a`);
  await page.click("a");
  await page.waitForSelector("h1 >> text=a");
}

/** One small event a second is all that there is: a proxy that fills a buffer first has 4 KiB of them at once. */
async function keepsNothingBack(url: string): Promise<void> {
  const response = await fetch(`${url.replace(NAME, "127.0.0.1")}api/stream?limit=1`);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (text.match(/^event: window$/gm)?.length !== 2) {
    const { value } = await reader.read();
    assert(value !== undefined && text.length + value.length < 4_000, text);
    text += value;
  }
  await reader.cancel();
}
