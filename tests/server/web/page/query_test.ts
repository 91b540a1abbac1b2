import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { SORT_COLUMNS } from "../../../../lib/common/columns.ts";
import { readWindowQuery } from "../../../../lib/server/web/api/params.ts";
import {
  readQuery,
  SORTS,
  streamSearch,
  toggled,
  writeQuery,
} from "../../../../lib/server/web/page/query.js";
import { CHOICES } from "../../../../lib/server/web/page/tracks.js";
import { MAX_SEARCH_LENGTH, MAX_SEARCH_WORDS } from "../../../../lib/common/limits.js";
import { HOST_STATUSES } from "../../../../lib/common/status.js";

const ALL = {
  ...{ text: "", statuses: [], sort: "name", descending: false },
  ...{ group: "", open: [], columns: null },
};

Deno.test("readQuery() reads what writeQuery() wrote", () => {
  const query = fc.record({
    text: fc.string(),
    statuses: fc.subarray([...HOST_STATUSES]),
    sort: fc.constantFrom(...SORTS),
    descending: fc.boolean(),
    columns: fc.option(fc.subarray(CHOICES.map(({ id }) => id))),
  }, { noNullPrototype: true });
  const grouping = fc.record({
    group: fc.constantFrom("role", "site.2"),
    open: fc.uniqueArray(fc.oneof(fc.string(), fc.constantFrom("", ",", "db", "a,b", "%", "ü"))),
  });
  const ungrouped = fc.constant({ group: "", open: [] });
  fc.assert(fc.property(query, fc.oneof(grouping, ungrouped), (query, grouping) => {
    const { open, ...read } = readQuery(writeQuery({ ...query, ...grouping }));
    assertEquals(read, { ...query, group: grouping.group });
    assertEquals(open.toSorted(), grouping.open.toSorted());
    const asked = streamSearch({ ...query, ...grouping, text: "" }, { offset: 0, limit: 25 });
    const server = readWindowQuery(new URLSearchParams(asked));
    assertEquals(server.group, grouping.group || null);
    assertEquals(server.open?.toSorted() ?? [], grouping.open.toSorted());
  }));
});

Deno.test("readQuery() leaves at its default what makes no sense", () => {
  assertEquals(readQuery("?sort=__proto__&order=sideways&status=alive,offline&x=1"), {
    ...ALL,
    statuses: ["offline"],
  });
  assertEquals(readQuery("?group=A+B&open=%25zz,b&columns=cpu,no,constructor"), {
    ...ALL,
    ...{ open: ["b"], columns: ["cpu"] },
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
    ...{ offset: 25, limit: 75, group: null, open: null, cells: null },
  });
  assertEquals(streamSearch(ALL, { offset: 0, limit: 25 }), "?sort=name&offset=0&limit=25");
});

Deno.test("readQuery() asks for no longer text than the server takes", () => {
  assertEquals(readQuery(`?q=${"x".repeat(1_000)}`).text.length, MAX_SEARCH_LENGTH);
});

Deno.test("streamSearch() asks for what is understood of a text, and the page's URL keeps all", () => {
  const query = { ...ALL, text: "web cpu> role:db" };
  const search = streamSearch(query, { offset: 0, limit: 25 });
  assertEquals(new URLSearchParams(search).get("q"), "web role:db");
  assertEquals(new URLSearchParams(writeQuery(query)).get("q"), query.text);
});

Deno.test("streamSearch() asks for no more words than the server takes", () => {
  const text = Array.from({ length: 40 }, (_, n) => `w${n}`).join("  ");
  const search = streamSearch({ ...ALL, text }, { offset: 0, limit: 25 });
  const words = readWindowQuery(new URLSearchParams(search)).text.split(" ");
  assertEquals([words.length, words.at(-1)], [MAX_SEARCH_WORDS, "w15"]);
});

Deno.test("toggled() chooses a status, and the second time no longer", () => {
  const one = toggled({ ...ALL, text: "a" }, "live");
  const two = toggled(one, "left");
  assertEquals([one.statuses, two.statuses, two.text], [["live"], ["live", "left"], "a"]);
  assertEquals(toggled(two, "live").statuses, ["left"]);
});
