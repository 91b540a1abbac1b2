import type { Decoded } from "../../../lib/message/digest.ts";
import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { metricOf } from "../../../lib/catalogue.ts";
import { HISTORY_METRICS } from "../../../lib/server/fleet/past/points.ts";
import { Timeout } from "../../../lib/common/timeout.ts";
import { ProcfsSampler } from "../../../lib/sampler/procfs.ts";
import { Fleet } from "../../../lib/server/fleet/fleet.ts";
import type { FleetOptions, FleetTotals, Receipt } from "../../../lib/server/fleet/receipt.ts";
import { hostMessage } from "../../../lib/server/fleet/host/host_message.ts";
import { decodeMessage } from "../../../lib/message/decode.ts";
import { encodeMessage } from "../../../lib/message/encode.ts";
import { DatagramError, type Message } from "../../../lib/message/message.ts";
import { readNetwork } from "../../../lib/common/address.ts";
import { bytesOf, digestOf, jsonOf, messages, sampleOf } from "../../messages.ts";
import fc from "fast-check";

const START_MS = 1_000_000;
const SENDER = { hostname: "192.0.2.7", port: 40_000 };

/** A fleet, and a short way to send to it. */
function open(changes: Partial<FleetOptions> = {}) {
  const fleet = new Fleet({ maxHosts: 100, historyMs: 900_000, nowMs: START_MS, ...changes });
  return {
    fleet,
    send(fields: Record<string, unknown>, afterMs = 0, sender = SENDER): Receipt {
      return fleet.receive(jsonOf({ v: 1, host: "h", ...fields }), sender, START_MS + afterMs);
    },
    sendText(text: string, afterMs = 0, sender = SENDER): Receipt {
      return fleet.receive(bytesOf(text), sender, START_MS + afterMs);
    },
  };
}

const droppedOf = (totals: FleetTotals) => Object.fromEntries(totals.dropped);

function reasonOf(receipt: Receipt): string {
  return receipt.accepted ? "accepted" : receipt.reason;
}

Deno.test("Fleet.receive() keeps what a host says", () => {
  const { fleet, send } = open();
  const message = { id: "a", session: "s", seq: 1, interval: 1_000, cpu: { mean: 5 } };
  const receipt = send(message);
  assert(receipt.accepted);
  assertEquals(receipt.host, fleet.host("a"));
  const { history, delivery, timing, text, ...host } = receipt.host;
  const bytes = jsonOf({ v: 1, host: "h", ...message }).length;
  assertEquals(host, {
    key: "a",
    name: "h",
    hostname: "192.0.2.7",
    port: 40_000,
    otherAddress: null,
    slot: 0,
    isCut: false,
    legacy: false,
    intervalMs: 1_000,
    left: false,
    keyId: null,
    present: "s",
    earlier: [],
    probation: null,
    texts: {},
  });
  assertEquals([receipt.host.datagrams, receipt.host.bytes, receipt.host.version], [1, bytes, 1]);
  assertEquals([receipt.host.firstSeenMs, receipt.host.lastSeenMs], [START_MS, START_MS]);
  assertEquals(receipt.host.sentMs, NaN);
  assertEquals(text, JSON.stringify({ v: 1, host: "h", ...message }));
  assertEquals(delivery?.counts.received, 1);
  assertEquals(timing?.intervalMs, null);
  assertEquals([history!.times(), history!.values("cpu")], [[START_MS], [5]]);
  send({ ...message, seq: 2 }, 1_000);
  assertEquals([receipt.host.datagrams, receipt.host.bytes], [2, 2 * bytes]);
  assertEquals([receipt.host.firstSeenMs, receipt.host.lastSeenMs], [START_MS, START_MS + 1_000]);
});

