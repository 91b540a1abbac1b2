/** The rules of the house, read off the sources: who may import whom, and who may touch a device. */
import { assert, assertEquals } from "@std/assert";

const ROOT = new URL("..", import.meta.url);
const MAY_READ = Deno.permissions.querySync({ name: "read", path: ROOT }).state === "granted";

/** What each room may import besides itself; a folder of a room without a row of its own belongs to it. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "lib/catalogue.ts": [],
  "common": [],
  "message": ["common"],
  "sealed": ["common", "message"],
  "sampler": ["common", "message"],
  "agent": ["common", "message", "sampler", "sealed"],
  "server": ["common", "message", "sealed", "server/fleet"],
  "server/doctor": [
    "common",
    "message",
    "sealed",
    "server",
    "server/bus",
    "server/record",
    "server/sources",
    "server/store",
    "server/web",
    "server/web/http",
  ],
  "server/sources": ["common", "message", "server"],
  "server/fleet": [
    "common",
    "message",
    "server/fleet/accounts",
    "server/fleet/admission",
    "server/fleet/host",
    "server/fleet/index",
    "server/fleet/ways",
  ],
  "server/fleet/memory": ["common"],
  "server/fleet/accounts": ["common", "message", "server/fleet/memory"],
  "server/fleet/ways": ["message", "server/fleet/accounts", "server/fleet/memory"],
  "server/fleet/past": ["message", "server/fleet/memory"],
  "server/fleet/host": [
    "common",
    "message",
    "server/fleet/accounts",
    "server/fleet/memory",
    "server/fleet/past",
    "server/fleet/ways",
  ],
  "server/fleet/index": ["common", "message", "server/fleet/host"],
  "server/fleet/admission": ["common", "message", "server/fleet/host", "server/fleet/index"],
  "server/alerts": ["common", "message", "server", "server/alerts/engine", "server/fleet"],
  "server/alerts/engine": [],
  "server/alerts/file": [
    "common",
    "server",
    "server/alerts",
    "server/alerts/engine",
    "server/fleet",
    "server/record",
    "server/store",
  ],
  "server/outlets": ["common", "server", "server/alerts", "server/fleet"],
  "server/assembly": [
    "common",
    "sealed",
    "server",
    "server/alerts",
    "server/alerts/file",
    "server/bus",
    "server/doctor",
    "server/fleet",
    "server/outlets",
    "server/record",
    "server/sources",
    "server/store",
  ],
  "server/store": ["common", "message", "server", "server/fleet", "server/store/file"],
  "server/store/file": [],
  "server/record": [
    "common",
    "message",
    "sealed",
    "server",
    "server/fleet",
    "server/sources",
  ],
  "server/bus": ["common", "server", "server/alerts", "server/fleet", "server/record"],
  "server/export": [
    "common",
    "message",
    "server",
    "server/alerts",
    "server/bus",
    "server/fleet",
    "server/outlets",
    "server/store",
    "server/store/file",
    "server/web/prometheus",
  ],
  "server/views": [
    "common",
    "message",
    "server",
    "server/alerts",
    "server/fleet",
    "server/record",
    "server/store",
    "server/views/terminal",
    "server/views/terminal/state",
  ],
  "server/views/terminal": [
    "common",
    "server/fleet",
    "server/record",
    "server/views/terminal/pages",
    "server/views/terminal/state",
    "server/views/terminal/text",
  ],
  "server/views/terminal/text": ["common", "message", "server/fleet"],
  "server/views/terminal/state": ["common", "message", "server/fleet", "server/record"],
  "server/views/terminal/pages": [
    "common",
    "message",
    "server/fleet",
    "server/record",
    "server/views/terminal/state",
    "server/views/terminal/text",
  ],
  "server/web": [
    "common",
    "message",
    "server",
    "server/alerts",
    "server/bus",
    "server/export",
    "server/fleet",
    "server/store",
    "server/web/api",
    "server/web/front",
    "server/web/http",
    "server/web/page",
    "server/web/prometheus",
    "server/web/stream",
  ],
  "server/web/front": [
    "common",
    "server/alerts",
    "server/export",
    "server/fleet",
    "server/outlets",
    "server/store",
    "server/web/api",
    "server/web/http",
    "server/web/stream",
  ],
  "server/web/http": ["common"],
  "server/web/api": [
    "common",
    "message",
    "server/alerts",
    "server/bus",
    "server/export",
    "server/fleet",
    "server/outlets",
    "server/record",
    "server/store",
    "server/web/http",
  ],
  "server/web/stream": ["common", "server/fleet", "server/web/api"],
  "server/web/prometheus": [
    "common",
    "message",
    "server/alerts",
    "server/bus",
    "server/export",
    "server/fleet",
    "server/outlets",
  ],
  "server/web/page": ["common"],
};

/** Every room may import it. */
const CATALOGUE = "lib/catalogue.ts";

