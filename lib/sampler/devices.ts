/**
 * Decides which interfaces and disks count: asks the kernel at the start, when other names are there
 * than before, and once a minute, as that takes as long as a sample. How files are read is handed in.
 */
import { counted, type Decision, type NamePattern, override } from "./decision.ts";
import { type DiskFacts, isNeverDisk, judgeDisks } from "./disks.ts";
import type { FileReader } from "./files.ts";
import { judgeName } from "./interface_names.ts";
import {
  diskFacts,
  diskFiles,
  type InterfaceFacts,
  interfaceFacts,
  interfaceFile,
  interfaceFiles,
  isHardware,
  isPpp,
  linkFile,
  speedOf,
  type Texts,
} from "./sysfs.ts";
import { type InterfaceKnowledge, judgeInterfaces, NO_KNOWLEDGE } from "./interfaces.ts";
import { carriedPpp, pppFilesFor } from "./ppp.ts";

/** Where devices are asked for. */
export interface DevicePaths {
  readonly sysfs: string;
  /** The folder `net` of a process that sees this host's network. */
  readonly procNet: string;
}

/** What the user wants to be counted. */
export interface DeviceChoice {
  readonly interfaces: readonly NamePattern[];
  readonly disks: readonly NamePattern[];
}

/** All by the rules. */
export const NO_CHOICE: DeviceChoice = { interfaces: [], disks: [] };

/** What was decided. */
export interface Decisions {
  readonly interfaces: readonly Decision[];
  readonly disks: readonly Decision[];
  readonly countedInterfaces: readonly string[];
  readonly countedDisks: readonly string[];
  /** What hardware can carry each way, in megabits per second, where that is known. */
  readonly speeds: ReadonlyMap<string, number>;
  /** The files that tell the states of the links of interfaces that count, each with its interface. */
  readonly linkFiles: ReadonlyMap<string, string>;
}

const LOOK_MS = 60_000;

/** Knows which devices count. */
export class Devices {
  readonly #readOnce: FileReader;
  readonly #paths: DevicePaths;
  readonly #choice: DeviceChoice;
  #interfaces: readonly string[] = [];
  #disks: readonly string[] = [];
  #links: ReadonlyMap<string, string> = new Map();
  #lookMs = -Infinity;
  #decisions: Decisions | null = null;

  constructor(
    readOnce: FileReader,
    paths: DevicePaths,
    choice: DeviceChoice = NO_CHOICE,
  ) {
    this.#readOnce = readOnce;
    this.#paths = paths;
    this.#choice = choice;
  }

