import { assert, assertEquals } from "@std/assert";
import { charsetOf, inCharset } from "../../../../lib/server/views/terminal/charset.ts";
import { ALERT_SIGNS } from "../../../../lib/common/alerts.js";
import { NOTE_SIGNS, STATUS_SIGNS } from "../../../../lib/common/status.js";

Deno.test("charsetOf() knows what a terminal can show by its environment", async (t) => {
  const cases: [env: Record<string, string>, expected: string][] = [
    [{}, "unicode"],
    [{ TERM: "xterm-256color", LANG: "de_DE.UTF-8" }, "unicode"],
    [{ LANG: "en_US.utf8" }, "unicode"],
    [{ LC_CTYPE: "UTF-8" }, "unicode"],
    [{ LANG: "C.UTF-8", LC_ALL: "C" }, "ascii"],
    [{ LANG: "C", LC_ALL: "C.UTF-8" }, "unicode"],
    [{ LANG: "POSIX" }, "ascii"],
    [{ LANG: "en_US.ISO-8859-1", LC_CTYPE: "" }, "ascii"],
    [{ TERM: "linux" }, "blocks"],
    [{ TERM: "linux", LANG: "C" }, "ascii"],
  ];
  for (const [env, expected] of cases) {
    await t.step(JSON.stringify(env), () => {
      assertEquals(charsetOf((name) => env[name]), expected as ReturnType<typeof charsetOf>);
    });
  }
});

Deno.test("inCharset() tells every sign from the others of its kind, in one cell", () => {
  for (const charset of ["ascii", "blocks"] as const) {
    for (const signs of [STATUS_SIGNS, ALERT_SIGNS, NOTE_SIGNS]) {
      const shown = Object.values(signs).map((sign) => inCharset(sign, charset));
      assertEquals(new Set(shown).size, shown.length);
      assert(shown.every((sign) => sign.length === 1));
    }
    const levels = Array.from("▁▂▃▄▅▆▇█", (block) => inCharset(block, charset));
    assert(!levels.includes(" "), "what is known is not blank");
  }
});

Deno.test("inCharset() keeps each character in its cells", () => {
  const texts = ["a", "é", "東", "👩‍👩‍👧", "⡷", "⠁", "⣀", "█", "⊘", "東京"];
  const shown = texts.map((text) => inCharset(text, "ascii"));
  assertEquals(shown, ["a", "?", "??", "??", ":", "'", ".", "#", "%", "????"]);
  assertEquals(texts.slice(4, 8).map((text) => inCharset(text, "blocks")), ["█", "▀", "▄", "█"]);
  assertEquals(inCharset("東", "blocks"), "東");
  assertEquals(texts.map((text) => inCharset(text, "unicode")), texts);
});
