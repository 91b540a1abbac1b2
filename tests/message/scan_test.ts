import { assert, assertEquals } from "@std/assert";
import { CanonicalReader, Digest } from "../../lib/message/digest.ts";
import { TextCache } from "../../lib/common/hash.ts";
import { decodeMessage } from "../../lib/message/decode.ts";
import { encodeMessage } from "../../lib/message/encode.ts";
import { DatagramError, type Message } from "../../lib/message/message.ts";
import { bytesOf, digestOf, fullSampleOf, messages, sampleOf } from "../messages.ts";
import { mutate, randomOf } from "../mutation.ts";
import fc from "fast-check";

const reader = new CanonicalReader(new TextCache(10));

/** What the reader makes of a datagram; `null` for one that it does not read. */
function read(bytes: Uint8Array): Digest | null {
  const digest = new Digest();
  return reader.read(bytes, digest) ? digest : null;
}

/** Whatever is read is what the decoder makes of the same bytes. */
function assertAlike(bytes: Uint8Array): boolean {
  const digest = read(bytes);
  if (digest === null) return false;
  const message = decodeMessage(bytes) as Message;
  assertEquals(Object.assign(digest, { metricsAt: 0 }), digestOf(message));
  return true;
}

const full = sampleOf({ cores: 4, volumes: 2, interfaces: 2 });
const { id: _, session: __, seq: ___, ...unnamed } = full;
const text = new TextDecoder().decode(encodeMessage(full));

Deno.test("CanonicalReader reads what agents send", async (t) => {
  const sum = { rx: 5, tx: 6, rxLost: 7, txLost: 8 };
  const cases: Record<string, Message> = {
    "a whole sample": full,
    "a sample with all that a system may have": fullSampleOf({
      cores: 4,
      volumes: 2,
      interfaces: 2,
    }),
    "tags, texts, numbers of its own and numbers left out": {
      ...full,
      tags: { role: "db", "a.b-c_d": "x y" },
      texts: { kernel: "6.1", cpu: "" },
      extra: { "a b": -1.5, c: 0, d: 12 },
      omitted: 3,
    },
    "sensors without the first of them": {
      ...full,
      sensors: { fans: [{ name: "a", rpm: 900 }], battery: 3, fansOmitted: 2 },
    },
    "below zero": { ...full, sensors: { temps: [{ name: "a", celsius: -3.5 }] } },
    "the body of a sealed one": unnamed,
    "32 cores": sampleOf({ cores: 32, volumes: 1, interfaces: 1 }),
    "64 cores, packed": sampleOf({ cores: 64, volumes: 1, interfaces: 1 }),
    "1,024 cores": sampleOf({ cores: 1_024, volumes: 1, interfaces: 1 }),
    "one group": { v: 1, host: "h", memory: full.memory! },
    "no group": { v: 1, host: "h" },
    "a good-bye": { v: 1, host: "h", bye: true },
    "a good-bye with metrics": { ...full, bye: true },
    "no devices": sampleOf({ cores: 0, volumes: 0, interfaces: 0 }),
    "devices left out": {
      ...full,
      disk: { ...full.disk!, omitted: 3 },
      network: { ...full.network!, omitted: 2, sum },
    },
    "what is not known": {
      ...full,
      cpu: { mean: null, cores: [null, 1], iowait: null, steal: null },
      memory: { ...full.memory!, used: null, swapTotal: null },
      disk: { read: null, write: null, volumes: [{ mount: "/", total: 9, used: null, free: 3 }] },
      network: { interfaces: [{ name: "eth0", rx: null, tx: 4, rxLost: null, txLost: 0 }] },
    },
  };
  for (const [name, message] of Object.entries(cases)) {
    await t.step(name, () => assert(assertAlike(encodeMessage(message))));
  }
});

Deno.test("CanonicalReader reads any message as the decoder does, or not at all", () => {
  let readCount = 0;
  fc.assert(
    fc.property(messages, (message) => {
      const json = new TextDecoder().decode(encodeMessage(message));
      assertAlike(bytesOf(json));
      if (assertAlike(bytesOf(json.replace(/[^ -~]|\\./gu, "x")))) readCount++;
    }),
    { numRuns: 2_000 },
  );
  assert(readCount > 0);
});

