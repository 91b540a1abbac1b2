/**
 * The page of a server in this process, whose fleet, alerts and past are in the hands of a test; and a
 * fleet of every kind of host, to look at the whole of the page with.
 */
import type { Page } from "playwright-core";
import { STOCK } from "../lib/server/alerts/stock.ts";
import type { MarkedAlert } from "../lib/server/alerts/queue.ts";
import { encodeMessage } from "../lib/message/encode.ts";
import type { Message } from "../lib/message/message.ts";
import type { WebContext } from "../lib/server/web/api/context.ts";
import { createHandler, type HandlerSettings } from "../lib/server/web/handler.ts";
import { onPage, type View } from "./browser.ts";
import { jsonOf, rarestSampleOf, sampleOf } from "./messages.ts";
import { open } from "./server/store/scene.ts";
import { FakeWorld, OPEN, START_MS } from "./server/web/fakes.ts";

/** A page, and the world of its server. */
export interface WorldStage {
  readonly page: Page;
  readonly origin: string;
  readonly world: FakeWorld;
  /** Everything that the page complained about. */
  readonly complaints: string[];
}

/** What a test is given besides a plain world. */
export interface Given {
  readonly view?: View;
  readonly world?: FakeWorld;
  readonly context?: Partial<WebContext>;
  readonly settings?: Partial<HandlerSettings>;
}

/** Runs a test on a page of a server in this process. */
export async function onWorld(
  act: (stage: WorldStage) => Promise<void>,
  { view = {}, world = new FakeWorld(), context = {}, settings = {} }: Given = {},
): Promise<void> {
  const timers = new Set<ReturnType<typeof setTimeout>>();
  const handler = createHandler({
    ...{ ...world.context, ...context },
    pause: () => new Promise((resolve) => setTimeout(resolve, 0)),
    schedule(action, delayMs) {
      const timer = setTimeout(() => {
        timers.delete(timer);
        action();
      }, delayMs);
      timers.add(timer);
      return () => {
        timers.delete(timer);
        clearTimeout(timer);
      };
    },
  }, { ...OPEN, ...settings });
  const listen = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  const server = Deno.serve(listen, (request) => handler.handle(request));
  const origin = `http://127.0.0.1:${server.addr.port}`;
  try {
    await onPage((page, complaints) => act({ page, origin, world, complaints }), view);
  } finally {
    handler.close();
    for (const timer of timers) clearTimeout(timer);
    await server.shutdown();
  }
}

/** An alert of a host that may have been heard. */
export function standing(world: FakeWorld, id: string, key: string, minutes: number, value = 97) {
  const rule = STOCK.find((rule) => rule.id === id)!;
  const sinceMs = world.nowMs - 60_000 * minutes;
  const name = world.fleet.host(key)?.name ?? "";
  const alert = { rule, key, name, sinceMs, value, isFlapping: false, isMuted: false };
  return alert satisfies MarkedAlert;
}

/** Of hosts by their tag `site`: how many, and which share of their datagrams each of two sites lost, and both together. */
const WAYS: Readonly<
  Record<string, readonly [hosts: number, ams: number, fra: number, both: number]>
> = {
  ams: [4, 0, 0.001, 0],
  fra: [3, 0.002, 0, 0],
  iad: [3, 0.002, 0.002, 0],
  "iad edge": [2, 0.001, 0.002, 0.012],
  nrt: [4, 0.001, 0.064, 0],
};
const NUMBERS = 1_000;

/** Hosts that send to two sites, by ways that lose some; and one without numbers. */
export function sendByTwoWays({ fleet, nowMs }: FakeWorld): void {
  const bySite = { ams: fleet.siteOf("ams"), fra: fleet.siteOf("fra") };
  const isLost = (seq: number, share: number, at: number) =>
    seq > 1 && seq < NUMBERS && (seq * 7_919 + at * 31) % NUMBERS < share * NUMBERS;
  for (const [place, [hosts, ams, fra, both]] of Object.entries(WAYS)) {
    for (let n = 0; n < hosts; n++) {
      const id = `${place.replace(" ", "-")}-${n}`;
      const role = place === "iad edge" ? "edge" : "web";
      for (let seq = 1; seq <= NUMBERS; seq++) {
        const atMs = nowMs + (seq - NUMBERS) * 500;
        const said = { host: id, id, session: "s", seq, time: atMs, interval: 5_000 };
        const bytes = encodeMessage({ v: 1, ...said, tags: { site: place, role } });
        const sender = { hostname: "192.0.2.7", port: 40_000 };
        if (isLost(seq, both, 0)) continue;
        if (!isLost(seq, ams, 500)) fleet.receive(bytes, sender, atMs + 2 + n, bySite.ams);
        if (!isLost(seq, fra, 500)) fleet.receive(bytes, sender, atMs + 31 - n, bySite.fra);
      }
    }
  }
  fleet.receive(jsonOf({ v: 1, host: "old" }), { hostname: "192.0.2.8", port: 1 }, nowMs);
}

const MINUTE_MS = 60_000;
const INTERVAL_MS = 30_000;

/** The hosts of that fleet, by their ids: with everything and with next to nothing, silent, refused, hostile. */
export const KINDS = ["everything", "calm", "bare", "silent", "refused", "hostile"] as const;
type Kind = typeof KINDS[number];