Deno.test("a sample lost on purpose changes no host's total of bytes", async () => {
  const counters = [1_000, 4_500, 4_600, 9_000].map((bytes) => (
    `eth0: ${bytes} 0 0 0 0 0 0 0 ${2 * bytes} 0 0 0 0 0 0 0\n`
  ));
  let nowMs = 0;
  const host = new ProcfsSampler({ groups: ["network"], root: "/proc" }, {
    readFiles: () => Promise.resolve(new Map([["/proc/self/net/dev", counters[0]!]])),
    readOnce: () => Promise.resolve(new Map()),
    readSpace: () => Promise.reject(new Error("nothing asks for it")),
    timeout: new Timeout(1),
    nowMs: () => nowMs,
  });
  await host.prime();
  const messages: Message[] = [];
  for (let seq = 1; counters.length > 1; seq++) {
    counters.shift();
    nowMs += 5_000;
    const { metrics } = await host.sample();
    messages.push({ v: 1, host: "h", id: "a", session: "s", seq, ...metrics });
  }
  const totalsWithout = (lost: number) => {
    const { fleet, send } = open();
    messages.filter(({ seq }) => seq !== lost).forEach((message) => send({ ...message }));
    const [row] = fleet.rows(START_MS);
    return [row!.receivedBytes, row!.sentBytes, row!.datagramsLost];
  };
  assertEquals([totalsWithout(0), totalsWithout(2)], [[9_000, 18_000, 0], [9_000, 18_000, 1]]);
});

Deno.test("Fleet.receive() tells of a reboot when an uptime falls", async (t) => {
  const cases: [string, (number | null | undefined)[], number | null][] = [
    ["goes on", [100, 105, 105, 110], null],
    ["falls", [100, 105, 3, 8], 2],
    ["falls again", [100, 3, 8, 2], 3],
    ["falls after samples without it", [100, null, 3], null],
    ["is not sent", [undefined, undefined], null],
    ["of years falls to nothing", [2 ** 53 - 1, 0], 1],
  ];
  for (const [name, uptimes, expected] of cases) {
    await t.step(`an uptime that ${name}`, () => {
      const { fleet, send } = open();
      uptimes.forEach((uptime, n) => send({ id: "a", system: { uptime } }, 5_000 * n));
      const atMs = expected === null ? null : START_MS + 5_000 * expected;
      assertEquals(fleet.host("a")!.rebootedMs, atMs);
    });
  }
  await t.step("but not of a copy, a late one, or another machine with its id", () => {
    const { fleet, send } = open();
    const say = (session: string, seq: number, uptime: number) =>
      send({ id: "a", session, seq, system: { uptime } }, seq);
    say("s", 3, 100);
    say("s", 2, 5);
    say("s", 3, 5);
    assertEquals(fleet.host("a")!.rebootedMs, null);
    for (let seq = 4; seq < 20; seq++) say(seq % 2 === 0 ? "t" : "s", seq, seq % 2 * 100 + seq);
    const lastMs = fleet.host("a")!.rebootedMs;
    for (let seq = 20; seq < 30; seq++) say(seq % 2 === 0 ? "t" : "s", seq, seq % 2 * 100 + seq);
    assert(fleet.host("a")!.delivery!.isShared);
    assertEquals(fleet.host("a")!.rebootedMs, lastMs);
  });
});

Deno.test("Fleet.receive() knows a host by its id, else by address and name", async (t) => {
  const elsewhere = { hostname: "192.0.2.8", port: 40_000 };
  const keysOf = (...sent: [string, typeof SENDER][]) => {
    const { fleet, sendText } = open();
    for (const [text, sender] of sent) sendText(text, 0, sender);
    return fleet.rows(START_MS).map(({ key }) => key);
  };
  const withId = '{"v":1,"host":"h","id":"a"}';
  const without = '{"v":1,"host":"h"}';
  const legacy = '{"host":"h"}';
  await t.step("an id from two addresses", () => {
    assertEquals(keysOf([withId, SENDER], [withId, elsewhere]), ["a"]);
  });
  await t.step("a name from two ports", () => {
    assertEquals(keysOf([without, SENDER], [without, { ...SENDER, port: 9 }]), ["192.0.2.7/h"]);
  });
  await t.step("a name from two addresses", () => {
    assertEquals(keysOf([without, SENDER], [without, elsewhere]), ["192.0.2.7/h", "192.0.2.8/h"]);
  });
  await t.step("legacy by address alone", () => {
    assertEquals(keysOf([legacy, SENDER], ['{"x":2}', SENDER], [legacy, elsewhere]), [
      "192.0.2.7",
      "192.0.2.8",
    ]);
  });
  await t.step("legacy and version 1 from one address", () => {
    assertEquals(keysOf([legacy, SENDER], [without, SENDER], [withId, SENDER]), [
      "192.0.2.7",
      "192.0.2.7/h",
      "a",
    ]);
  });
  await t.step("words of JavaScript", () => {
    const proto = '{"v":1,"host":"__proto__","id":"__proto__"}';
    assertEquals(keysOf([proto, SENDER]), ["__proto__"]);
    assertEquals(open().fleet.host("__proto__"), undefined);
  });
});

