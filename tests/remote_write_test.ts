/** What is pushed is what the API says: a server, an agent, and real receivers of remote write. */
import { assert, assertEquals } from "@std/assert";
import { METRICS } from "../lib/catalogue.ts";
import { encodeMessage } from "../lib/message/encode.ts";
import { hostReader } from "../lib/message/metrics.ts";
import { AskedServer } from "./asked_server.ts";
import { fullSampleOf, jsonOf } from "./messages.ts";
import { isInstalled, pageOf, portOf, programOf, Running } from "./processes.ts";
import { makeFolder, MAY_ALL, Prometheus } from "./prometheus.ts";

const PROGRAMS = ["prometheus", "promtool", "victoria-metrics"];
const NAME = 'we"b\\ <b>東京';
const MESSAGE = {
  ...{ v: 1, id: "by-hand", host: NAME, session: "s", seq: 1, interval: 3_600_000 },
  tags: { role: "db", "a.b": "x" },
  extra: { failed_units: 2 },
  cpu: { mean: 14.1, cores: [12.3, null, 15.9] },
  memory: { total: 16_777_216_000, used: 7_340_032_000 },
  disk: { read: 1_048_576, volumes: [{ mount: "C:\\", total: 1_000, used: 950, free: 50 }] },
  network: { interfaces: [{ name: "eth0", rx: 1_250_000, rxLost: 7 }] },
};

/** All that is kept, of a host without an id: its name, which means much in a pattern and in quotes, is a part of that. */
const KEPT = METRICS.filter(({ store }) => store);
const { id: _id, ...sample } = fullSampleOf({ cores: 2, volumes: 3, interfaces: 2 });
const FULL = { ...sample, host: 'x.*|b"y\\n[東', interval: 3_600_000, seq: 1 };
const WIRE = JSON.parse(new TextDecoder().decode(encodeMessage(FULL)));
const FULL_ID = `127.0.0.1/${FULL.host}`;

function test(name: string, fn: (t: Deno.TestContext) => Promise<void>): void {
  Deno.test({
    name: `${name} (needs --allow-all, prometheus and victoria-metrics)`,
    ignore: !(MAY_ALL && PROGRAMS.every(isInstalled)),
    fn,
  });
}

/** A server that pushes each second; with a secret where it has one. */
async function startServer(folder: string, receivers: readonly string[], secret?: string) {
  const file = `${folder}/secret`;
  if (secret !== undefined) await Deno.writeTextFile(file, secret, { mode: 0o600 });
  const server = new Running(programOf("server", ["--allow-net", `--allow-read=${folder}`]), [
    ...["--listen", "127.0.0.1:0", "--view", "none", "--web", "127.0.0.1:0"],
    ...receivers.flatMap((url) => ["--remote-write", url]),
    ...["--remote-write-interval", "1s"],
    ...(secret === undefined ? [] : ["--remote-write-token-file", file]),
  ]);
  const port = await portOf(server);
  return { server, port, webPort: Number((await pageOf(server)).port) };
}

async function send(port: number, ...messages: readonly object[]): Promise<void> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  try {
    for (const message of messages) {
      await socket.send(jsonOf(message), { transport: "udp", hostname: "127.0.0.1", port });
    }
  } finally {
    socket.close();
  }
}

