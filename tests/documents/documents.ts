/** The documents as the tests read them: their texts, blocks of code, and what stands in backticks. */
import config from "../../deno.json" with { type: "json" };

export const ROOT = new URL("../../", import.meta.url);

/** Whether they can be read at all. */
export const MAY_READ = Deno.permissions.querySync({ name: "read", path: ROOT }).state ===
  "granted";

/** Every document, from the root of the repository. */
export const DOCUMENTS: readonly string[] = [
  ...["README.md", "CONTRIBUTING.md", "CHANGELOG.md"],
  ...[
    "ALERTS",
    "API",
    "ARCHITECTURE",
    "BENCHMARKS",
    "INSTALL",
    "OPERATIONS",
    "PROTOCOL",
    "RECIPES",
    "SCALE",
    "SECURITY",
  ]
    .map((name) => `docs/${name}.md`),
];

/** The text of one; nothing where it may not be read, as in a run without permissions. */
export function readDocument(path: string): string {
  return MAY_READ ? Deno.readTextFileSync(new URL(path, ROOT)) : "";
}

/** A block of code between fences. */
export interface Block {
  /** What stands behind the first fence; empty where nothing does. */
  readonly language: string;
  readonly text: string;
}

const FENCED = /^ *```(\w*)\n([^]*?)^ *```$/gm;

/** The blocks of a document, in their order. */
export function blocksOf(document: string): readonly Block[] {
  return Array.from(
    document.matchAll(FENCED),
    ([, language, text]) => ({ language: language!, text: text! }),
  );
}

/** What stands in backticks outside of blocks; a line that was broken there is one again. */
export function codeOf(document: string): readonly string[] {
  const prose = document.replace(FENCED, "");
  return Array.from(prose.matchAll(/`([^`]+)`/g), ([, code]) => code!.replace(/\s+/g, " "));
}

/** The commands of a document's shell blocks: comments go, lines that go on are joined. */
export function commandsOf(document: string): readonly string[] {
  return blocksOf(document).filter(({ language }) => language === "sh")
    .flatMap(({ text }) => text.replace(/\\\n\s*/g, "").split("\n"))
    .map((line) => line.replace(/\s+#\s.*$/, "").trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

/** The names of the tasks. */
export const TASKS: readonly string[] = Object.keys(config.tasks);

/** Registers a test that reads documents. */
export function test(name: string, fn: (t: Deno.TestContext) => Promise<void> | void): void {
  Deno.test({ name: `documents: ${name} (needs --allow-read)`, ignore: !MAY_READ, fn });
}
