/** Agents that seal and are refused: what the fleet knows of them, and what views say. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { Fleet } from "../../lib/server/fleet/fleet.ts";
import { describeOffline } from "../../lib/server/views/watch.ts";
import { Opener } from "../../lib/sealed/opener.ts";
import { expose } from "../../lib/server/web/prometheus/exposition.ts";
import { rowAsJson } from "../../lib/server/web/api/api.ts";
import { idOf, NOW_MS, ringOf, sealed, type Sealing, sessionOf } from "./sealing.ts";

const HOUR_MS = 3_600_000;
const SENDER = { hostname: "192.0.2.7", port: 40_000 };
const FIRST = sessionOf(NOW_MS - 5_000);

/** A server that has run for an hour, at a moment that may be moved. */
class Server {
  nowMs = NOW_MS;
  readonly #opener = new Opener({ auth: "require", maxAgents: 9 });
  readonly fleet = new Fleet({
    maxHosts: 9,
    historyMs: HOUR_MS,
    nowMs: NOW_MS,
    decoder: {
      decode: (bytes, { hostname }) => {
        const clock = { wallMs: this.nowMs, upMs: this.nowMs - NOW_MS + HOUR_MS };
        return this.#opener.open(bytes, ringOf(), clock, { hostname, port: 4_000 });
      },
    },
  });

  /** Takes a datagram of the agent, which says the time of now if no other; what became of it. */
  take({ message, ...sealing }: Sealing): string {
    const bytes = sealed({ ...sealing, message: { time: this.nowMs, ...message } });
    return this.receive(bytes);
  }

  receive(bytes: Uint8Array): string {
    const receipt = this.fleet.receive(bytes, SENDER, this.nowMs);
    return receipt.accepted ? "accepted" : receipt.reason;
  }

  get row() {
    return this.fleet.rows(this.nowMs)[0]!;
  }

  /** The values of a metric, of all hosts. */
  metric(name: string): readonly string[] {
    const decoder = new TextDecoder();
    const text = Array.from(
      expose(this.fleet, this.nowMs, "text"),
      (piece) => decoder.decode(piece),
    ).join("");
    return Array.from(text.matchAll(new RegExp(`^${name}{.*} (.*)$`, "gm")), ([, value]) => value!);
  }
}

Deno.test("a host whose agent is refused says so, why, how often and when", () => {
  const server = new Server();
  assertEquals(server.take({ session: FIRST }), "accepted");
  assertEquals(server.row.refused, null);
  assertEquals([
    server.metric("pulso_host_refused"),
    server.metric("pulso_datagrams_refused_total"),
  ], [
    ["0"],
    ["0"],
  ]);
  const version = server.fleet.version;
  server.nowMs += 60_000;
  // Its clock stands at 1970 again.
  const early = { session: sessionOf(60_000), message: { time: 60_000 } };
  assertEquals(server.take({ ...early, seq: 1 }), "session");
  server.nowMs += 1_000;
  assertEquals(server.take({ ...early, seq: 2 }), "session");
  const refused = { reason: "session", count: 2, lastMs: server.nowMs };
  assertEquals([server.row.status, server.row.refused], ["offline", refused]);
  assertEquals(server.fleet.changedSince(version).length, 1, "who listens is told");
  assertEquals(rowAsJson(server.row, 7).refused, { ...refused, lastMs: server.nowMs + 7 });
  assertEquals([
    server.metric("pulso_host_refused"),
    server.metric("pulso_datagrams_refused_total"),
  ], [
    ["1"],
    ["2"],
  ]);
  const [line] = describeOffline([...server.fleet.hosts()], server.nowMs);
  assertStringIncludes(line!, "its datagrams are refused (session)");
});

Deno.test("a host is refused no more once it is heard, a while later", () => {
  const server = new Server();
  server.take({ session: FIRST });
  server.take({ session: sessionOf(0) });
  const next = sessionOf(server.nowMs);
  server.nowMs += 1_000;
  assertEquals(server.take({ session: next, seq: 1 }), "accepted");
  assertEquals(server.row.refused?.count, 1, "it was just now");
  server.nowMs += 6 * 5_000 + 1_001;
  assertEquals(server.take({ session: next, seq: 2 }), "accepted");
  assertEquals(server.row.refused, null);
  assertEquals(server.metric("pulso_datagrams_refused_total"), ["1"]);
});

Deno.test("a host whose clock is wrong is refused for it, and its datagrams are not lost", () => {
  const server = new Server();
  server.take({ session: FIRST });
  const next = sessionOf(NOW_MS - 4_000);
  for (let seq = 1; seq <= 5; seq++) {
    server.nowMs += 5_000;
    const time = server.nowMs - HOUR_MS;
    assertEquals(server.take({ session: next, seq, message: { time } }), "clock");
  }
  assertEquals([server.row.refused?.reason, server.row.refused?.count], ["clock", 5]);
  assertEquals(server.take({ session: next, seq: 6 }), "accepted");
  assertEquals(server.row.datagramsLost, 0);
});

Deno.test("no forged datagram makes a host look refused, and no stranger a host", () => {
  const server = new Server();
  server.take({ session: FIRST });
  const { version } = server.fleet;
  assertEquals(server.receive(sealed({ session: sessionOf(0) }).with(-1, 0)), "auth");
  const wrong = { time: server.nowMs - HOUR_MS };
  assertEquals(server.take({ agent: 2, message: wrong }), "clock");
  assertEquals([server.row.refused, server.fleet.version, server.fleet.size], [null, version, 1]);
  assertEquals(server.fleet.host(idOf(2)), undefined);
});

Deno.test("old datagrams that somebody sends again are looked at only so often", () => {
  const server = new Server();
  server.take({ session: FIRST });
  const old = sealed({ session: sessionOf(0) });
  for (let n = 0; n < 1_000; n++) assertEquals(server.receive(old), "session");
  assertEquals(server.row.refused?.count, 50);
  assertEquals(server.take({ agent: 2 }), "accepted", "others are not held up");
});

Deno.test("a machine that was set back is heard in the fleet at its third later time, and shown", () => {
  const server = new Server();
  for (let seq = 1; seq <= 300; seq++) server.take({ session: FIRST, seq });
  server.nowMs += HOUR_MS;
  const fates = [10, 11, 12, 13].map((seq) => {
    server.nowMs += 5_000;
    return server.take({ session: FIRST, seq });
  });
  assertEquals(fates, ["old", "old", "accepted", "accepted"]);
  const { sequence, counts: { lost, restarts } } = server.fleet.host(idOf(1))!.delivery!;
  assertEquals([sequence, lost, restarts, server.row.status], [13, 0, 1, "live"]);
});

Deno.test("an older session is heard in the fleet at its third later time, and is the present one", () => {
  const server = new Server();
  server.take({ session: FIRST });
  const old = sessionOf(0);
  const fates = [6, 7, 8, 9].map((seq) => {
    server.nowMs += 5_000;
    return server.take({ session: old, seq });
  });
  assertEquals(fates, ["session", "session", "accepted", "accepted"]);
  const { session, counts: { lost } } = server.fleet.host(idOf(1))!.delivery!;
  assertEquals([session, lost], [old, 0]);
  assertEquals([server.row.status, server.row.ageMs], ["live", 0]);
});
