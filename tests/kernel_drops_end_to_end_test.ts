/** What the kernel drops at the socket of a real server, as counts, history and /metrics tell it. */
import { assert, assertEquals } from "@std/assert";
import { AskedServer } from "./asked_server.ts";
import { inFolder } from "./files.ts";
import { jsonOf } from "./messages.ts";
import { MAY_RUN } from "./processes.ts";

/** More than a socket has room for. */
const SENT = 1_000;
const HOST = { v: 1, id: "db-1", host: "db-1", session: "s", interval: 100 };

Deno.test({
  name: "what the kernel drops at a socket is told as that, and is no loss on the way " +
    "(needs --allow-all, Linux)",
  ignore: !MAY_RUN || Deno.build.os !== "linux",
  fn: () =>
    inFolder(async (parent) => {
      const folder = `${parent}/data`;
      const rights = [`--allow-read=${folder}`, `--allow-write=${folder}`, "--allow-run=/bin/cat"];
      await using server = await AskedServer.start(["--data", folder], rights);
      const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
      using _closing = { [Symbol.dispose]: () => socket.close() };
      const send = (seq: number) => socket.send(jsonOf({ ...HOST, seq }), server.to);
      await send(1);
      await server.waitUntil(async () => (await server.totals()).kernelDropped === 0);
      const beginMs = Date.now();
      Deno.kill(server.running.pid, "SIGSTOP");
      for (let seq = 2; seq < SENT; seq++) await send(seq);
      Deno.kill(server.running.pid, "SIGCONT");
      const untilAllBut = (count: number) =>
        server.waitUntil(async () => {
          // It is read once in five seconds.
          await new Promise((resolve) => setTimeout(resolve, 20));
          const { received, kernelDropped } = await server.totals();
          return kernelDropped > 0 && received + kernelDropped === SENT - count;
        });
      // The last one tells what was lost before it, once the drops are known: of a loss that is found in a
      // minute that ends before that, nobody can say that it was dropped here.
      await untilAllBut(1);
      await send(SENT);
      await untilAllBut(0);
      const { received, kernelDropped, lost } = await server.totals();
      assertEquals([received + kernelDropped, lost], [SENT, kernelDropped]);
      const range = `from=${beginMs - 60_000}&to=${Date.now()}`;
      const { causesMs, shares } = await server.get(`/api/hosts/db-1/history?metric=cpu&${range}`);
      assert(causesMs.dropped.some((ms: number | null) => ms! > 0));
      assert(shares.dropped > 0);
      assertEquals(shares.lost, 0);
      const scrape = await (await fetch(`${server.origin}/metrics`)).text();
      assert(scrape.includes(`\npulso_server_kernel_dropped_datagrams_total ${kernelDropped}\n`));
    }),
});
