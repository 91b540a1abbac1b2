import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describedAgent } from "../../lib/agent/options.ts";
import { SERVER } from "../../lib/server/program.ts";
import { inFolder } from "../files.ts";
import { isInstalled, MAY_RUN } from "../processes.ts";
import { manPage, manualFiles } from "../../tools/manuals.ts";

const MAY_WRITE = Deno.permissions.querySync({ name: "write" }).state === "granted";

/** Runs a test in a folder with all files, where a program is there. */
function test(name: string, program: string, fn: (folder: string) => Promise<void>): void {
  Deno.test({
    name: `${name} (needs --allow-all and ${program})`,
    ignore: !MAY_RUN || !MAY_WRITE || !isInstalled(program),
    fn: () =>
      inFolder(async (folder) => {
        for (const [path, text] of manualFiles()) {
          await Deno.mkdir(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
          await Deno.writeTextFile(`${folder}/${path}`, text);
        }
        await Deno.writeTextFile(`${folder}/fleet.key`, "");
        await fn(folder);
      }),
  });
}

/** What a program prints; it must not complain. */
async function print(folder: string, program: string, args: readonly string[]): Promise<string> {
  const command = new Deno.Command(program, { args: [...args], cwd: folder, stdin: "null" });
  const { success, stdout, stderr } = await command.output();
  assertEquals([new TextDecoder().decode(stderr), success], ["", true]);
  return new TextDecoder().decode(stdout);
}

/** What is typed before Tab, and the word that this makes of the last one; `null` for two options. */
const COMPLETED: readonly (readonly [line: string, word: string | null])[] = [
  ["pulso-server conf", "config"],
  ["pulso-server --web-o", "--web-open"],
  ["pulso-server --web-open --heartb", "--heartbeat"],
  ["pulso-server --view ta", "table"],
  ["pulso-server --view=ta", "table"],
  ["pulso-server --key-file fle", "fleet.key"],
  ["pulso-server keygen --key-i", "--key-id"],
  ["pulso-server keygen fle", "fleet.key"],
  ["pulso-server record-info comp", "completions"],
  ["pulso-server config --log-format js", "json"],
  ["pulso-agent --source sys", "systeminformation"],
  ["pulso-agent --procfs comp", "completions"],
  ["pulso-agent --int", null],
  ["pulso-agent --interv", "--interval"],
];

/** A word without what a shell adds to it. */
function bare(word: string): string {
  return word.replace(/^--view=/, "").replace(/[= /]*$/, "");
}

test("bash completes options, commands, words and files", "bash", async (folder) => {
  for (const [line, word] of COMPLETED) {
    const words = line.split(/ |(?==)|(?<==)/);
    const script = `
      compopt() { :; }
      . completions/${words[0]}.bash
      COMP_WORDS=(${words.join(" ")}) COMP_CWORD=${words.length - 1}
      _${words[0]!.replace("-", "_")}
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    const replies = (await print(folder, "bash", ["-c", script])).trimEnd().split("\n");
    if (word === null) assertEquals(replies, ["--interval", "--interfaces"]);
    else assertEquals(replies.map(bare), [word], line);
  }
});

test("zsh completes options, commands, words and files", "zsh", async (folder) => {
  const lines = COMPLETED.filter(([, word]) => word !== null);
  const script = `
    zmodload zsh/zpty
    zpty z zsh -f -i
    zpty -w z "PS1= COLUMNS=400; fpath=(\$PWD/completions \\$fpath); autoload -Uz compinit; compinit -u -D"
    zpty -w z 'show() { print -r -- "<<$BUFFER>>"; BUFFER= }; zle -N show; bindkey ^X show; print re""ady'
    zpty -r z text '*ready*'
    for line in "$@"; do
      zpty -w -n z "$line"$'\\t\\x18'
      zpty -r z text '*<<*>>*'
      text=\${text##*<<}
      print -r -- "\${text%%>>*}"
    done
    zpty -d z`;
  const args = ["-f", "-c", script, "zsh", ...lines.map(([line]) => line)];
  const buffers = (await print(folder, "zsh", args)).trimEnd().split("\n");
  const words = buffers.map((buffer) => bare(buffer.trimEnd().split(" ").pop()!));
  assertEquals(words, lines.map(([, word]) => word));
});

test("fish completes options, commands, words and files", "fish", async (folder) => {
  for (const [line, word] of COMPLETED) {
    const program = line.split(" ")[0];
    const script = `source completions/${program}.fish; complete -C '${line}'`;
    const lines = (await print(folder, "fish", ["-N", "-c", script])).trimEnd().split("\n");
    const replies = lines.map((text) => text.split("\t")[0]!);
    if (word === null) assertEquals(replies.sort(), ["--interfaces", "--interval"]);
    else assertEquals(replies.map(bare), [word], line);
  }
});

test(
  "man shows every option and command, and has nothing to complain of",
  "man",
  async (folder) => {
    for (const program of [describedAgent(), SERVER]) {
      const { name } = program;
      const page = await print(folder, "man", ["--warnings", "-E", "UTF-8", "-l", `man/${name}.1`]);
      const words = page.replace(/\p{Dash}\n\s*/gu, "").replace(/\s+/g, " ");
      for (const option of Object.keys(program.options)) assertStringIncludes(words, `--${option}`);
      for (const [command, { synopsis }] of Object.entries(program.commands)) {
        assertStringIncludes(words, `${name} ${command} ${synopsis}`);
      }
    }
  },
);

Deno.test("manPage() writes texts so that roff takes nothing in them for its own", () => {
  const help = "it's C:\\x, -5";
  const options = { x: { placeholder: "X", fallback: null, help: `.${help}`, read: String } };
  const page = manPage({
    name: "pulso-x",
    version: "1.0.0",
    purpose: "Does.",
    options,
    commands: {},
  });
  assertStringIncludes(page, "\n\\fB\\-\\-x\\fR \\fIX\\fR\n\\&.it's C:\\ex, \\-5\n");
});

Deno.test("manualFiles() has a page and three completions of each program, and no time in them", () => {
  const names = ["agent", "server"].flatMap((name) => [
    `man/pulso-${name}.1`,
    `completions/pulso-${name}.bash`,
    `completions/_pulso-${name}`,
    `completions/pulso-${name}.fish`,
  ]);
  const files = manualFiles();
  assertEquals([...files.keys()], names);
  for (const [path, text] of files) {
    if (path.startsWith("man/")) assertMatch(text, /^\.TH PULSO-\w+ 1 "" "Pulso [\d.]+" "Pulso"\n/);
  }
});
