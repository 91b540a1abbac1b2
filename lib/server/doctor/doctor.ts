/**
 * The server's doctor: looks at this machine as a server would, or at one that runs, with no other
 * permission than the server's own. What it binds it gives back at once, and it sends to nobody but
 * itself and the page.
 */
import { type Address, addressFromHere, formatAddress } from "../../common/address.ts";
import { outcomeOf, tryOut, valueOf } from "../../common/doctor.ts";
import type { Environment } from "../../common/option_reader.ts";
import { readAddress, VERSION } from "../../common/options.ts";
import { Timeout } from "../../common/timeout.ts";
import { findUnheeded, type Unheeded } from "../../common/unheeded.ts";
import type { Outcome } from "../../common/usage.ts";
import { DEFAULT_PORT } from "../../message/message.ts";
import { KeyFile } from "../../sealed/key_file.ts";
import { readServerOptions, type ServerOptions } from "../options.ts";
import { WEB_DEFAULT } from "../page_options.ts";
import { SERVER_OPTIONS } from "../program.ts";
import { listFiles } from "../record/files.ts";
import { bindSockets } from "../sources/thread.js";
import { isPrivateFolder } from "../store/open.ts";
import { AddressTakenError, bindListener } from "../web/http/listener.ts";
import { readToken } from "../web/server.ts";
import { findAll } from "./findings.ts";
import type { Fleet, Page, SeenHost } from "./page.ts";

/** How long an answer may take, of the page or of our own socket. */
const ANSWER_TIMEOUT_MS = 5_000;
/** Of an answer no more is read. */
const MAX_ANSWER_BYTES = 1_048_576;
/** Length of a usual datagram, and how many are tried: 8 MiB hold fewer. */
const USUAL_BYTES = 700;
const MAX_TRIED = 4_096;

/** The command `doctor`. @throws {RangeError} for a wrong command line. */
export function runDoctor(
  argv: readonly string[],
  environment: Environment,
): () => Promise<Outcome> {
  const options = readServerOptions(argv, environment);
  return async () => examine(options, await findUnheeded(SERVER_OPTIONS, argv, environment));
}

async function examine(options: ServerOptions, unheeded: Unheeded): Promise<Outcome> {
  const { data, replay, "key-file": keyFile, "web-token-file": tokenFile } = options;
  const timeout = new Timeout(ANSWER_TIMEOUT_MS);
  const token = tokenFile === null ? null : await tryOut(() => readToken(tokenFile));
  const sight = {
    os: Deno.build.os,
    wallMs: Date.now(),
    unheeded,
    udp: await tryOut(() => options.listen === "off" ? [] : bindUdpOnce(options.listen)),
    room: await tryOut(() => timeout.run("what was sent to 127.0.0.1", measureRoom)),
    data: data === null ? null : await tryOut(() => isPrivateFolder(data)),
    replayed: replay === null
      ? null
      : await tryOut(async () => (await listFiles(replay, () => {})).length),
    keys: keyFile === null ? null : await tryOut(async () => (await KeyFile.open(keyFile)).ring),
    token,
    web: await lookAtPage(options, valueOf(token)),
  };
  const title = `pulso-server ${VERSION} on ${Deno.build.os} ${Deno.build.arch}`;
  return outcomeOf(title, findAll(options, sight));
}

function bindUdpOnce(listen: Address): readonly Address[] {
  const sockets = bindSockets(listen);
  for (const socket of sockets) socket.close();
  return sockets.map(({ addr }) => addr as Deno.NetAddr);
}

/**
 * How many usual datagrams a socket holds that nobody reads: sent to ourselves. A mark goes behind them
 * after each that is taken, so that the first mark comes when all of them have.
 */
async function measureRoom(): Promise<{ datagrams: number; atLeast: boolean }> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const [usual, mark] = [new Uint8Array(USUAL_BYTES), new Uint8Array(1)];
  for (let sent = 0; sent < MAX_TRIED; sent++) await socket.send(usual, socket.addr);
  for (let datagrams = 0;; datagrams++) {
    const [{ length }] = await socket.receive(new Uint8Array(USUAL_BYTES));
    if (length !== mark.length) {
      await socket.send(mark, socket.addr);
      continue;
    }
    socket.close();
    return { datagrams, atLeast: datagrams === MAX_TRIED };
  }
}

