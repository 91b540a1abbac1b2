import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { SORT_COLUMNS } from "../../../../lib/catalogue.ts";
import { readWindowQuery } from "../../../../lib/server/web/api/params.ts";
import {
  readQuery,
  SORTS,
  streamSearch,
  writeQuery,
} from "../../../../lib/server/web/page/query.js";
import { MAX_SEARCH_LENGTH, MAX_SEARCH_WORDS } from "../../../../lib/common/limits.js";
import { HOST_STATUSES } from "../../../../lib/common/status.js";

const ALL = { text: "", statuses: [], sort: "name", descending: false };

Deno.test("readQuery() reads what writeQuery() wrote", () => {
  const query = fc.record({
    text: fc.string(),
    statuses: fc.subarray([...HOST_STATUSES]),
    sort: fc.constantFrom(...SORTS),
    descending: fc.boolean(),
  }, { noNullPrototype: true });
  fc.assert(fc.property(query, (query) => assertEquals(readQuery(writeQuery(query)), query)));
});

Deno.test("readQuery() leaves at its default what makes no sense", () => {
  assertEquals(readQuery("?sort=__proto__&order=sideways&status=alive,offline&x=1"), {
    ...ALL,
    statuses: ["offline"],
  });
  assertEquals(writeQuery(ALL), "");
});

Deno.test("SORTS are those of the server", () => {
  assertEquals<readonly string[]>(SORTS, SORT_COLUMNS);
});

Deno.test("streamSearch() asks the server for what the page shows", () => {
  const query = { ...ALL, text: "a b", statuses: ["live", "left"] as const, sort: "cpu" };
  const search = streamSearch({ ...query, descending: true }, { offset: 25, limit: 75 });
  assertEquals(readWindowQuery(new URLSearchParams(search)), {
    ...{ text: "a b", statuses: ["live", "left"], sort: "cpu", descending: true },
    ...{ offset: 25, limit: 75 },
  });
  assertEquals(streamSearch(ALL, { offset: 0, limit: 25 }), "?sort=name&offset=0&limit=25");
});

Deno.test("readQuery() asks for no longer text than the server takes", () => {
  assertEquals(readQuery(`?q=${"x".repeat(1_000)}`).text.length, MAX_SEARCH_LENGTH);
});

Deno.test("streamSearch() asks for no more words than the server takes", () => {
  const text = Array.from({ length: 40 }, (_, n) => `w${n}`).join("  ");
  const search = streamSearch({ ...ALL, text }, { offset: 0, limit: 25 });
  const words = readWindowQuery(new URLSearchParams(search)).text.split(" ");
  assertEquals([words.length, words.at(-1)], [MAX_SEARCH_WORDS, "w15"]);
});
