import { assertEquals } from "@std/assert";
import {
  cpuFrom,
  diskFrom,
  memoryFrom,
  networkFrom,
  sensorsFrom,
} from "../../lib/sampler/library.ts";

type Load = Parameters<typeof cpuFrom>[0];
type Memory = Parameters<typeof memoryFrom>[0];
type Size = Parameters<typeof diskFrom>[1][number];
type Stats = NonNullable<Parameters<typeof diskFrom>[0]>;
type Traffic = Parameters<typeof networkFrom>[0][number];

const load = (currentLoad: number, ...cores: number[]) =>
  ({ currentLoad, cpus: cores.map((load) => ({ load })) }) as Load;
const memory = (changes: Partial<Memory>) =>
  ({
    total: 100,
    free: 10,
    available: 60,
    used: 90,
    swaptotal: 50,
    swapused: 20,
    ...changes,
  }) as Memory;
const size = (fs: string, mount: string, type: string) =>
  ({ fs, mount, type, size: 1_000, used: 600, available: 300, use: 66.67 }) as Size;
const traffic = (iface: string, changes: Partial<Traffic> = {}) =>
  ({
    iface,
    rx_sec: 1.5,
    tx_sec: 2.5,
    rx_dropped: 1,
    rx_errors: 2,
    tx_dropped: 3,
    tx_errors: 4,
    rx_bytes: 1_000,
    tx_bytes: 2_000,
    operstate: "up",
    ...changes,
  }) as Traffic;

Deno.test("cpuFrom() takes percent, and null for what is not one", async (t) => {
  const cases: [string, Load, number | null, (number | null)[]][] = [
    ["two cores", load(12.5, 10, 15), 12.5, [10, 15]],
    ["a little too much", load(100.4, 100.4), 100, [100]],
    ["less than nothing", load(-1, -0.1), null, [null]],
    ["not a number", load(NaN, NaN), null, [null]],
  ];
  for (const [name, answer, mean, cores] of cases) {
    await t.step(name, () => {
      assertEquals(cpuFrom(answer), { mean, cores, iowait: null, steal: null });
    });
  }
});

Deno.test("memoryFrom() reckons used as total − available", async (t) => {
  const whole = { total: 100, used: 40, free: 10, available: 60, swapTotal: 50, swapUsed: 20 };
  const cases: [string, Partial<Memory>, ReturnType<typeof memoryFrom>][] = [
    ["all known", {}, whole],
    ["more than there is", { available: 120, free: 110, swapused: 60 }, {
      ...whole,
      used: 0,
      free: 100,
      available: 100,
      swapUsed: 50,
    }],
    ["nothing known", { total: NaN, available: NaN, free: -1, swaptotal: NaN, swapused: -1 }, {
      total: null,
      used: null,
      free: null,
      available: null,
      swapTotal: null,
      swapUsed: null,
    }],
  ];
  for (const [name, changes, expected] of cases) {
    await t.step(name, () => assertEquals(memoryFrom(memory(changes)), expected));
  }
});

Deno.test("diskFrom() lists local volumes once each", async (t) => {
  const cases: [string, Size[], string[]][] = [
    ["Linux", [
      size("/dev/vda", "/", "ext4"),
      size("tmpfs", "/run", "tmpfs"),
      size("/dev/vda", "/var/www", "ext4"),
      size("/dev/loop0", "/snap/x", "squashfs"),
      size("192.0.2.9:/export", "/mnt/nas", "nfs4"),
      size("tank/home", "/home", "zfs"),
    ], ["/", "/home"]],
    ["a container", [size("overlay", "/", "overlay"), size("overlay", "/x", "overlay")], ["/"]],
    ["macOS", [
      size("/dev/disk3s1s1", "/", "APFS"),
      size("/dev/disk3s6", "/System/Volumes/VM", "APFS"),
      size("/dev/disk3s2", "/System/Volumes/Preboot", "APFS"),
      size("/dev/disk3s5", "/System/Volumes/Data", "APFS"),
      size("//u@nas/share", "/Volumes/share", "smbfs"),
    ], ["/", "/System/Volumes/Data"]],
    ["Windows", [size("C:", "C:", "NTFS"), size("D:", "D:", "FAT32")], ["C:", "D:"]],
  ];
  for (const [name, sizes, expected] of cases) {
    await t.step(name, () => {
      assertEquals(diskFrom(null, sizes), {
        read: null,
        write: null,
        volumes: expected.map((mount) => ({ mount, total: 1_000, used: 600, free: 300 })),
      });
    });
  }
});

