/** Guarded sockets are sockets for all others who use them, too. */
import net from "node:net";
import { assertEquals } from "@std/assert";
import { guardSockets } from "../../../lib/server/bus/sockets.ts";
import { endTurn } from "../../../lib/common/timeout.ts";

Deno.test({
  name: "a listener of a guarded socket can be taken off again (needs --allow-net)",
  ignore: Deno.permissions.querySync({ name: "net" }).state !== "granted",
  fn: async () => {
    await guardSockets();
    await guardSockets();
    const server = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const socket = net.createConnection((server.addr as Deno.NetAddr).port, "127.0.0.1");
    const peer = await server.accept();
    const say = (text: string) => peer.write(new TextEncoder().encode(text));
    const seen: string[] = [];
    const first = (data: Uint8Array) => seen.push(`first ${new TextDecoder().decode(data)}`);
    const second = (data: Uint8Array) => seen.push(`second ${new TextDecoder().decode(data)}`);
    socket.on("data", first);
    await say("one");
    while (seen.length < 1) await endTurn();
    socket.removeListener("data", first);
    socket.on("data", second);
    await say("two");
    while (seen.length < 2) await endTurn();
    assertEquals(seen, ["first one", "second two"]);
    assertEquals(socket.listenerCount("data"), 2, "one of ours, however often it is guarded");
    socket.destroy();
    peer.close();
    server.close();
  },
});
