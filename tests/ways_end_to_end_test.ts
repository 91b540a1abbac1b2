/**
 * Agents send to two sites, each through a network that misbehaves, and a view follows both: in the end every
 * count, of each way and of all together, is held against the logs of the networks. `deno task ways` tries
 * fifty seeds.
 */
import { assertEquals } from "@std/assert";
import { decodeMessage } from "../lib/message/decode.ts";
import { encodeMessage } from "../lib/message/encode.ts";
import type { Message } from "../lib/message/message.ts";
import { AskedServer } from "./asked_server.ts";
import { pictureOf } from "./bus_faults.ts";
import { FaultProxy, FaultyPath, type Forwarded, harmed } from "./fault_proxy.ts";
import { inFolder } from "./files.ts";
import { sampleOf } from "./messages.ts";
import { HAS_NATS, NatsServer, NEEDS_NATS } from "./nats.ts";
import { programOf, Running } from "./processes.ts";

const SEEDS = Number(
  Deno.permissions.querySync({ name: "env" }).state === "granted" &&
      Deno.env.get("PULSO_TEST_WAYS") || 3,
);
const FAULTS = {
  ...{ loss: 0.1, burst: 0.02, recovery: 0.3, duplicate: 0.05, reorder: 0.08 },
  ...{ corrupt: 0.01, truncate: 0.01 },
};
const [HOSTS, DATAGRAMS] = [12, 50];
/** The server's socket holds about ninety. */
const BURST = 40;
const SITES = ["ams", "fra"] as const;
/** Of the real agent. */
const SAMPLES = 30;

/** A host, and its way to each site. */
interface Sender {
  readonly id: string;
  readonly paths: readonly FaultyPath[];
}

const keyOf = ({ bytes }: Forwarded) => {
  const { session, seq } = decodeMessage(bytes) as Message;
  return `${session} ${seq}`;
};
const unharmed = ({ log }: FaultyPath) => log.filter(({ harm }) => harm === "none").map(keyOf);

/** What came by a way, of so many that were sent. */
function wayOf(path: FaultyPath, sent: number) {
  const came = unharmed(path);
  const { size } = new Set(came);
  return { received: size, lost: sent - size, duplicate: came.length - size };
}

Deno.test({
  name: `a view of two sites counts what each way lost, and what both did (${NEEDS_NATS})`,
  ignore: !HAS_NATS,
  fn: (t) =>
    inFolder(async (folder) => {
      await using bus = await NatsServer.start(folder);
      await using ams = await AskedServer.start(["--bus", bus.url, "--site", SITES[0]]);
      await using fra = await AskedServer.start(["--bus", bus.url, "--site", SITES[1]]);
      const follow = ["--follow", bus.url];
      await using view = await AskedServer.startView(follow);
      const sites = [ams, fra];
      /** How many of all hosts so far came to a site and were whole. */
      let came = 0;
      const check = async ({ id, paths }: Sender, sent: number) => {
        const { delivery, ways } = await view.get(`/api/hosts/${id}`);
        const union = new Set(paths.flatMap(unharmed)).size;
        const expected = paths.map((path) => wayOf(path, sent));
        const told = ways.sites.map(({ received, lost, duplicate }: typeof expected[0]) => ({
          ...{ received, lost, duplicate },
        }));
        assertEquals(told, expected, id);
        const duplicate = expected.reduce((sum, way) => sum + way.duplicate, 0);
        assertEquals(
          [delivery.received, delivery.lost, delivery.duplicate],
          [union, sent - union, duplicate],
          id,
        );
      };
      const settle = async (senders: readonly Sender[]) => {
        came += senders.flatMap(({ paths }) => paths.flatMap(unharmed)).length;
        await view.waitUntil(async () => (await view.totals()).received >= came);
        assertEquals((await view.totals()).received, came);
      };
      await t.step("a real agent", async () => {
        const agent = await runAgent(sites);
        await settle([agent]);
        await check(agent, new Set(agent.sent).size);
      });
      for (let seed = 1; seed <= SEEDS; seed++) {
        await t.step(`seed ${seed}`, async () => {
          const senders = sendersOf(seed);
          await send(senders, sites);
          await settle(senders);
          for (const sender of senders) await check(sender, 2 * DATAGRAMS);
        });
      }
      await t.step("two views of half the partitions agree with one of all", async () => {
        await using first = await AskedServer.startView([...follow, "--partitions", "0-31/64"]);
        await using second = await AskedServer.startView([...follow, "--partitions", "32-63/64"]);
        const parts = [first, second];
        await first.waitUntil(async () => {
          const totals = await Promise.all(parts.map((part) => part.totals()));
          return totals.reduce((sum, { received }) => sum + received, 0) >= came;
        });
        assertEquals(await pictureOf(parts), await pictureOf([view]));
      });
      const { sites: known, groups } = await view.get("/api/ways");
      assertEquals([known, groups[0].hosts], [SITES, 1 + SEEDS * HOSTS]);
    }),
});

