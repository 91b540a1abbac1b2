/** The configurations of SCALE.md: engines of NATS start with them, and a datagram goes from a site to a view. */
import { assert, assertEquals } from "@std/assert";
import { connect } from "@nats-io/transport-node";
import { inFolder } from "../files.ts";
import { jsonOf } from "../messages.ts";
import { HAS_NATS, NEEDS_NATS } from "../nats.ts";
import { until } from "../patience.ts";
import { freePort } from "../ports.ts";
import { isInstalled, pageOf, programOf, Running } from "../processes.ts";
import { MAY_ALL } from "../prometheus.ts";
import { readServerOptions } from "../../lib/server/options.ts";
import { blocksOf, readDocument, test } from "./documents.ts";

const BLOCKS = blocksOf(readDocument("docs/SCALE.md"));
const textsOf = (language: string) =>
  BLOCKS.filter((block) => block.language === language).map(({ text }) => text);

/** The settings of a block, as variables. */
function settingsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    text.trim().split("\n").map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}

const SETTINGS = textsOf("ini").map(settingsOf);
const NODES = ["bus-1", "bus-2", "bus-3"];

/** Names and ports of the document on loopback: one port for each. */
function onLoopback() {
  const ports = new Map<string, number>();
  const portOf = (place: string) => {
    if (!ports.has(place)) ports.set(place, freePort());
    return ports.get(place)!;
  };
  /** `here` is whose own addresses those of all interfaces and of loopback are. */
  return (text: string, here: string) =>
    text.replace(
      /(bus-\d)\.example:(\d+)|(?:0\.0\.0\.0|127\.0\.0\.1):(\d+)/g,
      (_, name, port, own) => `127.0.0.1:${portOf(name ? `${name}:${port}` : `${here}:${own}`)}`,
    );
}

/** Starts NATS by a block of the document. */
async function startNats(folder: string, name: string, config: string): Promise<Running> {
  const path = `${folder}/${name}.conf`;
  await Deno.writeTextFile(path, config.replace("/var/lib/nats", `${folder}/${name}`));
  return new Running(["nats-server"], ["-c", path]);
}

/** Asks the JetStream of a server by its API until it grants it, as a cluster first finds a leader. */
async function makeStream(servers: string, config: string): Promise<void> {
  const connection = await connect({ servers: servers.replaceAll("nats://", "").split(",") });
  try {
    let answer: { error?: unknown } | undefined;
    await until(async () => {
      const message = await connection.request("$JS.API.STREAM.CREATE.PULSO", config)
        .catch(() => null);
      answer = message?.json();
      return answer !== undefined && answer.error === undefined;
    }, () => `no stream: ${JSON.stringify(answer)}`);
  } finally {
    await connection.close();
  }
}

test("the settings of SCALE.md are read as the server reads them", () => {
  assertEquals(SETTINGS.length, 6);
  for (const settings of SETTINGS) readServerOptions([], (name) => settings[name]);
});

Deno.test({
  name: "documents: systemd takes the unit of SCALE.md (needs --allow-all and systemd-analyze)",
  ignore: !(MAY_ALL && isInstalled("systemd-analyze")),
  fn: () =>
    inFolder(async (folder) => {
      const path = `${folder}/nats.service`;
      const [unit] = textsOf("systemd");
      await Deno.writeTextFile(path, unit!.replace("/usr/sbin/nats-server", "/bin/true"));
      const { success, stderr } = await new Deno.Command("systemd-analyze", {
        args: ["verify", "--man=no", path],
      }).output();
      const said = new TextDecoder().decode(stderr);
      assert(success && !said.includes(path), said);
    }),
});

Deno.test({
  name:
    `documents: the cluster, the leaf and the stream of SCALE.md carry a datagram (${NEEDS_NATS})`,
  ignore: !HAS_NATS,
  fn: () =>
    inFolder(async (folder) => {
      await using engines = new AsyncDisposableStack();
      const [cluster, leaf] = textsOf("nats");
      const move = onLoopback();
      const running = await Promise.all([
        ...NODES.map((name) =>
          startNats(
            folder,
            name,
            move(cluster!, name).replace("server_name: bus-1", `server_name: ${name}`),
          )
        ),
        startNats(folder, "berlin", move(leaf!, "berlin")),
      ]);
      for (const one of running) engines.use(one);
      for (const { stderr } of running) {
        await stderr.find((line) => line.includes("Server is ready"), "readiness");
      }
      const [site, view] = [SETTINGS[3]!, SETTINGS[2]!];
      await makeStream(move(view.PULSO_FOLLOW!, ""), textsOf("json")[0]!);
      const start = (settings: Record<string, string>, more: readonly string[]) => {
        const bus = Object.entries(settings).map(([name, value]) =>
          [name, move(value, "berlin")] as const
        );
        return engines.use(
          new Running(
            programOf("server", ["--allow-net", "--allow-env=PULSO_*"]).slice(0, -2),
            ["--view", "none", ...more],
            Object.fromEntries(bus),
          ),
        );
      };
      const heard = start(site, ["--listen", "127.0.0.1:0"]);
      const shown = start(view, ["--web", "127.0.0.1:0"]);
      const line = await heard.stderr.find((line) => line.includes("Receives on"), "the port");
      const { origin } = await pageOf(shown);
      await heard.stderr.find((line) => /bus|publish/i.test(line), "the bus");
      const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
      const to = {
        transport: "udp",
        hostname: "127.0.0.1",
        port: Number(/:(\d+)$/.exec(line)![1]),
      } as const;
      let seq = 0;
      await until(async () => {
        await socket.send(jsonOf({ v: 1, id: "a", host: "web", session: "s", seq: ++seq }), to);
        return (await (await fetch(`${origin}/api/fleet`)).json()).totals.hosts === 1;
      }, () => `no host:\n${heard.stderr.text}${shown.stderr.text}`);
      socket.close();
      assertEquals([await heard.stop(), await shown.stop()], [0, 0]);
    }),
});
