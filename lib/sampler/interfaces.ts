/**
 * Which network interfaces count for the traffic of this host, by what the kernel tells of each: a
 * byte must not be counted twice, on an interface and on one that carries it. Pure.
 */
import type { Decision } from "./decision.ts";
import {
  goesNowhere,
  type InterfaceFacts,
  isGuestsEnd,
  isHardware,
  isInfiniband,
  isLine,
  isLoopback,
  isMonitor,
  isTunnel,
} from "./sysfs.ts";
import { type Finding, judgeName, type Platform, type Standing } from "./interface_names.ts";

/** What is known of the interfaces of a host. */
export interface InterfaceKnowledge {
  /** By name; without those of which sysfs tells nothing. */
  readonly facts: ReadonlyMap<string, InterfaceFacts>;
  /** Those of which the kernel tells what they are on, and what that is. */
  readonly carriers: ReadonlyMap<string, string>;
  /** PPP links that another interface carries, and which, or by what. */
  readonly carriedPpp: ReadonlyMap<string, string>;
}

/** Nothing known. */
export const NO_KNOWLEDGE: InterfaceKnowledge = {
  facts: new Map(),
  carriers: new Map(),
  carriedPpp: new Map(),
};

/** Those that count where nothing is hardware: the first of these kinds that there is. */
const ELSE: readonly Standing[] = [
  "link",
  "bundle",
  "stacked",
  "host end",
  "line",
  "tunnel",
  "bridge",
];

/** Decides of every interface, in the order of the names. */
export function judgeInterfaces(
  names: readonly string[],
  knowledge: InterfaceKnowledge = NO_KNOWLEDGE,
  platform: Platform = "linux",
): readonly Decision[] {
  const host = new Host(names, knowledge, platform);
  const findings = names.map((name) => ({ name, ...host.judge(name) }));
  const has = (standing: Standing) => findings.some((finding) => finding.standing === standing);
  const hasHardware = has("hardware");
  const counting: readonly Standing[] = hasHardware
    ? ["hardware", "line"]
    : ELSE.filter(has).slice(0, 1);
  return findings.map(({ name, standing, reason }) => {
    const counts = counting.includes(standing);
    return {
      name,
      counts,
      reason: counts && !hasHardware ? `${reason}; no interface is hardware` : reason,
    };
  });
}

const never = (reason: string): Finding => ({ standing: "never", reason });

/** The interfaces of one host. */
class Host {
  readonly #names: ReadonlySet<string>;
  readonly #knowledge: InterfaceKnowledge;
  readonly #platform: Platform;
  readonly #byIndex: ReadonlyMap<number, string>;
  readonly #masters: ReadonlySet<number | null>;

