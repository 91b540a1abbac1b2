import { assertEquals } from "@std/assert";
import { makePause } from "../../../lib/server/web/serve.ts";

Deno.test("makePause() gives each one who pauses a turn of its own", async () => {
  const pause = makePause();
  const order: string[] = [];
  const first = pause().then(() => {
    order.push("first");
    setTimeout(() => order.push("others"), 0);
  });
  const second = pause().then(() => order.push("second"));
  await Promise.all([first, second]);
  assertEquals(order, ["first", "others", "second"]);
});
