/** The least that NATS must let each side do, as OPERATIONS.md has it, is enough; and what is refused is told. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { encodeMessage } from "../lib/message/codec.ts";
import { AskedServer } from "./asked_server.ts";
import { inFolder } from "./files.ts";
import { sampleOf } from "./messages.ts";
import { HAS_NATS, NEEDS_NATS, startGuarded } from "./nats.ts";

async function sendOne(site: AskedServer): Promise<void> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const sample = sampleOf({ cores: 1, volumes: 1, interfaces: 1 });
  await socket.send(
    encodeMessage({ ...sample, id: "a", host: "a", session: "s", seq: 1 }),
    site.to,
  );
  socket.close();
  await site.waitFor(1);
}

Deno.test({
  name: `the permissions in OPERATIONS.md are enough, and what is refused is told (${NEEDS_NATS})`,
  ignore: !HAS_NATS,
  fn: () =>
    inFolder(async (folder) => {
      const { nats, berlin, view: access } = await startGuarded(folder);
      await using _nats = nats;
      const start = (name: string) =>
        AskedServer.start(["--bus", nats.url, "--site", name, ...berlin], [
          `--allow-read=${folder}`,
        ]);
      await using site = await start("berlin");
      await sendOne(site);
      await using view = await AskedServer.startView(
        ["--follow", nats.url, ...access],
        [`--allow-read=${folder}`],
      );
      await view.waitUntil(async () => (await view.totals()).accepted === 1);
      for (const { running } of [site, view]) {
        assert(!running.stderr.text.includes("WARN"), running.stderr.text);
      }
      assertMatch(site.running.stderr.text, /The stream PULSO of the bus keeps 1h or 4 GiB/);
      await using stranger = await start("paris");
      await sendOne(stranger);
      await stranger.running.stderr.find(
        (line) => line.includes("The bus says: Permissions Violation"),
        "the refusal",
      );
      const { bus } = await stranger.get("/api/fleet");
      assertEquals(bus.site.published, 0);
    }),
});
