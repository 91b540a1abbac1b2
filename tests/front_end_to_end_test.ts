/** A front of real servers: their hosts as one fleet, with the network as its only permission. */
import { isDeepStrictEqual } from "node:util";
import { assertEquals, assertMatch } from "@std/assert";
import { AskedServer } from "./asked_server.ts";
import { inFolder } from "./files.ts";
import { jsonOf } from "./messages.ts";
import { HAS_NATS, NatsServer, NEEDS_NATS } from "./nats.ts";
import { until } from "./patience.ts";
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

Deno.test({
  name: "a front lets itself in at all its views by one token (needs --allow-all)",
  ignore: !MAY_RUN,
  fn: () =>
    inFolder(async (folder) => {
      const path = `${folder}/token`;
      const token = "0123456789abcdef";
      await Deno.writeTextFile(path, token, { mode: 0o600 });
      const read = [`--allow-read=${folder}`];
      const start = () => AskedServer.start(["--web-token-file", path], read);
      await using one = await start();
      await using other = await start();
      const views = `${one.origin},${other.origin}`;
      await using front = await AskedServer.startView(
        ["--front", views, "--front-token-file", path],
        read,
      );
      assertEquals((await front.get("/api/fleet")).totals.missing, []);
      await using stranger = await AskedServer.startView(["--front", views]);
      assertEquals((await stranger.get("/api/fleet")).totals.missing.length, 2);
    }),
});

const [HOSTS, ROUNDS] = [40, 20];

/** Both sites hear all hosts; to one of them a seventh is lost on the way. */
async function sendRounds(sites: readonly AskedServer[]): Promise<number> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  let sent = 0;
  for (let seq = 1; seq <= ROUNDS; seq++) {
    for (let n = 0; n < HOSTS; n++) {
      const [id, cpu] = [`h${n}`, { mean: (n * 37 + seq) % 101, cores: [] }];
      const more = { interval: 60_000, cpu, tags: { role: `r${n % 3}` } };
      const bytes = jsonOf({ v: 1, id, host: `host-${n}`, session: "s", seq, ...more });
      for (const [at, { to }] of sites.entries()) {
        if (at === 1 && seq > 1 && (n + seq) % 7 === 0) continue;
        await socket.send(bytes, to);
        sent++;
      }
    }
    // What is accepted goes on at once, and copies of a datagram need it there before them or behind.
    await sites[0]!.waitFor(HOSTS * seq);
  }
  socket.close();
  return sent;
}

/** What is of a server's own clock, of itself, or a mean of means. */
const OWN = [
  ...["nowMs", "startedMs", "ageMs", "lastSeenMs", "delayMs", "jitterMs", "datagramsPerSecond"],
  ...["view", "bus", "failures", "missing", "all"],
];

/** What a server says, but for that. */
async function told(server: AskedServer, path: string) {
  const answer = JSON.stringify(await server.get(path));
  return JSON.parse(answer, (name, value) => OWN.includes(name) ? undefined : value);
}

/** What both say: each looks for alerts at a time of its own, so that they may differ for a few seconds. */
async function agreed(front: AskedServer, whole: AskedServer, path: string) {
  let actual = await told(front, path);
  let expected = await told(whole, path);
  await until(
    async () => {
      [actual, expected] = [await told(front, path), await told(whole, path)];
      return isDeepStrictEqual(actual, expected);
    },
    () => `${path} of a front\n${JSON.stringify(actual)}\nand of all\n${JSON.stringify(expected)}`,
  );
  return expected;
}

Deno.test({
  name: `a front of two views of half the hosts agrees with one of all (${NEEDS_NATS})`,
  ignore: !HAS_NATS,
  fn: () =>
    inFolder(async (folder) => {
      await using nats = await NatsServer.start(folder);
      await using ams = await AskedServer.start(["--bus", nats.url, "--site", "ams"]);
      await using fra = await AskedServer.start(["--bus", nats.url, "--site", "fra"]);
      const sent = await sendRounds([ams, fra]);
      const follow = (partitions: string) =>
        AskedServer.startView(["--follow", nats.url, "--partitions", partitions]);
      await using whole = await follow("0-63/64");
      await using half = await follow("0-31/64");
      await using rest = await follow("32-63/64");
      await using front = await AskedServer.startView(["--front", `${half.origin},${rest.origin}`]);
      for (const server of [whole, front]) await server.waitFor(sent);
      assertEquals((await half.totals()).hosts > 0 && (await rest.totals()).hosts > 0, true);
      for (
        const path of [
          "/api/fleet?sort=name",
          "/api/fleet?sort=cpu&order=desc&q=cpu>40&limit=7&offset=3",
          "/api/fleet?sort=datagramsLost&group=role&open=r1,",
          "/api/ways?group=role",
          "/api/history?metric=cpu&top=5&hosts=h1,h2",
        ]
      ) {
        const expected = await agreed(front, whole, path);
        assertEquals(
          "rows" in expected || expected.groups?.length === 3 || expected.hosts.length > 5,
          true,
        );
      }
    }),
});
