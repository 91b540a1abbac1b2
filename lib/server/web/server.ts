/**
 * Opens the page as the server's options say: where, for whom, and what is logged about it; and puts
 * the web room together: listener, connections and handler, with its clock and its turns of the event
 * loop. A page that nobody asked for never keeps the server from running.
 */
import { type Address, addressFromHere, formatAddress, isLoopback } from "../../common/address.ts";
import type { Clock } from "../../common/clock.ts";
import { formatCountOf } from "../../common/format.js";
import { describeError, type Log, type ThrottledLog } from "../../common/log.ts";
import { endTurn, schedule } from "../../common/timeout.ts";
import { PrivateFile } from "../../common/private_file.ts";
import type { Failures, Observer } from "../parts.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { ServerOptions } from "../options.ts";
import { WEB_DEFAULT } from "../page_options.ts";
import type { WebContext } from "./api/context.ts";
import { openSecret } from "../export/secret.ts";
import { FrontApi } from "./front_api.ts";
import { Gate, type HandlerSettings, type WebHandler } from "./gate.ts";
import { createHandler } from "./handler.ts";
import { SLICE_MS } from "./stream/chunks.ts";
import { Admission, Connections } from "./http/connections.ts";
import { AddressTakenError, bindListener, type Listener } from "./http/listener.ts";

/** The page, where there is one. */
interface Web extends Observer {
  /** Where to find it, with the token where one was made; `null` where it is off. */
  readonly url: string | null;
}

/** What the page shows, and where it reports. */
interface WebSurroundings {
  readonly fleet: Fleet;
  readonly alerts: WebContext["alerts"];
  readonly outbox: WebContext["outbox"];
  /** Where the server listens for agents. */
  readonly listening: readonly Address[];
  /** The fleet's clock, which is a record's while that is played, and what is added to its times to show them. */
  readonly nowMs: () => number;
  readonly aheadMs: () => number;
  /** Our own clock. */
  readonly clock: Pick<Clock, "nowMs" | "aheadMs">;
  readonly log: Log;
  /** For what there may be much of. */
  readonly throttledLog: ThrottledLog;
  readonly store: WebContext["store"];
  readonly forget: WebContext["forget"];
  readonly failures: Pick<Failures, "counts">;
  readonly recorded: WebContext["recorded"];
  readonly remoteWrite: WebContext["remoteWrite"];
  readonly bus: WebContext["bus"];
  readonly replay: WebContext["replay"];
}

/** What a page is opened with, whatever it shows. */
type PageSurroundings = Pick<WebSurroundings, "clock" | "log" | "throttledLog">;

type WebOptions = Pick<
  ServerOptions,
  "status" | "web" | "web-base" | "web-host" | "web-open" | "web-proxy" | "web-token-file"
>;

const NAME = "page";
const NO_WEB: Web = { name: NAME, url: null, close: () => {} };

/** Maximum time that those who are connected may take to end. */
const END_TIMEOUT_MS = 800;

/** Characters that are literal in a header, a cookie and a URL; a shorter token could be guessed. */
const TOKEN = /^[\x21-\x7e]{16,512}$/;
const MAX_TOKEN_FILE_BYTES = 4_096;
const TOKEN_BYTES = 24;

/** Opens the page. @throws {Error} that says what to do when it cannot be opened as asked. */
export async function openWeb(options: WebOptions, surroundings: WebSurroundings): Promise<Web> {
  const { web: listen } = options;
  if (listen === "off") return NO_WEB;
  const { listening } = surroundings;
  const make: MakeHandler = (settings) =>
    createHandler(contextOf(surroundings), { ...settings, listening });
  const tick = () => settleNames(surroundings);
  if (listen !== null) return { ...await open(options, listen, surroundings, make), tick };
  try {
    return { ...await open(options, WEB_DEFAULT, surroundings, make), tick };
  } catch (error) {
    if (!(error instanceof AddressTakenError)) throw error;
    surroundings.log.warn(`${describeError(error)}; continuing without the page`);
    return NO_WEB;
  }
}

/** Puts new names in order, for a slice of time: whoever opens the page of a new fleet would wait for all of them. */
function settleNames({ fleet, clock }: Pick<WebSurroundings, "fleet" | "clock">): void {
  const endMs = clock.nowMs() + SLICE_MS;
  while (fleet.sortIncrementally(null) && clock.nowMs() < endMs);
}

/** Opens the page of a front, which is all that it has. @throws {Error} that says what to do when it cannot be opened as asked. */
export async function openFront(
  options: WebOptions & Pick<ServerOptions, "front-token-file">,
  views: readonly URL[],
  surroundings: PageSurroundings,
): Promise<Web> {
  const { clock } = surroundings;
  const credentials = await openSecret(options["front-token-file"]);
  const context = {
    ...{ request: fetch, credentials, schedule, onFault: faultsTo(surroundings.throttledLog) },
    steadyMs: () => clock.nowMs(),
    startedMs: Math.round(clock.nowMs() + clock.aheadMs()),
  };
  const listen = options.web === "off" ? null : options.web;
  const names = views.map(({ href }) => href).join(", ");
  surroundings.log.info(`Shows the fleets of ${formatCountOf(views.length, "view")}: ${names}`);
  return await open(
    options,
    listen ?? WEB_DEFAULT,
    surroundings,
    (settings) => new Gate(new FrontApi(views, context, settings), settings),
  );
}

