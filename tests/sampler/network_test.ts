import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  networkMetrics,
  type NetworkReading,
  parseNetwork,
  parseProtocols,
  protocolMetrics,
  type ProtocolsReading,
} from "../../lib/sampler/network.ts";
import { readCounter } from "../../lib/sampler/sample.ts";

const HEADER = `Inter-|   Receive                    |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
`;
const reading = (rxBytes: number, txBytes: number): NetworkReading =>
  new Map([["eth0", {
    rxBytes: readCounter(rxBytes),
    txBytes: readCounter(txBytes),
    rxLost: 3,
    txLost: 7,
  }]]);

Deno.test("parseNetwork() adds up dropped and errored packets, each way", () => {
  assertEquals(
    parseNetwork(`${HEADER}  eth0: 1000 10 1 2 4 8 16 32 2000 20 64 128 256 512 1024 2048\n`),
    new Map([["eth0", {
      rxBytes: readCounter(1_000),
      txBytes: readCounter(2_000),
      rxLost: 3,
      txLost: 192,
    }]]),
  );
});

Deno.test("parseNetwork() takes names with colons and no space behind", () => {
  const zeros = " 0".repeat(15);
  const text = `${HEADER}    lo:5${zeros}\neth0:123456${zeros}\neth9:1:77${zeros}\n`;
  assertEquals(
    [...parseNetwork(text)].map(([name, { rxBytes }]) => [name, rxBytes.value]),
    [["lo", 5], ["eth0", 123_456], ["eth9:1", 77]],
  );
});

Deno.test("parseNetwork() is content with a loopback alone", () => {
  assertEquals([...parseNetwork(`${HEADER}    lo: ${"0 ".repeat(16)}\n`).keys()], ["lo"]);
});

Deno.test("parseNetwork() throws where nothing is listed", async (t) => {
  for (const text of ["", HEADER, "eth0: 1 2 3\n"]) {
    await t.step(JSON.stringify(text), () => {
      assertThrows(() => parseNetwork(text), SyntaxError, "Cannot parse traffic");
    });
  }
});

Deno.test("networkMetrics() gives rates for what was there before", async (t) => {
  const cases: [string, NetworkReading | null, NetworkReading, number | null, number | null][] = [
    ["traffic", reading(0, 0), reading(5_000, 10_000), 1_000, 2_000],
    ["no reading before", null, reading(5_000, 10_000), null, null],
    ["plugged in", new Map(), reading(5_000, 10_000), null, null],
    ["set to 0", reading(9_000, 0), reading(5_000, 10_000), null, 2_000],
  ];
  for (const [name, before, after, rx, tx] of cases) {
    await t.step(name, () => {
      assertEquals(networkMetrics(before, after, 5_000), {
        interfaces: [
          {
            ...{ name: "eth0", rx, tx, rxLost: 3, txLost: 7 },
            ...{ rxBytes: 5_000, txBytes: 10_000 },
          },
        ],
      });
    });
  }
});

Deno.test("networkMetrics() believes a link no more than it can carry", async (t) => {
  const gigabit = new Map([["eth0", 1_000]]);
  const cases: [string, ReadonlyMap<string, number>, number, number | null][] = [
    ["800 Gbit/s where no speed is known", new Map(), 100e9, 100e9],
    ["a counter that was 0 for one reading", new Map(), 199e9, null],
    ["a gigabit link at its speed", gigabit, 125e6, 125e6],
    ["a gigabit link beyond it", gigabit, 300e6, null],
    ["another link's speed", new Map([["eth1", 1]]), 300e6, 300e6],
  ];
  for (const [name, speeds, bytes, rx] of cases) {
    await t.step(name, () => {
      const { interfaces } = networkMetrics(reading(0, 0), reading(bytes, 0), 1_000, speeds);
      assertEquals([interfaces[0]!.rx, interfaces[0]!.tx], [rx, 0]);
    });
  }
});

Deno.test("parseNetwork() remembers what a counter said before it went back", () => {
  const text = (bytes: number) => `eth0: ${bytes} 0 0 0 0 0 0 0 7 0 0 0 0 0 0 0\n`;
  const readings = [parseNetwork(text(1_000))];
  for (const bytes of [0, 1_010, 1_030]) readings.push(parseNetwork(text(bytes), readings.at(-1)));
  const rates = readings.slice(1).map((after, index) =>
    networkMetrics(readings[index]!, after, 1_000).interfaces[0]!.rx
  );
  assertEquals(rates, [null, null, 20]);
});

Deno.test("networkMetrics() makes a foreign name harmless", () => {
  const [counters] = reading(0, 0).values();
  const { interfaces } = networkMetrics(null, new Map([["e\x1b[2J", counters!]]), 1_000);
  assertEquals(interfaces.map(({ name }) => name), ["e\\x1b[2J"]);
});

