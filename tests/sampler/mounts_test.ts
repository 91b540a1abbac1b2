import { assertEquals } from "@std/assert";
import { parseVolumes } from "../../lib/sampler/mounts.ts";

/** A line of mountinfo: device, root, mount point, type. */
function mount(device: string, root: string, point: string, type: string): string {
  return `36 35 ${device} ${root} ${point} rw,noatime master:1 propagate_from:2 - ${type} source rw,opt\n`;
}

const ROOT = mount("8:1", "/", "/", "ext4");

Deno.test("parseVolumes() lists real local filesystems once each", async (t) => {
  const cases: [string, string[], string[]][] = [
    ["a disk", [ROOT], ["/"]],
    ["pseudo filesystems", [
      mount("0:5", "/", "/proc", "proc"),
      mount("0:6", "/", "/tmp", "tmpfs"),
      ROOT,
    ], [
      "/",
    ]],
    ["network filesystems", [
      mount("0:40", "/", "/a", "nfs4"),
      mount("0:41", "/", "/b", "cifs"),
      mount("0:42", "/", "/c", "fuse.sshfs"),
      mount("0:43", "/", "/d", "9p"),
      mount("0:44", "/", "/e", "ceph"),
    ], []],
    [
      "images",
      [mount("7:0", "/", "/snap/x", "squashfs"), mount("11:0", "/", "/cd", "iso9660")],
      [],
    ],
    ["NTFS by FUSE", [mount("8:5", "/", "/win", "fuseblk")], ["/win"]],
    ["a bind mount", [ROOT, mount("8:1", "/srv", "/var/srv", "ext4")], ["/"]],
    ["a bind mount with a shorter name", [
      mount("8:2", "/", "/mnt/data", "xfs"),
      mount("8:2", "/www", "/www", "xfs"),
    ], ["/mnt/data"]],
    ["the same twice", [mount("8:2", "/", "/mnt/data", "xfs"), mount("8:2", "/", "/data", "xfs")], [
      "/data",
    ]],
    ["btrfs subvolumes", [
      mount("0:30", "/", "/top", "btrfs"),
      mount("0:30", "/@home", "/home", "btrfs"),
      mount("0:30", "/@", "/", "btrfs"),
    ], ["/"]],
    ["ZFS datasets", [mount("0:31", "/", "/tank", "zfs"), mount("0:32", "/", "/tank/a", "zfs")], [
      "/tank",
      "/tank/a",
    ]],
    ["what a later mount hides", [mount("8:1", "/", "/", "ext4"), mount("8:2", "/", "/", "xfs")], [
      "/",
    ]],
    ["a disk hidden by memory", [
      mount("8:2", "/", "/data", "xfs"),
      mount("0:9", "/", "/data", "tmpfs"),
    ], []],
    ["containers on a host", [
      ROOT,
      mount("0:50", "/", "/var/lib/docker/overlay2/x/merged", "overlay"),
    ], [
      "/",
    ]],
    ["inside a container", [
      mount("0:50", "/", "/", "overlay"),
      mount("8:1", "/var/lib/docker/containers/x/hosts", "/etc/hosts", "ext4"),
      mount("8:7", "/", "/data", "xfs"),
    ], ["/", "/data"]],
    ["inside a container without root", [mount("0:50", "/", "/", "fuse.fuse-overlayfs")], ["/"]],
    ["escaped names", [mount("8:3", "/", "/a\\040b\\011c\\134d", "ext4")], ["/a b\tc\\d"]],
    ["no optional fields", ["1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"], ["/"]],
    ["lines that are none", ["\n", "x\n", "1 2 3 - 4\n", ROOT], ["/"]],
  ];
  for (const [name, lines, expected] of cases) {
    await t.step(name, () => assertEquals(parseVolumes(lines.join("")), expected));
  }
});
