import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  controlOf,
  debianArchitecture,
  glibcOf,
  packageFiles,
  PROGRAMS,
  systemOf,
} from "../../tools/packages.ts";

const ROOT = new URL("../../", import.meta.url);
const MAY_READ = Deno.permissions.querySync({ name: "read", path: ROOT }).state === "granted";
const LINUX = "x86_64-unknown-linux-gnu";

function test(name: string, fn: (t: Deno.TestContext) => Promise<void> | void): void {
  Deno.test({ name: `${name} (needs --allow-read)`, ignore: !MAY_READ, fn });
}

Deno.test("systemOf() and debianArchitecture() name each target", async (t) => {
  const cases: [target: string, system: string, architecture: string | null][] = [
    [LINUX, "linux-x86_64", "amd64"],
    ["aarch64-unknown-linux-gnu", "linux-aarch64", "arm64"],
    ["x86_64-apple-darwin", "macos-x86_64", null],
    ["aarch64-apple-darwin", "macos-aarch64", null],
    ["x86_64-pc-windows-msvc", "windows-x86_64", null],
  ];
  for (const [target, system, architecture] of cases) {
    await t.step(target, () => {
      assertEquals([systemOf(target), debianArchitecture(target)], [system, architecture]);
    });
  }
});

test("packageFiles() has a unit, settings, a man page and completions for each program", async (t) => {
  for (const program of PROGRAMS) {
    await t.step(program, () => {
      const files = packageFiles(program, LINUX);
      const settings = program === "pulso-agent" ? "agent.env" : "server.env";
      assertEquals(files.flatMap(({ debian }) => debian ?? []).sort(), [
        `lib/systemd/system/${program}.service`,
        `usr/share/bash-completion/completions/${program}`,
        `usr/share/doc/${program}/copyright`,
        `usr/share/fish/vendor_completions.d/${program}.fish`,
        `usr/share/lintian/overrides/${program}`,
        `usr/share/man/man1/${program}.1.gz`,
        `usr/share/${program}/${settings}`,
        `usr/share/zsh/vendor-completions/_${program}`,
      ]);
      const archived = files.flatMap(({ archive }) => archive ?? []);
      for (const name of ["LICENSE", settings, `${program}.service`, `man/${program}.1`]) {
        assert(archived.includes(name), name);
      }
    });
  }
});

test("packageFiles() leaves out what a system has no use for", () => {
  const windows = packageFiles("pulso-agent", "x86_64-pc-windows-msvc");
  assertEquals(windows.map(({ archive }) => archive), ["LICENSE", "CHANGELOG.md"]);
  const macos = packageFiles("pulso-agent", "aarch64-apple-darwin").map(({ archive }) => archive);
  assert(macos.includes("man/pulso-agent.1") && !macos.includes("pulso-agent.service"));
});

test("each unit starts the executable of its package, and reads its settings", () => {
  for (const program of PROGRAMS) {
    const unit = packageFiles(program, LINUX).find(({ archive }) =>
      archive === `${program}.service`
    )!;
    assertStringIncludes(String(unit.content), `\nExecStart=/usr/bin/${program}`);
    const settings = program.replace("pulso-", "") + ".env";
    assertStringIncludes(String(unit.content), `\nEnvironmentFile=-/etc/pulso/${settings}\n`);
  }
});

Deno.test("controlOf() tells what dpkg asks for", () => {
  const facts = { architecture: "amd64", bytes: 1_025, glibc: "2.27" };
  const control = controlOf({ ...facts, program: "pulso-agent", version: "1.2.3" });
  for (
    const line of [
      "Package: pulso-agent",
      "Version: 1.2.3",
      "Architecture: amd64",
      "Installed-Size: 2",
      "Depends: libc6 (>= 2.27), libgcc-s1",
    ]
  ) assertStringIncludes(control, `${line}\n`);
  assert(control.endsWith("\n") && !control.includes("\n\n"));
});

Deno.test("glibcOf() is the newest that is asked for, by number", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  assertEquals(glibcOf(bytes("\0GLIBC_2.9\0GLIBC_2.27\0GLIBC_2.2.5\0GLIBC_PRIVATE\0")), "2.27");
  assertThrows(() => glibcOf(bytes("static")), TypeError, "glibc");
});
