import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { networkMetrics, type NetworkReading, parseNetwork } from "../../lib/sampler/network.ts";

const HEADER = `Inter-|   Receive                    |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
`;
const reading = (rxBytes: number, txBytes: number): NetworkReading =>
  new Map([["eth0", { rxBytes, txBytes, rxLost: 3, txLost: 7 }]]);

Deno.test("parseNetwork() adds up dropped and errored packets, each way", () => {
  assertEquals(
    parseNetwork(`${HEADER}  eth0: 1000 10 1 2 4 8 16 32 2000 20 64 128 256 512 1024 2048\n`),
    new Map([["eth0", { rxBytes: 1_000, txBytes: 2_000, rxLost: 3, txLost: 192 }]]),
  );
});

Deno.test("parseNetwork() takes names with colons and no space behind", () => {
  const zeros = " 0".repeat(15);
  const text = `${HEADER}    lo:5${zeros}\neth0:123456${zeros}\neth9:1:77${zeros}\n`;
  assertEquals(
    [...parseNetwork(text)].map(([name, { rxBytes }]) => [name, rxBytes]),
    [["eth0", 123_456], ["eth9:1", 77]],
  );
});

Deno.test("parseNetwork() is content with a loopback alone", () => {
  assertEquals(parseNetwork(`${HEADER}    lo: ${"0 ".repeat(16)}\n`).size, 0);
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
        interfaces: [{ name: "eth0", rx, tx, rxLost: 3, txLost: 7 }],
      });
    });
  }
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
