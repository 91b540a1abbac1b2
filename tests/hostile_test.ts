/** Hostile input, case by case: each is refused for a named reason, and nobody else is disturbed. */
import { assert, assertEquals } from "@std/assert";
import { Fleet } from "../lib/server/fleet/fleet.ts";
import type { Decoded } from "../lib/message/digest.ts";
import type { DropReason } from "../lib/common/status.js";
import { cleanText } from "../lib/common/text.js";
import { decodeMessage } from "../lib/message/decode.ts";
import { encodeMessage } from "../lib/message/encode.ts";
import { MAX_CORES, MAX_DATAGRAM_BYTES, type Message } from "../lib/message/message.ts";
import { readNetwork } from "../lib/common/address.ts";
import { Opener } from "../lib/sealed/opener.ts";
import { bytesOf, digestOf, sampleOf } from "./messages.ts";
import { MAY_RUN, programOf, Running } from "./processes.ts";
import { keyOf, NOW_MS, ringOf, sealed, type Sealing, sessionOf } from "./sealed/sealing.ts";

const HOUR_MS = 3_600_000;
const GOOD = { hostname: "192.0.2.1", port: 4_000 };
const EVIL = { hostname: "198.51.100.9", port: 666 };
const SAMPLE: Message = {
  ...sampleOf({ cores: 4, volumes: 1, interfaces: 1 }),
  ...{ id: "good", host: "good", session: "s", interval: 1_000 },
};

/** A fleet with one good host that is heard every second, whatever else comes. */
class Scene {
  readonly fleet: Fleet;
  nowMs = NOW_MS;
  #seq = 0;
  #opener: Opener | null;
  ring = ringOf();

