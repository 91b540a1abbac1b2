import { assertEquals, assertThrows } from "@std/assert";
import { flag, readOptions, readSettings } from "../../lib/common/option_reader.ts";
import {
  describeCommand,
  describeOptions,
  describeProgram,
  describeSettings,
} from "../../lib/common/usage.ts";

const TABLE = {
  size: { placeholder: "N", fallback: "7", help: "how much", read: Number },
  "host-name": { placeholder: "NAME", fallback: null, help: "who (default: you)", read: String },
  peer: { placeholder: "HOST", fallback: "a", repeatable: true, help: "whom", read: String },
  path: { placeholder: "PATH", fallback: null, help: "where", read: String },
  quiet: flag("say nothing"),
  version: flag("print the version and exit"),
  help: flag("print this text and exit"),
} as const;

const CONCEALED = {
  ping: {
    ...{ placeholder: "URL", fallback: null, help: "whom to ask" },
    read: (text: string) => {
      if (!URL.canParse(text)) throw new RangeError("it must be a URL");
      return text;
    },
    conceal: (text: string) => new URL(text).origin,
  },
};

const OPTIONS = [
  "  --size N          how much (default: 7)",
  "  --host-name NAME  who (default: you)",
  "  --peer HOST       whom (default: a)",
  "  --path PATH       where",
  "  --quiet           say nothing",
  "  --version         print the version and exit",
  "  --help            print this text and exit",
];
const DRAW = {
  synopsis: "[OPTION]... FILE",
  help: "draw it",
  purpose: "Draws it in full.",
  options: TABLE,
};

Deno.test("describeOptions() lists every option with its default", () => {
  assertEquals(describeOptions(TABLE).split("\n"), OPTIONS);
});

Deno.test("describeProgram() lists its commands and its options", () => {
  const check = { ...DRAW, synopsis: "", help: "see" };
  const text = describeProgram({
    name: "pulso-thing",
    version: "1.2.3",
    purpose: "Does things.",
    options: TABLE,
    commands: { draw: DRAW, check },
  });
  assertEquals(text.split("\n").slice(0, 6), [
    "pulso-thing 1.2.3: Does things.",
    "",
    "Usage: pulso-thing [OPTION]...",
    "       pulso-thing draw [OPTION]... FILE  draw it",
    "       pulso-thing check                  see",
    "",
  ]);
  assertEquals(text.split("\n").slice(6, 6 + OPTIONS.length), OPTIONS);
});

Deno.test("describeCommand() says what it does, its options, and what else there is to know", () => {
  const head = ["Draws it in full.", "", "Usage: pulso-thing draw [OPTION]... FILE", ""];
  assertEquals(describeCommand("pulso-thing", "draw", DRAW).split("\n"), [...head, ...OPTIONS]);
  assertEquals(
    describeCommand("pulso-thing", "draw", { ...DRAW, notes: "It is slow." }).split("\n"),
    [...head, ...OPTIONS, "", "It is slow."],
  );
});

Deno.test("describeSettings() tells each value and where it was set", () => {
  const variables: Record<string, string> = { PULSO_PEER: "b,c", PULSO_SIZE: "8" };
  const settings = readSettings(TABLE, ["--size", "9", "--quiet"], (name) => variables[name]);
  assertEquals(describeSettings(TABLE, settings).split("\n"), [
    "size       9        --size",
    "host-name  you      default",
    "peer       b, c     PULSO_PEER",
    "path       not set  default",
    "quiet      true     --quiet",
  ]);
});

Deno.test("an option that conceals its value is quoted by no message, and shown in part", () => {
  const given = ["--ping", "https://watch.example/s3cr3t"];
  const settings = readSettings(CONCEALED, given, () => undefined);
  assertEquals(describeSettings(CONCEALED, settings), "ping  https://watch.example  --ping");
  const read = () => readOptions(CONCEALED, ["--ping", "s3cr3t"], () => undefined);
  assertEquals(assertThrows(read, RangeError).message, "Cannot use --ping: it must be a URL");
});
