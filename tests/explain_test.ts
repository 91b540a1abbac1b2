/** What the agent says of the devices of a host, as its users run it. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { MAY_RUN, programOf, Running } from "./processes.ts";
import { interfaceTree } from "./sampler/sys_tree.ts";

const IS_LINUX = Deno.build.os === "linux";
const PERMISSIONS = { everything: ["--allow-all"], "its own": undefined };

const DEV = (name: string) => `${name}: ${"1 ".repeat(16)}\n`;
const FILES: Readonly<Record<string, string>> = {
  "stat": "cpu0 1 2 3 4\n",
  "diskstats": " 8 0 sda 1 0 8 1 1 0 8 1 0 1 1\n 8 1 sda1 1 0 8 1 1 0 8 1 0 1 1\n",
  "1/mountinfo": "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:9 / /run rw - tmpfs none rw\n",
  "1/net/dev": DEV("lo") + DEV("eth0") + DEV("mgmt"),
};

async function makeTree(folder: string): Promise<void> {
  const sys = interfaceTree({
    lo: {},
    eth0: { device: true },
    mgmt: { kind: "vlan", link: "eth0" },
  });
  const files = [
    ...Object.entries(FILES),
    ...[...sys].map(([path, text]) => [`1/root${path}`, text] as const),
  ];
  for (const [path, text] of files) {
    await Deno.mkdir(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(`${folder}/${path}`, text);
  }
}

for (const [name, permissions] of Object.entries(PERMISSIONS)) {
  Deno.test({
    name:
      `an agent with ${name} explains each interface, disk and mount (needs --allow-all on Linux)`,
    ignore: !IS_LINUX || !MAY_RUN,
    async fn(t) {
      const folder = await Deno.makeTempDir({ prefix: "pulso-test-" });
      const launcher = programOf("agent", permissions);
      const explain = async (...args: string[]) => {
        await using agent = new Running(launcher, ["--explain", "--procfs", folder, ...args]);
        assertEquals(await agent.exitCode(), 0, agent.stderr.text);
        return agent.stdout.text;
      };
      try {
        await makeTree(folder);
        await t.step("by the rules", async () => {
          assertEquals(
            await explain(),
            `Interfaces
  -       lo    loopback
  counts  eth0  hardware (igb)
  -       mgmt  vlan on eth0

Disks
  counts  sda   whole disk, by its name
  -       sda1  part of sda

Mounts
  counts  /     ext4: the root
  -       /run  tmpfs: in memory
`,
          );
        });
        await t.step("by patterns, and only the groups that are selected", async () => {
          assertEquals(
            await explain("--interfaces", "mgmt,!eth*", "--metrics", "network"),
            `Interfaces
  -       lo    fits no pattern
  -       eth0  fits the pattern !eth*
  counts  mgmt  fits the pattern mgmt
`,
          );
        });
        await t.step("by another sysfs", async () => {
          const text = await explain("--sysfs", `${folder}/nowhere`, "--metrics", "network");
          assertStringIncludes(text, "mgmt  unknown, by its name");
        });
        await t.step("what is known, where a file is not there", async () => {
          await Deno.remove(`${folder}/diskstats`);
          assertEquals(
            await explain(),
            `Interfaces
  -       lo    loopback
  counts  eth0  hardware (igb)
  -       mgmt  vlan on eth0

Disks
  unknown: Cannot read ${folder}/diskstats: it is not there or not readable

Mounts
  counts  /     ext4: the root
  -       /run  tmpfs: in memory
`,
          );
        });
        await t.step("nothing, where none is", async () => {
          await Deno.remove(`${folder}/1/net/dev`);
          await using agent = new Running(launcher, [
            ...["--explain", "--procfs", folder, "--metrics", "network"],
          ]);
          assertEquals(await agent.exitCode(), 1);
          assertStringIncludes(agent.stderr.text, `Cannot read ${folder}/1/net/dev: it is not`);
        });
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}