/** What only one of the two programs is made of. */
const AGENT_ONLY = ["agent.ts", "agent", "sampler"];
const SERVER_ONLY = [
  "server.ts",
  ...Object.keys(MAY_IMPORT).filter((room) => /^server/.test(room)),
];

/** The words of a program that reach out of it. */
const DEVICE =
  /\b(Deno|console|Date\.now|performance|setTimeout|setInterval|fetch|Worker|MessageChannel|crypto|Math\.random)\b|\b(new Date\(\))|"(node:[\w/]+)"/g;

/** The files whose one job is a device, and what each may touch; every other file of lib is pure. */
const DEVICES: Readonly<Record<string, readonly string[]>> = {
  "lib/common/clock.ts": ["Date.now", "performance"],
  "lib/server/sources/drain.ts": ["MessageChannel", "Worker", "setTimeout"],
  "lib/common/hash.ts": ["crypto"],
  "lib/common/log.ts": ["Deno", "new Date()"],
  "lib/common/output.ts": ["Deno", "setTimeout"],
  "lib/common/program.ts": ["Deno", "setTimeout"],
  "lib/common/timeout.ts": ["setTimeout"],
  "lib/common/unheeded.ts": ["Deno"],
  "lib/common/advice.ts": ["Deno"],
  "lib/common/private_file.ts": ["Deno"],
  "lib/server/bus/sockets.ts": ["node:net", "node:tls"],
  "lib/server/bus/open.ts": ["Math.random", "crypto"],
  "lib/server/opening.ts": ["Date.now", "performance"],
  "lib/server/alerts/yaml.ts": ["node:process"],
  "lib/server/outlets/open.ts": ["Deno", "fetch"],
  "lib/server/export/query_api.ts": ["fetch"],
  "lib/server/export/remote_write.ts": ["Math.random", "fetch"],
  "lib/server/alerts/file/open.ts": ["Deno", "performance", "setInterval", "setTimeout"],
  "lib/server/record/files.ts": ["Deno", "node:zlib"],
  "lib/server/record/recorder.ts": ["Worker", "setTimeout"],
  "lib/server/record/replay.ts": ["setTimeout"],
  "lib/server/record/writer.js": ["Deno", "node:zlib"],
  "lib/server/sources/kernel_drops.ts": ["Deno"],
  "lib/server/sources/udp.ts": ["Deno", "setTimeout"],
  "lib/agent/doctor.ts": ["Date.now", "Deno", "setTimeout"],
  "lib/server/doctor/doctor.ts": ["Date.now", "Deno"],
  "lib/agent/sender.ts": ["Deno", "node:dns", "setTimeout"],
  "lib/sampler/cat.ts": ["Deno"],
  "lib/sampler/extra.ts": ["Deno"],
  "lib/sampler/files.ts": ["Deno"],
  "lib/sampler/identity.ts": ["Deno", "crypto", "node:crypto"],
  "lib/sampler/numbers.ts": ["Deno"],
  "lib/sampler/package.ts": ["Deno"],
  "lib/sampler/sampler.ts": ["Deno", "performance"],
  "lib/sampler/space.ts": ["Deno", "node:fs"],
  "lib/sealed/cipher.ts": ["node:crypto"],
  "lib/sealed/key_file.ts": ["Deno", "crypto", "setInterval"],
  "lib/common/std/log.ts": ["new Date()"],
  "lib/server/store/file/blobs.js": ["node:zlib"],
  "lib/server/store/file/database.js": ["node:sqlite"],
  "lib/server/store/file/thread.js": ["Deno"],
  "lib/server/store/open.ts": ["Deno"],
  "lib/server/store/thread.ts": ["Worker"],
  "lib/server/store/door.ts": ["Deno", "setTimeout"],
  "lib/server/views/terminal/terminal.ts": ["setTimeout"],
  "lib/server/views/terminal/tty.ts": ["Deno", "node:fs", "setTimeout"],
  "lib/server/views/view.ts": ["Deno"],
  "lib/server/web/http/listener.ts": ["Deno", "setTimeout"],
  "lib/server/web/server.ts": ["crypto", "fetch"],
  "lib/server/sources/thread.js": ["Deno", "performance", "setTimeout"],
  "lib/server/web/page/commands.js": ["fetch"],
  "lib/server/web/page/compare_tools.js": ["fetch", "setTimeout"],
  "lib/server/web/page/connections.js": ["Date.now", "fetch", "setTimeout"],
  "lib/server/web/page/fleet_page.js": ["performance", "setTimeout"],
  "lib/server/web/page/grid_card.js": ["setTimeout"],
  "lib/server/web/page/grid_page.js": ["setTimeout"],
  "lib/server/web/page/host_page.js": ["fetch"],
  "lib/server/web/page/ranges.js": ["fetch"],
  "lib/server/web/page/login.js": ["fetch"],
  "lib/server/web/page/main.js": ["Date.now", "setInterval"],
  "lib/server/web/page/part_stream.js": ["setTimeout"],
  "lib/server/web/page/replay.js": ["setInterval"],
  "lib/server/web/page/stream.js": ["Date.now", "setTimeout"],
  "lib/server/web/page/wall.js": ["setInterval"],
  "lib/server/web/page/ways_page.js": ["fetch"],
};

