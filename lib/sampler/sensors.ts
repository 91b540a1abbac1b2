/**
 * Temperatures, fans and batteries from sysfs: which files tell them, and what they say. No directory can
 * be listed where Deno grants little, so chips and zones are looked for by number at the start and once a
 * minute, batteries by the names that drivers give them. How files are read is handed in.
 */
import { DEVICES } from "../catalogue.ts";
import type { GroupMetrics, Metric } from "../message/message.ts";
import type { FileReader } from "./files.ts";
import type { Texts } from "./sysfs.ts";
import { amountOf, deviceName } from "./sample.ts";

/** Temperatures, fans and batteries; absent is what a host does not have. */
export type SensorMetrics = GroupMetrics<"sensors">;

const MAX_NAME_LENGTH = DEVICES.temperature.keyLength;
const LOOK_MS = 60_000;
/** Servers with a drive in each of two dozen bays have more than thirty. */
const CHIPS = countTo(48, 0);
const ZONES = countTo(32, 0);
const TEMPERATURES = countTo(16, 1);
const FANS = countTo(8, 1);
const DRIVES = Array.from("abcdefghijklmnopqrstuvwxyz", (letter) => `sd${letter}`);
const BATTERIES = [
  ...["BAT0", "BAT1", "BAT2", "BAT3", "BATA", "BATB", "BATC", "BATT", "CMB0", "CMB1", "battery"],
  ...["macsmc-battery", "axp20x-battery", "qcom-battmgr-bat", "rk817-battery", "main-battery"],
];

/** What no sensor of a computer says unless it is broken, or nothing is connected to it. */
const COLDEST = -60;
const HOTTEST = 200;
/** Readings that one of their chip stands for: a core's beside its package's, a part's beside a drive's. */
const PART = /^(Core|Sensor) \d+$/;
/** Zones that a chip shows under another name. */
const OTHER_NAMES = new Map([["x86_pkg_temp", "coretemp"]]);

/** A file that tells one reading, and what that is called. */
interface Source {
  readonly path: string;
  readonly name: string;
}

interface Sources {
  readonly temperatures: readonly Source[];
  readonly fans: readonly Source[];
  readonly batteries: readonly string[];
  readonly paths: readonly string[];
}

/** Knows the sensors of a host. */
export class Sensors {
  readonly #readOnce: FileReader;
  readonly #sysfs: string;
  #sources: Sources = { temperatures: [], fans: [], batteries: [], paths: [] };
  #lookMs = -Infinity;
  /** The files that have said what is true of something: others are places where nothing is connected. */
  readonly #connected = new Set<string>();

  constructor(readOnce: FileReader, sysfs: string) {
    this.#readOnce = readOnce;
    this.#sysfs = sysfs;
  }

  /**
   * The files to read with each sample. Looks for them when it is asked first, and again once a minute,
   * then in its own time: the next sample has what was found.
   *
   * @param nowMs of a clock that never steps.
   */
  async paths(nowMs: number): Promise<readonly string[]> {
    if (nowMs >= this.#lookMs + LOOK_MS) {
      const isFirst = this.#lookMs === -Infinity;
      this.#lookMs = nowMs;
      // What was known before is better than nothing.
      const looking = this.#look().then((found) => this.#sources = found, () => {});
      if (isFirst) await looking;
    }
    return this.#sources.paths;
  }

  /**
   * What they say; one whose file could not be read just now is not known. `undefined` where there are none.
   *
   * @param texts `null` where nothing could be read.
   */
  read(texts: Texts | null): SensorMetrics | null | undefined {
    const { temperatures, fans, batteries, paths } = this.#sources;
    if (paths.length === 0) return undefined;
    if (texts === null) return null;
    const celsius = temperatures.map(({ path, name }) => (
      { path, name, celsius: celsiusOf(texts.get(path)) }
    )).filter(({ path, celsius }) => this.#isConnected(path, celsius !== null))
      .map(({ name, celsius }) => ({ name, celsius }));
    const turning = fans.map(({ path, name }) => (
      { path, name, rpm: amountOf(numberOf(texts.get(path))) }
    )).filter(({ path, rpm }) => this.#isConnected(path, rpm !== null && rpm > 0))
      .map(({ name, rpm }) => ({ name, rpm }));
    const charge = chargeOf(batteries.flatMap((path) => texts.get(path) ?? []));
    return {
      ...(celsius.length > 0 && { temps: celsius }),
      ...(turning.length > 0 && { fans: turning }),
      ...(batteries.length > 0 && { battery: charge }),
    };
  }

  #isConnected(path: string, isTrue: boolean): boolean {
    if (isTrue) this.#connected.add(path);
    return this.#connected.has(path);
  }

  async #look(): Promise<Sources> {
    const folder = `${this.#sysfs}/class`;
    const chips = CHIPS.flatMap((n) => [`hwmon${n}`, `hwmon${n}/device`])
      .map((chip) => `${folder}/hwmon/${chip}`);
    const zones = ZONES.map((n) => `${folder}/thermal/thermal_zone${n}`);
    const batteries = BATTERIES.map((name) => `${folder}/power_supply/${name}/uevent`);
    const names = await this.#readOnce([
      ...chips.map((chip) => `${chip}/name`),
      ...zones.flatMap((zone) => [`${zone}/type`, `${zone}/temp`]),
      ...batteries,
    ]);
    const found = chips.filter((chip) => names.has(`${chip}/name`));
    const more = await this.#readOnce(
      found.flatMap((chip) => chipFiles(chip, names.get(`${chip}/name`)!.trim())),
    );
    const texts = new Map([...names, ...more]);
    return sourcesOf(found, zones, batteries.filter((path) => texts.has(path)), texts);
  }
}

