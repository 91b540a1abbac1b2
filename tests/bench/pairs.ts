// deno-lint-ignore-file no-console
/**
 * Compares the inner paths of this tree with those of another one in one process, turn by turn within a
 * tenth of a second, so that no drift of the machine comes between: processor time for a datagram from its
 * bytes to the fleet, and for a series of `/metrics`. Reads both trees as they are now and asks nothing of
 * them but `Fleet` and `expose()`.
 *
 *     deno task bench:pairs ../before [SECONDS]
 */
import process from "node:process";
import type { Message } from "../../lib/message/message.ts";
import { fullSampleOf, sampleOf } from "../messages.ts";
import { readCommandLine } from "../../tools/command_line.ts";
import { median } from "./figures.ts";
import { digitsOf, FIRST_SEQUENCE, NumberedDatagram } from "./numbered.ts";
import { ratioOf } from "./ratio.ts";

const HERE = new URL("../../", import.meta.url).href;
const SECONDS = 10;
const NOW_MS = 1_795_442_910_170;
const INTERVAL_MS = 5_000;
const HOSTS = 5_000;
/** Rounds before any counts, as code is compiled by then. */
const WARM_UP = 40;
/** Rounds of datagrams in a turn. */
const ROUNDS = 5;
const SHAPE = { cores: 4, volumes: 2, interfaces: 2 };

/** Some work; how many times that is one of what is counted. */
type Turn = () => number;

/** What of a tree is measured. */
interface Tree {
  readonly Fleet: typeof import("../../lib/server/fleet/fleet.ts").Fleet;
  readonly expose: typeof import("../../lib/server/web/prometheus/exposition.ts").expose;
}

async function open(root: string): Promise<Tree> {
  const { Fleet } = await import(`${root}lib/server/fleet/fleet.ts`);
  const { expose } = await import(`${root}lib/server/web/prometheus/exposition.ts`);
  return { Fleet, expose };
}

/** The datagrams of a host, each with the digits of the next number and time written over those before. */
function datagramOf(sample: Message, n: number): (seq: Uint8Array, time: Uint8Array) => Uint8Array {
  const id = `host-${String(n).padStart(17, "0")}`;
  const head = { host: `web-${n}`, id, session: id, time: NOW_MS, interval: INTERVAL_MS };
  const datagram = new NumberedDatagram({ ...sample, ...head });
  const timeAt = new TextDecoder().decode(datagram.bytes).indexOf(String(NOW_MS));
  return (seq, time) => {
    datagram.number(seq);
    datagram.bytes.set(time, timeAt);
    return datagram.bytes;
  };
}

function datagramsOf(sample: Message) {
  return Array.from({ length: HOSTS }, (_, n) => datagramOf(sample, n));
}

function fleetOf({ Fleet }: Tree, historyMs: number) {
  return new Fleet({ maxHosts: 2 * HOSTS, historyMs, nowMs: NOW_MS });
}

/** One datagram of each host, five seconds on each time. */
function receiving(tree: Tree, sample: Message): Turn {
  const fleet = fleetOf(tree, 900_000);
  const datagrams = datagramsOf(sample);
  const origins = datagrams.map((_, n) => ({ hostname: `192.0.2.${n % 250}`, port: 1 + n }));
  let [seq, nowMs] = [FIRST_SEQUENCE, NOW_MS];
  return () => {
    for (let round = 0; round < ROUNDS; round++) {
      nowMs += INTERVAL_MS;
      const digits = [digitsOf(++seq), digitsOf(nowMs)] as const;
      datagrams.forEach((datagram, n) => {
        const { accepted } = fleet.receive(datagram(...digits), origins[n]!, nowMs);
        if (!accepted) throw new Error("Cannot compare: a datagram is refused");
      });
    }
    return ROUNDS * HOSTS;
  };
}

/** One scrape. */
function scraping(tree: Tree, sample: Message): Turn {
  const fleet = fleetOf(tree, 60_000);
  const first = [digitsOf(FIRST_SEQUENCE), digitsOf(NOW_MS)] as const;
  for (const datagram of datagramsOf(sample)) {
    fleet.receive(datagram(...first), { hostname: "192.0.2.1", port: 1 }, NOW_MS);
  }
  const decoder = new TextDecoder();
  const text = tree.expose(fleet, NOW_MS, "text").map((piece) => decoder.decode(piece));
  const series = text.toArray().join("").match(/^pulso/gm)!.length;
  return () => {
    for (const _ of tree.expose(fleet, NOW_MS, "text"));
    return series;
  };
}

function costNs(turn: Turn): number {
  const before = process.cpuUsage();
  const count = turn();
  const { user, system } = process.cpuUsage(before);
  return 1_000 * (user + system) / count;
}

/** A line of the table: medians, and the ratio of pairs. */
function compare(name: string, turns: readonly [Turn, Turn], seconds: number): string {
  for (let n = 0; n < WARM_UP; n++) turns.forEach(costNs);
  const costs: [number[], number[]] = [[], []];
  const endMs = performance.now() + 1_000 * seconds;
  for (let n = 0; performance.now() < endMs; n++) {
    // Each goes first as often as the other.
    for (const side of n % 2 === 0 ? [0, 1] : [1, 0]) costs[side]!.push(costNs(turns[side]!));
  }
  const [before, after] = costs;
  const ratios = before.map((cost, n) => cost / after[n]!).toSorted((a, b) => a - b);
  const quantile = (share: number) => ratios[Math.floor(share * ratios.length)]!.toFixed(2);
  const cells = [name, median(before).toFixed(0), median(after).toFixed(0), quantile(0.5)];
  const mean = ratioOf(before, after, "ms");
  const range = `${mean.low.toFixed(2)} – ${mean.high.toFixed(2)}`;
  return `| ${[...cells, `${quantile(0.25)} – ${quantile(0.75)}`, range].join(" | ")} |`;
}

if (import.meta.main) {
  readCommandLine(
    {
      usage: "deno task bench:pairs DIR [SECONDS]",
      purpose: "Compares the inner paths of this tree with those of DIR in one process.",
      options: {},
    },
    // Without a folder as well.
    Deno.args.length === 0 ? ["--help"] : Deno.args.filter((word) => word.startsWith("-")),
  );
  const [folder = "", seconds = SECONDS] = Deno.args;
  const trees = [
    await open(new URL(`file://${await Deno.realPath(folder)}/`).href),
    await open(HERE),
  ] as const;
  const pair = (make: (tree: Tree) => Turn): [Turn, Turn] => [make(trees[0]), make(trees[1])];
  console.log("| | before, ns | after, ns | ratio | quartiles | mean, 95 % |");
  console.log("| --- | --- | --- | --- | --- | --- |");
  const lines: [string, (tree: Tree) => Turn][] = [
    ["datagram, four groups", (tree) => receiving(tree, sampleOf(SHAPE))],
    ["series, four groups", (tree) => scraping(tree, sampleOf(SHAPE))],
    ["series, all groups", (tree) => scraping(tree, fullSampleOf(SHAPE))],
  ];
  for (const [name, make] of lines) console.log(compare(name, pair(make), Number(seconds)));
}
