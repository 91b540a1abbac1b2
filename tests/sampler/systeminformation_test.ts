import { assertEquals } from "@std/assert";
import macos from "../fixtures/systeminformation/macos.json" with { type: "json" };
import windows from "../fixtures/systeminformation/windows.json" with { type: "json" };
import { METRIC_GROUPS, type MetricGroup } from "../../lib/message/message.ts";
import { counted, readPatterns } from "../../lib/sampler/decision.ts";
import type { Library } from "../../lib/sampler/library.ts";
import { Timeout } from "../../lib/common/timeout.ts";
import type { Sampler } from "../../lib/sampler/sample.ts";
import { SysteminformationSampler } from "../../lib/sampler/systeminformation.ts";

/** A library that answers with nothing, and notes what it is asked. */
function fakeLibrary(asked: string[], changes: Partial<Library> = {}): Library {
  const answer = (name: string, value: unknown) => () => {
    asked.push(name);
    return Promise.resolve(value);
  };
  const library = {
    currentLoad: answer("currentLoad", { currentLoad: 7, cpus: [] }),
    mem: answer("mem", { total: 100, available: 60, free: 10 }),
    fsSize: answer("fsSize", []),
    fsStats: answer("fsStats", { rx_sec: 1, wx_sec: 2 }),
    networkStats: answer("networkStats", []),
    cpuTemperature: answer("cpuTemperature", { main: 51.5 }),
    battery: answer("battery", { hasBattery: true, percent: 81 }),
    osInfo: answer("osInfo", { distro: "macOS", release: "15.1", kernel: "24.1.0" }),
    cpu: answer("cpu", { manufacturer: "Apple", brand: "M4" }),
    ...changes,
  };
  return library as Library;
}

/** What the package is asked for; the rest takes a permission that tests may lack. */
const LIBRARY_GROUPS: readonly MetricGroup[] = ["cpu", "memory", "disk", "network", "sensors"];

function sampler(groups: readonly MetricGroup[], library: Library) {
  return new SysteminformationSampler({ groups, platform: "darwin" }, library, new Timeout(1_000));
}

Deno.test("SysteminformationSampler asks only for the selected groups", async (t) => {
  const cases: [readonly MetricGroup[], string[]][] = [
    [["cpu"], ["currentLoad"]],
    [["memory"], ["mem"]],
    [["disk"], ["fsStats", "fsSize"]],
    [["network"], ["networkStats"]],
    [["sensors"], ["cpuTemperature", "battery"]],
    [
      LIBRARY_GROUPS,
      [
        ...["currentLoad", "mem", "fsStats", "fsSize", "networkStats"],
        ...["cpuTemperature", "battery"],
      ],
    ],
  ];
  for (const [groups, expected] of cases) {
    await t.step(groups.join(", "), async () => {
      const asked: string[] = [];
      const { metrics, failures } = await sampler(groups, fakeLibrary(asked)).sample();
      assertEquals(asked, expected);
      assertEquals<readonly string[]>(Object.keys(metrics), groups);
      assertEquals(failures, new Map());
    });
  }
});

Deno.test("SysteminformationSampler primes what gives rates, the CPU last", async () => {
  const asked: string[] = [];
  await sampler(METRIC_GROUPS, fakeLibrary(asked)).prime();
  assertEquals(asked.slice(0, 4), ["fsStats", "fsSize", "networkStats", "currentLoad"]);
});

Deno.test("SysteminformationSampler tells what the host is, unless the package fails", async () => {
  const texts = (changes: Partial<Library>) => sampler(["cpu"], fakeLibrary([], changes)).prime();
  assertEquals(await texts({}), { os: "macOS 15.1", kernel: "24.1.0", cpu: "Apple M4" });
  assertEquals(await texts({ cpu: () => Promise.reject(new Error("no sysctl")) }), {});
});

Deno.test("SysteminformationSampler asks for sensors every twelfth time", async () => {
  const asked: string[] = [];
  const host = sampler(["sensors"], fakeLibrary(asked));
  for (let sample = 1; sample <= 13; sample++) {
    const { metrics } = await host.sample();
    assertEquals(metrics.sensors, {
      temps: [{ name: "CPU", celsius: 51.5 }],
      battery: 81,
    });
    assertEquals(asked.length, sample <= 12 ? 2 : 4);
  }
});