  constructor(names: readonly string[], knowledge: InterfaceKnowledge, platform: Platform) {
    this.#names = new Set(names);
    this.#knowledge = knowledge;
    this.#platform = platform;
    this.#byIndex = new Map(
      [...knowledge.facts].flatMap(([name, { index }]) => index === null ? [] : [[index, name]]),
    );
    this.#masters = new Set([...knowledge.facts.values()].map(({ master }) => master));
  }

  judge(name: string): Finding {
    const facts = this.#knowledge.facts.get(name);
    if (facts !== undefined) {
      return isHardware(facts) ? this.#judgeHardware(name, facts) : this.#judgeVirtual(name, facts);
    }
    const { standing, reason } = this.#byName(name);
    return {
      standing: standing === "host end" ? "never" : standing,
      reason: `${reason}, by its name`,
    };
  }

  #byName(name: string): Finding {
    return judgeName(name, this.#names, this.#platform);
  }

  #judgeHardware(name: string, facts: InterfaceFacts): Finding {
    const { kind, device } = facts;
    const carrier = this.#carrierOf(name, facts);
    const master = this.#named(facts.master);
    if (isMonitor(facts)) return never("listens to what others receive");
    if (isGuestsEnd(facts)) {
      return never("host's end of a guest's link");
    }
    if (master && isHardware(this.#facts(master)!)) return never(`${master} counts its traffic`);
    // A partition of InfiniBand is the one thing on other hardware that has counters of its own.
    if (carrier && !isInfiniband(facts)) {
      return never(
        kind === "dsa" ? `port of the switch behind ${carrier}` : `on top of ${carrier}`,
      );
    }
    return { standing: "hardware", reason: describeHardware(device) };
  }

  #judgeVirtual(name: string, facts: InterfaceFacts): Finding {
    const { kind, index } = facts;
    if (isLoopback(facts)) return never("loopback");
    if (kind === "bridge") return this.#judgeBridge(name);
    if (isLine(name, facts)) return this.#judgeLine(name, facts);
    if (isTunnel(facts)) return { standing: "tunnel", reason: `tunnel${kind && ` (${kind})`}` };
    const carrier = this.#carrierOf(name, facts);
    if (carrier) return never(kind === "" ? `on top of ${carrier}` : `${kind} on ${carrier}`);
    if (this.#isPair(name, facts)) return never("one end of a link within this host");
    if (index !== null && this.#masters.has(index)) {
      return { standing: "bundle", reason: "its members count" };
    }
    if (goesNowhere(facts)) return never("carries nothing out of the host");
    return this.#judgeLink(name, facts);
  }

  /** The bridges of containers are told by their names: nothing else tells them from one with an uplink. */
  #judgeBridge(name: string): Finding {
    const { standing } = this.#byName(name);
    return { standing: standing === "never" ? "never" : "bridge", reason: "bridge" };
  }

  #judgeLine(name: string, { kind }: InterfaceFacts): Finding {
    const by = this.#knowledge.carriedPpp.get(name);
    if (by !== undefined) return { standing: "tunnel", reason: `carried by ${by}` };
    const modem = kind === "wwan"
      ? [...this.#knowledge.facts].find(([, other]) =>
        other.kind === "wwan" && other.device !== null
      )
      : undefined;
    if (modem !== undefined) return never(`on top of ${modem[0]}`);
    return { standing: "line", reason: "line that no hardware interface carries" };
  }

  /** What is no hardware and nothing special: a container's own link, or the host's end of one. */
  #judgeLink(name: string, facts: InterfaceFacts): Finding {
    const byName = this.#byName(name);
    const master = this.#named(facts.master);
    const isMember = master !== undefined && this.#facts(master)?.kind === "bridge";
    if (isMember && this.#judgeBridge(master).standing === "never") {
      return never(`host's end of a link, in the bridge ${master}`);
    }
    if (byName.standing === "hardware") return { standing: "link", reason: "virtual link" };
    if (byName.standing !== "link") return byName;
    return {
      standing: isMember ? "host end" : "link",
      reason: isMember ? `virtual link in the bridge ${master}` : "virtual link",
    };
  }

  /** What an interface is on, by the kernel's word or, for kinds that are always on another, by index. */
  #carrierOf(name: string, { kind, link, index }: InterfaceFacts): string | undefined {
    const told = this.#knowledge.carriers.get(name);
    if (told !== undefined || link === index) return told;
    const other = this.#named(link);
    const isOnTop = kind !== "" || this.#byName(name).standing === "stacked";
    return isOnTop && other !== undefined && !isLoopback(this.#facts(other)!) ? other : undefined;
  }

  /** Whether both ends of its link are here. An index means nothing where the other end is elsewhere. */
  #isPair(name: string, { link, index }: InterfaceFacts): boolean {
    const other = this.#named(link);
    if (other === undefined || link === index) return false;
    const isMutual = this.#facts(other)!.link === index;
    return isMutual && this.#knowledge.carriers.get(other) !== name;
  }

  #named(index: number | null): string | undefined {
    return index === null ? undefined : this.#byIndex.get(index);
  }

  #facts(name: string): InterfaceFacts | undefined {
    return this.#knowledge.facts.get(name);
  }
}

function describeHardware(device: string | null): string {
  const driver = /^DRIVER=(.+)$/m.exec(device ?? "")?.[1];
  return driver === undefined ? "hardware" : `hardware (${driver})`;
}
