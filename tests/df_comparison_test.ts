import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { isImage } from "../lib/sampler/volumes.ts";
import type { Message, VolumeMetrics } from "../lib/message/message.ts";
import { programOf } from "./processes.ts";

/** Mounts that hide each other, show the same twice or are a file; all of them vanish with their namespace. */
const MOUNTS = `
cd "$1"
image() { truncate -s 8M $1.img; mke2fs -q -F $1.img; mkdir -p $2; mount -o loop $1.img $2; }
image a whole
mkdir whole/part part again
touch whole/file file
mount --bind whole/part part
mount --bind whole again
mount --bind whole/file file
image b covered
mount -t tmpfs memory covered
image c moved
mkdir moved/child
image d above/child
mount --move moved above
image e sealed
mount -o remount,ro sealed
image f shown
mount -o remount,bind,ro shown
mkdir low merged whole/up whole/work
mount -t overlay overlay -o lowerdir=low,upperdir=whole/up,workdir=whole/work merged || true
`;

const MISSING = whatIsMissing();

/** Why this cannot be run here; `null` when it can. */
function whatIsMissing(): string | null {
  const names = ["run", "read", "write", "sys", "env"] as const;
  if (names.some((name) => Deno.permissions.querySync({ name }).state !== "granted")) {
    return "--allow-all";
  }
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return "root on Linux";
  const directory = Deno.makeTempDirSync();
  try {
    return runInNamespace(directory, "exit 0").success ? null : "loop devices and mke2fs";
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

/** Makes the mounts in a namespace of their own and runs a command there. */
function runInNamespace(directory: string, command: string): Deno.CommandOutput {
  return new Deno.Command("unshare", {
    args: ["-m", "/bin/sh", "-ec", `${MOUNTS}cd "$2"; ${command}`, "sh", directory, Deno.cwd()],
    stderr: "null",
  }).outputSync();
}

type Row = readonly [
  mount: string,
  type: string,
  size: number,
  used: number,
  free: number,
  inodes: number,
  inodesUsed: number,
];

function rowsOf(table: string): readonly Row[] {
  return table.trim().split("\n").slice(1).map((line) => {
    const [mount, type, ...sizes] = line.split(/ +/);
    return [mount!, type!, ...sizes.map(Number)] as unknown as Row;
  });
}

/** What \`df\` shows and is no volume: memory, images, and overlays other than the root. */
function isVolume([mount, type]: Row): boolean {
  return !/tmpfs|^efivarfs$/.test(type) && !isImage(type) && (type !== "overlay" || mount === "/");
}

Deno.test({
  name: `The agent lists the volumes of df, and their sizes${MISSING ? ` (needs ${MISSING})` : ""}`,
  ignore: MISSING !== null,
  async fn(t) {
    const directory = await Deno.makeTempDir();
    try {
      const agent = [...programOf("agent"), "--print", "--count 1 --metrics disk --interval 100ms"];
      const df = "df -B1 --output=target,fstype,size,used,avail,itotal,iused";
      const { stdout } = runInNamespace(directory, `${df}; echo; ${agent.join(" ")}`);
      const [table, json] = new TextDecoder().decode(stdout).split("\n\n");
      const rows = rowsOf(table!).filter(isVolume);
      const { disk } = JSON.parse(json!) as Message;
      await t.step("the same mount points", () => {
        assert(rows.some(([mount]) => mount === `${directory}/above`), `df shows ${table}`);
        assertEquals(disk!.volumes.map(({ mount }) => mount), rows.map(([mount]) => mount));
      });
      await t.step("the same sizes, but for what is written meanwhile", () => {
        const sizes = (volumes: readonly VolumeMetrics[]) => volumes.map(({ total }) => total);
        assertEquals(sizes(disk!.volumes), rows.map(([, , size]) => size));
        const small = ({ total }: VolumeMetrics) => total! < 1e8;
        assertEquals(
          disk!.volumes.filter(small).map(({ used, free }) => [used, free]),
          rows.filter(([, , size]) => size < 1e8).map(([, , , used, free]) => [used, free]),
        );
      });
      await t.step("the same share of inodes", () => {
        for (const [mount, , , , , inodes, inodesUsed] of rows) {
          const share = disk!.volumes.find((volume) => volume.mount === mount)!.inodes;
          assertAlmostEquals(share!, 100 * inodesUsed / inodes, 0.1, mount);
        }
      });
      await t.step("read-only is the filesystem, and not a mount of it", () => {
        const readOnly = disk!.volumes.filter(({ ro }) => ro === 1).map(({ mount }) => mount);
        assertEquals(readOnly, [`${directory}/sealed`]);
        assert(disk!.volumes.some(({ mount, ro }) => mount === `${directory}/shown` && ro === 0));
      });
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});
