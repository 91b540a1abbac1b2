import { assert, assertEquals } from "@std/assert";
import { quickHash, strongHash } from "../../lib/common/hash.ts";
import { bytesOf } from "../messages.ts";

const HASHES: Readonly<Record<string, (text: string) => number>> = {
  strongHash,
  quickHash: (text) => quickHash(bytesOf(text), 0, bytesOf(text).length),
};
const COUNT = 20_000;
const BUCKETS = 1_024;

Deno.test("hashes tell texts apart that differ in anything, and in few bits of their numbers", async (t) => {
  const texts: Record<string, (n: number) => string> = {
    "names": (n) => `host-${n}.example.org`,
    "whole numbers far apart": (n) => String(n * 1_048_576),
    "blanks": (n) => "a" + " ".repeat(n % 100) + "b".repeat(n / 100),
    "beyond ASCII": (n) => String.fromCodePoint(0x4e00 + n),
  };
  for (const [name, hash] of Object.entries(HASHES)) {
    for (const [kind, textOf] of Object.entries(texts)) {
      await t.step(`${name}() of ${kind}`, () => {
        const loads = new Uint32Array(BUCKETS);
        for (let n = 0; n < COUNT; n++) loads[hash(textOf(n)) & (BUCKETS - 1)]!++;
        // 19.5 each: one with more than 60 comes once in 10^10 runs.
        assert(Math.max(...loads) < 60, `${Math.max(...loads)} in one bucket`);
      });
    }
  }
});

Deno.test("hashes are the same of the same text, wherever it lies", () => {
  assertEquals(strongHash("ab"), strongHash(["a", "b"].join("")));
  assert(strongHash("ab") !== strongHash("ab\0") && strongHash("") !== strongHash("\0"));
  assertEquals(quickHash(bytesOf("xaby"), 1, 3), quickHash(bytesOf("ab"), 0, 2));
});

const HASH_URL = new URL("../../lib/common/hash.ts", import.meta.url);

Deno.test({
  name:
    "hashes are others in each process, so that nobody can choose what collides (needs --allow-read)",
  ignore: Deno.permissions.querySync({ name: "read", path: HASH_URL }).state !== "granted",
  async fn() {
    const other = await import(`${HASH_URL}?again`) as typeof import("../../lib/common/hash.ts");
    assert(other.strongHash("host-1") !== strongHash("host-1"));
    assert(other.quickHash(bytesOf("host-1"), 0, 6) !== quickHash(bytesOf("host-1"), 0, 6));
  },
});
