import { assert, assertEquals } from "@std/assert";
import { METRIC_GROUPS, type MetricGroup } from "../../lib/message/message.ts";
import { Timeout } from "../../lib/common/timeout.ts";
import { type ProcfsDevices, ProcfsSampler } from "../../lib/sampler/procfs.ts";
import { ELAPSED_MS, MAY_READ_FIXTURES, sampleFixture, SPACE } from "./fixture.ts";

const LOAD = { load1: 0.52, load5: 0.48, load15: 0.41, running: 1, tasks: 345 };
const KIB = 1_024;
const SECTOR = 512;
const rate = (bytes: number) => bytes / ELAPSED_MS * 1_000;
const percent = (part: number, whole: number) => part / whole * 100;
const volume = (mount: string, ro = 0) => ({ mount, ...SPACE, ro });
/** A disk by how much its counters grew: sectors, operations and milliseconds. */
const disk = (
  name: string,
  { read = 0, written = 0, ops = 0, opMs = 0, busyMs = 0, queueMs = 0 } = {},
) => ({
  ...{ name, read: rate(read * SECTOR), write: rate(written * SECTOR), ops: rate(ops) },
  wait: ops === 0 ? null : rate(opMs) / rate(ops),
  ...{ busy: rate(busyMs) / 10, queue: rate(queueMs) / 1_000 },
});

/** One core of a host that is busy, in plain text. */
const STAT = "cpu  10 0 10 80 0 0 0 0 0 0\ncpu0 10 0 10 80 0 0 0 0 0 0\nintr 1\n";
/** An hour later. */
const STAT_LATER = STAT.replaceAll(" 10 0 10 80 ", " 108010 0 10 252080 ");
const MEMINFO = "MemTotal: 100 kB\nMemFree: 10 kB\nMemAvailable: 60 kB\n";
const DISKSTATS = " 8 0 sda 1 0 8 1 1 0 8 1 0 1 1\n";
const MOUNTINFO = "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:2 / /srv rw - ext4 /dev/sda2 rw\n";
const NET_DEV = "lo: 1 0 0 0 0 0 0 0 1 0 0 0 0 0 0 0\neth0: 5 0 1 2 0 0 0 0 7 0 3 4 0 0 0 0\n";
const FILES = {
  "/proc/stat": STAT,
  "/proc/meminfo": MEMINFO,
  "/proc/diskstats": DISKSTATS,
  "/proc/self/mountinfo": MOUNTINFO,
  "/proc/self/net/dev": NET_DEV,
  "/proc/loadavg": "0.52 0.48 0.41 1/345 6789\n",
};

function devices(changes: Partial<ProcfsDevices> = {}): ProcfsDevices {
  let now = 0;
  return {
    readFiles: () => Promise.resolve(new Map(Object.entries(FILES))),
    readOnce: () => Promise.resolve(new Map()),
    readSpace: () => Promise.resolve(SPACE),
    timeout: new Timeout(1),
    nowMs: () => now += 500,
    ...changes,
  };
}

function sampler(
  changes: Partial<ProcfsDevices> = {},
  groups: readonly MetricGroup[] = METRIC_GROUPS,
) {
  return new ProcfsSampler({ groups, root: "/proc" }, devices(changes));
}

