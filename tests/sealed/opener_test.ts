import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { DatagramError } from "../../lib/message/message.ts";
import { type AuthMode, Opener } from "../../lib/sealed/opener.ts";
import { deriveAgentKey, deriveSessionKey, sealBytes } from "../../lib/sealed/cipher.ts";
import { encodeHeader } from "../../lib/sealed/envelope.ts";
import type { Keyring } from "../../lib/sealed/keyring.ts";
import { CLOCK_TOLERANCE_MS } from "../../lib/sealed/sessions.ts";
import { sealedEncoding, Sealer } from "../../lib/sealed/sealer.ts";
import { bytesOf, messages } from "../messages.ts";
import { idOf, keyOf, NOW_MS, ringOf, sealed, type Sealing, sessionOf } from "./sealing.ts";
import fc from "fast-check";

const HOUR_MS = 3_600_000;
const START = sessionOf(NOW_MS);

/** An opener that has run for an hour, at a moment that may be moved. */
class Bench {
  readonly #opener: Opener;
  ring: Keyring = ringOf();
  wallMs = NOW_MS;
  upMs = HOUR_MS;

  constructor({ auth = "require" as AuthMode, maxAgents = 10 } = {}) {
    this.#opener = new Opener({ auth, maxAgents });
  }

  open(bytes: Uint8Array, hostname = "", port = 4_000) {
    const clock = { wallMs: this.wallMs, upMs: this.upMs };
    return this.#opener.open(bytes, this.ring, clock, { hostname, port });
  }

  /** What becomes of a datagram, in a word: `new`, why it is no news, or why it is refused. */
  fate(datagram: Uint8Array | Sealing, address?: string, port?: number): string {
    const bytes = datagram instanceof Uint8Array ? datagram : sealed(datagram);
    try {
      return this.open(bytes, address, port).replay ?? "new";
    } catch (error) {
      if (error instanceof DatagramError) return error.reason;
      throw error;
    }
  }

  wait(durationMs: number): void {
    this.wallMs += durationMs;
    this.upMs += durationMs;
  }
}

Deno.test("Opener opens what Sealer sealed", () => {
  const { encode } = sealedEncoding();
  fc.assert(fc.property(messages, fc.nat(1_000), (message, agent) => {
    const sent = { ...message, time: NOW_MS };
    const bytes = new Sealer(idOf(agent), START).seal(encode(sent), 1, ringOf(), NOW_MS)!;
    const opened = new Bench().open(bytes);
    const plain = JSON.parse(new TextDecoder().decode(encode(sent)));
    const { id, session, seq, host, intervalMs } = opened.digest;
    assertEquals([id, session, seq], [idOf(agent), START, 1]);
    assertEquals([host, intervalMs], [plain.host, plain.interval ?? NaN]);
    assertEquals([opened.keyId, opened.replay], [1, null]);
  }));
});

Deno.test("Opener believes the header, not the body, about who sent it", () => {
  const message = { id: "other", session: "other", seq: 99 };
  const body = bytesOf(JSON.stringify({ v: 1, host: "a", time: NOW_MS, ...message }));
  const bytes = new Sealer(idOf(1), START).seal(body, 7, ringOf(), NOW_MS)!;
  const { id, session, seq } = new Bench().open(bytes).digest;
  assertEquals([id, session, seq], [idOf(1), START, 7]);
});

Deno.test("Opener refuses a datagram with any bit flipped, and is not moved by it", () => {
  const bytes = sealed({ seq: 2 });
  const fresh = new Bench();
  const known = new Bench();
  assertEquals(known.fate({ seq: 1 }), "new");
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = bytes.slice();
    flipped[bit >>> 3]! ^= 1 << (bit & 7);
    for (const opener of [fresh, known]) {
      opener.wait(2); // Slow enough for what an unknown session may cost.
      assert(!["new", "duplicate", "old"].includes(opener.fate(flipped)), `bit ${bit}`);
    }
  }
  assertEquals([fresh.fate(bytes), known.fate(bytes)], ["new", "new"]);
});

Deno.test("Opener refuses a datagram cut anywhere, or with more behind it", () => {
  const bytes = sealed({ seq: 2 });
  const known = new Bench();
  assertEquals(known.fate({ seq: 1 }), "new");
  for (let length = 0; length < bytes.length; length++) {
    const expected = length === 0 ? "empty" : length <= 56 ? "format" : "auth";
    assertEquals(known.fate(bytes.subarray(0, length)), expected, `${length} bytes`);
  }
  assertEquals(known.fate(Uint8Array.of(...bytes, 0)), "auth");
  assertEquals(known.fate(bytes), "new");
});

