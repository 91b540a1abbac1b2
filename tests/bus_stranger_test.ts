/** What answers where NATS should be and is none, or lets nobody in: reception goes on, and it is told why. */
import { assert, assertEquals } from "@std/assert";
import net from "node:net";
import { BusConnection } from "../lib/server/bus/connection.ts";
import { AskedServer } from "./asked_server.ts";
import { jsonOf } from "./messages.ts";
import { MAY_ALL } from "./prometheus.ts";

const INFO = `INFO {"server_id":"x","version":"2.9.10","max_payload":1048576,"headers":true}\r\n`;
const CLOSED = "it closed the connection";
const NO_NATS = "what answers is no NATS server";
/** What each says to whoever comes before it closes, without having read a word; and why it cannot be reached then. */
const STRANGERS: Readonly<Record<string, readonly [string, string]>> = {
  "closes at once": ["", CLOSED],
  "speaks HTTP": ["HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", NO_NATS],
  "speaks SSH": ["SSH-2.0-OpenSSH_9.2p1\r\n", NO_NATS],
  "says what is no JSON": ["INFO {nonsense\r\n", NO_NATS],
  "greets without an end": [`INFO {${"a".repeat(1_000_000)}`, NO_NATS],
  "lets nobody in": [`${INFO}-ERR 'Authorization Violation'\r\n`, "Authorization Violation"],
  "goes on with noise": [`${INFO}${"\x00~\r\n".repeat(50_000)}`, "timeout"],
};
/** Each comes again after a longer pause. */
const VISITS = 3;

function startStranger(words: string) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const visits = { count: 0 };
  const answer = async (visitor: Deno.Conn) => {
    visits.count++;
    const writer = visitor.writable.getWriter();
    await writer.write(new TextEncoder().encode(words)).catch(() => {});
    // What the visitor says is unread when it is closed: the visitor's next read is refused.
    await new Promise((resolve) => setTimeout(resolve, 50));
    try {
      visitor.close();
    } catch {
      // It was closed from the other end.
    }
  };
  (async () => {
    for await (const visitor of listener) answer(visitor);
  })();
  return {
    url: `nats://127.0.0.1:${listener.addr.port}`,
    visits,
    [Symbol.dispose]: () => listener.close(),
  };
}

for (const [what, [words, reason]] of Object.entries(STRANGERS)) {
  Deno.test({
    name: `a site goes on where what answers as the bus ${what} (needs --allow-all)`,
    ignore: !MAY_ALL,
    fn: async () => {
      using stranger = startStranger(words);
      await using site = await AskedServer.start(["--bus", stranger.url, "--site", "a"]);
      while (stranger.visits.count < VISITS) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
      await socket.send(jsonOf({ v: 1, id: "a", host: "a" }), site.to);
      socket.close();
      await site.waitFor(1);
      const told = [
        ...site.running.stderr.text.matchAll(/Cannot reach the bus at .*: (.*); retrying/g),
      ];
      assertEquals(told.map(([, why]) => why), [reason]);
    },
  });
}

Deno.test({
  name:
    "a bus that closes whatever it has let in is told of once, and asked less and less often (needs --allow-all)",
  ignore: !MAY_ALL,
  fn: async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const atMs: number[] = [];
    const answer = async (visitor: Deno.Conn) => {
      await visitor.write(new TextEncoder().encode(INFO));
      await visitor.read(new Uint8Array(4_096));
      await visitor.write(new TextEncoder().encode("PONG\r\n"));
      atMs.push(performance.now());
      visitor.close();
    };
    (async () => {
      for await (const visitor of listener) answer(visitor);
    })();
    const url = `nats://127.0.0.1:${listener.addr.port}`;
    await using view = await AskedServer.startView(["--follow", url]);
    while (atMs.length < 5) await new Promise((resolve) => setTimeout(resolve, 50));
    const told = view.running.stderr.text.match(/Connected to the bus|Cannot reach the bus/g);
    assertEquals(told, ["Connected to the bus", "Cannot reach the bus"]);
    // Timers ring late, and never early: 0.5, 1, 2 and 4 s.
    assert(atMs.at(-1)! - atMs[0]! > 7_000);
  },
});

Deno.test({
  name:
    "a socket of the bus that fails when nobody listens any more ends nothing (needs --allow-all)",
  ignore: !MAY_ALL,
  fn: async () => {
    using stranger = startStranger("");
    const connection = await BusConnection.open("a", {
      servers: [new URL(stranger.url)],
      ...{ "bus-credentials-file": null, "bus-ca-file": null },
    }, { log: { info: String, warn: String }, throttledLog: { warn() {} } } as never);
    const { port } = new URL(stranger.url);
    const socket = net.createConnection(Number(port), "127.0.0.1");
    socket.removeAllListeners();
    socket.emit("error", new Error("read ECONNRESET"));
    socket.destroy();
    await connection.close();
  },
});
