import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { DatagramError, MAX_DATAGRAM_BYTES, MAX_SEQUENCE } from "../../lib/message/message.ts";
import {
  decodeHeader,
  encodeHeader,
  ENVELOPE_BYTES,
  HEADER_BYTES,
  identityBytes,
  isSealed,
} from "../../lib/sealed/envelope.ts";
import { idOf, NOW_MS, sessionOf } from "./sealing.ts";

const FIELDS = { keyId: 7, id: idOf(1), session: sessionOf(NOW_MS), seq: 0x01020304 };

/** A header with bytes of no meaning behind it, so that it is long enough, and some of them changed. */
function datagram(changes: Readonly<Record<number, number>> = {}): Uint8Array {
  const bytes = new Uint8Array(ENVELOPE_BYTES + 1);
  bytes.set(encodeHeader(FIELDS));
  for (const [at, byte] of Object.entries(changes)) bytes[Number(at)] = byte;
  return bytes;
}

Deno.test("encodeHeader() puts each field in its place", () => {
  const bytes = encodeHeader(FIELDS);
  assertEquals(bytes.length, HEADER_BYTES);
  assertEquals(bytes.subarray(0, 4).toHex(), "f5110700");
  assertEquals(bytes.subarray(4, 20), identityBytes(FIELDS.id));
  assertEquals(bytes.subarray(20, 36), identityBytes(FIELDS.session));
  assertEquals(bytes.subarray(36).toHex(), "01020304");
});

Deno.test("decodeHeader() reads what encodeHeader() wrote", () => {
  assertEquals(decodeHeader(datagram()), { ...FIELDS, startMs: NOW_MS });
  const sixteen = fc.uint8Array({ minLength: 16, maxLength: 16 })
    .map((bytes) => bytes.toBase64({ alphabet: "base64url", omitPadding: true }));
  const fields = fc.record({
    keyId: fc.nat(255),
    id: sixteen,
    session: sixteen,
    seq: fc.integer({ min: 1, max: MAX_SEQUENCE }),
  });
  fc.assert(fc.property(fields, (header) => {
    const { startMs, ...read } = decodeHeader(
      Uint8Array.of(...encodeHeader(header), ...new Uint8Array(ENVELOPE_BYTES)),
    );
    assertEquals(read, { ...header });
    const start = identityBytes(header.session).subarray(0, 6).toHex();
    assertEquals(startMs, parseInt(start, 16));
  }));
});

Deno.test("decodeHeader() reads a datagram that begins inside a buffer", () => {
  const buffer = new Uint8Array(200);
  buffer.set(datagram(), 100);
  assertEquals(decodeHeader(buffer.subarray(100)).seq, FIELDS.seq);
});

Deno.test("decodeHeader() refuses what is not a header, by reason", async (t) => {
  const cases: [string, Uint8Array, string][] = [
    ["one byte", datagram().subarray(0, 1), "format"],
    ["an empty body", datagram().subarray(0, ENVELOPE_BYTES), "format"],
    ["version 0", datagram({ 1: 0x01 }), "version"],
    ["version 2", datagram({ 1: 0x21 }), "version"],
    ["mode 0", datagram({ 1: 0x10 }), "mode"],
    ["mode 2", datagram({ 1: 0x12 }), "mode"],
    ["mode 15", datagram({ 1: 0x1f }), "mode"],
    ["a reserved byte that is not 0", datagram({ 3: 1 }), "mode"],
    ["number 0", datagram({ 36: 0, 37: 0, 38: 0, 39: 0 }), "format"],
    ["more than 8,192 bytes", new Uint8Array(MAX_DATAGRAM_BYTES + 1), "oversize"],
  ];
  for (const [name, bytes, reason] of cases) {
    await t.step(name, () => {
      const error = assertThrows(() => decodeHeader(bytes), DatagramError);
      assertEquals(error.reason, reason);
    });
  }
});

Deno.test("isSealed() tells by the first byte", () => {
  assert(isSealed(datagram()));
  assertEquals(isSealed(new TextEncoder().encode("{}")), false);
  assertEquals(isSealed(new Uint8Array()), false);
});

Deno.test("identityBytes() takes 16 bytes in 22 characters, in one way each", async (t) => {
  assertEquals(identityBytes("AAECAwQFBgcICQoLDA0ODw").toHex(), "000102030405060708090a0b0c0d0e0f");
  const cases = [
    "",
    "web-01",
    "A".repeat(21),
    "A".repeat(23),
    "A".repeat(21) + "B",
    "A".repeat(21) + "=",
    "+".repeat(21) + "A",
    "A".repeat(22) + "\n",
  ];
  for (const text of cases) {
    await t.step(JSON.stringify(text), () => {
      assertThrows(() => identityBytes(text), RangeError, "22 characters of base64url");
    });
  }
});
