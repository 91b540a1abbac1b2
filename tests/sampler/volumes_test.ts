import { assertEquals } from "@std/assert";
import type { Decision } from "../../lib/sampler/decision.ts";
import {
  explainMounts,
  isImage,
  isUnreadableName,
  parseVolumes,
} from "../../lib/sampler/volumes.ts";

let lastId = 0;

/** A line of mountinfo on a parent that is not listed: device, root, mount point, type. */
function mount(
  device: string,
  root: string,
  point: string,
  type: string,
  { id = `${++lastId}`, parent = "x", source = "source", options = "rw,opt" } = {},
): string {
  return `${id} ${parent} ${device} ${root} ${point} rw,noatime master:1 propagate_from:2 - ` +
    `${type} ${source} ${options}\n`;
}

const UPPER = { options: "rw,lowerdir=/l,upperdir=/u,workdir=/w" };
const pointsOf = (lines: string[]) =>
  parseVolumes(lines.join("")).map(({ mountPoint }) => mountPoint);

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
      mount("0:50", "/", "/", "overlay", UPPER),
      mount("8:1", "/var/lib/docker/containers/x/hosts", "/etc/hosts", "ext4"),
      mount("8:1", "/var/lib/docker/containers/x/hostname", "/etc/hostname", "ext4"),
      mount("8:1", "/var/lib/docker/volumes/v/_data", "/cache", "ext4"),
      mount("8:7", "/", "/data", "xfs"),
      mount("8:9", "/claim-1", "/claim", "xfs"),
    ], ["/", "/data", "/claim"]],
    ["inside a container whose root is a share", [
      mount("0:31", "/x/rootfs", "/", "virtiofs"),
      mount("0:31", "/x/resolv.conf", "/etc/resolv.conf", "virtiofs"),
      mount("8:1", "/pods/1/etc-hosts", "/etc/hosts", "ext4"),
      mount("8:1", "/pods/1/termination", "/dev/termination-log", "ext4"),
    ], ["/"]],
    ["inside a container on a subvolume", [
      mount("0:44", "/docker/subvolumes/x", "/", "btrfs"),
      mount("0:44", "/docker/containers/x/hosts", "/etc/hosts", "btrfs"),
    ], ["/"]],
    ...["simfs", "virtiofs", "9p", "aufs", "vzfs", "wslfs", "overlayfs", "apfs"].map((
      type,
    ): [string, string[], string[]] => [
      `a root on ${type}, and nothing else on it`,
      [mount("0:40", "/", "/", type, UPPER), mount("0:41", "/", "/mnt", type, UPPER)],
      ["/"],
    ]),
    ...["tmpfs", "nfs4", "ceph", "fuse.sshfs", "squashfs", "rootfs"].map((
      type,
    ): [string, string[], string[]] => [`no root on ${type}`, [mount("0:40", "/", "/", type)], []]),
    ["an image for a root, and the disk behind it", [
      mount("0:33", "/", "/", "overlay", { options: "ro,lowerdir+=/a,datadir+=/b" }),
      mount("8:4", "/", "/sysroot", "xfs"),
      mount("8:4", "/ostree/deploy/x/etc", "/etc", "xfs"),
      mount("8:4", "/ostree/deploy/x/var", "/var", "xfs"),
    ], ["/sysroot"]],
    ["an image for a root, and a part of the disk behind it", [
      mount("0:33", "/", "/", "overlay", { options: "ro,lowerdir=/upperdir=/b" }),
      mount("8:4", "/ostree/var", "/var", "ext4"),
    ], ["/var"]],
    ["a host whose root is an overlay, with a subvolume of each disk", [
      mount("254:0", "/", "/rom", "squashfs"),
      mount("0:19", "/", "/", "overlay", UPPER),
      mount("0:25", "/data", "/mnt/data", "btrfs"),
      mount("0:26", "/@photos", "/mnt/photos", "btrfs"),
    ], ["/", "/mnt/data", "/mnt/photos"]],
    ["no snapshots", [
      mount("0:31", "/", "/tank", "zfs", { source: "tank" }),
      mount("0:61", "/", "/tank/.zfs/snapshot/a", "zfs", { source: "tank@a" }),
      mount("0:62", "/", "/mnt/old", "zfs", { source: "tank/b@a" }),
    ], ["/tank"]],
    ["WSL2, whose options have spaces", [
      mount("8:32", "/", "/", "ext4"),
      mount("0:67", "/", "/mnt/c", "9p", { options: "rw,path=C:\\Program Files - x\\y" }),
    ], ["/"]],
    ["a name that is not UTF-8", [mount("8:3", "/", "/Ann\ufffde", "vfat")], ["/Ann\ufffde"]],
    ["a longer name that is UTF-8", [
      mount("8:3", "/", "/Ann\ufffde", "vfat"),
      mount("8:3", "/", "/mnt/also/there", "vfat"),
    ], ["/mnt/also/there"]],
    ["a mount point that is gone", [mount("8:3", "/", "/mnt/x//deleted", "ext4")], []],
    ["inside a container without root", [mount("0:50", "/", "/", "fuse.fuse-overlayfs")], ["/"]],
    ["files on a network's disk", [mount("43:0", "/", "/mnt", "ext4")], ["/mnt"]],
    ["escaped names", [mount("8:3", "/", "/a\\040b\\011c\\134d", "ext4")], ["/a b\tc\\d"]],
    ["no optional fields", ["1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"], ["/"]],
    ["lines that are none", ["\n", "x\n", "1 2 3 - 4\n", ROOT], ["/"]],
  ];
  for (const [name, lines, expected] of cases) {
    await t.step(name, () => assertEquals(pointsOf(lines), expected));
  }
});

