import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { formatAddress } from "../../lib/common/address.ts";
import { formatDuration } from "../../lib/common/format.js";
import {
  readAddress,
  readAddressOrOff,
  readBasePath,
  readChoice,
  readCount,
  readDestination,
  readDuration,
  readGroups,
  readHostName,
  readIdentifier,
  readKeep,
  readName,
  readSize,
} from "../../lib/common/option_values.ts";

/** Tests a function against texts that it reads, and texts that it refuses with a RangeError. */
function table<T>(
  name: string,
  read: (text: string) => T,
  good: readonly (readonly [string, T])[],
  bad: readonly string[],
  advice: string,
) {
  Deno.test(name, async (t) => {
    for (const [text, expected] of good) {
      await t.step(`reads ${JSON.stringify(text)}`, () => assertEquals(read(text), expected));
    }
    for (const text of bad) {
      await t.step(`refuses ${JSON.stringify(text)}`, () => {
        assertThrows(() => read(text), RangeError, advice);
      });
    }
  });
}

const at = (hostname: string, port: number) => ({ hostname, port });

table(
  "readAddress() reads HOST:PORT",
  (text) => readAddress(text),
  [
    ["192.0.2.7:6000", at("192.0.2.7", 6000)],
    ["192.0.2.7", at("192.0.2.7", 5005)],
    ["monitor.example:1", at("monitor.example", 1)],
    ["localhost:0", at("localhost", 0)],
    ["0.0.0.0:65535", at("0.0.0.0", 65_535)],
    ["[::1]:6000", at("::1", 6000)],
    ["[::]", at("::", 5005)],
    ["[fe80::1%eth0.7]:1", at("fe80::1%eth0.7", 1)],
    ["[::ffff:192.0.2.7]:1", at("::ffff:192.0.2.7", 1)],
  ],
  [
    ...["", ":5005", "host:", "host:x", "host:-1", "host:123456", "::1", "::1:5005", "[::1"],
    ...[
      "[::1]5005",
      "[]:1",
      "[host]:1",
      "http://host:1",
      "host/x",
      "a b",
      "a,b",
      "a:1,b:2",
      "a:1\n",
    ],
  ],
  "it must be HOST:PORT, such as 192.0.2.7:5005 or [::1]:5005",
);

Deno.test("readAddress() takes no port alone for a host", () => {
  for (const text of ["8080", "8080:5005"]) {
    assertThrows(() => readAddress(text), RangeError, "it must be HOST:PORT; for a port of this");
  }
});

Deno.test("readAddress() names a port that is too high", () => {
  assertThrows(() => readAddress("host:65536"), RangeError, "a port is at most 65535");
});

Deno.test("readAddress() reads what formatAddress() writes", () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()), fc.nat(65_535), (hostname, port) => {
      assertEquals(readAddress(formatAddress({ hostname, port })), { hostname, port });
    }),
    { numRuns: 300 },
  );
});

table(
  "readDestination() is an address to send to",
  readDestination,
  [["host", at("host", 5005)], ["localhost:7", at("127.0.0.1", 7)]],
  ["host:0"],
  "nothing can be sent to port 0",
);

table<ReturnType<typeof readAddressOrOff>>(
  "readAddressOrOff() reads an address or off",
  (text) => readAddressOrOff(text, 8080),
  [["off", "off"], ["127.0.0.1", at("127.0.0.1", 8080)], ["[::1]:1", at("::1", 1)]],
  ["off:"],
  "it must be HOST:PORT",
);

table(
  "readHostName() reads a name without a port",
  readHostName,
  [["localhost", "localhost"], ["a_b-1.example.org", "a_b-1.example.org"]],
  ["", "a:1", "a..b", ".a", "a/b", "[::1]", "x".repeat(254)],
  "it must be a name",
);

table(
  "readDuration() reads a number with its unit",
  (text) => readDuration(text, 100, 3_600_000),
  [
    ["100ms", 100],
    ["0.1s", 100],
    ["5s", 5_000],
    ["1.5m", 90_000],
    ["1h", 3_600_000],
    ["60m", 3_600_000],
    ["100.4ms", 100],
  ],
  ["", "5", "s", "5 s", "-5s", "+5s", "5S", "1e3ms", ".5s", "5.s", "5sec", "Infinitys", "1h30m"],
  "it must be a number and ms, s, m or h, such as 5s",
);