Deno.test("networkMetrics() are never negative, whatever two readings hold", () => {
  const counters = fc.tuple(fc.maxSafeNat(), fc.maxSafeNat());
  fc.assert(
    fc.property(counters, counters, fc.nat(10_000), (before, after, elapsedMs) => {
      const { interfaces } = networkMetrics(reading(...before), reading(...after), elapsedMs);
      for (const { rx, tx } of interfaces) {
        assert((rx === null || rx >= 0) && (tx === null || tx >= 0));
      }
    }),
    { numRuns: 200 },
  );
});

Deno.test("networkMetrics() tells state and speed of a link where they are told", async (t) => {
  const cases: [string | undefined, number | undefined, object][] = [
    ["up", 1_000, { up: 1, speed: 1_000 }],
    ["unknown", undefined, { up: 1 }],
    ["down", undefined, { up: 0 }],
    ["lowerlayerdown", undefined, { up: 0 }],
    ["dormant", undefined, { up: 0 }],
    [undefined, undefined, {}],
  ];
  for (const [state, speed, expected] of cases) {
    await t.step(state ?? "nothing", () => {
      const of = <T>(value: T | undefined) =>
        new Map(value === undefined ? [] : [["eth0", value] as const]);
      const { interfaces } = networkMetrics(null, reading(1, 2), 0, of(speed), of(state));
      const { up, speed: told } = interfaces[0]!;
      assertEquals(
        { ...(up !== undefined && { up }), ...(told !== undefined && { speed: told }) },
        expected,
      );
    });
  }
});

const SNMP = `Ip: Forwarding DefaultTTL
Ip: 1 64
IcmpMsg: InType3 OutType3
IcmpMsg: 55328 55389
Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab InSegs OutSegs RetransSegs InErrs OutRsts InCsumErrors
Tcp: 1 200 120000 -1 431386 403693 9163 140033 17 7006173 6672582 449991 36434 157533 0
Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors IgnoredMulti MemErrors
Udp: 23853279 255329 14993879 38902907 14993 0 0 3 0
UdpLite: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors
UdpLite: 0 0 0 0 9
`;
const NETSTAT = `TcpExt: SyncookiesSent TW ListenOverflows ListenDrops
TcpExt: 48304 371070 492 500
IpExt: InNoRoutes InTruncatedPkts
IpExt: 0 0
MPTcpExt: MPCapableSYNRX ListenOverflows
MPTcpExt: 0 7
`;
const SNMP6 = "Ip6InReceives                   \t64\nUdp6RcvbufErrors                \t7\n";

Deno.test("parseProtocols() finds numbers by their names", async (t) => {
  const all: ProtocolsReading = {
    ...{ connections: 17, sentSegments: 6_672_582, resentSegments: 449_991 },
    ...{ listenOverflows: 492, udpErrors: 15_000 },
  };
  const old = SNMP.replace(/^(Udp: .*) RcvbufErrors.*\n(Udp: .*) 14993 .*$/m, "$1\n$2");
  const cases: [string, Parameters<typeof parseProtocols>, ProtocolsReading][] = [
    ["all files", [SNMP, NETSTAT, SNMP6], all],
    ["no IPv6", [SNMP, NETSTAT], { ...all, udpErrors: 14_993 }],
    ["no netstat", [SNMP, "", SNMP6], { ...all, listenOverflows: null }],
    ["a kernel that does not count them", [old, NETSTAT], { ...all, udpErrors: null }],
    ["netstat without it", [SNMP, "TcpExt: TW\nTcpExt: 1\n", SNMP6], {
      ...all,
      listenOverflows: null,
    }],
    ["a netstat that was cut", [SNMP, NETSTAT.slice(0, 60), SNMP6], {
      ...all,
      listenOverflows: null,
    }],
  ];
  for (const [name, texts, expected] of cases) {
    await t.step(name, () => assertEquals(parseProtocols(...texts), expected));
  }
  for (const text of ["", "Tcp: RtoMin\nTcp: 200\n", "Tcp: CurrEstab"]) {
    await t.step(`throws for ${JSON.stringify(text)}`, () => {
      assertThrows(() => parseProtocols(text), SyntaxError, "Cannot parse connections");
    });
  }
});

Deno.test("protocolMetrics() tells the share that was sent again", async (t) => {
  const of = (sentSegments: number | null, resentSegments: number | null): ProtocolsReading => ({
    ...{
      connections: 3,
      sentSegments,
      resentSegments,
      listenOverflows: 5,
      udpErrors: 7,
    },
  });
  const cases: [string, ProtocolsReading | null, ProtocolsReading, number | null][] = [
    ["a quarter", of(100, 10), of(130, 20), 25],
    ["none", of(100, 10), of(130, 10), 0],
    ["nothing but that", of(100, 10), of(100, 12), 100],
    ["nothing was sent", of(100, 10), of(100, 10), null],
    ["no reading before", null, of(100, 10), null],
    ["counters that went back", of(100, 10), of(5, 1), null],
    ["not told", of(null, null), of(null, null), null],
  ];
  for (const [name, before, after, retransmitted] of cases) {
    await t.step(name, () => {
      assertEquals(protocolMetrics(before, after), {
        ...{ tcp: 3, retrans: retransmitted, overflows: 5, udpErrors: 7 },
      });
    });
  }
});
