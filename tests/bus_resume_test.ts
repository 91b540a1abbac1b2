/** A view with a data folder that is killed and started again: it knows what one does that was never killed. */
import { assert, assertEquals } from "@std/assert";
import { connect } from "@nats-io/transport-node";
import { jetstream } from "@nats-io/jetstream";
import { schedule, wait } from "../lib/common/timeout.ts";
import { encodeMessage } from "../lib/message/encode.ts";
import { Publisher } from "../lib/server/bus/publisher.ts";
import { ALL_SUBJECTS, partitionOf, STREAM } from "../lib/server/bus/subjects.ts";
import { Fleet } from "../lib/server/fleet/fleet.ts";
import { VerdictDecoder } from "../lib/server/record/decoder.ts";
import { EntryReader, EntryWriter } from "../lib/server/record/format.ts";
import { AskedServer } from "./asked_server.ts";
import { type FaultyHost, hostsOf } from "./bus_faults.ts";
import { harmed } from "./fault_proxy.ts";
import { inFolder } from "./files.ts";
import { sampleOf } from "./messages.ts";
import { administer, HAS_NATS, NatsServer, NEEDS_NATS } from "./nats.ts";

const [INTERVAL_MS, MINUTE_MS] = [5_000, 60_000];
const [PART, PARTS] = [16, 4];
const GAP_MS = 40_000;
const TICK_MS = 1_000;

/** A site whose clock goes as a test says: what takes minutes is published at once. */
class QuickSite {
  readonly #clock: { nowMs: number; startedMs: number; aheadMs: number };
  readonly #fleet: Fleet;
  readonly #verdicts = new VerdictDecoder(undefined);
  readonly #publisher: Publisher;
  readonly #beating: ReturnType<typeof setInterval>;
  #seq = 0;
  #added = 0;

