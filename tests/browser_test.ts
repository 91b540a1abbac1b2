/// <reference lib="dom" />
import { assert, assertEquals, assertMatch } from "@std/assert";
import { METRICS } from "../lib/catalogue.ts";
import { encodeMessage } from "../lib/message/encode.ts";
import { UNSAFE_CHARACTERS } from "../lib/common/text.js";
import {
  addressOf,
  BROWSER,
  onStage,
  resize,
  type Stage,
  type View,
  violationsIn,
  withTokenFile,
} from "./browser.ts";
import { shownTracks, TRACKS } from "../lib/server/web/page/tracks.js";
import { inFolder } from "./files.ts";
import { sampleOf } from "./messages.ts";
import { onWorld } from "./page_world.ts";
import { programOf, Running } from "./processes.ts";
import { openHere, START_MS } from "./server/record/recording.ts";

const PHONE: View = { viewport: { width: 390, height: 780 } };

function test(name: string, act: (stage: Stage) => Promise<void>, view?: View): void {
  Deno.test({
    name: `the page ${name} (needs --allow-all and Chromium)`,
    ignore: BROWSER === null,
    fn: () => onStage(act, view),
  });
}

/** Three hosts of one name each, by CPU use: b, c, a. */
async function sendThree({ send }: Stage): Promise<void> {
  for (const [host, mean] of [["a", 5], ["b", 90], ["c", 40]] as const) {
    await send({ id: `host-${host}`, host, cpu: { mean, cores: [mean], iowait: 0, steal: 0 } });
  }
}

/** The names of the rows from the top to the bottom. */
async function namesOf({ page }: Stage): Promise<string[]> {
  return await page.evaluate(() => {
    const rows = [...document.querySelectorAll<HTMLElement>(".body .row:not([hidden])")];
    const place = (row: HTMLElement) => Number(row.getAttribute("aria-rowindex"));
    return rows.toSorted((a, b) => place(a) - place(b))
      .map((row) => row.querySelector("a.name")!.textContent!);
  });
}

async function waitForNames(stage: Stage, ...names: string[]): Promise<void> {
  await stage.page.waitForFunction((expected) => {
    const rows = [...document.querySelectorAll<HTMLElement>(".body .row:not([hidden])")];
    const place = (row: HTMLElement) => Number(row.getAttribute("aria-rowindex"));
    const seen = rows.toSorted((a, b) => place(a) - place(b))
      .map((row) => row.querySelector("a.name")!.textContent);
    return JSON.stringify(seen) === JSON.stringify(expected);
  }, names);
}

test("shows a live agent and changes its values in place", async (stage) => {
  const { page, origin, port, complaints } = stage;
  await page.goto(origin);
  await page.waitForSelector(".empty:not([hidden])");
  await using agent = new Running(programOf("agent"), [
    ...["--server", `127.0.0.1:${port}`, "--interval", "200ms", "--name", "live-host"],
  ]);
  await waitForNames(stage, "live-host");
  const row = await page.$(".body .row:not([hidden])");
  const read = () => page.evaluate((row) => row!.textContent, row);
  const first = await read();
  await page.waitForFunction(([row, first]) => (row as Element).textContent !== first, [
    row,
    first,
  ]);
  assert(await page.evaluate((row) => row!.isConnected, row));
  assertEquals(await page.textContent(".totals [data-status=live] b"), "1");
  assertEquals(complaints, []);
  assertEquals(await agent.stop(), 0);
  await page.waitForSelector(".body .row[data-status=left]");
});

test("sorts and filters, and keeps both in its URL", async (stage) => {
  const { page, origin } = stage;
  await sendThree(stage);
  await page.goto(origin);
  await waitForNames(stage, "a", "b", "c");
  await page.click(".head .cpu button");
  await waitForNames(stage, "b", "c", "a");
  assertEquals(await page.getAttribute(".head .cpu", "aria-sort"), "descending");
  await page.click(".head .cpu button");
  await waitForNames(stage, "a", "c", "b");
  await page.fill("#filter", "b");
  await waitForNames(stage, "b");
  assertEquals((await addressOf(page)).search, "?q=b&sort=cpu");
  await page.reload();
  await waitForNames(stage, "b");
  await page.fill("#filter", "");
  await waitForNames(stage, "a", "c", "b");
  await stage.send({ id: "host-c", host: "c", seq: 123_457, bye: true });
  await page.waitForFunction(() => document.querySelector(".body .row[data-status=left]") !== null);
  await page.click(".totals button[data-status=left]");
  await waitForNames(stage, "c");
  assertEquals((await addressOf(page)).searchParams.get("status"), "left");
});

test("sorts by a press anywhere in a header, and keeps all of a line on one line", async (stage) => {
  const { page, origin } = stage;
  await sendThree(stage);
  await page.goto(origin);
  await waitForNames(stage, "a", "b", "c");
  const { x, y, width, height } = (await page.locator(".head .cpu").boundingBox())!;
  await page.mouse.click(x + width - 2, y + height - 2);
  await waitForNames(stage, "b", "c", "a");
  for (const texts of [".head .cell > *", ".row[aria-rowindex='2'] .number"]) {
    const middles = await page.$$eval(texts, (all) => {
      const shown = all.filter((node) => node.textContent !== "" && node.checkVisibility());
      return shown.map((node) => {
        const range = document.createRange();
        range.selectNodeContents(node);
        const { top, height } = range.getBoundingClientRect();
        return Math.round(top + height / 2);
      });
    });
    assert(middles.length > 3);
    assertEquals(new Set(middles).size, 1, `${texts}: ${middles}`);
  }
});