Deno.test("SysteminformationSampler lets one failing group spoil nothing else", async () => {
  const networkStats = () => Promise.reject(new Error("no netstat"));
  const { metrics, failures } = await sampler(LIBRARY_GROUPS, fakeLibrary([], { networkStats }))
    .sample();
  assertEquals(metrics.network, null);
  assertEquals([metrics.cpu?.mean, metrics.memory?.used, metrics.disk?.read], [7, 40, 1]);
  assertEquals(failures, new Map([["network", "no netstat"]]));
});

Deno.test("SysteminformationSampler takes what the package tells less of from /proc", async () => {
  const asked: string[] = [];
  const proc: Sampler = {
    prime: () => {
      asked.push("prime");
      return Promise.resolve({ os: "Linux" });
    },
    sample: () =>
      Promise.resolve({
        metrics: {
          cpu: { mean: 5, cores: [5], iowait: 1, steal: 2 },
          disk: { read: 3, write: 4, volumes: [] },
          network: { interfaces: [] },
        },
        failures: new Map([["cores", "wrong"]]),
      }),
    explain: () => Promise.resolve([{ title: "Interfaces", decisions: [] }]),
  };
  const fsSize = () =>
    Promise.resolve([{
      fs: "/dev/sda1",
      type: "ext4",
      mount: "/",
      size: 9,
      used: 5,
      available: 4,
    }]);
  const library = fakeLibrary(asked, { fsSize } as unknown as Partial<Library>);
  const host = new SysteminformationSampler(
    { groups: METRIC_GROUPS, platform: "linux", proc },
    library,
    new Timeout(1_000),
  );
  assertEquals(await host.prime(), { os: "Linux" });
  const { metrics, failures } = await host.sample();
  assertEquals(asked, ["prime", "mem"]);
  assertEquals(metrics.cpu, { mean: 5, cores: [5], iowait: 1, steal: 2 });
  assertEquals(metrics.disk, {
    read: 3,
    write: 4,
    volumes: [{ mount: "/", total: 9, used: 5, free: 4 }],
  });
  assertEquals([metrics.memory?.used, metrics.network], [40, { interfaces: [] }]);
  assertEquals(failures, new Map([["cores", "wrong"]]));
  assertEquals(await host.explain(), [
    { title: "Interfaces", decisions: [] },
    { title: "Mounts", decisions: [{ name: "/", counts: true, reason: "ext4: on a disk" }] },
  ]);
});

Deno.test("SysteminformationSampler counts hardware, or what it is told", async (t) => {
  const networkStats = () =>
    Promise.resolve(
      ["lo0", "en0", "en1", "utun3"].map((iface) => ({ iface, rx_sec: 1, tx_sec: 2 })),
    );
  const library = fakeLibrary([], { networkStats } as unknown as Partial<Library>);
  const cases: [string, string[]][] = [["", ["en0", "en1"]], ["!en1", ["en0"]], ["u*", ["utun3"]]];
  for (const [text, expected] of cases) {
    await t.step(text, async () => {
      const interfaces = text === "" ? [] : readPatterns(text);
      const options = { groups: ["network"], platform: "darwin", interfaces } as const;
      const host = new SysteminformationSampler(options, library, new Timeout(1_000));
      const { metrics } = await host.sample();
      assertEquals(metrics.network?.interfaces.map(({ name }) => name), expected);
      const [{ decisions } = { decisions: [] }] = await host.explain();
      assertEquals(counted(decisions), expected);
    });
  }
});

/** A library that gives the answers of a file. */
function recorded(answers: Readonly<Record<string, unknown>>): Library {
  const calls = Object.entries(answers).map(([name, answer]) => [name, () => (
    Promise.resolve(structuredClone(answer))
  )]);
  return Object.fromEntries(calls);
}

