// deno-lint-ignore-file no-console
/**
 * `deno task bench:datagrams [--rate N] [--kind NAME]…`: what one datagram of each hostile kind costs the server beside
 * a good one, in turns. Processor time of `Fleet.receive()` alone: to be woken and to receive costs a server
 * as much again, for good and bad.
 */
import { cpuUsage } from "node:process";
import { Fleet } from "../../lib/server/fleet/fleet.ts";
import type { Address } from "../../lib/common/address.ts";
import { readCount } from "../../lib/common/options.ts";
import { Opener } from "../../lib/sealed/opener.ts";
import { readCommandLine } from "../../tools/command_line.ts";
import { HOSTILE_KINDS, type Kind, SEALED_KINDS, START_MS } from "../hostile_kinds.ts";
import { keyOf, ringOf } from "../sealed/sealing.ts";
import { median } from "./figures.ts";

const ROUNDS = 9;
/** Rounds in which the engine gets used to a kind. */
const WARM_UP = 3;
const PER_ROUND = 1_000;
/** A round of slow ones ends sooner. */
const ROUND_MS = 30;
const MAX_HOSTS = 10_000;

/** One kind, with a fleet of its own. */
class Run {
  readonly name: string;
  readonly #kind: Kind;
  readonly #fleet: Fleet;
  readonly #stepMs: number;
  #nowMs = START_MS;
  #count = 0;
  readonly microseconds: number[] = [];

  constructor(name: string, kind: Kind, perSecond: number) {
    this.name = name;
    this.#kind = kind;
    this.#stepMs = 1_000 / perSecond;
    this.#fleet = new Fleet({
      ...{ maxHosts: MAX_HOSTS, historyMs: 900_000, nowMs: START_MS },
      ...(kind.sealed && { decoder: { decode: this.#opener() } }),
    });
    for (const [bytes, sender, atMs = START_MS] of kind.before?.() ?? []) {
      this.#fleet.receive(bytes, sender, atMs);
    }
  }

  turn(): void {
    const made = Array.from({ length: PER_ROUND }, (_, n) => this.#kind.make(this.#count + n));
    const startMs = performance.now();
    const before = cpuUsage();
    let count = 0;
    while (count < PER_ROUND && (count % 10 > 0 || performance.now() - startMs < ROUND_MS)) {
      const [bytes, sender] = made[count++]!;
      this.#nowMs += this.#stepMs;
      this.#fleet.receive(bytes, sender, this.#nowMs);
    }
    const { user, system } = cpuUsage(before);
    this.microseconds.push((user + system) / count);
    this.#count += count;
  }

  get fates(): string {
    const { accepted, dropped } = this.#fleet.totals(this.#nowMs);
    return [["accepted", accepted] as const, ...dropped].map((fate) => fate.join(" ")).join(", ");
  }

  #opener() {
    const opener = new Opener({ auth: "require", maxAgents: MAX_HOSTS });
    const ring = ringOf(keyOf(1), keyOf(2));
    return (bytes: Uint8Array, sender: Address) => {
      const sinceMs = this.#nowMs - START_MS;
      return opener.open(bytes, ring, { wallMs: this.#nowMs, upMs: 3_600_000 + sinceMs }, sender);
    };
  }
}

function measure(kinds: Readonly<Record<string, Kind>>, names: readonly string[], rate: number) {
  const chosen = Object.entries(kinds).filter(([name], n) =>
    n === 0 || names.length === 0 || names.some((part) => name.includes(part))
  );
  const runs = chosen.map(([name, kind]) => new Run(name, kind, rate));
  for (let round = 0; round < WARM_UP + ROUNDS; round++) for (const run of runs) run.turn();
  for (const run of runs) run.microseconds.splice(0, WARM_UP);
  const [good] = runs;
  const ratioOf = ({ microseconds }: Run) =>
    median(microseconds.map((value, round) => value / good!.microseconds[round]!));
  for (const run of runs.toSorted((a, b) => ratioOf(b) - ratioOf(a))) {
    const us = median(run.microseconds).toFixed(2).padStart(8);
    console.log(
      `${us} µs  × ${ratioOf(run).toFixed(2).padStart(6)}  ${run.name.padEnd(34)} ${run.fates}`,
    );
  }
}

if (import.meta.main) {
  const { rate, kind } = readCommandLine({
    usage: "deno task bench:datagrams [OPTION]...",
    purpose: "Measures what one datagram of each hostile kind costs beside a good one.",
    options: {
      rate: {
        placeholder: "N",
        fallback: "15000",
        help: "datagrams a second on the clock of the server",
        read: (text: string) => readCount(text, 1, 1_000_000),
      },
      kind: {
        placeholder: "NAME",
        fallback: null,
        repeatable: true,
        help: "a part of the names of those to measure; repeat it for several (default: all)",
        read: String,
      },
    },
  });
  for (const kinds of [HOSTILE_KINDS, SEALED_KINDS]) {
    measure(kinds, kind, rate);
    console.log();
  }
}
