// deno-lint-ignore-file no-console
/**
 * `deno task bench`: measures all that docs/BENCHMARKS.md tells of, prints it as a table beside what
 * was kept last, and writes it to dist/benchmarks.json; with `--keep` to docs/benchmarks.json, which
 * is what the next run compares with, and its tables into docs/BENCHMARKS.md (then `deno fmt`). Compile first. It takes some five minutes, and nothing else should run.
 */
import { measureAgent } from "./agent.ts";
import { type Figure, keep, type Kept, tableLines } from "./figures.ts";
import { measureFleet } from "./fleet.ts";
import { measureLoad } from "./load.ts";
import { measurePeers } from "./peers.ts";
import { measureReceivers } from "./receivers.ts";

const KEPT = new URL("../../docs/benchmarks.json", import.meta.url);
const PAGE = new URL("../../docs/BENCHMARKS.md", import.meta.url);
const MARKS = ["<!-- figures -->", "<!-- end of figures -->"] as const;
const WRITTEN = new URL("../../dist/benchmarks.json", import.meta.url);
const LOAD_SECONDS = 60;

/** Figures of several programs side by side as one list; what is not known is left out. */
function flatten(rows: readonly { readonly name: string }[]): Figure[] {
  return rows.flatMap(({ name, ...values }) =>
    Object.entries(values).flatMap(([field, value]) =>
      typeof value === "number" ? [{ name: `${name}: ${field}`, unit: "", values: [value] }] : []
    )
  );
}

/** The page with these tables between its marks. */
function replaceFigures(page: string, tables: readonly string[]): string {
  const [before, rest] = page.split(MARKS[0]);
  const [, after] = rest!.split(MARKS[1]);
  return `${before}${MARKS[0]}\n\n${tables.join("\n")}\n${MARKS[1]}${after}`;
}

if (import.meta.main) {
  const before: Kept = JSON.parse(await Deno.readTextFile(KEPT));
  const parts: [string, () => Figure[] | Promise<Figure[]>][] = [
    ["Inside the server", measureFleet],
    ["Receivers side by side", async () => flatten(await measureReceivers())],
    ["A large fleet", () => measureLoad(LOAD_SECONDS)],
    ["The agent", measureAgent],
    ["Agents side by side", async () => flatten(await measurePeers())],
  ];
  const figures: Figure[] = [];
  const tables: string[] = [];
  for (const [title, measure] of parts) {
    const measured = await measure();
    const table = [`### ${title}`, "", ...tableLines(measured, before), ""].join("\n");
    console.log(table);
    tables.push(table);
    figures.push(...measured);
  }
  const isKept = Deno.args.includes("--keep");
  await Deno.writeTextFile(isKept ? KEPT : WRITTEN, JSON.stringify(keep(figures), null, 2) + "\n");
  if (isKept) await Deno.writeTextFile(PAGE, replaceFigures(await Deno.readTextFile(PAGE), tables));
}
