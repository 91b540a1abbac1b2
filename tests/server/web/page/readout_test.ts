import { assertEquals } from "@std/assert";
import { lineName } from "../../../../lib/server/web/page/readout.js";

Deno.test("lineName() does not say again what the title says", () => {
  const names = [["Disk read", "Disk"], ["CPU pressure", "Pressure"], ["Load 15 min", "Load"]];
  assertEquals(names.map(([label, title]) => lineName(label!, title!)), ["read", "CPU", "15 min"]);
  assertEquals(lineName("Pressure", "Pressure"), "most");
  assertEquals(lineName("Receive", "Network"), "receive");
  assertEquals(lineName("I/O pressure", "Pressure"), "I/O");
});