Deno.test("Opener refuses what is sealed right, and says nothing sound", async (t) => {
  const cases: [string, string, string][] = [
    ["no JSON", "x", "format"],
    ["an array", "[]", "format"],
    ["a legacy message", '{"host":"a"}', "schema"],
    ["another version", '{"v":2,"host":"a"}', "version"],
    ["no host", '{"v":1}', "schema"],
  ];
  for (const [name, body, reason] of cases) {
    await t.step(name, () => {
      const bytes = new Sealer(idOf(1), START).seal(bytesOf(body), 1, ringOf(), NOW_MS)!;
      assertEquals(new Bench().fate(bytes), reason);
    });
  }
});

Deno.test("Opener refuses what was sealed for another agent, session, number or key", async (t) => {
  const agentKey = deriveAgentKey(keyOf(1).secret, 1, idOf(1));
  const sessionKey = deriveSessionKey(agentKey, START);
  const right = { keyId: 1, id: idOf(1), session: START, seq: 1 };
  const body = bytesOf(`{"v":1,"host":"a","time":${NOW_MS}}`);
  const honest = sealBytes(sessionKey, encodeHeader(right), body);
  const cases: [string, Partial<typeof right>][] = [
    ["agent", { id: idOf(2) }],
    ["session", { session: sessionOf(NOW_MS, 1) }],
    ["number", { seq: 2 }],
    ["key", { keyId: 2 }],
  ];
  for (const [name, changes] of cases) {
    await t.step(`${name}, with its header changed`, () => {
      const bench = new Bench();
      bench.ring = ringOf(keyOf(1), keyOf(2));
      assertEquals(
        bench.fate(
          Uint8Array.of(...encodeHeader({ ...right, ...changes }), ...honest.subarray(40)),
        ),
        "auth",
      );
      assertEquals(bench.fate(honest), "new");
    });
    await t.step(`${name}, with the session's key used for it`, () => {
      if (name === "number") return;
      const bench = new Bench();
      bench.ring = ringOf(keyOf(1), keyOf(2));
      const forged = sealBytes(sessionKey, encodeHeader({ ...right, ...changes }), body);
      assertEquals(bench.fate(forged), "auth");
    });
  }
});

Deno.test("Opener lets an agent's own key speak for that agent alone", () => {
  const own = keyOf(1, { agent: idOf(1), secret: deriveAgentKey(keyOf(1).secret, 1, idOf(1)) });
  const thief = { ...own, agent: idOf(2) };
  const bench = new Bench();
  assertEquals(bench.fate({ agent: 1, ring: ringOf(own) }), "new");
  assertEquals(bench.fate({ agent: 2, ring: ringOf(thief) }), "auth");
  bench.ring = ringOf(own);
  assertEquals(bench.fate({ agent: 1, seq: 2 }), "new");
  assertEquals(bench.fate({ agent: 2 }), "key");
});

Deno.test("Opener refuses replays", async (t) => {
  const later = sessionOf(NOW_MS + 1_000);
  const cases: [string, readonly (readonly [Sealing, string])[]][] = [
    ["of the same datagram", [[{ seq: 1 }, "new"], [{ seq: 1 }, "duplicate"]]],
    ["of one within the window", [[{ seq: 1 }, "new"], [{ seq: 2 }, "new"], [
      { seq: 1 },
      "duplicate",
    ]]],
    ["of one beyond the window", [[{ seq: 1 }, "new"], [{ seq: 300 }, "new"], [
      { seq: 1 },
      "old",
    ]]],
    ["of a session before", [
      [{ seq: 1 }, "new"],
      [{ seq: 1, session: later }, "new"],
      [{ seq: 1 }, "session"],
      [{ seq: 2 }, "session"],
      [{ seq: 2, session: later }, "new"],
    ]],
    ["of another session of the same moment", [
      [{ seq: 1 }, "new"],
      [{ seq: 1, session: sessionOf(NOW_MS, 1) }, "session"],
    ]],
  ];
  for (const [name, datagrams] of cases) {
    await t.step(name, () => {
      const bench = new Bench();
      for (const [datagram, fate] of datagrams) assertEquals(bench.fate(datagram), fate);
    });
  }
});

