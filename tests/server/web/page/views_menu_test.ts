import { assertEquals } from "@std/assert";
import { nameFor, readViews, withView } from "../../../../lib/server/web/page/views_menu.js";

Deno.test("readViews() takes what was kept, and leaves out what leads elsewhere", () => {
  const good = [{ name: "db", path: "?q=role:db" }, { name: "grid", path: "grid?cells=memory" }];
  assertEquals(readViews(JSON.stringify(good)), good);
  const paths = ["//evil.example", "https://evil.example", "javascript:alert(1)", "api/fleet"];
  const bad = [...paths.map((path) => ({ name: "x", path })), null, 3, { name: 1, path: "" }];
  assertEquals(readViews(JSON.stringify([...bad, ...good])), good);
  for (const text of [null, "", "{", "{}", "null"]) assertEquals(readViews(text), []);
});

Deno.test("withView() adds one, in place of one of the same name, and none without a name", () => {
  const views = [{ name: "a", path: "" }, { name: "b", path: "grid" }];
  assertEquals(withView(views, { name: " a ", path: "?q=1" }), [
    { name: "b", path: "grid" },
    { name: "a", path: "?q=1" },
  ]);
  assertEquals(withView(views, { name: "  ", path: "" }), views);
  const many = Array.from({ length: 60 }, (_, n) => ({ name: `v${n}`, path: "" }));
  assertEquals(withView(many, { name: "last", path: "" }).length, 50);
});

Deno.test("nameFor() calls a view by what it shows", () => {
  assertEquals(nameFor("?q=role%3Adb&group=site&status=offline"), "role:db, offline, by site");
  assertEquals([nameFor(""), nameFor("grid")], ["", ""]);
});
