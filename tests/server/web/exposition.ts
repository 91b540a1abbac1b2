/** Reads an exposition as strictly as its grammar has it, for the tests. */
import { assert, assertEquals, assertMatch } from "@std/assert";

/** One family as it was read: its type, its unit, and its series with their values as written. */
export interface ReadFamily {
  type: string;
  unit?: string;
  readonly series: Map<string, string>;
}

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABEL = `[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"`;
const VALUE = "-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?(?:e[+-]?[0-9]+)?";
const SAMPLE = new RegExp(`^((${NAME})(?:\\{${LABEL}(?:,${LABEL})*\\})?) (${VALUE})$`, "u");
const COMMENT = new RegExp(`^# (HELP|TYPE|UNIT) (${NAME}) (.+)$`);

/** Reads lines; fails on one that the grammar does not know, a family in two places, or a series twice. */
export function readExposition(text: string): Map<string, ReadFamily> {
  assert(text.endsWith("\n"));
  const families = new Map<string, ReadFamily>();
  let name = "";
  for (const row of text.slice(0, -1).split("\n")) {
    if (row === "# EOF") continue;
    if (!row.startsWith("#")) readSample(families.get(name)!, name, row);
    else name = readComment(families, name, row);
  }
  return families;
}

function readComment(families: Map<string, ReadFamily>, last: string, row: string): string {
  assertMatch(row, COMMENT);
  const [, what, name, words] = COMMENT.exec(row)!;
  if (name !== last) {
    assert(!families.has(name!), `${name} is in two places`);
    families.set(name!, { type: "", series: new Map() });
  }
  const family = families.get(name!)!;
  assertEquals(family.series.size, 0, `${row} comes after its series`);
  if (what === "TYPE") family.type = words!;
  if (what === "UNIT") family.unit = words!;
  return name!;
}

function readSample({ series }: ReadFamily, family: string, row: string): void {
  assertMatch(row, SAMPLE);
  const [, labelled, name, value] = SAMPLE.exec(row)!;
  assert(name === family || [`${family}_total`, `${family}_info`].includes(name!), row);
  assert(!series.has(labelled!), `${labelled} is there twice`);
  series.set(labelled!, value!);
}
