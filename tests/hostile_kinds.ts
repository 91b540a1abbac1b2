/**
 * Kinds of datagrams that could cost a server more than they should, each as a stream that goes on for
 * ever: what `deno task bench:datagrams` measures, and the fuzzer begins with.
 */
import type { Address } from "../lib/common/address.ts";
import { encodeMessage } from "../lib/message/encode.ts";
import { MAX_DATAGRAM_BYTES, type Message } from "../lib/message/message.ts";
import { bytesOf, jsonOf, sampleOf } from "./messages.ts";
import { idOf, keyOf, NOW_MS, ringOf, sealed, sessionOf } from "./sealed/sealing.ts";

export const START_MS = NOW_MS;

/** A datagram and its sender; of those that come before also when, where that matters. */
export type Sent = readonly [bytes: Uint8Array, sender: Address, atMs?: number];

/** Datagrams of one kind, by number, after those that come before. */
export interface Kind {
  readonly before?: () => Iterable<Sent>;
  readonly make: (n: number) => Sent;
  readonly sealed?: boolean;
}

const HOSTS = 1_000;
const SENDER: Address = { hostname: "192.0.2.1", port: 40_000 };
const SAMPLE = sampleOf({ cores: 4, volumes: 1, interfaces: 1 });
const LARGE = sampleOf({ cores: 1_024, volumes: 40, interfaces: 40 });

const sampleFrom = (n: number, changes: object = {}): Message => ({
  ...SAMPLE,
  ...{ id: `host-${n % HOSTS}`, host: `web-${n % HOSTS}.example`, seq: Math.floor(n / HOSTS) + 2 },
  ...changes,
});
const plain = (message: object): Sent => [encodeMessage(message as Message), SENDER];
const text = (json: string): Sent => [bytesOf(json), SENDER];
/** One of each host. */
const fleetOf = (changes: (n: number) => object = () => ({})) => () =>
  Array.from({ length: HOSTS }, (_, n) => plain(sampleFrom(n, { seq: 1, ...changes(n) })));
const known = (make: (n: number) => Sent, changes?: (n: number) => object): Kind => ({
  before: fleetOf(changes),
  make,
});
const addressOf = (n: number) => `10.${n >>> 16 & 255}.${n >>> 8 & 255}.${n & 255}`;

/** A text of the greatest length: a beginning, items made anew, an end. */
function filled(begin: string, item: (n: number) => string, end: string, between = ","): string {
  let whole = begin;
  for (let n = 0;; n++) {
    const next = (n === 0 ? "" : between) + item(n);
    if (whole.length + next.length + end.length > MAX_DATAGRAM_BYTES) return whole + end;
    whole += next;
  }
}

let words = 0;
const word = () => (words++ * 7_919 % 46_656).toString(36) + (words % 46_656).toString(36);

/** Values that are no news to version 1, and take long to read. */
const LONG_VALUES: Readonly<Record<string, () => string>> = {
  "blanks": () => filled("1", () => " ", "", ""),
  "arrays, deep": () => "[".repeat(4_000) + "]".repeat(4_000),
  "objects, deep": () => '{"a":'.repeat(1_300) + "1" + "}".repeat(1_300),
  "objects of one new key each": () => filled("[", () => `{"${word()}":1}`, "]"),
  "objects in objects": () => filled("[", () => `{"a":1,"${word()}":{"b":[]}}`, "]"),
  "empty objects": () => filled("[", () => "{}", "]"),
  "new keys": () => filled("{", () => `"${word()}":1`, "}"),
  "a key again and again": () => filled("{", () => '"a":1', "}"),
  "whole numbers as keys": () => filled("{", (n) => `"${(n + 1) * 4_194_304}":1`, "}"),
  "texts": () => filled("[", () => `"${word()}"`, "]"),
  "texts of whole numbers": () => filled("[", (n) => `"${n * 4_194_304 + words}"`, "]"),
  "one number of 8,000 digits": () => "9".repeat(8_000),
  "numbers of one digit": () => filled("[", () => "1", "]"),
  "numbers with exponents": () => filled("[", () => "1e9", "]"),
  "numbers that are hard to round": () => filled("[", () => "2.2250738585072011e-308", "]"),
  "escapes": () => `"${"\\n".repeat(4_000)}"`,
  "escapes in hexadecimal": () => `"${"\\u00e9".repeat(1_300)}"`,
  "two-byte letters": () => `"${"é".repeat(4_000)}"`,
};