Deno.test({
  name: "ProcfsSampler samples captured /proc trees (needs --allow-read)",
  ignore: !MAY_READ_FIXTURES,
  async fn(t) {
    await t.step("the machine it was written on", async () => {
      const { metrics, failures } = await sampleFixture("vm/first");
      assertEquals(metrics, {
        cpu: {
          mean: percent(9 + 395, 500 + 501),
          cores: [percent(9, 500), percent(395, 501)],
          iowait: percent(3, 1_001),
          steal: 0,
          user: percent(389, 1_001),
          nice: 0,
          system: percent(14, 1_001),
          irq: percent(1, 1_001),
        },
        memory: {
          total: 24_684_084 * KIB,
          used: (24_684_084 - 24_327_900) * KIB,
          free: 24_088_688 * KIB,
          available: 24_327_900 * KIB,
          swapTotal: 0,
          swapUsed: 0,
          cached: 94_364 * KIB,
        },
        disk: {
          read: rate((6_338_890 - 6_312_370) * SECTOR),
          write: rate((1_280_040 - 1_148_952) * SECTOR),
          disks: [
            disk("vda", {
              ...{ read: 6_338_890 - 6_312_370, written: 1_280_040 - 1_148_952 },
              ops: (81_608 - 81_400) + (5_476 - 5_457),
              opMs: (29_710 - 29_326) + (4_348 - 4_108),
              ...{ busyMs: 12_204 - 12_148, queueMs: 34_446 - 33_816 },
            }),
          ],
          volumes: [volume("/")],
        },
        network: {
          interfaces: [
            {
              ...{ name: "eth0", rx: 0, tx: 0, rxLost: 0, txLost: 0 },
              ...{ rxBytes: 110_457_500, txBytes: 142_515, up: 1 },
            },
          ],
          ...{ tcp: 3, retrans: 20, overflows: 17, udpErrors: 30 },
        },
        sensors: {
          temps: [
            { name: "coretemp Package id 0", celsius: 57 },
            { name: "nvme0 Composite", celsius: 46.85 },
          ],
          fans: [{ name: "nct6798 fan1", rpm: 1_200 }],
          battery: 81,
        },
        system: LOAD,
      });
      assertEquals(failures, new Map());
    });
    await t.step("256 cores", async () => {
      const { metrics } = await sampleFixture("many-cores/first");
      const busy = Array.from({ length: 256 }, (_, core) => core % 101);
      assertEquals(metrics.cpu?.cores, busy.map((ticks) => percent(ticks, 200)));
      assertEquals(
        metrics.cpu?.mean,
        percent(busy.reduce((sum, ticks) => sum + ticks), 256 * 200),
      );
    });
    await t.step("a core gone, another one back", async () => {
      const { metrics } = await sampleFixture("hotplug/first");
      assertEquals(metrics.cpu, {
        mean: percent(50, 400),
        cores: [percent(50, 200), 0, null, null],
        iowait: 0,
        steal: 0,
        user: percent(50, 400),
        ...{ nice: 0, system: 0, irq: 0 },
      });
    });
    await t.step("a kernel 2.6.32 with logical volumes", async () => {
      const { metrics, failures } = await sampleFixture("old-kernel/first");
      const available = (102_400 + 51_200 + 819_200 + 81_920 - 20_480) * KIB;
      assertEquals(metrics, {
        cpu: {
          mean: percent(300, 1_000),
          cores: [percent(300, 500), 0],
          iowait: percent(100, 1_000),
          steal: 0,
          ...{ user: 20, nice: 0, system: 10, irq: 0 },
        },
        memory: {
          total: 2_054_700 * KIB,
          used: 2_054_700 * KIB - available,
          free: 102_400 * KIB,
          available,
          swapTotal: 2_097_144 * KIB,
          swapUsed: 100_000 * KIB,
          cached: (819_200 + 51_200) * KIB,
        },
        disk: {
          read: rate(2_048 * SECTOR),
          write: rate(40_960 * SECTOR),
          disks: [disk("sda", { read: 2_048, written: 40_960 })],
          volumes: [volume("/"), volume("/boot")],
        },
        network: {
          // The received bytes wrapped at 32 bits: unknown, not four gigabytes.
          interfaces: [
            {
              ...{ name: "eth0", rx: null, tx: rate(500_000), rxLost: 5, txLost: 1 },
              ...{ rxBytes: 120_000, txBytes: 800_500_000 },
            },
          ],
        },
        system: LOAD,
      });
      assertEquals(failures, new Map());
    });
    await t.step("a host of containers", async () => {
      const { metrics, failures } = await sampleFixture("container-host");
      assertEquals(metrics.cpu, {
        ...{ mean: null, cores: [null], iowait: null, steal: null },
        ...{ user: null, nice: null, system: null, irq: null },
      });
      assertEquals(metrics.disk, {
        read: 0,
        write: 0,
        disks: [disk("vda"), disk("xvdb1")],
        volumes: [volume("/"), volume("/mnt/big data")],
      });
      assertEquals(metrics.network, {
        interfaces: [
          {
            ...{ name: "ens3", rx: 0, tx: 0, rxLost: 10, txLost: 3 },
            ...{ rxBytes: 7_000_000, txBytes: 5_000_000 },
          },
        ],
      });
      assertEquals(failures, new Map());
    });
    await t.step("ZFS, whose cache is used memory, and no /proc/stat", async () => {
      const { metrics, failures } = await sampleFixture("zfs");
      assertEquals(metrics.cpu, null);
      assertEquals(metrics.memory?.used, (65_890_000 - 10_000_000) * KIB);
      assertEquals(metrics.disk, {
        read: 0,
        write: 0,
        disks: [disk("sda"), disk("sdb")],
        volumes: ["/", "/home", "/tank", "/tank/media", "/boot/efi"].map((mount) => volume(mount)),
      });
      assertEquals(metrics.network, null);
      assertEquals([...failures.keys()], ["cpu", "network"]);
    });
    await t.step("NVMe with partitions, below LUKS, btrfs and RAID", async () => {
      const { metrics } = await sampleFixture("nvme/first");
      assertEquals(metrics.disk, {
        read: rate(10_000 * SECTOR) + rate(1_000 * SECTOR),
        write: rate(40_000 * SECTOR),
        disks: [
          disk("nvme0n1", { read: 10_000, written: 40_000, ops: 200 }),
          disk("nvme1n1", { read: 1_000 }),
          {
            ...disk("sda"),
            read: null,
            write: null,
            ops: null,
            wait: null,
            busy: null,
            queue: null,
          },
        ],
        volumes: [volume("/"), volume("/boot"), volume("/srv")],
      });
    });
    await t.step("bonded interfaces with VLANs, and one plugged in", async () => {
      const { metrics } = await sampleFixture("bond/first");
      assertEquals(metrics.network, {
        interfaces: [
          {
            ...{ name: "eno1", rx: rate(600_000), tx: rate(100_000), rxLost: 3, txLost: 0 },
            ...{ rxBytes: 1_600_000, txBytes: 2_100_000 },
          },
          {
            ...{ name: "eno2", rx: rate(400_000), tx: rate(200_000), rxLost: 0, txLost: 7 },
            ...{ rxBytes: 3_400_000, txBytes: 4_200_000 },
          },
          {
            ...{ name: "usb0", rx: null, tx: null, rxLost: 0, txLost: 0 },
            ...{ rxBytes: 500, txBytes: 600 },
          },
        ],
      });
    });
  },
});

