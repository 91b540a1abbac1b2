/** Every file, link and task that a document names is there. */
import { assert, assertEquals } from "@std/assert";
import { codeOf, commandsOf, DOCUMENTS, readDocument, ROOT, TASKS, test } from "./documents.ts";

/** What a path begins with that is the repository's own, and not a host's. */
const OWN = /^(?:(?:lib|docs|tests|tools|\.ci)\/[\w./-]*|deno\.json|(?:agent|server)\.ts)$/;
const FILE_NAME = /^[\w.]+\.(?:ts|js)$/;

/** Whether there is a file or a folder; a path that ends with a slash is a folder. */
function isThere(path: string): boolean {
  try {
    return Deno.statSync(new URL(path, ROOT)).isDirectory || !path.endsWith("/");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** The names of all files below a folder. */
function namesBelow(folder: string): readonly string[] {
  return [...Deno.readDirSync(new URL(folder, ROOT))].flatMap(({ name, isDirectory }) =>
    isDirectory ? namesBelow(`${folder}${name}/`) : [name]
  );
}

/** How GitHub calls a heading in links. */
function anchorOf(heading: string): string {
  return heading.toLowerCase().replace(/[^\w\- ]/g, "").replaceAll(" ", "-");
}

function anchorsOf(document: string): readonly string[] {
  return Array.from(document.matchAll(/^#+ (.*)$/gm), ([, heading]) => anchorOf(heading!));
}

test("every path that they name exists", () => {
  const named = DOCUMENTS.flatMap((path) =>
    codeOf(readDocument(path)).filter((code) => OWN.test(code)).map((code) => [path, code] as const)
  );
  assert(named.length > 30);
  assertEquals(named.filter(([, code]) => !isThere(code)), []);
});

test("every file that they name without its folder exists", () => {
  const known = new Set(["lib/", "tests/", "tools/"].flatMap(namesBelow));
  const named = DOCUMENTS.flatMap((path) =>
    codeOf(readDocument(path)).filter((code) => FILE_NAME.test(code) && !OWN.test(code))
      .map((code) => [path, code] as const)
  );
  assertEquals(named.filter(([, code]) => !known.has(code)), []);
});

test("every link leads to a file and a heading", () => {
  const links = DOCUMENTS.flatMap((path) =>
    Array.from(
      readDocument(path).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g),
      ([, file, anchor]) => ({ path, file: file || path.split("/").pop()!, anchor }),
    )
  );
  assert(links.length > 40);
  for (const { path, file, anchor } of links) {
    const target = new URL(file, new URL(path, ROOT));
    const found = target.pathname.slice(ROOT.pathname.length);
    assert(isThere(found), `${path}: ${file}`);
    if (anchor === undefined) continue;
    assert(anchorsOf(readDocument(found)).includes(anchor), `${path}: ${file}#${anchor}`);
  }
});

test("every task that they name exists", () => {
  const named = DOCUMENTS.flatMap((path) => {
    const text = readDocument(path);
    const codes = [...codeOf(text), ...commandsOf(text)].join("\n");
    return Array.from(codes.matchAll(/\btask ([\w:]+)/g), ([, name]) => [path, name!] as const);
  });
  assert(named.length > 20);
  assertEquals(named.filter(([, name]) => !TASKS.includes(name)), []);
});

test("ARCHITECTURE.md has each room, and what it may import, as the house test has it", () => {
  const house = readDocument("tests/house_test.ts");
  const [, table] = /const MAY_IMPORT\b[^=]*= \{\n([^]*?)^\};/m.exec(house)!;
  const rules = Array.from(
    table!.matchAll(/^ {2}"([\w/]+)": \[([^\]]*)\]/gm),
    ([, room, others]) => [room!, others!.match(/[\w/]+/g) ?? []] as const,
  );
  const rows = Array.from(
    readDocument("docs/ARCHITECTURE.md").matchAll(/^\| `([\w/]+)` +\|[^|]*\|([^|]*)\|$/gm),
    ([, room, others]) => [room!, Array.from(others!.matchAll(/`([^`]+)`/g), ([, name]) => name!)],
  );
  assertEquals(Object.fromEntries(rows), Object.fromEntries(rules));
});
