import { UNSAFE_CHARACTERS, VISIBLE_CHARACTER } from "../../lib/common/text.js";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertInstanceOf,
  assertThrows,
} from "@std/assert";
import { decodeMessage } from "../../lib/message/decode.ts";
import { encodeMessage } from "../../lib/message/encode.ts";
import {
  type CpuMetrics,
  DatagramError,
  type DecodeReason,
  MAX_DATAGRAM_BYTES,
  type Message,
  type Metric,
} from "../../lib/message/message.ts";
import { messageSchema } from "../message_schema.ts";
import { bytesOf, jsonOf, legacyMessages, messages, sampleOf } from "../messages.ts";
import fc from "fast-check";

/** Decodes a datagram, or says why not. */
function outcomeOf(bytes: Uint8Array): unknown {
  try {
    return decodeMessage(bytes);
  } catch (error) {
    assertInstanceOf(error, DatagramError);
    return error.reason;
  }
}

/** A message with other fields, as a datagram. */
function withFields(fields: Record<string, unknown>): Uint8Array {
  return jsonOf({ v: 1, host: "h", ...fields });
}

/** A message with fields as JSON text, which `JSON.stringify` would not write so. */
function withText(fields: string): Uint8Array {
  return bytesOf(`{"v":1,"host":"h",${fields}}`);
}

const nest = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

Deno.test("decodeMessage() gives back what encodeMessage() was given", () => {
  fc.assert(
    fc.property(messages, (message) => {
      assertEquals(outcomeOf(encodeMessage(message)), message);
    }),
    { numRuns: 500 },
  );
});

Deno.test("encodeMessage() rounds percent to tenths, packed cores to halves, amounts to units", () => {
  const exact: fc.Arbitrary<Metric> = fc.double({ min: 0, max: 100, noNaN: true });
  fc.assert(
    fc.property(exact, fc.array(exact, { minLength: 1, maxLength: 64 }), (mean, cores) => {
      const cpu: CpuMetrics = { mean, cores, iowait: null, steal: 0.04 };
      const network = { interfaces: [{ name: "a", rx: mean, tx: null, rxLost: 0, txLost: 0 }] };
      const decoded = decodeMessage(encodeMessage({ v: 1, host: "h", cpu, network })) as Message;
      assertAlmostEquals(decoded.cpu!.mean!, mean!, 0.0501);
      assertEquals(decoded.cpu!.cores.length, cores.length);
      const tolerance = cores.length > 32 ? 0.2501 : 0.0501;
      decoded.cpu!.cores.forEach((core, n) => assertAlmostEquals(core!, cores[n]!, tolerance));
      assertEquals([decoded.cpu!.iowait, decoded.cpu!.steal], [null, 0]);
      assertEquals(decoded.network!.interfaces[0]!.rx, Math.round(mean!));
    }),
    { numRuns: 300 },
  );
});

Deno.test("encodeMessage() packs more than 32 cores", async (t) => {
  const encodeCores = (cores: readonly Metric[]) =>
    JSON.parse(new TextDecoder().decode(encodeMessage({
      v: 1,
      host: "h",
      cpu: { mean: null, cores, iowait: null, steal: null },
    }))).cpu.cores;
  const of = (count: number) => Array.from({ length: count }, () => 50);
  await t.step("32 as numbers", () => assertEquals(encodeCores(of(32)), of(32)));
  await t.step("33 as a text", () => assertEquals(encodeCores(of(33)), "ZGRk".repeat(11)));
  await t.step("the unknown as 255", () => {
    assertEquals(
      encodeCores([null, 100, 0.5, ...of(31)]),
      "_8gBZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZA",
    );
  });
});

Deno.test("encodeMessage() makes an alphabet-safe text of any packed cores", () => {
  const cores = Array.from({ length: 201 }, (_, step) => step / 2);
  const cpu = { mean: 1, cores, iowait: null, steal: null };
  assertEquals(outcomeOf(encodeMessage({ v: 1, host: "h", cpu })), { v: 1, host: "h", cpu });
});

