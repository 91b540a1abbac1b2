/** What OPERATIONS.md shows of the views is what they print. */
import { assert, assertEquals } from "@std/assert";
import { Fleet } from "../../lib/server/fleet/fleet.ts";
import { renderJsonLine } from "../../lib/server/views/lines.ts";
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
