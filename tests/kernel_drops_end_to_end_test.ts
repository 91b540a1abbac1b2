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
const MINUTE_MS = 60_000;
/** So long before the end of a minute. */
const LEFT_MS = 3_000;

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
      using clock = new FakeClock(0);
      await using server = await AskedServer.start(["--data", folder], rights, clock.env);
      const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
      using _closing = { [Symbol.dispose]: () => socket.close() };
      let seq = 0;
      const send = () => socket.send(jsonOf({ ...HOST, seq: ++seq }), server.to);
      const received = async () => (await server.totals()).received;
      const nowMs = async () => (await server.get("/api/fleet?limit=1")).nowMs;
      await send();
      await server.waitUntil(async () => (await server.totals()).kernelDropped === 0);
      /** Has some dropped shortly before a minute ends; what became of it, and of the one after it. */
      const dropSome = async () => {
        const endMs = (Math.floor(await nowMs() / MINUTE_MS) + 2) * MINUTE_MS;
        clock.set((endMs - LEFT_MS - Date.now()) / 1_000);
        await server.waitUntil(async () => await nowMs() >= endMs - LEFT_MS);
        Deno.kill(server.running.pid, "SIGSTOP");
        for (let n = 0; n < SENT; n++) await send();
        Deno.kill(server.running.pid, "SIGCONT");
        let [before, taken] = [0, await received()];
        await server.waitUntil(async () => {
          [before, taken] = [taken, await received()];
          return taken === before;
        });
        // The next one tells of the loss. The count is read once in five seconds: not before the minute's end.
        const range = `from=${endMs - MINUTE_MS}&to=${endMs + MINUTE_MS}`;
        const history = () => server.get(`/api/hosts/db-1/history?metric=cpu&${range}`);
        await server.waitUntil(async () => {
          await send();
          return (await history()).causesMs.known[1] > 0;
        });
        return (await history()).causesMs;
      };
      // On a slow machine the minute may be over before all is sent.
      let causes = await dropSome();
      for (let n = 0; n < 5 && causes.lost[0] + causes.dropped[0] === 0; n++) {
        causes = await dropSome();
      }
      assert(causes.dropped[0] > 0);
      assertEquals(causes.lost[0], 0);
      await server.waitUntil(async () => {
        const { received, kernelDropped } = await server.totals();
        return received + kernelDropped === seq;
      });
      const { kernelDropped, lost } = await server.totals();
      assertEquals(lost, kernelDropped);
      const scrape = await (await fetch(`${server.origin}/metrics`)).text();
      assert(scrape.includes(`\npulso_server_kernel_dropped_datagrams_total ${kernelDropped}\n`));
    }),
});
