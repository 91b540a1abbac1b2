import { assert, assertEquals } from "@std/assert";
import { counted } from "../../lib/sampler/decision.ts";
import { Devices } from "../../lib/sampler/devices.ts";
import {
  type DiskCounters,
  diskMetrics,
  type DisksReading,
  judgeDisks,
  parseDisks,
} from "../../lib/sampler/disks.ts";
import { readCounter } from "../../lib/sampler/sample.ts";
import { diskTree, readerOf } from "./sys_tree.ts";
import fc from "fast-check";

const line = (name: string, read = 0, written = 0) =>
  `   8       0 ${name} 1 0 ${read} 1 1 0 ${written} 1 0 1 1 0 0 0 0 0 0\n`;
const lines = (...names: string[]) => names.map((name) => line(name)).join("");
const ZERO = readCounter(0);
const NOTHING: DiskCounters = {
  ...{ readBytes: ZERO, writtenBytes: ZERO, operations: ZERO },
  ...{ operationMs: ZERO, busyMs: ZERO, queueMs: ZERO },
};
const reading = (disks: Record<string, [number, number]>): DisksReading =>
  new Map(
    Object.entries(disks).map(([name, [read, written]]) => [
      name,
      { ...NOTHING, readBytes: readCounter(read), writtenBytes: readCounter(written) },
    ]),
  );
const rates = (...given: Parameters<typeof diskMetrics>) => {
  const { read, write } = diskMetrics(...given);
  return { read, write };
};

Deno.test("parseDisks() reads every device", async (t) => {
  const cases = [["sda", "sda1", "dm-0", "loop0"], ["cciss/c0d0", "etherd/e0.1p1"], []];
  for (const names of cases) {
    await t.step(names.join(" ") || "none", () => {
      assertEquals([...parseDisks(lines(...names)).keys()], names);
    });
  }
});

Deno.test("parseDisks() counts in sectors of 512 bytes", () => {
  const { readBytes, writtenBytes } = parseDisks(line("sda", 3, 5)).get("sda")!;
  assertEquals([readBytes.value, writtenBytes.value], [1_536, 2_560]);
});

Deno.test("parseDisks() leaves out the short lines of partitions on old kernels", () => {
  assertEquals([...parseDisks("   8    1 hda1 5 40 6 48\n" + line("hda")).keys()], ["hda"]);
});

Deno.test("diskMetrics() adds up what is known of the disks", async (t) => {
  const cases: [string, DisksReading | null, DisksReading, [number | null, number | null]][] = [
    ["two disks", reading({ sda: [0, 0], sdb: [5, 5] }), reading({ sda: [10, 20], sdb: [15, 5] }), [
      20,
      20,
    ]],
    ["one plugged in", reading({ sda: [0, 0] }), reading({ sda: [10, 20], sdb: [1e9, 1e9] }), [
      10,
      20,
    ]],
    ["one pulled out", reading({ sda: [0, 0], sdb: [1e9, 1e9] }), reading({ sda: [10, 20] }), [
      10,
      20,
    ]],
    [
      "one counter went back",
      reading({ sda: [9, 9], sdb: [0, 0] }),
      reading({ sda: [8, 10], sdb: [5, 5] }),
      [
        5,
        6,
      ],
    ],
    [
      "one did more than a disk can",
      reading({ sda: [0, 0], sdb: [0, 0] }),
      reading({ sda: [64e9, 9], sdb: [65e9, 65e9] }),
      [
        64e9,
        9,
      ],
    ],
    ["no reading before", null, reading({ sda: [8, 10] }), [null, null]],
    ["no disk", reading({}), reading({}), [null, null]],
  ];
  for (const [name, before, after, [read, write]] of cases) {
    await t.step(name, () => assertEquals(rates(before, after, 1_000), { read, write }));
  }
});

Deno.test("parseDisks() remembers what a counter said before it went back", () => {
  const text = (sectors: number) => line("sda", sectors, 7) + line("sdb", 5, 5);
  const before = parseDisks(text(1_000));
  const reset = parseDisks(text(0), before);
  const back = parseDisks(text(1_010), reset);
  const later = parseDisks(text(1_030), back);
  const pairs = [[before, reset], [reset, back], [back, later]] as const;
  assertEquals(
    pairs.map(([then, now]) => rates(then, now, 1_000)),
    [{ read: 0, write: 0 }, { read: 0, write: 0 }, { read: 20 * 512, write: 0 }],
  );
});

Deno.test("diskMetrics() are never negative, and none is busy for more than all the time", () => {
  const disk = fc.record(
    Object.fromEntries(
      Object.keys(NOTHING).map((field) => [field, fc.maxSafeNat().map((n) => readCounter(n))]),
    ) as Record<keyof DiskCounters, fc.Arbitrary<DiskCounters["busyMs"]>>,
  );
  const disks = fc.dictionary(fc.constantFrom("sda", "sdb", "vda"), disk)
    .map((all): DisksReading => new Map(Object.entries(all)));
  fc.assert(
    fc.property(disks, disks, fc.nat(10_000), (before, after, elapsedMs) => {
      const { disks = [], ...sums } = diskMetrics(before, after, elapsedMs);
      const numbers = [...Object.values(sums), ...disks.flatMap((disk) => Object.values(disk))];
      for (const number of numbers) {
        assert(number === null || typeof number === "string" || number >= 0);
      }
      for (const { busy } of disks) assert(busy === null || busy <= 100);
    }),
    { numRuns: 200 },
  );
});

