import { assertEquals } from "@std/assert";
import { PastReader, type ShownPast } from "../../../../../lib/server/views/terminal/state/past.ts";

/** A reader whose answers the test gives. */
function open() {
  const asked: [
    key: string,
    spanMs: number,
    answer: (past: ShownPast | null) => void,
    untilMs: number | null,
  ][] = [];
  let news = 0;
  const reader = new PastReader((key, { spanMs, untilMs }) => {
    const { promise, resolve } = Promise.withResolvers<ShownPast | null>();
    asked.push([key, spanMs, resolve, untilMs]);
    return promise;
  }, () => news++);
  const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
  return { asked, reader, news: () => news, settle };
}

const upToNow = (range: number) => ({ range, untilMs: null });
const past = (fromMs: number) => ({ fromMs }) as ShownPast;

Deno.test("PastReader asks for a range once, and again as time passes", async () => {
  const { asked, reader, news, settle } = open();
  assertEquals(reader.at("a", upToNow(1), 0), { ...upToNow(1), shown: null });
  reader.at("a", upToNow(1), 10);
  assertEquals(asked.map(([key, spanMs]) => [key, spanMs]), [["a", 3_600_000]]);
  asked[0]![2](past(1));
  await settle();
  assertEquals(news(), 1);
  assertEquals(reader.at("a", upToNow(1), 20)?.shown, past(1));
  assertEquals(reader.at("a", upToNow(1), 20_000)?.shown, past(1), "until the next has come");
  assertEquals(asked.length, 2);
});

Deno.test("PastReader shows nothing of another range or host, and nothing of what is live", async () => {
  const { asked, reader, settle } = open();
  reader.at("a", upToNow(1), 0);
  assertEquals(reader.at("b", upToNow(2), 0), { ...upToNow(2), shown: null });
  asked[0]![2](past(1));
  await settle();
  assertEquals(reader.at("b", upToNow(2), 0)?.shown, null);
  assertEquals(asked.map(([key]) => key), ["a", "b"]);
  assertEquals(reader.at("b", upToNow(0), 0), { ...upToNow(0), shown: null });
  asked[1]![2](past(2));
  await settle();
  assertEquals(reader.at("b", upToNow(0), 30_000)?.shown, null);
  assertEquals(asked.length, 2);
});

Deno.test("PastReader says why nothing is to be had, until it is", async () => {
  const answers = [Promise.reject(new Error("Cannot read it")), Promise.resolve(past(1))];
  const reader = new PastReader(() => answers.shift()!, () => {});
  const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
  const range = upToNow(1);
  reader.at("a", range, 0);
  await settle();
  assertEquals(reader.at("a", range, 10), { ...range, shown: null, problem: "Cannot read it" });
  reader.at("a", range, 20_000);
  await settle();
  assertEquals(reader.at("a", range, 20_010), { ...range, shown: past(1) });
});

Deno.test("PastReader has nothing to choose where nothing is kept", () => {
  assertEquals(new PastReader(null, () => {}).at("a", upToNow(1), 0), null);
});

Deno.test("PastReader asks for a part that ended before", () => {
  const { asked, reader } = open();
  const earlier = { range: 0, untilMs: 5_000_000 };
  assertEquals(reader.at("a", earlier, 0), { ...earlier, shown: null });
  assertEquals(asked.map(([key, spanMs, , untilMs]) => [key, spanMs, untilMs]), [
    ["a", 900_000, 5_000_000],
  ]);
});
