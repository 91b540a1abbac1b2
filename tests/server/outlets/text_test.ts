import { assertEquals } from "@std/assert";
import {
  cut,
  linkOf,
  MAX_TITLE,
  subjectOf,
  textOf,
  titleOf,
} from "../../../lib/server/outlets/text.ts";
import { notice, noticeHost } from "./fakes.ts";

Deno.test("titleOf() is one short line", () => {
  const long = notice({ text: `a\nb${"😀".repeat(100)}` });
  const title = titleOf([long, notice(), notice()]);
  assertEquals(title.length <= MAX_TITLE, true);
  assertEquals(title.isWellFormed(), true);
  assertEquals(/^\[warning\] a\\x0ab(😀)+… \(and 2 more\)$/u.test(title), true, title);
  assertEquals(titleOf([notice({ what: "recovered", text: "fine" })]), "[recovered] fine");
});

Deno.test("textOf() names hosts, counts what it leaves out, and is never longer than asked", () => {
  const hosts = Array.from({ length: 100 }, (_, n) => noticeHost(`host-${n}\u202e`));
  const notices = [notice({ text: "many", hosts, omitted: 20 }), notice({ text: "one" })];
  const lines = textOf(notices, 1e6).split("\n");
  assertEquals(lines.length, 103);
  assertEquals([lines[0], lines[1], lines[101], lines[102]], [
    ...["[warning] many", "host-0\\u202e: 97 %", "and 20 more hosts", "[warning] one"],
  ]);
  for (const most of [60, 100, 500, 1_900]) {
    const text = textOf(notices, most);
    assertEquals(text.length <= most, true, `${most}`);
    const kept = text.split("\n").length - 1;
    assertEquals(text.endsWith(`and ${103 - kept} more lines`), true, text);
  }
});

Deno.test("cut() leaves no half of a character", () => {
  assertEquals([cut("abc", 3), cut("abcd", 3), cut("a😀b", 3)], ["abc", "ab…", "a…"]);
});

Deno.test("linkOf() and subjectOf() are of a host where there is only one", () => {
  const page = "https://pulso.example/";
  const [a, b, fleet] = [noticeHost("a"), noticeHost("b"), noticeHost("", { key: "" })];
  assertEquals(linkOf([notice({ hosts: [a] }), notice({ hosts: [a] })], page), `${page}hosts/id-a`);
  assertEquals(linkOf([notice({ hosts: [a] }), notice({ hosts: [b] })], page), page);
  assertEquals(linkOf([notice({ hosts: [fleet] })], page), page);
  assertEquals(linkOf([notice()], null), null);
  assertEquals([[a], [a, b], [fleet], []].map((hosts) => subjectOf(notice({ hosts }))), [
    ...["cpu/id-a", "cpu", "cpu", "cpu"],
  ]);
});
