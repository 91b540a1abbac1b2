import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { testApart } from "../apart.ts";
import { inFolder } from "../files.ts";
import { isInstalled, MAY_RUN } from "../processes.ts";
import type { PackageFile } from "../../tools/packages.ts";
import { packArchive, packDebian, run } from "../../tools/packing.ts";

const SECONDS = 1_795_000_000;
const FILES: readonly PackageFile[] = [
  { archive: "pulso-agent", debian: "usr/bin/pulso-agent", mode: 0o755, content: elf() },
  { archive: "man/b.1", debian: null, mode: 0o644, content: "b" },
  { archive: null, debian: "usr/share/man/man1/b.1.gz", mode: 0o644, content: "b" },
  { archive: "a", debian: "usr/share/a", mode: 0o644, content: "a" },
];

function elf(): Uint8Array {
  return new TextEncoder().encode("\x7fELF GLIBC_2.27\0");
}

function test(name: string, command: string, fn: (folder: string) => void): void {
  const ignore = !MAY_RUN || !isInstalled(command);
  // What files may be made with is of the whole process.
  const apart = { start: "exec", url: import.meta.url, ignore };
  testApart(`${name} (needs ${command})`, apart, () => inFolder(fn));
}

function output(command: string, ...args: readonly string[]): string {
  const { stdout } = new Deno.Command(command, { args: [...args] }).outputSync();
  return new TextDecoder().decode(stdout);
}

/** The bytes that come out when the files come in another order, and are allowed less. */
function packedTwice(pack: (path: string, files: readonly PackageFile[]) => void, folder: string) {
  pack(`${folder}/1`, FILES);
  const mask = Deno.umask(0o077);
  try {
    pack(`${folder}/2`, FILES.toReversed());
  } finally {
    Deno.umask(mask);
  }
  return [Deno.readFileSync(`${folder}/1`), Deno.readFileSync(`${folder}/2`)] as const;
}

test("packArchive() makes the same bytes of the same files", "tar", (folder) => {
  const [first, second] = packedTwice((path, files) => {
    packArchive(path, "pulso-agent-1", { files, seconds: SECONDS, work: `${folder}/work` });
  }, folder);
  assertEquals(first, second);
  const list = output("tar", "--utc", "--full-time", "-tvzf", `${folder}/1`);
  const lines = list.trim().split("\n").map((line) => line.split(/ +/));
  assertEquals(lines.map(([mode, owner, , day, time, name]) => [mode, owner, day, time, name]), [
    ["drwxr-xr-x", "0/0", "2026-11-18", "11:06:40", "pulso-agent-1/"],
    ["-rw-r--r--", "0/0", "2026-11-18", "11:06:40", "pulso-agent-1/a"],
    ["drwxr-xr-x", "0/0", "2026-11-18", "11:06:40", "pulso-agent-1/man/"],
    ["-rw-r--r--", "0/0", "2026-11-18", "11:06:40", "pulso-agent-1/man/b.1"],
    ["-rwxr-xr-x", "0/0", "2026-11-18", "11:06:40", "pulso-agent-1/pulso-agent"],
  ]);
});

test("packDebian() makes the same bytes of the same files", "dpkg-deb", (folder) => {
  const facts = { program: "pulso-agent", architecture: "amd64", version: "1.2.3" } as const;
  const [first, second] = packedTwice((path, files) => {
    packDebian(path, facts, { files, seconds: SECONDS, work: `${folder}/work` });
  }, folder);
  assertEquals(first, second);
  assertEquals(output("dpkg-deb", "-f", `${folder}/1`, "Version"), "1.2.3\n");
  const owners = output("dpkg-deb", "-c", `${folder}/1`).trim().split("\n").map((line) =>
    line.split(/ +/)[1]
  );
  assertEquals([...new Set(owners)], ["root/root"]);
});

test("run() tells what a command complained of", "tar", () => {
  const error = assertThrows(() => run("tar", ["--nonsense"]), Error);
  assertMatch(error.message, /^Cannot run tar: .*nonsense/);
});
