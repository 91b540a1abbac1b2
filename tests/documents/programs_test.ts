/** What the documents say of deno.json: permissions, packages, and the version of Deno. */
import { assert, assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { STRIDE } from "../../lib/server/fleet/past/points.ts";
import { DOCUMENTS, readDocument, test } from "./documents.ts";

test("OPERATIONS.md lists the permissions of each program", () => {
  const rows = readDocument("docs/OPERATIONS.md").matchAll(
    /^\| (agent|server)? *\| `(--allow-[^`]+)`/gm,
  );
  const listed: Record<string, string[]> = { agent: [], server: [] };
  let program = "";
  for (const [, name, flag] of rows) listed[program = name ?? program]!.push(flag!);
  for (const [name, flags] of Object.entries(listed)) {
    const task = config.tasks[name as "agent" | "server"].split(" ");
    assertEquals(flags.sort(), task.filter((word) => word.startsWith("--allow-")).sort(), name);
  }
});

test("README has a row for every package, and none for others", () => {
  const table = readDocument("README.md").split("## Dependencies")[1]!;
  const listed = Array.from(table.matchAll(/^\| (`.*?) +\|/gm), ([, names]) => names!)
    .flatMap((names) => Array.from(names.matchAll(/`([^`]+)`/g), ([, name]) => name!));
  const packages = Object.keys(config.imports).map((name) => /^(@[\w-]+\/)?[\w-]+/.exec(name)![0]);
  assertEquals(listed.sort(), [...new Set(packages)].sort());
});

test("README lists every document", () => {
  const table = readDocument("README.md").split("\n## Documents")[1]!;
  const pages = DOCUMENTS.filter((path) => path !== "README.md");
  assert(pages.length > 8);
  assertEquals(pages.filter((path) => !table.includes(`](${path})`)), []);
});

test("they name one version of Deno", () => {
  const versions = DOCUMENTS.filter((path) => !path.endsWith("BENCHMARKS.md")).flatMap((path) =>
    Array.from(readDocument(path).matchAll(/deno[@ ](\d+\.\d+\.\d+)/gi), ([, version]) => version)
  );
  assert(versions.length > 1);
  assertEquals([...new Set(versions)].length, 1, versions.join());
});

test("ARCHITECTURE.md tells how large a point of the past is", () => {
  const page = readDocument("docs/ARCHITECTURE.md");
  assert(page.includes(`A point of the past takes ${2 * STRIDE} bytes`));
});
