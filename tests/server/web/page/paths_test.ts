import { assertEquals } from "@std/assert";
import { BASE, hostOf, hostPath } from "../../../../lib/server/web/page/paths.js";

Deno.test("hostPath() and hostOf() agree, and no path holds an encoded slash", async (t) => {
  const ids = [
    "a",
    "Vn3kQ0f8Zr-1sYb7LxW2aA",
    "192.0.2.7",
    "192.0.2.7/web ü",
    "::1/..",
    "a/b/c?d=e#f%2F&",
  ];
  for (const id of ids) {
    await t.step(id, () => {
      const { pathname, search } = new URL(hostPath(id), "http://127.0.0.1");
      assertEquals([hostOf({ pathname, search }), pathname.includes("%2F")], [id, false]);
    });
  }
});

Deno.test("hostOf() knows the paths of hosts from others", async (t) => {
  const cases = [["", null], ["hosts", null], ["hosts/a", "a"], ["hosts/a/b", null], [
    "hosts/",
    null,
  ]] as const;
  for (const [path, id] of cases) {
    await t.step(path, () => assertEquals(hostOf({ pathname: BASE + path, search: "" }), id));
  }
});
