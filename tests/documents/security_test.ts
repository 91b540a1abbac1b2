/** SECURITY.md against the code: the envelope byte by byte, spare bits, limits, and who is heard again. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { MAX_NETWORKS } from "../../lib/common/rate_limit.ts";
import { DatagramError } from "../../lib/message/message.ts";
import { ENVELOPE_BYTES, identityBytes } from "../../lib/sealed/envelope.ts";
import { parseKeyring } from "../../lib/sealed/keyring.ts";
import { Opener } from "../../lib/sealed/opener.ts";
import { WINDOW } from "../../lib/common/seen_numbers.ts";
import { Sealer } from "../../lib/sealed/sealer.ts";
import { CLOCK_TOLERANCE_MS } from "../../lib/sealed/sessions.ts";
import { bytesOf } from "../messages.ts";
import { idOf, NOW_MS, ringOf, sealed, sessionOf } from "../sealed/sealing.ts";
import { readDocument, test } from "./documents.ts";

const PAGE = readDocument("docs/SECURITY.md").replace(/\s+/g, " ");
const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** What the page says stands in the bytes of the envelope. */
function rowAt(at: number, length: number): string {
  const row = new RegExp(`\\| ${at} \\| ${length} \\| (.*?) \\|`).exec(PAGE);
  assert(row !== null, `at ${at}`);
  return row[1]!;
}

test("SECURITY.md tells each byte of the header", () => {
  const session = sessionOf(NOW_MS);
  const bytes = sealed({ session, seq: 0x01020304 });
  const hex = (at: number) => `\`0x${bytes[at]!.toString(16)}\``;
  assert(rowAt(0, 1).startsWith(hex(0)));
  assert(rowAt(1, 1).startsWith(hex(1)));
  assert(PAGE.includes(`the byte ${hex(1)} |`), "the session key");
  assertEquals([rowAt(2, 1), bytes[2]], ["key id", 1]);
  assertEquals([rowAt(3, 1), bytes[3]], ["0", 0]);
  assertEquals(rowAt(4, 16), "agent id");
  assertEquals(bytes.subarray(4, 20), identityBytes(idOf(1)));
  assert(rowAt(20, 16).startsWith("session: "));
  assertEquals(bytes.subarray(20, 36), identityBytes(session));
  assert(rowAt(36, 4).startsWith("sequence number: "));
  assertEquals([...bytes.subarray(36, 40)], [1, 2, 3, 4]);
  assert(PAGE.includes(`| Bytes for it | ${ENVELOPE_BYTES} |`));
});

test("SECURITY.md tells how texts of base64url end", () => {
  const endings = (characters: number) =>
    new RegExp(`${characters}(?: characters end)? in one of \`([^\`]*)\``).exec(PAGE)![1]!.split(
      " ",
    );
  for (const last of BASE64URL) {
    const take = () => void identityBytes("A".repeat(21) + last);
    if (endings(22).includes(last)) take();
    else assertThrows(take, RangeError, undefined, last);
    const read = () => void parseKeyring(`pulso-key-1 1 fleet ${"A".repeat(42)}${last}`);
    if (endings(43).includes(last)) read();
    else assertThrows(read, RangeError, undefined, last);
  }
});

test("SECURITY.md tells the limits that the code has", () => {
  const limits = [
    `the ${MAX_NETWORKS.toLocaleString("en-US")} that paid last`,
    `${WINDOW} or more behind`,
    `${["", "", "", "", "", "five"][CLOCK_TOLERANCE_MS / 60_000]} minutes`,
  ];
  assertEquals(limits.filter((limit) => !PAGE.includes(limit)), []);
});

/** What becomes of a datagram of an agent: taken, or why not. */
function fateOf(opener: Opener, bytes: Uint8Array, wallMs: number): string {
  try {
    const { replay } = opener.open(bytes, ringOf(), { wallMs, upMs: 3_600_000 });
    return replay ?? "taken";
  } catch (error) {
    if (error instanceof DatagramError) return error.reason;
    throw error;
  }
}

const openerOf = () => new Opener({ auth: "require", maxAgents: 10 });

test("an id in a sealed body must be sound and means nothing", () => {
  for (const [id, fate] of [["someone-else", "taken"], ["not sound", "schema"]]) {
    const body = bytesOf(JSON.stringify({ v: 1, host: "a", time: NOW_MS, id }));
    const bytes = new Sealer(idOf(1), sessionOf(NOW_MS)).seal(body, 1, ringOf(), NOW_MS)!;
    assertEquals(fateOf(openerOf(), bytes, NOW_MS), fate);
  }
});

test("an agent whose clock is behind its last start is refused until it has passed what it said", () => {
  const opener = openerOf();
  const at = (session: string, seq: number, timeMs: number) =>
    fateOf(opener, sealed({ session, seq, message: { time: timeMs } }), timeMs);
  assertEquals(at(sessionOf(NOW_MS), 1, NOW_MS + 10_000), "taken");
  const again = sessionOf(NOW_MS - 20_000, 1);
  const fates = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    .map((seq) => at(again, seq, NOW_MS - 20_000 + seq * 5_000));
  assertEquals(fates.slice(0, 8), Array(8).fill("session"));
  assertEquals(fates.slice(8), ["taken", "taken"], "at the third later time");
});
