import { assert, assertEquals } from "@std/assert";
import {
  endKeys,
  parseKeys,
  patienceMs,
} from "../../../../../lib/server/views/terminal/state/keys.ts";

/** Keys in short: names, and text in quotes. */
function read(text: string): string {
  const { keys, rest } = parseKeys(text);
  const names = keys.map((key) => key.name === "text" ? `"${key.text}"` : key.name);
  return [...names, ...(rest === "" ? [] : [`rest ${JSON.stringify(rest)}`])].join(" ");
}

const CASES: readonly (readonly [string, string])[] = [
  ["", ""],
  ["a", '"a"'],
  ["q?/", '"q" "?" "/"'],
  ["ü東👍", '"ü" "東" "👍"'],
  ["\x1b[A\x1b[B\x1b[C\x1b[D", "up down right left"],
  ["\x1bOA\x1bOB\x1bOH\x1bOF", "up down home end"],
  ["\x1b[H\x1b[F\x1b[1~\x1b[4~\x1b[7~\x1b[8~", "home end home end home end"],
  ["\x1b[5~\x1b[6~", "pageUp pageDown"],
  ["\x1b[1;5A\x1b[5;2~", "up pageUp"],
  ["\r\n\x7f\x08\x03\x0c", "enter enter backspace backspace interrupt redraw"],
  ["\x1b[3~\x1b[15~\x1bOP\x00\x1a\t\x9b", ""],
  ["\x1b[200~q\x1b[201~", 'pasteBegin "q" pasteEnd'],
  ["\x1b", 'rest "\\u001b"'],
  ["x\x1b[", '"x" rest "\\u001b["'],
  ["\x1b[1;", 'rest "\\u001b[1;"'],
  ["\x1bO", 'rest "\\u001bO"'],
  ["\x1bq", 'escape "q"'],
  ["\x1b\x1b[A", "escape up"],
  ["\x1b\x03", "escape interrupt"],
];

Deno.test("parseKeys() reads what terminals send", async (t) => {
  for (const [text, expected] of CASES) {
    await t.step(JSON.stringify(text), () => assertEquals(read(text), expected));
  }
});

Deno.test("parseKeys() reads the same, however the text is split", () => {
  const text = "a\x1b[A東\x1b[1;5B\x1bOC\x1b[5~\r";
  const whole = parseKeys(text).keys;
  for (let split = 1; split < text.length; split++) {
    const first = parseKeys(text.slice(0, split));
    const second = parseKeys(first.rest + text.slice(split));
    assertEquals([...first.keys, ...second.keys], whole, `split at ${split}`);
  }
});

Deno.test("parseKeys() waits for the end of no sequence that is too long to be one", () => {
  assertEquals(parseKeys("\x1b[" + "1;".repeat(50)).rest, "");
});

Deno.test("endKeys() takes ESC for a key when nothing follows", () => {
  assertEquals(endKeys("\x1b"), [{ name: "escape" }]);
  assertEquals(endKeys(""), []);
});

Deno.test("an answer of the terminal that is cut off is waited for longer, and is no key", () => {
  assertEquals(endKeys("\x1b]11;rgb:ff"), []);
  assertEquals(endKeys("\x1b]"), [{ name: "escape" }]);
  assert(patienceMs("\x1b]11;rgb:ff") > 10 * patienceMs("\x1b["));
});

Deno.test("parseKeys() reads how light the background is, in every form that terminals answer in", async (t) => {
  const answers: readonly (readonly [string, boolean])[] = [
    ["rgb:ffff/ffff/ffff", true],
    ["rgb:fd/f6/e3", true],
    ["rgb:0000/2b2b/3636", false],
    ["rgb:0/0/f", false],
    ["rgba:ffff/ffff/dddd/cccc", true],
  ];
  for (const [colour, isLight] of answers) {
    for (const end of ["\x07", "\x1b\\"]) {
      const answer = `\x1b]11;${colour}${end}`;
      await t.step(JSON.stringify(answer), () => {
        assertEquals(parseKeys(`${answer}q`).keys, [
          { name: "background", isLight },
          { name: "text", text: "q" },
        ]);
        for (let split = 1; split < answer.length; split++) {
          const { keys, rest } = parseKeys(answer.slice(0, split));
          assertEquals([keys, rest], [[], answer.slice(0, split)]);
        }
      });
    }
  }
});

Deno.test("parseKeys() reads a mouse, whole or in pieces", () => {
  const click = { name: "mouse", column: 9, row: 4, lines: 0 } as const;
  assertEquals(parseKeys("\x1b[<0;10;5M\x1b[<0;10;5m"), { keys: [click], rest: "" });
  assertEquals(parseKeys("\x1b[<65;1;1M").keys, [
    { name: "mouse", column: 0, row: 0, lines: 3 },
  ]);
  assertEquals(parseKeys("\x1b[<0;1"), { keys: [], rest: "\x1b[<0;1" });
  assertEquals(parseKeys("\x1b[<35;4;4M").keys, []);
});
