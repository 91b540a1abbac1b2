/**
 * The sockets of the bus's library, guarded: it takes its listeners off some that may still fail, which would
 * end the program, and puts a greeting that never ends together anew with each piece. Its one job is those.
 */
import type { Socket } from "node:net";

/** What is told of whoever greets otherwise. */
export const NO_NATS = "what answers is no NATS server";
/** The first line says what the server can, and where others of its cluster are. */
const MAX_GREETING_BYTES = 65_536;
const NEW_LINE = 0x0a;

/** Whether they are: once is enough for all connections. */
let isGuarded = false;

/** Has all sockets that are opened from now on guarded. */
export async function guardSockets(): Promise<void> {
  const [{ default: net }, { default: tls }] = await Promise.all([
    import("node:net"),
    import("node:tls"),
  ]);
  if (isGuarded) return;
  isGuarded = true;
  [net.createConnection, tls.connect] = [guard(net.createConnection), guard(tls.connect)];
}

function guard<Open extends (...args: never[]) => Socket>(open: Open): Open {
  const guarded = (...args: Parameters<Open>) => {
    const socket = open(...args);
    const { removeAllListeners } = socket;
    const on: (this: Socket, event: string, listener: (data: Uint8Array) => void) => Socket =
      socket.on;
    const hasRoom = greetingOf();
    let isWatched = false;
    const watch = (data: Uint8Array) => {
      if (hasRoom(data)) return;
      // What is read already is handed on even so.
      removeAllListeners.call(socket, "data");
      socket.destroy(new Error(NO_NATS));
    };
    // Beside whoever reads, and not before: else what comes until then would be nobody's.
    const listen = (event: string, listener: (data: Uint8Array) => void) => {
      if (event === "data" && !isWatched) on.call(socket, event, watch);
      isWatched ||= event === "data";
      return on.call(socket, event, listener);
    };
    socket.on = listen as typeof socket.on;
    socket.removeAllListeners = (...names) =>
      removeAllListeners.apply(socket, names).on("error", () => {});
    return socket;
  };
  return guarded as Open;
}

/** Whether what came is no longer than a greeting may be, until that has ended. */
function greetingOf(): (data: Uint8Array) => boolean {
  let size = 0;
  return (data) => {
    if (size === Infinity) return true;
    size = data.includes(NEW_LINE) ? Infinity : size + data.length;
    return size === Infinity || size <= MAX_GREETING_BYTES;
  };
}
