import { assertEquals } from "@std/assert";
import { advise } from "../../lib/common/permission.ts";

Deno.test("advise() gives no flags to an executable", () => {
  assertEquals(advise("run with --allow-net", "move it", false), "run with --allow-net");
  assertEquals(advise("run with --allow-net", "move it", true), "move it");
  assertEquals(advise("script", "executable"), "script", "what runs tests is no executable");
});
