/** A front of real servers: their hosts as one fleet, with the network as its only permission. */
import { assertEquals, assertMatch } from "@std/assert";
import { AskedServer } from "./asked_server.ts";
import { jsonOf } from "./messages.ts";
import { MAY_RUN } from "./processes.ts";

Deno.test({
  name: "a front shows the hosts of two servers, and says when one is gone (needs --allow-all)",
  ignore: !MAY_RUN,
  async fn() {
    await using one = await AskedServer.start();
    await using other = await AskedServer.start();
    const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    for (const [server, id] of [[one, "a"], [other, "b"]] as const) {
      await socket.send(jsonOf({ v: 1, id, host: id, session: "s", seq: 1 }), server.to);
      await server.waitFor(1);
    }
    socket.close();
    await using front = await AskedServer.startView(["--front", `${one.origin},${other.origin}`]);
    const { totals, rows } = await front.get("/api/fleet?sort=name&order=desc");
    assertEquals([totals.hosts, totals.received, totals.missing], [2, 2, []]);
    assertEquals(rows.map(({ id }: { id: string }) => id), ["b", "a"]);
    assertEquals((await front.get("/api/hosts/b")).row.name, "b");
    assertEquals(await other.running.stop(), 0);
    const left = await front.get("/api/fleet");
    assertEquals([left.totals.hosts, left.totals.missing.length], [1, 1]);
    assertEquals([left.totals.missing[0].view, left.totals.missing[0].hosts], [other.origin, 1]);
    assertEquals(await front.running.stop(), 0);
    assertMatch(front.running.stderr.text, /Shows the fleets of 2 views: http/);
  },
});
