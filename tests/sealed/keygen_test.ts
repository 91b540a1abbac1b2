import { assertEquals, assertNotEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { keygen, KEYGEN_USAGE } from "../../lib/sealed/keygen.ts";
import { parseKeyring, ringOfAgent } from "../../lib/sealed/keyring.ts";
import { idOf, keyOf, ringOf } from "./sealing.ts";

const noRing = () => {
  throw new Error("no file is to be read");
};

Deno.test("keygen() makes a key of the fleet", async () => {
  const { path, text } = await keygen(["fleet.key"], noRing, keyOf(1).secret);
  assertEquals(path, "fleet.key");
  assertEquals(parseKeyring(text), ringOf(keyOf(1)));
});

Deno.test("keygen() makes another key each time", async () => {
  const [one, other] = [await keygen(["a"], noRing), await keygen(["a"], noRing)];
  assertNotEquals(one.text, other.text);
});

Deno.test("keygen() numbers the key, and prints it for -", async () => {
  const { path, text } = await keygen(["--key-id", "9", "-"], noRing, keyOf(9).secret);
  assertEquals(path, null);
  assertEquals(parseKeyring(text), ringOf(keyOf(9)));
});

Deno.test("keygen() makes an agent's keys from the fleet's", async () => {
  const ring = ringOf(keyOf(1), keyOf(2));
  const { text } = await keygen(["--agent", idOf(1), "--key-file", "fleet", "own"], (path) => {
    assertEquals(path, "fleet");
    return Promise.resolve(ring);
  });
  assertEquals(parseKeyring(text), ringOfAgent(ring, idOf(1)));
  assertStringIncludes(text, idOf(1));
});

Deno.test("keygen() explains itself", async () => {
  assertEquals(await keygen(["--help"], noRing), { path: null, text: KEYGEN_USAGE });
});

Deno.test("keygen() refuses what makes no sense", async (t) => {
  const cases: [readonly string[], string][] = [
    [[], "name the new file last"],
    [["--key-id", "1", "--agent"], "name the new file last"],
    [["--key-id", "256", "f"], "Cannot use --key-id"],
    [["--agent", "web-01", "--key-file", "k", "f"], "Cannot use --agent"],
    [["--agent", idOf(1), "f"], "it needs both --agent and --key-file"],
    [["--key-file", "k", "f"], "it needs both --agent and --key-file"],
    [["--agent", idOf(1), "--key-file", "k", "--key-id", "2", "f"], "Cannot use --key-id"],
    [["one", "two"], "only options are expected"],
    [["--agentt", idOf(1), "f"], "did you mean --agent?"],
  ];
  for (const [argv, message] of cases) {
    await t.step(argv.join(" ") || "nothing", async () => {
      await assertRejects(() => keygen(argv, () => Promise.resolve(ringOf())), RangeError, message);
    });
  }
  await t.step("a file without a key of a fleet", async () => {
    const ring = ringOf(keyOf(1, { agent: idOf(2) }));
    const argv = ["--agent", idOf(1), "--key-file", "k", "f"];
    await assertRejects(
      () => keygen(argv, () => Promise.resolve(ring)),
      RangeError,
      "holds no key of a fleet",
    );
  });
});
