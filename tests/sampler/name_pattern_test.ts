import { assertEquals, assertThrows } from "@std/assert";
import { matchLast, readPatterns } from "../../lib/sampler/name_pattern.ts";

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
