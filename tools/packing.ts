/**
 * Makes archives and Debian packages with the system's own tools (GNU tar, gzip, dpkg-deb), the same bytes
 * from the same files: names in order, one time for all, owned by root.
 */
import { createHash } from "node:crypto";
import { changelogOf, controlOf, type DebianFacts, glibcOf, type PackageFile } from "./packages.ts";
import { VERSION } from "../lib/common/options.ts";

const ROOT = new URL("..", import.meta.url);
const SCRIPTS = ["postinst", "prerm", "postrm"];

/** Runs a command to its end, and returns what it printed. @throws {Error} with what it complained of, where it fails. */
export function run(
  command: string,
  args: readonly string[],
  options?: Deno.CommandOptions,
): string {
  const { success, stdout, stderr } = new Deno.Command(command, { ...options, args: [...args] })
    .outputSync();
  const decoder = new TextDecoder();
  if (success) return decoder.decode(stdout);
  const complaint = decoder.decode(stderr.length > 0 ? stderr : stdout).trim();
  throw new Error(`Cannot run ${command}: ${complaint}`);
}

/** Gives all below a folder one time. */
export function setTime(folder: string, seconds: number): void {
  run("find", [folder, "-exec", "touch", "--no-dereference", `--date=@${seconds}`, "{}", "+"]);
}

/** A file that is to be written. */
type Placed = readonly [path: string, mode: number, content: Uint8Array | string];

/** Writes files below a folder. */
function writeFiles(folder: string, files: readonly Placed[]): void {
  for (const [path, mode, content] of files) {
    const name = `${folder}/${path}`;
    Deno.mkdirSync(name.slice(0, name.lastIndexOf("/")), { recursive: true });
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    Deno.writeFileSync(name, bytes);
    Deno.chmodSync(name, mode);
  }
  run("find", [folder, "-type", "d", "-exec", "chmod", "755", "{}", "+"]);
}

/** What there is to pack. */
export interface Contents {
  readonly files: readonly PackageFile[];
  /** The time of every file. */
  readonly seconds: number;
  /** A folder for what is made on the way. */
  readonly work: string;
}

/** Makes an archive with all in one folder of this name. */
export function packArchive(path: string, name: string, { files, seconds, work }: Contents): void {
  const folder = `${work}/archive/${name}`;
  const placed = files.filter(({ archive }) => archive !== null);
  writeFiles(folder, placed.map(({ archive, mode, content }) => [archive!, mode, content]));
  setTime(folder, seconds);
  const owner = ["--owner=0", "--group=0", "--numeric-owner"];
  const format = ["--format=gnu", "--sort=name", "--use-compress-program=gzip -n"];
  run("tar", ["-C", `${work}/archive`, "-cf", path, ...format, ...owner, name]);
  Deno.removeSync(`${work}/archive`, { recursive: true });
}

/** Makes a Debian package. */
export function packDebian(
  path: string,
  facts: Pick<DebianFacts, "program" | "architecture" | "version">,
  { files, seconds, work }: Contents,
): void {
  const { program, version = VERSION } = facts;
  const folder = `${work}/debian`;
  const executable = files.find(({ archive }) => archive === program)!.content as Uint8Array;
  const placed = files.filter(({ debian }) => debian !== null)
    .map(({ debian, mode, content }) => [debian!, mode, content] as const);
  const changelog = changelogOf(program, version, seconds);
  const data = [...placed, [`usr/share/doc/${program}/changelog.gz`, 0o644, changelog] as const];
  const bytes = data.reduce((sum, [, , content]) => sum + content.length, 0);
  const control = controlOf({ ...facts, bytes, glibc: glibcOf(executable) });
  Deno.mkdirSync(`${folder}/etc/pulso`, { recursive: true });
  writeFiles(folder, [
    ...data,
    ["DEBIAN/control", 0o644, control],
    ["DEBIAN/md5sums", 0o644, sumsOf(data)],
    ...SCRIPTS.map((name) => [`DEBIAN/${name}`, 0o755, scriptOf(name)] as const),
  ]);
  setTime(folder, seconds);
  // With gzip, as every system with dpkg reads it, and in a fraction of the time that xz takes.
  run("dpkg-deb", ["--root-owner-group", "-Zgzip", "-z6", "--build", folder, path], {
    env: { SOURCE_DATE_EPOCH: String(seconds) },
  });
  Deno.removeSync(folder, { recursive: true });
}

/** As md5sum writes them, in the order of their names. */
function sumsOf(files: readonly Placed[]): string {
  const lines = files.map(([path, , content]) =>
    `${createHash("md5").update(content).digest("hex")}  ${path}\n`
  );
  return lines.sort((a, b) => a.slice(32) < b.slice(32) ? -1 : 1).join("");
}

function scriptOf(name: string): string {
  return Deno.readTextFileSync(new URL(`packaging/debian/${name}`, ROOT));
}