Deno.test("SysteminformationSampler tells of macOS what the package knows, and nothing else", async () => {
  const options = { groups: METRIC_GROUPS, platform: "darwin" } as const;
  const host = new SysteminformationSampler(options, recorded(macos), new Timeout(1_000));
  const { metrics: { system, ...metrics }, failures } = await host.sample();
  const [data, image] = [macos.fsSize[1]!, macos.fsSize[3]!];
  assertEquals(metrics, {
    cpu: {
      ...{ mean: 11.56, cores: [21.26, 1.86], iowait: null, steal: null },
      ...{ user: 7.98, nice: 0, system: 3.58, irq: 0 },
    },
    memory: {
      ...{ total: 17_179_869_184, used: 11_302_780_928, free: 94_793_728 },
      ...{ available: 5_877_088_256, swapTotal: 2_147_483_648, swapUsed: 887_226_368 },
      cached: 5_782_294_528,
    },
    disk: {
      ...{ read: 152_345.2, write: 90_112 },
      volumes: [
        // Sealed, and so always read-only.
        { mount: "/", total: 494_384_795_648, used: 11_210_539_008, free: 212_345_995_264 },
        { mount: data.mount, total: data.size, used: data.used, free: data.available, ro: 0 },
        { mount: image.mount, total: image.size, used: image.used, free: image.available, ro: 1 },
        // The package knows nothing of what has no device.
        { mount: "/Volumes/home", total: 1e9, used: 25e7, free: 75e7 },
      ],
    },
    network: {
      interfaces: [
        {
          ...{ name: "en0", rx: 4_512.5, tx: 903.2, rxLost: 3, txLost: 0 },
          ...{ rxBytes: 9_120_432_123, txBytes: 1_203_312_345, up: 1, speed: 866 },
        },
        {
          ...{ name: "en7", rx: 0, tx: 0, rxLost: 0, txLost: 0 },
          ...{ rxBytes: 0, txBytes: 0, up: 0 },
        },
      ],
    },
    sensors: {
      temps: [{ name: "CPU", celsius: 48.75 }, { name: "Chipset", celsius: 44.1 }],
      battery: 75,
    },
  });
  assertEquals([system!.files, system!.filesMax], [11_392, 245_760]);
  assertEquals(failures.has("network") || failures.has("disk"), false);
});

Deno.test("SysteminformationSampler tells of Windows what the package knows, and nothing else", async () => {
  const options = { groups: LIBRARY_GROUPS, platform: "windows" } as const;
  const host = new SysteminformationSampler(options, recorded(windows), new Timeout(1_000));
  const { metrics, failures } = await host.sample();
  const { memory, disk, network, sensors } = metrics;
  assertEquals([memory!.used, memory!.swapUsed], [9_118_216_192, 104_857_600]);
  assertEquals("cached" in memory!, false);
  assertEquals(disk!.volumes.map(({ mount, ro }) => [mount, ro]), [
    ...[["C:", 0], ["D:", 1], ["E:", undefined]],
  ]);
  assertEquals(network!.interfaces, [{
    ...{ name: "Ethernet", rx: 1_000, tx: null, rxLost: 2, txLost: 0 },
    ...{ rxBytes: 1_234_567_890, txBytes: 234_567_890, up: 1, speed: 1_000 },
  }]);
  // 20 of 40 Wh and 10 of 10.
  assertEquals<unknown>(sensors, { battery: 60 });
  assertEquals(failures, new Map());
});

Deno.test("SysteminformationSampler asks for speeds and open files every twelfth time, and does without", async () => {
  let asked = 0;
  const refuse = () => Promise.reject(new Error(`${++asked}`));
  const answers = { ...macos, networkInterfaces: undefined, fsOpenFiles: undefined };
  const library = {
    ...recorded(answers),
    ...{ networkInterfaces: refuse, fsOpenFiles: refuse },
  };
  const options = { groups: ["network", "system"], platform: "darwin" } as const;
  const host = new SysteminformationSampler(options, library, new Timeout(1_000));
  for (let sample = 1; sample <= 13; sample++) {
    const { metrics: { network, system } } = await host.sample();
    assertEquals(asked, sample <= 12 ? 2 : 4);
    assertEquals([network!.interfaces[0]!.up, network!.interfaces[0]!.speed], [1, undefined]);
    assertEquals("files" in (system ?? {}), false);
  }
});
