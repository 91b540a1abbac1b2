import { assertEquals, assertThrows } from "@std/assert";
import {
  addressFromHere,
  clientNetwork,
  formatAddress,
  isLoopback,
  isWithin,
  readNetwork,
  sourceNetwork,
} from "../../lib/common/address.ts";

/** Tests a function against a table of arguments and results. */
function table<A, R>(name: string, fn: (argument: A) => R, cases: readonly (readonly [A, R])[]) {
  Deno.test(name, async (t) => {
    for (const [argument, expected] of cases) {
      await t.step(`${JSON.stringify(argument)} is ${expected}`, () => {
        assertEquals(fn(argument), expected);
      });
    }
  });
}

table("formatAddress() puts IPv6 in brackets", formatAddress, [
  [{ hostname: "192.0.2.7", port: 5005 }, "192.0.2.7:5005"],
  [{ hostname: "::1", port: 5005 }, "[::1]:5005"],
]);

Deno.test("isLoopback() and addressFromHere() tell what this machine reaches", async (t) => {
  const cases: [hostname: string, isLoopback: boolean, fromHere: string][] = [
    ["127.0.0.1", true, "127.0.0.1"],
    ["127.8.0.1", true, "127.8.0.1"],
    ["::1", true, "::1"],
    ["Localhost", true, "Localhost"],
    ["0.0.0.0", false, "127.0.0.1"],
    ["::", false, "127.0.0.1"],
    ["192.0.2.7", false, "192.0.2.7"],
    ["::12", false, "::12"],
    ["localhost.example", false, "localhost.example"],
  ];
  for (const [hostname, expected, fromHere] of cases) {
    await t.step(hostname, () => {
      assertEquals(isLoopback(hostname), expected);
      assertEquals(addressFromHere({ hostname, port: 7 }), { hostname: fromHere, port: 7 });
    });
  }
});

Deno.test("isWithin() compares the bits that count", async (t) => {
  const cases: [network: string, address: string, within: boolean][] = [
    ["192.0.2.0/24", "192.0.2.255", true],
    ["192.0.2.0/24", "192.0.3.0", false],
    ["192.0.2.77/24", "192.0.2.1", true],
    ["192.0.2.7", "192.0.2.7", true],
    ["192.0.2.7", "192.0.2.6", false],
    ["10.0.0.0/9", "10.127.255.255", true],
    ["10.0.0.0/9", "10.128.0.0", false],
    ["192.0.2.6/31", "192.0.2.7", true],
    ["192.0.2.6/31", "192.0.2.8", false],
    ["255.0.0.0/8", "255.255.255.255", true],
    ["0.0.0.0/0", "203.0.113.9", true],
    ["0.0.0.0/0", "2001:db8::1", false],
    ["::/0", "2001:db8::1", true],
    ["::/0", "192.0.2.7", false],
    ["2001:db8::/32", "2001:db8:ffff::1", true],
    ["2001:db8::/32", "2001:db9::1", false],
    ["2001:DB8:0:8000::/49", "2001:db8:0:ffff::", true],
    ["2001:db8:0:8000::/49", "2001:db8:0:7fff::", false],
    ["::1", "::1", true],
    ["::1", "::", false],
    ["fe80::/10", "fe80::1%eth0", true],
    ["1:2:3:4:5:6:7:8/128", "1:2:3:4:5:6:7:8", true],
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0", true],
    ["192.0.2.0/24", "::ffff:192.0.2.9", true],
    ["192.0.2.0/24", "::ffff:c000:209", true],
    ["::ffff:192.0.2.0/120", "192.0.2.9", true],
    ["::ffff:192.0.2.0/120", "192.0.3.9", false],
    ["::ffff:192.0.2.9", "192.0.2.9", true],
    ["::ffff:0:0/96", "203.0.113.9", true],
    ["192.0.2.0/24", "::192.0.2.9", false],
    ["0.0.0.0/0", "localhost", false],
    ["::/0", "", false],
  ];
  for (const [network, address, within] of cases) {
    await t.step(`${address} is ${within ? "" : "not "}in ${network}`, () => {
      assertEquals(isWithin([readNetwork(network)], address), within);
    });
  }
});

Deno.test("isWithin() looks through all networks", () => {
  const networks = ["192.0.2.0/24", "2001:db8::/32", "198.51.100.1"].map(readNetwork);
  const addresses = ["192.0.2.1", "2001:db8::1", "198.51.100.1", "198.51.100.2", "::1"];
  assertEquals(addresses.filter((address) => isWithin(networks, address)), addresses.slice(0, 3));
  assertEquals(isWithin([], "192.0.2.1"), false);
});

Deno.test("readNetwork() refuses what is none", async (t) => {
  const cases: [text: string, state: string][] = [
    ...[
      ...["", "localhost", "192.0.2", "192.0.2.256", "192.0.2.1.1", "192.0.02.1", "192.0.2.0/"],
      ...["192.0.2.0/x", "192.0.2.0/-1", "192.0.2.0/24/24", " 192.0.2.0", "192.0.2.0:5005"],
      ...[":", ":::", ":1", "1:", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "g::"],
      ...["12345::", "1:2:3:4:5:6:7::8", "192.0.2.1::", "::1.2.3", "fe80::1%eth0", "[::1]"],
    ].map((text): [string, string] => [text, "it must be a network or an address, such as"]),
    ["192.0.2.0/33", "the length after its / must be from 0 to 32"],
    ["2001:db8::/129", "the length after its / must be from 0 to 128"],
    ["::ffff:192.0.2.0/24", "the length after its / must be from 96 to 128"],
  ];
  for (const [text, state] of cases) {
    await t.step(JSON.stringify(text), () => {
      assertThrows(() => readNetwork(text), RangeError, state);
    });
  }
});

Deno.test("sourceNetwork() is the same for all of an IPv4 /24 or an IPv6 /64", () => {
  const same = [
    ["192.0.2.0", "192.0.2.255", "::ffff:192.0.2.7"],
    ["192.0.3.0"],
    ["2001:db8:0:1::", "2001:db8::1:ffff:ffff:ffff:ffff", "2001:db8:0:1::7%eth0"],
    ["2001:db8:0:2::"],
  ].map((addresses) => new Set(addresses.map(sourceNetwork)));
  assertEquals(same.map(({ size }) => size), [1, 1, 1, 1]);
  assertEquals(new Set(same.flatMap((names) => [...names])).size, 4);
});

Deno.test("sourceNetwork() is none for this machine, and for what is no address", () => {
  const addresses = ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "", "localhost"];
  assertEquals(addresses.map(sourceNetwork), addresses.map(() => null));
});

Deno.test("clientNetwork() is the same for an IPv4 address in either form, or an IPv6 /64", () => {
  const same = [
    ["192.0.2.7", "::ffff:192.0.2.7"],
    ["192.0.2.8"],
    ["2001:db8:0:1::", "2001:db8::1:ffff:ffff:ffff:ffff", "2001:db8:0:1::7%eth0"],
    ["2001:db8:0:2::"],
    ["127.0.0.1"],
    ["", "localhost"],
  ].map((addresses) => new Set(addresses.map(clientNetwork)));
  assertEquals(same.map(({ size }) => size), same.map(() => 1));
  assertEquals(new Set(same.flatMap((names) => [...names])).size, same.length);
});
