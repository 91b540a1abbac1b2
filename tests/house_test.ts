/** The rules of the house, read off the sources: who may import whom, and who may touch a device. */
import { assert, assertEquals } from "@std/assert";

const ROOT = new URL("..", import.meta.url);
const MAY_READ = Deno.permissions.querySync({ name: "read", path: ROOT }).state === "granted";

/** What a file of one room or name may import; those not named here may import what their side may. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "message": ["json_reader"],
  "format": ["message"],
  "metrics": ["message"],
  "std": [],
  "network": [],
  "budget": ["network"],
  "clock": [],
  "session": ["clock"],
  "hash": [],
  "text_cache": ["hash"],
  "text_map": ["hash"],
  "json_scanner": [],
  "json_reader": ["json_scanner"],
  "digest": ["message", "metrics", "text_cache", "budget"],
  "fleet": ["digest", "message", "format", "metrics", "network", "budget", "hash", "text_map"],
  "sampler": ["name_pattern", "message", "format", "metrics", "patience", "permission"],
  "web": [
    "bind_failure",
    "fleet",
    "message",
    "format",
    "metrics",
    "digits",
    "options",
    "log",
    "network",
    "patience",
    "private_file",
  ],
  "drain": ["clock", "message", "format", "text_cache", "receiver"],
  "sealed": [
    ...["digest", "message", "format", "options", "option_reader", "option_values", "log"],
    ...["budget", "patience", "private_file", "text_map"],
  ],
  "terminal": [
    ...["fleet", "message", "format", "metrics"],
    ...["log", "options", "output", "logged_output"],
  ],
};

/** What only one of the two programs is made of. */
const AGENT_ONLY = [
  ...[
    "agent.ts",
    "session",
    "agent_options",
    "sampler",
    "fit",
    "encoder",
    "schedule",
    "resolver",
    "sender",
  ],
];
const SERVER_ONLY = ["server.ts", "fleet", "terminal", "web", "receiver", "drain", "kernel_drops"];

/** The words of a program that reach out of it. */
const DEVICE =
  /\b(Deno|console|Date\.now|performance|setTimeout|setInterval|fetch|Worker|MessageChannel|crypto|Math\.random)\b|\b(new Date\(\))|"(node:[\w/]+)"/g;

/** The files whose one job is a device, and what each may touch; every other file of lib is pure. */
const DEVICES: Readonly<Record<string, readonly string[]>> = {
  "lib/clock.ts": ["Date.now", "performance"],
  "lib/drain/drain.ts": ["MessageChannel", "Worker", "setTimeout"],
  "lib/hash.ts": ["crypto"],
  "lib/kernel_drops.ts": ["Deno"],
  "lib/log.ts": ["Deno", "new Date()"],
  "lib/output.ts": ["Deno", "setTimeout"],
  "lib/program.ts": ["Deno", "setTimeout"],
  "lib/patience.ts": ["setTimeout"],
  "lib/permission.ts": ["Deno"],
  "lib/private_file.ts": ["Deno"],
  "lib/receiver.ts": ["Deno", "setTimeout"],
  "lib/resolver.ts": ["node:dns"],
  "lib/sender.ts": ["Deno", "setTimeout"],
  "lib/sampler/cat.ts": ["Deno"],
  "lib/sampler/files.ts": ["Deno"],
  "lib/sampler/open_files.ts": ["Deno"],
  "lib/sampler/identity.ts": ["Deno", "crypto", "node:crypto"],
  "lib/sampler/library.ts": ["Deno"],
  "lib/sampler/sampler.ts": ["Deno", "performance"],
  "lib/sampler/space.ts": ["Deno", "node:fs"],
  "lib/sealed/cipher.ts": ["node:crypto"],
  "lib/sealed/key_file.ts": ["Deno", "setInterval"],
  "lib/sealed/keygen.ts": ["crypto"],
  "lib/std/log.ts": ["new Date()"],
  "lib/terminal/terminal.ts": ["setTimeout"],
  "lib/terminal/tty.ts": ["Deno", "node:fs", "setTimeout"],
  "lib/terminal/view.ts": ["Deno"],
  "lib/web/listener.ts": ["Deno", "setTimeout"],
  "lib/web/serve.ts": ["setTimeout"],
  "lib/web/token.ts": ["crypto"],
};

const MAX_LINES = 250;
/** message.ts: the wire format is one thing, and whoever reads it reads one file. */
const LONG_FILES = ["lib/message.ts"];
const MAX_HEADER_LINES = 6;
const MAX_ADAPTER_LINES = 150;

/** One source file. */
interface Source {
  /** From the root of the repository: `lib/fleet/fleet.ts`. */
  readonly path: string;
  readonly text: string;
  /** The text without comments, texts and regular expressions; imported names stay. */
  readonly code: string;
  readonly imports: readonly string[];
}