/** A fleet of them with a past of some minutes on disk, of which this server did not hear all. */
export async function furnish(data: string, minutes = 120): Promise<{
  readonly world: FakeWorld;
  readonly given: Given;
  /** Lets all hosts report once more, so much later. */
  readonly report: (byMs?: number) => void;
  readonly close: () => Promise<void>;
}> {
  const scene = await open(data, START_MS - minutes * MINUTE_MS);
  const { store, fleet } = scene;
  const world = new FakeWorld({}, fleet);
  const seqs = Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<Kind, number>;
  const say = (kind: Kind, atMs: number, n: number) => {
    const seq = ++seqs[kind];
    // Some datagrams of a minute never came.
    if (kind === "everything" && n % 97 === 5) return;
    const bytes = encodeMessage(messageOf(kind, n, seq, atMs));
    scene.receive(bytes, `192.0.2.${10 + KINDS.indexOf(kind)}`, atMs);
  };
  const report = (byMs = 0) => {
    world.nowMs += byMs;
    for (const kind of KINDS.filter((kind) => kind !== "silent")) {
      say(kind, world.nowMs, world.nowMs / INTERVAL_MS | 0);
    }
    fleet.host("refused")!.turnAway("session", world.nowMs);
  };
  const sinceMs = START_MS - minutes * MINUTE_MS;
  for (let atMs = sinceMs; atMs < START_MS; atMs += INTERVAL_MS) {
    scene.tick(atMs);
    if (atMs % MINUTE_MS < INTERVAL_MS) await scene.settle();
    const share = (atMs - sinceMs) / (START_MS - sinceMs);
    for (const kind of KINDS) {
      if (kind === "silent" && share > 0.9) continue;
      if (kind === "everything" && share > 0.62 && share < 0.7) continue;
      say(kind, atMs, (atMs - sinceMs) / INTERVAL_MS);
    }
  }
  scene.tick(START_MS);
  await scene.settle();
  report();
  world.standing = [
    standing(world, "volume-full", "everything", 12, 98),
    standing(world, "memory", "everything", 4, 96),
    standing(world, "offline", "silent", minutes / 10, 1),
  ];
  const given = { world, context: { fleet, store } };
  return { world, given, report, close: () => store.close() };
}

const GIB = 2 ** 30;

/** What such a host says at a time. */
function messageOf(kind: Kind, n: number, seq: number, time: number): Message {
  const said = { id: kind, session: "s", seq, time, interval: INTERVAL_MS };
  const wave = (base: number, by: number, every: number) =>
    Math.max(0, Math.min(100, base + by * Math.sin(n / every) + n * 7_919 % 13 - 6));
  if (kind === "bare") return { v: 1, ...said, host: "b" };
  const host = {
    ...{ everything: "db-07", calm: "web-01.example.org", silent: "cache-03", refused: "edge-9" },
    hostile: `<b onclick=alert(1)>${"x".repeat(200)}`,
  }[kind];
  if (kind !== "everything") {
    const sample = sampleOf({ cores: 4, volumes: 2, interfaces: 1 });
    const mean = wave(12 + KINDS.indexOf(kind) * 6, 8, 20);
    const tags = { role: kind === "calm" ? "web" : "edge" };
    const cpu = { ...sample.cpu!, mean, cores: Array(4).fill(mean) };
    return { ...sample, ...said, host, tags, cpu };
  }
  const sample: Message = rarestSampleOf({ cores: 64, volumes: 8, interfaces: 12 });
  const { cpu, memory, disk, pressure, sensors } = sample;
  const [mean, used] = [wave(46, 25, 17), 58 * GIB + n % 50 * GIB / 20];
  const texts = { os: "Debian GNU/Linux 12", kernel: "6.1.0-26", arch: "x86_64" };
  return {
    ...{ ...sample, ...said, host, texts: { ...texts, cpu: "AMD EPYC 7302", agent: "0.3.0" } },
    tags: { role: "db", site: "fra" },
    cpu: {
      ...cpu!,
      ...{ mean, user: mean * 0.7, system: mean * 0.25, nice: 0, irq: 0.5, iowait: 4, steal: 0.8 },
      cores: cpu!.cores.map((_, core) => core === 11 ? 99 : wave(mean, 15, 3 + core % 5)),
    },
    memory: {
      ...{ ...memory!, total: 64 * GIB, used, free: GIB, available: 64 * GIB - used },
      ...{ cached: 3 * GIB, arc: 0, swapTotal: 8 * GIB, swapUsed: 4.9 * GIB },
    },
    disk: {
      ...{ ...disk!, read: 3e6 * wave(30, 20, 9) / 30, write: 8e6 * wave(50, 30, 14) / 50 },
      volumes: disk!.volumes.map((volume, at) => ({ ...volume, ro: at === 6 ? 1 : 0 })),
    },
    pressure: { ...pressure!, cpu: wave(7, 4, 8), memory: wave(30, 10, 30), io: wave(9, 6, 5) },
    sensors: { ...sensors!, battery: 98 },
    extra: { backup_age_hours: 9.2, failed_units: 0, replication_lag_s: n % 40 / 10 },
  };
}
