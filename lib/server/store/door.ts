/**
 * The control socket of a running server, in its data folder, so that whoever may open that folder may
 * command it, and nobody else. One line of JSON in, one out. Its one job is that socket.
 */
import { advise } from "../../common/advice.ts";
import { describeError } from "../../common/log.ts";
import { type Environment, readOptions } from "../../common/option_reader.ts";
import { requireAccess } from "../../common/private_file.ts";
import { DATA_FOLDER, SERVER_FOLDER } from "../program.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { Observer } from "../parts.ts";

/** The commands of a server; each result is sent back to the client. */
export type Orders = Readonly<Record<string, (argument: string) => Promise<string>>>;

/** The socket in a folder of data. */
const NAME = "control.sock";
/** Longer than any argument. */
const MAX_LINE_BYTES = 4_096;
/** Time for a client to send its command. */
const PATIENCE_MS = 5_000;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Opens the socket of a folder; a stale one, of a server that was killed, is replaced. */
export async function openDoor(
  folder: string,
  orders: Orders,
  patienceMs = PATIENCE_MS,
): Promise<Observer> {
  const path = `${folder}/${NAME}`;
  // The store's lock is held: no other server uses this folder.
  await Deno.remove(path).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  const listener = Deno.listen({ transport: "unix", path });
  const serving = serve(listener, orders, patienceMs);
  return {
    name: "door",
    async close() {
      listener.close();
      await serving;
      await Deno.remove(path).catch(() => {});
    },
  };
}

async function serve(listener: Deno.Listener, orders: Orders, patienceMs: number): Promise<void> {
  for (;;) {
    try {
      const client = await listener.accept();
      answer(client, orders, patienceMs).catch(() => {});
    } catch {
      return;
    }
  }
}

async function answer(client: Deno.Conn, orders: Orders, patienceMs: number): Promise<void> {
  // Closing a connection twice throws; disposing of it twice does not.
  using closing = new DisposableStack();
  closing.use(client);
  const timer = setTimeout(() => closing.dispose(), patienceMs);
  const line = await readLine(client).finally(() => clearTimeout(timer));
  const { order, argument } = JSON.parse(line);
  const say = (news: object) => writeLine(client, news);
  if (!Object.hasOwn(orders, order)) {
    return await say({ error: "this server knows no such command" });
  }
  try {
    await say({ text: await orders[order]!(String(argument)) });
  } catch (error) {
    await say({ error: describeError(error) });
  }
}

async function readLine(socket: Deno.Conn): Promise<string> {
  const bytes = new Uint8Array(MAX_LINE_BYTES);
  let length = 0;
  while (length < bytes.length && bytes[length - 1] !== 0x0a) {
    const read = await socket.read(bytes.subarray(length));
    if (read === null) break;
    length += read;
  }
  return decoder.decode(bytes.subarray(0, length));
}

async function writeLine(socket: Deno.Conn, data: object): Promise<void> {
  const bytes = encoder.encode(`${JSON.stringify(data)}\n`);
  for (let at = 0; at < bytes.length;) at += await socket.write(bytes.subarray(at));
}

/**
 * Tells the server that keeps its data in a folder to do something, and returns what it says.
 *
 * @throws {RangeError} with one line for the user.
 */
export async function tellServer(folder: string, order: string, argument: string): Promise<string> {
  const refuse = (state: string) => new RangeError(`Cannot run ${order} by ${folder}: ${state}`);
  const client = await connect(`${folder}/${NAME}`).catch((error) => {
    if (error instanceof Deno.errors.NotCapable) throw refuse(adviseOn(folder));
    const isAbsent = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.ConnectionRefused;
    throw refuse(isAbsent ? "no server is running with this --data" : describeError(error));
  });
  try {
    await writeLine(client, { order, argument });
    const { text, error } = JSON.parse(await readLine(client));
    if (error !== undefined) throw refuse(error);
    return text;
  } finally {
    client.close();
  }
}

async function connect(path: string): Promise<Deno.Conn> {
  requireAccess("read", path);
  requireAccess("write", path);
  return await Deno.connect({ transport: "unix", path });
}

/** A command that a running server carries out. @throws {RangeError} for a wrong command line. */
export function runOrder(
  order: string,
  argument: string,
  argv: readonly string[],
  environment: Environment,
): () => Promise<string> {
  const { data } = readOptions(SERVER_FOLDER, argv, environment);
  return () => tellServer(data, order, argument);
}

/** The command `forget`: a host and all that is kept of it. @throws {RangeError} for a wrong command line. */
export function runForget(
  [key, ...argv]: readonly string[],
  environment: Environment,
): () => Promise<string> {
  if (key === undefined || key.startsWith("--")) {
    throw new RangeError("Cannot forget a host: name its id, as in forget ID");
  }
  return runOrder("forget", key, argv, environment);
}

/** The commands of a server; without a store it has only what is in memory. */
export function ordersOf(
  fleet: Pick<Fleet, "host" | "forget">,
  store: { forget(key: string): Promise<boolean>; backUp(name: string): Promise<string> } | null,
  wallMs: () => number,
) {
  return {
    async forget(key) {
      const host = fleet.host(key);
      if (host !== undefined) fleet.forget(host);
      const wasKept = await store?.forget(key) ?? false;
      if (!wasKept && host === undefined) throw new RangeError("no host has that id");
      return `Forgot ${host?.name ?? key} (${key})${store === null ? "" : " and its history"}`;
    },
    async backup() {
      if (store === null) throw new RangeError("nothing is kept on disk");
      const time = new Date(wallMs()).toISOString().slice(0, 19).replaceAll(":", "-");
      return `Wrote ${await store.backUp(`pulso-backup-${time}.db`)}`;
    },
  } satisfies Orders;
}

/** What a program needs that may not use a data folder. */
export function adviseOn(folder: string): string {
  return advise(
    `it needs the flags --allow-read=${folder} --allow-write=${folder}`,
    `this executable keeps its data in ${DATA_FOLDER} only`,
  );
}
