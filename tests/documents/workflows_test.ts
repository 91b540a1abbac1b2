/** The workflows for GitHub: what runs there is pinned, and may do no more than it must. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { readDocument, ROOT, TASKS, test } from "./documents.ts";

const FOLDER = ".github/workflows";

/** The texts of all workflows, by name. */
function workflows(): ReadonlyMap<string, string> {
  const names = Array.from(Deno.readDirSync(new URL(FOLDER, ROOT)), ({ name }) => name).sort();
  assertEquals(names, ["release.yml", "test.yml"]);
  return new Map(names.map((name) => [name, readDocument(`${FOLDER}/${name}`)]));
}

/** The jobs of a workflow: their texts. */
function jobsOf(text: string): readonly string[] {
  return text.split("\njobs:\n")[1]!.split(/^(?= {2}\w+:$)/m);
}

test("every action is pinned to a commit, with its version beside it", () => {
  for (const [name, text] of workflows()) {
    const used = Array.from(text.matchAll(/\buses: *(.*)$/gm), ([, action]) => action!);
    assert(used.length > 0, name);
    for (const action of used) {
      assertMatch(action, /^actions\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
  }
});

test("every job is granted what it needs by itself, and writes only what is published", () => {
  for (const [name, text] of workflows()) {
    assert(text.includes("\npermissions: {}\n"), name);
    for (const job of jobsOf(text)) {
      assert(/^ {4}permissions:$/m.test(job), job);
      assert(/^ {4}timeout-minutes: \d+$/m.test(job), job);
      const isPublishing = job.startsWith("  publish:");
      assertEquals(/: write$/m.test(job), isPublishing, job);
      if (job.includes("/checkout@")) assert(job.includes("persist-credentials: false"), job);
    }
  }
});

test("they run the version of Deno that README names", () => {
  const [version] = /deno@[\d.]+/.exec(readDocument("README.md"))!;
  const named = [...workflows().values()].flatMap((text) => text.match(/deno@[\d.]+/g) ?? []);
  assertEquals(named, [version]);
});

test("they run tasks that there are, and files that are there", () => {
  for (const [name, text] of workflows()) {
    for (const [, task] of text.matchAll(/\btask (\w+)/g)) assert(TASKS.includes(task!), name);
    for (const [, path] of text.matchAll(/run: (\.ci\/\w+)/g)) assert(readDocument(path!) !== "");
  }
});
