import { assert, assertEquals, assertThrows } from "@std/assert";
import { DOCUMENTS, withTables } from "../../tools/documents.ts";

const ROOT = new URL("../../", import.meta.url);
const MAY_READ = Deno.permissions.querySync({ name: "read", path: ROOT }).state === "granted";

/** Without what aligns a table. */
const plain = (text: string) => text.replace(/ +(?=[ |])|-(?=-)/g, "");

for (const name of DOCUMENTS) {
  Deno.test({
    name: `${name} has the tables of the catalogue: deno task documents (needs --allow-read)`,
    ignore: !MAY_READ,
    fn() {
      const text = Deno.readTextFileSync(new URL(name, ROOT));
      assert(text.includes("<!-- catalogue: "));
      assertEquals(plain(text), plain(withTables(text)));
    },
  });
}

Deno.test("withTables() refuses a table that is not known", () => {
  const text = "<!-- catalogue: weather -->\n<!-- end of catalogue -->";
  assertThrows(() => withTables(text), RangeError, "weather");
});