type Rule = (sources: readonly Source[]) => readonly string[];

/** Tests that no source breaks a rule; the rule names those that do. */
function test(name: string, rule: Rule): void {
  Deno.test({
    name: `the house: ${name} (needs --allow-read)`,
    ignore: !MAY_READ,
    fn: () => assertEquals([...rule(readSources())], []),
  });
}

let known: readonly Source[] | undefined;

function readSources(): readonly Source[] {
  return known ??= ["agent.ts", "server.ts", ...listFiles("lib/"), ...listFiles("tools/")]
    .map((path) => sourceOf(path, Deno.readTextFileSync(new URL(path, ROOT))));
}

function listFiles(folder: string): string[] {
  const entries = [...Deno.readDirSync(new URL(folder, ROOT))];
  return entries.flatMap(({ name, isDirectory }) => {
    if (isDirectory) return listFiles(`${folder}${name}/`);
    return name.endsWith(".ts") ? [folder + name] : [];
  }).sort();
}

function sourceOf(path: string, text: string): Source {
  const code = codeOf(text);
  const imports = Array.from(
    code.matchAll(/\b(?:from|import)\s*\(?\s*"([^"]+)"/g),
    ([, name]) => name!.startsWith(".") ? resolve(path, name!) : name!,
  );
  return { path, text, code, imports };
}

function resolve(path: string, name: string): string {
  return new URL(name, new URL(path, "file:///")).pathname.slice(1);
}

