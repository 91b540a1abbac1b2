import { assert, assertEquals, assertMatch } from "@std/assert";
import { ASSETS, SHELL } from "../../../lib/server/web/assets.ts";

Deno.test("SHELL and ASSETS have nothing inline and load nothing from elsewhere", () => {
  assertEquals(
    SHELL.text.match(/<script(?![^>]*\bsrc=)|<style|\bstyle=|\son\w+=|javascript:/gi),
    null,
  );
  const loaded = Array.from(SHELL.text.matchAll(/\b(?:src|href)="([^"]*)"/g), ([, url]) => url!);
  for (const url of loaded) {
    assertMatch(url, /^[/#]/);
    if (url.startsWith("/assets/")) assert(ASSETS.has(url.slice("/assets/".length)), url);
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

Deno.test("ASSETS hold every module that one of them imports", () => {
  for (const [name, { text, type }] of ASSETS) {
    if (!type.startsWith("text/javascript")) continue;
    for (const [, from] of text.matchAll(/^(?:import|export)\b[^;]*?from "([^"]+)";$/gm)) {
      const path = new URL(from!, "http://pulso/assets/x.js").pathname;
      assert(ASSETS.has(path.slice("/assets/".length)), `${name} imports ${from}`);
    }
  }
});