test("shows one host with its charts, devices and delivery", async ({ page, origin, send, complaints }) => {
  const devices = { cores: 64, volumes: 3, interfaces: 2 };
  await send({ id: "host-1", seq: 1 }, devices);
  const sensors = { temps: [{ name: "Package id 0", celsius: 45 }] };
  const pressure = { cpu: 14.5, memory: 0, memoryFull: 0, io: 100, ioFull: 3 };
  await send({ id: "host-1", seq: 4, sensors, pressure, extra: { failed_units: 0 } }, devices);
  await page.goto(origin);
  await page.click(".body a.name");
  await page.waitForSelector(".chart canvas");
  assertEquals((await addressOf(page)).pathname, "/hosts/host-1");
  const charts = new Set(METRICS.flatMap(({ chart }) => chart ?? []));
  assert(charts.delete("Disk busy"), "no disk says so");
  assertEquals(await page.$$eval(".chart canvas", (all) => all.length), charts.size + 1);
  // Without a store there is nothing to zoom into.
  assertEquals(await page.textContent(".shares .hint"), "");
  assertEquals(await page.$$eval(".core-bars i", (all) => all.length), 32);
  assertMatch((await page.textContent(".cores-now .hint"))!, /^64 cores, core \d+ at \d+%$/);
  const sections = await page.$$eval(
    "section:not([hidden]):has(> table)",
    (all) =>
      all.map((node) =>
        `${node.querySelector("h2")!.textContent} ${node.querySelectorAll("tbody tr").length}`
      ),
  );
  const tables = ["Pressure 3", "Temperatures 1", "Volumes 3", "Interfaces 2"];
  assertEquals(sections, [...tables, "Custom metrics 1"]);
  const pressures = await page.$$eval(
    "table[aria-label=Pressure] tbody tr",
    (rows) => rows.map((row) => Array.from(row.children, (cell) => cell.textContent).join(" ")),
  );
  assertEquals(pressures, ["CPU  15% –", "Memory  0% 0%", "I/O  100% 3%"]);
  await send(
    { id: "host-1", seq: 5, time: 2, sensors, pressure, extra: { failed_units: 0 } },
    devices,
  );
  await page.waitForSelector(".heat canvas");
  const sentence = page.locator(".delivery summary");
  assertMatch(
    (await sentence.textContent())!,
    /^2 of 5 datagrams lost \(40\.0%\), 2 of them may still come, /,
  );
  await page.keyboard.press("d");
  const lost = page.locator(".figures button", { hasText: /^Lost\d/ });
  assertEquals(await lost.locator("b").textContent(), "2");
  await lost.click();
  assertMatch((await page.textContent("#formula"))!, /^Lost Sequence numbers of its sessions/);
  await page.locator(".figures button", { hasText: "Jitter" }).click();
  assertMatch((await page.textContent("#formula"))!, /^Jitter RFC 3550/);
  assertEquals(await page.locator(".figures [aria-expanded=true]").count(), 1);
  await page.keyboard.press("Escape");
  assertEquals(await page.locator("#formula").isVisible(), false);
  await page.keyboard.press("Escape");
  assertEquals(await page.locator(".figures").isVisible(), false);
  assert(await page.locator(".chart canvas").first().isVisible());
  assertMatch((await page.textContent(".chart .legend"))!, /^last \d+%$/);
  await page.keyboard.press("Escape");
  await page.waitForSelector(".grid");
  assertEquals(complaints, []);
});

test("says of a host who it is, and what it does not have", async ({ page, origin, send }) => {
  const memory = {
    ...{ total: 8, used: 4, free: 2, available: 4 },
    ...{ swapTotal: 0, swapUsed: 0 },
  };
  await send({
    id: "host-1",
    session: "session-1",
    seq: 1,
    time: Date.now(),
    interval: 5_000,
    memory,
  });
  await page.goto(`${origin}/hosts/host-1`);
  await page.waitForSelector(".host:not([hidden])");
  assertEquals(await page.$$eval(".identity dd", (all) => all.map((node) => node.textContent)), [
    ...["host-1", "session-1"],
  ]);
  assertMatch(
    (await page.$$eval(".facts li", (all) => all.map((node) => node.textContent))).join(),
    /^8 memory,from 127\.0\.0\.1:\d+,every 5s$/,
  );
  const titles = await page.$$eval(
    ".host section:not([hidden]) h2",
    (all) => all.filter((node) => node.checkVisibility()).map((node) => node.textContent),
  );
  const beside = ["CPU", "Memory", "Swap", "Volumes", "Interfaces"];
  assertEquals(titles, [...beside, "Disk", "Network", "System", "This host"]);
  await page.waitForSelector(".chart .u-over");
  assertEquals(
    await page.$$eval("figcaption a", (all) => all.map((node) => node.textContent)),
    ["CPU", "Memory", "Load", "Disk", "Network"],
  );
  const swap = page.locator(".block", { hasText: "Swap" });
  assertEquals(await swap.locator("b").textContent(), "none");
  assertEquals(await swap.locator(".bar:visible").count(), 0);
  assertEquals(await page.locator(".heat").isVisible(), false);
});

test("says when the server is gone, keeps its values, and catches up", async (stage) => {
  const { page, origin } = stage;
  await sendThree(stage);
  await page.goto(origin);
  await waitForNames(stage, "a", "b", "c");
  await stage.restart(async () => {
    await page.waitForSelector("#banner:not(:empty)");
    assertEquals(await namesOf(stage), ["a", "b", "c"]);
  });
  await stage.send({ id: "host-d", host: "d" });
  await waitForNames(stage, "d");
  await page.waitForSelector("#banner:empty", { state: "attached" });
});

/** How many rows are so, and how many the header says are so. */
async function countsOf({ page }: Stage, status: string): Promise<[rows: number, total: string]> {
  const rows = await page.$$(`.body .row:not([hidden])[data-status=${status}]`);
  return [rows.length, (await page.textContent(`.totals [data-status=${status}] b`))!];
}

