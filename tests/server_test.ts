/** The server as one program: the way of a datagram, in the order in which a reader follows it. */
import { NOTHING } from "../lib/common/alerts.js";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Fleet } from "../lib/server/fleet/fleet.ts";
import { readServerOptions } from "../lib/server/options.ts";
import { hostsOfFleet } from "../lib/server/views/terminal/state/hosts.ts";
import { openTerminal } from "../lib/server/views/terminal/terminal.ts";
import { runServer } from "../server.ts";
import { jsonOf } from "./messages.ts";
import { logLines } from "./server/logs.ts";
import { FakeTimers } from "./timers.ts";

const ignore = Deno.permissions.querySync({ name: "net" }).state !== "granted";
const ROOT = new URL("..", import.meta.url).href;

/** The files of the project on a stack, the innermost first, each once. */
function filesOn(stack: string): string[] {
  const frames = Array.from(stack.matchAll(/(file:\/\/[^\s)]+?):\d+:\d+/g), ([, url]) => url!);
  const own = frames.filter((url) => url.startsWith(ROOT)).map((url) => url.slice(ROOT.length));
  return [...new Set(own)].filter((file) => !file.startsWith("tests/"));
}

/** Replaces a method while something runs, and keeps the longest stack on which it was called. */
async function longestStack<T extends object>(
  target: T,
  method: keyof T,
  isWanted: (stack: string) => boolean,
  act: () => Promise<void>,
): Promise<string[]> {
  const original = target[method] as (...args: unknown[]) => unknown;
  let longest: string[] = [];
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 100;
  target[method] = function (this: unknown, ...args: unknown[]) {
    const stack = new Error().stack!;
    const files = filesOn(stack);
    if (isWanted(stack) && files.length > longest.length) longest = files;
    return original.apply(this, args);
  } as T[keyof T];
  try {
    await act();
  } finally {
    target[method] = original as T[keyof T];
    Error.stackTraceLimit = stackTraceLimit;
  }
  return longest;
}

function optionsOf(...argv: readonly string[]) {
  return {
    ...readServerOptions(["--listen", "127.0.0.1:0", ...argv], () => undefined),
    keys: null,
  };
}

/** Runs a server here that writes lines, until it has written one. */
async function serveOneDatagram(maxHosts: number): Promise<string> {
  const options = optionsOf("--web", "off", "--view", "lines", "--max-hosts", `${maxHosts}`);
  const { log, lines } = logLines();
  const stopping = new AbortController();
  const { write } = Deno.stdout;
  let written = "";
  Deno.stdout.write = (bytes) => {
    written += new TextDecoder().decode(bytes);
    stopping.abort();
    return Promise.resolve(bytes.length);
  };
  try {
    const running = runServer(options, log, stopping.signal);
    const port = Number(/:(\d+)$/.exec(await whenLogged(lines, "Receives on"))![1]);
    const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    const message = { v: 1, host: "web-01", id: "a", cpu: { mean: 12 } };
    await socket.send(jsonOf(message), { transport: "udp", hostname: "127.0.0.1", port });
    await running;
    socket.close();
  } finally {
    Deno.stdout.write = write;
  }
  return written;
}