test("Prometheus and VictoriaMetrics have what the API says", async (t) => {
  await using folder = await makeFolder();
  await using prometheus = await Prometheus.start(folder.path, "{}", [
    "--web.enable-remote-write-receiver",
  ]);
  await using victoria = await Prometheus.startVictoria(folder.path);
  const receivers = [prometheus, victoria];
  const { server, port, webPort } = await startServer(
    folder.path,
    receivers.map(({ url }) => `${url}write`),
  );
  await using _server = server;
  await send(port, MESSAGE, WIRE, { v: 1, id: "gone", host: "gone", cpu: { mean: 50 } });

  for (const receiver of receivers) {
    const what = receiver === prometheus ? "Prometheus" : "VictoriaMetrics";
    const valueOf = async (query: string) => (await receiver.query(query))[0]?.[1];
    await t.step(`${what} has each number of a host, with its labels`, async () => {
      await receiver.until(() => valueOf('pulso_host_up{id="by-hand"}'), (up) => up === 1, "heard");
      const expected: [string, Record<string, string>, number][] = [
        ["pulso_host_interval_seconds", {}, 3_600],
        ["pulso_cpu_usage_ratio", {}, 0.141],
        ["pulso_memory_total_bytes", {}, 16_777_216_000],
        ["pulso_disk_read_bytes_per_second", {}, 1_048_576],
        ["pulso_volume_used_bytes", { mount: "C:\\" }, 950],
        ["pulso_network_receive_lost_packets_total", { interface: "eth0" }, 7],
        ["pulso_datagrams_received_total", {}, 1],
        ["pulso_extra", { name: "failed_units" }, 2],
        ["pulso_host_info", { role: "db", a_b: "x" }, 1],
      ];
      for (const [name, labels, value] of expected) {
        const found = await receiver.query(`${name}{id="by-hand"}`);
        assertEquals(found, [[{ host: NAME, id: "by-hand", ...labels }, value]], name);
      }
      const cores = await receiver.query('pulso_cpu_core_usage_ratio{id="by-hand"}');
      assertEquals(cores.map(([{ core }, value]) => [core, value]), [["0", 0.123], ["2", 0.159]]);
      assertEquals(await valueOf('pulso_server_hosts{status="live"}'), 3);
    });

    await t.step(`another server reads from ${what} what this one says`, async () => {
      const path = `/api/hosts/${encodeURIComponent(FULL_ID)}`;
      const { message } = await (await fetch(`http://127.0.0.1:${webPort}${path}`)).json();
      await using other = await AskedServer.start(["--history-from", new URL(receiver.url).origin]);
      await send(other.to.port, WIRE);
      await other.waitFor(1);
      const past = await other.get(`${path}/history?from=${Date.now() - 300_000}&points=5`);
      for (const row of KEPT) {
        const name = row.past ?? row.id;
        const [means, said] = [past[name], hostReader(row)(message)!];
        assert(means.some((mean: unknown) => mean !== null), `nothing of ${name}`);
        for (const values of [means, past.lowest[name], past.highest[name]]) {
          for (const value of values) {
            if (value !== null) assertEquals(value, Number(said.toPrecision(6)), name);
          }
        }
      }
      assertEquals(past.shares.known, 1);
      const { hosts } = await other.get(
        `/api/history?metric=iowait&top=3&from=${Date.now() - 1e7}`,
      );
      assertEquals(hosts.map(({ id }: { id: string }) => id), [FULL_ID]);
    });
  }

  await t.step("the series of a host that leaves end at once", async () => {
    for (const receiver of receivers) {
      assertEquals((await receiver.query('pulso_cpu_usage_ratio{id="gone"}')).length, 1);
    }
    await send(port, { v: 1, id: "gone", host: "gone", bye: true });
    for (const receiver of receivers) {
      const ask = () => receiver.query('pulso_cpu_usage_ratio{id="gone"}');
      await receiver.until(ask, ({ length }) => length === 0, "ended");
      assertEquals((await receiver.query('pulso_host_left{id="gone"}'))[0]![1], 1);
    }
  });

  await t.step("the API and /metrics say what became of the samples", async () => {
    const { remoteWrite } = await (await fetch(`http://127.0.0.1:${webPort}/api/fleet`)).json();
    for (const { receiver, failure, sent, refused, dropped } of remoteWrite) {
      assert(receivers.some(({ url }) => `${url}write` === receiver));
      assertEquals([failure, refused, dropped], [null, 0, 0]);
      assert(sent > 50);
    }
    const text = await (await fetch(`http://127.0.0.1:${webPort}/metrics`)).text();
    assert(
      /^pulso_server_remote_write_samples_total\{receiver="[^"]*",result="sent"\} \d/m.test(text),
    );
  });
  assertEquals(await server.stop(), 0);
  for (const receiver of receivers) await receiver.stop();
});

test("a receiver that is down for a while gets what it missed", async () => {
  await using folder = await makeFolder();
  const first = await Prometheus.startVictoria(folder.path);
  const { url } = first;
  await first.stop();
  const { server, port, webPort } = await startServer(folder.path, [`${url}write`]);
  await using _server = server;
  await send(port, MESSAGE);
  await server.stderr.find((line) => line.includes("Cannot write to http://127.0.0.1"), "failure");
  const stateOf = async () =>
    (await (await fetch(`http://127.0.0.1:${webPort}/api/fleet`)).json()).remoteWrite[0];
  const waited = await stateOf();
  assert(waited.waitingBytes > 0 && waited.sent === 0 && waited.failure !== null);
  await using again = await Prometheus.startVictoria(folder.path, Number(new URL(url).port));
  await server.stderr.find((line) => line.includes("goes on"), "recovery");
  await again.until(stateOf, ({ waitingBytes }) => waitingBytes === 0, "caught up");
  const counted = 'count_over_time(pulso_host_up{id="by-hand"}[1m])';
  const count = async () => (await again.query(counted))[0]?.[1] ?? 0;
  // One that was written while it was down, and one after.
  await again.until(count, (samples) => samples >= 2, "had both");
  const { sent, dropped, refused } = await stateOf();
  assertEquals([dropped, refused], [0, 0]);
  assert(sent > 0);
  assertEquals(await server.stop(), 0);
  await again.stop();
});

test("a secret goes with each request, and nowhere else", async (t) => {
  for (
    const [secret, expected] of [["t0ken", "Bearer t0ken"], ["me:pass", `Basic ${btoa("me:pass")}`]]
  ) {
    await t.step(expected!, async () => {
      await using folder = await makeFolder();
      const heard = Promise.withResolvers<Headers>();
      await using receiver = Deno.serve(
        { port: 0, hostname: "127.0.0.1", onListen() {} },
        (request) => {
          heard.resolve(request.headers);
          return new Response("no\nsecond line", { status: 403 });
        },
      );
      const url = `http://127.0.0.1:${receiver.addr.port}/write`;
      const { server, webPort } = await startServer(folder.path, [url], `${secret}\n`);
      await using _server = server;
      const headers = await heard.promise;
      assertEquals(headers.get("authorization"), expected);
      assertEquals(headers.get("content-encoding"), "snappy");
      const line = await server.stderr.find((line) => line.includes("Cannot write to"), "refusal");
      assert(
        line.endsWith(`Cannot write to ${url}: HTTP 403: no; what it refuses is left out`),
        line,
      );
      const said = await (await fetch(`http://127.0.0.1:${webPort}/api/fleet`)).text();
      assert(!said.includes(secret!) && !line.includes(secret!));
      assertEquals(await server.stop(), 0);
    });
  }
});
