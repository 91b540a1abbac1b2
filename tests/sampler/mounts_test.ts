import { assertEquals } from "@std/assert";
import { MountTree, parseMounts } from "../../lib/sampler/mounts.ts";

Deno.test("parseMounts() reads the fields of each line", async (t) => {
  const fields = { id: "36", parent: "35", device: "98:0", root: "/mnt1", line: 0 };
  const cases: [string, string, object | null][] = [
    [
      "as proc_pid_mountinfo(5) shows it",
      "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue",
      { point: "/mnt2", type: "ext3", source: "/dev/root", options: "rw,errors=continue" },
    ],
    ["no optional field", "36 35 98:0 /mnt1 /mnt2 rw - ext3 /dev/root rw", {
      point: "/mnt2",
      type: "ext3",
      source: "/dev/root",
      options: "rw",
    }],
    ["escaped names", "36 35 98:0 /mnt1 /a\\040b\\011c\\134d rw - ext3 x\\040y rw", {
      point: "/a b\tc\\d",
      type: "ext3",
      source: "x\\040y",
      options: "rw",
    }],
    ["options with spaces and dashes", "36 35 98:0 /mnt1 /m rw - 9p C: rw,path=C: - 9p x", {
      point: "/m",
      type: "9p",
      source: "C:",
      options: "rw,path=C: - 9p x",
    }],
    ["no source and no options", "36 35 98:0 /mnt1 /m rw - proc", {
      point: "/m",
      type: "proc",
      source: "",
      options: "",
    }],
    ["an empty line", "", null],
    ["a word", "x", null],
    ["too few fields", "1 2 3 - 4", null],
    ["no dash", "36 35 98:0 /mnt1 /mnt2 rw", null],
  ];
  for (const [name, line, expected] of cases) {
    await t.step(name, () => {
      assertEquals<unknown>(parseMounts(`${line}\n`), expected ? [{ ...fields, ...expected }] : []);
    });
  }
});

Deno.test("MountTree takes fifty thousand mounts of which few matter", () => {
  const lines = Array.from(
    { length: 50_000 },
    (_, index) => `${100 + index} 31 0:${index} / /tank/.zfs/snapshot/${index} ro - zfs tank@x ro`,
  );
  const text = ["30 1 8:1 / / rw - ext4 a rw", "31 30 8:2 / /tank rw - zfs tank rw", ...lines];
  const mounts = parseMounts(text.join("\n"));
  assertEquals(mounts.length, 50_002);
  const tree = new MountTree(mounts, mounts.slice(0, 2));
  assertEquals(mounts.slice(0, 2).map((mount) => tree.hiderOf(mount)), [null, null]);
});