Deno.test("encodeMessage() keeps a believable host short", async (t) => {
  const cases = [
    [{ cores: 4, volumes: 1, interfaces: 1 }, 650],
    [{ cores: 64, volumes: 4, interfaces: 4 }, 1_200],
    [{ cores: 256, volumes: 4, interfaces: 4 }, 1_452],
  ] as const;
  for (const [devices, limit] of cases) {
    const { length } = encodeMessage(sampleOf(devices));
    await t.step(`${Object.values(devices).join("/")} in at most ${limit} bytes`, () => {
      assert(length <= limit, `${length} bytes`);
    });
  }
});

Deno.test("decodeMessage() fills in what a sender leaves out of a group", () => {
  assertEquals(outcomeOf(withFields({ cpu: {}, memory: {}, disk: {}, network: {} })), {
    v: 1,
    host: "h",
    cpu: { mean: null, cores: [], iowait: null, steal: null },
    memory: {
      total: null,
      used: null,
      free: null,
      available: null,
      swapTotal: null,
      swapUsed: null,
    },
    disk: { read: null, write: null, volumes: [] },
    network: { interfaces: [] },
  });
});

Deno.test("decodeMessage() accepts", async (t) => {
  const base = { v: 1, host: "h" };
  const cpu = (cores: unknown) => ({ mean: null, cores, iowait: null, steal: null });
  const cases: [string, Uint8Array, unknown][] = [
    ["the least message", withFields({}), base],
    ["a failed group", withFields({ cpu: null }), { ...base, cpu: null }],
    ["unknown keys, which it does not keep", withFields({ x: 1, cpu: { x: 1 } }), {
      ...base,
      cpu: cpu([]),
    }],
    ["the last of a key given twice", withText('"seq":1,"seq":2'), { ...base, seq: 2 }],
    ["white space inside", bytesOf('{ "v" : 1,\n"host":"h" }\n'), base],
    ["an escaped letter", bytesOf('{"v":1,"host":"\\u0068"}'), base],
    ["1.0 for the version", bytesOf('{"v":1.0,"host":"h"}'), base],
    ["packed cores", withFields({ cpu: { cores: "AMj_" } }), { ...base, cpu: cpu([0, 100, null]) }],
    ["no packed cores", withFields({ cpu: { cores: "" } }), { ...base, cpu: cpu([]) }],
    ["null for cores", withFields({ cpu: { cores: null } }), { ...base, cpu: cpu([]) }],
    ["a part of an unknown whole", withFields({ cpu: null, memory: { used: 5 } }), {
      ...base,
      cpu: null,
      memory: {
        total: null,
        used: 5,
        free: null,
        available: null,
        swapTotal: null,
        swapUsed: null,
      },
    }],
    ["the longest interval", withFields({ interval: 3_600_000 }), { ...base, interval: 3_600_000 }],
    ["the shortest interval", withFields({ interval: 100 }), { ...base, interval: 100 }],
    ["the highest sequence", withFields({ seq: 4_294_967_295 }), { ...base, seq: 4_294_967_295 }],
    ["a name in another script", withFields({ host: "héé-名前" }), { ...base, host: "héé-名前" }],
    ["the longest name", withFields({ host: "h".repeat(253) }), { v: 1, host: "h".repeat(253) }],
    ["words of JavaScript as names", withFields({ host: "__proto__", id: "constructor" }), {
      v: 1,
      host: "__proto__",
      id: "constructor",
    }],
  ];
  for (const [name, bytes, expected] of cases) {
    await t.step(name, () => assertEquals(outcomeOf(bytes), expected));
  }
  await t.step("1,024 packed cores", () => {
    const cores = "A".repeat(1_366);
    const message = decodeMessage(withFields({ cpu: { cores } })) as Message;
    assertEquals(message.cpu!.cores.length, 1_024);
  });
  await t.step("−0 as 0", () => {
    const message = decodeMessage(withText('"time":-0,"cpu":{"mean":-0}')) as Message;
    assert(Object.is(message.time, 0) && Object.is(message.cpu!.mean, 0));
  });
  await t.step("exactly 8,192 bytes", () => {
    const text = '{"v":1,"host":"h","x":""}';
    const padding = "x".repeat(MAX_DATAGRAM_BYTES - text.length);
    assertEquals(outcomeOf(bytesOf(text.replace('""', `"${padding}"`))), base);
  });
});

