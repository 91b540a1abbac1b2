/**
 * A real browser for the tests of the page: started once for all tests of a file, each of which has a
 * context of its own; and a real server beside it.
 */
import type { Browser, Page } from "playwright-core";
import { encodeMessage } from "../lib/message/encode.ts";
import type { Message } from "../lib/message/message.ts";
import { sampleOf } from "./messages.ts";
import { PATIENCE_MS } from "./patience.ts";
import { freePort } from "./ports.ts";
import { MAY_RUN, pageOf, portOf, programOf, Running } from "./processes.ts";

const CHROMIUM = [
  "/usr/bin/chromium-headless-shell",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];
const FLAGS = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"],
  ...["--disable-background-networking", "--disable-component-update"],
  // A name that is not localhost, of which a browser thinks otherwise.
  "--host-resolver-rules=MAP *.example 127.0.0.1",
];
const MAY_BROWSE = MAY_RUN &&
  (["write", "sys"] as const).every((name) =>
    Deno.permissions.querySync({ name }).state === "granted"
  );

/** Where there is a browser and everything it needs may be done; else `null`. */
export const BROWSER: string | null = MAY_BROWSE ? CHROMIUM.find(isFile) ?? null : null;

/** Whether there is a file. */
export function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** What a test of the page works with. */
export interface Stage {
  readonly page: Page;
  /** The page's address, without a path. */
  readonly origin: string;
  /** Where agents send to. */
  readonly port: number;
  /** Everything that the page complained about. */
  readonly complaints: string[];
  /** Sends one datagram with the message of a believable host, changed as said. */
  send(changes: Partial<Message>, devices?: Partial<Parameters<typeof sampleOf>[0]>): Promise<void>;
  /** Ends the server and starts it again on the same ports. */
  restart(whileGone: () => Promise<void>): Promise<void>;
  /** Keeps the server from doing anything for a while; its connections stay. */
  freeze(whileFrozen: () => Promise<void>): Promise<void>;
}

/** How the browser is set. */
export type View = Parameters<Browser["newContext"]>[0];

/** Starts the browser. */
export async function openBrowser(): Promise<Browser> {
  const { chromium } = await import("playwright-core");
  return await chromium.launch({ executablePath: BROWSER!, args: FLAGS, timeout: PATIENCE_MS });
}

let shared: Browser | null = null;

/** Ends the browser that `onPage` started; after the last test of a file that is done by itself. */
export async function closeBrowser(): Promise<void> {
  await shared?.close();
  shared = null;
}

Deno.test.afterAll(closeBrowser);

/** Does something with a page that shares nothing with any other but the browser, and with what it complains about. */
export async function onPage(
  act: (page: Page, complaints: string[]) => Promise<void>,
  view: View = {},
): Promise<void> {
  if (!shared?.isConnected()) shared = await openBrowser();
  const context = await shared.newContext(view);
  try {
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    await act(page, complaints);
  } finally {
    await context.close();
  }
}

/** Where a page says that it is; the browser beside it hears of a changed address later. */
export async function addressOf(page: Page): Promise<URL> {
  return new URL(await page.evaluate(() => location.href));
}

/** Gives a page another size, and lets it take it in: it hears of that with its next frame. */
export async function resize(page: Page, size: { width: number; height: number }): Promise<void> {
  await page.setViewportSize(size);
  await page.evaluate(() => new Promise(requestAnimationFrame));
}

/** What is used of axe in the page. */
interface AxeInPage {
  run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
}

/** What axe finds in a page, by all of its rules or some. */
export async function violationsIn(page: Page, rules?: readonly string[]): Promise<unknown[]> {
  const { default: axe } = await import("axe-core");
  // Run by the debugger and not by the page, whose policy would refuse a script from elsewhere.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(
    (options) => (globalThis as unknown as { axe: AxeInPage }).axe.run(options),
    rules === undefined ? {} : { runOnly: rules },
  );
  return violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 120))]);
}

/** Runs a test on a page of a fresh server, with more of its options where they are given. */
export async function onStage(
  act: (stage: Stage) => Promise<void>,
  view: View = {},
  options: readonly string[] = [],
): Promise<void> {
  const [listen, web] = [`127.0.0.1:${freePort()}`, `127.0.0.1:${freePort()}`];
  let server = await startServer(listen, web, options);
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port, origin } = server;
  const stage = {
    ...{ origin, port },
    async send(changes: Partial<Message>, devices = {}) {
      const message = {
        ...sampleOf({ cores: 4, volumes: 2, interfaces: 1, ...devices }),
        // So that it is live until the test ends, however long that takes.
        interval: 60_000,
        ...changes,
      };
      await socket.send(encodeMessage(message), {
        transport: "udp",
        hostname: "127.0.0.1",
        port,
      });
    },
    async restart(whileGone: () => Promise<void>) {
      await server.running.stop();
      await whileGone();
      server = await startServer(listen, web, options);
    },
    async freeze(whileFrozen: () => Promise<void>) {
      const { pid } = server.running;
      Deno.kill(pid, "SIGSTOP");
      await whileFrozen();
      Deno.kill(pid, "SIGCONT");
    },
  };
  try {
    await onPage((page, complaints) => act({ ...stage, page, complaints }), view);
  } finally {
    socket.close();
    await server.running[Symbol.asyncDispose]();
  }
}

async function startServer(listen: string, web: string, options: readonly string[]) {
  const permissions = [
    "--allow-net",
    ...["--web-token-file", "--replay"].flatMap((name) => valuesOf(name, options))
      .map((path) => `--allow-read=${path}`),
    ...valuesOf("--data", options).flatMap((folder) => [
      `--allow-read=${folder}`,
      `--allow-write=${folder}`,
    ]),
  ];
  const running = new Running(programOf("server", permissions), [
    ...["--listen", listen, "--web", web, "--view", "none", ...options],
  ]);
  const { origin } = await pageOf(running);
  // A replay receives nowhere.
  const port = options.includes("--replay") ? NaN : await portOf(running);
  return { running, port, origin };
}

function valuesOf(name: string, options: readonly string[]): readonly string[] {
  return options.filter((_, at) => options[at - 1] === name);
}

/** Does something with a file that holds a token, as a server wants it. */
export async function withTokenFile(
  token: string,
  act: (file: string) => Promise<void>,
): Promise<void> {
  const file = await Deno.makeTempFile({ prefix: "pulso-token-" });
  try {
    await Deno.writeTextFile(file, token);
    await act(file);
  } finally {
    await Deno.remove(file);
  }
}
