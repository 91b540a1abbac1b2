import { assertEquals, assertThrows } from "@std/assert";
import { parseArgs } from "@std/cli/parse-args";

const NAMES = { boolean: ["print"], string: ["name", "server"], collect: ["server"] };
const NOTHING = { _: [], print: false, server: [] };

Deno.test("parseArgs() reads long options", async (t) => {
  const cases: [args: string, expected: Record<string, unknown>][] = [
    ["", {}],
    ["--name web", { name: "web" }],
    ["--name=web", { name: "web" }],
    ["--name=a=b", { name: "a=b" }],
    ["--name=-1", { name: "-1" }],
    ["--name 0042", { name: "0042" }],
    ["--name a --name b", { name: "b" }],
    ["--name", { name: "" }],
    ["--name --print", { name: "", print: true }],
    ["--name -x", { name: "", x: true }],
    ["--name=", { name: "" }],
    ["--print=", { print: true }],
    ["--server a --server=b", { server: ["a", "b"] }],
    ["--print", { print: true }],
    ["--print text", { print: true, _: ["text"] }],
    ["--print false", { print: false }],
    ["--print true", { print: true }],
    ["--print=false", { print: false }],
    ["--print=1", { print: true }],
    ["--print --print=false", { print: false }],
    ["one two", { _: ["one", "two"] }],
    ["-", { _: ["-"] }],
    ["--name - rest", { name: "", _: ["-", "rest"] }],
    ["--print -- --name x --", { print: true, _: ["--name", "x", "--"] }],
  ];
  for (const [text, expected] of cases) {
    await t.step(text || "nothing", () => {
      const args = text === "" ? [] : text.split(" ");
      const parsed: Record<string, unknown> = parseArgs(args, NAMES);
      assertEquals(parsed, { ...NOTHING, ...expected });
    });
  }
});

Deno.test("parseArgs() tells unknown of what it does not know, and leaves out what that refuses", async (t) => {
  const cases: [args: string, calls: unknown[][]][] = [
    ["--nam=x", [["--nam=x", "nam", "x"]]],
    ["--nam x", [["--nam", "nam", "x"]]],
    ["--nam", [["--nam", "nam", true]]],
    ["--nam --print", [["--nam", "nam", true]]],
    ["--no-print", [["--no-print", "no-print", true]]],
    ["--nam=", [["--nam=", "nam", ""]]],
    ["-x", [["-x", "x", true]]],
    ["text --print", [["text"]]],
    ["-- --nam text", []],
    ["--name web --server=a", []],
  ];
  for (const [text, expected] of cases) {
    await t.step(text, () => {
      const calls: unknown[][] = [];
      const unknown = (...call: unknown[]) => {
        calls.push(call);
        return false;
      };
      const { _ } = parseArgs(text.split(" "), { ...NAMES, unknown });
      assertEquals(calls, expected);
      assertEquals(_, text.startsWith("-- ") ? ["--nam", "text"] : []);
    });
  }
});

Deno.test("parseArgs() lets what unknown throws through", () => {
  const unknown = (argument: string) => {
    throw new RangeError(`no ${argument}`);
  };
  assertThrows(() => parseArgs(["--nam"], { ...NAMES, unknown }), RangeError, "no --nam");
});

Deno.test("parseArgs() does not change its arguments", () => {
  const args = ["--name", "web", "--", "rest"];
  parseArgs(args, NAMES);
  assertEquals(args, ["--name", "web", "--", "rest"]);
});
