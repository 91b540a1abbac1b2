/**
 * What the kernel tells of one network interface, and what follows from that for it alone. Pure.
 */

/** What sysfs tells of one interface; `null` and `""` for what it does not. */
export interface InterfaceFacts {
  readonly index: number | null;
  /** Of what it is on, or of the other end of its link; its own where there is none, 0 for some tunnels. */
  readonly link: number | null;
  readonly master: number | null;
  /** `DEVTYPE`: bridge, vlan, wlan, dsa, ppp … */
  readonly kind: string;
  /** ARPHRD_*, in linux/if_arp.h. */
  readonly type: number | null;
  /** IFF_*, in linux/if.h. */
  readonly flags: number;
  readonly isTun: boolean;
  /** What the kernel tells of the hardware behind it. */
  readonly device: string | null;
  /** Its port of a device or switch. */
  readonly port: string;
}

const TYPE = {
  ethernet: 1,
  infiniband: 32,
  slip: [256, 257, 258, 260],
  ppp: 512,
  tunnels: [768, 769, 776, 778, 823, 65_534],
  loopback: 772,
  monitors: [801, 802, 803],
};
const NO_ARP = 0x80;
const TUNNEL_KINDS =
  /^(vxlan|geneve|wireguard|gtp|bareudp|l2tpeth|amt|pfcp|ip6?gre|gretap|openvpn|ovpn)$/;
/** Guests' ports of a device that is a switch, and of its own processors. */
const GUEST_PORT = /^(c\d+)?pf\d+(vf|sf)\d+$|^pf\d+hpf$/;
/** DSL modems on a board, of which no hardware is told. */
const DSL = /^(dsl|ptm|nas|adsl|vdsl|atm)\d+$/;

/** Whether it is hardware; a radio is, whatever is told of it. */
export function isHardware({ device, kind }: InterfaceFacts): boolean {
  return device !== null || kind === "wlan";
}

/** Whether it is a PPP link. */
export function isPpp({ device, kind, type }: InterfaceFacts): boolean {
  return device === null && (kind === "ppp" || type === TYPE.ppp);
}

/** Whether it is a line of a modem, of which the kernel does not say what carries it. */
export function isLine(name: string, { kind, type }: InterfaceFacts): boolean {
  return kind === "ppp" || kind === "wwan" || type === TYPE.ppp ||
    TYPE.slip.includes(type ?? 0) || DSL.test(name);
}

/** Whether it is a tunnel. Those that are bound to no interface have no link, and not their own. */
export function isTunnel({ isTun, kind, type, link, index }: InterfaceFacts): boolean {
  return isTun || TUNNEL_KINDS.test(kind) || TYPE.tunnels.includes(type ?? 0) ||
    (link === 0 && index !== 0);
}

/** Whether it is the host's end of a guest's link: a port of a switch, or what Xen's first domain has. */
export function isGuestsEnd({ device, port }: InterfaceFacts): boolean {
  return GUEST_PORT.test(port) ||
    /^(MODALIAS=xen-backend:|XENBUS_BASE_PATH=backend$)/m.test(device ?? "");
}

/** Whether it shows what other interfaces of its radio receive. */
export function isMonitor({ type }: InterfaceFacts): boolean {
  return TYPE.monitors.includes(type ?? 0);
}

/** Whether it is InfiniBand. */
export function isInfiniband({ type }: InterfaceFacts): boolean {
  return type === TYPE.infiniband;
}

/** Whether it is the loopback. */
export function isLoopback({ type }: InterfaceFacts): boolean {
  return type === TYPE.loopback;
}

/** Whether it is an Ethernet that asks nobody for addresses and is on nothing, as dummies are. */
export function goesNowhere({ type, flags, link, index }: InterfaceFacts): boolean {
  return type === TYPE.ethernet && (flags & NO_ARP) !== 0 && link === index;
}
