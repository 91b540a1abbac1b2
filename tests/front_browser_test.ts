/// <reference lib="dom" />
/** The page of a front of two real servers, in a browser: all of it is as of one server, until a view is gone. */
import { assertEquals, assertMatch } from "@std/assert";
import { AskedServer } from "./asked_server.ts";
import { BROWSER, onPage } from "./browser.ts";
import { jsonOf } from "./messages.ts";

/** Sends what a host of a name has to say, with its number in it. */
async function send(server: AskedServer, names: readonly string[]): Promise<void> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  for (const host of names) {
    const mean = Number(host.split("-")[1]);
    const cpu = { mean, cores: [mean], iowait: 0, steal: 0 };
    const tags = { role: host.split("-")[0] };
    const message = { v: 1, id: host, host, session: "s", seq: 1, interval: 60_000, cpu, tags };
    await socket.send(jsonOf(message), server.to);
  }
  socket.close();
  await server.waitFor(names.length);
}

Deno.test({
  name: "the page of a front is that of all its views (needs --allow-all and Chromium)",
  ignore: BROWSER === null,
  async fn() {
    await using one = await AskedServer.start(["--web-base", "/one/"]);
    await using other = await AskedServer.start();
    await send(one, ["db-10", "db-30", "web-50"]);
    await send(other, ["db-20", "web-40", "web-60"]);
    const bases = `${one.origin}/one/,${other.origin}`;
    await using front = await AskedServer.startView(["--front", bases]);
    const { origin } = front;
    await onPage(async (page, complaints) => {
      const names = () =>
        page.$$eval(
          ".body .row:not([hidden]) .cell a.name",
          (all) => all.map((node) => node.textContent),
        );

      await page.goto(`${origin}/?sort=cpu&order=desc`);
      await page.waitForFunction(() =>
        document.querySelectorAll(".body .row:not([hidden])").length === 6
      );
      assertEquals(await names(), ["web-60", "web-50", "web-40", "db-30", "db-20", "db-10"]);
      await page.selectOption("select.groups", "role");
      await page.waitForSelector(".group:has-text('role=web')");
      assertMatch((await page.textContent(".group:has-text('role=db')"))!, /role=db\s*3/);

      await page.keyboard.press("2");
      await page.waitForSelector(".map .names p:nth-child(2)");
      assertEquals(
        await page.$$eval(".map .names b", (all) => all.map((node) => node.textContent)),
        [
          ...["role=db", "role=web"],
        ],
      );
      await page.locator(".map .field").focus();
      for (const key of ["j", "l"]) await page.keyboard.press(key);
      await page.waitForSelector(".card >> text=db-20");
      await page.keyboard.press("Enter");
      await page.waitForURL(`${origin}/hosts/db-20`);
      await page.waitForSelector("h1 >> text=db-20");

      await page.goto(`${origin}/compare?top=3`);
      await page.waitForSelector(".compare:not([hidden]) >> text=web-60");
      assertMatch((await page.textContent(".compare-head"))!, /3 highest of 6 hosts/);
      // Nothing is kept on disk, so no ranges are offered; nor ways, where there is one.
      assertEquals(
        await page.locator(".ranges:visible, .tabs a[data-view=ways]:visible").count(),
        0,
      );

      await page.goto(`${origin}/?sort=name`);
      await page.waitForFunction(() =>
        document.querySelectorAll(".body .row:not([hidden])").length === 6
      );
      await other.running.stop();
      // What was asked as it ended was closed without an answer; what is asked later is refused.
      await page.waitForSelector(".totals .missing >> text=(connection refused)");
      assertEquals(
        await page.textContent(".totals .missing"),
        `${other.origin} does not answer (connection refused): 3 hosts not shown`,
      );
      await page.waitForFunction(() =>
        document.querySelectorAll(".body .row:not([hidden])").length === 3
      );
      assertEquals(await names(), ["db-10", "db-30", "web-50"]);
      assertEquals(complaints, []);
    });
  },
});