type MakeHandler = (settings: HandlerSettings) => WebHandler;

async function open(
  options: WebOptions,
  listen: Address,
  surroundings: PageSurroundings,
  make: MakeHandler,
): Promise<Web> {
  const { "web-token-file": tokenFile, "web-base": base, "web-host": names, status } = options;
  const token = await tokenOf(options, listen);
  const hostNames = [...names, listen.hostname].map((name) => name.toLowerCase());
  const listener = bindListener(listen);
  const handler = make({ token, hostNames, base, status });
  const close = serve(listener, handler, options, surroundings);
  const isMade = token !== null && tokenFile === null;
  const url = urlOf(listener, names[0], base) + (isMade ? `?token=${token}` : "");
  const hint = tokenFile === null ? "" : ` (token required, from ${tokenFile})`;
  surroundings.log.info(`Serving the page at ${url}${hint}`);
  return { name: NAME, url, close };
}

/** Off loopback a token is asked for, unless the user wants none; on loopback only where there is a file. */
async function tokenOf(options: WebOptions, { hostname }: Address): Promise<string | null> {
  const file = options["web-token-file"];
  if (file !== null) return await readToken(file);
  return isLoopback(hostname) || options["web-open"] ? null : makeToken();
}

/** Makes a token of 192 random bits. */
export function makeToken(): string {
  return crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)).toBase64({ alphabet: "base64url" });
}

/** Reads a token from a file. @throws {RangeError} that says what to do when it cannot be read or is no token. */
export async function readToken(path: string): Promise<string> {
  const file = new PrivateFile({ path, kind: "token file", maxBytes: MAX_TOKEN_FILE_BYTES });
  const token = (await file.read()).trim();
  if (!TOKEN.test(token)) throw file.refusal("it must hold 16 to 512 visible ASCII characters");
  return token;
}

/** A URL that works on this machine, or everywhere where a name for that was given. */
function urlOf({ address }: Listener, name: string | undefined, base: string): string {
  const hostname = name ?? addressFromHere(address).hostname;
  return `http://${formatAddress({ hostname, port: address.port })}${base}`;
}

/** Accepts and answers; what is returned ends that, and waits a moment for those who take nothing. */
function serve(
  listener: Listener,
  handler: WebHandler,
  options: WebOptions,
  { clock, throttledLog }: PageSurroundings,
): () => Promise<void> {
  const onFault = faultsTo(throttledLog);
  const origin = `http://${formatAddress(listener.address)}`;
  const onLimit = (text: string) => throttledLog.warn("web limit", () => text);
  const connections = new Connections(
    // Their turns are apart from those of answers: many requests hold up no answer under way.
    { ...timesOf(clock), schedule, pause: makePause(), handler, origin, onLimit, onFault },
    new Admission(options["web-proxy"]),
  );
  listener.acceptAll({
    onClient: (stream, address) => connections.take(stream, address),
    onFailure(error, isOutOfDescriptors) {
      throttledLog.warn("accept", () => `Cannot accept a connection: ${describeError(error)}`);
      if (isOutOfDescriptors) connections.shrink();
    },
  });
  return async () => {
    listener.close();
    handler.close();
    const timeout = Promise.withResolvers<void>();
    const callOff = schedule(timeout.resolve, END_TIMEOUT_MS);
    await Promise.race([connections.end(), timeout.promise]);
    callOff();
    connections.close();
  };
}

function timesOf(clock: WebSurroundings["clock"]) {
  return { nowMs: () => clock.nowMs(), aheadMs: () => clock.aheadMs() };
}

function contextOf(
  { throttledLog, failures, clock, ...surroundings }: WebSurroundings,
): WebContext {
  return {
    ...surroundings,
    startedMs: surroundings.nowMs(),
    steadyMs: () => clock.nowMs(),
    failures: failures.counts,
    pause: makePause(),
    release,
    schedule,
    onFault: faultsTo(throttledLog),
  };
}

function faultsTo(log: ThrottledLog) {
  return (error: unknown) =>
    log.warn("web", () => `Cannot answer a request: ${describeError(error)}`);
}

/** Makes a pause: each caller goes on in a turn of the event loop of its own. */
export function makePause(): () => Promise<void> {
  let turn = Promise.resolve();
  return () => {
    turn = turn.then(endTurn);
    return turn;
  };
}

/** Releases our reference alone: what is being sent holds its own. */
function release({ buffer }: Uint8Array<ArrayBuffer>): void {
  buffer.transfer(0);
}