test("accuses no host while the server is gone", async (stage) => {
  const { page, origin } = stage;
  await page.clock.install();
  const loseForLong = (look: () => Promise<void>) =>
    stage.restart(async () => {
      await page.waitForSelector("#banner:not(:empty)");
      await page.clock.fastForward(60_000);
      await page.waitForSelector("#banner >> text=/^The server was stopped.* for 1m; trying/");
      await look();
    });
  await stage.send({ id: "host-a", host: "a" });
  await page.goto(origin);
  await waitForNames(stage, "a");
  await loseForLong(async () => assertEquals(await countsOf(stage, "live"), [1, "1"]));
  await stage.send({ id: "host-a", host: "a" });
  await page.click(".body a.name");
  await page.waitForSelector(".host-title [data-status=live]");
  await page.waitForSelector("#banner:empty", { state: "attached" });
  await loseForLong(async () => {
    assertEquals(await page.textContent(".host-title .status"), "● live");
  });
});

test("notices a server that has gone silent, and catches up", async (stage) => {
  const { page, origin } = stage;
  await page.clock.install();
  await sendThree(stage);
  await page.goto(origin);
  await waitForNames(stage, "a", "b", "c");
  await stage.freeze(async () => {
    await page.clock.fastForward(11_000);
    await page.waitForSelector("#banner:not(:empty)");
    assertEquals(await countsOf(stage, "live"), [3, "3"]);
  });
  await page.waitForSelector("#banner:empty", { state: "attached" });
});

Deno.test({
  name: "the page asks for a token that changed (needs --allow-all and Chromium)",
  ignore: BROWSER === null,
  fn: () =>
    withTokenFile("the-token-of-before", (file) =>
      onStage(
        async (stage) => {
          const { page, origin } = stage;
          await stage.send({ id: "host-a", host: "a" });
          await page.goto(`${origin}/?token=the-token-of-before`);
          await waitForNames(stage, "a");
          await stage.restart(() => Deno.writeTextFile(file, "the-token-of-today"));
          await page.waitForSelector("#banner >> text=/^The server asks for another token than/");
          assertEquals(await namesOf(stage), ["a"]);
          await page.click("#banner button");
          await page.fill("#token", "the-token-of-today");
          await page.keyboard.press("Enter");
          await stage.send({ id: "host-b", host: "b" });
          await waitForNames(stage, "b");
          assertEquals(await page.locator("#banner:empty").count(), 1);
        },
        {},
        ["--web-token-file", file],
      )),
});

test("counts who is missing beside a host as well, and leads there", async (stage) => {
  const { page, origin, send } = stage;
  await sendThree(stage);
  await page.goto(`${origin}/hosts/host-a`);
  await page.waitForSelector(".host-title [data-status=live]");
  assertEquals(await page.locator(".missing").isVisible(), false);
  await send({ id: "host-x", host: "x", interval: 100 });
  await page.waitForSelector("a.missing >> text=✗ 1 offline");
  assertEquals(await page.title(), "✗1 · a – Pulso");
  await page.click("a.missing");
  await waitForNames(stage, "x", "a", "b", "c");
});

Deno.test({
  name:
    "the page draws an outage in the table as a gap, up to now and afterwards (needs --allow-all and Chromium)",
  ignore: BROWSER === null,
  fn: () =>
    onWorld(async ({ page, origin, world }) => {
      const cpu = { mean: 50, cores: [50], iowait: 0, steal: 0 };
      const report = (seq: number) =>
        world.send({ id: "host-a", host: "a", session: "s", seq, interval: 200, cpu });
      const line = () => page.getAttribute(".body .row:not([hidden]) .spark path", "d");
      report(1);
      world.nowMs += 3_000;
      await page.goto(origin);
      await page.waitForSelector(".body .row[data-status=offline]");
      // Of 30 places, what was heard 7 or more intervals ago is not at the end.
      assert(Number(/^M([\d.]+) 50h0$/.exec((await line())!)![1]) < 100 * 23 / 29);
      report(2);
      await page.waitForSelector(".body .row[data-status=live]");
      const drawn = /^M([\d.]+) 50h0M([\d.]+) 50h0/;
      assertMatch((await line())!, drawn);
      await page.reload();
      await page.waitForSelector(".body .row:not([hidden])");
      assertMatch((await line())!, drawn);
    }),
});

test("says how many cores are not listed", async ({ page, origin, send }) => {
  await send({ id: "host-a", cpu: { mean: 5, cores: [5, 6], omitted: 510, iowait: 0, steal: 0 } });
  await page.goto(`${origin}/hosts/host-a`);
  await page.waitForSelector("text=(510 more are not listed)");
  assertEquals(await page.locator(".core-bars i").count(), 2);
});

test("says that a filter matches nothing, and puts who is missing first", async (stage) => {
  const { page, origin, send } = stage;
  await sendThree(stage);
  await send({ id: "host-x", host: "x", interval: 100 });
  await page.goto(origin);
  await page.waitForSelector(".body .row[data-status=offline]");
  await page.waitForFunction(() => document.title === "✗1 · Pulso");
  await page.fill("#filter", "nobody");
  await page.waitForSelector(".no-match >> text=No host has “nobody” in name");
  await page.keyboard.press("Escape");
  await waitForNames(stage, "a", "b", "c", "x");
  await page.click(".worst");
  await waitForNames(stage, "x", "a", "b", "c");
  await page.click(".head .name button");
  await waitForNames(stage, "a", "b", "c", "x");
  await page.keyboard.press("!");
  await waitForNames(stage, "x", "a", "b", "c");
});

