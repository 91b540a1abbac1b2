/**
 * How the metrics of one host of the swarm move: walks that keep coming back to what is usual for
 * its role, bursts of work and of traffic, and disks that fill until somebody cleans up. Pure.
 */
import type { Random } from "./swarm_pace.ts";

/** What a kind of host is like: the levels that its metrics keep coming back to, and its devices. */
export interface Role {
  readonly name: string;
  readonly cpuPercent: number;
  readonly memoryPercent: number;
  /** Bytes per second on the first interface, received and sent. */
  readonly traffic: readonly [received: number, sent: number];
  readonly mounts: readonly string[];
  readonly interfaces: readonly string[];
}

const ROLES: readonly Role[] = [
  {
    ...{ name: "web", cpuPercent: 28, memoryPercent: 42, traffic: [900_000, 6_500_000] },
    ...{ mounts: ["/"], interfaces: ["eth0"] },
  },
  {
    ...{ name: "db", cpuPercent: 45, memoryPercent: 78, traffic: [2_400_000, 3_800_000] },
    ...{ mounts: ["/", "/var/lib/postgresql"], interfaces: ["eth0", "eth1"] },
  },
  {
    ...{ name: "cache", cpuPercent: 11, memoryPercent: 71, traffic: [7_200_000, 7_900_000] },
    ...{ mounts: ["/"], interfaces: ["eth0"] },
  },
  {
    ...{ name: "worker", cpuPercent: 66, memoryPercent: 55, traffic: [450_000, 300_000] },
    ...{ mounts: ["/", "/scratch"], interfaces: ["ens5"] },
  },
  {
    ...{ name: "api", cpuPercent: 34, memoryPercent: 47, traffic: [1_300_000, 2_100_000] },
    ...{ mounts: ["/"], interfaces: ["eth0", "eth1"] },
  },
  {
    ...{ name: "backup", cpuPercent: 6, memoryPercent: 24, traffic: [5_600_000, 150_000] },
    ...{ mounts: ["/", "/srv/backup"], interfaces: ["bond0"] },
  },
];
const CORE_COUNTS = [2, 4, 8, 4, 16, 2, 8, 32, 4, 64, 8];
const GIB_OF_CORE = [2, 4, 4, 8];
const KIB_OF_GIB = 2 ** 20;
const GIB = 2 ** 30;
/** Walks go in whole numbers: CPU in tenths of a percent, traffic in parts of the role's level. */
export const FULL_CPU = 1_000;
export const LEVEL = 256;
const BURST_LEVEL = 12 * LEVEL;
/** Of 256 steps, so many begin a burst of traffic, and as many one of work. */
const BURSTS = 2;
/** One step in so many is one of the volumes: disks fill slowly. */
const VOLUME_PERIOD = 16;
const FULL_SHARE = 0.93;
const CLEANED_SHARE = 0.4;

/** One volume, in bytes. */
export interface Volume {
  readonly mount: string;
  readonly total: number;
  used: number;
}

/** The name of a host: `web-01`, `db-07`; no two have the same. */
export function nameOf(index: number): string {
  const number = Math.floor(index / ROLES.length) + 1;
  return `${roleOf(index).name}-${String(number).padStart(2, "0")}`;
}

const SITES = ["ams", "fra", "nyc"];

/** What is said of a host: its role, and one of three sites that each have hosts of every role. */
export function tagsOf(index: number): Readonly<Record<string, string>> {
  const site = SITES[Math.floor(index / ROLES.length) % SITES.length]!;
  return { role: roleOf(index).name, site };
}

function roleOf(index: number): Role {
  return ROLES[index % ROLES.length]!;
}

/** The metrics of one host. */
export class Walk {
  readonly role: Role;
  readonly coreCount: number;
  readonly memoryKib: number;
  readonly volumes: readonly Volume[];
  /** 0 to `FULL_CPU`. */
  cpu: number;
  usedKib: number;
  /** Traffic; `LEVEL` is the role's own. */
  level = LEVEL;
  /** Packets lost on the first interface. */
  lost = 0;
  #untilVolumes: number;
  /** The share of memory that it comes back to: some 15 points around what its role has. */
  readonly #usualShare: number;

  /** @param index of the host, from 0. @param cores how many it has; `null` for what suits its index. */
  constructor(index: number, cores: number | null) {
    this.role = roleOf(index);
    this.coreCount = cores ?? CORE_COUNTS[index % CORE_COUNTS.length]!;
    this.memoryKib = this.coreCount * GIB_OF_CORE[index % GIB_OF_CORE.length]! * KIB_OF_GIB;
    this.volumes = this.role.mounts.map((mount, n) => volumeOf(mount, n, index));
    this.cpu = this.role.cpuPercent * 10;
    this.#usualShare = (this.role.memoryPercent + index * 37 % 31 - 15) / 100;
    this.usedKib = Math.floor(this.memoryKib * this.#usualShare);
    // Not all hosts write their volumes at the same time.
    this.#untilVolumes = 1 + index % VOLUME_PERIOD;
  }

  /** Everything moves by one interval; returns whether the volumes did. */
  step(random: Random): boolean {
    const chance = random();
    this.#stepCpu(chance & 0xff, chance >>> 8 & 0xff);
    this.#stepTraffic(chance >>> 16 & 0xff, chance >>> 24);
    this.#stepMemory(chance >>> 4 & 0xff);
    if (--this.#untilVolumes > 0) return false;
    this.#untilVolumes = VOLUME_PERIOD;
    for (const volume of this.volumes) fill(volume, chance >>> 12 & 0xff);
    return true;
  }

  #stepCpu(noise: number, luck: number): void {
    const pull = (this.role.cpuPercent * 10 - this.cpu) >> 3;
    const next = luck < BURSTS ? 900 + (noise >> 2) : this.cpu + pull + (noise >> 1) - 63;
    this.cpu = Math.max(5, Math.min(FULL_CPU, next));
  }

  #stepTraffic(noise: number, luck: number): void {
    const next = luck < BURSTS
      ? BURST_LEVEL + (noise << 3)
      : this.level + ((LEVEL - this.level) >> 3) + (noise >> 2) - 31;
    this.level = Math.max(8, next);
    if (luck === 255) this.lost += noise & 3;
  }

  #stepMemory(noise: number): void {
    const pull = (this.#usualShare - this.usedKib / this.memoryKib) * 512;
    const used = this.usedKib + Math.floor(this.memoryKib / 65_536 * (noise - 127.5 + pull));
    this.usedKib = Math.max(0, Math.min(this.memoryKib, used));
  }
}

function volumeOf(mount: string, number: number, index: number): Volume {
  const total = (number === 0 ? 60 : 900) * GIB;
  return { mount, total, used: Math.floor(total * (20 + index * 37 % 70) / 100) };
}

function fill(volume: Volume, noise: number): void {
  const used = volume.used + volume.total / 2 ** 20 * noise;
  const isFull = used > volume.total * FULL_SHARE;
  volume.used = Math.floor(isFull ? volume.total * CLEANED_SHARE : used);
}
