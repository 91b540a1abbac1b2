import { assertEquals } from "@std/assert";
import { causeOf } from "../../../../lib/server/web/page/banner.js";

Deno.test("causeOf() says why the connection was lost, where the server has said it", async (t) => {
  const cases: [string, string][] = [
    ["", ""],
    ["the server ends", "The server was stopped. "],
    ["401", "The server asks for another token than this browser has. "],
    ["429", "The server refuses to answer (429). "],
    ["this client is too slow", "The server hung up: this client is too slow. "],
  ];
  for (const [reason, expected] of cases) {
    await t.step(reason, () => assertEquals(causeOf(reason), expected));
  }
});