/** The same value inside of a message that is sound else, of one that is not, and of a legacy one. */
function longKinds(): Record<string, Kind> {
  const kinds: [string, Kind][] = Object.entries(LONG_VALUES).flatMap(([name, make]) => {
    const cut = (json: string) => json.slice(0, MAX_DATAGRAM_BYTES);
    const value = () => make().slice(0, MAX_DATAGRAM_BYTES - 200);
    const isCut = make().length > MAX_DATAGRAM_BYTES - 200;
    const shorter = isCut ? null : value;
    return [
      [`legacy: ${name}`, known(() => text(cut(`{"x":${make().slice(0, 8_000)}}`)))],
      ...(shorter === null ? [] : [[
        `ignored: ${name}`,
        known((n) => text(`{"v":1,"host":"h${n % 100}","x":${shorter()}}`)),
      ] as [string, Kind]]),
    ] as [string, Kind][];
  });
  return Object.fromEntries(kinds);
}

/** What comes plain; the first is a good one. */
export const HOSTILE_KINDS: Readonly<Record<string, Kind>> = {
  "good": known((n) => plain(sampleFrom(n))),
  "good of 1,400 bytes": known((n) =>
    plain({ ...sampleOf({ cores: 64, volumes: 6, interfaces: 4 }), ...idsOf(n) })
  ),
  "good of 8,000 bytes": known((n) => plain({ ...LARGE, ...idsOf(n) })),
  "good, with spaces": known((n) => text(spaced(sampleFrom(n)))),
  "good, in another order": known((n) => text(reversed(sampleFrom(n)))),
  "good, named in other letters": known((n) => plain(sampleFrom(n, { host: `café-${n % HOSTS}` }))),
  "good, of a later version": known((n) =>
    text(
      jsonText(sampleFrom(n)).replace(
        /}$/,
        `,"added":{${"x,".repeat(40).replace(/x/g, () => `"${word()}":1`)}"z":1}}`,
      ),
    )
  ),
  "good, with 120 keys added": known((n) =>
    text(jsonText(sampleFrom(n)).replace(/}$/, `${',"a":1'.repeat(120)}}`))
  ),
  "good-byes": known((n) => plain({ v: 1, ...idsOf(n), bye: true })),
  "good-byes after 8,000 bytes": known(
    (n) => plain({ v: 1, ...idsOf(n), bye: true }),
    (n) => ({ ...LARGE, id: `host-${n}` }),
  ),
  "good-byes with cores after 8,000": known(
    (n) => plain({ v: 1, ...idsOf(n), cpu: SAMPLE.cpu, bye: true }),
    (n) => ({ ...LARGE, id: `host-${n}` }),
  ),
  "empty": known(() => [new Uint8Array(0), SENDER]),
  "too long": known(() => [new Uint8Array(8_193).fill(0x7b), SENDER]),
  "{": known(() => text("{")),
  "{}": known(() => text("{}")),
  "{x}": known(() => text("{x}")),
  "{ and 8,000 letters": known(() => text(`{${"x".repeat(8_000)}}`)),
  "cut": known((n) => [encodeMessage(sampleFrom(n)).slice(0, -1), SENDER]),
  "cut, and closed": known((n) => text(jsonText(sampleFrom(n)).slice(0, -9) + "}")),
  "not UTF-8": known((n) => [encodeMessage(sampleFrom(n)).with(40, 0xff), SENDER]),
  "not UTF-8, long": known(
    () => [new Uint8Array(8_192).fill(0xff).with(0, 0x7b).with(8_191, 0x7d), SENDER],
  ),
  "of version 2": known((n) => text(jsonText(sampleFrom(n)).replace('"v":1', '"v":2'))),
  "one number out of bounds": known((n) =>
    text(jsonText(sampleFrom(n)).replace(/"txLost":\d+/, '"txLost":-1'))
  ),
  "a name that deceives": known((n) => text(jsonText(sampleFrom(n, { host: "a\u202eb" })))),
  "of a sealed form": known(() => [sealed(), SENDER]),
  "copies": known((n) => plain(sampleFrom(n, { seq: 1 }))),
  "old": known(
    (n) => plain(sampleFrom(n, { seq: 1 })),
    () => ({ seq: 300 }),
  ),
  "late": known(
    (n) => plain(sampleFrom(n % 10, lateSeqOf(Math.floor(n / 10)))),
    () => ({ seq: 1 }),
  ),
  "jumps": known((n) => plain(sampleFrom(n, { seq: 10 + 4_000 * (Math.floor(n / HOSTS) + 1) }))),
  "a new session each": known((n) => plain(sampleFrom(n, { session: `s${n}`, seq: 1 }))),
  "a new session each, one host": known((n) => plain(sampleFrom(0, { session: `s${n}`, seq: 1 }))),
  "a new name each": known((n) => plain(sampleFrom(n, { host: `name-${n}` }))),
  "a new name of 253 each": known((n) => plain(sampleFrom(n, { host: `${n}`.padEnd(253, "x") }))),
  "a new port each": known((n) => [encodeMessage(sampleFrom(n)), { ...SENDER, port: n & 0xffff }]),
  "a new address each": known((n) => [
    encodeMessage(sampleFrom(n)),
    { hostname: addressOf(n), port: 4_000 },
  ]),
  "a new interval each": known((n) =>
    plain(sampleFrom(n, { interval: Math.floor(n / HOSTS) % 2 === 0 ? 1_000 : 60_000 }))
  ),
  "another interval twice a second": {
    before: () => Array.from({ length: 7_500 }, (_, n) => anotherInterval(n)),
    make: (n) => anotherInterval(n + 7_500),
  },
  "late, of 900 points": {
    before: longPast,
    make: (n) => {
      const round = Math.floor(n / LONG_PAST_HOSTS);
      const point = 2 * POINTS - 1 - 2 * round;
      return plain(pastSample(n, point, { time: START_MS - 1_000 * (POINTS - round) + 500 }));
    },
  },
  "another interval, of 900 points": {
    before: longPast,
    make: (n) => {
      const round = Math.floor(n / LONG_PAST_HOSTS);
      const interval = round % 2 === 0 ? 1_100 : 1_000;
      return plain(pastSample(n, 2 * POINTS + round, { time: START_MS + round, interval }));
    },
  },
  "a new id each": known((n) => plain(sampleFrom(n, { id: `new-${n}`, seq: 1 }))),
  "a new id and network each": known((n) => [
    encodeMessage(sampleFrom(n, { id: `new-${n}`, seq: 1 })),
    { hostname: addressOf(n * 256 + 1), port: 4_000 },
  ]),
  "a new IPv6 network each": known((n) => [
    encodeMessage(sampleFrom(n, { id: `new-${n}`, seq: 1 })),
    {
      hostname: `2001:db8:${(n >>> 16).toString(16)}:${(n & 0xffff).toString(16)}::1`,
      port: 4_000,
    },
  ]),
  "a new id each, table full": {
    before: function* () {
      for (let n = 0; n < 10_000; n++) {
        yield [encodeMessage(sampleFrom(n, { id: `full-${n}`, interval: 3_600_000 })), {
          hostname: addressOf(n * 64),
          port: 1,
        }];
      }
    },
    make: (n) => [encodeMessage(sampleFrom(n, { id: `new-${n}`, seq: 1 })), {
      hostname: addressOf(0x800000 + n * 256),
      port: 4_000,
    }],
  },
  "ids of one bucket": {
    before: function* () {
      for (let n = 0; n < 10_000; n++) {
        yield [encodeMessage(sampleFrom(n, { id: bucketId(n), seq: 1 })), SENDER];
      }
    },
    make: (n) =>
      plain(sampleFrom(n, { id: bucketId(n % 10_000), seq: Math.floor(n / 10_000) + 2 })),
  },
  "without an id": known((n) => plain({ v: 1, host: `web-${n % 100}`, cpu: SAMPLE.cpu })),
  "legacy": known((n) => [
    jsonOf({ cpu: 12.5 + n % 7, memoria: { total: 8, usada: 3 }, disco: { libre: 100 } }),
    SENDER,
  ]),
  ...longKinds(),
};