test("makes no element of what hosts are called, and runs none of it", async (stage) => {
  const { page, origin, send, complaints } = stage;
  const names = [
    "<img src=x onerror=alert(1)>",
    `"'\`><script>alert(1)</script>`,
    "javascript:alert(1)",
    "x".repeat(253),
    "主机-数据库",
  ];
  page.on("dialog", () => complaints.push("a dialog"));
  for (const [index, host] of names.entries()) {
    const volumes = [{ mount: `/<b>${index}`, total: 2, used: 1, free: 1 }];
    const message = { id: `hostile-${index}`, host, disk: { read: 0, write: 0, volumes } };
    await send(message);
  }
  await page.goto(origin);
  await page.waitForFunction(
    (count) => document.querySelectorAll(".body .row:not([hidden])").length === count,
    names.length,
  );
  assertEquals((await namesOf(stage)).toSorted(), names.toSorted());
  const made = "main img, main script, main b, main iframe, main [onerror]";
  assertEquals(await page.$$eval(made, (all) => all.length), 0);
  await page.locator(".body a.name", { hasText: "<img" }).first().click();
  await page.waitForSelector("tbody tr");
  assertEquals(await page.textContent("h1"), names[0]);
  assertEquals(await page.$$eval("main img, main script, tbody b", (all) => all.length), 0);
  assertEquals(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
  assertEquals(complaints, []);
});

test("shows text that changes direction as what it is", async ({ page, origin, port }) => {
  // No sender of ours makes such a name, and the server takes none: only a legacy message can hold it.
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const bytes = new TextEncoder().encode(JSON.stringify({ host: "\u202egnp.exe", x: "\x1b[2J" }));
  await socket.send(bytes, { transport: "udp", hostname: "127.0.0.1", port });
  socket.close();
  await page.goto(`${origin}/hosts/127.0.0.1`);
  await page.waitForSelector("main pre:not([hidden])");
  const text = await page.textContent("main pre");
  assert(text!.includes("\\u202egnp.exe"));
  assertEquals(text!.match(UNSAFE_CHARACTERS)?.filter((character) => character !== "\n"), []);
});

test("takes keys from the start, when nothing has the focus", async (stage) => {
  const { page, origin } = stage;
  await sendThree(stage);
  await page.goto(origin);
  await waitForNames(stage, "a", "b", "c");
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.waitForSelector(".body .row[aria-selected=true] >> text=b");
  await page.keyboard.press("Enter");
  await page.waitForSelector("h1 >> text=b");
});

test("can be used by the keyboard alone", async (stage) => {
  const { page, origin } = stage;
  await sendThree(stage);
  await page.goto(origin);
  await waitForNames(stage, "a", "b", "c");
  await page.keyboard.press("Tab");
  assertEquals(await page.evaluate(() => document.activeElement?.className), "skip");
  await page.keyboard.press("/");
  assertEquals(await page.evaluate(() => document.activeElement?.id), "filter");
  await page.keyboard.type("a");
  await waitForNames(stage, "a");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".body .row[aria-selected=true] >> text=a");
  await page.keyboard.press("Enter");
  await page.waitForSelector("h1 >> text=a");
  await page.keyboard.press("Escape");
  await waitForNames(stage, "a");
  await page.waitForSelector(".body .row[aria-selected=true]:not([hidden]) >> text=a");
  await page.keyboard.press("Escape");
  await waitForNames(stage, "a", "b", "c");
  await page.keyboard.press("ArrowDown");
  await page.waitForSelector(".body .row[aria-selected=true] >> text=b");
  await page.keyboard.press("Enter");
  await page.waitForSelector("h1 >> text=b");
  await page.keyboard.press("Escape");
  await waitForNames(stage, "a", "b", "c");
});

test("goes on to the next host of the list, and comes back to it and to its place", async (stage) => {
  const { page, origin } = stage;
  await sendMany(stage, 120);
  await page.goto(`${origin}/?sort=cpu&order=desc`);
  await page.waitForSelector(".body .row >> text=host-119");
  const selected = (name: string) =>
    page.waitForSelector(`.body .row[aria-selected=true]:not([hidden]) >> text=${name}`);
  await page.evaluate(() => document.querySelector(".grid")!.scrollTop = 28 * 40);
  await page.click(".body .row:not([hidden]) a.name >> text=host-69");
  await page.waitForSelector("h1 >> text=host-69");
  const top = () => page.evaluate(() => document.querySelector(".grid")?.scrollTop);
  for (const back of [() => page.goBack(), () => page.keyboard.press("Backspace")]) {
    await back();
    await selected("host-69");
    assertEquals(await top(), 28 * 40);
    await page.keyboard.press("Enter");
    await page.waitForSelector("h1 >> text=host-69");
  }
  for (const [key, name] of [["n", "host-68"], ["n", "host-67"], ["N", "host-68"]]) {
    await page.keyboard.press(key!);
    await page.waitForSelector(`h1 >> text=${name}`);
  }
  await page.goBack();
  await selected("host-68");
  assertEquals(await top(), 28 * 40);
  for (const key of ["Home", "Enter"]) await page.keyboard.press(key);
  await page.waitForSelector("h1 >> text=host-119");
  await page.keyboard.press("N");
  await page.waitForSelector("main .hint >> text=No host above this one in the list");
});

