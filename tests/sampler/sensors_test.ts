// deno-lint-ignore-file camelcase -- files are called so
import { assert, assertEquals } from "@std/assert";
import { DEVICES } from "../../lib/catalogue.ts";
import { Sensors } from "../../lib/sampler/sensors.ts";
import { readerOf } from "./sys_tree.ts";

type Files = Readonly<Record<string, string>>;

/** The files of chips, zones and batteries below `/sys/class`, by path; a line's end is added. */
function tree(folders: Readonly<Record<string, Files>>): Map<string, string> {
  return new Map(
    Object.entries(folders).flatMap(([folder, files]) =>
      Object.entries(files).map(([file, text]) =>
        [`/sys/class/${folder}/${file}`, `${text}\n`] as const
      )
    ),
  );
}

const CORETEMP = {
  name: "coretemp",
  temp1_input: "57000",
  temp1_label: "Package id 0",
  temp2_input: "55000",
  temp2_label: "Core 0",
  temp3_input: "54000",
  temp3_label: "Core 1",
};
const BATTERY = "POWER_SUPPLY_NAME=BAT0\nPOWER_SUPPLY_CAPACITY=";

async function readAll(texts: ReadonlyMap<string, string>) {
  const sensors = new Sensors(readerOf(texts), "/sys");
  const paths = await sensors.paths(0);
  return sensors.read(await readerOf(texts)(paths));
}

Deno.test("Sensors reads temperatures of chips and zones", async (t) => {
  const cases: [string, Record<string, Files>, Record<string, number | null>][] = [
    ["a package for its cores", { "hwmon/hwmon1": CORETEMP }, { "coretemp Package id 0": 57 }],
    [
      "cores where no package is told",
      {
        "hwmon/hwmon0": {
          ...{ name: "coretemp", temp2_input: "45000", temp2_label: "Core 0" },
          ...{ temp3_input: "46000", temp3_label: "Core 1" },
        },
      },
      { "coretemp Core 0": 45, "coretemp Core 1": 46 },
    ],
    [
      "drives by what they are called",
      {
        "hwmon/hwmon2": {
          ...{ name: "nvme", "device/uevent": "MAJOR=238\nDEVNAME=nvme0" },
          ...{ temp1_input: "46850", temp1_label: "Composite" },
          ...{ temp2_input: "50850", temp2_label: "Sensor 1" },
        },
        "hwmon/hwmon11": {
          ...{ name: "drivetemp", "device/uevent": "DEVTYPE=scsi_device\nDRIVER=sd" },
          ...{ "device/block/sdb/uevent": "DEVNAME=sdb", temp1_input: "31000" },
        },
      },
      { "nvme0 Composite": 46.85, "sdb": 31 },
    ],
    [
      "two chips of one name, by number",
      {
        "hwmon/hwmon3": { name: "jc42", temp1_input: "40000" },
        "hwmon/hwmon7": { name: "jc42", temp1_input: "41000" },
      },
      { "jc42 hwmon3": 40, "jc42 hwmon7": 41 },
    ],
    [
      "readings without a label, by number",
      { "hwmon/hwmon0": { name: "lm75", temp1_input: "20000", temp2_input: "21500" } },
      { "lm75 temp1": 20, "lm75 temp2": 21.5 },
    ],
    [
      "an old driver's, beside its device",
      { "hwmon/hwmon0/device": { name: "applesmc", temp1_input: "33000", temp1_label: "TC0P" } },
      { "applesmc TC0P": 33 },
    ],
    [
      "a zone that no chip shows",
      {
        "hwmon/hwmon0": { name: "cpu_thermal", temp1_input: "48312" },
        "hwmon/hwmon1": CORETEMP,
        "thermal/thermal_zone0": { type: "cpu-thermal", temp: "48312" },
        "thermal/thermal_zone1": { type: "x86_pkg_temp", temp: "57000" },
        "thermal/thermal_zone2": { type: "pch_cannonlake", temp: "60000" },
        "thermal/thermal_zone3": { type: "iwlwifi_1" },
      },
      { "cpu_thermal": 48.312, "coretemp Package id 0": 57, "pch_cannonlake": 60 },
    ],
    [
      "below zero, and nothing of what no sensor can say",
      {
        "hwmon/hwmon0": {
          ...{ name: "nct6798", temp1_input: "-12000", temp2_input: "-128000" },
          ...{ temp3_input: "255500", temp4_input: "warm" },
        },
      },
      { "nct6798 temp1": -12 },
    ],
    [
      "a name from outside, made harmless",
      { "hwmon/hwmon0": { name: "x\x1b[2J", temp1_input: "1000" } },
      { "x\\x1b[2J": 1 },
    ],
    ["none", {}, {}],
  ];
  for (const [name, folders, expected] of cases) {
    await t.step(name, async () => {
      const { temps = [] } = await readAll(tree(folders)) ?? {};
      assertEquals(
        Object.fromEntries(temps.map(({ name, celsius }) => [name, celsius])),
        expected,
      );
    });
  }
});