Deno.test("decodeMessage() keeps a JSON object without v whole", async (t) => {
  const cases: [string, string][] = [
    ["of the course", '{"cpu":12.5,"hostname":"old","disk":[1,2]}'],
    ["empty", "{}"],
    ["with V", '{"V":1}'],
    ["with v further in", '{"a":{"v":1}}'],
  ];
  for (const [name, text] of cases) {
    await t.step(name, () => {
      assertEquals(outcomeOf(bytesOf(text)), { v: 0, body: JSON.parse(text) });
    });
  }
  await t.step("of any content", () => {
    fc.assert(
      fc.property(legacyMessages, (message) => {
        assertEquals(outcomeOf(jsonOf(message.body)), message);
      }),
      { numRuns: 200 },
    );
  });
});

Deno.test("decodeMessage() refuses what is no message", async (t) => {
  const cases: [string, Uint8Array, DecodeReason][] = [
    ["no bytes", new Uint8Array(), "empty"],
    ["8,193 bytes", bytesOf("{".repeat(8_193)), "oversize"],
    ["65,507 bytes", new Uint8Array(65_507), "oversize"],
    ["an array", bytesOf("[]"), "format"],
    ["null", bytesOf("null"), "format"],
    ["a string", bytesOf('"x"'), "format"],
    ["a space before", bytesOf(' {"v":1,"host":"h"}'), "format"],
    ["a byte order mark", bytesOf('\ufeff{"v":1,"host":"h"}'), "format"],
    ["a byte order mark of UTF-16", new Uint8Array([0xff, 0xfe, 0x7b, 0]), "format"],
    ["UTF-16", new Uint8Array([0x7b, 0, 0x7d, 0]), "json"],
    ["a lone brace", bytesOf("{"), "json"],
    ["two objects", bytesOf('{"v":1,"host":"h"}{}'), "json"],
    ["a comma too many", bytesOf('{"v":1,"host":"h",}'), "json"],
    ["NaN", withText('"cpu":{"mean":NaN}'), "json"],
    ["Infinity", withText('"cpu":{"mean":Infinity}'), "json"],
    ["a hexadecimal number", withText('"seq":0x10'), "json"],
    ["a control character as it is", bytesOf('{"v":1,"host":"\u001b[2J"}'), "json"],
    ["a zero byte", bytesOf('{"v":1,"host":"h"}\0'), "json"],
    ["nesting that never ends", bytesOf("{".repeat(8_192)), "json"],
    ["v as a text", bytesOf('{"v":"1","host":"h"}'), "version"],
    ["v 2", bytesOf('{"v":2,"host":"h"}'), "version"],
    ["v 0", bytesOf('{"v":0,"body":{}}'), "version"],
    ["v null", bytesOf('{"v":null,"host":"h"}'), "version"],
    ["v true", bytesOf('{"v":true,"host":"h"}'), "version"],
    ["v as an array", bytesOf('{"v":[1],"host":"h"}'), "version"],
    ["v as a thing that cannot be shown", bytesOf('{"v":{"toString":1,"valueOf":1}}'), "version"],
  ];
  const utf8: [string, number[]][] = [
    ["a lone continuation", [0x80]],
    ["a sequence cut off", [0xe2, 0x82]],
    ["an overlong slash", [0xc0, 0xaf]],
    ["an overlong slash of three", [0xe0, 0x80, 0xaf]],
    ["half a surrogate pair", [0xed, 0xa0, 0x80]],
    ["beyond Unicode", [0xf4, 0x90, 0x80, 0x80]],
    ["a byte that UTF-8 never has", [0xff]],
  ];
  for (const [name, bytes] of utf8) {
    cases.push([name, Uint8Array.from([...bytesOf('{"v":1,"host":"'), ...bytes]), "utf8"]);
  }
  for (const [name, bytes, reason] of cases) {
    await t.step(`${name}: ${reason}`, () => assertEquals(outcomeOf(bytes), reason));
  }
});

const VOLUME = { mount: "/", total: 9, used: 5, free: 4 };
const INTERFACE = { name: "eth0", rx: 0, tx: 0, rxLost: 0, txLost: 0 };