const NET = ["dev", "snmp", "netstat", "snmp6"].map((file) => `/proc/self/net/${file}`);

Deno.test("ProcfsSampler reads only the files of the selected groups", async (t) => {
  const cases: [MetricGroup[], string[]][] = [
    [["cpu"], ["/proc/stat"]],
    [["memory"], ["/proc/meminfo", "/proc/vmstat", "/proc/spl/kstat/zfs/arcstats"]],
    [["disk"], ["/proc/diskstats", "/proc/self/mountinfo"]],
    [["network"], NET],
    [["network", "cpu"], ["/proc/stat", ...NET]],
  ];
  for (const [groups, expected] of cases) {
    await t.step(groups.join(" and "), async () => {
      const read: string[] = [];
      const readFiles: ProcfsDevices["readFiles"] = (paths) => {
        read.push(...paths);
        return Promise.resolve(new Map(Object.entries(FILES)));
      };
      const { metrics } = await sampler({ readFiles }, groups).sample();
      assertEquals(read, expected);
      assertEquals(Object.keys(metrics).toSorted(), groups.toSorted());
    });
  }
});

Deno.test("ProcfsSampler tells of the system, its pressure and its swapping what there is", async () => {
  const texts = (waitedUs: number, pages: number) =>
    new Map(Object.entries({
      "/proc/meminfo":
        "MemTotal: 800 kB\nMemFree: 161 kB\nMemAvailable: 200 kB\nSwapTotal: 9 kB\nSwapFree: 9 kB\n",
      "/proc/vmstat": `nr_free_pages 10\npswpin ${pages}\npswpout 7\noom_kill 2\n`,
      "/proc/spl/kstat/zfs/arcstats":
        "name type data\nhits 4 1\nsize                            4    4096\n",
      "/proc/loadavg": "0.52 0.48 0.41 1/345 6789\n",
      "/proc/uptime": "23310.62 16825.68\n",
      "/proc/sys/fs/file-nr": "632\t8\t9223372036854775807\n",
      "/proc/sys/net/netfilter/nf_conntrack_count": "12\n",
      "/proc/sys/net/netfilter/nf_conntrack_max": "262144\n",
      "/run/reboot-required": "*** System restart required ***\n",
      "/proc/pressure/cpu": `some avg10=0.00 avg60=0.00 avg300=0.00 total=${waitedUs}\n`,
      "/proc/pressure/io": `some avg10=0.00 avg60=0.00 avg300=0.00 total=${
        2 * waitedUs
      }\nfull avg10=0.00 total=0\n`,
    }));
  const readings = [texts(1_000, 3), texts(51_000, 13)];
  let nowMs = 0;
  const host = sampler({
    readFiles: () => Promise.resolve(readings.shift()!),
    nowMs: () => nowMs,
  }, ["memory", "system", "pressure"]);
  await host.prime();
  nowMs = 1_000;
  const { metrics, failures } = await host.sample();
  assertEquals(failures, new Map());
  assertEquals(metrics.system, {
    ...{ ...LOAD, uptime: 23_310, files: 624, conntrack: 12, conntrackMax: 262_144 },
    ...{ oomKills: 2, reboot: 1 },
  });
  // 161 kB in 10 pages are pages of 16 kB.
  const { swapIn, swapOut, arc } = metrics.memory!;
  assertEquals([swapIn, swapOut, arc], [10 * 16_384, 0, 4_096]);
  assertEquals<unknown>(metrics.pressure, { cpu: 5, io: 10, ioFull: 0 });
});

