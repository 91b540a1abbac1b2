/** A server that is killed while datagrams come, and started again: what it has then. */
import { assert, assertEquals } from "@std/assert";
import { Database } from "../lib/server/store/file/database.js";
import { COLUMNS } from "../lib/server/store/columns.ts";
import { inFolder } from "./files.ts";
import { bytesOf } from "./messages.ts";
import { MAY_RUN, portOf, programOf, Running } from "./processes.ts";

/** How often it is killed; more at will. */
const KILLS = Number(MAY_RUN && Deno.env.get("PULSO_TEST_KILLS") || 3);
const HOSTS = 50;

async function startServer(folder: string) {
  const launcher = programOf("server", [
    "--allow-net",
    `--allow-read=${folder}`,
    `--allow-write=${folder}`,
  ]);
  const args = ["--listen", "127.0.0.1:0", "--view", "json", "--data", folder];
  const server = new Running(launcher, args);
  return { server, port: await portOf(server) };
}

Deno.test({
  name:
    `a server that is killed ${KILLS} times has its hosts, and takes nothing twice (needs --allow-all)`,
  ignore: !MAY_RUN,
  fn: () =>
    inFolder(async (parent) => {
      const folder = `${parent}/data`;
      const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
      using _closing = { [Symbol.dispose]: () => socket.close() };
      let seq = 0;
      for (let kill = 0; kill <= KILLS; kill++) {
        const { server, port } = await startServer(folder);
        await using _server = server;
        const known = server.stderr.all.find((line) => line.includes("hosts known"))!;
        assert(known.includes(`(${kill === 0 ? 0 : HOSTS} hosts known)`), known);
        const to = { transport: "udp", hostname: "127.0.0.1", port } as const;
        const send = async (number: number, host: number, time: number) => {
          const message = {
            v: 1,
            id: `id-${host}`,
            host: `web-${host}`,
            session: "s",
            seq: number,
          };
          await socket.send(bytesOf(JSON.stringify({ ...message, time, interval: 1_000 })), to);
        };
        const before = Date.now() - 10_000;
        for (let round = 0; round < 3; round++) {
          seq++;
          for (let host = 0; host < HOSTS; host++) {
            // A copy of what came before the last kill, and then news.
            if (kill > 0 && round === 0) await send(seq - 1, host, before);
            await send(seq, host, Date.now());
          }
        }
        const last = (line: string) => {
          const { message } = JSON.parse(line);
          return message.seq === seq && message.id === `id-${HOSTS - 1}`;
        };
        const { delivery } = JSON.parse(await server.stdout.find(last, "the last datagram"));
        // What came after it was last saved, before it was killed, is as if no server had run.
        const { received, lost, restarts, beforeFirst } = delivery;
        assertEquals([received + beforeFirst, lost, restarts], [seq, 0, 0]);
        // The first time it is told to end, so that it knows all hosts.
        await server.stop(kill === 0 ? "SIGTERM" : "SIGKILL");
        const db = new Database(`${folder}/pulso.db`, COLUMNS);
        assertEquals(db.numberOf("select count(*) n from host", "n"), HOSTS);
        assertEquals(db.db.prepare("pragma integrity_check").get(), { integrity_check: "ok" });
        db.close();
      }
    }),
});
