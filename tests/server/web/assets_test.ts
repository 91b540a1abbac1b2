import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ASSETS, SHELL, VERSION } from "../../../lib/server/web/assets.ts";

Deno.test("SHELL and ASSETS have nothing inline and load nothing from elsewhere", () => {
  assertEquals(
    SHELL.text.match(/<script(?![^>]*\bsrc=)|<style|\bstyle=|\son\w+=|javascript:/gi),
    null,
  );
  const loaded = Array.from(SHELL.text.matchAll(/\b(?:src|href)="([^"]*)"/g), ([, url]) => url!);
  for (const url of loaded) {
    assertMatch(url, /^[/#]/);
    if (url.startsWith("/assets/")) {
      assertEquals(url.split("/")[2], VERSION);
      assert(ASSETS.has(url.split("/")[3]!), url);
    }
  }
});

Deno.test("ASSETS have a type and an ETag that tells them apart", () => {
  const all = [SHELL, ...ASSETS.values()];
  assertEquals(new Set(all.map(({ etag }) => etag)).size, all.length);
  for (const { text, type, etag } of all) {
    assert(text.length > 0);
    assertMatch(type, /^(text\/(html|css|javascript)|image\/svg\+xml); charset=utf-8$/);
    assertMatch(etag, /^"[0-9a-f-]+"$/);
  }
});

Deno.test("the scripts of the page and its worker load two files besides, when they need them", () => {
  const loaded = ["page.js", "worker.js"].flatMap((name) => {
    const { text } = ASSETS.get(name)!;
    assertEquals(text.match(/^(import|export)\b.*/gm), null, name);
    return Array.from(text.matchAll(/new URL\("\.\/([^"]+)"/g), ([, file]) => file!);
  });
  assertEquals(loaded.toSorted(), ["uPlot.esm.js", "worker.js"]);
  for (const file of loaded) assert(ASSETS.has(file), file);
});

Deno.test({
  name: "page.js holds what server and page share, as the server has it (needs --allow-read)",
  ignore: Deno.permissions.querySync({ name: "read" }).state !== "granted",
  fn: () => {
    const { text } = ASSETS.get("page.js")!;
    const url = new URL("../../../lib/common/", import.meta.url);
    for (const name of ["drop_reasons", "format", "gaps", "limits", "share", "status", "text"]) {
      const module = Deno.readTextFileSync(new URL(`${name}.js`, url));
      assertStringIncludes(text, module.replaceAll(/^(export |import .*\n)/gm, ""));
    }
  },
});
