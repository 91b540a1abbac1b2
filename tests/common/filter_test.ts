import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { UNITS } from "../../lib/catalogue.ts";
import { COMPARED_NUMBERS } from "../../lib/common/columns.ts";
import { compares, readFilter, type Term } from "../../lib/common/filter.js";
import { MAX_SEARCH_LENGTH, MAX_SEARCH_WORDS } from "../../lib/common/limits.js";

const read = (text: string) => readFilter(text, COMPARED_NUMBERS);
const short = (term: Term) => {
  if (term.kind === "word") return term.word;
  if (term.kind === "tag") return `${term.key}:${term.value}`;
  return `${term.metric} ${term.operator} ${term.value}`;
};

Deno.test("readFilter() reads words, tags and numbers", async (t) => {
  const cases: readonly [string, string[]][] = [
    ["", []],
    ['  "" ', []],
    ["Web  OFFLINE web", ["web", "offline"]],
    ['"two words" x', ["two words", "x"]],
    ['"cpu>80"', ["cpu>80"]],
    ['"no end', ["no end"]],
    ["role:db", ["role:db"]],
    ["Role=DB", ["role:db"]],
    ['site:"New York" x', ["site:new york", "x"]],
    ["role:", ["role:"]],
    ["role:*", ["role:"]],
    ["192.0.2.7:40312", ["192.0.2.7:40312"]],
    ["[2001:db8::1]:5005", ["[2001:db8::1]:5005"]],
    [":", [":"]],
    ["=", ["="]],
    ["cpu>80", ["cpu > 80"]],
    ["cpu > 80 web", ["cpu > 80", "web"]],
    ["cpu >= .5 1", ["cpu >= 0.5", "1"]],
    ["cpu>=80%", ["cpu >= 80"]],
    ["CPU<0.5", ["cpu < 0.5"]],
    ["mem<=.5", ["memory <= 0.5"]],
    ["cpu=0 cpu!=0", ["cpu = 0", "cpu != 0"]],
    ["cpu>1 cpu>1", ["cpu > 1"]],
    ["read>10M", ["read > 10485760"]],
    ["read>10MiB/s", ["read > 10485760"]],
    ["read>10kb", ["read > 10240"]],
    ["write>1.5g", ["write > 1610612736"]],
    ["lost>2k", ["datagramsLost > 2000"]],
    ["datagramsLost>0", ["datagramsLost > 0"]],
    ["age>30", ["age > 30000"]],
    ["age>2m age<1h", ["age > 120000", "age < 3600000"]],
    ["load1<0.5", ["load1 < 0.5"]],
  ];
  for (const [text, expected] of cases) {
    await t.step(JSON.stringify(text), () => {
      const { terms, problem } = read(text);
      assertEquals([terms.map(short), problem], [expected, null]);
    });
  }
});

Deno.test("readFilter() says what it does not understand, and keeps the rest", async (t) => {
  const cases: readonly [string, RegExp][] = [
    ["web cpu>", /^“cpu>” needs a number: write it such as 80 or 80%$/],
    ["cpu> web", /^“cpu>” needs a number/],
    ["web cpu>high", /^“cpu>high” cannot be compared with “high”: /],
    ["web cpu>80x", /“80x”/],
    ["web cpu>1e3", /“1e3”/],
    ["web cpu>-1", /“-1”/],
    ["web cpu>0x10", /“0x10”/],
    ["web cpu>1.2.3", /“1.2.3”/],
    ["web cpu>80>90", /“80>90”/],
    ["web read>10X", /such as 512K or 10M$/],
    ["web age>1y", /such as 30s or 5m$/],
    ["web cpu>constructor", /“constructor”/],
    ["web cpu>1constructor", /“1constructor”/],
    ["web load1>__proto__", /“__proto__”/],
    ["web __proto__>1", /^“__proto__>1” compares “__proto__”: it must be one of cpu, /],
    ["web name>1", /compares “name”/],
    ["web foo<1", /compares “foo”/],
    ["web Foo<1", /^“Foo<1” compares “Foo”: it must be one of .*, interfaceLost \(if-lost\), /],
    ["web foo>1", /, age, datagramsLost \(lost\)$/],
    ["web >5 ", /“web >5” compares “web”/],
    ["web role!=db", /compares “role”/],
    [`web ${"x".repeat(50)}<1`, /^“x{40}…” compares “x{40}…”/],
  ];
  for (const [text, expected] of cases) {
    await t.step(text, () => {
      const { terms, problem, text: kept } = read(text);
      assertMatch(problem!, expected);
      const rest = text.startsWith("web >") ? "" : "web";
      assertEquals([terms.map(short).join(" "), kept], [rest, rest]);
    });
  }
});

Deno.test("readFilter() reads what it is handed back", () => {
  const part = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.constantFrom(...'"<>=!: %'),
    fc.constantFrom("cpu", "role", "read>1M", "age<", "  ", '"a b"', "load1>=0.5"),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
      const { terms, text } = read(parts.join(""));
      const again = read(text);
      assertEquals(again.problem, null);
      assertEquals(again.terms.map(short), terms.map(short));
      assert(text.length <= MAX_SEARCH_LENGTH && terms.length <= MAX_SEARCH_WORDS);
    }),
    {
      numRuns: 2_000,
      examples: [[["=", "age<", " ", "load1>=0.5", "# 0"]], [[
        '"a b"',
        "age<",
        "  ",
        "cpu",
        "<# 0",
      ]]],
    },
  );
});

Deno.test("readFilter() takes a bounded time for any text", () => {
  for (const character of [...'"<>=!: .0a%']) {
    const { terms, problem } = read(character.repeat(100_000));
    assert(terms.length <= 1);
    assert(problem !== null);
  }
});

Deno.test("readFilter() takes so many words and no more", () => {
  const words = (count: number) => Array.from({ length: count }, (_, n) => `w${n}`).join(" ");
  assertEquals(read(words(MAX_SEARCH_WORDS)).problem, null);
  const { terms, problem } = read(words(MAX_SEARCH_WORDS + 1));
  assertEquals([terms.length, problem], [MAX_SEARCH_WORDS, "more than 16 words"]);
  assertEquals(read("x".repeat(257)).problem, "longer than 256 characters");
});

Deno.test("readFilter() compares every number by each of its names, which are of one alone", () => {
  const names = COMPARED_NUMBERS.flatMap(({ names }) => names);
  assertEquals(new Set(names).size, names.length);
  for (const { id, unit, names } of COMPARED_NUMBERS) {
    assert(unit === "milliseconds" || unit in UNITS, unit);
    for (const name of names.filter((name) => !name.includes(" "))) {
      assertEquals(read(`${name}>=1`).terms.map((term) => "metric" in term && term.metric), [id]);
    }
  }
});

Deno.test("compares() takes what is not known for nothing", () => {
  for (const operator of [">", ">=", "<", "<=", "=", "!="] as const) {
    const [term] = read(`cpu${operator}5`).terms;
    assert(term?.kind === "number");
    const expected = [4, 5, 6].filter((number) =>
      operator === "!="
        ? number !== 5
        : operator === "="
        ? number === 5
        : operator === ">"
        ? number > 5
        : operator === ">="
        ? number >= 5
        : operator === "<"
        ? number < 5
        : number <= 5
    );
    assertEquals([4, 5, 6].filter((number) => compares(number, term)), expected);
    assertEquals(compares(NaN, term), false);
  }
});
