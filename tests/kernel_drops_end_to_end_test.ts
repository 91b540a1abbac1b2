/** What the kernel drops at the socket of a real server, as counts, history and /metrics tell it. */
import { assert, assertEquals } from "@std/assert";
import { AskedServer } from "./asked_server.ts";
import { FakeClock, HAS_FAKE_CLOCKS } from "./fake_clock.ts";
import { inFolder } from "./files.ts";
import { jsonOf } from "./messages.ts";
import { MAY_RUN } from "./processes.ts";

/** More than a socket has room for. */
const SENT = 1_000;
const HOST = { v: 1, id: "db-1", host: "db-1", session: "s", interval: 100 };
const MINUTE_S = 60;

/** Seconds since a minute began on a clock that is set so far ahead. */
function secondOfMinute(aheadS = 0): number {
  return (Date.now() / 1_000 + aheadS) % MINUTE_S;
}

Deno.test({
  name:
    "what the kernel drops just before a minute ends is told as that, and is no loss on the way " +
    "(needs --allow-all, Linux, and libfaketime)",
  ignore: !MAY_RUN || !HAS_FAKE_CLOCKS || Deno.build.os !== "linux",
  fn: () =>
    inFolder(async (parent) => {
      const folder = `${parent}/data`;
      // Whoever may run no more than a cat starts none with a library of others in it.
      const rights = [`--allow-read=${folder}`, `--allow-write=${folder}`, "--allow-run"];
      const aheadS = MINUTE_S / 2 - secondOfMinute();
      using clock = new FakeClock(aheadS);
      await using server = await AskedServer.start(["--data", folder], rights, clock.env);
      const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
      using _closing = { [Symbol.dispose]: () => socket.close() };
      const send = (seq: number) => socket.send(jsonOf({ ...HOST, seq }), server.to);
      const received = async () => (await server.totals()).received;
      await send(1);
      // The count is read once in five seconds, and now.
      await server.waitUntil(async () => (await server.totals()).kernelDropped === 0);
      const beginMs = Math.floor((Date.now() / 1_000 + aheadS) / MINUTE_S) * MINUTE_S * 1_000;
      Deno.kill(server.running.pid, "SIGSTOP");
      for (let seq = 2; seq < SENT; seq++) await send(seq);
      Deno.kill(server.running.pid, "SIGCONT");
      let taken = 1;
      await server.waitUntil(async () => {
        const before = taken;
        taken = await received();
        return before > 1 && taken === before;
      });
      await send(SENT);
      await server.waitUntil(async () => await received() === taken + 1);
      // The minute ends before the count is read again; the program notices the time within a second.
      clock.set(aheadS + MINUTE_S - 2 - secondOfMinute(aheadS));
      const range = `from=${beginMs}&to=${beginMs + 2 * MINUTE_S * 1_000}`;
      const history = () => server.get(`/api/hosts/db-1/history?metric=cpu&${range}`);
      let seq = SENT;
      await server.waitUntil(async () => {
        await send(++seq);
        return (await history()).causesMs.known[1] > 0;
      });
      const { causesMs, shares } = await history();
      assert(causesMs.dropped[0] > 0);
      assertEquals(shares.lost, 0);
      const { kernelDropped, lost } = await server.totals();
      assertEquals([taken + 1 + kernelDropped, lost], [SENT, kernelDropped]);
      const scrape = await (await fetch(`${server.origin}/metrics`)).text();
      assert(scrape.includes(`\npulso_server_kernel_dropped_datagrams_total ${kernelDropped}\n`));
    }),
});
