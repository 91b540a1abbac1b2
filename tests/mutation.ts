/**
 * Datagrams that are almost right: a seeded mutator of good ones, plain and sealed, and a run of
 * them through a fleet. `deno task fuzz [--count N] [--minutes N] [--seed S]` runs it for as long as
 * it is told, in steps, and prints how the memory goes; the tests run one short piece of it.
 */
import type { DropReason } from "../lib/common/status.js";
import { Fleet } from "../lib/server/fleet/fleet.ts";
import { encodeMessage } from "../lib/message/encode.ts";
import type { Message } from "../lib/message/message.ts";
import { readCount } from "../lib/common/options.ts";
import { Opener } from "../lib/sealed/opener.ts";
import { readCommandLine, readMinutes } from "../tools/command_line.ts";
import { bytesOf, sampleOf } from "./messages.ts";
import { NOW_MS, ringOf, sealed, sessionOf } from "./sealed/sealing.ts";

/** A stream of numbers from 0 up to 1 that a seed decides (mulberry32, by T. Ettinger, public domain). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What the mutator begins with. */
const CORPUS: readonly Uint8Array[] = [
  encodeMessage(sampleOf({ cores: 4, volumes: 1, interfaces: 1 })),
  encodeMessage(sampleOf({ cores: 2, volumes: 4, interfaces: 4 })),
  encodeMessage(sampleOf({ cores: 64, volumes: 4, interfaces: 4 })),
  encodeMessage({ v: 1, host: "a", bye: true } as Message),
  bytesOf('{"cpu":12.5,"memoria":{"total":8,"usada":3}}'),
  bytesOf('{"v":1,"host":"\\ud83d\\ude00 \\u202e","cores":"AAAA"}'),
  bytesOf(`{"v":1,"host":"deep","x":${"[".repeat(500)}${"]".repeat(500)}}`),
  bytesOf('{"v":1,"host":"__proto__","id":"constructor","seq":4294967295,"session":"s"}'),
  sealed(),
  sealed({ seq: 2 }),
  sealed({ agent: 2, session: sessionOf(NOW_MS, 1) }),
];
/** What is put where it does not belong. */
const NASTIES = [
  "NaN",
  "1e400",
  "-0",
  "null",
  '"',
  "\\u0000",
  "\x1b[2J",
  "}{",
  ",",
  "\ufeff",
  "__proto__",
  "9".repeat(400),
]
  .map(bytesOf);

/** One datagram with up to eight changes; the same for the same numbers. */
export function mutate(random: () => number): Uint8Array {
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)]!;
  let bytes = pick(CORPUS).slice();
  for (let changes = Math.floor(random() * 8); changes >= 0; changes--) {
    const at = Math.floor(random() * (bytes.length + 1));
    const until = at + Math.floor(random() * 16);
    const kind = random();
    if (kind < 0.4) bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8));
    else if (kind < 0.5) bytes = bytes.slice(0, at);
    else if (kind < 0.65) bytes = joined(bytes.slice(0, at), bytes.slice(until));
    else if (kind < 0.8) bytes = joined(bytes.slice(0, at), pick(NASTIES), bytes.slice(at));
    else if (kind < 0.9) bytes = joined(bytes.slice(0, at), pick(CORPUS).slice(at));
    else bytes = joined(bytes.slice(0, until), bytes.slice(at));
  }
  return bytes.slice(0, 8_193);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** What became of a run: every reason that occurred, and what must not. */
export interface Outcome {
  readonly received: number;
  readonly accepted: number;
  readonly dropped: ReadonlyMap<DropReason, number>;
  readonly hosts: number;
  /** Faults of ours: an exception that is no refusal. */
  readonly faults: readonly string[];
}

/** A fleet that takes mutated datagrams, a piece at a time. */
export class Fuzz {
  readonly #random: () => number;
  readonly #fleet: Fleet;
  readonly #faults = new Set<string>();
  #count = 0;

  constructor(seed: number) {
    this.#random = randomOf(seed);
    const opener = new Opener({ auth: "mixed", maxAgents: 100 });
    const ring = ringOf();
    this.#fleet = new Fleet({
      ...{ maxHosts: 100, historyMs: 60_000, nowMs: NOW_MS },
      decoder: {
        decode: (bytes) => {
          const upMs = 3_600_000 + this.#count;
          return opener.open(bytes, ring, { wallMs: NOW_MS + this.#count / 100, upMs });
        },
      },
    });
  }

  /** Takes so many more. */
  run(count: number): Outcome {
    for (let index = 0; index < count; index++) {
      const sender = { hostname: `192.0.2.${Math.floor(this.#random() * 256)}`, port: 5_000 };
      const receipt = this.#fleet.receive(mutate(this.#random), sender, NOW_MS + this.#count++);
      if (!receipt.accepted && receipt.reason === "internal") {
        this.#faults.add(String(receipt.error?.stack));
      }
    }
    const { received, accepted, dropped, hosts } = this.#fleet.totals(NOW_MS + this.#count);
    // Whatever a view asks for must work as well, with all that has been let in.
    JSON.stringify(this.#fleet.rows(NOW_MS + this.#count));
    return { received, accepted, dropped, hosts, faults: [...this.#faults] };
  }
}

const STEP = 250_000;

const TOOL = {
  usage: "deno task fuzz [OPTION]...",
  purpose: "Sends mutated datagrams, plain and sealed, through the decoder and the fleet.",
  options: {
    count: {
      placeholder: "N",
      fallback: null,
      help: "end after so many datagrams (default: 1000000, without --minutes)",
      read: (text: string) => readCount(text, 1, Number.MAX_SAFE_INTEGER),
    },
    minutes: {
      placeholder: "N",
      fallback: null,
      help: "end after so many minutes (default: 60)",
      read: readMinutes,
    },
    seed: {
      placeholder: "S",
      fallback: null,
      help: "repeat the run that printed this seed (default: another one each time)",
      read: (text: string) => readCount(text, 0, 2 ** 32 - 1),
    },
  },
} as const;

function main(): void {
  const { count, minutes, seed } = readCommandLine(TOOL);
  const most = count ?? (minutes === null ? 1_000_000 : Infinity);
  const endMs = performance.now() + (minutes ?? 60) * 60_000;
  const chosen = seed ?? Date.now() % 2 ** 32;
  const fuzz = new Fuzz(chosen);
  for (let done = 0; done < most && performance.now() < endMs;) {
    const step = Math.min(STEP, most - done);
    const outcome = fuzz.run(step);
    done += step;
    const heapMiB = Deno.memoryUsage().heapUsed / 2 ** 20;
    print(
      `seed ${chosen}: ${done} datagrams, ${outcome.accepted} accepted, heap ${
        heapMiB.toFixed(1)
      } MiB`,
    );
    if (outcome.faults.length > 0) {
      print(outcome.faults.join("\n"));
      Deno.exit(1);
    }
    if (done >= most || performance.now() >= endMs) print(JSON.stringify([...outcome.dropped]));
  }
}

function print(text: string): void {
  // deno-lint-ignore no-console
  console.log(text);
}

if (import.meta.main) main();
