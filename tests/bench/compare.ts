// deno-lint-ignore-file no-console
/**
 * Compares this tree with another one in turns, so that what else goes on meets both: what a row
 * yields there and here, pair by pair, beside a program that is the same in both. A row that is
 * slower beyond doubt fails. Compile both trees first; nothing else should run. Linux, two cores.
 *
 *     git worktree add --detach ../before REV && (cd ../before && deno task compile)
 *     deno task compile && deno task bench:compare ../before [ROUNDS [PART,…]]
 */
import { readCommandLine } from "../../tools/command_line.ts";
import { measure as measureAgent } from "./agent.ts";
import { type Figure, median } from "./figures.ts";
import { measureLoad } from "./load.ts";
import { besideControl, type Ratio, ratioOf } from "./ratio.ts";
import { BARE, measureReceiver, pulsoCompiled, pulsoFromSource } from "./receivers.ts";

const HERE = new URL("../../", import.meta.url).pathname;
const ROUNDS = 7;
const LOAD_SECONDS = 15;
/** The least ratio that is no loss: machines drift by more than they tell. */
const LIMIT = 0.95;
const CONTROL = "control: Deno.listenDatagram, nothing done";

/** What must not grow or shrink with the program; the rest of a load says how busy the machine was. */
const LOAD_ROWS = [
  "resident memory at its highest",
  "answer of the API, median",
  "/metrics",
  "stream",
];

/** A row in both trees, a value a round. */
interface Row {
  readonly unit: string;
  readonly before: number[];
  readonly after: number[];
}

const one = (name: string, unit: string, value: number): Figure => ({
  name,
  unit,
  values: [value],
});

/** What can be measured of a tree, part by part. */
const PARTS: Readonly<Record<string, (root: string) => Promise<Figure[]>>> = {
  receivers: async (root) => [
    one("server from source", "/s", (await measureReceiver(pulsoFromSource(root))).takenPerCpu),
    one("server, compiled", "/s", (await measureReceiver(pulsoCompiled(root))).takenPerCpu),
  ],
  inside: measureInside,
  agent: async (root) => {
    const agent = await measureAgent([`${root}dist/pulso-agent`]);
    return [
      one("agent: start to first datagram", "ms", agent.firstDatagramMs),
      one("agent: CPU per sample", "ms", agent.cpuMsPerSample),
      one("agent: anonymous memory", "MiB", agent.anonymousMiB),
    ];
  },
  load: async (root) =>
    (await measureLoad(LOAD_SECONDS, root))
      .filter(({ name }) => LOAD_ROWS.some((part) => name.includes(part))),
  sizes: (root) =>
    Promise.all(["agent", "server"].map(async (program) => {
      const { size } = await Deno.stat(`${root}dist/pulso-${program}`);
      return one(`size of the ${program}'s executable`, "MiB", size / 2 ** 20);
    })),
};

/** Some parts of one tree, once, and the control. */
async function measureTree(root: string, parts: readonly string[]): Promise<Figure[]> {
  const figures = [one(CONTROL, "/s", (await measureReceiver(BARE)).takenPerCpu)];
  for (const part of parts) figures.push(...await PARTS[part]!(root));
  return figures;
}

/** What that tree's own benchmark of its inner path says. */
async function measureInside(root: string): Promise<Figure[]> {
  const deno = [Deno.execPath(), "run", "--no-prompt", "--quiet", "--v8-flags=--expose-gc"];
  const { stdout } = await new Deno.Command("taskset", {
    args: ["-c", "1", ...deno, `${root}tests/bench/fleet.ts`],
    cwd: root,
    stderr: "inherit",
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

function add(rows: Map<string, Row>, figures: readonly Figure[], side: "before" | "after"): void {
  for (const { name, unit, values } of figures) {
    const row = rows.get(name) ?? { unit, before: [], after: [] };
    rows.set(name, row);
    row[side].push(median(values));
  }
}

/** A line of the table; whether it fails: even the upper end of its interval is below the limit. */
function lineOf(name: string, { unit, before, after }: Row, control: Ratio): [string, boolean] {
  const ratio = ratioOf(before, after, unit);
  const { mean, low, high } = name === CONTROL ? ratio : besideControl(ratio, control, unit);
  const fails = name !== CONTROL && high < LIMIT;
  const numbers = [median(before), median(after)].map((value) => value.toPrecision(4));
  const [own, beside, from, to] = [ratio.mean, mean, low, high].map((value) => value.toFixed(3));
  const cells = [name, unit, ...numbers, own, beside, `${from} – ${to}`, fails ? "slower" : "ok"];
  return [`| ${cells.join(" | ")} |`, fails];
}

if (import.meta.main) {
  readCommandLine(
    {
      usage: "deno task bench:compare DIR [ROUNDS [PART,...]]",
      purpose: `Compares this tree with that of DIR in turns. Parts: ${
        Object.keys(PARTS).join(", ")
      }.`,
      options: {},
    },
    // Without a folder as well.
    Deno.args.length === 0 ? ["--help"] : Deno.args.filter((word) => word.startsWith("-")),
  );
  const [folder = "", rounds = String(ROUNDS), named] = Deno.args;
  const parts = named?.split(",") ?? Object.keys(PARTS);
  const there = `${await Deno.realPath(folder)}/`;
  const rows = new Map<string, Row>();
  for (let round = 0; round < Number(rounds); round++) {
    // Each goes first as often as the other.
    const order = round % 2 === 0 ? [there, HERE] : [HERE, there];
    for (const root of order) {
      add(rows, await measureTree(root, parts), root === there ? "before" : "after");
    }
    console.error(`round ${round + 1} of ${rounds}`);
  }
  const { before, after, unit } = rows.get(CONTROL)!;
  const control = ratioOf(before, after, unit);
  console.log("| | unit | before | after | ratio | beside the control | 95 % | |");
  console.log("| --- | --- | --- | --- | --- | --- | --- | --- |");
  let failed = false;
  for (const [name, row] of rows) {
    const [line, fails] = lineOf(name, row, control);
    console.log(line);
    failed ||= fails;
  }
  Deno.exitCode = failed ? 1 : 0;
}