Deno.test("Opener takes late datagrams of a session once each", () => {
  const bench = new Bench();
  const fates = [5, 3, 4, 3, 6].map((seq) => bench.fate({ seq }));
  assertEquals(fates, ["new", "new", "new", "duplicate", "new"]);
});

Deno.test("Opener begins a session only near its own time", async (t) => {
  const cases: [string, number, number, string][] = [
    ["just now", 0, 0, "new"],
    ["a little ahead", CLOCK_TOLERANCE_MS, 0, "new"],
    ["a little behind", -CLOCK_TOLERANCE_MS, 0, "new"],
    ["too far ahead", CLOCK_TOLERANCE_MS + 1, 0, "clock"],
    ["too far behind", -CLOCK_TOLERANCE_MS - 1, 0, "clock"],
    ["ten years behind", -315_360_000_000, 0, "clock"],
    ["a session that began long ago", 0, -30 * 24 * HOUR_MS, "new"],
    ["a session yet to begin", 0, CLOCK_TOLERANCE_MS + 1, "clock"],
  ];
  for (const [name, offMs, startOffMs, fate] of cases) {
    await t.step(name, () => {
      const session = sessionOf(NOW_MS + startOffMs);
      assertEquals(new Bench().fate({ session, message: { time: NOW_MS + offMs } }), fate);
    });
  }
  await t.step("without a time", () => {
    const body = bytesOf('{"v":1,"host":"a"}');
    const bytes = new Sealer(idOf(1), START).seal(body, 1, ringOf(), NOW_MS)!;
    assertEquals(new Bench().fate(bytes), "clock");
  });
});

Deno.test("Opener does not ask for the time within a session", () => {
  const bench = new Bench();
  assertEquals(bench.fate({ seq: 1 }), "new");
  assertEquals(bench.fate({ seq: 2, message: { time: NOW_MS - HOUR_MS } }), "new");
  assertEquals(bench.fate({ seq: 3, message: { time: 0 } }), "new");
});

Deno.test("Opener refuses what was sent before the server was started", () => {
  const before = [1, 2, 3].map((seq) => sealed({ seq, message: { time: NOW_MS + seq } }));
  const bench = new Bench();
  bench.wallMs = NOW_MS + 1_000;
  bench.upMs = 500;
  for (const bytes of before) assertEquals(bench.fate(bytes), "clock");
  assertEquals(bench.fate({ seq: 4, message: { time: NOW_MS + 500 } }), "new");
  for (const bytes of before) assertEquals(bench.fate(bytes), "clock");
  assertEquals(bench.fate({ seq: 5, message: { time: NOW_MS + 600 } }), "new");
});

Deno.test("Opener goes by what it is told the wall clock is now", () => {
  const bench = new Bench();
  bench.upMs = 1_000;
  bench.wallMs = NOW_MS - HOUR_MS;
  assertEquals(bench.fate({ seq: 1 }), "clock");
  bench.wallMs = NOW_MS;
  assertEquals(bench.fate({ seq: 1 }), "new");
});

Deno.test("Opener opens with every key of the ring that is valid, and forgets those taken away", () => {
  const bench = new Bench();
  const [old, next] = [ringOf(keyOf(1)), ringOf(keyOf(2))];
  assertEquals(bench.fate({ seq: 1, ring: old }), "new");
  assertEquals(bench.fate({ seq: 2, ring: next }), "key");
  bench.ring = ringOf(keyOf(1), keyOf(2));
  assertEquals(bench.open(sealed({ seq: 2, ring: next })).keyId, 2);
  assertEquals(bench.open(sealed({ seq: 3, ring: old })).keyId, 1);
  bench.ring = next;
  assertEquals(bench.fate({ seq: 4, ring: old }), "key");
  assertEquals(bench.fate({ seq: 4, ring: next }), "new");
  bench.ring = ringOf(keyOf(2, { secret: keyOf(3).secret }));
  assertEquals(bench.fate({ seq: 5, ring: next }), "auth");
  bench.ring = ringOf(keyOf(2, { notAfterMs: NOW_MS }));
  assertEquals(bench.fate({ seq: 5, ring: next }), "key");
});

