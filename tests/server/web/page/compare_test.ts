import { assertEquals } from "@std/assert";
import {
  asked,
  compareSearch,
  Places,
  readCompare,
} from "../../../../lib/server/web/page/compare.js";

Deno.test("readCompare() reads what compareSearch() writes, and mends what makes no sense", async (t) => {
  const cases: [search: string, written: string][] = [
    ["", "?metric=cpu&top=5"],
    ["?hosts=a,b", "?metric=cpu&hosts=a%2Cb"],
    ["?hosts=a,,a", "?metric=cpu&hosts=a&top=5"],
    ["?metric=rx&hosts=a,b&top=3", "?metric=rx&hosts=a%2Cb&top=3"],
    ["?metric=none&top=7", "?metric=cpu&top=5"],
    ["?tag=role:db", "?metric=cpu&top=5&q=role%3Adb"],
    ["?q=role:db+cpu>5&hosts=a,b", "?metric=cpu&hosts=a%2Cb&top=5&q=role%3Adb+cpu%3E5"],
  ];
  for (const [search, written] of cases) {
    await t.step(search, () => {
      const query = readCompare(search, false);
      assertEquals(compareSearch(query), written);
      assertEquals(compareSearch(readCompare(written, false)), written);
    });
  }
});

Deno.test("asked() says which hosts are shown, and among how many", async (t) => {
  const query = { metric: "cpu", hosts: [], top: 5, text: "" };
  const cases: [string, string][] = [
    [asked(query, 5, 24, 60_000), "5 highest of 24 hosts, mean of each 1m"],
    [asked(query, 3, 3, 60_000), "3 hosts, mean of each 1m"],
    [
      asked({ ...query, hosts: ["a"] }, 6, 24, 5_000),
      "1 host and the 5 highest of 24, mean of each 5s",
    ],
    [asked({ ...query, hosts: ["a", "b"], top: 0 }, 2, 2, 5_000), "2 hosts, mean of each 5s"],
  ];
  for (const [text, expected] of cases) await t.step(expected, () => assertEquals(text, expected));
});

Deno.test("Places keeps each host where it came, and gives a newcomer the first that is free", () => {
  const places = new Places();
  const order = (ids: string) =>
    places.order([...ids].map((id) => ({ id }))).map(({ id }) => id).join("");
  assertEquals(order("abc"), "abc");
  assertEquals(order("cab"), "abc");
  assertEquals(order("cda"), "adc");
  assertEquals([places.of("d"), places.of("c")], [1, 2]);
  places.clear();
  assertEquals(order("ca"), "ca");
});