Deno.test("Fleet.receive() follows a host's new name and address", () => {
  const { fleet, send } = open();
  send({ id: "a", host: "old" });
  send({ id: "a", host: "new" }, 1_000, { hostname: "2001:db8::1", port: 7 });
  const [row, ...others] = fleet.rows(START_MS + 1_000);
  assertEquals([row!.name, row!.address, others], ["new", "[2001:db8::1]:7", []]);
});

Deno.test("Fleet.receive() never puts a late message in the place of the newest", () => {
  const { fleet, send } = open();
  const from = (seq: number, afterMs: number, port: number) =>
    send({ id: "a", host: `n${seq}`, session: "s", seq, cpu: { mean: seq } }, afterMs, {
      ...SENDER,
      port,
    });
  from(1, 0, 1);
  from(3, 10_000, 3);
  const late = from(2, 20_000, 2);
  assert(late.accepted);
  const host = fleet.host("a")!;
  assertEquals([host.name, host.address, host.lastSeenMs], [
    "n3",
    "192.0.2.7:3",
    START_MS + 10_000,
  ]);
  assertEquals((hostMessage(host) as Message).seq, 3);
  assertEquals([host.datagrams, host.history!.values("cpu")], [3, [1, 3]]);
  assertEquals(host.delivery!.counts, {
    received: 3,
    lost: 0,
    recovered: 1,
    pending: 0,
    beforeFirst: 0,
    duplicate: 0,
    reordered: 1,
    old: 0,
    restarts: 0,
  });
});

Deno.test("Fleet.receive() drops copies and what is too old", () => {
  const { fleet, send } = open();
  const outcomes = [1, 300, 300, 2, 299, 299].map((seq) =>
    reasonOf(send({ id: "a", session: "s", seq }))
  );
  assertEquals(outcomes, ["accepted", "accepted", "duplicate", "old", "accepted", "duplicate"]);
  const totals = fleet.totals(START_MS);
  assertEquals([totals.received, totals.accepted, totals.lost], [6, 3, 297]);
  assertEquals(droppedOf(totals), { duplicate: 2, old: 1 });
  assertEquals(fleet.host("a")!.datagrams, 3);
});

Deno.test("Fleet.receive() takes each message without a sequence for news, and no loss for known", () => {
  const { fleet, send } = open();
  for (const fields of [{ seq: 5 }, { seq: 5 }, { session: "s" }, {}]) {
    assert(send(fields).accepted);
  }
  const [row] = fleet.rows(START_MS);
  assertEquals([row!.datagramsLost, fleet.totals(START_MS).lost], [null, null]);
  send({ id: "a", session: "s", seq: 1 });
  assertEquals(fleet.totals(START_MS).lost, 0);
});

Deno.test("Fleet.receive() says why it drops a datagram", () => {
  const { fleet, sendText } = open();
  const cases = {
    "": "empty",
    "x": "format",
    "{": "json",
    '{"v":2}': "version",
    '{"v":1}': "schema",
  };
  for (const [text, reason] of Object.entries(cases)) {
    const receipt = sendText(text);
    assert(!receipt.accepted);
    assertEquals(receipt.reason, reason);
    assertInstanceOf(receipt.error, DatagramError);
  }
  assertEquals(fleet.totals(START_MS).hosts, 0);
});

Deno.test("Fleet.receive() survives a fault of its own, and counts it", () => {
  const { fleet, send } = open();
  const faulty = {
    port: 1,
    get hostname(): string {
      throw new TypeError("a fault");
    },
  };
  // With an id it fails later, when it has been found new.
  assertEquals(reasonOf(send({}, 0, faulty)), "internal");
  assertEquals(reasonOf(send({ id: "a" }, 0, faulty)), "internal");
  assert(send({}).accepted);
  const { received, accepted, dropped } = fleet.totals(START_MS);
  assertEquals([received, accepted, dropped.get("internal")], [3, 1, 2]);
});