const MAX_LINES = 250;
/** The catalogue: every metric stands in one place. */
const LONG_FILES = ["lib/catalogue.ts"];
const MAX_HEADER_LINES = 6;
const MAX_ADAPTER_LINES = 150;

/** One source file. */
interface Source {
  /** From the root of the repository: `lib/server/fleet/fleet.ts`. */
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
    return /\.(ts|js)$/.test(name) ? [folder + name] : [];
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

/** The room that a file is in: the longest folder of lib that has a row; outside lib its path. */
function roomOf(path: string): string {
  const folder = /^lib\/(.*)\/[^/]+$/.exec(path)?.[1];
  const rooms = Object.keys(MAY_IMPORT).filter((room) => `${folder}/`.startsWith(`${room}/`));
  return rooms.sort((a, b) => b.length - a.length)[0] ?? path;
}

/** Whoever is not in the fleet and may import it may import its rooms, too. */
function mayImport(room: string, other: string): boolean {
  const isOfFleet = (name: string) => name.startsWith("server/fleet/");
  const named = isOfFleet(other) && !`${room}/`.startsWith("server/fleet/")
    ? "server/fleet"
    : other;
  return MAY_IMPORT[room]!.includes(named);
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
    if (!isIn(path)) return [];
    const room = roomOf(path);
    if (MAY_IMPORT[room] === undefined) return [`${path} is in no room`];
    const others = imports.filter((name) =>
      isIn(name) && ![room, CATALOGUE].includes(roomOf(name))
    );
    const bad = others.filter((name) => !mayImport(room, roomOf(name)));
    return bad.map((name) => `${path} imports ${name}`);
  }));

/** What is sent as what it comes to, and not as it stands. */
const SERVED_AS_DATA = "lib/server/web/page/catalogue.js";

test("a browser can load what the page is made of", (sources) =>
  sources.filter(({ path }) => /^lib\/(common|server\/web\/page)\/.*\.js$/.test(path)).flatMap((
    { path, imports },
  ) =>
    path === SERVED_AS_DATA
      ? []
      : imports.filter((name) => !name.endsWith(".js")).map((name) => `${path} imports ${name}`)
  ));

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

/** A reader keeps so many files of a room in mind at once, one above the other. */
const MAX_FLOORS = 4;
/** Rooms that are higher today. */
const HIGH_ROOMS = ["message", "sampler", "server/web/page"];

test("no room has more than four floors of files", (sources) => {
  const importsOf = new Map(sources.map(({ path, imports }) => [path, imports]));
  const highest = (path: string): string[] => {
    const below = importsOf.get(path)!.filter((name) =>
      importsOf.has(name) && roomOf(name) === roomOf(path)
    );
    const towers = below.map(highest).sort((a, b) => b.length - a.length);
    return [path, ...towers[0] ?? []];
  };
  return sources.map(({ path }) => highest(path)).filter(([path, ...below]) =>
    below.length >= MAX_FLOORS && !HIGH_ROOMS.includes(roomOf(path!))
  ).map((tower) => tower.join(" → "));
});

