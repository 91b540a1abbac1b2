/**
 * Which network interfaces are real, by their names. Pure; a byte must not be counted twice, once
 * on a virtual interface and once on the one that carries it.
 */

/** Never real: traffic that does not leave the host, or one end of what another name counts. */
const VIRTUAL: readonly RegExp[] = [
  /^lo\d*$/, // loopback, on macOS with a number
  /^Loopback /, // Windows
  /^(veth|docker|br-|podman|lxcbr|lxdbr)/, // containers, and the bridges between them
  /^(cni|flannel|cali|cilium|lxc|kube-)/, // pods
  /^(virbr|vnet|fwbr|fwpr|fwln|vEthernet )/, // virtual machines
  /^(ifb|dummy|nlmon|teql)\d/, // traffic control and tests
  /^(tunl|gre|gretap|erspan|sit|ip6tnl|ip6gre|ip_vti|ip6_vti)0$/, // there as soon as a module is loaded
  /^(gif|stf|awdl|llw|anpi|ap)\d/, // macOS
];

/** Carried by another interface that is listed too; real where there is nothing else. */
const STACKED: readonly RegExp[] = [
  /^(bond|team|br|bridge|vmbr|ovs-system$)/, // count what their members count
  /^(vlan|macvlan|ipvlan|macvtap|vxlan|geneve)/, // ride on one interface
  /^(tun|tap|utun|wg|tailscale|zt|ppp|gre|sit|ipip|vti)/, // tunnels
];

/** Of all interface names those that are real, in their order. */
export function realInterfaces(names: readonly string[]): readonly string[] {
  const candidates = names.filter((name) => !VIRTUAL.some((rule) => rule.test(name)));
  const known = new Set(candidates);
  const real = candidates.filter((name) =>
    !STACKED.some((rule) => rule.test(name)) && !isOnTop(name, known)
  );
  return real.length > 0 ? real : candidates;
}

/** A VLAN such as `eth0.10` or an alias such as `eth0:1`, when its interface is listed. */
function isOnTop(name: string, known: ReadonlySet<string>): boolean {
  const parent = /^(.+)[.:]\d+$/.exec(name)?.[1];
  return parent !== undefined && known.has(parent);
}