Deno.test("Fleet.receive() keeps the last metrics beside a good-bye", () => {
  const { fleet, send } = open();
  send({ id: "a", interval: 100, cpu: { mean: 5 } });
  send({ id: "a", bye: true }, 100);
  const host = fleet.host("a")!;
  const message = hostMessage(host) as Message;
  assertEquals([message.cpu?.mean, message.interval, message.bye], [5, 100, true]);
  assertEquals(host.history!.values("cpu"), [5]);
  assertEquals(fleet.rows(START_MS + 1e9)[0]!.status, "left");
});

Deno.test("Fleet.receive() keeps the metrics of a good-bye that carries some", async (t) => {
  await t.step("after others", () => {
    const { fleet, send } = open();
    send({ id: "a", interval: 100, cpu: { mean: 5 }, memory: { total: 9 } });
    send({ id: "a", bye: true, cpu: { mean: 6 } }, 100);
    const host = fleet.host("a")!;
    const { cpu, memory } = hostMessage(host) as Message;
    assertEquals([cpu?.mean, memory?.total], [6, 9]);
    assertEquals(host.history!.values("cpu"), [5, 6]);
    assertEquals(fleet.rows(START_MS)[0]!.status, "left");
  });
  await t.step("as the only message", () => {
    const { fleet, send } = open();
    send({ id: "a", bye: true, cpu: { mean: 6 } });
    assertEquals(fleet.host("a")!.history!.values("cpu"), [6]);
    assertEquals(fleet.rows(START_MS)[0]!.status, "left");
  });
});

Deno.test("Fleet.receive() welcomes back a host that had left", () => {
  const { fleet, send } = open();
  send({ id: "a", session: "s", seq: 1 });
  send({ id: "a", session: "s", seq: 2, bye: true }, 5_000);
  send({ id: "a", session: "t", seq: 1 }, 6_000);
  assertEquals(fleet.rows(START_MS + 6_000)[0]!.status, "live");
  assertEquals((hostMessage(fleet.host("a")!) as Message).bye, undefined);
  assertEquals(fleet.host("a")!.delivery!.counts.restarts, 1);
});

Deno.test("Fleet.rows() derives status when asked", async (t) => {
  const { fleet, send } = open();
  send({ interval: 1_000 });
  const cases = [[4_000, "live"], [4_001, "stale"], [7_000, "stale"], [7_001, "offline"]] as const;
  for (const [ageMs, status] of cases) {
    await t.step(`${ageMs} ms`, () => {
      const nowMs = START_MS + ageMs;
      const [row] = fleet.rows(nowMs);
      assertEquals([row!.status, row!.ageMs], [status, ageMs]);
      const byStatus = { live: 0, stale: 0, offline: 0, left: 0, [status]: 1 };
      assertEquals(fleet.totals(nowMs).byStatus, byStatus);
    });
  }
});

Deno.test("Fleet keeps a legacy message whole, and trusts it in nothing", () => {
  const { fleet, sendText } = open();
  const receipt = sendText('{"hostname":"x","interval":60000,"bye":true,"cpu":{"mean":50}}');
  assert(receipt.accepted);
  const host = fleet.host("192.0.2.7")!;
  assertEquals([host.name, host.left, host.history, host.delivery], [
    "192.0.2.7",
    false,
    null,
    null,
  ]);
  assertEquals(fleet.rows(START_MS + 31_001)[0]!.status, "offline");
  assertEquals(fleet.rows(START_MS)[0]!.cpuPercent, null);
});

Deno.test("Fleet refuses one host too many while all are heard", () => {
  const { fleet, send } = open({ maxHosts: 2 });
  const outcomes = ["a", "b", "c", "a"].map((id) => reasonOf(send({ id })));
  assertEquals(outcomes, ["accepted", "accepted", "capacity", "accepted"]);
  const { hosts, accepted, dropped, forgotten } = fleet.totals(START_MS);
  assertEquals([hosts, accepted, dropped.get("capacity"), forgotten], [2, 3, 1, 0]);
});