Deno.test("decodeMessage() refuses a field that is out of bounds", async (t) => {
  const cases: [string, Uint8Array][] = [
    ["no host", bytesOf('{"v":1}')],
    ["host null", withFields({ host: null })],
    ["host a number", withFields({ host: 1 })],
    ["host an object", withFields({ host: { toString: 1 } })],
    ["host empty", withFields({ host: "" })],
    ["host too long", withFields({ host: "h".repeat(254) })],
    ["id empty", withFields({ id: "" })],
    ["id null", withFields({ id: null })],
    ["id too long", withFields({ id: "a".repeat(65) })],
    ["id with a slash", withFields({ id: "../x" })],
    ["id with a line feed at its end", withFields({ id: "a\n" })],
    ["session with a space", withFields({ session: "a b" })],
    ["session a number", withFields({ session: 1 })],
    ["seq 0", withFields({ seq: 0 })],
    ["seq negative", withFields({ seq: -1 })],
    ["seq too high", withFields({ seq: 4_294_967_296 })],
    ["seq with a fraction", withFields({ seq: 1.5 })],
    ["seq a text", withFields({ seq: "1" })],
    ["seq true", withFields({ seq: true })],
    ["seq null", withFields({ seq: null })],
    ["time negative", withFields({ time: -1 })],
    ["time too far", withFields({ time: 8.64e15 + 1 })],
    ["interval 99 ms", withFields({ interval: 99 })],
    ["interval over an hour", withFields({ interval: 3_600_001 })],
    ["interval with a fraction", withFields({ interval: 100.5 })],
    ["bye false", withFields({ bye: false })],
    ["bye 1", withFields({ bye: 1 })],
    ["cpu an array", withFields({ cpu: [] })],
    ["cpu a text", withFields({ cpu: "{}" })],
    ["cpu a number", withFields({ cpu: 12.5 })],
    ["mean negative", withFields({ cpu: { mean: -0.1 } })],
    ["mean over 100", withFields({ cpu: { mean: 100.1 } })],
    ["mean a text", withFields({ cpu: { mean: "5" } })],
    ["mean 1e999", withText('"cpu":{"mean":1e999}')],
    ["mean of 8,000 digits", withText(`"cpu":{"mean":${"9".repeat(8_000)}}`)],
    ["mean nested deep", withText(`"cpu":{"mean":${nest(4_000)}}`)],
    ["cores an object", withFields({ cpu: { cores: {} } })],
    ["cores nested", withFields({ cpu: { cores: [[1]] } })],
    ["a core over 100", withFields({ cpu: { cores: [101] } })],
    ["1,025 cores", withFields({ cpu: { cores: Array(1_025).fill(0) } })],
    ["1,025 packed cores", withFields({ cpu: { cores: "A".repeat(1_367) } })],
    ["packed cores in base64", withFields({ cpu: { cores: "//8=" } })],
    ["packed cores padded", withFields({ cpu: { cores: "AA==" } })],
    ["packed cores with white space", withFields({ cpu: { cores: "AA AA" } })],
    ["packed cores with a line feed at the end", withFields({ cpu: { cores: "AAAA\n" } })],
    ["packed cores with a digit over", withFields({ cpu: { cores: "AAAAA" } })],
    ["a packed core of 201", withFields({ cpu: { cores: "yQ" } })],
    ["a packed core of 254", withFields({ cpu: { cores: "_g" } })],
    ["memory an array", withFields({ memory: [1] })],
    ["used more than total", withFields({ memory: { total: 1, used: 2 } })],
    ["available more than total", withFields({ memory: { total: 1, available: 2 } })],
    ["free more than total", withFields({ memory: { total: 1, free: 2 } })],
    ["swap used of none", withFields({ memory: { swapTotal: 0, swapUsed: 1 } })],
    ["total negative", withFields({ memory: { total: -1 } })],
    ["total of 2^53", withFields({ memory: { total: 2 ** 53 } })],
    ["total true", withFields({ memory: { total: true } })],
    ["disk false", withFields({ disk: false })],
    ["read a text", withFields({ disk: { read: "0" } })],
    ["volumes an object", withFields({ disk: { volumes: { 0: VOLUME } } })],
    ["volumes of null", withFields({ disk: { volumes: [null] } })],
    ["65 volumes", withFields({ disk: { volumes: Array(65).fill(VOLUME) } })],
    ["a volume without a mount", withFields({ disk: { volumes: [{ total: 1 }] } })],
    ["a mount too long", withFields({ disk: { volumes: [{ mount: "/".repeat(256) }] } })],
    ["a volume fuller than full", withFields({ disk: { volumes: [{ ...VOLUME, used: 10 }] } })],
    ["omitted negative", withFields({ disk: { omitted: -1 } })],
    ["omitted null", withFields({ disk: { omitted: null } })],
    ["network a text", withFields({ network: "eth0" })],
    ["interfaces a text", withFields({ network: { interfaces: "eth0" } })],
    ["65 interfaces", withFields({ network: { interfaces: Array(65).fill(INTERFACE) } })],
    ["an interface without a name", withFields({ network: { interfaces: [{ rx: 1 }] } })],
    ["a name too long", withFields({ network: { interfaces: [{ name: "e".repeat(65) }] } })],
    ["rx negative", withFields({ network: { interfaces: [{ ...INTERFACE, rx: -1 }] } })],
    ["sum an array", withFields({ network: { sum: [] } })],
    ["sum null", withFields({ network: { sum: null } })],
    ["omitted a fraction", withFields({ network: { omitted: 0.5 } })],
  ];
  for (const [name, bytes] of cases) {
    await t.step(name, () => assertEquals(outcomeOf(bytes), "schema"));
  }
});

