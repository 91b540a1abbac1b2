/** Two views that have the same destination: one tells it, and when that is killed the other takes over. */
import { assertEquals } from "@std/assert";
import { encodeMessage } from "../lib/message/encode.ts";
import { AskedServer } from "./asked_server.ts";
import { inFolder } from "./files.ts";
import { sampleOf } from "./messages.ts";
import { HAS_NATS, NEEDS_NATS, startGuarded } from "./nats.ts";
import { until } from "./patience.ts";

Deno.test({
  name: `of two views one notifies, another takes over, and nothing is told twice (${NEEDS_NATS})`,
  ignore: !HAS_NATS,
  fn: () =>
    inFolder(async (folder) => {
      const told: string[] = [];
      await using receiver = Deno.serve(
        { hostname: "127.0.0.1", port: 0, onListen() {} },
        async (request) => {
          const { notices } = await request.json();
          for (const { what, rule, hosts } of notices) {
            // Rules out of the box speak as well, some time after.
            for (const { id } of rule === "hot" ? hosts : []) told.push(`${what} ${rule} ${id}`);
          }
          return new Response();
        },
      );
      const webhook = `http://127.0.0.1:${receiver.addr.port}/`;
      const rules = [{ name: "hot", when: "cpu > 90%", text: "is hot" }];
      const file = { destinations: { chat: { webhook } }, tell: [{ to: "chat" }], rules };
      await Deno.writeTextFile(`${folder}/alerts.yml`, JSON.stringify(file));
      const { nats, berlin, view: access } = await startGuarded(folder);
      await using _nats = nats;
      const mayRead = [`--allow-read=${folder}`];
      await using site = await AskedServer.start(
        ["--bus", nats.url, "--site", "berlin", ...berlin],
        mayRead,
      );
      const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
      const heat = async (id: string) => {
        const sample = sampleOf({ cores: 1, volumes: 1, interfaces: 1 });
        const cpu = { ...sample.cpu!, mean: 99 };
        const message = { ...sample, cpu, id, host: id, session: "s", seq: 1, interval: 60_000 };
        await socket.send(encodeMessage(message), site.to);
      };
      await heat("a");
      await site.waitFor(1);
      const start = () =>
        AskedServer.startView(
          ["--follow", nats.url, "--alerts", `${folder}/alerts.yml`, ...access],
          mayRead,
        );
      const views = [await start(), await start()];
      try {
        const untilTold = (times: number) =>
          until(() => told.length === times, () => `${times} notices: ${told.join(", ")}`);
        await untilTold(1);
        const notifies = async (view: AskedServer) =>
          (await view.get("/api/fleet?limit=1")).bus.view.notifies as boolean | null;
        let states: (boolean | null)[] = [];
        await until(async () => {
          states = await Promise.all(views.map(notifies));
          return states.toSorted().join() === "false,true";
        }, () => `one view that notifies: ${states}`);
        const [leader, other] = await notifies(views[0]!) ? views : views.toReversed();
        await leader!.running[Symbol.asyncDispose]();
        await heat("b");
        await until(
          async () => await notifies(other!) === true,
          () => other!.running.stderr.text,
        );
        await untilTold(2);
        assertEquals(told, ["fired hot a", "fired hot b"]);
      } finally {
        socket.close();
        for (const view of views) await view[Symbol.asyncDispose]();
      }
    }),
});