Deno.test("Fleet forgets the longest silent host for a new one", () => {
  const { fleet, send } = open({ maxHosts: 2 });
  send({ id: "a" });
  send({ id: "b" }, 20_000);
  send({ id: "c" }, 40_000);
  assertEquals(fleet.rows(START_MS + 40_000).map(({ key }) => key).sort(), ["b", "c"]);
  assertEquals(fleet.totals(START_MS + 40_000).forgotten, 1);
  assertEquals(reasonOf(send({ id: "d" }, 40_001)), "capacity");
});

Deno.test("Fleet resizes a host's history when its interval changes", () => {
  const { fleet, send } = open({ historyMs: 60_000 });
  send({ id: "a", interval: 5_000, cpu: { mean: 1 } });
  assertEquals(fleet.host("a")!.history!.capacity, 12);
  send({ id: "a", interval: 1_000, cpu: { mean: 2 } }, 5_000);
  const { history } = fleet.host("a")!;
  assertEquals([history!.capacity, history!.values("cpu")], [60, [1, 2]]);
});

Deno.test("Fleet history holds every metric in its unit", () => {
  const { fleet } = open();
  fleet.receive(encodeMessage(sampleOf({ cores: 2, volumes: 1, interfaces: 2 })), SENDER, START_MS);
  const history = [...fleet.rows(START_MS)].map(({ key }) => fleet.host(key)!.history!)[0]!;
  const [row] = fleet.rows(START_MS);
  for (const metric of HISTORY_METRICS) {
    const value = row![metricOf(metric).field as "cpuPercent"]!;
    const kept = history.values(metric)[0]!;
    assert(Math.abs(kept - value) <= value / 1_000, `${metric}: ${kept}`);
  }
});

Deno.test("Fleet.totals() is a picture that stays as it is", () => {
  const { fleet, sendText } = open();
  sendText("x");
  const before = fleet.totals(START_MS);
  sendText("x");
  assertEquals(droppedOf(before), { format: 1 });
  assertEquals(droppedOf(fleet.totals(START_MS)), { format: 2 });
});

Deno.test("Fleet.totals() meters datagrams of every kind", () => {
  const { fleet, send, sendText } = open();
  assertEquals(fleet.totals(START_MS).datagramsPerSecond, null);
  send({}, 0);
  sendText("x", 500);
  assertEquals(fleet.totals(START_MS + 1_000).datagramsPerSecond, 2);
  assertEquals(fleet.totals(START_MS + 60_000).datagramsPerSecond, 0);
});

Deno.test("Fleet accounts for every datagram, whatever comes", () => {
  const known = fc.tuple(messages, fc.constantFrom("a", "b", "c"), fc.integer({ min: 1, max: 400 }))
    .map(([message, id, seq]) => jsonOf({ ...message, id, session: "s", seq }));
  const datagrams = fc.oneof(
    known,
    messages.map((message) => encodeMessage(message)),
    fc.uint8Array({ maxLength: 40 }),
    fc.json().map((text) => bytesOf(text)),
    fc.constant(new Uint8Array(8_193)),
  );
  const arrivals = fc.array(fc.tuple(datagrams, fc.nat(5), fc.nat(60_000)), { maxLength: 60 });
  fc.assert(
    fc.property(arrivals, fc.integer({ min: 1, max: 4 }), (arrivals, maxHosts) => {
      const { fleet } = open({ maxHosts });
      let nowMs = START_MS;
      let bytes = 0;
      for (const [datagram, ip, pauseMs] of arrivals) {
        const sender = { hostname: `192.0.2.${ip}`, port: 1 };
        fleet.receive(datagram, sender, nowMs += pauseMs);
        bytes += datagram.length;
      }
      const totals = fleet.totals(nowMs);
      const dropped = Object.values(droppedOf(totals)).reduce((a, b) => a + b, 0);
      assertEquals(totals.received, arrivals.length);
      assertEquals(totals.received, totals.accepted + dropped);
      assertEquals(totals.receivedBytes, bytes);
      assertEquals(totals.dropped.has("internal"), false);
      assert(totals.hosts <= maxHosts);
      const rows = fleet.rows(nowMs);
      assertEquals(rows.length, totals.hosts);
      for (const [status, count] of Object.entries(totals.byStatus)) {
        assertEquals(rows.filter((row) => row.status === status).length, count);
      }
      const kept = rows.reduce((sum, { key }) => sum + fleet.host(key)!.datagrams, 0);
      if (totals.forgotten === 0) assertEquals(kept, totals.accepted);
      for (const { key } of rows) {
        const { datagrams, delivery } = fleet.host(key)!;
        if (delivery !== null) assert(delivery.counts.received <= datagrams);
      }
    }),
    { numRuns: 300 },
  );
});

