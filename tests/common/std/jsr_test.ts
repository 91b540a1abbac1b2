import { assertEquals, assertMatch } from "@std/assert";
import config from "../../../deno.json" with { type: "json" };
import genuine from "../../../lib/common/std/jsr.json" with { type: "json" };

/** The names of an import map for which `fits` holds, with what they stand for. */
function entriesOf(imports: Record<string, string>, fits: (name: string) => boolean) {
  return Object.entries(imports).filter(([name]) => fits(name)).sort();
}

const isStandard = (name: string) => name.startsWith("@std/");

Deno.test("jsr.json binds every name of deno.json, and all but @std alike", () => {
  assertEquals(Object.keys(genuine.imports).sort(), Object.keys(config.imports).sort());
  const others = (imports: Record<string, string>) =>
    entriesOf(imports, (name) => !isStandard(name));
  assertEquals(others(genuine.imports), others(config.imports));
});

Deno.test("jsr.json pins the genuine packages", () => {
  for (const [name, target] of entriesOf(genuine.imports, isStandard)) {
    const [, scope, subpath = ""] = /^(@std\/[^/]+)(\/.+)?$/.exec(name)!;
    assertMatch(target, new RegExp(`^jsr:${scope}@\\d+\\.\\d+\\.\\d+${subpath}$`));
  }
});
