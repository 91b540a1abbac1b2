/**
 * What the name of a network interface tells, where the kernel cannot be asked. Pure; an unknown name
 * is taken for hardware, unless an interface with a known name of hardware is there.
 */

/**
 * How an interface stands to the traffic of its host. Hardware counts, and lines that none carries;
 * where nothing is hardware, the first of the other kinds that there is.
 */
export type Standing =
  | "hardware"
  | "line"
  /** The link of a container, or one of which nothing is known. */
  | "link"
  /** Counts what its members count. */
  | "bundle"
  | "stacked"
  /** The end of a link whose other end is a container's or a guest's. */
  | "host end"
  | "tunnel"
  | "bridge"
  | "never";

/** What was found out of one interface. */
export interface Finding {
  readonly standing: Standing;
  readonly reason: string;
}

/** The systems that name interfaces in ways of their own. */
export type Platform = "linux" | "darwin" | "windows";

type Rule = readonly [RegExp, Standing, string];

const LINUX: readonly Rule[] = [
  [/^lo\d*$/, "never", "loopback"],
  [
    /^(dummy|ifb|imq|nlmon|teql|vcan|vxcan|vsockmon|mon|hwsim|pflog|pfsync|usbus|plip)\d|^(kube-ipvs|kube-dummy|nodelocaldns|ifb4)|^(enc0|w\w+mon)$/,
    "never",
    "carries nothing out of the host",
  ],
  [
    /^(tunl|gre|gretap|erspan|sit|ip6tnl|ip6gre|ip6erspan|ip_vti|ip6_vti)0$/,
    "never",
    "there as soon as its module is loaded",
  ],
  [
    /^(docker|podman|cni|cbr|virbr|lxcbr|lxdbr|incusbr|mpqemubr|xenbr|vboxnet|vmnet|kube-bridge|weave$|datapath$|hassio|qbr|natbr)|^br-[0-9a-f]{12}$/,
    "never",
    "bridge between containers or guests",
  ],
  [
    /^(flannel|cilium|antrea|genev_sys|vxlan[_-]|ovn|ovs-|br-(int|ex|tun)$)/,
    "never",
    "between nodes or pods",
  ],
  [
    /^(veth|cali[0-9a-f]|lxc|azv|gke[0-9a-f]|vnet\d|vif\d|fwln|fwpr|macvtap|ve-|vb-|vz-|qvo|qvb|qr-|qg-|nk\d|epair\d)|^eni[0-9a-f]{8,}$|^tap(\d+i\d|[0-9a-f]{8}-)/,
    "host end",
    "host's end of a container's or guest's link",
  ],
  [
    /^(tun|tap|utun|wg|ppp|pptp|l2tp|sstp|zt|wireguard|vpn|ovpn|ipsec|xfrm|vxlan|geneve|vti|tailscale|nordlynx|proton|pvpn|mullvad|CloudflareWARP|cscotun|gpd|fctvpn|nebula|ygg|outline)|^(gre|gretap|erspan|sit|ipip|ip6tnl|ip6gre|ham|wt)[-_\d]|^(6in4|6rd|6to4|he-)/,
    "tunnel",
    "tunnel",
  ],
  [/^(bond|team|lagg|trunk|nm-bond|nm-team|ovs_bond)/, "bundle", "bundle of other interfaces"],
  [/^(vlan|macvlan|ipvlan|macsec)/, "stacked", "on top of another interface"],
  [/^(br([-_.\d]|idge|lan|wan|q)|vmbr|xapi|ovs_|qvs|switch\d|bat\d|nm-bridge)/, "bridge", "bridge"],
  // systemd's names by board, slot, path and address; those of the kernel, of drivers and of makers.
  [/^(en|ib|sl|wl|ww)([abcdosuvxX]\w|[pP]\d)\w*$/, "hardware", "hardware"],
  [
    /^(eth|en|em|wlan|wifi|wl|ath|ra|rai|rax|apcli|mlan|uap|ap|ib|usb|rndis|wwan|rmnet|bnep|can|venet|peth|nic|swp|seth|ccmni)\d+([-_]\d+)?$|^(p\d+p\d+|phy\d+-)/,
    "hardware",
    "hardware",
  ],
  // Other systems name hardware after its driver.
  [
    /^(bge|bce|bnxt?|bxe|igb|igc|ix|ixl|ixv|ice|re|rl|fxp|vr|msk|sk|alc|age|axe|cxg?be?|cxl|mce|mlxen|vmx|vtnet|xn|hn|ena|iwm|iwn|iwlwifi|ral|rum|run|urtwn|cdce|ue|ure|gem|genet|mvneta|nfe|oce)\d+$/,
    "hardware",
    "hardware",
  ],
];

const DARWIN: readonly Rule[] = [
  [/^(en|fw)\d+$/, "hardware", "hardware"],
  [/^lo\d*$/, "never", "loopback"],
  [/^(utun|ipsec|ppp|tun|tap|gif|stf|wg|zt)\d/, "tunnel", "tunnel"],
  [/^(bridge|bond|vlan)\d/, "bundle", "counts what others count"],
  [
    /^(vmenet|vmnet|vboxnet|vnic|feth|ap|awdl|llw|anpi|p2p|pktap|iptap|rvi|XHC)\d/,
    "never",
    "virtual",
  ],
];

const WINDOWS: readonly Rule[] = [
  [/loopback/i, "never", "loopback"],
  [
    /^vEthernet|hyper-v|vmware|vmnet|virtualbox|vbox|host-only|npcap|kernel debug|wi-?fi direct|miniport|\(WSL\b|\* \d+$/i,
    "never",
    "virtual",
  ],
  [
    /tailscale|openvpn|tap-windows|tap-|wintun|wireguard|zerotier|\bvpn|vpn\b|nordlynx|hamachi|anyconnect|pangp|globalprotect|forti|sonicwall|cloudflare|warp|proton|mullvad|windscribe|teredo|isatap|6to4|tunnel/i,
    "tunnel",
    "tunnel",
  ],
  [/^/, "hardware", "hardware"],
];

const RULES: Readonly<Record<Platform, readonly Rule[]>> = {
  linux: LINUX,
  darwin: DARWIN,
  windows: WINDOWS,
};

/** What a name tells, among all names of its host. */
export function judgeName(
  name: string,
  all: ReadonlySet<string>,
  platform: Platform = "linux",
): Finding {
  const carrier = platform === "windows" ? null : carrierOf(name, all);
  if (carrier !== null) return { standing: "never", reason: `on top of ${carrier}` };
  const rule = RULES[platform].find(([pattern]) => pattern.test(name));
  if (rule === undefined) return { standing: "link", reason: "unknown" };
  return { standing: rule[1], reason: rule[2] };
}

/**
 * What a VLAN such as `eth0.10` or an alias such as `eth0:1` is on, when that is listed. Old Xen puts
 * `eth0` on `peth0`, and Hyper-V a card in a PCI domain of a high number below one that counts for it.
 */
function carrierOf(name: string, all: ReadonlySet<string>): string | null {
  for (let end = name.length - 1; end > 0; end--) {
    const isEnd = name[end] === "." || name[end] === ":";
    if (isEnd && all.has(name.slice(0, end))) return name.slice(0, end);
  }
  if (/^eth\d+$/.test(name) && all.has(`p${name}`)) return `p${name}`;
  return /^enP\d{4,}s\d/.test(name)
    ? [...all].find((other) => /^eth\d+$/.test(other)) ?? null
    : null;
}
