/**
 * The hosts of the swarm: who they are, and the bytes of each message. To be cheap, a message is put
 * together from parts that are kept, and only what changes is written anew. Pure; it sends nothing
 * and never asks the time.
 */
import { encodeMessage } from "../lib/message/encode.ts";
import { otherGroups, otherNumbers } from "./swarm_numbers.ts";
import type { Random } from "./swarm_pace.ts";
import { FULL_CPU, LEVEL, nameOf, tagsOf, type Volume, Walk } from "./swarm_walk.ts";
import { type ByteWriter, partOf } from "./swarm_writer.ts";

const KIB = 2 ** 10;
const GIB = 2 ** 30;

/** What a host is made from. */
export interface HostSettings {
  /** From 0; it decides about the name, the role and the size. */
  readonly index: number;
  /** 22 characters of base64url each. */
  readonly id: string;
  readonly session: string;
  readonly intervalMs: number;
  /** How many cores it has; `null` for a number that its index decides. */
  readonly cores: number | null;
  /** Whether its messages leave out what the header of a sealed datagram says. */
  readonly sealed: boolean;
  /** Whether its volumes are nearly full, and stay so. */
  readonly full?: boolean;
  /** Whether it has tags. */
  readonly tagged?: boolean;
}

/** One host in one session. */
export class SwarmHost {
  readonly id: string;
  readonly session: string;
  readonly #walk: Walk;
  readonly #cpuParts: readonly Uint8Array[];
  readonly #isSealed: boolean;
  /** Up to the sequence number, and for a sealed message up to the time. */
  readonly #head: Uint8Array;
  readonly #parts: HostParts;
  readonly #isFull: boolean;
  /** Whether it has so many cores that there is no room for what not every system has. */
  readonly #isLean: boolean;
  #volumesPart: Uint8Array;
  #seq = 0;

  constructor(settings: HostSettings) {
    this.id = settings.id;
    this.session = settings.session;
    this.#walk = new Walk(settings.index, settings.cores);
    this.#isLean = this.#walk.coreCount > MAX_CORES_WITH_ALL;
    this.#cpuParts = cpuPartsOf(this.#walk.coreCount, this.#isLean);
    this.#isSealed = settings.sealed;
    this.#head = headOf(settings);
    this.#parts = partsOf(settings, this.#walk, this.#isLean);
    this.#isFull = settings.full ?? false;
    if (this.#isFull) {
      this.#walk.volumes.forEach((volume) => volume.used = Math.floor(volume.total * 0.97));
    }
    this.#volumesPart = partOfVolumes(this.#walk.volumes, this.#isLean);
  }

  /** The number of the message that it is at; 0 before the first. */
  get seq(): number {
    return this.#seq;
  }

  /** Goes on to the next message: an interval passes, and the metrics move. */
  step(random: Random): void {
    this.#seq++;
    if (this.#walk.step(random) && !this.#isFull) {
      this.#volumesPart = partOfVolumes(this.#walk.volumes, this.#isLean);
    }
  }