Deno.test("Opener lets plain datagrams pass by --auth", async (t) => {
  const id = idOf(1);
  const own = bytesOf(JSON.stringify({ v: 1, host: "a", id }));
  const other = bytesOf('{"v":1,"host":"a"}');
  const legacy = bytesOf('{"cpu":1}');
  const cases: [AuthMode, readonly string[], readonly string[]][] = [
    ["off", ["new", "new", "new"], ["new", "new", "new"]],
    ["mixed", ["new", "new", "new"], ["downgrade", "new", "new"]],
    ["require", ["plain", "plain", "plain"], ["plain", "plain", "plain"]],
  ];
  for (const [auth, before, after] of cases) {
    await t.step(auth, () => {
      const bench = new Bench({ auth });
      const plain = () => [own, other, legacy].map((bytes) => bench.fate(bytes));
      assertEquals(plain(), before);
      // A forged datagram pins nothing.
      assertEquals(bench.fate(sealed().with(-1, 0)), "auth");
      assertEquals(plain(), before);
      assertEquals(bench.fate({ seq: 1 }), "new");
      assertEquals(plain(), after);
      assertEquals([bytesOf(""), bytesOf("x")].map((bytes) => bench.fate(bytes)), [
        "empty",
        "format",
      ]);
    });
  }
});

Deno.test("Opener remembers a bounded number of agents, and only those that proved themselves", () => {
  const bench = new Bench({ auth: "mixed", maxAgents: 2 });
  for (let agent = 10; agent < 30; agent++) {
    assertEquals(bench.fate(sealed({ agent }).with(-1, 0)), "auth");
  }
  assertEquals([1, 2, 3].map((agent) => bench.fate({ agent })), ["new", "new", "capacity"]);
  bench.wait(2 * CLOCK_TOLERANCE_MS);
  const time = bench.wallMs;
  assertEquals(bench.fate({ agent: 1, seq: 2 }), "new");
  assertEquals(bench.fate({ agent: 3, message: { time } }), "new");
  // What was heard of the agent that was forgotten is too old to be taken again.
  assertEquals(bench.fate({ agent: 2 }), "clock");
  assertEquals(bench.fate({ agent: 1, seq: 3 }), "new");
});

Deno.test("Opener says how far off a clock is, and no more", () => {
  const bytes = sealed({ message: { time: NOW_MS - HOUR_MS } });
  const error = assertThrows(() => new Bench().open(bytes), DatagramError);
  assertStringIncludes(error.message, "its clock is 3600 s behind ours");
});

/** Datagrams of one session that nobody knows, and that no key made. */
const FORGED = sealed({ agent: 9, ring: ringOf({ ...keyOf(1), secret: keyOf(2).secret }) });

function fates(bench: Bench, count: number, address?: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let n = 0; n < count; n++) {
    const fate = bench.fate(FORGED, address);
    counts[fate] = (counts[fate] ?? 0) + 1;
  }
  return counts;
}

Deno.test("Opener tries only so many unknown sessions of one network, and of all", () => {
  const bench = new Bench();
  assertEquals(fates(bench, 1_000, "192.0.2.1"), { auth: 200, budget: 800 });
  assertEquals(fates(bench, 10, "192.0.2.2"), { budget: 10 });
  assertEquals(fates(bench, 1_000), { auth: 300, budget: 700 }, "what is left for all");
  bench.wait(1_000);
  assertEquals(fates(bench, 1_000, "192.0.2.1"), { auth: 100, budget: 900 });
  assertEquals(fates(bench, 1_000), { auth: 400, budget: 600 });
});

Deno.test("Opener lets no forged datagram slow those that are known", () => {
  const bench = new Bench();
  assertEquals(bench.fate({ seq: 1 }, "192.0.2.1"), "new");
  assertEquals(bench.fate({ seq: 2 }, "192.0.2.1"), "new");
  const last = sealed({ seq: 3 });
  last[last.length - 1]! ^= 1;
  fates(bench, 1_000, "192.0.2.1");
  fates(bench, 1_000);
  for (let n = 0; n < 1_000; n++) assertEquals(bench.fate(last, "192.0.2.1"), "auth");
  assertEquals(bench.fate({ seq: 3 }, "192.0.2.1"), "new");
  assertEquals(bench.fate({ agent: 2 }, "198.51.100.1"), "budget", "it is not known yet");
  bench.wait(2);
  assertEquals(bench.fate({ agent: 2 }, "198.51.100.1"), "new");
});

