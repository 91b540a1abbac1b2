/**
 * `deno task release`: makes what a release consists of, in dist/release. Each executable is compiled from
 * a copy of the sources in which every file has the time of the commit, so that the same commit yields the
 * same bytes.
 */
import config from "../deno.json" with { type: "json" };
import { oneOf, VERSION } from "../lib/common/options.ts";
import { readCommandLine } from "./command_line.ts";
import { commitHere } from "./commit.ts";
import {
  debianArchitecture,
  packageFiles,
  type ProgramName,
  PROGRAMS,
  systemOf,
} from "./packages.ts";
import { packArchive, packDebian, run, setTime } from "./packing.ts";
import { compileCommands } from "./programs.ts";
import { type ModuleGraph, sbomOf } from "./sbom.ts";

/** What an executable for each system begins with, in hexadecimal; ELF tells the processor as well. */
const BEGINNINGS: Readonly<Record<string, RegExp>> = {
  "x86_64-unknown-linux-gnu": /^7f454c46.{28}3e/,
  "aarch64-unknown-linux-gnu": /^7f454c46.{28}b7/,
  "x86_64-apple-darwin": /^cffaedfe07/,
  "aarch64-apple-darwin": /^cffaedfe0c/,
  "x86_64-pc-windows-msvc": /^4d5a/,
};
const SEEN_BYTES = 20;
/** What is built when nobody asks for less. */
const TARGETS = Object.keys(BEGINNINGS);

const TOOL = {
  usage: "deno task release [OPTION]...",
  purpose:
    "Makes archives, Debian packages, their sums and the list of what is in them, in dist/release.",
  options: {
    target: {
      placeholder: "TARGET",
      fallback: null,
      repeatable: true,
      help: "system to build for; repeat it for several (default: all whose runtime can be had)",
      ...oneOf(TARGETS),
    },
  },
} as const;

const SOURCES = ["agent.ts", "server.ts", "lib", "deno.json", "deno.lock"];

/** Where and from what a release is made. */
interface Place {
  /** What is published. */
  readonly release: string;
  /** The copy of the sources. */
  readonly tree: string;
  readonly work: string;
  readonly commit: string | null;
  readonly seconds: number;
}

if (import.meta.main) main();

function main(): void {
  const { target: asked } = readCommandLine(TOOL);
  const place = prepare();
  const failed = (asked.length > 0 ? asked : TARGETS).filter((target) => !build(target, place));
  Deno.copyFileSync("packaging/install.sh", `${place.release}/install.sh`);
  writeSbom(place);
  Deno.removeSync(place.work, { recursive: true });
  run("sh", ["-c", "LC_ALL=C sha256sum -- * > ../SHA256SUMS && mv ../SHA256SUMS ."], {
    cwd: place.release,
  });
  if (failed.length === TARGETS.length || asked.some((target) => failed.includes(target))) {
    say("Cannot make this release: not everything that was asked for could be built");
    Deno.exit(1);
  }
}

/** Makes empty folders and the copy of the sources. */
function prepare(): Place {
  const dist = `${Deno.cwd()}/dist`;
  const commit = commitHere();
  const seconds = Number(Deno.env.get("SOURCE_DATE_EPOCH") ?? commit?.seconds ?? NaN);
  if (!Number.isInteger(seconds)) {
    say("Cannot tell the time of this release: there is no commit here; set SOURCE_DATE_EPOCH");
    Deno.exit(1);
  }
  const place = {
    ...{
      release: `${dist}/release`,
      work: `${dist}/release.work`,
      tree: `${dist}/release.work/tree`,
    },
    ...{ commit: commit?.id ?? null, seconds },
  };
  run("rm", ["-rf", place.release, place.work]);
  for (const folder of [place.release, place.tree]) Deno.mkdirSync(folder, { recursive: true });
  run("cp", ["-r", ...SOURCES, place.tree]);
  setTime(place.tree, seconds);
  return place;
}

/** Builds and packs both programs; false, with the reason said, where there is no runtime for the target. */
function build(target: string, place: Place): boolean {
  try {
    compile(target, place);
  } catch (error) {
    say(`Left out: ${target}, as it cannot be compiled here: ${reasonOf(error as Error)}`);
    return false;
  }
  for (const program of PROGRAMS) pack(program, target, place);
  return true;
}

/** Of what a compiler says, the fault and its last cause. */
function reasonOf({ message }: Error): string {
  const fault = /error: (.*)/.exec(message)?.[1] ?? message;
  const cause = message.split("Stack backtrace")[0]!.match(/(?<=^ *\d+: ).*/gm)?.at(-1);
  return cause === undefined ? fault : `${fault}: ${cause}`;
}

/** @throws {Error} where it fails, or another system's executable comes out. */
function compile(target: string, { tree, commit, seconds }: Place): void {
  const options = { target, commit, deno: Deno.version.deno, kernelDrops: true };
  for (const args of compileCommands(config.tasks, options)) {
    run(Deno.execPath(), args, { cwd: tree });
    // What was made just now goes into what is made next.
    setTime(`${tree}/dist`, seconds);
  }
  for (const program of PROGRAMS) {
    const start = readExecutable(program, target, tree).subarray(0, SEEN_BYTES);
    if (!BEGINNINGS[target]!.test(start.toHex())) {
      throw new Error("DENORT_BIN is another system's runtime");
    }
  }
}

function fileName(program: ProgramName, target: string): string {
  return target.includes("windows") ? `${program}.exe` : program;
}

function readExecutable(program: ProgramName, target: string, tree: string): Uint8Array {
  return Deno.readFileSync(`${tree}/dist/${fileName(program, target)}`);
}

function pack(program: ProgramName, target: string, { release, work, tree, seconds }: Place): void {
  const executable = {
    archive: fileName(program, target),
    debian: `usr/bin/${program}`,
    mode: 0o755,
    content: readExecutable(program, target, tree),
  };
  const contents = { files: [executable, ...packageFiles(program, target)], seconds, work };
  const archive = `${program}-${VERSION}-${systemOf(target)}.tar.gz`;
  packArchive(`${release}/${archive}`, `${program}-${VERSION}`, contents);
  say(`Made ${archive}`);
  const architecture = debianArchitecture(target);
  if (architecture === null) return;
  const debian = `${program}_${VERSION}_${architecture}.deb`;
  packDebian(`${release}/${debian}`, { program, architecture }, contents);
  say(`Made ${debian}`);
}

function writeSbom({ release, tree, seconds }: Place): void {
  const graphOf = (script: string) => info(tree, script) as ModuleGraph;
  const graphs = { "pulso-agent": graphOf("agent.ts"), "pulso-server": graphOf("server.ts") };
  const { npmCache } = info(tree) as { npmCache: string };
  const { npm: lock } = JSON.parse(Deno.readTextFileSync("deno.lock"));
  const sbom = sbomOf({
    ...{ graphs, lock, deno: Deno.version.deno, seconds },
    licenseOf: ({ name, version, registryUrl }) => {
      const folder = `${npmCache}/${new URL(registryUrl).hostname}/${name}/${version}`;
      return JSON.parse(Deno.readTextFileSync(`${folder}/package.json`)).license;
    },
  });
  const text = JSON.stringify(sbom, null, 2) + "\n";
  Deno.writeTextFileSync(`${release}/pulso-${VERSION}.cdx.json`, text);
}

function info(tree: string, ...script: readonly string[]): unknown {
  return JSON.parse(run(Deno.execPath(), ["info", "--json", ...script], { cwd: tree }));
}

function say(text: string): void {
  // deno-lint-ignore no-console
  console.log(text);
}
