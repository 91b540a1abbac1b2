import { assert, assertEquals, assertThrows } from "@std/assert";
import { flag, nearestOf, readOptions, variableOf } from "../../lib/common/option_reader.ts";

const TABLE = {
  size: {
    placeholder: "N",
    fallback: "7",
    help: "how much",
    read: (text: string) => {
      if (!/^-?\d+$/.test(text)) throw new RangeError("it must be a number");
      return Number(text);
    },
  },
  "host-name": { placeholder: "NAME", fallback: null, help: "who", read: String },
  peer: { placeholder: "HOST", fallback: "a", repeatable: true, help: "whom", read: String },
  quiet: flag("say nothing"),
} as const;

const DEFAULTS = { size: 7, "host-name": null, peer: ["a"], quiet: false };

/** Reads a command line under these environment variables and no others. */
function read(argv: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  return readOptions(TABLE, argv, (name) => environment[name]);
}

type Case = [string, string[], Record<string, string>, Partial<ReturnType<typeof read>>];

Deno.test("readOptions() reads argv, else the environment, else the fallback", async (t) => {
  const cases: Case[] = [
    ["nothing", [], {}, {}],
    ["a value", ["--size", "3"], {}, { size: 3 }],
    ["a value after =", ["--size=3"], {}, { size: 3 }],
    ["a value with = in it", ["--host-name=a=b"], {}, { "host-name": "a=b" }],
    ["a value that looks like a number", ["--host-name", "007"], {}, { "host-name": "007" }],
    ["the last of two", ["--size", "3", "--size", "4"], {}, { size: 4 }],
    ["each of two where it is repeatable", ["--peer", "b", "--peer=c"], {}, { peer: ["b", "c"] }],
    ["a switch", ["--quiet"], {}, { quiet: true }],
    ["a switch before an option", ["--quiet", "--size", "3"], {}, { quiet: true, size: 3 }],
    ["a switch set off", ["--quiet=false"], {}, {}],
    ...["true", "yes", "1", "True", "YES"].flatMap((word): Case[] => [
      [`--quiet=${word}`, [`--quiet=${word}`], {}, { quiet: true }],
      [`--quiet ${word}`, ["--quiet", word], {}, { quiet: true }],
      [`PULSO_QUIET=${word}`, [], { PULSO_QUIET: word }, { quiet: true }],
    ]),
    ...["false", "no", "0", "False", "NO"].flatMap((word): Case[] => [
      [`--quiet=${word}`, [`--quiet=${word}`], {}, {}],
      [`--quiet ${word}`, ["--quiet", word], { PULSO_QUIET: "1" }, {}],
      [`PULSO_QUIET=${word}`, [], { PULSO_QUIET: word }, {}],
    ]),
    ["the last of two switches", ["--quiet", "--quiet=no"], {}, {}],
    ["a switch's word as a value", ["--host-name", "no", "--quiet"], {}, {
      "host-name": "no",
      quiet: true,
    }],
    ["a variable", [], { PULSO_SIZE: "4" }, { size: 4 }],
    ["a variable of two words", [], { PULSO_HOST_NAME: "x" }, { "host-name": "x" }],
    ["a variable with a list", [], { PULSO_PEER: "b, c" }, { peer: ["b", "c"] }],
    ["a variable for a switch", [], { PULSO_QUIET: "1" }, { quiet: true }],
    ["a variable that sets a switch off", [], { PULSO_QUIET: "0" }, {}],
    ["empty variables", [], { PULSO_SIZE: "", PULSO_PEER: "", PULSO_QUIET: "" }, {}],
    ["argv before the environment", ["--size", "3"], { PULSO_SIZE: "4" }, { size: 3 }],
    ["a list before another", ["--peer", "b"], { PULSO_PEER: "c,d" }, { peer: ["b"] }],
    ["a switch set off against its variable", ["--quiet=false"], { PULSO_QUIET: "1" }, {}],
    ["a bad variable that argv outdoes", ["--size", "3"], { PULSO_SIZE: "x" }, { size: 3 }],
    ["stray permissions", ["--allow-net", "--size", "3", "--allow-env=PULSO_*"], {}, { size: 3 }],
    ["the end of options", ["--size", "3", "--"], {}, { size: 3 }],
  ];
  for (const [name, argv, environment, expected] of cases) {
    await t.step(name, () => {
      const values = read(argv, environment);
      assertEquals(values, { ...DEFAULTS, ...expected });
      assert(Object.isFrozen(values) && Object.isFrozen(values.peer));
    });
  }
});

type Refusal = [string, string[], Record<string, string>, string];

