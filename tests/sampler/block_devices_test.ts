import { assertEquals } from "@std/assert";
import { judgeDisks } from "../../lib/sampler/block_devices.ts";
import { counted } from "../../lib/sampler/decision.ts";
import { Devices } from "../../lib/sampler/devices.ts";
import { diskTree, readerOf } from "./sys_tree.ts";

/** Hosts as they call their block devices; those that count come first, before the bar. */
const HOSTS: Readonly<Record<string, string>> = {
  "SCSI": "sda sdaa | sda1 sda15 sdaa1",
  "NVMe": "nvme0n1 nvme0n2 | nvme0n1p1 nvme0n1p12",
  "NVMe by several paths": "nvme0n1 | nvme0c0n1 nvme0c1n1 nvme0n1p1",
  "NVMe of which only a path is here": "nvme0c0n1 |",
  "cards": "mmcblk0 mmcblk0boot0 mmcblk0boot1 | mmcblk0p1",
  "guests": "vda xvda1 xvdb | vda1",
  "old ones": "hda cciss/c0d0 ida/c0d0 dasda | hda1 cciss/c0d0p1 dasda1",
  "flash": "mtdblock0 mtdblock1 |",
  "memory, files and removable media":
    "sda | loop0 loop0p1 ram0 zram0 nullb0 sr0 scd0 fd0 pktcdvd0",
  "stacks":
    "sda | dm-0 md0 md127 md_d0 md_home md0p1 bcache0 drbd0 zd0 zd16p1 ploop12345 ploop12345p1",
  "PowerPath": "sda sdb | emcpowera emcpowera1 sda1",
  "other makers' paths": "sdb sdc | sddlmaa sddlmaa1 vpatha VxDMP1 hdlma",
  "Portworx, Oracle and Veritas": "sda | pxd/pxd123 asm/.asm_ctl_vbg0 VxVM12345",
  "Xen's first domain": "sda | tda tdb",
  "Synology": "sata1 sata10 synoboot | sata1p1 sata10p5 synoboot1 md2 dm-0 zram0",
  "disks over a network beside a local one":
    "sda etherd/e0.1 scinia | nbd0 nbd0p1 rbd0 etherd/e0.1p1 dm-0",
  "no disk, but one over a network": "nbd0 | nbd0p1 dm-0 dm-1",
  "no disk, but those of Ceph": "rbd0 rbd1 | rbd0p1 md0 dm-0",
  "a container that sees volumes alone": "dm-0 dm-1 | zd0 drbd0",
  "a RAID alone": "md0 | dm-0 bcache0 md0p1",
  "OpenVZ": "ploop12345 | ploop12345p1",
  "a file alone": "| loop0",
  "nothing": "|",
};

Deno.test("judgeDisks() goes by names where nothing else is known", async (t) => {
  for (const [host, line] of Object.entries(HOSTS)) {
    const [counting, others] = line.split("|").map((part) =>
      part.trim().split(" ").filter(Boolean)
    );
    await t.step(host, () => {
      assertEquals(counted(judgeDisks([...others!, ...counting!])), counting!);
    });
  }
});

Deno.test("judgeDisks() goes by the hardware behind a disk where sysfs is read", async (t) => {
  const cases: [string, string[], string[]][] = [
    ["disks of all kinds", ["sda", "sata1", "cciss/c0d0", "newkind0"], ["dm-0", "md_home", "zd0"]],
    ["a maker's own paths", ["sda", "sdb"], ["anypath0", "anypathb"]],
    ["a head of NVMe paths, behind which there is a group", ["nvme0n1"], []],
    ["over a network, with nothing behind", ["sda"], ["dm-0"]],
    ["what looks like a part of another", ["xvda", "xvda1"], []],
  ];
  for (const [name, hardware, without] of cases) {
    await t.step(name, async () => {
      const names = [...without, ...hardware, "loop0"];
      assertEquals(await countedOf(names, diskTree(hardware, without)), hardware);
    });
  }
  await t.step("nbd and rbd count where there is no local disk", async () => {
    const names = ["nbd0", "rbd0", "dm-0", "sda", "sda1"];
    const texts = diskTree(["sda"], ["nbd0", "rbd0", "dm-0"]);
    assertEquals(await countedOf(names, texts), ["sda"]);
    assertEquals(await countedOf(["nbd0", "rbd0", "dm-0"], texts), ["nbd0", "rbd0"]);
  });
});

async function countedOf(names: readonly string[], texts: ReadonlyMap<string, string>) {
  const paths = { sysfs: "/sys", procNet: "/proc/self/net" };
  const devices = new Devices(readerOf(texts), paths);
  return (await devices.decide([], names, 0)).countedDisks;
}
