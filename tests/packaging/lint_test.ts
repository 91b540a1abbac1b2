/** What the tools of Debian, systemd and shells say of the packages and of what is in them. */
import { assert } from "@std/assert";
import { isInstalled, MAY_RUN } from "../processes.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const RELEASE = `${ROOT}dist/release`;
const SCRIPTS = [
  ...["postinst", "prerm", "postrm"].map((name) => `packaging/debian/${name}`),
  "packaging/install.sh",
];

/** Registers a test that is skipped where the program that looks, or what it looks at, is not there. */
function test(program: string, what: string, path: string, args: () => readonly string[]): void {
  const ignore = !MAY_RUN || !isThere(path) || !isInstalled(program);
  Deno.test({
    name: `${program} finds no fault in ${what} (needs --allow-all, ${program}, ${path})`,
    ignore,
    async fn() {
      const command = new Deno.Command(program, { args: [...args()], cwd: ROOT });
      const { success, stdout, stderr } = await command.output();
      const texts = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
      assert(success, texts.join("\n"));
    },
  });
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(ROOT + path) !== null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

test("lintian", "the Debian packages", "dist/release", () => {
  const packages = Array.from(Deno.readDirSync(RELEASE), ({ name }) => name)
    .filter((name) => name.endsWith(".deb"));
  assert(packages.length > 0, "there are none");
  const paths = packages.map((name) => `${RELEASE}/${name}`);
  return ["--allow-root", "--fail-on=error,warning", ...paths];
});

test("shellcheck", "the scripts", "packaging", () => SCRIPTS);

for (const program of ["pulso-agent", "pulso-server"]) {
  const unit = `packaging/${program}.service`;
  // In tenths: at most 2.0. What blinds the agent is found by the comparison on a machine.
  test("systemd-analyze", `the restrictions of ${program}`, unit, () => [
    ...["security", "--offline=true", "--threshold=20", unit],
  ]);
}