Deno.test("ProcfsSampler reads the host around a container under a foreign root", async () => {
  const read: string[] = [];
  const asked: string[] = [];
  const readFiles: ProcfsDevices["readFiles"] = (paths) => {
    read.push(...paths);
    return Promise.resolve(new Map([["/host/proc/1/mountinfo", MOUNTINFO]]));
  };
  const readSpace: ProcfsDevices["readSpace"] = (path) => {
    asked.push(path);
    return Promise.resolve(SPACE);
  };
  await new ProcfsSampler(
    { groups: METRIC_GROUPS, root: "/host/proc" },
    devices({ readFiles, readSpace }),
  ).sample();
  assertEquals(read, [
    "/host/proc/stat",
    "/host/proc/meminfo",
    "/host/proc/diskstats",
    "/host/proc/1/mountinfo",
    ...NET.map((path) => path.replace("/proc/self/", "/host/proc/1/")),
    "/host/proc/loadavg",
    // Not what the firewall of this container tracks.
    ...["/host/proc/uptime", "/host/proc/sys/fs/file-nr", "/host/proc/vmstat"],
    ...["/host/proc/1/root/run/reboot-required", "/host/proc/spl/kstat/zfs/arcstats"],
    ...["cpu", "memory", "io"].map((name) => `/host/proc/pressure/${name}`),
  ]);
  assertEquals(asked, ["/host/proc/1/root/", "/host/proc/1/root/srv"]);
});

Deno.test("ProcfsSampler lets one failing file spoil nothing else", async (t) => {
  const cases: [keyof typeof FILES, string][] = [
    ["/proc/stat", "cpu"],
    ["/proc/meminfo", "memory"],
    ["/proc/diskstats", "disk rates"],
    ["/proc/self/mountinfo", "volumes"],
    ["/proc/self/net/dev", "network"],
    ["/proc/loadavg", "load averages"],
  ];
  const whole = (await sampler().sample()).metrics;
  for (const [path, thing] of cases) {
    await t.step(path, async () => {
      const texts = new Map(Object.entries(FILES).filter(([name]) => name !== path));
      const readFiles = () => Promise.resolve(texts);
      const { metrics, failures } = await sampler({ readFiles }).sample();
      const expected = thing === "volumes"
        ? { ...whole, disk: { ...whole.disk, volumes: [] } }
        : thing === "disk rates"
        ? { ...whole, disk: { read: null, write: null, volumes: whole.disk!.volumes } }
        : { ...whole, [thing === "load averages" ? "system" : thing]: null };
      assertEquals<unknown>(metrics, expected);
      assertEquals(
        failures,
        new Map([[thing, `Cannot read ${path}: it is not there or not readable`]]),
      );
    });
  }
});