  /**
   * What counts of the interfaces and disks that are there now; `null` where those are not known.
   *
   * @param nowMs of a clock that never steps.
   * @param links states of links by interface; one that changes may have another speed now.
   */
  decide(
    interfaces: readonly string[] | null,
    disks: readonly string[] | null,
    nowMs: number,
    links: ReadonlyMap<string, string> = new Map(),
  ): Decisions | Promise<Decisions> {
    const isSame = isSameList(interfaces, this.#interfaces) && isSameList(disks, this.#disks);
    const isLinkNew = [...links].some(([name, state]) =>
      (this.#links.get(name) ?? state) !== state
    );
    this.#links = links;
    if (isSame && !isLinkNew && this.#decisions !== null && nowMs < this.#lookMs + LOOK_MS) {
      return this.#decisions;
    }
    this.#lookMs = nowMs;
    this.#interfaces = interfaces ?? this.#interfaces;
    this.#disks = disks ?? this.#disks;
    return this.#decideAnew(isSame);
  }

  async #decideAnew(isSame: boolean): Promise<Decisions> {
    const found = await this.#look(this.#interfaces, this.#disks).catch(() => null);
    // What was known before is better than names, which are all that is left.
    return isSame && found === null && this.#decisions !== null
      ? this.#decisions
      : this.#decisions = this.#decideBy(this.#interfaces, this.#disks, found);
  }

  #decideBy(
    interfaces: readonly string[],
    disks: readonly string[],
    found: Found | null,
  ): Decisions {
    const ofInterfaces = override(
      judgeInterfaces(interfaces, found?.interfaces ?? NO_KNOWLEDGE),
      this.#choice.interfaces,
    );
    const ofDisks = override(judgeDisks(disks, found?.disks), this.#choice.disks);
    const countedInterfaces = counted(ofInterfaces);
    return {
      interfaces: ofInterfaces,
      disks: ofDisks,
      countedInterfaces,
      countedDisks: counted(ofDisks),
      speeds: found?.speeds ?? new Map(),
      linkFiles: new Map(countedInterfaces.flatMap((name) => {
        const file = linkFile(this.#paths.sysfs, name);
        return file === null ? [] : [[file, name] as const];
      })),
    };
  }

  async #look(interfaces: readonly string[], disks: readonly string[]): Promise<Found> {
    const { sysfs } = this.#paths;
    const all = new Set(interfaces);
    const mayBeHardware = (name: string) =>
      ["hardware", "link"].includes(judgeName(name, all).standing);
    const asked = disks.filter((name) => !isNeverDisk(name));
    const texts = await this.#readOnce([
      ...interfaces.flatMap((name) => interfaceFiles(sysfs, name, mayBeHardware(name))),
      ...asked.flatMap((name) => diskFiles(sysfs, name)),
    ]);
    const facts = factsOf(interfaces, (name) => interfaceFacts(sysfs, name, texts));
    return {
      interfaces: await this.#learnMore(facts),
      disks: factsOf(asked, (name) => diskFacts(sysfs, name, texts)),
      speeds: factsOf(interfaces, (name) => speedOf(sysfs, name, texts)),
    };
  }

  /** Asks for what only some hosts need to know. */
  async #learnMore(facts: ReadonlyMap<string, InterfaceFacts>): Promise<InterfaceKnowledge> {
    const { sysfs, procNet } = this.#paths;
    const hardware = new Set(
      [...facts].filter(([, fact]) => isHardware(fact)).map(([name]) => name),
    );
    const links = [...facts].filter(([, fact]) => isPpp(fact)).map(([name]) => name);
    // Where nothing is hardware, it matters which of two virtual interfaces is on the other.
    const pairs = hardware.size > 0 ? [] : pointers(facts);
    const lower = ([name, other]: readonly [string, string]) =>
      interfaceFile(sysfs, name, `lower_${other}/ifindex`);
    const pppFiles = pppFilesFor(links.length).map((file) => `${procNet}/${file}`);
    const paths = [...pairs.map(lower), ...pppFiles];
    const texts: Texts = paths.length > 0 ? await this.#readOnce(paths) : new Map();
    const [pppoe = "", pppol2tp = "", route = ""] = pppFiles.map((path) => texts.get(path));
    return {
      facts,
      carriers: new Map(pairs.filter((pair) => texts.has(lower(pair)))),
      carriedPpp: carriedPpp(links, hardware, { pppoe, pppol2tp, route }),
    };
  }
}

/** The names of what was read; `null` where nothing was. */
export function namesOf(reading: ReadonlyMap<string, unknown> | null): readonly string[] | null {
  return reading && [...reading.keys()];
}

/** The states of links, by interface, in the texts of their files. */
export function linksIn(texts: Texts, { linkFiles }: Decisions): ReadonlyMap<string, string> {
  return new Map([...linkFiles].flatMap(([file, name]) => {
    const state = texts.get(file)?.trim();
    return state ? [[name, state] as const] : [];
  }));
}

/** Whether a list says what another does; one that is not known says nothing else. */
export function isSameList(names: readonly string[] | null, known: readonly string[]): boolean {
  if (names === null) return true;
  if (names.length !== known.length) return false;
  // Asked for each sample; a call for each name would take several times as long.
  for (let place = 0; place < names.length; place++) {
    if (names[place] !== known[place]) return false;
  }
  return true;
}

interface Found {
  readonly interfaces: InterfaceKnowledge;
  readonly disks: ReadonlyMap<string, DiskFacts>;
  readonly speeds: ReadonlyMap<string, number>;
}

function factsOf<T>(names: readonly string[], find: (name: string) => T | null): Map<string, T> {
  return new Map(names.flatMap((name) => {
    const fact = find(name);
    return fact === null ? [] : [[name, fact] as const];
  }));
}

/** Which interface points at which other by an index, that of what it is on or of an end elsewhere. */
function pointers(
  facts: ReadonlyMap<string, InterfaceFacts>,
): readonly (readonly [string, string])[] {
  return [...facts].flatMap(([name, { link, index }]) => {
    const other = [...facts].find(([, fact]) =>
      link !== null && link !== index && fact.index === link
    );
    return other === undefined ? [] : [[name, other[0]] as const];
  });
}
