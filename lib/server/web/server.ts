/**
 * Opens the page as the server's options say: where, for whom, and what is logged about it. A page
 * that nobody asked for never keeps the server from running.
 */
import { type Address, formatAddress } from "../../common/format.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { describeError, type Log } from "../../common/log.ts";
import type { ThrottledLog } from "../../common/throttle.ts";
import type { Failures } from "../failures.ts";
import type { Observer } from "../observers.ts";
import { type ServerOptions, WEB_DEFAULT } from "../options.ts";
import { AddressTakenError } from "./http/listener.ts";
import { serveWeb, type WebServer } from "./serve.ts";
import { makeToken, readToken } from "./token.ts";

/** The page, where there is one. */
export interface Web extends Observer {
  /** Where to find it, with the token where one was made; `null` where it is off. */
  readonly url: string | null;
}

/** What the page shows, and where it reports. */
export interface WebSurroundings {
  readonly fleet: Fleet;
  /** Where the server listens for agents. */
  readonly listening: readonly Address[];
  readonly nowMs: () => number;
  readonly aheadMs: () => number;
  readonly log: Log;
  /** For what there may be much of. */
  readonly throttledLog: ThrottledLog;
  readonly failures: Pick<Failures, "counts">;
}

type WebOptions = Pick<
  ServerOptions,
  "web" | "web-base" | "web-host" | "web-open" | "web-proxy" | "web-token-file"
>;

const NAME = "page";
const NO_WEB: Web = { name: NAME, url: null, close: () => {} };

/** Opens the page. @throws {Error} that says what to do when it cannot be opened as asked. */
export async function openWeb(options: WebOptions, surroundings: WebSurroundings): Promise<Web> {
  const { web: listen } = options;
  if (listen === "off") return NO_WEB;
  if (listen !== null) return await open(options, listen, surroundings);
  try {
    return await open(options, WEB_DEFAULT, surroundings);
  } catch (error) {
    if (!(error instanceof AddressTakenError)) throw error;
    surroundings.log.warn(`${describeError(error)}; going on without the page`);
    return NO_WEB;
  }
}

async function open(
  options: WebOptions,
  listen: Address,
  surroundings: WebSurroundings,
): Promise<Web> {
  const token = await tokenOf(options, listen);
  const hostNames = [...options["web-host"], listen.hostname].map((name) => name.toLowerCase());
  const base = options["web-base"];
  const { throttledLog } = surroundings;
  const server = serveWeb({
    ...surroundings,
    failures: surroundings.failures.counts,
    ...{ listen, token, hostNames, base, proxies: options["web-proxy"] },
    onFault: (error) =>
      throttledLog.warn("web", () => `Cannot answer a request: ${describeError(error)}`),
    onLimit: (text) => throttledLog.warn("web limit", () => text),
    onAcceptFailure: (error) =>
      throttledLog.warn("web accept", () => `Cannot accept a connection: ${describeError(error)}`),
  });
  const isMade = token !== null && options["web-token-file"] === null;
  const url = urlOf(server, options["web-host"][0], base) + (isMade ? `?token=${token}` : "");
  const hint = token !== null && !isMade ? " (and asks for the token of the file)" : "";
  surroundings.log.info(`Serves the page at ${url}${hint}`);
  return { name: NAME, url, close: () => server.close() };
}

/** Off loopback a token is asked for, unless the user wants none; on loopback only where there is a file. */
async function tokenOf(options: WebOptions, { hostname }: Address): Promise<string | null> {
  const file = options["web-token-file"];
  if (file !== null) return await readToken(file);
  return isLoopback(hostname) || options["web-open"] ? null : makeToken();
}

function isLoopback(hostname: string): boolean {
  return /^(127\.|::1$|localhost$)/i.test(hostname);
}

/** A URL that works on this machine, or everywhere where a name for that was given. */
function urlOf({ address }: WebServer, name: string | undefined, base: string): string {
  const isEvery = address.hostname === "0.0.0.0" || address.hostname === "::";
  const hostname = name ?? (isEvery ? "127.0.0.1" : address.hostname);
  return `http://${formatAddress({ hostname, port: address.port })}${base}`;
}
