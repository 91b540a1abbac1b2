import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { formatAddress } from "../../lib/common/address.ts";
import { formatDuration } from "../../lib/common/format.js";
import {
  readAddress,
  readAddressOrOff,
  readChoice,
  readCount,
  readDuration,
  readKeep,
  readSize,
} from "../../lib/common/options.ts";
import { table } from "../readers.ts";

const at = (hostname: string, port: number) => ({ hostname, port });

table(
  "readAddress() reads HOST:PORT",
  (text) => readAddress(text, 5005),
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
    assertThrows(
      () => readAddress(text, 5005),
      RangeError,
      "it must be HOST:PORT; for a port of this",
    );
  }
});

Deno.test("readAddress() takes no part of an IPv4 address for a host", () => {
  for (const text of ["192.0.2", "192.0.2.7.1", "256.0.0.1", "192.0.2.", "192.0..7:5005", "1.2"]) {
    assertThrows(() => readAddress(text, 5005), RangeError, "an IPv4 address has four numbers");
  }
  assertEquals(readAddress("255.249.199.0", 1), at("255.249.199.0", 1));
});

Deno.test("readAddress() names a port that is too high", () => {
  assertThrows(() => readAddress("host:65536", 5005), RangeError, "a port is at most 65535");
});

Deno.test("readAddress() reads what formatAddress() writes", () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()), fc.nat(65_535), (hostname, port) => {
      assertEquals(readAddress(formatAddress({ hostname, port }), 1), { hostname, port });
    }),
    { numRuns: 300 },
  );
});

table<ReturnType<typeof readAddressOrOff>>(
  "readAddressOrOff() reads an address or off",
  (text) => readAddressOrOff(text, 8080),
  [["off", "off"], ["127.0.0.1", at("127.0.0.1", 8080)], ["[::1]:1", at("::1", 1)]],
  ["off:"],
  "it must be HOST:PORT",
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
  "it must be a number and ms, s, m or h, from 100ms to 1h",
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