Deno.test("Fleet.receive() keeps with which key a host sealed, and when each was used", () => {
  const decode = (bytes: Uint8Array): Decoded => {
    const keyId = bytes[0] === 0 ? null : bytes[0]!;
    return {
      digest: digestOf({ v: 1, host: "h", id: "a" }),
      body: jsonOf({ v: 1, host: "h" }),
      keyId,
      replay: null,
    };
  };
  const { fleet } = open({ decoder: { decode } });
  const receive = (keyId: number, afterMs: number) => {
    assert(fleet.receive(Uint8Array.of(keyId), SENDER, START_MS + afterMs).accepted);
    return fleet.rows(START_MS)[0]!.sealed;
  };
  assertEquals([receive(1, 0), receive(2, 10), receive(1, 20)], [true, true, true]);
  assertEquals(receive(0, 30), false);
  assertEquals([...fleet.totals(START_MS).keyUses], [[1, START_MS + 20], [2, START_MS + 10]]);
});

Deno.test("Fleet.receive() makes no host of a replay, and counts that of a host it knows", () => {
  let replay: Decoded["replay"] = null;
  const decode = (bytes: Uint8Array): Decoded => {
    const seq = Number(new TextDecoder().decode(bytes));
    const message = { v: 1, host: "h", id: "a", session: "s", seq } as const;
    return { digest: digestOf(message), body: jsonOf(message), keyId: 1, replay };
  };
  const { fleet } = open({ decoder: { decode } });
  const receive = (seq: number) => reasonOf(fleet.receive(bytesOf(`${seq}`), SENDER, START_MS));
  replay = "duplicate";
  assertEquals(receive(1), "duplicate");
  replay = "old";
  assertEquals(receive(1), "old");
  assertEquals(fleet.host("a"), undefined);
  replay = null;
  assertEquals(receive(1), "accepted");
  replay = "duplicate";
  assertEquals(receive(1), "duplicate");
  // A number of its own account would be news: a jump that is doubted, and one that is not lost yet.
  assertEquals([receive(5_000), receive(5_000), receive(2)], Array(3).fill("duplicate"));
  replay = "old";
  assertEquals(receive(2), "old");
  const { received, duplicate, old, lost } = fleet.host("a")!.delivery!.counts;
  assertEquals([received, duplicate, old, lost], [1, 4, 1, 0]);
});

Deno.test("Fleet.receive() admits only so many new hosts at once", () => {
  const { fleet, send } = open({ maxHosts: 3_000 });
  const flood = (count: number, afterMs: number, network: number) =>
    Array.from({ length: count }, (_, n) => {
      const sender = { hostname: `10.0.${network}.1`, port: 40_000 };
      return reasonOf(send({ id: `${network}-${afterMs}-${n}` }, afterMs, sender));
    });
  assert(send({ id: "known", session: "s", seq: 1 }).accepted);
  flood(3_100, 0, 1);
  assertEquals(droppedOf(fleet.totals(START_MS)), { capacity: 101 });
  for (let network = 2; network <= 9; network++) flood(3_000, 0, network);
  assert(droppedOf(fleet.totals(START_MS)).budget! > 0, "the room was given away once over");
  assert(send({ id: "known", session: "s", seq: 2 }, 1).accepted, "who is known is not asked");
  assertEquals(flood(1, 2, 10), ["accepted"], "nor the first of a network for what others had");
});

Deno.test("Fleet.receive() asks no sealed host for the budget of new ones", () => {
  const decode = (bytes: Uint8Array): Decoded => {
    const text = new TextDecoder().decode(bytes);
    return { digest: digestOf(JSON.parse(text)), body: bytes, keyId: 1, replay: null };
  };
  const { fleet, send } = open({ maxHosts: 5_000, decoder: { decode } });
  for (let n = 0; n < 4_000; n++) assert(send({ id: `a-${n}` }).accepted);
  assertEquals(fleet.totals(START_MS).hosts, 4_000);
});