Deno.test("parseVolumes() lists no mount that another one hides, by their parents", async (t) => {
  const root = mount("8:1", "/", "/", "ext4", { id: "30", parent: "1" });
  const on = (id: string, parent: string, device: string, point: string, type = "xfs") =>
    mount(device, "/", point, type, { id, parent });
  const cases: [string, string[], string[]][] = [
    ["nothing hidden", [on("31", "30", "8:2", "/srv"), on("32", "31", "8:3", "/srv/a")], [
      "/",
      "/srv",
      "/srv/a",
    ]],
    ["one on top of it", [on("31", "30", "8:2", "/srv"), on("32", "31", "8:3", "/srv")], [
      "/",
      "/srv",
    ]],
    [
      "memory on top of it",
      [on("31", "30", "8:2", "/srv"), on("32", "31", "0:9", "/srv", "tmpfs")],
      [
        "/",
      ],
    ],
    ["one on a directory above", [on("32", "30", "8:3", "/srv/a"), on("31", "30", "8:2", "/srv")], [
      "/",
      "/srv",
    ]],
    [
      "one that was moved to a directory above",
      [on("31", "30", "8:2", "/srv"), on("32", "30", "8:3", "/srv/a")],
      ["/", "/srv"],
    ],
    ["one on top of its parent", [
      on("31", "30", "8:2", "/srv"),
      on("32", "31", "8:3", "/srv/a"),
      on("33", "31", "8:4", "/srv"),
      on("34", "33", "8:5", "/srv/a/b"),
    ], ["/", "/srv", "/srv/a/b"]],
    ["one above its grandparent", [
      on("31", "30", "8:2", "/srv/a"),
      on("32", "31", "8:3", "/srv/a/b"),
      on("33", "30", "0:9", "/srv", "tmpfs"),
    ], ["/"]],
    ["a longer name is no directory", [
      on("31", "30", "8:2", "/srv"),
      on("32", "30", "8:3", "/srv2"),
    ], [
      "/",
      "/srv",
      "/srv2",
    ]],
    ["hidden at one place, seen at another", [
      on("31", "30", "8:2", "/a"),
      on("32", "31", "0:9", "/a", "tmpfs"),
      on("33", "30", "8:2", "/long/name"),
    ], ["/", "/long/name"]],
  ];
  for (const [name, lines, expected] of cases) {
    await t.step(name, () => assertEquals(pointsOf([root, ...lines]), expected));
  }
  await t.step("a root on the first one, which is its own parent", () => {
    const first = mount("0:1", "/", "/", "rootfs", { id: "1", parent: "1" });
    assertEquals(pointsOf([first, root, on("31", "30", "8:2", "/srv")]), ["/", "/srv"]);
  });
});