function anotherInterval(n: number): Sent {
  const round = Math.floor(n / 7_500);
  const interval = round % 2 === 0 ? 1_000 : 1_100;
  return plain({ ...SAMPLE, ...{ id: `h${n % 7_500}`, seq: round + 1, interval } });
}

const [LONG_PAST_HOSTS, POINTS] = [100, 900];

/** Hosts that have sent every second number for 15 minutes, one a second. */
function* longPast(): Generator<Sent> {
  for (let point = 1; point <= POINTS; point++) {
    const time = START_MS - 1_000 * (POINTS - point);
    for (let host = 0; host < LONG_PAST_HOSTS; host++) {
      yield [encodeMessage(pastSample(host, 2 * point, { time })), SENDER, time];
    }
  }
}

function pastSample(n: number, seq: number, changes: object): Message {
  const host = n % LONG_PAST_HOSTS;
  return {
    ...SAMPLE,
    ...{ id: `past-${host}`, host: `past-${host}`, seq, interval: 1_000 },
    ...changes,
  };
}

/** Whole numbers, which the engine's own tables keep by their values. */
function bucketId(n: number): string {
  return String((n + 1) * 1_048_576);
}

function idsOf(n: number) {
  return {
    ...{ id: `host-${n % HOSTS}`, host: `web-${n % HOSTS}.example`, session: SAMPLE.session },
    seq: Math.floor(n / HOSTS) + 2,
  };
}