/** An agent that sends some samples to both sites; the first and the last ones pass. */
async function runAgent(sites: readonly AskedServer[]): Promise<Sender & { sent: string[] }> {
  const sent = sites.map((): string[] => []);
  const paths = sites.map((_, n) => new FaultyPath(7_000 + n, FAULTS));
  const proxies = sites.map(({ to }, n) =>
    new FaultProxy(paths[n]!, to.port, (bytes) => {
      const { session, seq = 0 } = decodeMessage(bytes) as Message;
      sent[n]!.push(`${session} ${seq}`);
      return seq === 1 || seq >= SAMPLES;
    })
  );
  await using agent = new Running(programOf("agent", ["--allow-all"]), [
    ...proxies.flatMap(({ port }) => ["--server", `127.0.0.1:${port}`]),
    ...["--id", "agent-1", "--interval", "100ms", "--count", `${SAMPLES}`],
  ]);
  assertEquals(await agent.exitCode(), 0);
  for (const [n, site] of sites.entries()) {
    await site.waitUntil(async () => {
      const { received } = await site.totals();
      return sent[n]!.length === sent[0]!.length && sent[n]!.length >= SAMPLES &&
        received === paths[n]!.log.length;
    });
  }
  for (const proxy of proxies) proxy[Symbol.dispose]();
  return { id: "agent-1", paths, sent: sent[0]! };
}

/** Hosts of a seed, each with a network of its own to either site. */
function sendersOf(seed: number): readonly Sender[] {
  return Array.from({ length: HOSTS }, (_, n) => ({
    id: `host-${seed}-${n}`,
    paths: SITES.map((_, at) => new FaultyPath(seed * 10_000 + 10 * n + at, FAULTS)),
  }));
}

/** Lets hosts send, in two sessions each; as many as come are waited for. */
async function send(senders: readonly Sender[], sites: readonly AskedServer[]): Promise<void> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const received = await Promise.all(sites.map(async (site) => (await site.totals()).received));
  const unseen = sites.map(() => 0);
  const settle = async (at: number) => {
    received[at]! += unseen[at]!;
    unseen[at] = 0;
    await sites[at]!.waitFor(received[at]!);
  };
  for (let sent = 0; sent < 2 * DATAGRAMS; sent++) {
    const seq = sent % DATAGRAMS + 1;
    const session = sent < DATAGRAMS ? "r" : "s";
    for (const { id, paths } of senders) {
      const bytes = encodeMessage({
        ...sampleOf({ cores: 2, volumes: 1, interfaces: 1 }),
        ...{ id, host: id, session, seq, time: Date.now(), interval: 1_000 },
      });
      const isEnd = seq === 1 || seq === DATAGRAMS;
      for (const [at, path] of paths.entries()) {
        for (const datagram of isEnd ? path.takeSafely(bytes) : path.take(bytes)) {
          await socket.send(harmed(datagram), sites[at]!.to);
          unseen[at]!++;
        }
        if (unseen[at]! >= BURST) await settle(at);
      }
    }
  }
  socket.close();
  for (const at of sites.keys()) await settle(at);
}
