import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { fitMessage } from "../../lib/agent/encoding.ts";
import { encodeMessage } from "../../lib/message/encode.ts";
import { TARGET_DATAGRAM_BYTES } from "../../lib/message/message.ts";
import { deriveAgentKey, deriveSessionKey, openBytes } from "../../lib/sealed/cipher.ts";
import { decodeHeader, ENVELOPE_BYTES } from "../../lib/sealed/envelope.ts";
import { sealedEncoding, Sealer } from "../../lib/sealed/sealer.ts";
import { sampleOf } from "../messages.ts";
import { idOf, keyOf, NOW_MS, ringOf, sessionOf } from "./sealing.ts";

const body = new TextEncoder().encode('{"v":1,"host":"web-01"}');
const newSealer = () => new Sealer(idOf(1), sessionOf(NOW_MS));

Deno.test("Sealer seals under a header that says who, when and with which key", () => {
  const datagram = newSealer().seal(body, 42, ringOf(keyOf(7)), NOW_MS)!;
  const header = decodeHeader(datagram);
  assertEquals(header, {
    keyId: 7,
    id: idOf(1),
    session: sessionOf(NOW_MS),
    startMs: NOW_MS,
    seq: 42,
  });
  const agentKey = deriveAgentKey(keyOf(7).secret, 7, idOf(1));
  const opened = openBytes(deriveSessionKey(agentKey, header.session), datagram);
  assertEquals(opened?.toHex(), body.toHex());
});

Deno.test("Sealer makes the same of the fleet's key as of the agent's own", () => {
  const own = keyOf(7, { agent: idOf(1), secret: deriveAgentKey(keyOf(7).secret, 7, idOf(1)) });
  assertEquals(
    newSealer().seal(body, 1, ringOf(own), NOW_MS),
    newSealer().seal(body, 1, ringOf(keyOf(7)), NOW_MS),
  );
});

Deno.test("Sealer never seals twice under one number", () => {
  const sealer = newSealer();
  sealer.seal(body, 5, ringOf(), NOW_MS);
  for (const seq of [5, 4, 1]) {
    assertThrows(() => sealer.seal(body, seq, ringOf(), NOW_MS), RangeError, "already used");
  }
});

Deno.test("Sealer goes over to a new key, and seals nothing when there is none", () => {
  const sealer = newSealer();
  const old = keyOf(1, { notAfterMs: NOW_MS + 1_000 });
  const next = keyOf(2, { notBeforeMs: NOW_MS + 500 });
  const keyIdAt = (seq: number, nowMs: number) => {
    const datagram = sealer.seal(body, seq, ringOf(old, next), nowMs)!;
    const { keyId, id, session } = decodeHeader(datagram);
    const key = deriveSessionKey(deriveAgentKey(keyOf(keyId).secret, keyId, id), session);
    return openBytes(key, datagram) && keyId;
  };
  assertEquals(keyIdAt(1, NOW_MS), 1);
  assertEquals(keyIdAt(2, NOW_MS + 500), 2);
  assertEquals(sealer.seal(body, 3, ringOf(old), NOW_MS + 1_000), null);
});

Deno.test("Sealer takes only ids and sessions that the header has room for", () => {
  assertThrows(() => new Sealer("web-01", sessionOf(NOW_MS)), RangeError);
  assertThrows(() => new Sealer(idOf(1), "AZqk3f9cVb6X1w"), RangeError);
});

Deno.test("sealedEncoding() leaves out what the header says, and room for the envelope", () => {
  const message = { ...sampleOf({ cores: 4, volumes: 60, interfaces: 60 }), id: idOf(1) };
  const { id: _id, session: _session, seq: _seq, ...rest } = message;
  const { encode, overheadBytes } = sealedEncoding();
  assertEquals(encode(message), encodeMessage(rest));
  assertEquals(overheadBytes, ENVELOPE_BYTES);
  const { bytes, long } = fitMessage(message, sealedEncoding());
  const datagram = newSealer().seal(bytes, 1, ringOf(), NOW_MS)!;
  assertEquals(long, false);
  assert(datagram.length <= TARGET_DATAGRAM_BYTES, `${datagram.length} bytes`);
  assertNotEquals(bytes, fitMessage(message).bytes);
  const shorter = fitMessage(message, sealedEncoding(1_232)).bytes;
  assert(shorter.length < bytes.length);
  assert(newSealer().seal(shorter, 1, ringOf(), NOW_MS)!.length <= 1_232);
});