function countTo(count: number, first: number): readonly number[] {
  return Array.from({ length: count }, (_, place) => first + place);
}

/** What may tell more of a chip. */
function chipFiles(chip: string, name: string): readonly string[] {
  const drives = name === "drivetemp" ? DRIVES.map((drive) => driveFile(chip, drive)) : [];
  const inputs = [...TEMPERATURES.map((n) => `temp${n}`), ...FANS.map((n) => `fan${n}`)];
  const files = inputs.flatMap((input) => [`${input}_input`, `${input}_label`]);
  return [`${chip}/device/uevent`, ...drives, ...files.map((file) => `${chip}/${file}`)];
}

/** There where a chip is that of a drive. */
function driveFile(chip: string, drive: string): string {
  return `${chip}/device/block/${drive}/uevent`;
}

function sourcesOf(
  chips: readonly string[],
  zones: readonly string[],
  batteries: readonly string[],
  texts: Texts,
): Sources {
  const chipNames = chips.map((chip) => texts.get(`${chip}/name`)!.trim());
  const temperatures = distinct([
    ...chips.flatMap((chip) => withoutParts(inputsOf(chip, "temp", TEMPERATURES, texts))),
    ...zones.flatMap((zone) => zoneSource(zone, chipNames, texts)),
  ]);
  const fans = distinct(chips.flatMap((chip) => inputsOf(chip, "fan", FANS, texts)));
  const paths = [...[...temperatures, ...fans].map(({ path }) => path), ...batteries];
  return { temperatures, fans, batteries, paths };
}

interface Input extends Source {
  readonly label: string | undefined;
}

/** The readings of one kind of a chip that have a value. */
function inputsOf(
  chip: string,
  kind: string,
  numbers: readonly number[],
  texts: Texts,
): readonly Input[] {
  const present = numbers.filter((n) => texts.get(`${chip}/${kind}${n}_input`));
  const name = chipName(chip, texts);
  return present.map((n) => {
    const label = texts.get(`${chip}/${kind}${n}_label`)?.trim();
    const which = label ?? (present.length > 1 ? `${kind}${n}` : "");
    return { path: `${chip}/${kind}${n}_input`, name: `${name} ${which}`.trim(), label };
  });
}

/** What a chip belongs to, where it is told: `sda` and `nvme0` say more than `drivetemp` and `nvme`. */
function chipName(chip: string, texts: Texts): string {
  const drive = DRIVES.find((drive) => texts.has(driveFile(chip, drive)));
  const device = /^DEVNAME=(.+)$/m.exec(texts.get(`${chip}/device/uevent`) ?? "")?.[1];
  return drive ?? device ?? texts.get(`${chip}/name`)!.trim();
}

function withoutParts(inputs: readonly Input[]): readonly Input[] {
  const isPart = ({ label }: Input) => label !== undefined && PART.test(label);
  return inputs.every(isPart) ? inputs : inputs.filter((input) => !isPart(input));
}

/** A thermal zone, unless a chip shows it, too. */
function zoneSource(zone: string, chipNames: readonly string[], texts: Texts): readonly Source[] {
  const type = texts.get(`${zone}/type`)?.trim();
  if (!type || !texts.get(`${zone}/temp`)) return [];
  const chip = OTHER_NAMES.get(type) ?? type.replaceAll("-", "_");
  return chipNames.includes(chip) ? [] : [{ path: `${zone}/temp`, name: type }];
}

/** Of those with one name each has the number of its chip or zone behind it, as it stands in its path. */
function distinct(sources: readonly Source[]): readonly Source[] {
  const names = sources.map(({ name }) => name);
  return sources.map(({ path, name }) => {
    const isAlone = names.indexOf(name) === names.lastIndexOf(name);
    const folder = /(hwmon|thermal_zone)\d+/.exec(path)?.[0] ?? "";
    const shown = deviceName(name, MAX_NAME_LENGTH - folder.length - 1);
    return { path, name: isAlone ? shown : `${shown} ${folder}` };
  });
}

function celsiusOf(text: string | undefined): Metric {
  const celsius = numberOf(text) / 1_000;
  return celsius >= COLDEST && celsius <= HOTTEST ? celsius : null;
}

function numberOf(text = ""): number {
  return /^-?\d+\s*$/.test(text) ? Number(text) : NaN;
}

/** Charge of some batteries in percent: of what all of them hold where each tells that, else their mean. */
function chargeOf(uevents: readonly string[]): Metric {
  const batteries = uevents.map((text) => {
    const value = (name: string) =>
      numberOf(new RegExp(`^POWER_SUPPLY_${name}=(.*)$`, "m").exec(text)?.[1]);
    return { percent: value("CAPACITY"), full: value("ENERGY_FULL") };
  });
  return meanCharge(batteries);
}

/** The same of what each says of its charge and of what it holds, which need not be known. */
export function meanCharge(all: readonly { percent: number; full: number }[]): Metric {
  const batteries = all.filter(({ percent }) => percent >= 0 && percent <= 100);
  const isWeighed = batteries.every(({ full }) => full > 0);
  const weights = batteries.map(({ full }) => isWeighed ? full : 1);
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  const charge = batteries.reduce((sum, { percent }, at) => sum + percent * weights[at]!, 0);
  return whole > 0 ? charge / whole : null;
}