Deno.test("Opener tries only so many in the name of a known session that do not come from where it is", async (t) => {
  const both = ringOf(keyOf(1), keyOf(2));
  const forged = (ring: Keyring) => {
    const bytes = sealed({ seq: 3, ring });
    return bytes.with(bytes.length - 1, bytes.at(-1)! ^ 1);
  };
  const cases: [name: string, bytes: Uint8Array, address: string, port: number, tried: number][] = [
    ["from its own address", forged(ringOf(keyOf(1))), "192.0.2.1", 4_000, 1_000],
    ["from another port", forged(ringOf(keyOf(1))), "192.0.2.1", 4_001, 200],
    ["from another address", forged(ringOf(keyOf(1))), "198.51.100.1", 4_000, 200],
    ["with another key", forged(ringOf(keyOf(2))), "192.0.2.1", 4_000, 200],
  ];
  for (const [name, bytes, address, port, tried] of cases) {
    await t.step(name, () => {
      const bench = new Bench();
      bench.ring = both;
      assertEquals(bench.fate({ seq: 1 }, "192.0.2.1"), "new");
      const counts = Object.groupBy(
        Array.from({ length: 1_000 }, () => bench.fate(bytes, address, port)),
        (fate) => fate,
      );
      assertEquals(counts.auth?.length, tried);
      assertEquals(counts.budget?.length ?? 0, 1_000 - tried);
      assertEquals(bench.fate({ seq: 2 }, "192.0.2.1"), "new", "the agent goes on");
    });
  }
});

Deno.test("Opener tries only so many that come from the very place of a known session", () => {
  const bench = new Bench();
  bench.fate({ seq: 1 }, "192.0.2.1");
  bench.fate({ agent: 2, seq: 1 }, "192.0.2.2");
  const bytes = sealed({ seq: 3 });
  const forged = bytes.with(bytes.length - 1, bytes.at(-1)! ^ 1);
  const fatesOf = (count: number) =>
    Object.groupBy(Array.from({ length: count }, () => bench.fate(forged, "192.0.2.1")), String);
  const counts = fatesOf(3_000);
  assertEquals([counts.auth?.length, counts.budget?.length], [1 + 1_000, 1_999]);
  assertEquals(bench.fate({ agent: 2, seq: 2 }, "192.0.2.2"), "new", "another one's place");
  bench.wait(1_000);
  assertEquals(bench.fate({ seq: 2 }, "192.0.2.1"), "new", "the agent's own, when they end");
  for (let seq = 3; seq < 1_003; seq++) assertEquals(bench.fate({ seq }, "192.0.2.1"), "new");
  assertEquals(fatesOf(600).auth?.length, 1 + 500, "it is not paid for by the agent's own");
});

Deno.test("Opener follows an agent to another address and another key, at no price", () => {
  const bench = new Bench();
  bench.ring = ringOf(keyOf(1), keyOf(2));
  for (let seq = 1; seq <= 1_000; seq++) {
    const ring = ringOf(keyOf(1 + seq % 2));
    assertEquals(bench.fate({ seq, ring }, `192.0.2.${seq % 256}`, seq), "new");
  }
});

Deno.test("Opener lets a fleet start at once: what proves itself is paid back", () => {
  const bench = new Bench({ maxAgents: 2_000 });
  for (let agent = 0; agent < 2_000; agent++) {
    assertEquals(bench.fate({ agent }, "192.0.2.1"), "new", `agent ${agent}`);
  }
});

Deno.test("Opener pays for old datagrams that a key did make", () => {
  const bench = new Bench();
  const old = sealed({ message: { time: NOW_MS - HOUR_MS } });
  const seen = Array.from({ length: 501 }, () => bench.fate(old));
  assertEquals([seen[0], seen[499], seen[500]], ["clock", "clock", "budget"]);
});

Deno.test("Opener.open() derives a session's key once, also after the keys have changed", () => {
  const bench = new Bench();
  assertEquals(bench.fate({ seq: 1 }), "new");
  const next = keyOf(2);
  const { secret } = next;
  let derivations = 0;
  Object.defineProperty(next, "secret", {
    get() {
      derivations++;
      return secret;
    },
  });
  const sealing = ringOf(keyOf(2));
  bench.ring = ringOf(keyOf(1), next);
  for (let seq = 2; seq < 6; seq++) assertEquals(bench.fate({ seq, ring: sealing }), "new");
  assertEquals(derivations, 1);
});
