/** install.sh as somebody who is not root, from a folder, in the shell that Debian calls sh. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { inFolder } from "../files.ts";
import { MAY_RUN } from "../processes.ts";

const RELEASE = new URL("../../dist/release/", import.meta.url).pathname;
const ARCHIVE = `pulso-agent-${config.version}-linux-x86_64.tar.gz`;
const NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

function isMissing(): boolean {
  if (!MAY_RUN || Deno.build.target !== "x86_64-unknown-linux-gnu") return true;
  const probe = `test -e ${RELEASE}${ARCHIVE} && command -v dash setpriv`;
  return !new Deno.Command("sh", { args: ["-c", probe] }).outputSync().success;
}

/** A home, and a release with the archive of the agent, for a user without rights. */
function inHome(
  act: (install: Install, home: string, release: string) => Promise<void> | void,
): Promise<void> {
  return inFolder((folder) => {
    const [home, release] = [`${folder}/home`, `${folder}/release`];
    Deno.chmodSync(folder, 0o755);
    Deno.mkdirSync(home);
    Deno.mkdirSync(release);
    const server = ARCHIVE.replace("agent", "server");
    for (const name of ["install.sh", "SHA256SUMS", ARCHIVE, server]) {
      Deno.copyFileSync(RELEASE + name, `${release}/${name}`);
    }
    if (Deno.uid() === 0) Deno.chownSync(home, 65534, 65534);
    return act((...args) => installIn(home, release, args), home, release);
  });
}

/** Runs install.sh of a release for a user without rights who has this home. */
function installIn(home: string, release: string, args: readonly string[]) {
  const user = Deno.uid() === 0 ? NOBODY : [];
  const command = [...user, "dash", `${release}/install.sh`, ...args];
  const { code, stdout, stderr } = new Deno.Command(command[0]!, {
    args: command.slice(1),
    clearEnv: true,
    env: { HOME: home, PATH: `${home}/bin:/usr/bin:/bin` },
  }).outputSync();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out: out!, err: err! };
}

type Install = (...args: readonly string[]) => { code: number; out: string; err: string };

function test(name: string, act: Parameters<typeof inHome>[0]): void {
  const ignore = isMissing();
  Deno.test({
    name: `${name} (needs deno task release, dash, setpriv)`,
    ignore,
    fn: () => inHome(act),
  });
}

/** The files below a folder, without it. */
function filesOf(folder: string): readonly string[] {
  const list = ["-c", `cd ${folder} && find . -type f | LC_ALL=C sort`];
  const { stdout } = new Deno.Command("sh", { args: list }).outputSync();
  return new TextDecoder().decode(stdout).trim().split("\n").map((path) => path.slice(2));
}

const INSTALLED = [
  ".config/pulso/agent.env",
  ".config/systemd/user/pulso-agent.service",
  ".local/bin/pulso-agent",
  ".local/share/bash-completion/completions/pulso-agent",
  ".local/share/fish/vendor_completions.d/pulso-agent.fish",
  ".local/share/man/man1/pulso-agent.1",
  ".local/share/zsh/site-functions/_pulso-agent",
];

test("install.sh installs, keeps settings, and uninstalls", (install, home) => {
  const first = install("agent", "--server", "monitor.example:5005");
  assertEquals([first.code, first.err], [0, ""]);
  assertMatch(first.out, /^Installed pulso-agent \d.*\nNo systemd answers here. Start it with:\n/);
  assertEquals(filesOf(home), INSTALLED);
  const settings = `${home}/.config/pulso/agent.env`;
  assertStringIncludes(Deno.readTextFileSync(settings), "\nPULSO_SERVER=monitor.example:5005\n");

  Deno.writeTextFileSync(settings, "PULSO_NAME=mine\nPULSO_SERVER=a.example\n");
  assertEquals(install("agent").code, 0);
  assertEquals(Deno.readTextFileSync(settings), "PULSO_NAME=mine\nPULSO_SERVER=a.example\n");
  assertEquals(install("agent", "--server", "[::1]:5005").code, 0);
  assertEquals(Deno.readTextFileSync(settings), "PULSO_NAME=mine\nPULSO_SERVER=[::1]:5005\n");

  assertEquals(install("agent", "--uninstall").code, 0);
  assertEquals(filesOf(home), [".config/pulso/agent.env"]);
});

test("install.sh copies a key for its owner alone", (install, home, release) => {
  Deno.writeTextFileSync(`${release}/key`, "a key");
  assertEquals(install("agent", "--key-file", `${release}/key`).code, 0);
  const key = `${home}/.config/pulso/fleet.key`;
  assertEquals([Deno.readTextFileSync(key), Deno.statSync(key).mode! & 0o777], ["a key", 0o600]);
  const settings = Deno.readTextFileSync(`${home}/.config/pulso/agent.env`);
  assertStringIncludes(settings, `\nPULSO_KEY_FILE=${key}\n`);
});

