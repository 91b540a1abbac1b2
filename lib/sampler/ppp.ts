/**
 * Which PPP links hardware carries already, as PPPoE and most VPNs do, and a serial modem does not. The
 * kernel does not say it of a link: it lists sessions and routes, from which it is made out. Pure.
 */

/** What is read of /proc/<pid>/net; `""` for what is not there. */
export interface PppTexts {
  readonly pppoe: string;
  readonly pppol2tp: string;
  readonly route: string;
}

/** More links than anybody has modems: those of the clients of a server. */
const MANY = 8;

/** The files that tell of a number of links: no routes for more than a few, as those may be a million then. */
export function pppFilesFor(links: number): readonly (keyof PppTexts)[] {
  return links === 0 ? [] : links > MANY ? ["pppoe", "pppol2tp"] : ["pppoe", "pppol2tp", "route"];
}

/** The links that are carried, and by what. */
export function carriedPpp(
  links: readonly string[],
  hardware: ReadonlySet<string>,
  texts: PppTexts,
): ReadonlyMap<string, string> {
  const sessions = sessionsOf(texts);
  // Which session has which link is not told: those first that are named after it.
  const isNamed = (name: string) => /pppoe|dsl/.test(name);
  const inOrder = [...links.filter(isNamed), ...links.filter((name) => !isNamed(name))];
  const routes = routesOf(texts.route);
  return new Map(inOrder.flatMap((name, place) => {
    const by = sessions[place] ??
      (links.length > MANY ? "hardware" : carrierByRoutes(name, routes, hardware));
    return by === undefined ? [] : [[name, by]];
  }));
}

/** One for each session: a line with its number, the address and the interface; or a line that begins with the word. */
function sessionsOf({ pppoe, pppol2tp }: PppTexts): readonly string[] {
  const overEthernet = pppoe.matchAll(/^[0-9a-f]+\s+[0-9a-f:]{17}\s+(\S+)/gim);
  const overIp = pppol2tp.matchAll(/^\s*SESSION\b/gm);
  return [
    ...Array.from(overEthernet, ([, on]) => `${on} (PPPoE)`),
    ...Array.from(overIp, () => "L2TP"),
  ];
}

interface Route {
  readonly on: string;
  readonly isDefault: boolean;
  /** Whether it leads to a single host, through a gateway. */
  readonly isToOne: boolean;
}

const THROUGH_GATEWAY = 2;
const ALL_ONES = "FFFFFFFF";
/** The whole of the network, or the two halves by which VPNs cover it; as the kernel writes them, little-endian. */
const DEFAULT_MASKS = ["00000000", "00000080"];

function routesOf(text: string): readonly Route[] {
  return text.split("\n").slice(1).map((line) => {
    const [on = "", destination, , flags = "", , , , mask = ""] = line.trim().split(/\s+/);
    const isThroughGateway = (parseInt(flags, 16) & THROUGH_GATEWAY) !== 0;
    return {
      on,
      isDefault: DEFAULT_MASKS.includes(mask) &&
        (destination === mask || destination === "00000000"),
      isToOne: mask === ALL_ONES && isThroughGateway,
    };
  });
}

/**
 * A VPN reaches its server through hardware: by a route of its own, as the default one leads into the
 * VPN, or by the default one, when only some networks are behind the VPN.
 */
function carrierByRoutes(
  name: string,
  routes: readonly Route[],
  hardware: ReadonlySet<string>,
): string | undefined {
  const others = routes.filter(({ on }) => hardware.has(on));
  const isDefault = routes.some((route) => route.on === name && route.isDefault);
  return (others.find(({ isToOne }) => isToOne) ??
    (isDefault ? undefined : others.find((route) => route.isDefault)))?.on;
}