const REGULAR_EXPRESSION = /\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[dgimsuvy]*/y;
const COMMENT = /\/\*[^]*?\*\/|\/\/.*/y;
const TEXT = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/y;
const TEMPLATE = /(?:\\[^]|\$(?!\{)|[^\\`$])*(`|\$\{)/y;
/** After these a slash begins a regular expression, and after others it divides. */
const BEFORE_EXPRESSION = /(?:^|[(,=:[!&|?{};+>]|\breturn)\s*$/;
/** So much of the code before is looked at. */
const BEFORE_LENGTH = 20;
const BEFORE_IMPORTED = /\b(?:from|import)\s*\(?\s*$/;

/** The code of a source: comments, texts and regular expressions are left out, but for imported names. */
function codeOf(text: string): string {
  let code = "";
  let at = 0;
  /** For each template that is open, how many braces are open in its present expression. */
  const templates: number[] = [];
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) at += found[0].length;
    return found;
  };
  const takeTemplate = () => {
    if (take(TEMPLATE)![1] === "`") code += '""';
    else templates.push(0);
  };
  while (at < text.length) {
    if (take(COMMENT)) continue;
    const before = code.slice(-BEFORE_LENGTH);
    const found = take(TEXT);
    if (found) code += BEFORE_IMPORTED.test(before) ? found[0] : '""';
    else if (text[at] === "/" && BEFORE_EXPRESSION.test(before) && take(REGULAR_EXPRESSION)) {
      code += '""';
    } else {
      const character = text[at++]!;
      if (character === "`") takeTemplate();
      else if (character === "}" && templates.at(-1) === 0) {
        templates.pop();
        takeTemplate();
      } else {
        if (character === "{" && templates.length > 0) templates[templates.length - 1]!++;
        if (character === "}" && templates.length > 0) templates[templates.length - 1]!--;
        code += character;
      }
    }
  }
  return code;
}

/** What a file is called in the rules: its folder in lib, its name there, or its path. */
function roomOf(path: string): string {
  return /^lib\/(\w+)/.exec(path)?.[1] ?? path;
}

const isIn = (path: string) => path.startsWith("lib/");

Deno.test("codeOf() keeps code and imported names, and nothing else", async (t) => {
  const cases: [string, string][] = [
    ["a // b\nc", "a \nc"],
    ["a /* b\n * c */ d", "a  d"],
    ['import { a } from "./b.ts";', 'import { a } from "./b.ts";'],
    ['await import("./b.ts")', 'await import("./b.ts")'],
    ["f(\"Deno // x\", 'console')", 'f("", "")'],
    ["f(`Deno ${Date.now()} ${`x${1}`} $ {`)", 'f(Date.now()1"""")'],
    ["f(`a${{ b: 1 }.b}c`)", 'f({ b: 1 }.b"")'],
    ['f(/"[/"]Deno/g, a / b / c)', 'f("", a / b / c)'],
    ["const a = b / Deno / c;", "const a = b / Deno / c;"],
    ["return /Date\\//.test(a)", 'return "".test(a)'],
  ];
  for (const [text, code] of cases) {
    await t.step(text, () => assertEquals(codeOf(text), code));
  }
});

test("every room imports only from those below it", (sources) =>
  sources.flatMap(({ path, imports }) => {
    const room = roomOf(path);
    const allowed = MAY_IMPORT[room];
    if (allowed === undefined || !isIn(path)) return [];
    const others = imports.filter((name) => isIn(name) && roomOf(name) !== room);
    const bad = others.filter((name) => !allowed.includes(roomOf(name)));
    return bad.map((name) => `${path} imports ${name}`);
  }));

test("lib/message.ts imports nothing but what reads JSON", (sources) =>
  sources.filter(({ path }) => path === "lib/message.ts").flatMap(({ imports }) => imports)
    .filter((name) => name !== "lib/json_reader.ts"));

test("nobody imports an entry script or a tool", (sources) =>
  sources.filter(({ path }) => !path.startsWith("tools/")).flatMap(({ path, imports }) =>
    imports.filter((name) => name.endsWith(".ts") && !isIn(name))
      .map((name) => `${path} imports ${name}`)
  ));

test("nothing of the agent's meets anything of the server's", (sources) => {
  const side = (path: string) =>
    AGENT_ONLY.includes(roomOf(path))
      ? "agent"
      : SERVER_ONLY.includes(roomOf(path))
      ? "server"
      : "both";
  return sources.filter(({ path }) => !path.startsWith("tools/")).flatMap(({ path, imports }) =>
    imports.filter((name) => side(name) !== "both" && side(name) !== side(path))
      .map((name) => `${path} imports ${name}`)
  );
});

test("no imports go in a circle", (sources) => {
  const importsOf = new Map(sources.map(({ path, imports }) => [path, imports]));
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (path: string, way: readonly string[]) => {
    if (way.includes(path)) circles.push([...way, path].join(" → "));
    if (way.includes(path) || done.has(path)) return;
    for (const name of importsOf.get(path) ?? []) visit(name, [...way, path]);
    done.add(path);
  };
  for (const { path } of sources) visit(path, []);
  return circles;
});

test("what is imported is here, in deno.json, or part of the system", (sources) => {
  const paths = new Set(sources.map(({ path }) => path));
  const isKnown = (name: string) =>
    paths.has(name) || name.startsWith("node:") || name.startsWith("lib/web/page/") ||
    /^(@std\/)?[a-z][\w-]*(\/[\w.-]+)*$/.test(name) ||
    name === "deno.json";
  return sources.flatMap(({ path, imports }) =>
    imports.filter((name) => !isKnown(name)).map((name) => `${path} imports ${name}`)
  );
});

test("only the files of a device touch it", (sources) => {
  const touched = sources.filter(({ path }) => isIn(path)).map(({ path, code }) => {
    const words = Array.from(code.matchAll(DEVICE), ([, ...words]) => words.find(Boolean)!);
    return [path, [...new Set(words)].sort()] as const;
  });
  const actual = Object.fromEntries(touched.filter(([, words]) => words.length > 0));
  const every = [...new Set([...Object.keys(actual), ...Object.keys(DEVICES)])];
  return every.filter((path) => String(actual[path]) !== String(DEVICES[path])).map((path) =>
    `${path} touches ${actual[path] ?? "nothing"}, and may ${DEVICES[path] ?? "nothing"}`
  );
});

test("every file of lib says first what it owns", (sources) =>
  sources.filter(({ path }) => isIn(path)).filter(({ text }) => {
    const header = /^\/\*\*\s[^]*?\*\/\n/.exec(text)?.[0];
    const lines = header?.split("\n").length ?? 0;
    return lines === 0 || lines > MAX_HEADER_LINES + 3;
  }).map(({ path }) => path));

test("every export of lib says what it is", (sources) =>
  sources.filter(({ path }) => isIn(path) && roomOf(path) !== "std").flatMap(({ path, text }) => {
    const lines = text.split("\n");
    const isDeclared = (line: string | undefined) =>
      /^export (?!\{|\*|type \{)/.test(line ?? "") && / = |;$/.test(line ?? "");
    return lines.flatMap((line, n) => {
      if (!/^export (?!\{|\*|type \{)/.test(line)) return [];
      const before = lines.slice(0, n).findLast((above) => !/^\s*\/\/ deno-lint/.test(above)) ?? "";
      // One comment may stand above two or three short declarations that belong together.
      return /\*\/$/.test(before) || isDeclared(before) ? [] : [`${path}:${n + 1} ${line}`];
    });
  }));

test("no file is too long", (sources) =>
  sources.filter(({ path, text }) =>
    !LONG_FILES.includes(path) && text.split("\n").length - 1 > MAX_LINES
  ).map(({ path, text }) => `${path} has ${text.split("\n").length - 1} lines`));

test("the doors to @std are thin", (sources) => {
  const adapters = sources.filter(({ path }) => path.startsWith("lib/std/"));
  assert(adapters.length >= 3);
  const lines = adapters.reduce((sum, { text }) => sum + text.split("\n").length - 1, 0);
  return lines < MAX_ADAPTER_LINES ? [] : [`${lines} lines`];
});