Deno.test("diskFrom() takes rates, and null for what is none", async (t) => {
  const cases: [string, Stats | null, number | null, number | null][] = [
    ["rates", { rx_sec: 5, wx_sec: 7 } as Stats, 5, 7],
    ["counters that went back", { rx_sec: -5, wx_sec: 0 } as Stats, null, 0],
    ["none yet", { rx_sec: null, wx_sec: null } as Stats, null, null],
    ["Windows", null, null, null],
  ];
  for (const [name, stats, read, write] of cases) {
    await t.step(name, () => assertEquals(diskFrom(stats, []), { read, write, volumes: [] }));
  }
});

Deno.test("networkFrom() lists those that count, and null for what is not known", () => {
  const stats = [
    traffic("lo"),
    traffic("en0"),
    traffic("utun3"),
    traffic("en1", {
      rx_sec: null as never,
      tx_sec: -1,
      rx_dropped: null as never,
      tx_bytes: null as never,
      operstate: "down",
    }),
    traffic("en2", { operstate: "unknown" }),
  ];
  assertEquals(networkFrom(stats, ["en0", "en1", "en2"]), {
    interfaces: [
      {
        ...{ name: "en0", rx: 1.5, tx: 2.5, rxLost: 3, txLost: 7 },
        ...{ rxBytes: 1_000, txBytes: 2_000, up: 1 },
      },
      {
        ...{ name: "en1", rx: null, tx: null, rxLost: 2, txLost: 7 },
        ...{ rxBytes: 1_000, txBytes: null, up: 0 },
      },
      {
        ...{ name: "en2", rx: 1.5, tx: 2.5, rxLost: 3, txLost: 7 },
        ...{ rxBytes: 1_000, txBytes: 2_000 },
      },
    ],
  });
});

Deno.test("sensorsFrom() tells what the package knows, as captured", async (t) => {
  const unknown = {
    main: null as never,
    cores: [],
    max: null as never,
    socket: [],
    chipset: null as never,
  };
  const none = {
    ...{ hasBattery: false, cycleCount: 0, isCharging: false, designedCapacity: 0, maxCapacity: 0 },
    ...{ currentCapacity: 0, voltage: 0, capacityUnit: "", percent: 0, acConnected: true },
    ...{ timeRemaining: null as never, type: "", model: "", manufacturer: "", serial: "" },
  };
  const macBook = {
    ...{ ...none, hasBattery: true, cycleCount: 81, maxCapacity: 99, currentCapacity: 74 },
    ...{
      capacityUnit: "mWh",
      percent: 75,
      acConnected: false,
      type: "Li-ion",
      manufacturer: "Apple",
    },
  };
  const cases: [string, Parameters<typeof sensorsFrom>, ReturnType<typeof sensorsFrom>][] = [
    ["a MacBook, whose temperature needs a native module", [unknown, macBook], { battery: 75 }],
    ["a server with Windows, asked by an administrator", [
      { ...unknown, main: 27.85, max: 27.85, cores: [27.85] },
      none,
    ], { temps: [{ name: "CPU", celsius: 27.85 }] }],
    ["the same below zero", [{ ...unknown, main: -5 }, none], {
      temps: [{ name: "CPU", celsius: -5 }],
    }],
    ["a virtual machine", [unknown, none], undefined],
    ["a battery that says nothing", [unknown, { ...macBook, percent: null as never }], {
      battery: null,
    }],
  ];
  for (const [name, answers, expected] of cases) {
    await t.step(name, () => assertEquals(sensorsFrom(...answers), expected));
  }
});
