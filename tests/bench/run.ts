// deno-lint-ignore-file no-console
/**
 * `deno task bench`: measures all that docs/BENCHMARKS.md tells of, prints it as a table beside what
 * was kept last, and writes it to dist/benchmarks.json; with `--keep` to docs/benchmarks.json, which
 * is what the next run compares with, and its tables into docs/BENCHMARKS.md (then `deno fmt`). Compile first. It takes some four minutes, and nothing else should run.
 */
import { flag } from "../../lib/common/option_reader.ts";
import { readCommandLine } from "../../tools/command_line.ts";
import { measureAgent } from "./agent.ts";
import { measureAlerts } from "./alerts.ts";
import {
  type Column,
  type Figure,
  keep,
  type Kept,
  programFigures,
  type ProgramRow,
  sideBySideLines,
  tableLines,
} from "./figures.ts";
import { measureFleetOnOneCore } from "./fleet.ts";
import { measureLoad } from "./load.ts";
import { measurePeers, PEER_COLUMNS } from "./peers.ts";
import { measureReceivers, RECEIVER_COLUMNS } from "./receivers.ts";
import { measureReplay } from "./replay.ts";

const KEPT = new URL("../../docs/benchmarks.json", import.meta.url);
const PAGE = new URL("../../docs/BENCHMARKS.md", import.meta.url);
const MARKS = ["<!-- figures -->", "<!-- end of figures -->"] as const;
const WRITTEN = new URL("../../dist/benchmarks.json", import.meta.url);
const LOAD_SECONDS = 60;

/** A part of the page: its table, and what is kept of it. */
interface Part {
  readonly lines: readonly string[];
  readonly figures: readonly Figure[];
}

function listed(figures: readonly Figure[], before: Kept): Part {
  return { lines: tableLines(figures, before), figures };
}

function sideBySide<Field extends string>(
  rows: readonly ProgramRow<Field>[],
  columns: readonly Column<Field>[],
  before: Kept,
): Part {
  return { lines: sideBySideLines(rows, columns, before), figures: programFigures(rows, columns) };
}

/** The page with these tables between its marks. */
function replaceFigures(page: string, tables: readonly string[]): string {
  const [before, rest] = page.split(MARKS[0]);
  const [, after] = rest!.split(MARKS[1]);
  return `${before}${MARKS[0]}\n\n${tables.join("\n")}\n${MARKS[1]}${after}`;
}

if (import.meta.main) {
  const { keep: isKept } = readCommandLine({
    usage: "deno task bench [OPTION]...",
    purpose: "Measures speed and memory, and compares with the last run that was kept.",
    options: { keep: flag("keep this run, in docs/benchmarks.json and docs/BENCHMARKS.md") },
  });
  const before: Kept = JSON.parse(await Deno.readTextFile(KEPT));
  const parts: [string, () => Part | Promise<Part>][] = [
    ["Inside the server", async () => listed(await measureFleetOnOneCore(), before)],
    [
      "Receivers side by side",
      async () => sideBySide(await measureReceivers(), RECEIVER_COLUMNS, before),
    ],
    ["Record and replay", async () => listed(await measureReplay(), before)],
    ["Alerts at 100,000 hosts", async () => listed(await measureAlerts(), before)],
    ["A large fleet", async () => listed(await measureLoad(LOAD_SECONDS), before)],
    ["The agent", async () => listed(await measureAgent(), before)],
    ["Agents side by side", async () => sideBySide(await measurePeers(), PEER_COLUMNS, before)],
  ];
  const figures: Figure[] = [];
  const tables: string[] = [];
  for (const [title, measure] of parts) {
    const part = await measure();
    const table = [`### ${title}`, "", ...part.lines, ""].join("\n");
    console.log(table);
    tables.push(table);
    figures.push(...part.figures);
  }
  await Deno.writeTextFile(isKept ? KEPT : WRITTEN, JSON.stringify(keep(figures), null, 2) + "\n");
  if (isKept) await Deno.writeTextFile(PAGE, replaceFigures(await Deno.readTextFile(PAGE), tables));
}