Deno.test("Sensors lists the fans that have turned", async () => {
  const texts = tree({
    "hwmon/hwmon0": {
      ...{
        name: "nct6798",
        fan1_input: "1200",
        fan2_input: "0",
        fan2_label: "CPU",
        fan3_input: "0",
      },
    },
  });
  const sensors = new Sensors(readerOf(texts), "/sys");
  const read = async () => {
    const { fans = [] } = sensors.read(await readerOf(texts)(await sensors.paths(0)))!;
    return fans.map(({ name, rpm }) => `${name} ${rpm}`);
  };
  assertEquals(await read(), ["nct6798 fan1 1200"]);
  texts.set("/sys/class/hwmon/hwmon0/fan2_input", "900\n");
  assertEquals(await read(), ["nct6798 fan1 1200", "nct6798 CPU 900"]);
  texts.set("/sys/class/hwmon/hwmon0/fan1_input", "0\n");
  texts.delete("/sys/class/hwmon/hwmon0/fan2_input");
  assertEquals(await read(), ["nct6798 fan1 0", "nct6798 CPU null"]);
});

Deno.test("Sensors tells the charge of all batteries", async (t) => {
  const battery = (text: string) => ({ uevent: `POWER_SUPPLY_NAME=x\n${text}` });
  const full = (percent: number, energy: number) =>
    battery(`POWER_SUPPLY_ENERGY_FULL=${energy}\nPOWER_SUPPLY_CAPACITY=${percent}`);
  const cases: [string, Record<string, Files>, number | null | undefined][] = [
    ["none", {}, undefined],
    ["one", { "power_supply/BAT0": { uevent: `${BATTERY}81` } }, 81],
    ["of ARM", { "power_supply/axp20x-battery": { uevent: `${BATTERY}7` } }, 7],
    ["two by their sizes", {
      "power_supply/BAT0": full(100, 10_000_000),
      "power_supply/BAT1": full(20, 30_000_000),
    }, 40],
    ["two of which one tells no size", {
      "power_supply/BAT0": full(100, 10_000_000),
      "power_supply/BAT1": battery("POWER_SUPPLY_CAPACITY=20"),
    }, 60],
    ["one that says nothing", { "power_supply/BAT0": battery("POWER_SUPPLY_PRESENT=0") }, null],
    ["one that cannot be true", { "power_supply/BAT0": { uevent: `${BATTERY}255` } }, null],
  ];
  for (const [name, folders, expected] of cases) {
    await t.step(name, async () => assertEquals((await readAll(tree(folders)))?.battery, expected));
  }
});

Deno.test("Sensors says nothing of what a host does not have", async (t) => {
  const cases: [string, Record<string, Files>, string[] | undefined][] = [
    ["nothing", {}, undefined],
    ["a chip that tells nothing", { "hwmon/hwmon0": { name: "nvme" } }, undefined],
    ["temperatures alone", { "hwmon/hwmon0": CORETEMP }, ["temps"]],
    ["a fan that stands still", { "hwmon/hwmon0": { name: "x", fan1_input: "0" } }, []],
    ["a battery alone", { "power_supply/BAT1": { uevent: `${BATTERY}5` } }, ["battery"]],
  ];
  for (const [name, folders, expected] of cases) {
    await t.step(name, async () => {
      const metrics = await readAll(tree(folders));
      assertEquals(metrics && Object.keys(metrics), expected);
    });
  }
});

Deno.test("Sensors looks again each minute, in its own time", async () => {
  const texts = tree({ "hwmon/hwmon0": CORETEMP });
  let looks = 0;
  let looked = Promise.withResolvers<void>();
  const sensors = new Sensors(async (paths) => {
    const found = await readerOf(texts)(paths);
    if (paths.some((path) => path.endsWith("hwmon0/name"))) looks++;
    else setTimeout(() => looked.resolve());
    return found;
  }, "/sys");
  const [package0] = await sensors.paths(0);
  const more = tree({ "hwmon/hwmon1": { name: "k10temp", temp1_input: "9000" } });
  more.forEach((text, path) => texts.set(path, text));
  assertEquals([await sensors.paths(59_999), looks], [[package0!], 1]);
  looked = Promise.withResolvers();
  assertEquals(await sensors.paths(60_000), [package0!]);
  await looked.promise;
  assertEquals(await sensors.paths(60_001), [package0!, "/sys/class/hwmon/hwmon1/temp1_input"]);
  assertEquals(looks, 2);
});

Deno.test("Sensors keeps what it knew when it cannot look", async () => {
  const texts = tree({ "hwmon/hwmon0": CORETEMP });
  let fails = false;
  const sensors = new Sensors(
    (paths) => fails ? Promise.reject(new Error("no answer")) : readerOf(texts)(paths),
    "/sys",
  );
  const first = await sensors.paths(0);
  fails = true;
  await sensors.paths(60_000);
  await Promise.resolve();
  assert(first.length > 0 && await sensors.paths(60_001) === first);
});

Deno.test("Sensors tells sensors of one long name apart, within the limit of a message", async () => {
  const zone = { type: "z".repeat(70), temp: "40000" };
  const { temps = [] } = (await readAll(
    tree({ "thermal/thermal_zone0": zone, "thermal/thermal_zone1": zone }),
  ))!;
  assertEquals(new Set(temps.map(({ name }) => name)).size, 2);
  for (const { name } of temps) assertEquals(name.length, DEVICES.temperature.keyLength);
});
