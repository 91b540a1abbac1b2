import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import dashboard from "../docs/grafana.json" with { type: "json" };
import { expressionsOf } from "./dashboard.ts";
import { jsonOf } from "./messages.ts";
import { isInstalled, pageOf, portOf, programOf, Running } from "./processes.ts";
import { makeFolder, MAY_ALL, Prometheus, promtool } from "./prometheus.ts";

const ALERTS = new URL("../docs/prometheus-alerts.yml", import.meta.url).pathname;
const PLAY = new URL("fixtures/prometheus_alerts.yml", import.meta.url).pathname;
const TOKEN = "correct-horse-battery-staple";

const HAS_PROMETHEUS = MAY_ALL && ["prometheus", "promtool"].every(isInstalled);

function test(name: string, fn: (t: Deno.TestContext) => Promise<void>): void {
  Deno.test({
    name: `${name} (needs --allow-all, prometheus and promtool)`,
    ignore: !HAS_PROMETHEUS,
    fn,
  });
}

/** A server that asks for a token, and where it receives and serves. */
async function startServer(folder: string) {
  const tokenFile = `${folder}/token`;
  await Deno.writeTextFile(tokenFile, `${TOKEN}\n`, { mode: 0o600 });
  const server = new Running(programOf("server", ["--allow-net", `--allow-read=${folder}`]), [
    ...["--listen", "127.0.0.1:0", "--view", "none"],
    ...["--web", "127.0.0.1:0", "--web-token-file", tokenFile],
  ]);
  const port = await portOf(server);
  return { server, port, webPort: Number((await pageOf(server)).port), tokenFile };
}

interface Alerts {
  readonly alerts: readonly { readonly state: string; readonly labels: Record<string, string> }[];
}

interface Metadata {
  readonly type: string;
  readonly unit: string;
}

function configOf(webPort: number, tokenFile: string): string {
  return JSON.stringify({
    global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
    rule_files: [ALERTS],
    scrape_configs: [{
      job_name: "pulso",
      authorization: { credentials_file: tokenFile },
      static_configs: [{ targets: [`127.0.0.1:${webPort}`] }],
    }],
  });
}

const NAME = 'we"b\\ <b>東京';

const BY_HAND = {
  v: 1,
  id: "by-hand",
  host: NAME,
  session: "s",
  interval: 3_600_000,
  cpu: { mean: 14.1, cores: [12.3, null, 15.9] },
  memory: { total: 16_777_216_000, used: 7_340_032_000 },
  disk: { read: 1_048_576, volumes: [{ mount: "C:\\", total: 1_000, used: 950, free: 50 }] },
  network: { interfaces: [{ name: "eth0", rx: 1_250_000, rxLost: 7 }] },
};

/** Sends what is known: a host that lost two and got one of them late, one that left, and no message. */
async function sendKnown(port: number): Promise<void> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const messages = [
    ...[1, 2, 5, 4, 4].map((seq) => ({ ...BY_HAND, seq })),
    { v: 1, id: "gone", host: "gone", cpu: { mean: 50 }, bye: true },
    "no message",
  ];
  try {
    for (const message of messages) {
      await socket.send(jsonOf(message), { transport: "udp", hostname: "127.0.0.1", port });
    }
  } finally {
    socket.close();
  }
}

test("promtool passes the alerts in docs/", async () => {
  assertStringIncludes(await promtool(["check", "rules", ALERTS]), "6 rules found");
});

test("the alerts in docs/ rise for those hosts that give cause, and for no other", async () => {
  await promtool(["test", "rules", PLAY]);
});