Deno.test("decodeMessage() refuses text that could forge a screen", async (t) => {
  const cases: [string, string][] = [
    ["an escape sequence", "\u001b[2J"],
    ["a carriage return", "web\rroot"],
    ["a line feed", "web\n"],
    ["a backspace", "web\b"],
    ["delete", "web\u007f"],
    ["a control sequence in one character", "\u009b2J"],
    ["right to left", "\u202egpj"],
    ["a directional isolate", "\u2066x"],
    ["zero width", "we\u200bb"],
    ["a byte order mark", "web\ufeff"],
    ["a soft hyphen", "we\u00adb"],
    ["a line separator", "web\u2028"],
    ["a tag", "web\u{e0041}"],
    ["half a surrogate pair", "web\ud800"],
  ];
  for (const [name, text] of cases) {
    await t.step(name, () => {
      assertEquals(outcomeOf(withFields({ host: text })), "schema");
      const volumes = [{ mount: `/${text}` }];
      assertEquals(outcomeOf(withFields({ disk: { volumes } })), "schema");
      const interfaces = [{ name: text }];
      assertEquals(outcomeOf(withFields({ network: { interfaces } })), "schema");
    });
  }
});

Deno.test("decodeMessage() leaves no trace of __proto__ and constructor", () => {
  const trap = '{"polluted":true}';
  for (const key of ["__proto__", "constructor", "prototype", "toString"]) {
    const message = decodeMessage(withText(`"${key}":${trap},"cpu":{"${key}":${trap}}`)) as Message;
    assertEquals(Object.keys(message), ["v", "host", "cpu"]);
    assertEquals(Object.keys(message.cpu!), ["mean", "cores", "iowait", "steal"]);
    assert(Object.getPrototypeOf(message) === Object.prototype);
    decodeMessage(bytesOf(`{"${key}":${trap}}`));
  }
  assert(!("polluted" in {}));
});

Deno.test("decodeMessage() never quotes a datagram in its error", () => {
  for (const bytes of [withFields({ host: "sekret\n" }), bytesOf('{"v":"sekret"}')]) {
    const error = assertThrows(() => decodeMessage(bytes), DatagramError);
    assert(!error.message.includes("sekret"), error.message);
  }
});

Deno.test("decodeMessage() refuses every message that is cut off", () => {
  const whole = encodeMessage({ ...sampleOf({ cores: 4, volumes: 1, interfaces: 1 }), host: "né" });
  for (let length = 0; length < whole.length; length++) {
    const outcome = outcomeOf(whole.subarray(0, length));
    assert(outcome === "json" || outcome === "utf8" || outcome === "empty", `${length}`);
  }
});

