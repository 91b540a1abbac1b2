/**
 * What is in the packages of a program: each file with its place in an archive and in a Debian package.
 * Pure, but for the texts of the repository that are read.
 */
import { gzipSync } from "node:zlib";
import { VERSION } from "../lib/common/options.ts";
import { manualFiles } from "./manuals.ts";

/** The programs by the names of their executables. */
export const PROGRAMS = ["pulso-agent", "pulso-server"] as const;
export type ProgramName = typeof PROGRAMS[number];

/** A file of a package. */
export interface PackageFile {
  /** Its path in the archive, below a folder with the package's name; `null`: it is not there. */
  readonly archive: string | null;
  /** Its path in a Debian package, without a slash before it; `null`: it is not there. */
  readonly debian: string | null;
  readonly mode: number;
  readonly content: Uint8Array | string;
}

const ROOT = new URL("..", import.meta.url);
const MAINTAINER = "Pulso maintainers <maintainers@users.noreply.pulso.example>";

/** What Debian calls a processor. */
const DEBIAN_PROCESSORS = new Map([["x86_64", "amd64"], ["aarch64", "arm64"]]);

function readText(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

/** What a system is called in the names of archives, such as `linux-x86_64`. */
export function systemOf(target: string): string {
  const [processor] = target.split("-");
  const system = /windows|linux|darwin/.exec(target)![0].replace("darwin", "macos");
  return `${system}-${processor}`;
}

/** What Debian calls the processor of a target; `null` where the target is no Debian. */
export function debianArchitecture(target: string): string | null {
  return target.includes("linux") ? DEBIAN_PROCESSORS.get(target.split("-")[0]!) ?? null : null;
}

/** The files that go along with an executable, with a system that has them. */
export function packageFiles(program: ProgramName, target: string): readonly PackageFile[] {
  const common = [
    text("LICENSE", "LICENSE", `usr/share/doc/${program}/copyright`),
    text("CHANGELOG.md", "CHANGELOG.md", null),
  ];
  if (target.includes("windows")) return common;
  const manuals = [...common, ...manualsOf(program)];
  if (!target.includes("linux")) return manuals;
  const settings = program.replace("pulso-", "") + ".env";
  return [
    ...manuals,
    text(
      `packaging/${program}.service`,
      `${program}.service`,
      `lib/systemd/system/${program}.service`,
    ),
    text(`packaging/${settings}`, settings, `usr/share/${program}/${settings}`),
    text("packaging/debian/lintian", null, `usr/share/lintian/overrides/${program}`),
  ];
}

function text(path: string, archive: string | null, debian: string | null): PackageFile {
  return { archive, debian, mode: 0o644, content: readText(path) };
}

/** Man page and completions, where each shell of Debian looks for them. */
function manualsOf(program: ProgramName): readonly PackageFile[] {
  const places: Readonly<Record<string, string>> = {
    [`man/${program}.1`]: `usr/share/man/man1/${program}.1.gz`,
    [`completions/${program}.bash`]: `usr/share/bash-completion/completions/${program}`,
    [`completions/_${program}`]: `usr/share/zsh/vendor-completions/_${program}`,
    [`completions/${program}.fish`]: `usr/share/fish/vendor_completions.d/${program}.fish`,
  };
  return Array.from(manualFiles()).filter(([path]) => path in places).flatMap(([path, text]) => {
    const debian = places[path]!;
    const content = debian.endsWith(".gz") ? compress(text) : text;
    return [
      { mode: 0o644, archive: path, debian: null, content: text },
      { mode: 0o644, archive: null, debian, content },
    ];
  });
}

/** As `gzip -n -9` does it: without name and time. */
function compress(text: string): Uint8Array {
  return gzipSync(text, { level: 9 });
}

/** What a Debian package says of itself. */
export interface DebianFacts {
  readonly program: ProgramName;
  readonly architecture: string;
  readonly version?: string;
  /** Of all files together. */
  readonly bytes: number;
  /** The oldest glibc that the executable runs with, such as `2.27`. */
  readonly glibc: string;
}

const DESCRIPTIONS: Readonly<Record<ProgramName, readonly string[]>> = {
  "pulso-agent": [
    "fleet monitor over UDP: the agent",
    "Samples this host every few seconds and sends each sample as one datagram to",
    "one or more Pulso servers. It reads nothing from the network.",
  ],
  "pulso-server": [
    "fleet monitor over UDP: the server",
    "Hears the agents of a fleet and shows it live: in a browser, in a terminal, as",
    "JSON and as Prometheus metrics. It never sends a datagram.",
  ],
};

/** The file `control` of a Debian package. */
export function controlOf({ program, architecture, version = VERSION, bytes, glibc }: DebianFacts) {
  const [summary, ...description] = DESCRIPTIONS[program];
  return [
    `Package: ${program}`,
    `Version: ${version}`,
    `Architecture: ${architecture}`,
    `Maintainer: ${MAINTAINER}`,
    `Installed-Size: ${Math.ceil(bytes / 1_024)}`,
    "Pre-Depends: init-system-helpers (>= 1.54~)",
    `Depends: libc6 (>= ${glibc}), libgcc-s1`,
    "Section: admin",
    "Priority: optional",
    `Description: ${summary}`,
    ...description.map((line) => ` ${line}`),
    "",
  ].join("\n");
}

/** The changelog of a Debian package, compressed: what changed is told by that of the repository. */
export function changelogOf(program: ProgramName, version: string, seconds: number): Uint8Array {
  const date = new Date(seconds * 1_000).toUTCString().replace("GMT", "+0000");
  return compress(
    `${program} (${version}) stable; urgency=medium\n\n  * Version ${version}.\n\n` +
      ` -- ${MAINTAINER}  ${date}\n`,
  );
}

/** The newest version of glibc that an executable asks for, such as `2.27`. */
export function glibcOf(executable: Uint8Array): string {
  const names = new TextDecoder("latin1").decode(executable).matchAll(/GLIBC_2\.(\d+)\b/g);
  const minor = Array.from(names, ([, minor]) => Number(minor));
  if (minor.length === 0) throw new TypeError("Cannot tell which glibc it needs: it names none");
  return `2.${Math.max(...minor)}`;
}
