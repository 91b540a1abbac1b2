import { assertEquals, assertThrows } from "@std/assert";
import { formatExplanations, matchLast, readPatterns } from "../../lib/sampler/decision.ts";

/** The names that the first of the patterns fits. */
const fitting = (text: string, ...names: string[]) =>
  names.filter((name) => matchLast(readPatterns(text), name) !== undefined);

Deno.test("readPatterns() reads patterns of names", async (t) => {
  const cases: [string, string[], string[]][] = [
    ["eth0", ["eth0"], ["eth00", "aeth0", "Eth0"]],
    ["eth*", ["eth", "eth0", "eth0.10"], ["veth0"]],
    ["*", ["", "eth0", "e\nth", "☃"], []],
    ["eth?", ["eth0", "eth☃", "eth😀"], ["eth", "eth10"]],
    ["sd[a-c]", ["sda", "sdc"], ["sdd", "sd-", "sdaa"]],
    ["sd[!a-c]", ["sdd"], ["sda", "sd"]],
    ["sd[^a-c]", ["sdd"], ["sda"]],
    ["x[]a]", ["x]", "xa"], ["x"]],
    ["x[a-]", ["xa", "x-"], ["xb"]],
    ["x[\\]^]", ["x]", "x^"], ["x\\"]],
    ["dm-0", ["dm-0"], ["dmx0"]],
    ["a.b+(c){1}$^|d", ["a.b+(c){1}$^|d"], ["axb"]],
    ["\\*\\?\\[\\!", ["*?[!"], ["a"]],
    ["eth:1", ["eth:1"], []],
    ["cciss/c0*", ["cciss/c0d0"], []],
  ];
  for (const [text, fits, others] of cases) {
    await t.step(text, () => assertEquals(fitting(text, ...fits, ...others), fits));
  }
});

Deno.test("readPatterns() tells what is included from what is not", () => {
  assertEquals(
    readPatterns("eth*, !eth1").map(({ text, excludes }) => [text, excludes]),
    [["eth*", false], ["!eth1", true]],
  );
});

Deno.test("readPatterns() refuses what is no pattern", async (t) => {
  const cases: [string, string][] = [
    ["", "must not be empty"],
    ["!", "must not be empty"],
    ["eth0,", "must not be empty"],
    ["eth[0", "the pattern eth[0 ends within brackets"],
    ["eth[]", "ends within brackets"],
    ["eth\\", "after a backslash"],
    ["eth[9-0]", "has a range that is none"],
  ];
  for (const [text, message] of cases) {
    await t.step(text, () => void assertThrows(() => readPatterns(text), RangeError, message));
  }
});

Deno.test("formatExplanations() says of each thing whether it counts and why", () => {
  const text = formatExplanations([
    {
      title: "Interfaces",
      decisions: [
        { name: "lo", counts: false, reason: "loopback" },
        { name: "eth0.10", counts: true, reason: "hardware" },
      ],
    },
    { title: "Disks", decisions: [] },
  ]);
  assertEquals(
    text,
    `Interfaces
  -       lo       loopback
  counts  eth0.10  hardware

Disks
  none`,
  );
});

Deno.test("formatExplanations() makes foreign names harmless", () => {
  const decisions = [{ name: "e\x1b[2J", counts: true, reason: "on top of \x07" }];
  assertEquals(
    formatExplanations([{ title: "Interfaces", decisions }]),
    "Interfaces\n  counts  e\\x1b[2J  on top of \\x07",
  );
});