test("explains its keys, and takes those of the terminal", async (stage) => {
  const { page, origin } = stage;
  await sendThree(stage);
  await page.goto(origin);
  await waitForNames(stage, "a", "b", "c");
  await page.keyboard.press("?");
  await page.waitForSelector("dialog >> text=what needs attention");
  assertEquals(await violationsIn(page), []);
  await page.keyboard.press("s");
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog", { state: "detached" });
  assertEquals((await addressOf(page)).search, "");
  for (const key of ["j", "j", "m"]) await page.keyboard.press(key);
  await page.waitForSelector("dialog .asked >> text=b");
  assertEquals(await violationsIn(page), []);
  await page.click("dialog button >> text=1h");
  await page.waitForSelector(".mutes >> text=id:host-b");
  await page.waitForSelector("dialog", { state: "detached" });
  await page.keyboard.press("s");
  await page.waitForURL(`${origin}/?sort=age&order=desc`);
  await page.keyboard.press("r");
  await page.waitForURL(`${origin}/?sort=age`);
  await page.keyboard.press("x");
  await page.keyboard.press("Enter");
  await page.waitForSelector("header a >> text=Compare 1");
  await page.keyboard.press("f");
  await page.waitForSelector("#formula >> text=Received");
});

test("stands still when asked to, until it is to go on", async (stage) => {
  const { page, origin } = stage;
  await sendThree(stage);
  await page.goto(origin);
  await waitForNames(stage, "a", "b", "c");
  await page.keyboard.press("p");
  await page.waitForSelector("button.held");
  await stage.send({ id: "host-d", host: "d" });
  // What is sent after it is heard, and so has been told to those who listen.
  await page.waitForFunction(async () => {
    const { totals } = await (await fetch("/api/fleet")).json();
    return totals.hosts === 4;
  });
  await waitForNames(stage, "a", "b", "c");
  await page.keyboard.press("p");
  await waitForNames(stage, "a", "b", "c", "d");
  assert(!await page.isVisible("button.held"));
});

test("closes what is refused and why on Esc, and on a press elsewhere", async (stage) => {
  const { page, origin } = stage;
  await sendThree(stage);
  await page.goto(origin);
  await waitForNames(stage, "a", "b", "c");
  const reasons = page.locator(".dropped dl");
  const open = async () => {
    await page.click(".dropped summary");
    await reasons.waitFor({ state: "visible" });
  };
  await page.fill("#filter", "a");
  await open();
  await page.click(".dropped dl");
  assert(await reasons.isVisible());
  await page.keyboard.press("Escape");
  await reasons.waitFor({ state: "hidden" });
  assertEquals(await page.inputValue("#filter"), "a");
  await open();
  await page.click(".count");
  await reasons.waitFor({ state: "hidden" });
});

/** Hosts of which each later one uses more CPU. */
async function sendMany({ origin, send }: Stage, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const mean = n / count * 100;
    const cpu = { mean, cores: [mean], iowait: 0, steal: 0 };
    await send({ id: `host-${n}`, host: `host-${n}`, interval: 60_000, cpu });
    // A burst of all of them would be more than the server's socket takes at once.
    if (n % 40 === 39) await (await fetch(`${origin}/healthz`)).body!.cancel();
  }
}

test("draws only the rows in view, whatever the fleet", async (stage) => {
  const { page, origin } = stage;
  await page.goto(origin);
  await sendMany(stage, 200);
  await page.waitForFunction(() => document.querySelector(".count")!.textContent === "200 hosts");
  await page.focus(".grid");
  await page.keyboard.press("End");
  await page.waitForSelector(".body .row[aria-selected=true] >> text=host-199");
  assert(await page.locator(".body .row[aria-selected=true]").isVisible());
  assert(await page.$$eval(".body .row", (all) => all.length) < 60);
});

test("asks only for the rows about those in view, and scrolls through all", async (stage) => {
  const { page, origin, complaints } = stage;
  // What a worker asks for, a test does not hear of.
  await page.addInitScript(() => Reflect.deleteProperty(globalThis, "SharedWorker"));
  const asked: URLSearchParams[] = [];
  page.on("request", (request) => {
    const { pathname, searchParams } = new URL(request.url());
    if (pathname === "/api/stream") asked.push(searchParams);
  });
  await sendMany(stage, 800);
  await page.goto(origin);
  await page.waitForSelector(".body .row >> text=host-0");
  assertEquals(await page.textContent(".count"), "800 hosts");
  const height = await page.evaluate(() => document.querySelector(".body")!.clientHeight);
  assertEquals(height % 800, 0);
  await page.evaluate((top) => document.querySelector(".grid")!.scrollTop = top, height / 2);
  await page.waitForSelector(".body .row:not([hidden]) >> text=host-400");
  await page.focus(".grid");
  await page.keyboard.press("End");
  await page.waitForSelector(".body .row[aria-selected=true] >> text=host-799");
  await page.keyboard.press("PageUp");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForSelector("h1 >> text=/^host-7../");
  await page.keyboard.press("Escape");
  await page.waitForSelector(".body .row:not([hidden]) >> text=host-799");
  assert(asked.length > 3);
  for (const params of asked.filter((params) => !params.has("host"))) {
    assert(Number(params.get("limit")) <= 125, String(params));
  }
  assertEquals(complaints, []);
});