Deno.test("Fleet.receive() pays nothing for a new host that finds no room", () => {
  const { fleet, send } = open({ maxHosts: 1 });
  send({ id: "live", interval: 1_000 });
  for (let n = 0; n < 5_000; n++) assertEquals(reasonOf(send({ id: `new-${n}` })), "capacity");
  assertEquals(droppedOf(fleet.totals(START_MS)), { capacity: 5_000 });
  assert(send({ id: "later" }, 3_600_000).accepted);
});

Deno.test("Fleet.receive() decodes nothing of a source that is not listed", () => {
  const seen: string[] = [];
  const { fleet, send, sendText } = open({
    allow: [readNetwork("192.0.2.0/24"), readNetwork("2001:db8::1")],
    decoder: {
      decode(bytes, { hostname }) {
        seen.push(hostname);
        return { digest: digestOf(decodeMessage(bytes)), body: bytes, keyId: null, replay: null };
      },
    },
  });
  const from = (hostname: string) => reasonOf(send({ id: "a" }, 0, { hostname, port: 1 }));
  const senders = ["192.0.2.7", "198.51.100.7", "2001:db8::1", "2001:db8::2", "::ffff:192.0.2.8"];
  assertEquals(senders.map(from), ["accepted", "source", "accepted", "source", "accepted"]);
  assertEquals(reasonOf(sendText("{", 0, { hostname: "198.51.100.7", port: 1 })), "source");
  assertEquals(seen, ["192.0.2.7", "2001:db8::1", "::ffff:192.0.2.8"]);
  const { received, accepted, dropped } = fleet.totals(START_MS);
  assertEquals([received, accepted, Object.fromEntries(dropped)], [6, 3, { source: 3 }]);
});

Deno.test("Fleet.totals() says what the kernel dropped, where somebody knows", () => {
  assertEquals(open().fleet.totals(START_MS).kernelDropped, null);
  const kernelDropped = (nowMs: number) => nowMs - START_MS;
  assertEquals(open({ kernelDropped }).fleet.totals(START_MS + 7).kernelDropped, 7);
});

Deno.test("Fleet tells that two machines share an id, and where the other one is", () => {
  const { fleet, send } = open();
  for (let seq = 1; seq <= 10; seq++) {
    send({ id: "a", session: "one", seq }, seq * 1_000, { hostname: "192.0.2.1", port: 1 });
    send({ id: "a", session: "two", seq }, seq * 1_000 + 1, { hostname: "192.0.2.2", port: 2 });
  }
  const { address, sharedWith } = fleet.rows(START_MS)[0]!;
  assertEquals([address, sharedWith].toSorted(), ["192.0.2.1:1", "192.0.2.2:2"]);
  assertEquals(fleet.host("a")!.delivery!.counts.received, 20);
});

Deno.test("Fleet.receive() fills the history with a sample that came late", () => {
  const { fleet, send } = open();
  const sample = (seq: number, afterMs: number) =>
    send(
      {
        id: "a",
        session: "s",
        seq,
        interval: 1_000,
        time: 7_000 + seq * 1_000,
        cpu: { mean: seq },
      },
      afterMs,
    );
  for (const [seq, afterMs] of [[1, 1_000], [3, 3_000], [2, 3_050]] as const) sample(seq, afterMs);
  const { history } = fleet.host("a")!;
  const message = hostMessage(fleet.host("a")!);
  assertEquals(history!.values("cpu"), [1, 2, 3]);
  assertEquals(history!.times(), [1_000, 2_000, 3_000].map((afterMs) => START_MS + afterMs));
  assertEquals((message as Message).seq, 3);
});

Deno.test("Fleet sorts a host that said good-bye by what its row says, and makes up no past", () => {
  const { fleet, send } = open();
  const memory = (used: number) => ({ total: 100, used });
  send({ id: "a", session: "s", seq: 1, memory: memory(50) });
  send({ id: "b", session: "s", seq: 1, memory: memory(10) });
  send({ id: "a", session: "s", seq: 2, cpu: { mean: 3 }, bye: true }, 5_000);
  const query = { text: "", statuses: null, sort: "memory", descending: true } as const;
  const order = fleet.hostsAt(fleet.order(query, START_MS).slice(0, 2));
  assertEquals(order.map(({ key }) => key), ["a", "b"]);
  assertEquals(fleet.host("a")!.history!.values("memory"), [50, null]);
});