test("a real Prometheus scrapes a server with live agents and answers with the right values", async (t) => {
  await using folder = await makeFolder();
  const { server, port, webPort, tokenFile } = await startServer(folder.path);
  await using _server = server;
  await using agent = new Running(programOf("agent"), [
    ...["--server", `127.0.0.1:${port}`, "--interval", "250ms", "--name", "web-01", "--id", "live"],
  ]);
  await sendKnown(port);
  await using prometheus = await Prometheus.start(folder.path, configOf(webPort, tokenFile));
  await prometheus.until(
    () => prometheus.query('pulso_datagrams_received_total{id="live"}'),
    (series) => (series[0]?.[1] ?? 0) >= 5,
    "saw five datagrams of the agent",
  );
  const valuesOf = async (query: string) => await prometheus.query(query);

  await t.step("promtool finds nothing to improve in the text", async () => {
    const authorization = `Bearer ${TOKEN}`;
    const response = await fetch(`http://127.0.0.1:${webPort}/metrics`, {
      headers: { authorization },
    });
    assertEquals(await promtool(["check", "metrics"], await response.text()), "");
  });

  await t.step("what was sent by hand is what is found", async () => {
    const expected: [string, Record<string, string>, number][] = [
      ["pulso_host_up", {}, 1],
      ["pulso_host_interval_seconds", {}, 3_600],
      ["pulso_cpu_usage_ratio", {}, 0.141],
      ["pulso_memory_total_bytes", {}, 16_777_216_000],
      ["pulso_memory_used_bytes", {}, 7_340_032_000],
      ["pulso_disk_read_bytes_per_second", {}, 1_048_576],
      ["pulso_volume_used_bytes", { mount: "C:\\" }, 950],
      ["pulso_network_receive_bytes_per_second", { interface: "eth0" }, 1_250_000],
      ["pulso_network_receive_lost_packets_total", { interface: "eth0" }, 7],
      ["pulso_datagrams_received_total", {}, 4],
      ["pulso_datagrams_lost_total", {}, 2],
      ["pulso_datagrams_recovered_total", {}, 1],
      ["pulso_datagrams_missing", {}, 1],
      ["pulso_datagrams_reordered_total", {}, 1],
      ["pulso_datagrams_duplicate_total", {}, 1],
    ];
    for (const [name, labels, value] of expected) {
      const found = await valuesOf(`${name}{id="by-hand"}`);
      assertEquals(found, [[{ host: NAME, id: "by-hand", ...labels }, value]], name);
    }
    const cores = await valuesOf('pulso_cpu_core_usage_ratio{id="by-hand"}');
    assertEquals(cores.map(([{ core }, value]) => [core, value]), [["0", 0.123], ["2", 0.159]]);
    assertEquals(await valuesOf('pulso_memory_free_bytes{id="by-hand"}'), []);
  });

  await t.step("the agent's numbers are those of this machine", async () => {
    const cores = await valuesOf('count(pulso_cpu_core_usage_ratio{id="live"})');
    assertEquals(cores, [[{}, navigator.hardwareConcurrency]]);
    const memory = await valuesOf('pulso_memory_total_bytes{id="live"}');
    assertEquals(memory, [[{ host: "web-01", id: "live" }, Deno.systemMemoryInfo().total]]);
    assertEquals((await valuesOf('pulso_volume_size_bytes{id="live"} > 0')).length > 0, true);
  });

  await t.step("a host that left is not exported as if alive", async () => {
    assertEquals((await valuesOf('pulso_host_up{id="gone"}'))[0]![1], 0);
    assertEquals((await valuesOf('pulso_host_left{id="gone"}'))[0]![1], 1);
    assertEquals(await valuesOf('pulso_cpu_usage_ratio{id="gone"}'), []);
  });

  await t.step("the server accounts for every datagram", async () => {
    const dropped = await valuesOf("pulso_server_dropped_total > 0");
    assertEquals(dropped, [[{ reason: "duplicate" }, 1], [{ reason: "format" }, 1]]);
    const balance = await valuesOf(
      "pulso_server_received_datagrams_total - pulso_server_accepted_datagrams_total" +
        " - on(instance) sum by (instance) (pulso_server_dropped_total)",
    );
    assertEquals(balance, [[{}, 0]]);
    assertEquals(await valuesOf("sum(pulso_server_hosts)"), [[{}, 3]]);
  });

  await t.step("it reads types and units as OpenMetrics", async () => {
    const metadata = await prometheus.get<Metadata[]>("targets/metadata", {
      metric: "pulso_server_received_bytes",
    });
    assertEquals(metadata.map(({ type, unit }) => [type, unit]), [["counter", "bytes"]]);
  });

  await t.step("it understands every query of docs/grafana.json", async () => {
    for (const query of expressionsOf(dashboard)) await valuesOf(query);
  });

  await t.step(
    "the alert of a silent host rises, for that host and for none that left",
    async () => {
      assertEquals(await agent.stop("SIGKILL"), 137);
      const rising = ({ alerts }: Alerts) =>
        alerts.filter(({ labels }) => labels.alertname === "PulsoHostOffline");
      const alerts = await prometheus.until(
        () => prometheus.get<Alerts>("alerts"),
        (alerts) => rising(alerts).length > 0,
        "rose",
      );
      assertEquals(rising(alerts).map(({ labels }) => labels.host), ["web-01"]);
      assertEquals(await valuesOf('pulso_cpu_usage_ratio{id="live"}'), []);
      const volumes = alerts.alerts.filter(({ labels }) => labels.alertname === "PulsoVolumeFull");
      assert(volumes.some(({ labels }) => labels.host === NAME && labels.mount === "C:\\"));
    },
  );

  assertEquals(await prometheus.stop(), 0);
  assertEquals(await server.stop(), 0);
});
