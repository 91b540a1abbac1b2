import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { TextCache } from "../lib/text_cache.ts";
import { bytesOf } from "./messages.ts";

Deno.test("TextCache.get() gives the text of the bytes, however many share a place", () => {
  const cache = new TextCache(1);
  const texts = fc.array(fc.string({ unit: "binary-ascii", maxLength: 80 }), { maxLength: 60 });
  fc.assert(fc.property(texts, (texts) => {
    for (const text of [...texts, ...texts]) {
      const bytes = bytesOf(`<${text}>`);
      assertEquals(cache.get(bytes, 1, bytes.length - 1), text);
    }
  }));
});

Deno.test("TextCache.get() makes all its texts only once", () => {
  const cache = new TextCache(3_000);
  const decode = String.fromCharCode;
  let made = 0;
  String.fromCharCode = (...codes) => {
    made++;
    return decode(...codes);
  };
  try {
    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < 3_000; n++) {
        const bytes = bytesOf(`host-${n}`);
        cache.get(bytes, 0, bytes.length);
      }
    }
  } finally {
    String.fromCharCode = decode;
  }
  assert(made < 3_300, `${made} texts made`);
});
