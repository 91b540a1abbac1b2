import { assertEquals, assertThrows } from "@std/assert";
import { deriveAgentKey } from "../../lib/sealed/cipher.ts";
import {
  agentSecret,
  formatKey,
  isValid,
  type Key,
  parseKeyring,
  ringOfAgent,
  sealingKey,
} from "../../lib/sealed/keyring.ts";
import { idOf, keyOf, NOW_MS, ringOf } from "./sealing.ts";

const SECRET = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
const DAY_MS = 86_400_000;

Deno.test("parseKeyring() reads keys in the order of their lines", () => {
  const text = `# two keys

pulso-key-1 7 fleet ${SECRET}
\tpulso-key-1  0  ${idOf(1)}  ${SECRET}  2026-11-01  2027-01-31T23:59:59Z \r
`;
  const secret = Uint8Array.from({ length: 32 }, (_, n) => n);
  assertEquals([...parseKeyring(text).values()], [
    { keyId: 7, agent: null, secret, notBeforeMs: -Infinity, notAfterMs: Infinity },
    {
      keyId: 0,
      agent: idOf(1),
      secret,
      notBeforeMs: Date.UTC(2026, 10, 1),
      notAfterMs: Date.UTC(2027, 0, 31, 23, 59, 59),
    },
  ]);
});

Deno.test("parseKeyring() refuses what is no key file, and quotes nothing of it", async (t) => {
  const short = SECRET.slice(0, -1);
  const cases: [string, string, string][] = [
    ["nothing", "", "it holds no key"],
    ["comments alone", "# a\n\n", "it holds no key"],
    ["another version", `pulso-key-2 1 fleet ${SECRET}`, "line 1 does not begin with pulso-key-1"],
    ["something else", `\n-----BEGIN KEY-----`, "line 2 does not begin with pulso-key-1"],
    ["no key id", `pulso-key-1 fleet ${SECRET}`, "line 1 has no key id of 0 to 255"],
    ["a high key id", `pulso-key-1 256 fleet ${SECRET}`, "line 1 has no key id of 0 to 255"],
    ["no scope", `pulso-key-1 1 ${SECRET}`, "line 1 names neither fleet nor an agent's id"],
    ["a hand-made id", `pulso-key-1 1 web-01 ${SECRET}`, "neither fleet nor an agent's id"],
    ["no secret", `pulso-key-1 1 fleet`, "line 1 has no key of 32 bytes"],
    ["31 bytes", `pulso-key-1 1 fleet ${SECRET.slice(0, 42)}`, "no key of 32 bytes"],
    ["33 bytes", `pulso-key-1 1 fleet ${SECRET}A`, "no key of 32 bytes"],
    ["padding", `pulso-key-1 1 fleet ${SECRET}=`, "no key of 32 bytes"],
    ["bits to spare", `pulso-key-1 1 fleet ${short}9`, "no key of 32 bytes"],
    ["no time", `pulso-key-1 1 fleet ${SECRET} soon`, "line 1 has no period"],
    ["no such day", `pulso-key-1 1 fleet ${SECRET} 2027-02-30T25:00:00Z`, "line 1 has no period"],
    ...["2026-02-30", "2026-02-29", "2026-04-31", "2026-13-01", "2026-02-30T12:00:00Z"].flatMap(
      (day): [string, string, string][] => [
        [`from ${day}`, `pulso-key-1 1 fleet ${SECRET} ${day}`, "line 1 has no period"],
        [`until ${day}`, `pulso-key-1 1 fleet ${SECRET} - ${day}`, "line 1 has no period"],
      ],
    ),
    ["an empty period", `pulso-key-1 1 fleet ${SECRET} 2027-01-02 2027-01-02`, "has no period"],
    ["more words", `pulso-key-1 1 fleet ${SECRET} - - x`, "line 1 has more than six words"],
    [
      "a key id twice",
      `pulso-key-1 1 fleet ${SECRET}\npulso-key-1 01 fleet ${SECRET}`,
      "line 2 repeats the key id 1",
    ],
  ];
  for (const [name, text, message] of cases) {
    await t.step(name, () => {
      const error = assertThrows(() => parseKeyring(text), RangeError, message);
      assertEquals(error.message.includes(SECRET.slice(0, 20)), false);
    });
  }
});

Deno.test("formatKey() writes what parseKeyring() reads", () => {
  const keys = [
    keyOf(0),
    keyOf(255, { agent: idOf(1) }),
    keyOf(3, { notBeforeMs: Date.UTC(2026, 10, 1), notAfterMs: Date.UTC(2027, 0, 1, 12) }),
  ];
  const text = keys.map(formatKey).join("\n");
  assertEquals([...parseKeyring(text).values()], keys);
});

Deno.test("isValid() holds from the first moment to before the last", async (t) => {
  const key = keyOf(1, { notBeforeMs: NOW_MS, notAfterMs: NOW_MS + DAY_MS });
  const cases: [string, number, boolean][] = [
    ["before", NOW_MS - 1, false],
    ["at the beginning", NOW_MS, true],
    ["at the end", NOW_MS + DAY_MS, false],
  ];
  for (const [name, nowMs, expected] of cases) {
    await t.step(name, () => assertEquals(isValid(key, nowMs), expected));
  }
  assertEquals(isValid(keyOf(1), NOW_MS), true);
});

Deno.test("sealingKey() is the last one that an agent can use now", async (t) => {
  const past = { notAfterMs: NOW_MS };
  const future = { notBeforeMs: NOW_MS + 1 };
  const cases: [string, readonly Key[], number | null][] = [
    ["the last of two", [keyOf(1), keyOf(2)], 2],
    ["whatever their ids", [keyOf(2), keyOf(1)], 1],
    ["not one to come", [keyOf(1), keyOf(2, future)], 1],
    ["not one of the past", [keyOf(1), keyOf(2, past)], 1],
    ["its own", [keyOf(1), keyOf(2, { agent: idOf(1) })], 2],
    ["not another agent's", [keyOf(1), keyOf(2, { agent: idOf(2) })], 1],
    ["none", [keyOf(1, past), keyOf(2, { agent: idOf(2) })], null],
  ];
  for (const [name, keys, expected] of cases) {
    await t.step(name, () => {
      assertEquals(sealingKey(ringOf(...keys), idOf(1), NOW_MS)?.keyId ?? null, expected);
    });
  }
});

Deno.test("agentSecret() is derived from the fleet's key, or the agent's own", () => {
  const { secret } = keyOf(1);
  assertEquals(agentSecret(keyOf(1), idOf(1)), deriveAgentKey(secret, 1, idOf(1)));
  assertEquals(agentSecret(keyOf(1, { agent: idOf(1) }), idOf(1)), secret);
  assertEquals(agentSecret(keyOf(1, { agent: idOf(1) }), idOf(2)), null);
});

Deno.test("ringOfAgent() holds the agent's keys of all the fleet's, and no other", () => {
  const period = { notBeforeMs: NOW_MS, notAfterMs: NOW_MS + DAY_MS };
  const ring = ringOf(keyOf(1), keyOf(2, period), keyOf(3, { agent: idOf(2) }));
  const own = ringOfAgent(ring, idOf(1));
  assertEquals([...own.keys()], [1, 2]);
  assertEquals(own.get(2), {
    ...keyOf(2, period),
    agent: idOf(1),
    secret: deriveAgentKey(keyOf(2).secret, 2, idOf(1)),
  });
  assertThrows(() => ringOfAgent(ring, "web-01"), RangeError);
});
