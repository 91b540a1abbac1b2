/** The Containerfiles: linted, and their steps done by hand where no engine runs. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { validate } from "dockerfile-utils";
import config from "../../deno.json" with { type: "json" };
import { MAY_RUN, Running } from "../processes.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const MAY_READ = Deno.permissions.querySync({ name: "read", path: ROOT }).state === "granted";
const KINDS = ["agent", "server"] as const;

type Kind = typeof KINDS[number];

function readFile(kind: Kind): string {
  return Deno.readTextFileSync(`${ROOT}packaging/Containerfile.${kind}`);
}

/** The arguments of each instruction of that name. */
function instructions(kind: Kind, name: string): readonly string[] {
  const lines = readFile(kind).split("\n").filter((line) => line.startsWith(`${name} `));
  return lines.map((line) => line.slice(name.length + 1).replaceAll("${FOLDER}", FOLDERS[kind]));
}

const FOLDERS = {
  agent: `pulso-agent-${config.version}`,
  server: `pulso-server-${config.version}`,
};

for (const kind of KINDS) {
  Deno.test({
    name: `Containerfile.${kind} has no fault, and its user is not root (needs --allow-read)`,
    ignore: !MAY_READ,
    fn() {
      assertEquals(validate(readFile(kind)).map(({ message }) => message), []);
      assertEquals(instructions(kind, "USER"), ["64198:64198"]);
    },
  });
}

/** What an engine grants a container, as setpriv is told. */
const NOTHING = ["--reuid=64198", "--regid=64198", "--clear-groups", "--bounding-set=-all"];
const LOOKING = ["--bounding-set=-all,+sys_ptrace,+dac_read_search"];

/**
 * Does what the file says, on a copy of this system in place of its image, in namespaces whose first process
 * stands for the host; then runs it read-only, with a volume of its own. That first process is the shell,
 * as one that gave up root would outlive us.
 */
function contained(kind: Kind, granted: readonly string[], ...words: readonly string[]): Running {
  const [start] = instructions(kind, "ENTRYPOINT").map((text) => JSON.parse(text) as string[]);
  const copies = instructions(kind, "COPY").map((text) => text.split(" "))
    .map(([flag, from, to]) => `install -m ${flag!.split("=")[1]} context/${from} root${to}`);
  const volumes = instructions(kind, "VOLUME").map((path) =>
    `mount -t tmpfs tmpfs root${path}; chown --reference=upper${path} root${path}; chmod 700 root${path}`
  );
  const script = `set -e
mount --make-rprivate /
mount -t proc proc /proc
cd /mnt
mount -t tmpfs tmpfs .
cd /mnt
mkdir upper work root context
tar -xzf ${ROOT}dist/release/${FOLDERS[kind]}-linux-x86_64.tar.gz -C context
mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root
${instructions(kind, "RUN").map((text) => `chroot root sh -c '${text}'`).join("\n")}
${copies.join("\n")}
mkdir -p root/host/proc
mount --rbind /proc root/host/proc
mount -t proc proc root/proc
${volumes.join("\n")}
mount -o remount,ro root
ip link set lo up
env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin ${instructions(kind, "ENV").join(" ")} chroot root \\
  setpriv ${granted.join(" ")} --inh-caps=-all --no-new-privs ${[...start!, ...words].join(" ")}
true`;
  return new Running(["unshare", "-fpmn", "--kill-child=KILL", "sh", "-c", script], []);
}

/** Whether namespaces can be made here, and a release is there. */
function isMissing(): boolean {
  if (!MAY_RUN || Deno.permissions.querySync({ name: "sys" }).state !== "granted") return true;
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return true;
  const probe = `set -e
test -e ${ROOT}dist/release/${FOLDERS.agent}-linux-x86_64.tar.gz
unshare -fpmn sh -c 'mount -t tmpfs tmpfs /mnt && cd /mnt && mkdir u w r &&
  mount -t overlay overlay -o lowerdir=/,upperdir=u,workdir=w r'`;
  return !new Deno.Command("sh", { args: ["-c", probe] }).outputSync().success;
}

function test(name: string, fn: () => Promise<void>): void {
  const needs = "needs deno task release, namespaces and overlays";
  Deno.test({ name: `${name} (${needs})`, ignore: isMissing(), fn });
}

/** The one message that an agent in a container makes. */
async function sampled(granted: readonly string[]) {
  await using agent = contained("agent", granted, "--print", "--count", "1");
  assertEquals(await agent.exitCode(), 0, agent.stderr.text);
  return { ...JSON.parse(agent.stdout.all[0]!), log: agent.stderr.text };
}

test("an agent in a container sees the host, and its volumes where it may look", async () => {
  const { cpu, memory, disk, log } = await sampled(NOTHING);
  assert(cpu.mean !== null && memory.used > 0 && disk.read !== null);
  assertStringIncludes(log, "there is no machine id");
  const looking = await sampled(LOOKING);
  assert(looking.disk.volumes.length > 0);
  for (const { mount, total } of looking.disk.volumes) assert(total > 0, mount);
  assertEquals(looking.log.includes("WARN"), false, looking.log);
});

test("a server in a container serves, and keeps the past in its volume", async () => {
  await using server = contained("server", NOTHING);
  await server.stderr.find(
    (line) => line.includes("Keeping history in /var/lib/pulso"),
    "the past",
  );
  await server.stderr.find((line) => /http:\/\/.*:8080\/\?token=/.test(line), "the page");
  assertEquals(server.stderr.all.filter((line) => line.includes(" ERROR ")), []);
});