table(
  "readDuration() names its bounds",
  (text) => readDuration(text, 100, 3_600_000),
  [],
  ["99ms", "0s", "3600001ms", "2h", `${"9".repeat(400)}h`],
  "it must be from 100ms to 1h",
);

Deno.test("readDuration() reads what formatDuration() writes", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e9 }), (durationMs) => {
      assertEquals(readDuration(formatDuration(durationMs), 0, 1e9), durationMs);
    }),
    { numRuns: 300 },
  );
});

table(
  "readCount() reads a whole number",
  (text) => readCount(text, 1, 10_000),
  [["1", 1], ["007", 7], ["10000", 10_000]],
  ["", "0", "10001", "-1", "1.5", "1e3", "0x10", " 1", "one", "9".repeat(400)],
  "it must be a whole number from 1 to 10000",
);

table(
  "readChoice() reads one of several words",
  (text) => readChoice(text, ["table", "lines"]),
  [["table", "table"], ["lines", "lines"]],
  ["", "Table", "tab", "toString"],
  "it must be one of table, lines",
);

table(
  "readGroups() reads groups into their usual order",
  readGroups,
  [
    ["cpu", ["cpu"]],
    ["network,cpu", ["cpu", "network"]],
    ["disk, memory ,disk", ["memory", "disk"]],
    ["cpu,memory,disk,network", ["cpu", "memory", "disk", "network"]],
  ],
  ["", "gpu", "cpu,", "cpu;disk", "CPU"],
  "it must be one of cpu, memory, disk, network, system",
);

table(
  "readName() takes what a message may carry",
  readName,
  [["web-01", "web-01"], ["Büro 2", "Büro 2"], ["x".repeat(253), "x".repeat(253)]],
  ["x".repeat(254), "a\nb", "\u202egpj", "\u001b[2J", "\ud800"],
  "it must",
);

table(
  "readIdentifier() takes what a message may carry",
  readIdentifier,
  [["a", "a"], ["A-z_0", "A-z_0"], ["x".repeat(64), "x".repeat(64)]],
  ["", "x".repeat(65), "a b", "a/b", "a.b", "é", "a\n"],
  "it must be 1 to 64 of A-Z, a-z, 0-9, - and _",
);

table(
  "readBasePath() reads a path between slashes",
  readBasePath,
  [
    ["/", "/"],
    ["/pulso/", "/pulso/"],
    ["/pulso", "/pulso/"],
    ["pulso", "/pulso/"],
    ["/it/monitor-2.0/", "/it/monitor-2.0/"],
  ],
  ["", "//", "//evil.example/", "/a//b/", "/../", "/a/..", "/a b/", "/a%2fb/", "/a?b/", '/"/'],
  "it must be a path such as /pulso/",
);

table(
  "readBasePath() keeps the server's own paths apart",
  readBasePath,
  [["/my/api/", "/my/api/"], ["/apis/", "/apis/"]],
  ["/api/", "hosts", "/assets/x/", "/metrics", "/healthz/"],
  "the server has a path of its own that begins with /",
);

const DAY_MS = 86_400_000;

table(
  "readKeep() reads how long minutes and hours are kept",
  readKeep,
  [
    ["1m=30d,1h=2y", { minute: 30 * DAY_MS, hour: 730 * DAY_MS }],
    ["1m=24h,1h=1d", { minute: DAY_MS, hour: DAY_MS }],
    ["1m=1w,1h=100y", { minute: 7 * DAY_MS, hour: 36_500 * DAY_MS }],
  ],
  [
    "",
    "30d",
    "1m=30d",
    "1h=2y,1m=30d",
    "1m=2y,1h=30d",
    "1m=23h,1h=2y",
    "1m=0d,1h=0d",
    "1m=1d,1h=101y",
  ],
  "it must be such as 1m=30d,1h=2y",
);

table(
  "readSize() reads a number with its unit",
  (text: string) => readSize(text, 2 ** 20),
  [["1M", 2 ** 20], ["20G", 20 * 2 ** 30], ["1.5GiB", 1.5 * 2 ** 30], ["2TB", 2 ** 41]],
  ["", "20", "G", "1KB", "1g", "-1G", "1e3M"],
  "it must be ",
);