async function lookAtPage(options: ServerOptions, token: string | null) {
  if (options.web === "off") return null;
  const listen = options.web ?? WEB_DEFAULT;
  const address = addressFromHere(listen);
  const base = options["web-base"];
  const timeout = new Timeout(ANSWER_TIMEOUT_MS);
  const url = `http://${formatAddress(address)}${base}`;
  const ask = (path: string, token: string | null = null) =>
    timeout.run(url, () => ask10(address, base + path, token));
  return { address: listen, url, page: await tryOut(() => findPage(listen, ask, token)) };
}

/** An answer of the page, or of whoever is there. */
interface Answer {
  readonly status: number;
  readonly body: string;
}

type Ask = (path: string, token?: string | null) => Promise<Answer>;

/** What is at the page's address. @throws {Error} where nothing is, and nothing could be. */
async function findPage(listen: Address, ask: Ask, token: string | null): Promise<Page> {
  try {
    const { status, body } = await ask("healthz");
    if (status !== 200 || body !== '{"status":"ok"}') {
      return { kind: "foreign", answer: status === 0 ? "no HTTP" : `HTTP status ${status}` };
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return bindOnce(listen, error as Error);
  }
  const hasToken = (await ask(FLEET_PATH)).status === 401;
  return await readPage(hasToken, (path) => ask(path, token));
}

/** Whether the page could be served where nobody answers. @throws {Error} that says why not, but for another program. */
function bindOnce(listen: Address, { message }: Error): Page {
  try {
    bindListener(listen).close();
    return { kind: "free" };
  } catch (error) {
    if (error instanceof AddressTakenError) return { kind: "foreign", answer: message };
    throw error;
  }
}

/** Hosts whose clocks are compared with this machine's. */
const FLEET_PATH = "api/fleet?status=live&limit=9";

async function readPage(hasToken: boolean, ask: Ask): Promise<Page> {
  const { status, body } = await ask(FLEET_PATH);
  if (status === 401) return { kind: "locked" };
  if (status !== 200) return { kind: "refused", answer: JSON.parse(body).error };
  const { totals, rows, bus } = JSON.parse(body) as {
    bus?: Fleet["bus"];
    totals: Omit<Fleet, "hosts" | "alerts">;
    rows: readonly { id: string; name: string }[];
  };
  const hosts: SeenHost[] = [];
  for (const { id, name } of rows) {
    const { delivery } = JSON.parse((await ask(`api/hosts/${encodeURIComponent(id)}`)).body);
    hosts.push({ host: name, clockOffsetMs: delivery?.clockOffsetMs ?? null });
  }
  const alerts = await ask("api/alerts");
  const shell = (await ask("")).body;
  const [, listening = ""] = /name="pulso-listening" content="([^"]*)"/.exec(shell) ?? [];
  return {
    kind: "open",
    hasToken,
    listening: listening.split(" ").filter(Boolean).map((text) => readAddress(text, DEFAULT_PORT)),
    fleet: {
      ...totals,
      bus: bus ?? null,
      hosts,
      // A server before this one may have no such path.
      alerts: alerts.status === 200 ? JSON.parse(alerts.body) : { total: 0 },
    },
  };
}

/** Asks over HTTP/1.0, so that the answer ends with the connection, and by no proxy. */
async function ask10(address: Address, path: string, token: string | null): Promise<Answer> {
  using connection = await Deno.connect(address);
  const lines = [
    `GET ${path} HTTP/1.0`,
    `Host: ${formatAddress(address)}`,
    ...(token === null ? [] : [`Authorization: Bearer ${token}`]),
  ];
  await connection.write(new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`));
  const text = await readAll(connection);
  const [, status = "0"] = /^HTTP\/1\.\d (\d{3}) /.exec(text) ?? [];
  return { status: Number(status), body: text.slice(text.indexOf("\r\n\r\n") + 4) };
}

async function readAll(connection: Deno.Conn): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(65_536);
  let text = "";
  while (text.length < MAX_ANSWER_BYTES) {
    const read = await connection.read(buffer);
    if (read === null) break;
    text += decoder.decode(buffer.subarray(0, read), { stream: true });
  }
  return text;
}