test("install.sh writes settings that are true of a user's service", (install, home) => {
  for (const kind of ["agent", "server"]) {
    assertEquals(install(kind).code, 0);
    const settings = Deno.readTextFileSync(`${home}/.config/pulso/${kind}.env`);
    assertEquals(
      settings.match(/\/etc\/|\/run\/|\/var\/|root|journalctl -u|systemctl [^-]/g),
      null,
    );
    assertStringIncludes(settings, "systemctl --user restart");
    assertEquals(settings.includes("\n\n\n"), false);
    const unit = Deno.readTextFileSync(`${home}/.config/systemd/user/pulso-${kind}.service`);
    assertMatch(unit, /^ExecStart=.*"\n(Environment=PULSO_VIEW=none\n)?EnvironmentFile=/m);
  }
  const keys = `${home}/.config/pulso/fleet.key`;
  const agent = Deno.readTextFileSync(`${home}/.config/pulso/agent.env`);
  assertStringIncludes(agent, `#PULSO_KEY_FILE=${keys}\n`);
});

test("install.sh says how to start by hand, whatever the home is called", (_, home, release) => {
  const other = `${home}/an other's`;
  Deno.mkdirSync(other);
  if (Deno.uid() === 0) Deno.chownSync(other, 65534, 65534);
  Deno.writeTextFileSync(`${release}/key`, "a key");
  const { out } = installIn(other, release, ["agent", "--key-file", `${release}/key`]);
  const [, start] = /^ {2}(\(set -a; .*)\)$/m.exec(out)!;
  const config = `${start} config)`;
  const shown = new Deno.Command("dash", { args: ["-c", config], clearEnv: true }).outputSync();
  const lines = new TextDecoder().decode(shown.stdout);
  assertMatch(lines, new RegExp(`key-file +${other}/.config/pulso/fleet.key +PULSO_`), lines);
});

test("install.sh starts a service of the user", (install, home) => {
  Deno.mkdirSync(`${home}/bin`);
  const calls = `${home}/calls`;
  Deno.writeTextFileSync(calls, "");
  Deno.chmodSync(calls, 0o666);
  Deno.writeTextFileSync(`${home}/bin/systemctl`, `#!/bin/sh\necho "$*" >> ${calls}\n`);
  Deno.writeTextFileSync(`${home}/bin/curl`, "#!/bin/sh\necho {}\n");
  for (const name of ["systemctl", "curl"]) Deno.chmodSync(`${home}/bin/${name}`, 0o755);
  const { code, out } = install("agent", "--server", "[2001:db8::1]:5005");
  assertEquals(code, 0);
  assertMatch(
    out,
    /\nTo check it.*\n {2}\(set -a; \. '\S+agent.env'; '\S+\/pulso-agent' doctor\)\n/,
  );
  assertMatch(
    out,
    /\npulso-agent runs, and the server hears this agent: http:\/\/\[2001:db8::1\]:8080\/\n$/,
  );
  assertEquals(Deno.readTextFileSync(calls).split("\n").filter((line) => !line.includes("show-")), [
    "--user daemon-reload",
    "--user enable pulso-agent",
    "--user restart pulso-agent",
    "--user is-active --quiet pulso-agent",
    "",
  ]);
});

test("install.sh refuses what it cannot trust, and installs nothing", (install, home, release) => {
  Deno.writeFileSync(`${release}/${ARCHIVE}`, new Uint8Array([0]), { append: true });
  const { code, out, err } = install("agent");
  assertEquals([code, out], [1, ""]);
  assertMatch(err, /^install.sh: Cannot trust .*: its sum is not that of SHA256SUMS\n$/);
  assertEquals(filesOf(home), [""]);
});

test("install.sh refuses what it does not understand", (install, home) => {
  const cases: [args: string[], code: number, complaint: string][] = [
    [[], 2, "agent or server"],
    [["agent", "server"], 2, "not both"],
    [["agent", "--sever", "a"], 2, "unknown argument --sever"],
    [["agent", "--server"], 2, "--server needs a value"],
    [["agent", "--server", "$(id):1"], 2, "HOST:PORT"],
    [["server", "--server", "a"], 2, "for an agent"],
    [["agent", "--version", "0.0.0"], 1, "Cannot find pulso-agent 0.0.0"],
    [["agent", "--from", "/absent"], 1, "Cannot read /absent/SHA256SUMS"],
    [["agent", "--key-file", "/absent"], 1, "Cannot read the key file /absent"],
    [["server", "--key-file", "/etc/hostname"], 1, "install it as root"],
  ];
  for (const [args, status, complaint] of cases) {
    const { code, out, err } = install(...args);
    assertEquals([code, out], [status, ""], args.join(" "));
    assertStringIncludes(err, complaint);
    assert(err.split("\n").length === 2, err);
  }
  assertEquals(filesOf(home), [""]);
  assertStringIncludes(install("--help").out, "--uninstall");
});
