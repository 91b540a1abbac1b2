/**
 * Writes what documents hold that follows from the program, between its marks: tables of the catalogue,
 * and options as --help prints them. `deno task documents` after a change of these; tests compare.
 */
import { agentUsage } from "../lib/agent/options.ts";
import {
  type CatalogueRow,
  type Device,
  DEVICES,
  fieldOf,
  groupOf,
  helpOf,
  METRICS,
  UNITS,
} from "../lib/catalogue.ts";
import { METRIC_GROUPS } from "../lib/message/message.ts";
import { type AlertRule, describeRule } from "../lib/server/alerts/rule.ts";
import { STOCK } from "../lib/server/alerts/stock.ts";
import { SERVER_USAGE } from "../lib/server/program.ts";

const ROOT = new URL("../", import.meta.url);
/** The documents that have such tables. */
export const DOCUMENTS = [
  "docs/ALERTS.md",
  "docs/API.md",
  "docs/OPERATIONS.md",
  "docs/PROTOCOL.md",
];

/** What --help prints, by the program. */
const USAGES = { "pulso-agent": agentUsage(), "pulso-server": SERVER_USAGE } as const;
/** The marks around options. */
const OPTIONS = /(<!-- (pulso-agent|pulso-server) --help -->\n\n```\n)[^`]*(```)/g;

/** The marks around a table. */
const MARKED = /(<!-- catalogue: ([\w ]+) -->\n)[^]*?(<!-- end of catalogue -->)/g;

type Cells = readonly string[];

const code = (text: string) => `\`${text}\``;

/** Every table, by its name. */
const TABLES: Readonly<Record<string, () => string>> = {
  row: () => table(["field", "`sort`", "history", "unit", "meaning"], METRICS.flatMap(rowCells)),
  alerts: () =>
    table(["alert", "severity", "fires", "ends", "what it tells"], STOCK.map(alertCells)),
  families: () =>
    table(
      ["metric", "labels", "meaning"],
      METRICS.filter(({ prometheus }) => prometheus).map(familyCells),
    ),
  message: () => table(["field", "unit", "meaning"], METRIC_GROUPS.flatMap(groupCells)),
};

function alertCells(rule: AlertRule): Cells {
  return [code(rule.id), rule.severity, ...describeRule(rule), rule.words[0]];
}

/** A document with its tables as the catalogue has them. @throws {RangeError} for a table that is not known. */
export function withTables(text: string): string {
  return text.replace(MARKED, (_, begin: string, name: string, end: string) => {
    const make = TABLES[name];
    if (make === undefined) throw new RangeError(`Cannot make the table ${name}: it is not known`);
    return `${begin}\n${make()}\n${end}`;
  });
}

/** A document with the options of the programs as they are. */
export function withOptions(text: string): string {
  return text.replace(OPTIONS, (_, begin: string, name: keyof typeof USAGES, end: string) => {
    const lines = USAGES[name].split("\n").filter((line) => line.startsWith("  --"));
    return `${begin}${lines.map((line) => `${line.slice(2)}\n`).join("")}${end}`;
  });
}

function rowCells({ field, sort, id, past, unit, label, formula, from }: CatalogueRow): Cells[] {
  if (field === undefined) return [];
  const cells = [
    code(field),
    sort === undefined ? "" : code(id),
    past === undefined ? "" : code(past),
    UNITS[unit].words,
    `${label}: ${formula}`,
  ];
  if (from === undefined || !("names" in from)) return [cells];
  return [[code(from.names), "", "", "text", "which one that is"], cells];
}

function familyCells(row: CatalogueRow): Cells {
  const { kind, prometheus } = row;
  const labels = ["host", "id", ...(kind === "host" ? [] : [DEVICES[kind].prometheus])];
  return [code(prometheus!.name), labels.map(code).join(", "), helpOf(row)];
}

function groupCells(group: string): Cells[] {
  const rows = METRICS.filter((row) => row.path !== undefined && groupOf(row) === group);
  const lists = [...new Set(rows.map(({ kind }) => kind))].filter((kind) => kind !== "host");
  return [
    ...rows.flatMap((row, at) => {
      const { kind } = row;
      if (kind === "host") return [numberCells(row, row.path!)];
      const isFirst = rows.findIndex((other) => other.kind === kind) === at;
      const isNamed = DEVICES[kind].key !== null;
      return [
        ...(isFirst ? [listCells(row, kind)] : []),
        ...(isNamed ? [numberCells(row, row.path!)] : []),
      ];
    }),
    ...lists.map((kind) => leftOutCells(group, kind)),
    ...lists.filter((kind) => DEVICES[kind].sums).map((kind) => sumCells(group, kind)),
  ];
}

function numberCells({ unit, formula, partOf }: CatalogueRow, field: string): Cells {
  const whole = METRICS.find(({ id }) => id === partOf);
  const limit = whole === undefined ? "" : `; never more than ${code(fieldOf(whole))}`;
  return [code(field), UNITS[unit].words, formula + limit];
}

function listCells({ unit, formula }: CatalogueRow, kind: Device): Cells {
  const { list, key, keyLength, most, isRow } = DEVICES[kind];
  const name = code(list);
  const limit = `at most ${most.toLocaleString("en-US")}`;
  if (key === null) {
    return [name, UNITS[unit].words, `${formula}, by number; ${limit}; \`null\` where not known`];
  }
  const named = `${code(key)} (text, 1 to ${keyLength}, required)`;
  const each = isRow ? "arrays, in this order" : "objects";
  return [name, "", `array of ${limit} ${each}: ${named} and the numbers that follow`];
}

function leftOutCells(group: string, kind: Device): Cells {
  const what = DEVICES[kind].labels.toLowerCase();
  const meaning = `whole: how many ${what} there are that are not listed; absent when none`;
  return [code(`${group}.${DEVICES[kind].omitted}`), "", meaning];
}

function sumCells(group: string, kind: Device): Cells {
  const rows = METRICS.filter((row) => row.kind === kind && row.path !== undefined && !row.apart);
  const fields = rows.map(fieldOf);
  const what = DEVICES[kind].labels.toLowerCase();
  return [
    code(`${group}.sum`),
    "",
    `object with ${
      fields.map(code).join(", ")
    }: what is known of all ${what} added up, those left ` +
    "out too; absent when all are listed",
  ];
}

function table(head: Cells, rows: readonly Cells[]): string {
  const lines = [head, head.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

if (import.meta.main) {
  for (const name of [...DOCUMENTS, "README.md"]) {
    const url = new URL(name, ROOT);
    Deno.writeTextFileSync(url, withOptions(withTables(Deno.readTextFileSync(url))));
  }
}
