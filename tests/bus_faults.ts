/**
 * What a view must know, whatever becomes of the bus: hosts report to a site through a bad network while an
 * engine is killed, and in the end every count of every host at the view is held against the network's log.
 */
import { assert, assertEquals } from "@std/assert";
import { encodeMessage } from "../lib/message/encode.ts";
import { AskedServer } from "./asked_server.ts";
import { accountOf, FaultyPath, harmed } from "./fault_proxy.ts";
import { sampleOf } from "./messages.ts";
import { leaderOf, NatsServer, startCluster, startLeaf } from "./nats.ts";

const FAULTS = {
  ...{ loss: 0.08, burst: 0.01, recovery: 0.4, duplicate: 0.05, reorder: 0.08 },
  ...{ corrupt: 0.01, truncate: 0.01 },
};
const [HOSTS, DATAGRAMS] = [24, 60];
/** The server's socket holds about ninety. */
const BURST = 40;

/** An engine, and what goes wrong with it. */
export interface Bus extends AsyncDisposable {
  /** Where sites publish, and views follow. */
  readonly siteUrl: string;
  readonly viewUrl: string;
  /** Something goes wrong. */
  fail(): Promise<void>;
  /** And is well again. */
  recover(): Promise<void>;
}

/** The kinds of engines, and of what befalls them. */
export const BUSES: Readonly<Record<string, (folder: string) => Promise<Bus>>> = {
  "an engine that is killed": async (folder) => {
    const server = await NatsServer.start(folder);
    return busOf([server], server.url, server.url, () => server.kill(), () => server.start());
  },
  "three nodes, of which the leader is killed": async (folder) => {
    const servers = await startCluster(folder);
    const urls = servers.map(({ url }) => url).join(",");
    let leader: NatsServer;
    const fail = async () => {
      leader = await leaderOf(servers);
      await leader.kill();
    };
    return busOf(servers, urls, urls, fail, () => leader.start());
  },
  "a leaf whose hub is away": async (folder) => {
    const { hub, leaf } = await startLeaf(folder);
    return busOf([leaf, hub], leaf.url, hub.url, () => hub.kill(), () => hub.start());
  },
};

function busOf(
  servers: readonly NatsServer[],
  siteUrl: string,
  viewUrl: string,
  fail: () => Promise<void>,
  recover: () => Promise<void>,
): Bus {
  const end = () => Promise.all(servers.map((server) => server.kill()));
  return {
    ...{ siteUrl, viewUrl, fail, recover },
    [Symbol.asyncDispose]: async () => void await end(),
  };
}

/** Hosts of a seed behind a network that is as bad as it says. */
export function hostsOf(seed: number) {
  return Array.from({ length: HOSTS }, (_, n) => ({
    id: `host-${seed}-${n}`,
    path: new FaultyPath(seed * 1_000 + n, FAULTS),
  }));
}

export type FaultyHost = ReturnType<typeof hostsOf>[number];

/** Lets hosts send a part of their datagrams to a site; as many as come are waited for. */
export async function send(
  hosts: readonly FaultyHost[],
  site: AskedServer,
  from: number,
  to: number,
): Promise<void> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  let received = (await site.totals()).received;
  let unseen = 0;
  for (let seq = from; seq < to; seq++) {
    for (const { id, path } of hosts) {
      const bytes = encodeMessage({
        ...sampleOf({ cores: 2, volumes: 1, interfaces: 1 }),
        ...{ id, host: id, session: "s", seq, time: Date.now(), interval: 1_000 },
      });
      // The ends pass, so that nothing is held back any more.
      const isEnd = seq === 1 || seq === DATAGRAMS;
      for (const datagram of isEnd ? path.takeSafely(bytes) : path.take(bytes)) {
        await socket.send(harmed(datagram), site.to);
        unseen++;
      }
      if (unseen < BURST) continue;
      received += unseen;
      unseen = 0;
      await site.waitFor(received);
    }
  }
  socket.close();
  await site.waitFor(received + unseen);
}

