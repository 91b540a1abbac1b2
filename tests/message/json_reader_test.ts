import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { JsonReader, listOf, objectOf } from "../../lib/message/json_reader.ts";
import { randomOf } from "../mutation.ts";

const REFUSAL = new RangeError("Cannot read: it is not JSON");
const INNER = objectOf(() => ({ x: undefined, y: undefined }));
const WANTED = objectOf(
  () => ({ a: undefined, inner: undefined, list: undefined, "é\n": undefined }),
  { inner: INNER, list: listOf(INNER, 3) },
);

/** What a text says, or `undefined` for what is not JSON. */
function read(text: string): unknown {
  try {
    return new JsonReader(REFUSAL).read(text, WANTED);
  } catch (error) {
    assertEquals(error, REFUSAL);
    return undefined;
  }
}

/** The same by JSON.parse, of which only that is left which is wanted. */
function parsed(text: string): unknown {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return [];
  const { a, inner, list, "é\n": last } = value;
  const items = Array.isArray(list) ? list.slice(0, 4).map(innerOf) : scalarOf(list);
  return { a: scalarOf(a), inner: innerOf(inner), list: items, "é\n": scalarOf(last) };
}

function scalarOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Array.isArray(value) ? [] : {};
}

function innerOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return scalarOf(value);
  const { x, y } = value as Record<string, unknown>;
  return { x: scalarOf(x), y: scalarOf(y) };
}

Deno.test("JsonReader.read() reads what is wanted as JSON.parse does, and refuses what it refuses", async (t) => {
  const cases = [
    ...["{}", " {\t} ", '{"a":1}', '{"a":1,"a":2}', '{"b":{"a":3},"a":[]}', '{"\\u0061":5}'],
    ...['{"a":1,}', "{,}", '{"a"}', '{"a":}', "{a:1}", "{'a':1}", '{"a":1}x', '{"a":1}{}', "", " "],
    ...['{"inner":{"x":1,"z":[{"x":2}]}}', '{"inner":[]}', '{"inner":null}', '{"inner":"x"}'],
    ...['{"list":[]}', '{"list":[{"x":1},2,null,[],{},"s"]}', '{"list":[1,]}', '{"list":[,1]}'],
    ...['{"list":{"x":1}}', '{"list":[[[[1]]]]}', '{"q":[{"w":[{}]},[]],"a":true}', '{"q":[}'],
    ...["-0", "0", "00", "01", "-", "+1", "1.", ".5", "1.5", "1e5", "1E+5", "1e-5", "1e", "1e+"]
      .map((number) => `{"a":${number}}`),
    ...["123456789012345", "1234567890123456789", "1e400", "-1e-400", "0.1", "2.5e-324", "NaN"]
      .map((number) => `{"a":${number}}`),
    ...["true", "false", "null", "nul", "True", "undefined"].map((text) => `{"a":${text}}`),
    ...['"\\n\\t\\"\\\\\\/\\b\\f\\r"', '"\\u00e9\\uD83D\\ude00"', '"\\ud800"', '"\\x"', '"\\u12g4"']
      .map((text) => `{"a":${text}}`),
    ...['"\\u12"', '"\\"', '"a\nb"', '"a\tb"', '"\u007f"', '"\u2028"', '"', '"\\'].map((text) =>
      `{"a":${text}}`
    ),
    ...['{"é\\n":1}', '{"\\u00e9\\n":1}', '{"e\\n":1}', "[1]", '"x"', "1", "null", "[", "\ufeff{}"],
    ...['{"__proto__":{"a":1}}', '{"constructor":1}', "[".repeat(5_000), "{".repeat(10)],
    "[".repeat(5_000) + "]".repeat(5_000),
  ];
  for (const text of cases) {
    await t.step(JSON.stringify(text.slice(0, 40)), () => {
      assertEquals(read(text), parsed(text));
    });
  }
});

Deno.test("JsonReader.read() agrees with JSON.parse about any JSON, and about what is almost JSON", () => {
  const random = randomOf(20_261_201);
  const pick = <T>(from: ArrayLike<T>) => from[Math.floor(random() * from.length)]!;
  const key = fc.constantFrom("a", "inner", "list", "é\n", "x", "y", "z", "");
  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.jsonValue({ maxDepth: 1 }),
      fc.dictionary(key, tie("value"), { maxKeys: 5 }),
      fc.array(tie("value"), { maxLength: 5 }),
    ),
  })).value;
  fc.assert(
    fc.property(json, fc.nat(4), (value, indent) => {
      const text = JSON.stringify(
        { a: 1, inner: { x: value }, list: [value, value], z: value },
        null,
        indent,
      );
      assertEquals(read(text), parsed(text));
      for (let changes = 0; changes < 8; changes++) {
        const at = Math.floor(random() * text.length);
        const put = pick([
          "",
          '"',
          "{",
          "}",
          "[",
          "]",
          ",",
          ":",
          "\\",
          "0",
          "e",
          "-",
          " ",
          "\n",
          "u",
          "1.",
        ]);
        const changed = text.slice(0, at) + put + text.slice(at + Math.floor(random() * 3));
        assertEquals(read(changed), parsed(changed), changed);
      }
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("JsonReader.read() goes on after a text that was refused", () => {
  const reader = new JsonReader(REFUSAL);
  assertThrows(() => reader.read('{"a":[[[', WANTED), RangeError);
  assertEquals(reader.read('{"a":1}', WANTED), parsed('{"a":1}'));
});

Deno.test("JsonReader.read() leaves a text with escapes that is too long for anybody as it stands", () => {
  const raw = "\\n".repeat(800);
  assertEquals(read(`{"a":"${raw}"}`), { ...read("{}") as object, a: raw });
});