Deno.test("ProcfsSampler fails and recovers with the reading of its files", async () => {
  const outcomes = [true, false, true, true];
  const readFiles = () => {
    return outcomes.shift()
      ? Promise.resolve(new Map(Object.entries(FILES)))
      : Promise.reject(new Error("Cannot start cat: no memory"));
  };
  const host = sampler({ readFiles });
  await host.prime();
  const failed = await host.sample();
  assertEquals(failed.metrics, {
    ...{ cpu: null, memory: null, disk: null, network: null, system: null },
  });
  assertEquals(failed.failures, new Map([["host", "Cannot start cat: no memory"]]));
  const first = await host.sample();
  assertEquals(first.failures, new Map());
  assertEquals(first.metrics.network?.interfaces[0]?.rx, null);
  assertEquals((await host.sample()).metrics.network?.interfaces[0]?.rx, 0);
});

Deno.test("ProcfsSampler goes on while one mount hangs, and asks it only once", async () => {
  const asked: string[] = [];
  const hanging = Promise.withResolvers<typeof SPACE>();
  const readSpace = (path: string) => {
    asked.push(path);
    return path === "/srv" ? hanging.promise : Promise.resolve(SPACE);
  };
  const host = sampler({ readSpace }, ["disk"]);
  const dead = { mount: "/srv", total: null, used: null, free: null, ro: 0 };
  for (let count = 0; count < 3; count++) {
    const { metrics, failures } = await host.sample();
    assertEquals(metrics.disk?.volumes, [volume("/"), dead]);
    assertEquals([...failures.keys()], ["volume /srv"]);
  }
  assertEquals(asked, ["/", "/srv", "/", "/"]);
  hanging.resolve(SPACE);
  await hanging.promise;
  // Its answer came too late for the samples before; the next one asks again.
  await Promise.resolve();
  const { metrics, failures } = await host.sample();
  assertEquals(metrics.disk?.volumes, [volume("/"), volume("/srv")]);
  assertEquals(failures, new Map());
});

Deno.test("ProcfsSampler gives true averages after a gap", async () => {
  const times = [0, 0, 3_600_000, 3_600_000];
  const texts = [FILES, { ...FILES, "/proc/stat": STAT_LATER }];
  texts[1]!["/proc/self/net/dev"] = NET_DEV.replace("eth0: 5", "eth0: 3600005");
  const host = sampler({
    nowMs: () => times.shift()!,
    readFiles: () => Promise.resolve(new Map(Object.entries(texts.shift()!))),
  });
  await host.prime();
  const { metrics } = await host.sample();
  assertEquals(metrics.network?.interfaces[0]?.rx, 1_000);
  assertEquals(metrics.cpu?.mean, 30);
});

Deno.test("ProcfsSampler believes no counter that was 0 for one reading", async () => {
  const read = (bytes: number) => ({
    ...FILES,
    "/proc/diskstats": ` 8 0 sda 1 0 ${bytes / 512} 1 1 0 8 1 0 1 1\n`,
    "/proc/self/net/dev": NET_DEV.replace("eth0: 5", `eth0: ${bytes}`),
  });
  const readings = [512_000, 0, 512_512, 513_024].map(read);
  const host = sampler({
    readFiles: () => Promise.resolve(new Map(Object.entries(readings.shift()!))),
  });
  await host.prime();
  const rates = [];
  while (readings.length > 0) {
    const { disk, network } = (await host.sample()).metrics;
    rates.push([disk!.read, network!.interfaces[0]!.rx]);
  }
  assertEquals(rates.slice(0, 2), [[null, null], [null, null]]);
  assertEquals(rates[2]!.map((rate) => rate! > 0), [true, true]);
});