/** Waits until views know together what was accepted, and holds every count against the log of the network. */
export async function compare(
  hosts: readonly FaultyHost[],
  site: AskedServer,
  views: readonly AskedServer[],
): Promise<void> {
  const { accepted } = await site.totals();
  const known = async () => {
    const totals = await Promise.all(views.map((view) => view.totals()));
    return totals.reduce((sum, { accepted }) => sum + accepted, 0);
  };
  await site.waitUntil(async () => await known() >= accepted);
  assertEquals(await known(), accepted);
  for (const { id, path } of hosts) {
    const found = (await Promise.all(views.map((view) => view.get(`/api/hosts/${id}`))))
      .filter((host) => host !== null);
    assertEquals(found.length, 1, `${id} is in one part`);
    const { delivery } = found[0];
    const expected = accountOf(path.log);
    for (const [name, count] of Object.entries(expected)) {
      assertEquals(delivery[name], count, `${id}: ${name}`);
    }
  }
}

/** What is counted of a way. */
interface Counts {
  readonly site: string;
  readonly received: number;
  readonly lost: number;
  readonly duplicate: number;
}

/** What views show together, but for times: each has a clock of its own. */
export async function pictureOf(views: readonly AskedServer[]) {
  const fleets = await Promise.all(views.map((view) => view.get("/api/fleet")));
  const sumOf = (name: string) => fleets.reduce((sum, { totals }) => sum + totals[name], 0);
  const dropped: Record<string, number> = {};
  for (const { totals } of fleets) {
    for (const [reason, count] of Object.entries<number>(totals.dropped)) {
      dropped[reason] = (dropped[reason] ?? 0) + count;
    }
  }
  const rows = fleets.flatMap(({ rows }) => rows)
    .map(({ lastSeenMs: _, ageMs: __, status: ___, ...row }) => row)
    .sort((a, b) => a.id < b.id ? -1 : 1);
  const hosts: unknown[] = [];
  // One after the other: a server answers so many at once and no more.
  for (const { id } of rows) {
    const found = await Promise.all(views.map((view) => view.get(`/api/hosts/${id}`)));
    const { delivery, ways, datagrams, bytes, message } = found.find((host) => host !== null);
    const { jitterMs: _, intervalSeenMs: __, clockOffsetMs: ___, ...account } = delivery;
    const sites = ways?.sites.map((
      way: Counts,
    ) => [way.site, way.received, way.lost, way.duplicate]);
    hosts.push({ account, sites, datagrams, bytes, message });
  }
  const names = ["hosts", "received", "receivedBytes", "accepted", "copies", "lost"];
  const totals = Object.fromEntries(names.map((name) => [name, sumOf(name)]));
  return { totals, dropped, rows, hosts };
}

/** A site of a bus, and a view of it that takes all or some. */
export const siteOf = (bus: Bus, ...more: string[]) =>
  AskedServer.start(["--bus", bus.siteUrl, "--site", "berlin", ...more]);
export const viewOf = (bus: Bus, ...more: string[]) =>
  AskedServer.startView(["--follow", bus.viewUrl, ...more]);

/** One seed on one kind of bus: a third before the fault, one in it, and one after. */
export async function runSeed(
  kind: string,
  seed: number,
  folder: string,
  pauseMs: number,
): Promise<void> {
  await using bus = await BUSES[kind]!(folder);
  await using site = await siteOf(bus);
  await using view = await viewOf(bus);
  const hosts = hostsOf(seed);
  const third = Math.floor(DATAGRAMS / 3);
  await send(hosts, site, 1, third);
  await compareTotals(site, view);
  await bus.fail();
  await send(hosts, site, third, 2 * third);
  await new Promise((resolve) => setTimeout(resolve, pauseMs));
  await bus.recover();
  await send(hosts, site, 2 * third, DATAGRAMS + 1);
  await compare(hosts, site, [view]);
  await using first = await viewOf(bus, "--partitions", "0-31/64");
  await using second = await viewOf(bus, "--partitions", "32-63/64");
  await compare(hosts, site, [first, second]);
  assertEquals(await pictureOf([first, second]), await pictureOf([view]));
  const { bus: state } = await site.get("/api/fleet?limit=1");
  assertEquals([state.site.dropped, state.site.waitingBytes], [0, 0]);
}

async function compareTotals(site: AskedServer, view: AskedServer): Promise<void> {
  const { accepted } = await site.totals();
  await view.waitUntil(async () => (await view.totals()).accepted === accepted);
  assert(accepted > 0);
}