/** A sample of a later version: members at the end of every object, of which this one knows nothing. */
function grown(value: unknown, member: string): string {
  if (Array.isArray(value)) return `[${value.map((item) => grown(item, member)).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, item]) =>
    `${JSON.stringify(key)}:${grown(item, member)}`
  );
  return `{${[...members, member].join()}}`;
}

Deno.test("CanonicalReader reads what a later version has added", async (t) => {
  const cases = {
    "a number": "12",
    "a negative number": "-0.5",
    "an exponent": "1.5E+300",
    "a word": "true",
    "null": "null",
    "a text": '"Debian GNU/Linux 12"',
    "an empty text": '""',
    "an object": '{"role":"db","host":"another"}',
    "an empty one": "{}",
    "a list": '[{"name":"nvme0n1","busy":12.5},{}]',
    "an empty list": "[]",
  };
  for (const [name, value] of Object.entries(cases)) {
    await t.step(name, () => {
      assert(assertAlike(bytesOf(grown(JSON.parse(text), `"added":${value}`))));
      assert(assertAlike(bytesOf(grown(JSON.parse(text), `"more":${value},"added":${value}`))));
    });
  }
});

Deno.test("CanonicalReader takes any added members as the decoder does, or not at all", () => {
  const keys = fc.oneof(
    fc.constantFrom("cpu", "seq", "host", "mean", "used", "rx", "sum", "bye", "__proto__", ""),
    fc.string({ maxLength: 9 }),
  );
  let readCount = 0;
  fc.assert(
    fc.property(keys, fc.json(), (key, json) => {
      if (assertAlike(bytesOf(grown(JSON.parse(text), `${JSON.stringify(key)}:${json}`)))) {
        readCount++;
      }
    }),
    { numRuns: 2_000 },
  );
  assert(readCount > 100, `${readCount} were read`);
});

Deno.test("CanonicalReader does not read added members", async (t) => {
  const cases = {
    "with a key that is known there": text.replace(/}$/, ',"host":"another"}'),
    "in a group, with a key that is known there": text.replace('"steal":0', '"steal":0,"mean":9'),
    "with an escape in a key": text.replace(/}$/, ',"h\\u006fst":"another"}'),
    "with a bad number": text.replace(/}$/, ',"added":01}'),
    "with a number that ends early": text.replace(/}$/, ',"added":1.}'),
    "with a word that is none": text.replace(/}$/, ',"added":nulL}'),
    "without a value": text.replace(/}$/, ',"added":}'),
    "without a key": text.replace(/}$/, ",}"),
    "that are nested deeply": text.replace(/}$/, ',"added":[[[[[1]]]]]}'),
    "that are very many": text.replace(/}$/, `${',"a":1'.repeat(129)}}`),
  };
  for (const [name, json] of Object.entries(cases)) {
    await t.step(name, () => {
      assert(json !== text);
      assertEquals(read(bytesOf(json)), null);
    });
  }
});

Deno.test("CanonicalReader reads no mutated datagram otherwise than the decoder", () => {
  const random = randomOf(11);
  for (let n = 0; n < 50_000; n++) assertAlike(mutate(random));
});

Deno.test("CanonicalReader reads no text with any one byte changed, left out or doubled otherwise", () => {
  const bytes = bytesOf(text);
  const spliced = (at: number, count: number, ...more: number[]) =>
    Uint8Array.from([...bytes].toSpliced(at, count, ...more));
  const samples = [...bytesOf('"\\{}[],:-+.eE019 nul\u0000\u007f'), 0xc3];
  for (let at = 0; at < bytes.length; at++) {
    assertAlike(spliced(at, 1));
    assertAlike(spliced(at, 0, bytes[at]!));
    for (const byte of samples) assertAlike(bytes.with(at, byte));
  }
});

Deno.test("CanonicalReader reads packed cores as the decoder does, or not at all", () => {
  const digits = fc.string({ unit: fc.constantFrom(..."AZaz09-_8gBM=+"), maxLength: 40 });
  fc.assert(
    fc.property(digits, (cores) => {
      const packed = text.replace(/"cores":\[[^\]]*\]/, `"cores":"${cores}"`);
      try {
        assertAlike(bytesOf(packed));
      } catch (error) {
        assert(!(error instanceof DatagramError), `read what the decoder refuses: ${cores}`);
        throw error;
      }
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("CanonicalReader does not read", async (t) => {
  const number = (json: string) => text.replace('"seq":123456', `"seq":${json}`);
  const cases: Record<string, string> = {
    "nothing": "",
    "a part of it": text.slice(0, -1),
    "more than it": `${text} `,
    "another version": text.replace('"v":1', '"v":2'),
    "a version that only begins with 1": text.replace('"v":1', '"v":10'),
    "white space": text.replace('"v":1,', '"v":1, '),
    "an escape": text.replace("web-01", "web\\u002d01"),
    "an empty name": text.replace("web-01.example.org", ""),
    "a letter that is not ASCII": text.replace("web-01", "wéb-01"),
    "a number with a sign": number("-1"),
    "a number with a leading zero": number("0123"),
    "a number with an exponent": number("1e3"),
    "a number that is not whole": number("1.5"),
    "a number of 17 digits": number("12345678901234567"),
    "a number that is not exact": text.replace(/"total":\d+/, '"total":9007199254740992'),
    "a sequence of 0": number("0"),
    "more than 100 percent": text.replace('"mean":14.1', '"mean":100.1'),
    "a point without digits": text.replace('"mean":14.1', '"mean":14.'),
    "a part that is more than its whole": text.replace(/"used":\d+/, '"used":9007199254740991'),
    "a good-bye that is none": text.replace(/}$/, ',"bye":false}'),
    "a message of the original course system": '{"cpu":12.5}',
  };
  for (const [name, json] of Object.entries(cases)) {
    await t.step(name, () => assertEquals(read(bytesOf(json)), null));
  }
});

Deno.test("CanonicalReader says where the metrics begin", () => {
  const { metricsAt } = read(bytesOf(text))!;
  assertEquals(text.slice(metricsAt).slice(0, 8), ',"cpu":{');
  const alone = '{"v":1,"host":"h","seq":7}';
  assertEquals(read(bytesOf(alone))!.metricsAt, alone.length - 1);
});

Deno.test("CanonicalReader is not confused by what was longer before", () => {
  assert(read(bytesOf(text)) !== null);
  const short = '{"v":1,"host":"h"';
  assertEquals(read(bytesOf(short)), null);
  assertEquals(read(bytesOf(`${short}}`))?.host, "h");
});