Deno.test("ProcfsSampler keeps what is known, and says what is wrong with the rest", async () => {
  const texts = {
    ...FILES,
    "/proc/meminfo": `${MEMINFO}SwapTotal: 9 kB\nSwapFree: 18446744073709551488 kB\n`,
    "/proc/self/mountinfo": `${MOUNTINFO}3 1 8:3 / /Ann\ufffde rw - vfat /dev/sdb1 rw\n`,
  };
  const readFiles = () => Promise.resolve(new Map(Object.entries(texts)));
  const { metrics, failures } = await sampler({ readFiles }).sample();
  assertEquals([metrics.memory!.swapTotal, metrics.memory!.swapUsed], [9 * KIB, null]);
  assertEquals(metrics.memory!.used, 40 * KIB);
  assertEquals(metrics.disk!.volumes.map(({ total }) => total), [SPACE.total, SPACE.total, null]);
  assertEquals(Object.fromEntries(failures), {
    swap: "Cannot believe SwapFree: it is said to be 18446744073709551488 kB",
    "volume /Ann\ufffde": "Cannot ask for it: its name is not UTF-8",
  });
});

Deno.test("ProcfsSampler makes foreign names harmless", async () => {
  const evil = `1 0 8:1 / /a\\033[2J\u202e${"x".repeat(300)} rw - ext4 /dev/sda1 rw\n`;
  const texts = new Map(Object.entries({ ...FILES, "/proc/self/mountinfo": evil }));
  const readFiles = () => Promise.resolve(texts);
  const { metrics } = await sampler({ readFiles }, ["disk"]).sample();
  assertEquals(metrics.disk?.volumes[0]?.mount, `/a\\x1b[2J\\u202e${"x".repeat(255 - 15)}`);
});

Deno.test("ProcfsSampler follows links, and asks for the speed of one that changes", async () => {
  const state = "/sys/class/net/eth0/operstate";
  const [speed, device] = ["speed", "device/uevent"].map((file) => `/sys/class/net/eth0/${file}`);
  const sys = new Map([
    ["/sys/class/net/eth0/uevent", "INTERFACE=eth0\nIFINDEX=2\n"],
    [device!, "DRIVER=igb\n"],
    [speed!, "1000\n"],
  ]);
  const states = ["down", "down", "up", "up"];
  let looks = 0;
  const lists = new Set<readonly string[]>();
  const host = sampler({
    readFiles: (paths) => {
      lists.add(paths);
      const texts = new Map(Object.entries(FILES));
      if (paths.includes(state)) texts.set(state, `${states.shift()}\n`);
      return Promise.resolve(texts);
    },
    readOnce: (paths) => {
      if (paths.includes(speed!)) looks++;
      return Promise.resolve(
        new Map(paths.flatMap((path) => {
          const text = sys.get(path);
          return text === undefined ? [] : [[path, text]];
        })),
      );
    },
  }, ["network"]);
  await host.prime();
  const seen = [];
  for (let sample = 0; sample < 4; sample++) {
    if (sample === 2) sys.set(speed!, "10000\n");
    const [eth0] = (await host.sample()).metrics.network!.interfaces;
    seen.push([eth0!.up, eth0!.speed]);
  }
  assertEquals(seen, [[0, 1_000], [0, 1_000], [1, 10_000], [1, 10_000]]);
  assertEquals([looks, lists.size], [2, 2]);
});

Deno.test("ProcfsSampler asks for devices, sensors and what the host is in one turn", async () => {
  const [lists, turns]: [string[], number[]] = [[], []];
  let turn = 0;
  const readOnce = (paths: readonly string[]) => {
    lists.push(...paths);
    if (paths.length > 0) turns.push(turn);
    // All that is asked for before it is another turn.
    queueMicrotask(() => turn++);
    const texts = [["/proc/sys/kernel/osrelease", "6.1\n"]] as const;
    return Promise.resolve(new Map(texts.filter(([path]) => paths.includes(path))));
  };
  const readFiles = () => Promise.resolve(new Map([["/proc/self/net/dev", NET_DEV]]));
  const host = sampler({ readFiles, readOnce }, ["network", "sensors"]);
  assertEquals(await host.prime(), { kernel: "6.1" });
  for (const path of ["net/eth0/uevent", "hwmon/hwmon0/name"]) {
    assert(lists.includes(`/sys/class/${path}`), path);
  }
  assert(lists.includes("/etc/os-release"));
  assertEquals(turns, [0, 0, 0]);
});