test("what is imported is here, in deno.json, or part of the system", (sources) => {
  const paths = new Set(sources.map(({ path }) => path));
  const isKnown = (name: string) =>
    paths.has(name) || name.startsWith("node:") || name.startsWith("lib/server/web/page/") ||
    /^(@(std|nats-io)\/)?[a-z][\w-]*(\/[\w.-]+)*$/.test(name) ||
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
    const header = /^(?:\/\/ @ts-check\n|\/\/\/ .*\n)*\/\*\*\s[^]*?\*\/\n/.exec(text)?.[0];
    const lines = header?.split("\n").length ?? 0;
    return lines === 0 || lines > MAX_HEADER_LINES + 3;
  }).map(({ path }) => path));

test("every export of lib says what it is", (sources) =>
  sources.filter(({ path }) => isIn(path) && !path.startsWith("lib/common/std/")).flatMap(
    ({ path, text }) => {
      const lines = text.split("\n");
      const isDeclared = (line: string | undefined) =>
        /^export (?!\{|\*|type \{)/.test(line ?? "") && / = |;$/.test(line ?? "");
      return lines.flatMap((line, n) => {
        if (!/^export (?!\{|\*|type \{)/.test(line)) return [];
        const before = lines.slice(0, n).findLast((above) => !/^\s*\/\/ deno-lint/.test(above)) ??
          "";
        // One comment may stand above two or three short declarations that belong together.
        return /\*\/$/.test(before) || isDeclared(before) ? [] : [`${path}:${n + 1} ${line}`];
      });
    },
  ));

test("no file is too long", (sources) =>
  sources.filter(({ path, text }) =>
    !LONG_FILES.includes(path) && text.split("\n").length - 1 > MAX_LINES
  ).map(({ path, text }) => `${path} has ${text.split("\n").length - 1} lines`));

/** What is read from top to bottom. */
const MAX_ENTRY_LINES = 120;

test("server.ts tells the whole program", (sources) =>
  sources.filter(({ path, text }) =>
    path === "server.ts" && text.split("\n").length - 1 > MAX_ENTRY_LINES
  ).map(({ path, text }) => `${path} has ${text.split("\n").length - 1} lines`));

/** Rooms that grew after the others were put in order, and are held to no number of files. */
const LATER_ROOMS = [
  "server/alerts",
  "server/alerts/engine",
  "server/alerts/file",
  "server/assembly",
  "server/bus",
  "server/doctor",
  "server/export",
  "server/fleet/ways",
  "server/outlets",
  "server/record",
  "server/store",
  "server/store/file",
];
/** Files of all other rooms but the page's own: what a reader can keep an overview of. */
const MAX_FILES = 198;

test("the rooms have no more files than a reader can know", (sources) => {
  const counted = sources.filter(({ path }) =>
    isIn(path) && ![...LATER_ROOMS, "server/web/page"].includes(roomOf(path))
  );
  return counted.length <= MAX_FILES ? [] : [`${counted.length} files; merge what is one idea`];
});

/** A shorter file that only one other imports is most often a part of that one. */
const MIN_LINES = 60;
/** Those that hold an idea whole, and which. */
const SHORT_FILES: Readonly<Record<string, string>> = {
  "lib/sampler/library_package.ts": "what the compiled agent for Linux leaves out",
  "lib/server/assembly/commands.ts": "who runs each command of the server",
  "lib/server/assembly/reception.ts": "where a server's datagrams come from",
  "lib/server/bus/lead.ts": "which of several views notifies",
  "lib/server/bus/sockets.ts": "what the library's sockets are kept from",
  "lib/server/alerts/troubles.ts": "what the server notices of itself",
  "lib/server/alerts/alert_log.ts": "what the log tells of alerts",
  "lib/server/alerts/groups.ts": "what one look tells, put together",
  "lib/server/alerts/notice.ts": "what rules and destinations tell each other",
  "lib/server/fleet/admission/admission.ts": "how many hosts may be new at once",
  "lib/server/opening.ts": "the two clocks by which a session is judged",
};

test("no fragment has a single importer", (sources) =>
  sources.filter(({ path, text }) => {
    if (!isIn(path) || roomOf(path) === "server/web/page") return false;
    const importers = sources.filter(({ imports }) => imports.includes(path));
    const isShort = text.split("\n").length - 1 < MIN_LINES;
    return isShort && importers.length === 1 && SHORT_FILES[path] === undefined;
  }).map(({ path }) => path));

test("the doors to @std are thin", (sources) => {
  const adapters = sources.filter(({ path }) => path.startsWith("lib/common/std/"));
  assert(adapters.length >= 3);
  const lines = adapters.reduce((sum, { text }) => sum + text.split("\n").length - 1, 0);
  return lines < MAX_ADAPTER_LINES ? [] : [`${lines} lines`];
});
