import { assertEquals } from "@std/assert";
import { busy, names, Watched } from "./watched.ts";

Deno.test("Alerts stand while a host is silent, and end when it is heard again", () => {
  const watched = new Watched().hear(70, names(6));
  assertEquals(watched.standing, []);
  assertEquals(watched.hear(20, names(5)).standing, ["offline web-5"]);
  assertEquals(watched.hear(45, names(6)).standing, []);
});

Deno.test("Alerts tell nothing of the first minute, nor of hosts that left", () => {
  const watched = new Watched().hear(20, names(6)).hear(30, names(3));
  assertEquals(watched.standing, []);
  const left = new Watched().hear(70, names(6)).hear(1, ["web-5"], { bye: true });
  assertEquals(left.hear(60, names(5)).standing, []);
});

Deno.test("Alerts say once that most of the fleet is silent, and nothing of each host", () => {
  const watched = new Watched().hear(70, names(9)).hear(30, names(2));
  assertEquals(watched.standing, ["fleet-silent"]);
  const begun =
    "Alert fleet-silent: 78% of all hosts are silent: look at this server's network first";
  assertEquals(watched.lines, [begun]);
  // Who stays silent when the others are back is told then.
  watched.hear(60, names(8));
  assertEquals(watched.standing, ["offline web-8"]);
});

Deno.test("Alerts of a metric hold, recover, and wait while their host is silent", () => {
  const watched = new Watched().hear(70, names(6)).hear(590, names(6), busy);
  assertEquals(watched.standing, []);
  watched.hear(20, names(6), busy);
  assertEquals(watched.standing.toSorted(), names(6).map((name) => `cpu ${name}`));
  watched.hear(20, names(5), busy);
  assertEquals(watched.standing[0], "offline web-5");
  assertEquals(watched.standing.includes("cpu web-5"), false);
  watched.hear(140, names(6));
  assertEquals(watched.standing, []);
});

Deno.test("Alerts log each change once", () => {
  const watched = new Watched().hear(70, names(4)).hear(620, ["web-0"], busy).hear(140, names(4));
  assertEquals(watched.lines.filter((line) => line.includes("cpu")), [
    "Alert cpu: web-0 has a busy CPU (99%)",
    "Alert cpu ended: web-0",
  ]);
});

Deno.test("Alerts log each change once, many of one look in one line", () => {
  const watched = new Watched().hear(69, names(6)).hear(620, names(6), busy).hear(141, names(6));
  assertEquals(watched.lines, [
    "Alert cpu: 6 hosts have a busy CPU: web-0, web-1, web-2 and 3 more",
    "Alert cpu ended: 6 hosts: web-0, web-1, web-2 and 3 more",
  ]);
});
