import { assertEquals, assertNotEquals } from "@std/assert";
import {
  decrypt,
  deriveAgentKey,
  deriveSessionKey,
  encrypt,
  hkdf,
  openBytes,
  sealBytes,
} from "../../lib/sealed/cipher.ts";
import { encodeHeader, ENVELOPE_BYTES } from "../../lib/sealed/envelope.ts";
import { idOf, NOW_MS, sessionOf } from "./sealing.ts";

const hex = (text: string) => Uint8Array.fromHex(text);

/** The bytes from one number to another. */
function range(from: number, to: number): Uint8Array {
  return Uint8Array.from({ length: to - from + 1 }, (_, n) => from + n);
}

Deno.test("hkdf() is that of RFC 5869, appendix A", async (t) => {
  const cases: [string, Uint8Array, Uint8Array, Uint8Array, string][] = [
    [
      "A.1",
      hex("0b".repeat(22)),
      range(0x00, 0x0c),
      range(0xf0, 0xf9),
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf",
    ],
    [
      "A.2, longer",
      range(0x00, 0x4f),
      range(0x60, 0xaf),
      range(0xb0, 0xff),
      "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c",
    ],
    [
      "A.3, without salt and info",
      hex("0b".repeat(22)),
      new Uint8Array(),
      new Uint8Array(),
      "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d",
    ],
  ];
  for (const [name, key, salt, info, okm] of cases) {
    await t.step(name, () => assertEquals(hkdf(key, salt, info).toHex(), okm));
  }
});

/** Of "The Galois/Counter Mode of Operation", test cases 13 to 16, which NIST's own are made like. */
const KEY = "feffe9928665731c6d6a8f9467308308".repeat(2);
const NONCE = "cafebabefacedbaddecaf888";
const PLAINTEXT = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72" +
  "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255";
const CIPHERTEXT = "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa" +
  "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad";
const VECTORS = [
  {
    name: "13, of nothing",
    key: "00".repeat(32),
    nonce: "00".repeat(12),
    additional: "",
    plaintext: "",
    ciphertext: "",
    tag: "530f8afbc74536b9a963b4f1c4cb738b",
  },
  {
    name: "14, of one block",
    key: "00".repeat(32),
    nonce: "00".repeat(12),
    additional: "",
    plaintext: "00".repeat(16),
    ciphertext: "cea7403d4d606b6e074ec5d3baf39d18",
    tag: "d0d1c8a799996bf0265b98b5d48ab919",
  },
  {
    name: "15, of four blocks",
    key: KEY,
    nonce: NONCE,
    additional: "",
    plaintext: PLAINTEXT,
    ciphertext: CIPHERTEXT,
    tag: "b094dac5d93471bdec1a502270e3cc6c",
  },
  {
    name: "16, with additional data",
    key: KEY,
    nonce: NONCE,
    additional: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
    plaintext: PLAINTEXT.slice(0, 120),
    ciphertext: CIPHERTEXT.slice(0, 120),
    tag: "76fc6ece0f4e1768cddf8853bb2d551b",
  },
];

Deno.test("encrypt() and decrypt() are AES-256-GCM", async (t) => {
  for (const { name, key, nonce, additional, plaintext, ciphertext, tag } of VECTORS) {
    await t.step(`case ${name}`, () => {
      const made = encrypt(hex(key), hex(nonce), hex(additional), hex(plaintext));
      assertEquals(made.ciphertext.toHex(), ciphertext);
      assertEquals(made.tag.toHex(), tag);
      const encrypted = { ciphertext: hex(ciphertext), tag: hex(tag) };
      const opened = decrypt(hex(key), hex(nonce), hex(additional), encrypted);
      assertEquals(opened?.toHex(), plaintext);
    });
  }
});

Deno.test("decrypt() refuses another key, nonce, additional data, ciphertext or tag", async (t) => {
  const { key, nonce, additional, ciphertext, tag } = VECTORS[3]!;
  const parts = { key, nonce, additional, ciphertext, tag };
  for (const part of Object.keys(parts) as (keyof typeof parts)[]) {
    await t.step(part, () => {
      const bytes = hex(parts[part]);
      bytes[bytes.length - 1]! ^= 1;
      const other = { ...parts, [part]: bytes.toHex() };
      const encrypted = { ciphertext: hex(other.ciphertext), tag: hex(other.tag) };
      assertEquals(
        decrypt(hex(other.key), hex(other.nonce), hex(other.additional), encrypted),
        null,
      );
    });
  }
});

Deno.test("decrypt() refuses a tag that is cut or too long", async (t) => {
  const { key, nonce, additional, ciphertext, tag } = VECTORS[3]!;
  for (const length of [0, 1, 4, 8, 12, 15, 17]) {
    await t.step(`${length} bytes`, () => {
      const other = Uint8Array.from({ length }, (_, n) => hex(tag)[n] ?? 0);
      const encrypted = { ciphertext: hex(ciphertext), tag: other };
      assertEquals(decrypt(hex(key), hex(nonce), hex(additional), encrypted), null);
    });
  }
});

Deno.test("deriveAgentKey() differs by fleet key, key id and agent", () => {
  const keys = [
    deriveAgentKey(new Uint8Array(32), 1, idOf(1)),
    deriveAgentKey(new Uint8Array(32).fill(1), 1, idOf(1)),
    deriveAgentKey(new Uint8Array(32), 2, idOf(1)),
    deriveAgentKey(new Uint8Array(32), 1, idOf(2)),
  ].map((key) => key.toHex());
  assertEquals(new Set(keys).size, keys.length);
  assertEquals(keys[0]!.length, 64);
});

Deno.test("deriveSessionKey() differs by agent key and session", () => {
  const session = sessionOf(NOW_MS);
  const key = deriveSessionKey(new Uint8Array(32), session);
  assertNotEquals(key, deriveSessionKey(new Uint8Array(32).fill(1), session));
  assertNotEquals(key, deriveSessionKey(new Uint8Array(32), sessionOf(NOW_MS, 1)));
  assertEquals(key, deriveSessionKey(new Uint8Array(32), session));
});

Deno.test("sealBytes() takes the sequence number for the nonce and the header for additional data", () => {
  const key = range(1, 32);
  const header = encodeHeader({
    keyId: 7,
    id: idOf(1),
    session: sessionOf(NOW_MS),
    seq: 0x01020304,
  });
  const body = range(0, 99);
  const { ciphertext, tag } = encrypt(key, hex("000000000000000001020304"), header, body);
  const datagram = sealBytes(key, header, body);
  assertEquals(datagram, Uint8Array.of(...header, ...ciphertext, ...tag));
  assertEquals(datagram.length, body.length + ENVELOPE_BYTES);
  assertEquals(openBytes(key, datagram)?.toHex(), body.toHex());
  assertEquals(openBytes(range(2, 33), datagram), null);
});