/** The line of the log that says something, once it is there. */
async function whenLogged(lines: readonly string[], text: string): Promise<string> {
  for (;;) {
    const line = lines.find((line) => line.includes(text));
    if (line !== undefined) return line;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** What the message is stored by, whatever the store is called. */
const BYTES = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array;

const WAYS: readonly [name: string, maxHosts: number][] = [["a loop", 10], ["a thread", 10_001]];

for (const [way, maxHosts] of WAYS) {
  Deno.test({
    name:
      `server: from the socket, by ${way}, to the store a datagram passes at most 12 files (needs --allow-net)`,
    ignore,
    async fn() {
      let line = "";
      const isStore = (stack: string) => stack.includes("/server/fleet/");
      const files = await longestStack(BYTES, "set", isStore, async () => {
        line = await serveOneDatagram(maxHosts);
      });
      assert(line.includes("web-01"), line);
      assert(
        files.includes("server.ts") && files.includes("lib/server/fleet/fleet.ts"),
        `${files}`,
      );
      assert(files.length <= 12, files.join("\n"));
    },
  });
}

Deno.test({
  name:
    "server: from the socket to the text of a line a datagram passes at most 10 files (needs --allow-net)",
  ignore,
  async fn() {
    const isLine = (stack: string) => stack.includes("renderLine ");
    const files = await longestStack(Math, "round", isLine, async () => {
      await serveOneDatagram(10);
    });
    assert(files.includes("server.ts") && files.includes("lib/server/views/view.ts"), `${files}`);
    assert(files.length <= 10, files.join("\n"));
  },
});

Deno.test("terminal: from the timer to the text of a frame there are at most 10 files", async (t) => {
  for (const keys of ["", "\r"]) {
    await t.step(keys === "" ? "the table" : "a host", async () => {
      let drawn = "";
      const isFrame = (stack: string) => stack.includes("/terminal/");
      const files = await longestStack(Math, "round", isFrame, () => {
        drawn = draw(keys);
        return Promise.resolve();
      });
      assert(drawn.includes("12%"), drawn);
      assert(files.includes("lib/server/views/terminal/pages/render.ts"), `${files}`);
      assert(files.length <= 10, files.join("\n"));
    });
  }
});

/** What a terminal draws of a fleet of one host, after some keys. */
function draw(keys: string): string {
  using timers = new FakeTimers();
  const fleet = new Fleet({ maxHosts: 9, historyMs: 60_000, nowMs: 0 });
  const message = { v: 1, host: "web-01", id: "a", cpu: { mean: 12, cores: [12] } };
  fleet.receive(jsonOf(message), { hostname: "192.0.2.7", port: 5 }, 0);
  let drawn = "";
  let type = (_text: string) => {};
  openTerminal({
    ...{
      looks: { colour: false, charset: "unicode" },
      listenAddress: "127.0.0.1:5005",
      webUrl: null,
    },
    read: {
      hosts: (nowMs) => hostsOfFleet(fleet, nowMs),
      rows: (nowMs) => fleet.rows(nowMs),
      totals: () => fleet.totals(0),
      view: () => null,
      host: (key) => fleet.host(key),
      alerts: () => NOTHING,
      alertsOf: () => NOTHING,
      past: null,
    },
    nowMs: () => 0,
    steadyMs: () => 0,
    replay: null,
    aheadMs: () => 0,
    mute: () => "",
    onQuit: () => {},
  }, ({ onText }) => ({
    open: () => void (type = onText),
    close: () => Promise.resolve(),
    size: () => ({ columns: 120, rows: 30 }),
    write: (text) => void (drawn += text),
    isBusy: false,
  }));
  type(keys);
  timers.ring();
  return drawn;
}

Deno.test({
  name: "server: a datagram becomes a line, and it ends when it is stopped (needs --allow-net)",
  ignore,
  async fn() {
    const line = await serveOneDatagram(10);
    assertEquals(line.split("\n").length, 2);
    assert(/^\d{4}-\d\d-\d\dT[\d:.]+Z web-01 \(127\.0\.0\.1:\d+\) cpu 12%/.test(line), line);
  },
});

Deno.test({
  name: "server: its observers are closed when it ends, the page too (needs --allow-net)",
  ignore,
  async fn() {
    const { log, lines } = logLines();
    const stopping = new AbortController();
    const options = optionsOf("--web", "127.0.0.1:0", "--view", "none");
    const running = runServer(options, log, stopping.signal);
    const [url] = /http:\S+/.exec(await whenLogged(lines, "Serving the page"))!;
    const metrics = await (await fetch(`${url}metrics`)).text();
    assert(metrics.includes('pulso_server_failures_total{part="page"} 0'));
    stopping.abort();
    await running;
    await assertRejects(() => fetch(url), TypeError);
  },
});

Deno.test({
  name: "server: it fails when its terminal does (needs --allow-net)",
  ignore: ignore || Deno.permissions.querySync({ name: "env" }).state !== "granted",
  async fn() {
    const { isTerminal, write } = Deno.stdout;
    const { consoleSize } = Deno;
    const { get } = Deno.env;
    try {
      // Not set, which would be for all files that are tested at once.
      Deno.env.get = (name) => name === "TERM" ? "xterm" : get.call(Deno.env, name);
      Deno.stdout.isTerminal = () => true;
      Deno.stdout.write = (bytes) => Promise.resolve(bytes.length);
      Deno.consoleSize = () => {
        throw new Error("no size");
      };
      const { log } = logLines();
      const { signal } = new AbortController();
      const running = runServer(optionsOf("--web", "off", "--view", "table"), log, signal);
      await assertRejects(() => running, Error, "no size");
    } finally {
      Object.assign(Deno.stdout, { isTerminal, write });
      Deno.consoleSize = consoleSize;
      Deno.env.get = get;
    }
  },
});