Deno.test("readOptions() refuses the rest with one line", async (t) => {
  const cases: Refusal[] = [
    ["a bad value", ["--size", "x"], {}, 'Cannot use --size "x": it must be a number'],
    ["a bad variable", [], { PULSO_SIZE: "x" }, 'Cannot use PULSO_SIZE "x": it must be a number'],
    ["a bad value before a good one", ["--size=x", "--size=1"], {}, 'Cannot use --size "x"'],
    ["no value at the end", ["--size"], {}, "Cannot use --size: it needs a value, N"],
    [
      "no value before an option",
      ["--size", "--quiet"],
      {},
      "Cannot use --size: it needs a value, N",
    ],
    ["an empty value", ["--host-name", ""], {}, "Cannot use --host-name: it needs a value, NAME"],
    ["an empty argument", [""], {}, 'Cannot use the argument ""'],
    ["nothing after =", ["--host-name="], {}, "Cannot use --host-name: it needs a value"],
    [
      "a hole in a list",
      [],
      { PULSO_PEER: "b,,c" },
      "Cannot use PULSO_PEER: it needs a value, HOST",
    ],
    [
      "two values",
      ["--size", "3", "4"],
      {},
      'Cannot use the argument "4": only options are expected',
    ],
    ["an argument", ["size"], {}, 'Cannot use the argument "size"'],
    ["a secret", ["--size", "http://me:secret@a/"], {}, '--size "http://…@a/": it must be a'],
    ["a secret with a slash", [], { PULSO_SIZE: "http://me:s/e@c@a" }, 'SIZE "http://…@a": it'],
    ["a secret in a misspelt option", ["--sise=https://me:s=c@a"], {}, '"--sise=https://…@a"'],
    ["a secret as an argument", ["me:secret@a:9090"], {}, 'argument "…@a:9090": only'],
    ["an argument after --", ["--", "x"], {}, 'Cannot use the argument "x"'],
    ["an option after --", ["--", "--size"], {}, "Cannot use "],
    ["a misspelt option", ["--sise", "3"], {}, "no such option; did you mean --size?"],
    ["a misspelt option with =", ["--pear=x"], {}, "no such option; did you mean --peer?"],
    ["nothing like an option", ["--zzzzzz"], {}, "no such option; see --help"],
    ["a letter", ["-x"], {}, "see --help"],
    ["two letters in their wrong order", ["--pere", "x"], {}, "did you mean --peer?"],
    ["a part of a name", ["--name", "x"], {}, "did you mean --host-name?"],
    ["a beginning", ["--si", "3"], {}, "no such option; did you mean --size?"],
    ["a switch denied", ["--no-quiet"], {}, 'Cannot use the option "--no-quiet"'],
    ["a switch denied, with what is meant", ["--no-quiet"], {}, "did you mean --quiet=no?"],
    ...["maybe", "off", "nope", "2", " ", "yes "].flatMap((word): Refusal[] => [
      [`--quiet=${word}`, [`--quiet=${word}`], {}, `Cannot use --quiet "${word}": it must be true`],
      [`PULSO_QUIET=${word}`, [], { PULSO_QUIET: word }, `Cannot use PULSO_QUIET "${word}"`],
    ]),
    ["a switch and another word", ["--quiet", "maybe"], {}, 'Cannot use the argument "maybe"'],
    ["a switch set to nothing", ["--quiet="], {}, 'Cannot use --quiet "": it must be true'],
    ["a switch and an empty argument", ["--quiet", ""], {}, "Cannot use "],
    ["control characters", ["--size", "\u001b[2J\n"], {}, 'Cannot use --size "\\u001b[2J\\n"'],
    ["-h where there is no help", ["-h"], {}, "no such option"],
  ];
  for (const [name, argv, environment, text] of cases) {
    await t.step(name, () => {
      const { message } = assertThrows(() => read(argv, environment), RangeError, text);
      assert(!message.includes("\n"), message);
    });
  }
});

Deno.test("readOptions() lets a fault of a reader through", () => {
  const faulty = (): never => {
    throw new TypeError("a fault");
  };
  const table = { size: { ...TABLE.size, read: faulty } };
  assertThrows(() => readOptions(table, [], () => undefined), TypeError);
});

Deno.test("variableOf() names the environment variable", () => {
  assertEquals(variableOf("log-level"), "PULSO_LOG_LEVEL");
});

Deno.test("nearestOf() knows short words by their letters, in whatever order two of them are", () => {
  const words = ["web", "to", "tag", "keep", "help", "view", "key-file"];
  const cases = [
    ...[["wbe", "web"], ["ot", "to"], ["tga", "tag"], ["hlep", "help"], ["kepe", "keep"]],
    ...[["veiw", "view"], ["viwe", "view"], ["vew", "view"], ["key", "key-file"]],
    ...[["file", "key-file"], ["x", null], ["be", null], ["status", null]],
  ] as const;
  for (const [word, nearest] of cases) assertEquals(nearestOf(word, words), nearest, word);
});

Deno.test("readOptions() suggests the option that begins with what was given, not one of like letters", () => {
  const option = { placeholder: "FILE", fallback: null, help: "", read: String };
  const table = { "web-token-file": option, "web-open": option };
  assertThrows(
    () => readOptions(table, ["--web-token", "x"], () => undefined),
    RangeError,
    "did you mean --web-token-file?",
  );
});
