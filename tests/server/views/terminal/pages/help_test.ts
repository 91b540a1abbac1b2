import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { DROP_REASONS } from "../../../../../lib/common/status.js";
import { COLUMNS } from "../../../../../lib/server/views/terminal/pages/cells.ts";
import {
  renderEmptyPage,
  renderHelp,
} from "../../../../../lib/server/views/terminal/pages/help.ts";
import { lineWidth } from "../../../../../lib/server/views/terminal/text/line.ts";
import { linesText } from "../samples.ts";

Deno.test("renderHelp() explains columns, and every reason to drop a datagram", () => {
  const text = linesText(renderHelp(80, null));
  for (const [column, { short }] of Object.entries(COLUMNS)) {
    if (column !== "name" && column !== "address") assertStringIncludes(text, short);
  }
  for (const [reason, words] of Object.entries(DROP_REASONS)) {
    assert(new RegExp(`^.{11}${reason} +`, "m").test(text), reason);
    assertStringIncludes(text, words);
  }
});

Deno.test("renderHelp() names the page in the browser with its token, whole at any width", () => {
  const url = `http://192.168.100.200:8080/?token=${"x".repeat(32)}`;
  for (const columns of [40, 66, 80, 200]) {
    const lines = linesText(renderHelp(columns, url)).split("\n");
    const first = lines.findIndex((line) => line.startsWith("http:"));
    const count = Math.ceil(url.length / columns);
    assertEquals(lines.slice(first, first + count).join(""), url);
  }
});

Deno.test("renderHelp() keeps to the width, whole words in each line", () => {
  for (const columns of [40, 60, 80, 200]) {
    const widest = Math.max(...renderHelp(columns, "http://127.0.0.1:8080/").map(lineWidth));
    assertEquals(Math.max(columns, widest), columns);
  }
});

const TITLE = "\nNo host has been heard yet.\n\n";

Deno.test("renderEmptyPage() names a command that works", async (t) => {
  const everywhere = `On another machine, run
  pulso-agent --server <this machine's address>:5005

Or here
  pulso-agent --server 127.0.0.1:5005

Nothing comes? A firewall may keep UDP port 5005 closed.`;
  const here = (address: string) =>
    `On this machine, run
  pulso-agent --server ${address}:6000

Other machines cannot be heard: the server listens on loopback only.
Start it with --listen [::]:6000 to hear them too.`;
  const cases: readonly (readonly [string, string])[] = [
    ["0.0.0.0:5005", everywhere],
    ["[::]:5005", everywhere],
    ["127.0.0.1:6000", here("127.0.0.1")],
    ["[::1]:6000", here("[::1]")],
    ["192.0.2.1:7", "On any machine, run\n  pulso-agent --server 192.0.2.1:7"],
  ];
  for (const [address, expected] of cases) {
    await t.step(
      address,
      () => assertEquals(linesText(renderEmptyPage(address, 80)), TITLE + expected),
    );
  }
});