Deno.test("ProcfsSampler reads the sensors that were found with all other files", async () => {
  const input = "/sys/class/hwmon/hwmon0/temp1_input";
  const sys = new Map([["/sys/class/hwmon/hwmon0/name", "k10temp\n"], [input, "50000\n"]]);
  const read = (paths: readonly string[]) =>
    Promise.resolve(
      new Map(paths.flatMap((path) => sys.has(path) ? [[path, sys.get(path)!]] : [])),
    );
  const host = sampler({ readFiles: read, readOnce: read }, ["sensors"]);
  await host.prime();
  sys.set(input, "61500\n");
  const known = await host.sample();
  assertEquals(known.metrics, { sensors: { temps: [{ name: "k10temp", celsius: 61.5 }] } });
  sys.delete(input);
  const { metrics, failures } = await host.sample();
  assertEquals(metrics, { sensors: { temps: [{ name: "k10temp", celsius: null }] } });
  assertEquals(failures, new Map());
});

Deno.test("ProcfsSampler takes odd texts for unknown, and nothing known with them", async () => {
  const cores = Array.from({ length: 512 }, (_, n) => `cpu${n} ${n} 0 5 90 0 0 0 0 0 0\n`);
  const texts = new Map(Object.entries({
    ...FILES,
    "/proc/stat": `cpu 1 0 1 1\n${cores.join("")}`,
    "/proc/loadavg": "65536.21 1000000.00 0.00 65536/4194304 1\n",
    "/proc/uptime": "3153600000.12 99999999999.99\n",
    "/proc/pressure/cpu": "",
    "/proc/pressure/io": "some avg10=nan avg60=0.00 avg300=0.00 total=5\n",
    "/proc/sys/fs/file-nr": "none\n",
    "/proc/vmstat": "nr_free_pages 25\noom_kill 18446744073709551615\n",
    "/proc/self/net/snmp": "Tcp: RtoAlgorithm\nTcp: 1\n",
  }));
  const host = sampler({ readFiles: () => Promise.resolve(texts) });
  await host.prime();
  const { metrics: { cpu, system, pressure, network }, failures } = await host.sample();
  assertEquals([cpu!.cores.length, network!.interfaces.length, network!.tcp], [512, 1, undefined]);
  assertEquals(system, {
    ...{ load1: 65_536.21, load5: 1_000_000, load15: 0, running: 65_536, tasks: 4_194_304 },
    ...{ uptime: 3_153_600_000, oomKills: null },
  });
  assertEquals<unknown>(pressure, { io: 0 });
  assertEquals([...failures.keys()].sort(), ["connections", "cpu pressure", "open files"]);
});

Deno.test("ProcfsSampler leaves what is rare as it was until it is read anew", async () => {
  const rounds = [{}, {}, {}];
  const readings = [
    [0, "5.00 0", 100],
    [0, "6.00 0", 100],
    [1, "9.00 0", 3_100],
    [1, "10.00 0", 9_100],
    [2, "12.00 0", 6_100],
  ] as const;
  let at = -1;
  const host = sampler({
    readFiles: () => {
      const [round, uptime, swapped] = readings[++at]!;
      const vmstat = `nr_free_pages 2\npswpin ${swapped}\npswpout 0\n`;
      const texts = { ...FILES, "/proc/uptime": uptime, "/proc/vmstat": vmstat };
      const meminfo = { "/proc/meminfo": `${MEMINFO}SwapTotal: 1 kB\n` };
      const all = new Map(Object.entries({ ...texts, ...meminfo }));
      return Promise.resolve(Object.assign(all, { rareRound: rounds[round]! }));
    },
  }, ["system", "memory"]);
  await host.prime();
  const told = [];
  for (let n = 0; n < 4; n++) {
    const { metrics: { system, memory } } = await host.sample();
    told.push([system!.uptime, memory!.swapIn]);
  }
  // 3,000 pages of 4 KiB in two readings, a second apart, and then 3,000 in as many.
  const rate = 3_000 * 4_096 / 2;
  assertEquals(told, [[5, null], [9, rate], [9, rate], [12, rate]]);
});