Deno.test("diskMetrics() takes the disks that count", () => {
  const before = parseDisks(line("sda", 0, 0) + line("sda1", 0, 0));
  const after = parseDisks(line("sda", 2, 4) + line("sda1", 2, 4));
  assertEquals(rates(before, after, 1_000, ["sda"]), { read: 1_024, write: 2_048 });
  assertEquals(rates(before, after, 1_000, []), { read: null, write: null });
});

Deno.test("diskMetrics() takes the paths to an NVMe disk only where that stands still", async (t) => {
  const reading = (head: number, path0: number, path1: number) =>
    parseDisks(line("nvme0n1", head) + line("nvme0c0n1", path0) + line("nvme0c1n1", path1));
  const cases: [string, DisksReading, number][] = [
    ["both count", reading(30, 10, 20), 30],
    ["the paths alone", reading(0, 10, 20), 30],
    ["the disk alone", reading(30, 0, 0), 30],
    ["nothing moves", reading(0, 0, 0), 0],
  ];
  for (const [name, after, sectors] of cases) {
    await t.step(name, () => {
      const { read } = diskMetrics(reading(0, 0, 0), after, 1_000, ["nvme0n1"]);
      assertEquals(read, sectors * 512);
    });
  }
});

/** A line with all that is counted: reads, their sectors and ms, the same of writes, ms busy and ms queued. */
const full = (name: string, [r, rs, rt, w, ws, wt, busy, queue]: readonly number[]) =>
  ` 254 0 ${name} ${r} 7 ${rs} ${rt} ${w} 9 ${ws} ${wt} 3 ${busy} ${queue} 5 6 7 8 9 10\n`;

Deno.test("diskMetrics() tells of each disk what it did, the busiest first", () => {
  const zeros = new Array(8).fill(0);
  const names = ["sda", "sdb", "sdc", "sdd"];
  const before = parseDisks(names.slice(0, 3).map((name) => full(name, zeros)).join(""));
  const after = parseDisks(
    full("sda", [100, 2_000, 150, 300, 4_000, 1_850, 500, 2_000]) +
      full("sdb", [0, 0, 0, 2, 16, 8, 4_950, 9_900]) + full("sdc", zeros) + full("sdd", zeros),
  );
  const { disks } = diskMetrics(before, after, 5_000);
  const idle = { read: 0, write: 0, ops: 0, wait: null, busy: 0, queue: 0 };
  assertEquals(disks, [
    { name: "sdb", read: 0, write: 16 * 512 / 5, ops: 0.4, wait: 4, busy: 99, queue: 1.98 },
    {
      ...{ name: "sda", read: 2_000 * 512 / 5, write: 4_000 * 512 / 5 },
      ...{ ops: 80, wait: 5, busy: 10, queue: 0.4 },
    },
    { name: "sdc", ...idle },
    { name: "sdd", ...{ read: null, write: null, ops: null, wait: null, busy: null, queue: null } },
  ]);
});

Deno.test("diskMetrics() gives the numbers of its paths to an NVMe disk that stands still", () => {
  const nvme = (numbers: readonly number[][]) =>
    parseDisks(
      ["nvme0n1", "nvme0c0n1", "nvme0c1n1"].map((name, at) => full(name, numbers[at]!)).join(""),
    );
  const zeros = new Array(8).fill(0);
  const after = nvme([zeros, [10, 20, 30, 10, 20, 30, 400, 60], [20, 40, 90, 0, 0, 0, 700, 90]]);
  const { disks } = diskMetrics(nvme([zeros, zeros, zeros]), after, 1_000, ["nvme0n1"]);
  assertEquals(disks, [
    {
      name: "nvme0n1",
      read: 60 * 512,
      write: 20 * 512,
      ops: 40,
      wait: 3.75,
      busy: 70,
      queue: 0.15,
    },
  ]);
});

Deno.test("diskMetrics() says busy for all the time of a disk that counts late, or at other moments", () => {
  const busy = (ms: number) => parseDisks(full("sda", [0, 0, 0, 0, 0, 0, ms, 0]));
  const shares = [1_000, 1_004, 5_000].map((ms) => diskMetrics(busy(0), busy(ms), 1_000).disks);
  assertEquals(shares.map((disks) => disks![0]!.busy), [100, 100, 100]);
});

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

Deno.test("judgeDisks() says why a disk over the network counts or not", () => {
  const reasonOf = (names: string[]) => judgeDisks(names)[0]!.reason;
  const reason = "served over the network, or from another disk";
  assertEquals(reasonOf(["nbd0", "sda"]), reason);
  assertEquals(reasonOf(["nbd0", "dm-0"]), `${reason}; no disk is here`);
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