  constructor(
    { auth, ...options }: Partial<ConstructorParameters<typeof Fleet>[0]> & {
      auth?: "mixed" | "require";
    } = {},
  ) {
    this.#opener = auth ? new Opener({ auth, maxAgents: 100 }) : null;
    const decode = (bytes: Uint8Array): Decoded =>
      this.#opener!.open(bytes, this.ring, {
        wallMs: this.nowMs,
        upMs: HOUR_MS + this.nowMs - NOW_MS,
      });
    this.fleet = new Fleet({
      ...{ maxHosts: 100, historyMs: 900_000, nowMs: NOW_MS, ...(auth && { decoder: { decode } }) },
      ...options,
    });
  }

  /** The good host goes on; it must be accepted. */
  good(): void {
    this.nowMs += 1_000;
    const bytes = this.#opener
      ? sealed({ seq: ++this.#seq, message: { host: "good", time: this.nowMs } })
      : encodeMessage({ ...SAMPLE, seq: ++this.#seq });
    const receipt = this.fleet.receive(bytes, GOOD, this.nowMs);
    assert(receipt.accepted, `the good host was refused: ${JSON.stringify(receipt)}`);
  }

  /** What becomes of a datagram: a reason, or `accepted`. */
  fate(datagram: Uint8Array | string | object, sender = EVIL): DropReason | "copy" | "accepted" {
    const bytes = datagram instanceof Uint8Array
      ? datagram
      : bytesOf(typeof datagram === "string" ? datagram : JSON.stringify(datagram));
    const receipt = this.fleet.receive(bytes, sender, this.nowMs);
    return receipt.accepted ? "accepted" : receipt.reason;
  }

  /** The good host as it stands: live, nothing lost, its own name. */
  check(): void {
    this.good();
    const row = this.fleet.rows(this.nowMs).find(({ name }) => name === "good")!;
    assertEquals([row.status, row.datagramsLost], ["live", 0]);
    const { received, accepted, dropped } = this.fleet.totals(this.nowMs);
    assertEquals(received, accepted + dropped.values().reduce((sum, count) => sum + count, 0));
    assertEquals(dropped.get("internal"), undefined);
  }
}

/** Every datagram of a table meets its reason, and the good host does not notice. */
function refuses(
  name: string,
  cases: [string | Uint8Array | object, DropReason | "accepted"][],
): void {
  Deno.test(name, () => {
    const scene = new Scene();
    scene.good();
    for (const [datagram, reason] of cases) {
      const text = datagram instanceof Uint8Array ? datagram.toHex() : JSON.stringify(datagram);
      assertEquals(scene.fate(datagram), reason, text.slice(0, 100));
    }
    scene.check();
  });
}

const with_ = (changes: object) => ({ v: 1, host: "h", ...changes });

Deno.test("H1 no bytes, and one byte of each kind, are refused", () => {
  const scene = new Scene();
  scene.good();
  assertEquals(scene.fate(new Uint8Array(0)), "empty");
  for (let byte = 0; byte < 256; byte++) {
    const expected = byte === 0x7b ? "json" : byte === 0xf5 ? "key" : "format";
    const actual = scene.fate(Uint8Array.of(byte));
    assert(actual === expected || byte === 0xf5 && actual === "format", `${byte}: ${actual}`);
  }
  scene.check();
});

refuses("H2 datagrams longer than 8,192 bytes are refused unread", [
  [new Uint8Array(MAX_DATAGRAM_BYTES + 1).fill(0x7b), "oversize"],
  [`{"v":1,"host":"h","x":"${"y".repeat(MAX_DATAGRAM_BYTES)}"}`, "oversize"],
]);

Deno.test("H3 no truncation of a datagram, plain or sealed, is half a sample", () => {
  for (const auth of [undefined, "mixed"] as const) {
    const scene = new Scene(auth ? { auth } : {});
    scene.good();
    const whole = auth ? sealed({ agent: 2 }) : encodeMessage({ ...SAMPLE, id: "other", seq: 1 });
    for (let length = 0; length < whole.length; length++) {
      scene.nowMs += 5;
      assert(scene.fate(whole.slice(0, length)) !== "accepted", `${length} bytes`);
    }
    assertEquals(scene.fleet.totals(scene.nowMs).hosts, 1);
  }
});

Deno.test("H4 no flipped bit of a sealed datagram passes, and the true one still does", () => {
  const scene = new Scene({ auth: "require" });
  scene.good();
  const whole = sealed({ agent: 2 });
  for (let bit = 0; bit < whole.length * 8; bit++) {
    const flipped = whole.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    scene.nowMs += 3;
    assert(scene.fate(flipped) !== "accepted", `bit ${bit}`);
  }
  assertEquals(scene.fate(whole), "accepted");
});

refuses("H5 what is not UTF-8, or begins with a mark, is refused", [
  [Uint8Array.of(0x7b, 0xc0, 0xaf, 0x7d), "utf8"],
  [Uint8Array.of(0x7b, 0xed, 0xa0, 0x80, 0x7d), "utf8"],
  [Uint8Array.of(0xef, 0xbb, 0xbf, 0x7b, 0x7d), "format"],
]);

Deno.test("H6 unknown versions, modes and keys have a reason each", () => {
  const scene = new Scene({ auth: "mixed" });
  scene.good();
  const whole = sealed({ agent: 2 });
  const changed = (at: number, byte: number) => whole.with(at, byte);
  assertEquals(scene.fate({ v: 2, host: "h" }), "version");
  assertEquals(scene.fate(changed(1, 0x21)), "version");
  for (const mode of [0, 2, 3, 15]) assertEquals(scene.fate(changed(1, 0x10 | mode)), "mode");
  assertEquals(scene.fate(changed(2, 99)), "key");
});

refuses("H7 what is JSON and no object, or no JSON, is refused", [
  ["[]", "format"],
  ["null", "format"],
  ['"x"', "format"],
  ["1", "format"],
  ['{"v":1,"host":"h"}x', "json"],
  ['{"v":1,"host":"h"}{}', "json"],
  ['{"v":1,"host":"h","time":NaN}', "json"],
  ['{"v":1,"host":"h","time":Infinity}', "json"],
]);

refuses("H8 deep, wide and huge JSON neither takes the program down nor gets in", [
  [`{"v":1,"host":"h","cpu":${"[".repeat(4_000)}${"]".repeat(4_000)}}`, "schema"],
  [`{"v":1,"host":"h","seq":${"9".repeat(8_000)}}`, "schema"],
  ['{"v":1,"host":"h","disk":{"read":1e400,"write":0,"volumes":[]}}', "schema"],
  [`{"v":1,"host":"h",${Array.from({ length: 900 }, (_, n) => `"k${n}":1`)}}`, "accepted"],
]);

Deno.test("H9 names of the language's own are but text", () => {
  const scene = new Scene();
  scene.good();
  for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"]) {
    const text =
      `{"v":1,"host":"${name}","id":"${name}","${name}":{"x":1},"seq":1,"session":"${name}"}`;
    assertEquals(scene.fate(text), "accepted", name);
    assertEquals(scene.fleet.host(name)?.name, name);
  }
  assertEquals(({} as Record<string, unknown>).x, undefined);
  scene.check();
});

refuses("H10 the last of two keys counts, and numbers of the wrong kind do not", [
  ['{"v":1,"host":"first","host":"last"}', "accepted"],
  [with_({ seq: 1.5, session: "s" }), "schema"],
  [with_({ seq: "1", session: "s" }), "schema"],
  [with_({ seq: true, session: "s" }), "schema"],
  [with_({ seq: -1, session: "s" }), "schema"],
  [with_({ seq: 2 ** 53, session: "s" }), "schema"],
]);

refuses("H11 values out of their limits are refused", [
  [with_({ cpu: { mean: 100.5, cores: [], iowait: 0, steal: 0 } }), "schema"],
  [
    with_({
      cpu: { mean: 1, cores: "AAAA".repeat(Math.ceil((MAX_CORES + 1) / 3)), iowait: 0, steal: 0 },
    }),
    "schema",
  ],
  [with_({ cpu: { mean: 1, cores: "AA=A", iowait: 0, steal: 0 } }), "schema"],
  [with_({ interval: 0 }), "schema"],
  [with_({ interval: 1e12 }), "schema"],
  [with_({ seq: 0, session: "s" }), "schema"],
]);

refuses("H12 names that deceive or do not fit are refused", [
  [with_({ host: "" }), "schema"],
  [with_({ host: "x".repeat(254) }), "schema"],
  [with_({ host: "a\u0000b" }), "schema"],
  [with_({ host: "a\u009bb" }), "schema"],
  [with_({ host: "a\u202eb" }), "schema"],
  [with_({ host: "a\u200bb" }), "schema"],
  ...[" ", "\u00a0\u3000", "\u3164", "\u115f", "\u2800", "\u034f", "a\ufe0f", "\u0301", "\u{e0100}"]
    .map((host): [object, DropReason] => [with_({ host }), "schema"]),
  [with_({ host: `a${"\u0301".repeat(9)}` }), "schema"],
  [with_({ host: `a${"\u0301".repeat(8)}` }), "accepted"],
  [with_({ disk: { volumes: [{ mount: "  " }] } }), "schema"],
  [with_({ network: { interfaces: [{ name: "\u3164" }] } }), "schema"],
  [with_({ host: " a b " }), "accepted"],
  [with_({ host: "a\u2028b" }), "schema"],
  ['{"v":1,"host":"\\ud800"}', "schema"],
]);

Deno.test("H13 text on its way to a terminal or a log stays one line that says what it is", () => {
  for (
    const text of ["\x1b[2J", "\x1b]0;x\x07", "\u009b31m", "a\r\nb", "a\bb", "\x1b]52;c;eA==\x07"]
  ) {
    // deno-lint-ignore no-control-regex
    assertEquals(cleanText(text).match(/[\x00-\x1f\x7f-\x9f]/), null);
  }
});

refuses("H14 to H18 markup, quotes, formulas, wide text and paths are but names", [
  [with_({ host: "<img src=x onerror=alert(1)>" }), "accepted"],
  [with_({ host: `"><script>` }), "accepted"],
  [with_({ host: `a"b\\c` }), "accepted"],
  [with_({ host: "=cmd|' /C calc'!A0" }), "accepted"],
  [with_({ host: "数".repeat(253) }), "accepted"],
  [with_({ host: "../../etc/passwd" }), "accepted"],
  [with_({ host: "x", id: "../x" }), "schema"],
]);

Deno.test("H19 a flood of forged senders is bounded, and puts no live host out", () => {
  const scene = new Scene({ maxHosts: 1_000 });
  scene.good();
  for (let n = 0; n < 100_000; n++) {
    const sender = { hostname: `203.0.${113 + (n >> 16)}.${n & 255}`, port: n & 0xffff };
    scene.fate({ v: 1, host: `forged-${n}` }, sender);
    scene.nowMs += 0.1;
    if (n % 10_000 === 0) scene.good();
  }
  const totals = scene.fleet.totals(scene.nowMs);
  assert(totals.hosts <= 1_000);
  assert((totals.dropped.get("budget") ?? 0) + (totals.dropped.get("capacity") ?? 0) > 90_000);
  scene.good();
  assertEquals(scene.fleet.host("good")!.delivery!.lost, 0);
});

Deno.test("H20 one forged number or session does not upset a live host", () => {
  const scene = new Scene();
  scene.good();
  scene.fate({ ...SAMPLE, seq: 4_294_967_295 });
  scene.good();
  scene.fate({ ...SAMPLE, session: "forged", seq: 1 });
  scene.good();
  scene.check();
});

Deno.test("H21 replays are refused in a session, across sessions and after a restart", () => {
  const scene = new Scene({ auth: "require" });
  const fate = (sealing: Sealing) => scene.fate(sealed({ agent: 2, ...sealing }));
  assertEquals(fate({ seq: 5 }), "accepted");
  assertEquals(fate({ seq: 5 }), "duplicate");
  for (let seq = 6; seq < 400; seq++) fate({ seq });
  assertEquals(fate({ seq: 7 }), "old");
  scene.nowMs += 60_000;
  assertEquals(
    fate({ session: sessionOf(scene.nowMs), message: { time: scene.nowMs } }),
    "accepted",
  );
  assertEquals(fate({ seq: 400 }), "session");
  const later = new Scene({ auth: "require" });
  later.nowMs += HOUR_MS;
  assertEquals(later.fate(sealed({ agent: 2, seq: 5 })), "clock");
});

Deno.test("H22 a sealed datagram is nobody else's, of no other session and no other key", () => {
  const scene = new Scene({ auth: "require" });
  scene.ring = ringOf(keyOf(1), keyOf(2));
  const whole = sealed({ agent: 2, ring: ringOf() });
  const spliced = (from: number, until: number, other: Uint8Array) => {
    const bytes = whole.slice();
    bytes.set(other.slice(from, until), from);
    return bytes;
  };
  assertEquals(scene.fate(spliced(4, 20, sealed({ agent: 3 }))), "auth");
  assertEquals(
    scene.fate(spliced(20, 36, sealed({ agent: 2, session: sessionOf(NOW_MS, 9) }))),
    "auth",
  );
  assertEquals(scene.fate(spliced(36, 40, sealed({ agent: 2, seq: 9 }))), "auth");
  assertEquals(scene.fate(whole.with(2, 2)), "auth");
  assertEquals(scene.fate(whole), "accepted");
});

Deno.test("H23 an id that was heard sealed is not believed plain", () => {
  const scene = new Scene({ auth: "mixed" });
  scene.good();
  const key = scene.fleet.rows(scene.nowMs)[0]!.key;
  assertEquals(scene.fate({ v: 1, host: "good", id: key, session: "x", seq: 9 }), "downgrade");
  scene.check();
});

Deno.test("H24 forged tags from a live host's address do not keep it from being heard", () => {
  const scene = new Scene({ auth: "require" });
  scene.good();
  for (let round = 0; round < 20; round++) {
    for (let n = 0; n < 500; n++) {
      const forged = sealed({ seq: 1_000 + n }).with(60, n & 255).with(61, round);
      assert(scene.fate(forged, GOOD) !== "accepted");
    }
    scene.good();
  }
});

Deno.test("H25 two machines with one id are told as such, and neither flaps", () => {
  const scene = new Scene();
  for (let seq = 1; seq <= 20; seq++) {
    scene.nowMs += 500;
    assertEquals(scene.fate({ ...SAMPLE, session: "one", seq }, GOOD), "accepted");
    assertEquals(scene.fate({ ...SAMPLE, session: "two", seq }, EVIL), "accepted");
  }
  const [row] = scene.fleet.rows(scene.nowMs);
  assertEquals([row!.address, row!.sharedWith].toSorted(), ["192.0.2.1:4000", "198.51.100.9:666"]);
  assertEquals(scene.fleet.host("good")!.delivery!.counts.restarts, 1);
});

Deno.test("H26 a sender's clock is never believed about whether it lives", () => {
  const scene = new Scene();
  scene.good();
  for (const time of [0, 1, NOW_MS - 3.2e11, NOW_MS + 3.2e11, 8.64e15]) {
    assertEquals(scene.fate({ v: 1, host: `clock-${time}`, time }), "accepted");
  }
  assert(scene.fleet.rows(scene.nowMs).every(({ status }) => status === "live"));
});

Deno.test("H27 an interval of an hour cannot be stretched, and a host that stops is offline in the end", () => {
  const scene = new Scene();
  assertEquals(scene.fate(with_({ host: "liar", interval: 3_600_001 })), "schema");
  assertEquals(scene.fate(with_({ host: "slow", interval: 3_600_000 })), "accepted");
  const status = (afterMs: number) => scene.fleet.rows(scene.nowMs + afterMs)[0]!.status;
  assertEquals([status(3 * HOUR_MS), status(6 * HOUR_MS + 1_001)], ["live", "offline"]);
});

Deno.test("H28 restarts of agent and server are no loss", () => {
  const scene = new Scene();
  for (let seq = 1; seq <= 3; seq++) scene.fate({ ...SAMPLE, session: "one", seq });
  for (let seq = 1; seq <= 3; seq++) scene.fate({ ...SAMPLE, session: "two", seq });
  assertEquals(scene.fleet.host("good")!.delivery!.lost, 0);
  const restarted = new Scene();
  for (let seq = 500; seq <= 503; seq++) restarted.fate({ ...SAMPLE, session: "two", seq });
  const { lost, beforeFirst } = restarted.fleet.host("good")!.delivery!.counts;
  assertEquals([lost, beforeFirst], [0, 499]);
});

Deno.test("H29 an IPv4 sender on a dual-stack socket is judged as IPv4", () => {
  const scene = new Scene({ allow: [readNetwork("192.0.2.0/24")] });
  assertEquals(
    scene.fate({ v: 1, host: "h" }, { hostname: "::ffff:192.0.2.5", port: 1 }),
    "accepted",
  );
  assertEquals(
    scene.fate({ v: 1, host: "h" }, { hostname: "::ffff:198.51.100.5", port: 1 }),
    "source",
  );
  assertEquals(scene.fate({ v: 1, host: "h" }, { hostname: "2001:db8::1", port: 1 }), "source");
});

Deno.test("H30 a fault of ours is counted, and the next datagram is taken as ever", () => {
  let fails = true;
  const decode = (bytes: Uint8Array): Decoded => {
    if (fails) throw new TypeError("a fault of ours");
    return { digest: digestOf(decodeMessage(bytes)), body: bytes, keyId: null, replay: null };
  };
  const scene = new Scene({ decoder: { decode } });
  assertEquals(scene.fate({ v: 1, host: "h" }), "internal");
  fails = false;
  assertEquals(scene.fate({ v: 1, host: "h" }), "accepted");
});

// H31, a server that sends nothing whatever it gets, is proven by a capture in namespaces_test.ts.

Deno.test({
  name:
    "H32 a key file that is missing, open to others or short ends with status 2 and one line (needs --allow-all)",
  ignore: !MAY_RUN || Deno.permissions.querySync({ name: "write" }).state !== "granted" ||
    Deno.build.os === "windows",
  async fn(t) {
    const folder = await Deno.makeTempDir();
    const write = (name: string, text: string, mode: number) =>
      Deno.writeTextFile(`${folder}/${name}`, text, { mode });
    const secret = new Uint8Array(32).fill(7).toBase64({
      alphabet: "base64url",
      omitPadding: true,
    });
    await write("open", `pulso-key-1 1 fleet ${secret}\n`, 0o644);
    await write("short", `pulso-key-1 1 fleet ${secret.slice(0, 20)}\n`, 0o600);
    for (const name of ["missing", "open", "short"]) {
      await t.step(name, async () => {
        await using server = new Running(programOf("server", ["--allow-net", "--allow-read"]), [
          ...["--listen", "127.0.0.1:0", "--key-file", `${folder}/${name}`],
        ]);
        assertEquals(await server.exitCode(), 1);
        assertEquals(server.stderr.all.length, 1, server.stderr.text);
      });
    }
    await Deno.remove(folder, { recursive: true });
  },
});