test("shows the rows that there were until those of another sort have come", async (stage) => {
  const { page, origin } = stage;
  await sendMany(stage, 400);
  await page.goto(origin);
  await page.waitForSelector(".body .row >> text=host-0");
  await page.evaluate(() => document.querySelector(".grid")!.scrollTop = 205 * 28);
  await page.waitForSelector(".body .row:not([hidden]) >> text=host-205");
  await page.evaluate(() => {
    const count = () => document.querySelectorAll(".body .row:not([hidden])").length;
    const seen = { fewest: count() };
    Object.assign(globalThis, { seen });
    const look = () => {
      seen.fewest = Math.min(seen.fewest, count());
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  await page.click(".head .cpu button");
  await page.waitForSelector(".body .row[aria-rowindex='2'] >> text=host-399");
  await page.fill("#filter", "host-39");
  await page.waitForFunction(() =>
    document.querySelector(".count")!.textContent === "11 of 400 hosts"
  );
  const fewest = await page.evaluate(() =>
    (globalThis as unknown as { seen: { fewest: number } }).seen.fewest
  );
  assertEquals(fewest, 11);
});

test("fits a phone", async (stage) => {
  const { page, origin } = stage;
  await sendThree(stage);
  await page.goto(origin);
  await waitForNames(stage, "a", "b", "c");
  const fits = () => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
  assert(await fits());
  // Of the choices none is cut, the longest neither.
  assertEquals(
    await page.$$eval(".toolbar select", (selects) => {
      const probe = document.createElement("span");
      probe.style.font = getComputedStyle(selects[0]!).font;
      probe.style.position = "absolute";
      document.body.append(probe);
      return (selects as HTMLSelectElement[]).filter((select) => select.checkVisibility())
        .flatMap(({ options, clientWidth }) =>
          Array.from(options, ({ text }) => {
            probe.textContent = text;
            return probe.offsetWidth + 24 > clientWidth ? text : "";
          })
        ).filter((text) => text !== "");
    }),
    [],
  );
  assertEquals(
    await page.$$eval(".row:first-child .measure", (all) => {
      const shown = all.filter((measure) => measure.checkVisibility());
      return shown.map((measure) => getComputedStyle(measure, "::before").content);
    }),
    ['"CPU"', '"MEM"', '"VOL"'],
  );
  await page.selectOption(".order select", "cpu");
  await waitForNames(stage, "b", "c", "a");
  await page.click(".order button");
  await waitForNames(stage, "a", "c", "b");
  await page.click(".body a.name");
  await page.waitForSelector(".chart canvas");
  assert(await fits());
}, PHONE);

for (const colorScheme of ["light", "dark"] as const) {
  test(`passes axe in ${colorScheme}`, async (stage) => {
    const { page, origin } = stage;
    await page.goto(origin);
    await page.waitForSelector(".empty:not([hidden])");
    assertEquals(await violationsIn(stage.page), []);
    await sendThree(stage);
    await stage.send({ id: "host-d", host: "d", bye: true });
    await waitForNames(stage, "a", "b", "c", "d");
    assertEquals(await violationsIn(stage.page), []);
    await page.click(".body a.name");
    await page.waitForSelector(".chart canvas");
    assertEquals(await violationsIn(stage.page), []);
  }, { colorScheme });
}

Deno.test({
  name:
    "the page plays a record, stands still, and goes to a time (needs --allow-all and Chromium)",
  ignore: BROWSER === null,
  fn: () =>
    inFolder(async (folder) => {
      const minutes = 10;
      await recordMinutes(folder, minutes);
      const options = ["--replay", folder, "--speed", "600"];
      await onStage(
        async (stage) => {
          const { page, origin, complaints } = stage;
          await page.goto(origin);
          const slider = page.locator("#replay input");
          await page.waitForFunction(() => {
            const slider = document.querySelector<HTMLInputElement>("#replay input");
            return slider !== null && Number(slider.value) >= Number(slider.max) - 1_000;
          });
          await waitForNames(stage, ...Array.from({ length: minutes }, (_, n) => `web-${n}`));
          // Back to the middle: a host of each minute was heard by then, and no other.
          await page.locator("#replay select").selectOption("1");
          await page.locator("#replay button").click();
          await page.waitForSelector('#replay button[aria-label="Play the replay"]');
          const middle = Number(await slider.getAttribute("min")) + 5 * 60_000;
          await slider.fill(String(middle));
          await waitForNames(stage, ...Array.from({ length: 6 }, (_, n) => `web-${n}`));
          await page.locator("main").focus();
          await page.keyboard.press(".");
          await waitForNames(stage, ...Array.from({ length: 7 }, (_, n) => `web-${n}`));
          await page.keyboard.press(",");
          await waitForNames(stage, ...Array.from({ length: 6 }, (_, n) => `web-${n}`));
          await page.waitForFunction(
            (time) =>
              document.querySelector<HTMLInputElement>("#replay input")?.value === `${time}`,
            middle,
          );
          await page.keyboard.press("p");
          await page.waitForSelector('#replay button[aria-label="Pause the replay"]');
          const elsewhere = await fetch(`${origin}/api/replay?playing=false`, { method: "POST" });
          assertEquals([elsewhere.status, await elsewhere.json()], [403, {
            error: "Cannot run the command: it needs the header X-Requested-With",
          }]);
          assertEquals(complaints, []);
        },
        {},
        options,
      );
    }),
});

/** Records a host for each of some minutes. */
async function recordMinutes(folder: string, minutes: number): Promise<void> {
  const clock = { nowMs: START_MS, aheadMs: 0 };
  const { recorder } = openHere(folder, clock);
  for (let n = 0; n < minutes; n++) {
    clock.nowMs = START_MS + n * 60_000;
    const message = { ...sampleOf({ cores: 2, volumes: 1, interfaces: 1 }), id: `h${n}`, seq: 1 };
    const bytes = encodeMessage({ ...message, host: `web-${n}`, interval: 3_600_000 });
    const origin = { hostname: "192.0.2.7", port: 5 };
    recorder.record(bytes, origin, clock.nowMs, { kind: "plain" });
  }
  await recorder.close();
}

/** Three hosts of two roles and one of none, by CPU use: b, c, d, a. */
async function sendRoles({ send }: Stage): Promise<void> {
  const hosts = [["a", 5, "web"], ["b", 90, "db"], ["c", 40, "db"], ["d", 20, ""]] as const;
  for (const [host, mean, role] of hosts) {
    const cpu = { mean, cores: [mean], iowait: 0, steal: 0 };
    await send({ id: `host-${host}`, host, cpu, ...(role && { tags: { role, site: "fra" } }) });
  }
}

/** What stands in the lines of the table, from the top to the bottom: groups by their first words, hosts by their names. */
async function waitForLines({ page }: Stage, ...lines: string[]): Promise<void> {
  await page.waitForFunction((expected) => {
    const rows = [...document.querySelectorAll<HTMLElement>(".body .row:not([hidden])")];
    const place = (row: HTMLElement) => Number(row.getAttribute("aria-rowindex"));
    const seen = rows.toSorted((a, b) => place(a) - place(b)).map((row) => {
      const group = row.querySelector<HTMLElement>(".group:not([hidden])");
      if (group === null) return row.querySelector(".cell a.name")!.textContent;
      const [, name, hosts] = Array.from(group.children, (node) => node.textContent);
      return `${name} ${hosts} ${row.querySelector(".worst-of")!.textContent}`;
    });
    return JSON.stringify(seen) === JSON.stringify(expected);
  }, lines);
}

test("filters by tags and numbers, and says what it does not understand", async (stage) => {
  const { page, origin, complaints } = stage;
  await sendRoles(stage);
  await page.goto(origin);
  await waitForNames(stage, "a", "b", "c", "d");
  await page.fill("#filter", "role:db");
  await waitForNames(stage, "b", "c");
  await page.fill("#filter", "role:db cpu>=90%");
  await waitForNames(stage, "b");
  assertEquals(await page.isVisible(".problem"), false);
  await page.fill("#filter", "cpu> role:web");
  await waitForNames(stage, "a");
  assertMatch((await page.textContent(".problem"))!, /left out: “cpu>” needs a number/);
  assertEquals((await addressOf(page)).searchParams.get("q"), "cpu> role:web");
  await page.reload();
  await waitForNames(stage, "a");
  await page.fill("#filter", "role:bd cpu>80");
  await page.waitForSelector(".no-match:not([hidden])");
  assertEquals(
    await page.textContent(".no-match p"),
    "No host has the tag role:bd, and cpu>80.",
  );
  await page.waitForSelector(".terms li:nth-child(2)");
  assertEquals(await page.$$eval(".terms li", (all) => all.map((node) => node.textContent)), [
    "role:bd matches none. Nearly so are written: role:db (2 hosts).",
    "cpu>80 alone matches 1 host.",
  ]);
  await page.click(".terms a:text-is('role:db')");
  await waitForNames(stage, "b");
  const answer = page.waitForResponse(/api\/fleet\?q=zzz/);
  await page.fill("#filter", "zzz");
  await (await answer).finished();
  await page.evaluate(() => new Promise(requestAnimationFrame));
  assertMatch((await page.textContent(".no-match p"))!, /^No host has “zzz”/);
  assertEquals(await page.locator(".terms li").count(), 0, "a single term is told of once");
  assertEquals(complaints, []);
});

test("groups hosts by a tag, opens and folds groups, and keeps that in its URL", async (stage) => {
  const { page, origin, complaints } = stage;
  await sendRoles(stage);
  await page.goto(origin);
  await waitForNames(stage, "a", "b", "c", "d");
  const [db, web, none] = [
    "role=db 2 b CPU 90%",
    "role=web 1 a Memory 24%",
    "no role 1 d Memory 24%",
  ];
  await page.keyboard.press("g");
  await waitForLines(stage, db, web, none);
  // What its hosts have together: the mean of shares, the sum of rates, the highest of what can be full.
  const cells = ["cpu", "receive", "volume"].map((id) =>
    `.row:has(.title:text-is('role=db')) .${id}`
  );
  assertEquals(await Promise.all(cells.map((cell) => page.textContent(cell))), [
    ...["65%", "24M", "12%b"],
  ]);
  assertEquals(await page.inputValue("select.groups"), "role");
  await page.click(".group:has-text('role=db')");
  await waitForLines(stage, db, "b", "c", web, none);
  await page.click(".head .cpu button");
  await page.click(".head .cpu button");
  await waitForLines(stage, db, "c", "b", "role=web 1 a CPU 5%", "no role 1 d CPU 20%");
  await page.focus(".grid");
  for (const key of ["End", "Enter"]) await page.keyboard.press(key);
  const all = [db, "c", "b", "role=web 1 a CPU 5%", "no role 1 d CPU 20%", "d"];
  await waitForLines(stage, ...all);
  assertEquals((await addressOf(page)).search, "?sort=cpu&group=role&open=db%2C%2C");
  await page.reload();
  await waitForLines(stage, ...all);
  await page.fill("#filter", "role:db cpu>50");
  await waitForLines(stage, "role=db 1 b CPU 90%", "b");
  assertEquals(await page.textContent(".count"), "1 of 4 hosts in 1 group");
  await page.fill("#filter", "");
  await waitForLines(stage, ...all);
  await page.focus(".grid");
  for (const key of ["Home", "ArrowDown", "Enter"]) await page.keyboard.press(key);
  await page.waitForURL(`${origin}/hosts/host-c`);
  await page.goBack();
  await waitForLines(stage, ...all);
  await page.selectOption("select.groups", "");
  await waitForNames(stage, "a", "d", "c", "b");
  assertEquals(complaints, []);
});

test("shows the columns that were chosen, in its URL too, and no others", async (stage) => {
  const { page, origin, complaints } = stage;
  const shown = () =>
    page.$$eval(
      ".head .cell",
      (cells) =>
        cells.filter((cell) => cell.checkVisibility()).map((cell) => cell.className.slice(5)),
    );
  await sendRoles(stage);
  await page.goto(`${origin}/?columns=tags,load1`);
  await waitForNames(stage, "a", "b", "c", "d");
  assertEquals(await shown(), ["status", "name", "load1", "tags"]);
  assertEquals(await page.textContent(".row[aria-rowindex='3'] .tags"), "role=db site=fra");
  await page.keyboard.press("c");
  await page.click(".choices label:has-text('Address')");
  assertEquals(await shown(), ["status", "name", "load1", "address", "tags"]);
  assertEquals((await addressOf(page)).search, "?columns=load1%2Caddress%2Ctags");
  const rowsAfter = (box: Element) => {
    (box as HTMLInputElement).click();
    return document.querySelectorAll(".body .row:not([hidden])").length;
  };
  for (const box of await page.$$(".choices input:not(:checked)")) {
    assertEquals(await box.evaluate(rowsAfter), 4, "no frame is without rows");
  }
  const [inner, outer] = await page.$eval(
    ".grid",
    (grid) => [grid.scrollWidth, grid.clientWidth],
  ) as [number, number];
  assert(inner > outer, "all columns do not fit");
  await page.$eval(".grid", (grid) => grid.scrollLeft = 1_000);
  const left = (selector: string) =>
    page.$eval(selector, (cell) => cell.getBoundingClientRect().left);
  assert(await left(".row[aria-rowindex='3'] .name") < 200, "the name stays");
  assert(await left(".row[aria-rowindex='3'] .cpu") < 200, "the others go");
  await page.click(".choices button");
  assertEquals((await addressOf(page)).search, "");
  assert((await shown()).includes("cpu") && !(await shown()).includes("tags"));
  assertEquals(complaints, []);
});

test("closes a menu with Esc as soon as it is open, and keeps the filter", async (stage) => {
  const { page, origin, send } = stage;
  await send({ id: "host-a", host: "a" });
  await page.goto(`${origin}/?q=a`);
  await waitForNames(stage, "a");
  // In one turn, before the page is told that the menu was opened.
  const isOpen = await page.$eval("details.columns", (menu) => {
    const { firstElementChild: summary } = menu;
    (menu as HTMLDetailsElement).open = true;
    summary!.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    return (menu as HTMLDetailsElement).open;
  });
  assertEquals(isOpen, false);
  assertEquals((await addressOf(page)).search, "?q=a");
});

test("has room at every width for the columns that it shows there, and cuts no number", async (stage) => {
  const { page, origin, send } = stage;
  const pressure = { cpu: 14.5, memory: 0, memoryFull: 0, io: 100, ioFull: 3 };
  await send({ id: "host-a", host: "a", pressure });
  await page.goto(origin);
  await waitForNames(stage, "a");
  const idsOf = (cells: Element[]) => cells.map(({ classList }) => classList[1]);
  const widths = new Set(TRACKS.map(({ from }) => from).filter((from) => from > 700));
  for (const width of [701, ...widths].sort((a, b) => a - b)) {
    await resize(page, { width, height: 600 });
    const columns = shownTracks(null, width).map(({ id }) => id);
    assertEquals(await page.$$eval(".head .cell", idsOf), columns, `at ${width} pixels`);
    const cells = await page.$$eval(".body .row:not([hidden]) .cell", idsOf);
    assertEquals(cells, columns, `at ${width} pixels`);
    assertEquals(await page.locator(".head [aria-sort]").count(), 1, `at ${width} pixels`);
    const [inner, outer] = await page.$eval(
      ".grid",
      (grid) => [grid.scrollWidth, grid.clientWidth],
    );
    assertEquals(inner, outer, `at ${width} pixels`);
    const cut = await page.$$eval(".body .row:not([hidden]) .number", cutOf);
    assertEquals(cut, [], `at ${width} pixels`);
  }
});

test("cuts the name of the worst of a group and never its number", async (stage) => {
  const { page, origin, send } = stage;
  const host = `web-${"long-".repeat(20)}01`;
  await send({ id: "host-a", host, tags: { role: "web" } });
  await page.goto(`${origin}/?group=role`);
  await page.waitForSelector(".worst-of .number:text-is('Memory 24%')");
  assertEquals(await page.$$eval(".worst-of .number", cutOf), []);
});

/** The texts of those elements that stand out of their cell. */
function cutOf(all: readonly Element[]): (string | null)[] {
  const isCut = (node: Element) => {
    const [box, cell] = [node, node.closest("[role=gridcell]")!]
      .map((node) => node.getBoundingClientRect()) as [DOMRect, DOMRect];
    return box.right > cell.right + 1 || box.top < cell.top - 1 || box.bottom > cell.bottom + 1;
  };
  return all.filter((node) => node.checkVisibility() && isCut(node))
    .map(({ textContent }) => textContent);
}

test("shows a host's tags and its own numbers, in a table and as charts", async (stage) => {
  const { page, origin, send, complaints } = stage;
  const host = { id: "host-1", host: "web-01", tags: { role: "db" } };
  await send({ ...host, seq: 1, extra: { backup_age: 9.25 } });
  await page.goto(`${origin}/hosts/host-1`);
  await page.waitForSelector("figcaption:text-is('backup_age')");
  assertMatch((await page.textContent(".facts"))!, /role=db/);
  assertEquals(
    await page.textContent("section:has(h2:text-is('Custom metrics')) tbody tr"),
    "backup_age9.25",
  );
  await send({ ...host, seq: 2, extra: { failed: -3, "<b>": 2 } });
  await page.waitForSelector("figcaption:text-is('failed')");
  assertEquals(await page.$("figcaption:text-is('backup_age')"), null);
  assertEquals(
    await page.$$eval(
      "section:has(h2:text-is('Custom metrics')) tbody tr",
      (rows) => rows.map((row) => row.textContent),
    ),
    ["failed-3", "<b>2"],
  );
  assertEquals(complaints, []);
});