  constructor(connection: Awaited<ReturnType<typeof connect>>, startMs: number) {
    this.#clock = { nowMs: startMs, startedMs: startMs, aheadMs: 0 };
    this.#fleet = new Fleet({ maxHosts: 100, historyMs: 60_000, nowMs: startMs });
    this.#publisher = new Publisher({
      publish: async (subject, bytes, msgID) =>
        void await jetstream(connection).publish(subject, bytes, { msgID }),
      tell: (subject, bytes) => connection.publish(subject, this.#onTime(bytes)),
      ...{ schedule, wait, random: Math.random, throttledLog: { warn() {} }, onChange() {} },
      clock: () => this.#clock,
    }, { site: "a", run: "r", partitions: 64 });
    this.#beating = setInterval(() => {
      // A site that gets no further for ten seconds, while a view starts here, would be silent.
      this.pass(1);
      this.#publisher.tick();
    }, TICK_MS);
  }

  get nowMs(): number {
    return this.#clock.nowMs;
  }

  /** Has some time pass in which nothing comes. */
  pass(ms: number): void {
    this.#clock.nowMs += ms;
  }

  /** Publishes the next samples of all hosts; the last ones pass, so that nothing is held back. */
  async send(hosts: readonly FaultyHost[], samples: number, isEnd: boolean): Promise<void> {
    for (let n = 1; n <= samples; n++) {
      this.#seq++;
      for (const { id, path } of hosts) {
        this.#clock.nowMs += Math.floor(INTERVAL_MS / hosts.length);
        const { nowMs } = this.#clock;
        const bytes = encodeMessage({
          ...sampleOf({ cores: 2, volumes: 1, interfaces: 1 }),
          ...{ id, host: id, session: "s", seq: this.#seq, time: nowMs, interval: INTERVAL_MS },
        });
        const passes = this.#seq === 1 || isEnd && n === samples;
        const passing = passes ? path.takeSafely(bytes) : path.take(bytes);
        for (const datagram of passing) this.#take(harmed(datagram), nowMs);
      }
      await this.#settle();
    }
  }

  /** What came in a minute is in the stream before what came in the next. */
  async #settle(): Promise<void> {
    while (this.#publisher.counts.published < this.#added) {
      await wait(10, new AbortController().signal);
    }
  }

  /** A beat of a site whose clock is right, and which has got as far as this one. */
  #onTime(beat: Uint8Array): Uint8Array {
    const reader = new EntryReader(1);
    reader.begin(beat);
    reader.next();
    reader.next();
    const bytes = new Uint8Array(128);
    const writer = new EntryWriter(bytes);
    writer.clock({ ...this.#clock, nowMs: Date.now() });
    writer.clock({ ...this.#clock, nowMs: reader.atMs });
    return bytes.slice(0, writer.length);
  }

  #take(bytes: Uint8Array, nowMs: number): void {
    const origin = { hostname: "192.0.2.1", port: 1 };
    const receipt = this.#fleet.receive(bytes, origin, nowMs);
    if (receipt.host === undefined) return;
    const verdict = this.#verdicts.verdictOn(receipt);
    this.#added++;
    this.#publisher.add(receipt.host.key, bytes, origin, nowMs, verdict);
  }

  async close(): Promise<void> {
    clearInterval(this.#beating);
    await this.#publisher.close();
  }
}

/** What a view knows of some hosts, and of their minutes up to a time. */
async function pictureOf(view: AskedServer, hosts: readonly FaultyHost[], range: string) {
  const pictures = [];
  for (const { id } of hosts) {
    const { delivery, datagrams, bytes, message, lastSeenMs } = await view.get(`/api/hosts/${id}`);
    const { jitterMs: _, intervalSeenMs: __, clockOffsetMs: ___, ...account } = delivery;
    const { samples, cpu, causesMs } = await view.get(`/api/hosts/${id}/history?${range}`);
    pictures.push({ id, account, datagrams, bytes, message, lastSeenMs, samples, cpu, causesMs });
  }
  return pictures;
}

for (const signal of ["SIGKILL", "SIGTERM"] as const) {
  Deno.test({
    name: `a view that is ended by ${signal} goes on where it was (${NEEDS_NATS})`,
    ignore: !HAS_NATS,
    fn: () =>
      inFolder(async (folder) => {
        await using nats = await NatsServer.start(folder);
        await administer(
          nats,
          ({ streams }) => streams.add({ name: STREAM, subjects: [ALL_SUBJECTS] }),
        );
        const startView = (name: string) =>
          AskedServer.startView(
            ["--follow", nats.url, "--data", `${folder}/${name}`],
            [`--allow-read=${folder}`, `--allow-write=${folder}`],
          );
        const connection = await connect({ servers: nats.url.slice("nats://".length) });
        const startMs = Math.floor(Date.now() / MINUTE_MS - 10) * MINUTE_MS + 10_000;
        const site = new QuickSite(connection, startMs);
        const hosts = hostsOf(1);
        await using whole = await startView("whole");
        const untilAll = async (view: AskedServer) => {
          await view.waitUntil(async () => {
            const { bus } = await view.get("/api/fleet?limit=1");
            return bus.view.failure === null && bus.view.pending === 0;
          });
          const lastMs = site.nowMs;
          await view.waitUntil(async () => (await view.get("/api/fleet?limit=1")).nowMs >= lastMs);
        };
        const lives: AskedServer[] = [];
        for (let part = 0; part < PARTS; part++) {
          // In the third, nobody follows with this folder.
          if (part !== 2) lives.push(await startView("ended"));
          await site.send(hosts, PART, part === PARTS - 1);
          if (part === 2) site.pass(GAP_MS);
          const view = part === 2 ? null : lives.at(-1)!;
          for (const server of [whole, view]) if (server) await untilAll(server);
          if (part === PARTS - 1) break;
          // Some seconds later what was new is saved, and not yet all that has changed since.
          for (let second = 0; second < 4; second++) {
            site.pass(TICK_MS);
            await wait(TICK_MS, new AbortController().signal);
          }
          await site.send(hosts, 2, false);
          if (view) await untilAll(view);
          await view?.running.stop(signal);
        }
        const endMs = Math.floor(site.nowMs / MINUTE_MS) * MINUTE_MS;
        const range = `from=${startMs - MINUTE_MS}&to=${endMs}&metric=cpu`;
        const after = lives.at(-1)!;
        try {
          assertEquals(
            await pictureOf(after, hosts, range),
            await pictureOf(whole, hosts, range),
          );
        } finally {
          await after.running[Symbol.asyncDispose]();
          await site.close();
          await connection.close();
        }
      }),
  });
}

Deno.test({
  name:
    `a view that takes fewer partitions than before shows no host of the others (${NEEDS_NATS})`,
  ignore: !HAS_NATS,
  fn: () =>
    inFolder(async (folder) => {
      await using nats = await NatsServer.start(folder);
      await using site = await AskedServer.start(["--bus", nats.url, "--site", "a"]);
      const startView = (partitions: string) =>
        AskedServer.startView(
          ["--follow", nats.url, "--data", `${folder}/view`, "--partitions", partitions],
          [`--allow-read=${folder}`, `--allow-write=${folder}`],
        );
      const ids = Array.from({ length: 16 }, (_, n) => `host-${n}`);
      const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
      for (const [n, id] of ids.entries()) {
        const sample = sampleOf({ cores: 1, volumes: 1, interfaces: 1 });
        const bytes = encodeMessage({ ...sample, id, host: id, session: "s", seq: 1 });
        await socket.send(bytes, site.to);
        await site.waitFor(n + 1);
      }
      socket.close();
      const whole = await startView("0-63/64");
      await whole.waitUntil(async () => (await whole.totals()).hosts === ids.length);
      await whole.running.stop("SIGTERM");
      await using half = await startView("0-31/64");
      const { rows } = await half.get("/api/fleet?sort=name");
      const own = ids.filter((id) => partitionOf(id, 64) < 32).sort();
      assertEquals(rows.map(({ id }: { id: string }) => id).sort(), own);
      assert(own.length > 0 && own.length < ids.length);
    }),
});