Deno.test("decodeMessage() throws a DatagramError and nothing else", async (t) => {
  await t.step("for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, opened) => {
        outcomeOf(opened ? Uint8Array.from([0x7b, ...bytes]) : bytes);
      }),
      { numRuns: 1_000 },
    );
  });
  await t.step("for a message with any bytes changed", () => {
    const whole = encodeMessage(sampleOf({ cores: 40, volumes: 2, interfaces: 2 }));
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = whole.slice();
        for (const [at, byte] of changes) bytes[at] = byte;
        outcomeOf(bytes);
      }),
      { numRuns: 1_000 },
    );
  });
});

/** Values that are likely to be on the wrong side of some bound. */
const odd = fc.oneof(
  fc.constantFrom<unknown>(
    ...[null, true, false, -1, -0, 0, 0.5, 1, 99, 100, 100.1, 101, 200, 255, 3_600_001, 2 ** 32],
    ...[2 ** 53 - 1, 2 ** 53, 8.64e15, 1e300, "", "1", "AA", "AAA", "yQ", "_w", "a b", "a\u0000"],
    ...["\u202e", "h".repeat(65), "h".repeat(254), "h".repeat(256), {}, [], [null], [1], [[]]],
  ),
  fc.jsonValue({ maxDepth: 2 }),
);

/** A copy of a message as plain JSON, with one value in it replaced, or removed. */
function mutate(message: Message, pick: number, value: unknown, removes: boolean): unknown {
  const copy = JSON.parse(new TextDecoder().decode(encodeMessage(message)));
  const places: [Record<string, unknown>, string][] = [];
  const visit = (node: Record<string, unknown>) => {
    for (const key of Object.keys(node)) {
      places.push([node, key]);
      const child = node[key];
      if (typeof child === "object" && child !== null) visit(child as typeof node);
    }
  };
  visit(copy);
  const [node, key] = places[pick % places.length]!;
  if (removes && !Array.isArray(node)) delete node[key];
  else node[key] = value;
  return copy;
}

function assertSameOpinion(value: unknown): void {
  const bytes = jsonOf(value);
  if (bytes.length > MAX_DATAGRAM_BYTES) return;
  // What was sent, not what was meant: JSON has no −0 and no lone surrogates.
  const sent = JSON.parse(new TextDecoder().decode(bytes));
  const outcome = outcomeOf(bytes);
  if (!Object.hasOwn(sent, "v") || sent.v !== 1) {
    assert(outcome === "version" || (outcome as Message).v as number === 0);
    return;
  }
  const opinion = messageSchema.safeParse(sent);
  assertEquals(outcome, opinion.success ? opinion.data : "schema", JSON.stringify(sent));
}

Deno.test("decodeMessage() and a zod schema agree", async (t) => {
  await t.step("on messages", () => {
    fc.assert(fc.property(messages, (message) => assertSameOpinion(message)), { numRuns: 200 });
  });
  await t.step("on messages with one value changed", () => {
    fc.assert(
      fc.property(messages, fc.nat(), odd, fc.boolean(), (message, pick, value, removes) => {
        assertSameOpinion(mutate(message, pick, value, removes));
      }),
      { numRuns: 1_000 },
    );
  });
  await t.step("on any fields", () => {
    const fields = fc.dictionary(
      fc.constantFrom(...["id", "host", "session", "seq", "time", "interval", "cpu", "bye"]),
      odd,
    );
    fc.assert(
      fc.property(fields, (fields) => assertSameOpinion({ v: 1, host: "h", ...fields })),
      { numRuns: 1_000 },
    );
  });
  await t.step("on every character", () => {
    for (let code = 0; code <= 0x10ffff; code++) {
      // Planes of letters that no rule names would only take time.
      if (code === 0x20000) code = 0xe0000;
      const host = String.fromCodePoint(code);
      const isUnsafe = host.search(UNSAFE_CHARACTERS) >= 0 || !VISIBLE_CHARACTER.test(host);
      const isRefused = !messageSchema.shape.host.safeParse(host).success;
      assertEquals(isUnsafe, isRefused, `U+${code.toString(16)}`);
    }
  });
});