Deno.test("parseVolumes() says what is particular about a volume", () => {
  assertEquals(
    parseVolumes([
      mount("8:1", "/@", "/", "btrfs"),
      mount("8:2", "/a", "/srv", "ext4"),
      mount("8:3", "/", "/win", "fuseblk"),
    ].join("")),
    [
      { mountPoint: "/", device: "8:1", isPart: false, isFuse: false, isReadOnly: false },
      { mountPoint: "/srv", device: "8:2", isPart: true, isFuse: false, isReadOnly: false },
      { mountPoint: "/win", device: "8:3", isPart: false, isFuse: true, isReadOnly: false },
    ],
  );
});

Deno.test("parseVolumes() tells a filesystem that cannot be written from such a mount of one", async (t) => {
  const cases: [string, string, boolean][] = [
    ["the filesystem", "rw,noatime master:1 - ext4 /dev/sda1 ro,errors=remount-ro", true],
    ["without other options", "rw - xfs /dev/sda1 ro", true],
    ["both", "ro - ext4 /dev/sda1 ro", true],
    ["the mount alone, as units are shown it", "ro,relatime - ext4 /dev/sda1 rw,discard", false],
    ["ext4 after an error, since 6.15", "rw - ext4 /dev/sda1 rw,emergency_ro", true],
    ["ext4 that was shut down", "rw - ext4 /dev/sda1 rw,shutdown,discard", true],
    ["words of other options", "rw - ext4 /dev/sda1 rw,root=ro,errors=remount-ro,roots", false],
    ["the name of its source", "rw - ext4 ro rw", false],
  ];
  for (const [name, line, isReadOnly] of cases) {
    await t.step(name, () => {
      assertEquals(parseVolumes(`1 0 8:1 / / ${line}\n`).map((volume) => volume.isReadOnly), [
        isReadOnly,
      ]);
    });
  }
});

/** Without the type of the filesystem, which stands before it. */
const reasonOf = ({ reason }: Decision) => reason.replace(/^\S+: /, "");

Deno.test("explainMounts() gives a reason for each mount", () => {
  const lines = [
    [ROOT, "the root"],
    [mount("8:2", "/", "/srv", "xfs"), "a filesystem on a disk"],
    [mount("8:2", "/a", "/a", "xfs"), "the same filesystem as /srv"],
    [mount("0:7", "/@v", "/v", "btrfs"), "/@v of a filesystem on a disk"],
    [mount("0:8", "/", "/run", "tmpfs"), "in memory"],
    [mount("0:9", "/", "/home", "nfs4"), "its reading could wait for a network or a program"],
    [mount("7:0", "/", "/snap/x", "squashfs"), "an image that cannot be written, always full"],
    [mount("0:10", "/", "/z", "zfs", { source: "z@1" }), "a snapshot"],
    [
      mount("0:11", "/", "/m", "overlay", UPPER),
      "only the root may be one: its data is on another filesystem",
    ],
    [
      mount("0:12", "/", "/mnt/c", "9p"),
      "only the root may be one: a share of the system around this one",
    ],
    [mount("0:13", "/", "/proc", "proc"), "not on a disk"],
    [mount("8:3", "/", "/old", "ext4"), "hidden by the tmpfs mounted at /old"],
    [mount("0:14", "/", "/old", "tmpfs"), "in memory"],
  ];
  const decisions = explainMounts(lines.map(([line]) => line).join(""));
  assertEquals(decisions.map(reasonOf), lines.map(([, reason]) => reason!));
  assertEquals(
    decisions.filter(({ counts }) => counts).map(({ name }) => name),
    ["/", "/srv", "/v"],
  );
  assertEquals(decisions[4], { name: "/run", counts: false, reason: "tmpfs: in memory" });
});

Deno.test("explainMounts() tells apart an image and the disk of a container's host", () => {
  const reasons = explainMounts([
    mount("0:33", "/", "/", "overlay", { options: "ro,lowerdir=/a" }),
    mount("8:1", "/x/hosts", "/etc/hosts", "ext4"),
  ].join("")).map(reasonOf);
  assertEquals(reasons, [
    "an image, as it has no upper directory: the data is on another mount",
    "a part of the disk of this container's host",
  ]);
});

Deno.test("isImage() and isUnreadableName() tell", () => {
  assertEquals(["erofs", "ext4"].map(isImage), [true, false]);
  assertEquals(["/a\ufffd", "/é"].map(isUnreadableName), [true, false]);
});