function lateSeqOf(n: number): object {
  const block = Math.floor(n / 200);
  const seq = 2 + 200 * block + (199 - n % 200);
  return { seq, time: START_MS + 5_000 * seq };
}

function jsonText(message: Message): string {
  return new TextDecoder().decode(encodeMessage(message));
}

function spaced(message: Message): string {
  return jsonText(message).replaceAll(",", ", ").replaceAll(":", ": ");
}

function reversed(message: Message): string {
  return JSON.stringify(
    Object.fromEntries(Object.entries(JSON.parse(jsonText(message))).reverse()),
  );
}

const BODY = sampleOf({ cores: 4, volumes: 1, interfaces: 1 });
const AGENTS = 20;
const sealedBy = (n: number, changes: object = {}): Sent => [
  sealed({ agent: n % AGENTS, seq: Math.floor(n / AGENTS) + 2, message: BODY, ...changes }),
  SENDER,
];
const session = (kind: Kind["make"]): Kind => ({
  before: () => Array.from({ length: AGENTS }, (_, n) => sealedBy(n, { seq: 1 })),
  make: kind,
  sealed: true,
});
const forged = (bytes: Uint8Array) => bytes.with(bytes.length - 1, bytes.at(-1)! ^ 1);
const twoKeys = ringOf(keyOf(2));

/** What comes sealed; the first is a good one. */
export const SEALED_KINDS: Readonly<Record<string, Kind>> = {
  "good sealed": session((n) => sealedBy(n)),
  "forged, known session": session((n) => [forged(sealedBy(n)[0]), SENDER]),
  "forged, known session, from anywhere": session((n) => [
    forged(sealedBy(n)[0]),
    { hostname: addressOf(n * 256), port: n & 0xffff },
  ]),
  "forged, known session, other key": session((
    n,
  ) => [forged(sealedBy(n, { ring: twoKeys })[0]), SENDER]),
  "forged, new session": session((n) => [
    forged(sealedBy(n, { session: sessionOf(START_MS + 1, n) })[0]),
    SENDER,
  ]),
  "forged, unknown agent": session((
    n,
  ) => [forged(sealedBy(n, { agent: 100 + n % 1_000 })[0]), SENDER]),
  "forged, 8,000 bytes": session((n) => [
    forged(sealedBy(n, { message: { ...LARGE, time: START_MS } })[0]),
    SENDER,
  ]),
  "sealed copies": session((n) => sealedBy(n, { seq: 1 })),
  "sealed of an older session": session((n) => sealedBy(n, { session: sessionOf(START_MS - 1) })),
  "sealed with no known key": session((n) => [sealedBy(n)[0].with(2, 99), SENDER]),
  "sealed, too short": session(() => [sealedBy(1)[0].slice(0, 40), SENDER]),
  "sealed in an unknown way": session((n) => [sealedBy(n)[0].with(1, 0x12), SENDER]),
  "plain where all is sealed": session((n) => plain(sampleFrom(n))),
};

/** For tests that need an agent's id. */
export const agentId = idOf;
