import { assertEquals } from "@std/assert";
import { METRIC_GROUPS, type MetricGroup } from "../../lib/message/message.ts";
import { Timeout } from "../../lib/common/timeout.ts";
import { type ProcfsDevices, ProcfsSampler } from "../../lib/sampler/procfs.ts";
import { ELAPSED_MS, MAY_READ_FIXTURES, sampleFixture, SPACE } from "./fixture.ts";

const LOAD = { load1: 0.52, load5: 0.48, load15: 0.41 };
const KIB = 1_024;
const SECTOR = 512;
const rate = (bytes: number) => bytes / ELAPSED_MS * 1_000;
const percent = (part: number, whole: number) => part / whole * 100;
const volume = (mount: string) => ({ mount, ...SPACE });

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
        },
        memory: {
          total: 24_684_084 * KIB,
          used: (24_684_084 - 24_327_900) * KIB,
          free: 24_088_688 * KIB,
          available: 24_327_900 * KIB,
          swapTotal: 0,
          swapUsed: 0,
        },
        disk: {
          read: rate((6_338_890 - 6_312_370) * SECTOR),
          write: rate((1_280_040 - 1_148_952) * SECTOR),
          volumes: [volume("/")],
        },
        network: { interfaces: [{ name: "eth0", rx: 0, tx: 0, rxLost: 0, txLost: 0 }] },
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
        },
        memory: {
          total: 2_054_700 * KIB,
          used: 2_054_700 * KIB - available,
          free: 102_400 * KIB,
          available,
          swapTotal: 2_097_144 * KIB,
          swapUsed: 100_000 * KIB,
        },
        disk: {
          read: rate(2_048 * SECTOR),
          write: rate(40_960 * SECTOR),
          volumes: [volume("/"), volume("/boot")],
        },
        network: {
          // The received bytes wrapped at 32 bits: unknown, not four gigabytes.
          interfaces: [{ name: "eth0", rx: null, tx: rate(500_000), rxLost: 5, txLost: 1 }],
        },
        system: LOAD,
      });
      assertEquals(failures, new Map());
    });
    await t.step("a host of containers", async () => {
      const { metrics, failures } = await sampleFixture("container-host");
      assertEquals(metrics.cpu, { mean: null, cores: [null], iowait: null, steal: null });
      assertEquals(metrics.disk, {
        read: 0,
        write: 0,
        volumes: [volume("/"), volume("/mnt/big data")],
      });
      assertEquals(metrics.network, {
        interfaces: [{ name: "ens3", rx: 0, tx: 0, rxLost: 10, txLost: 3 }],
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
        volumes: ["/", "/home", "/tank", "/tank/media", "/boot/efi"].map(volume),
      });
      assertEquals(metrics.network, null);
      assertEquals([...failures.keys()], ["cpu", "network"]);
    });
    await t.step("NVMe with partitions, below LUKS, btrfs and RAID", async () => {
      const { metrics } = await sampleFixture("nvme/first");
      assertEquals(metrics.disk, {
        read: rate(10_000 * SECTOR) + rate(1_000 * SECTOR),
        write: rate(40_000 * SECTOR),
        volumes: [volume("/"), volume("/boot"), volume("/srv")],
      });
    });
    await t.step("bonded interfaces with VLANs, and one plugged in", async () => {
      const { metrics } = await sampleFixture("bond/first");
      assertEquals(metrics.network, {
        interfaces: [
          { name: "eno1", rx: rate(600_000), tx: rate(100_000), rxLost: 3, txLost: 0 },
          { name: "eno2", rx: rate(400_000), tx: rate(200_000), rxLost: 0, txLost: 7 },
          { name: "usb0", rx: null, tx: null, rxLost: 0, txLost: 0 },
        ],
      });
    });
  },
});

Deno.test("ProcfsSampler reads only the files of the selected groups", async (t) => {
  const cases: [MetricGroup[], string[]][] = [
    [["cpu"], ["/proc/stat"]],
    [["memory"], ["/proc/meminfo"]],
    [["disk"], ["/proc/diskstats", "/proc/self/mountinfo"]],
    [["network"], ["/proc/self/net/dev"]],
    [["network", "cpu"], ["/proc/stat", "/proc/self/net/dev"]],
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
    "/host/proc/1/net/dev",
    "/host/proc/loadavg",
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
        ? whole
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
  const dead = { mount: "/srv", total: null, used: null, free: null };
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
