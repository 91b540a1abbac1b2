import { assert, assertEquals } from "@std/assert";
import type { DeliveryCounts } from "../lib/server/fleet/accounts/delivery.ts";
import { decodeMessage } from "../lib/message/decode.ts";
import { encodeMessage } from "../lib/message/encode.ts";
import type { Message } from "../lib/message/message.ts";
import { AskedServer } from "./asked_server.ts";
import { accountOf, FaultProxy, type Faults, FaultyPath, harmed } from "./fault_proxy.ts";
import { sampleOf } from "./messages.ts";
import { randomOf } from "./mutation.ts";
import { MAY_RUN, programOf, Running } from "./processes.ts";

const SEEDS = 200;
const HOSTS_PER_RUN = 50;
const DATAGRAMS = 60;
/** The server's socket holds about ninety datagrams: after so many we wait until it has them. */
const BURST = 40;

/** Faults of every degree, from none to most of them at once. */
function faultsOf(seed: number): Faults {
  const random = randomOf(seed);
  return {
    loss: 0.4 * random() * random(),
    burst: 0.05 * random(),
    recovery: 0.2 + 0.6 * random(),
    duplicate: 0.2 * random(),
    reorder: 0.3 * random(),
    corrupt: 0.05 * random(),
    truncate: 0.05 * random(),
  };
}

/** One host: its datagrams in the order of their making, those that must arrive marked. */
function* datagramsOf(seed: number): Generator<{ bytes: Uint8Array; isSafe: boolean }> {
  const restartAt = seed % 3 === 0 ? 20 + seed % 25 : Infinity;
  let session = "session-1-of-the-agent";
  let seq = 0;
  for (let made = 1; made <= DATAGRAMS; made++) {
    seq++;
    if (made === restartAt) {
      session = "session-2-of-the-agent";
      seq = 1;
    }
    const message = { ...sampleOf({ cores: 2, volumes: 1, interfaces: 1 }), session, seq };
    // The ends of a session, so that all that was held back comes before the next one begins.
    const isSafe = made === 1 || made === DATAGRAMS || made + 1 === restartAt || made === restartAt;
    yield {
      bytes: encodeMessage({ ...message, id: `host-${seed}`, host: `host-${seed}` }),
      isSafe,
    };
  }
}

Deno.test({
  name:
    `the server counts to the last datagram what a bad network did, over ${SEEDS} seeds (needs --allow-all)`,
  ignore: !MAY_RUN,
  async fn(t) {
    for (let first = 1; first <= SEEDS; first += HOSTS_PER_RUN) {
      await t.step(`seeds ${first} to ${first + HOSTS_PER_RUN - 1}`, () => checkRun(first));
    }
  },
});

async function checkRun(firstSeed: number): Promise<void> {
  await using server = await AskedServer.start();
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const seeds = Array.from({ length: HOSTS_PER_RUN }, (_, index) => firstSeed + index);
  const paths = new Map(seeds.map((seed) => [seed, new FaultyPath(seed, faultsOf(seed))]));
  const making = seeds.map((seed) => ({ seed, datagrams: datagramsOf(seed) }));
  let sent = 0;
  // The hosts in turn, as a fleet sends.
  for (let round = 0; round < DATAGRAMS; round++) {
    for (const { seed, datagrams } of making) {
      const { bytes, isSafe } = datagrams.next().value!;
      const path = paths.get(seed)!;
      for (const datagram of isSafe ? path.takeSafely(bytes) : path.take(bytes)) {
        await socket.send(harmed(datagram), server.to);
        if (++sent % BURST === 0) await server.waitFor(sent);
      }
    }
  }
  const totals = await server.waitFor(sent);
  socket.close();
  const dropped = { corrupt: 0, truncate: 0, duplicate: 0 };
  for (const [seed, { log }] of paths) {
    const expected = accountOf(log);
    assertEquals(await countsOf(server, `host-${seed}`), expected, `seed ${seed}`);
    dropped.duplicate += expected.duplicate;
    for (const { harm } of log) if (harm !== "none") dropped[harm]++;
  }
  assertEquals(totals.dropped, {
    duplicate: dropped.duplicate,
    format: dropped.corrupt,
    json: dropped.truncate,
  });
  assertEquals(totals.accepted, sent - dropped.duplicate - dropped.corrupt - dropped.truncate);
  assert(dropped.duplicate > 0 && dropped.corrupt > 0 && dropped.truncate > 0);
}

Deno.test({
  name: "the server counts to the last datagram what became of a real agent's (needs --allow-all)",
  ignore: !MAY_RUN,
  async fn() {
    await using server = await AskedServer.start();
    const path = new FaultyPath(5, { ...faultsOf(5), loss: 0.2, duplicate: 0.2, reorder: 0.3 });
    const isSafe = (bytes: Uint8Array) => {
      const { seq, bye } = decodeMessage(bytes) as Message;
      return seq === 1 || bye === true;
    };
    using proxy = new FaultProxy(path, server.to.port, isSafe);
    await using agent = new Running(programOf("agent"), [
      ...["--server", `127.0.0.1:${proxy.port}`, "--interval", "100ms"],
      ...["--count", String(DATAGRAMS), "--id", "real"],
    ]);
    assertEquals(await agent.exitCode(), 0);
    await server.waitUntil(async () =>
      (await server.get("/api/fleet?q=real")).rows[0]?.status === "left"
    );
    await server.waitFor(path.log.length);
    const expected = accountOf(path.log);
    assertEquals(await countsOf(server, "real"), expected);
    assert(expected.lost > 0 && expected.duplicate > 0 && expected.reordered > 0);
  },
});

async function countsOf(
  server: AskedServer,
  id: string,
): Promise<Omit<DeliveryCounts, "pending" | "recovered">> {
  const { delivery } = await server.get(`/api/hosts/${id}`);
  const { received, lost, duplicate, reordered, old, restarts, beforeFirst } = delivery;
  return { received, lost, duplicate, reordered, old, restarts, beforeFirst };
}