  /** Writes the message that it is at. @param timeMs wall clock, in milliseconds since 1970. */
  write(to: ByteWriter, timeMs: number): void {
    to.put(this.#head);
    if (!this.#isSealed) {
      to.putNumber(this.#seq);
      to.put(LABELS.time);
    }
    to.putNumber(timeMs);
    to.put(this.#parts.interval);
    const level = Math.floor(this.#walk.cpu * CPU_LEVELS / (FULL_CPU + 1));
    to.put(this.#cpuParts[level * CPU_VARIANTS + this.#seq % CPU_VARIANTS]!);
    this.#writeMemory(to);
    this.#writeDisk(to);
    this.#writeNetwork(to);
    to.put(ENDS[Number(this.#isLean)]![level]!);
  }

  #writeMemory(to: ByteWriter): void {
    const available = this.#walk.memoryKib - this.#walk.usedKib;
    to.put(this.#parts.memory);
    to.putNumber(this.#walk.usedKib * KIB);
    to.put(LABELS.free);
    to.putNumber(Math.floor(available / 3) * KIB);
    to.put(LABELS.available);
    to.putNumber(available * KIB);
    to.put(this.#parts.swap);
  }

  #writeDisk(to: ByteWriter): void {
    to.put(LABELS.read);
    to.putNumber(this.#walk.level * 977 & 0x3f_ffff);
    to.put(LABELS.write);
    to.putNumber(this.#walk.level * 3_571);
    to.put(this.#volumesPart);
  }

  #writeNetwork(to: ByteWriter): void {
    const [received, sent] = this.#walk.role.traffic;
    const rx = Math.floor(received * this.#walk.level / LEVEL);
    const tx = Math.floor(sent * this.#walk.level / LEVEL);
    const { interfaces } = this.#parts;
    for (let n = 0; n < interfaces.length; n++) {
      to.put(interfaces[n]!);
      // Each further interface has a small share of the first one's traffic.
      to.putNumber(rx >> n * 5);
      to.put(LABELS.tx);
      to.putNumber(tx >> n * 6);
      to.put(LABELS.rxLost);
      to.putNumber(n === 0 ? this.#walk.lost : 0);
      to.put(this.#parts.interfaceEnd);
    }
  }
}

/** What stands between the numbers of every message. */
const LABELS = {
  time: partOf(',"time":'),
  free: partOf(',"free":'),
  available: partOf(',"available":'),
  read: partOf(',"disk":{"read":'),
  write: partOf(',"write":'),
  tx: partOf(',"tx":'),
  rxLost: partOf(',"rxLost":'),
};

function headOf({ index, id, session, sealed }: HostSettings): Uint8Array {
  const host = nameOf(index);
  if (sealed) return partOf(`{"v":1,"host":"${host}","time":`);
  return partOf(`{"v":1,"id":"${id}","host":"${host}","session":"${session}","seq":`);
}

/** What stands in every message of hosts that are built alike. */
interface HostParts {
  readonly interval: Uint8Array;
  readonly memory: Uint8Array;
  readonly swap: Uint8Array;
  /** Each up to its first number. */
  readonly interfaces: readonly Uint8Array[];
  readonly interfaceEnd: Uint8Array;
}

function partsOf(
  { index, intervalMs, tagged = false }: HostSettings,
  walk: Walk,
  isLean: boolean,
): HostParts {
  const tags = tagged ? `,"tags":${JSON.stringify(tagsOf(index))}` : "";
  const swapTotal = index % 3 === 0 ? 2 * GIB : 0;
  // Without swap, nothing is swapped.
  const others = otherNumbers("memory", isLean, swapTotal > 0 ? undefined : 0);
  return {
    interval: sharedPart(`,"interval":${intervalMs}${tags},"cpu":`),
    memory: sharedPart(`,"memory":{"total":${walk.memoryKib * KIB},"used":`),
    swap: sharedPart(
      `,"swapTotal":${swapTotal},"swapUsed":${swapTotal / 16}${others}}`,
    ),
    interfaceEnd: sharedPart(`,"txLost":0${otherNumbers("interface", isLean)}}`),
    interfaces: walk.role.interfaces.map((name, n) =>
      sharedPart(`${n === 0 ? "" : ","}{"name":"${name}","rx":`)
    ),
  };
}

const sharedParts = new Map<string, Uint8Array>();

/** A part that many hosts have: kept once, it stays in the processor's cache. */
function sharedPart(text: string): Uint8Array {
  const part = sharedParts.get(text) ?? partOf(text);
  sharedParts.set(text, part);
  return part;
}

function partOfVolumes(volumes: readonly Volume[], isLean: boolean): Uint8Array {
  const texts = volumes.map(({ mount, total, used }) => {
    const free = Math.floor((total - used) * 0.95);
    return `{"mount":"${mount}","total":${total},"used":${used},"free":${free}${
      otherNumbers("volume", isLean)
    }}`;
  });
  return partOf(
    `,"volumes":[${texts.join(",")}]${otherNumbers("disk", isLean)}},"network":{"interfaces":[`,
  );
}

const CPU_LEVELS = 100;
/** A host of more is lean. */
const MAX_CORES_WITH_ALL = 16;
/** What every message ends with, at each level; then the same of lean ones. */
const ENDS = [false, true].map((isLean) =>
  Array.from(
    { length: CPU_LEVELS },
    (_, level) =>
      partOf(`]${otherNumbers("network", isLean, level)}}${otherGroups(isLean, level)}}`),
  )
);
/** Parts for each level, so that a steady host's cores are not always the same. */
const CPU_VARIANTS = 4;
const cpuParts = new Map<number, readonly Uint8Array[]>();
const decoder = new TextDecoder();

/** The `cpu` of a message at every level, for a number of cores; made once. */
function cpuPartsOf(cores: number, isLean: boolean): readonly Uint8Array[] {
  let parts = cpuParts.get(cores);
  if (parts === undefined) {
    parts = Array.from(
      { length: CPU_LEVELS * CPU_VARIANTS },
      (_, n) => cpuPartOf(n, cores, isLean),
    );
    cpuParts.set(cores, parts);
  }
  return parts;
}

function cpuPartOf(n: number, coreCount: number, isLean: boolean): Uint8Array {
  const level = Math.floor(n / CPU_VARIANTS);
  const cores = Array.from({ length: coreCount }, (_, core) => {
    const spread = ((core * 7 + n * 13) * 2_654_435_761 >>> 8) % 401 / 10 - 20;
    return Math.max(0, Math.min(100, level + spread * Math.min(level, 100 - level) / 25));
  });
  const mean = cores.reduce((sum, core) => sum + core, 0) / coreCount;
  const others = JSON.parse(`{${otherNumbers("cpu", isLean, Math.round(mean)).slice(1)}}`);
  const cpu = { mean, cores, iowait: level % 8 / 4, steal: 0, ...others };
  const bytes = encodeMessage({ v: 1, host: "x", cpu });
  return partOf(JSON.stringify(JSON.parse(decoder.decode(bytes)).cpu));
}