Deno.test("Fleet tells of a shared id only while somebody is heard under it", () => {
  const { fleet, send } = open();
  for (let seq = 1; seq <= 10; seq++) {
    send({ id: "a", session: "one", seq }, seq * 1_000, { hostname: "192.0.2.1", port: 1 });
    send({ id: "a", session: "two", seq }, seq * 1_000 + 1, { hostname: "192.0.2.2", port: 2 });
  }
  assert(fleet.rows(START_MS + 10_000)[0]!.sharedWith !== null);
  assertEquals(fleet.rows(START_MS + 3_600_000)[0]!.sharedWith, null);
});

Deno.test("Fleet tells that very many machines share an id, and where another one is", () => {
  const { fleet, send } = open();
  for (let seq = 1; seq <= 10; seq++) {
    for (let clone = 1; clone <= 20; clone++) {
      const sender = { hostname: `192.0.2.${clone}`, port: clone };
      send({ id: "a", session: `clone-${clone}`, seq }, seq * 5_000 + clone, sender);
    }
  }
  const { address, sharedWith } = fleet.rows(START_MS + 50_000)[0]!;
  assertEquals([address, sharedWith], ["192.0.2.20:20", "192.0.2.19:19"]);
});

Deno.test("Fleet makes up no loss for two agents with one id that both began before it", () => {
  for (const [first, second] of [[500, 5], [5, 500], [2, 3], [16, 9]] as const) {
    const { fleet, send } = open();
    for (let n = 0; n < 20; n++) {
      const atMs = n * 1_000;
      send({ id: "a", session: "one", seq: first + n, interval: 1_000 }, atMs);
      send({ id: "a", session: "two", seq: second + n, interval: 1_000 }, atMs + 400);
      assertEquals(fleet.totals(START_MS + atMs).lost, 0, `${first} and ${second}, round ${n}`);
    }
  }
});

Deno.test("Fleet.restart() leaves nothing of before, at an earlier time too", () => {
  const play = (world: ReturnType<typeof open>) => {
    for (const [id, seq] of [["a", 1], ["b", 1], ["a", 3], ["a", 3]] as const) {
      world.send({ id, session: "s", seq, cpu: { mean: seq } }, 1_000 * seq);
    }
    world.sendText("no JSON", 4_000);
    return [world.fleet.totals(START_MS + 9_000), world.fleet.rows(START_MS + 9_000)];
  };
  const [once, twice] = [open({ maxHosts: 2 }), open({ maxHosts: 2 })];
  play(twice);
  const { version } = twice.fleet;
  twice.fleet.restart(START_MS);
  assertEquals(twice.fleet.size, 0);
  assertEquals(twice.fleet.host("a"), undefined);
  assert(twice.fleet.version > version);
  assertEquals(twice.fleet.removedSince(version), null);
  assertEquals(play(twice), play(once));
});

Deno.test("Fleet knows all bytes of a host, whichever of its samples are lost", () => {
  const counted = fc.record({ rx: fc.nat(1e9), tx: fc.nat(1e9), isLost: fc.boolean() });
  fc.assert(fc.property(fc.array(counted, { minLength: 1, maxLength: 20 }), (samples) => {
    const { fleet, send } = open();
    let [rxBytes, txBytes] = [0, 0];
    samples.forEach(({ rx, tx, isLost }, at) => {
      [rxBytes, txBytes] = [rxBytes + rx, txBytes + tx];
      const eth0 = { name: "eth0", rxBytes, txBytes };
      const interfaces = [eth0, { name: "eth1", rxBytes: 7, txBytes: 11 }];
      // The last one tells, whatever came before it.
      if (isLost && at < samples.length - 1) return;
      send({ id: "a", session: "s", seq: at + 1, network: { interfaces } }, 1_000 * at);
    });
    const [row] = fleet.rows(START_MS + 1_000 * samples.length);
    assertEquals([row!.receivedBytes, row!.sentBytes], [rxBytes + 7, txBytes + 11]);
  }));
});
