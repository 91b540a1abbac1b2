/** A view of a stream that others write to, too: what it knows of a site that is well does not change by that. */
import { assert, assertEquals } from "@std/assert";
import { connect, headers } from "@nats-io/transport-node";
import { encodeMessage } from "../lib/message/encode.ts";
import { EntryWriter } from "../lib/server/record/format.ts";
import { AskedServer } from "./asked_server.ts";
import { inFolder } from "./files.ts";
import { sampleOf } from "./messages.ts";
import { HAS_NATS, NatsServer, NEEDS_NATS } from "./nats.ts";

const ROUNDS = 20;
/** What NATS takes at most. */
const MOST_BYTES = 1_048_576 - 200;

function sampleAs(id: string, seq: number): Uint8Array {
  const sample = sampleOf({ cores: 1, volumes: 1, interfaces: 1 });
  return encodeMessage({ ...sample, id, host: id, session: "s", seq, interval: 1_000 });
}

/** A batch of a site whose clock is off by so much. */
function batchAt(offMs: number, id: string, startedMs = 1): Uint8Array {
  const bytes = new Uint8Array(20_000);
  const entries = new EntryWriter(bytes);
  const nowMs = Math.max(0, Date.now() + offMs);
  entries.clock({ nowMs, startedMs, aheadMs: 0 });
  const origin = { hostname: "192.0.2.7", port: 1 };
  entries.datagram(sampleAs(id, 1), origin, nowMs, { kind: "passed" });
  return bytes.slice(0, entries.length);
}

/** Very many datagrams of no bytes at all, in as many bytes as a message may have. */
function crowd(length: number): Uint8Array {
  const bytes = new Uint8Array(length + 1_000);
  const entries = new EntryWriter(bytes);
  entries.clock({ nowMs: Date.now(), startedMs: 1, aheadMs: 0 });
  const origin = { hostname: "1::", port: null };
  while (entries.length < length - 20) {
    entries.datagram(new Uint8Array(), origin, Date.now(), { kind: "passed" });
  }
  return bytes.slice(0, entries.length);
}

/** Each with its subject, and what it is called where it is called something. */
function* hostile(round: number): Generator<readonly [string, Uint8Array, string?]> {
  const noise = (length: number) => {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += 65_536) {
      crypto.getRandomValues(bytes.subarray(at, at + 65_536));
    }
    return bytes;
  };
  yield ["pulso.v1.bad.3", batchAt(400 * 86_400_000, "far")];
  yield ["pulso.v1.bad.3", batchAt(-60 * 365 * 86_400_000, "old")];
  yield ["pulso.v1.bad.3", batchAt(86_400_000, `again-${round}`, round)];
  yield ["pulso.v1.bad.beat", batchAt(400 * 86_400_000, "beat")];
  yield ["pulso.v1.bad.beat", noise(40)];
  yield ["pulso.v1.bad.9999", batchAt(0, "none")];
  yield [`pulso.v1.${"x".repeat(200)}.1`, batchAt(0, "none")];
  yield ["pulso.v1.ba\x07\x1b[31md.1", batchAt(0, "none")];
  yield [`pulso.v1.new-${round}.beat`, batchAt(0, "none")];
  yield ["pulso.v1.other.program.of.ours", noise(100)];
  yield ["pulso.v1.told", new TextEncoder().encode(`{"run":"x","ids":[{},null,${round}]}`)];
  yield ["pulso.v1.told", noise(1_000)];
  yield ["pulso.v1.bad.4", batchAt(0, "twice"), "twice"];
  yield ["pulso.v1.bad.4", batchAt(0, "twice"), `${round}`.repeat(2_000)];
  yield ["pulso.v1.bad.5", crowd(65_000)];
  yield ["pulso.v1.bad.6", noise(30_000)];
  if (round % 10 === 0) yield ["pulso.v1.bad.7", noise(MOST_BYTES)];
  if (round % 10 === 0) yield ["pulso.v1.bad.7", crowd(MOST_BYTES)];
}

Deno.test({
  name: `a view of a stream with hostile messages knows what its site is sent (${NEEDS_NATS})`,
  ignore: !HAS_NATS,
  fn: () =>
    inFolder(async (folder) => {
      await using nats = await NatsServer.start(folder);
      await using site = await AskedServer.start(["--bus", nats.url, "--site", "good"]);
      const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
      await socket.send(sampleAs("known", 1), site.to);
      await site.waitFor(1);
      await using view = await AskedServer.startView(
        ["--follow", nats.url, "--data", `${folder}/view`],
        [`--allow-read=${folder}`, `--allow-write=${folder}`],
      );
      await view.waitUntil(async () => (await view.get("/api/hosts/known")) !== null);
      const connection = await connect({ servers: nats.url.slice("nats://".length) });
      for (let round = 1; round <= ROUNDS; round++) {
        for (const [subject, bytes, id] of hostile(round)) {
          const named = headers();
          if (id !== undefined) named.set("Nats-Msg-Id", id);
          connection.publish(subject, bytes, { headers: named });
        }
        await connection.flush();
        await socket.send(sampleAs("known", round + 1), site.to);
        await site.waitFor(round + 1);
      }
      await view.waitUntil(async () =>
        (await view.get("/api/hosts/known")).delivery.received === ROUNDS + 1
      );
      await view.waitUntil(async () =>
        (await view.get("/api/fleet?limit=1")).bus.view.pending === 0
      );
      const fleet = await view.get("/api/fleet");
      const { sites, refused, misdated, behindMs } = fleet.bus.view;
      assert(refused >= 8 * ROUNDS && misdated >= 3 * ROUNDS, `${refused} ${misdated}`);
      assert(behindMs < 5_000);
      const good = sites.find(({ site }: { site: string }) => site === "good");
      assertEquals([good.silentMs, good.skewMs], [null, 0]);
      for (const { id, lastSeenMs } of fleet.rows) {
        assert(Math.abs(lastSeenMs - fleet.nowMs) < 120_000, `${id} at ${lastSeenMs}`);
      }
      const { delivery } = await view.get("/api/hosts/known");
      assertEquals([delivery.lost, delivery.duplicate], [0, 0]);
      // The minute that is not over is there: none after it was begun.
      const now = fleet.nowMs;
      const { samples } = await view.get(
        `/api/hosts/known/history?from=${now - 300_000}&to=${now + 60_000}&metric=cpu`,
      );
      const known = samples.cpu.reduce(
        (sum: number, count: number | null) => sum + (count ?? 0),
        0,
      );
      assertEquals(known, ROUNDS + 1);
      const lines = view.running.stderr.text.split("\n");
      assert(lines.length < 30, lines.join("\n"));
      assert(!view.running.stderr.text.includes("\x1b"));
      socket.close();
      await connection.close();
    }),
});
