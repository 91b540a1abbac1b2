/** What OPERATIONS.md shows of the views is what they print. */
import { assert, assertEquals } from "@std/assert";
import { Fleet } from "../../lib/server/fleet/fleet.ts";
import { renderJsonLine } from "../../lib/server/views/view.ts";
import { renderHelp } from "../../lib/server/views/terminal/pages/help.ts";
import { jsonOf } from "../messages.ts";
import { readDocument, test } from "./documents.ts";

const PAGE = readDocument("docs/OPERATIONS.md");

test("OPERATIONS.md shows a line of --view json as it is printed", () => {
  const [line] = /^\{"receivedAt".*$/m.exec(PAGE)!;
  const { receivedAt, address, message } = JSON.parse(line);
  const [hostname, port] = address.split(":");
  const sender = { hostname, port: Number(port) };
  const fleet = new Fleet({ maxHosts: 1, historyMs: 60_000, nowMs: receivedAt });
  const receipt = fleet.receive(jsonOf(message), sender, receivedAt);
  assert(receipt.accepted);
  const times = { nowMs: receivedAt, receivedAtMs: receivedAt };
  assertEquals(
    renderJsonLine({ host: receipt.host, message: receipt.message, sender, ...times }),
    line,
  );
});

test("OPERATIONS.md has every key of the terminal, and no other", () => {
  const help = renderHelp(200, null).map((line) => line.map(({ text }) => text).join(""));
  const first = help.findIndex((line) => line.startsWith("KEYS"));
  const keys = help.slice(first, help.indexOf("", first)).flatMap((line) =>
    line.replace(/^KEYS/, "").trim().split("  ")[0]!.split(" ")
  );
  const [, section] = /^## The terminal$([^]*?)^## /m.exec(PAGE)!;
  const rows = Array.from(section!.matchAll(/^\| (`.*?) *\|/gm), ([, cell]) => cell!);
  const documented = [...rows, "`PgUp` `PgDn`"].flatMap((cell) =>
    Array.from(cell.matchAll(/`([^`]+)`/g), ([, key]) => key!)
  );
  assertEquals(documented.sort(), keys.sort());
});
