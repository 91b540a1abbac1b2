import { assertEquals } from "@std/assert";
import { counted } from "../../lib/sampler/decision.ts";
import type { Platform } from "../../lib/sampler/interface_names.ts";
import { judgeInterfaces, NO_KNOWLEDGE } from "../../lib/sampler/interfaces.ts";

const byNames = (names: readonly string[], platform: Platform = "linux") =>
  counted(judgeInterfaces(names, NO_KNOWLEDGE, platform));

/** Hosts as they call their interfaces; those that count come first, before the bar. */
const HOSTS: Readonly<Record<string, string>> = {
  "a server": "eno1 eno2 | lo",
  "one with a kernel of before": "eth0 eth1 | lo sit0 tunl0 gre0 gretap0 erspan0 ip6tnl0",
  "systemd's names": "enp3s0 enp3s0f0np0 ens192 enx001122334455 ena1 enc600 enX0 end0 env2 | lo",
  "systemd's other names": "wlp2s0 wlo1 wlx001122334455 wwp0s20f0u3i12 ibp65s0 ibs2 | lo",
  "Azure": "eth0 | lo enP35596s1",
  "a card in another PCI domain": "enP2p1s0 enP40000s1 | lo",
  "biosdevname": "em1 p1p1 p1p1_0 | lo",
  "a laptop": "wlan0 usb0 wwan0 bnep0 | lo virbr0 virbr0-nic vnet3 docker0 tun0 wg0",
  "bonds and VLANs": "eno1 eno2 | lo bond0 bond0.100 team0 eno1.10 eno1:1 eno1.101-fcoe vlan10",
  "VLANs with names": "eno1 | lo storage mgmt",
  "Docker": "ens3 | lo docker0 docker_gwbridge br-0a1b2c3d4e5f veth12ab34c vethwe-bridge",
  "podman": "ens3 | lo podman0 cni-podman0 veth0 veth1",
  "Kubernetes": "ens5 | lo cni0 flannel.1 cali1234567890a kube-ipvs0 nodelocaldns tunl0 veth1a",
  "Cilium": "ens5 | lo cilium_host cilium_net cilium_vxlan lxc1a2b3c4d5e6f lxc_health",
  "Calico": "eth0 | lo vxlan.calico wireguard.cali calif00",
  "AWS's pods": "ens5 ens6 | lo eni0123456789a pod-id-link0",
  "Azure's and Google's pods": "eth0 | lo azvabc123 gkeabc123 cbr0",
  "OpenShift": "ens3 | lo ovs-system br-int br-ex br-tun ovn-k8s-mp0 genev_sys_6081 vxlan_sys_4789",
  "OpenStack": "eno1 | lo qbr1a qvo1a qvb1a tap0123abcd-12 qr-1a qg-1a brq1a",
  "Proxmox": "nic0 eno1 | lo vmbr0 vmbr0v10 tap100i0 veth100i0 fwbr100i0 fwpr100p0 fwln100i0",
  "libvirt": "enp1s0 | lo virbr0 br0 macvtap0 vnet0",
  "LXD and Incus": "eth0 | lo lxdbr0 incusbr0 lxcbr0 vethabc",
  "Xen": "eth0 | lo xenbr0 xapi0 vif1.0 tap1.0",
  "Xen of before": "peth0 | lo eth0 vif0.0 xenbr0",
  "systemd-nspawn": "end0 | lo ve-web vb-web vz-zone",
  "VMware and VirtualBox": "enp0s25 | lo vmnet1 vmnet8 vboxnet0",
  "VPNs": "wlp2s0 | lo tun0 tap0 utun3 wg-mullvad tailscale0 zt5u4y6ejv wt0 nordlynx proton0",
  "more VPNs": "wlp2s0 | lo CloudflareWARP cscotun0 gpd0 tunsnx vpn0 ham0 nebula1 ipsec0 vti1 ppp0",
  "tunnels": "eth0 | lo gre1 sit1 he-ipv6 6in4-henet ip6tnl1 ipip1 l2tp-1 vxlan42 geneve1",
  "OpenWrt with a switch": "eth0 phy0-ap0 wlan0-1 | lo lan1 lan2 wan br-lan pppoe-wan ifb4eth0",
  "OpenWrt without": "eth0 eth1 wlan0 | lo br-lan eth0.1 eth0.2 teql0",
  "UniFi": "eth0 eth4 | lo br0 eth4.10 switch0 switch0.1 ifb0 dummy0 honeypot0 wgsrv1 tunovpnc1",
  "Synology": "eth0 eth1 | lo ovs_eth0 ovs_bond0 bond0 sit0 tun1000 docker0",
  "QNAP": "eth0 eth1 | lo qvs0 bond0 lxcbr0 docker0",
  "IPFire": "blue0 green0 red0 | lo tun0 imq0",
  "a radio twice": "ap0 wlan0 | lo mon0 wlan0mon",
  "drivers' names":
    "bge0 em0 igb1 ix0 re0 vmx0 vtnet0 | lo0 pflog0 pfsync0 enc0 usbus0 gif0 ovpns1",
  "WSL": "eth0 | lo bond0 dummy0 tunl0 sit0",
  "OpenVZ": "venet0 | lo",
  "a container": "eth0 | lo tunl0 ip6tnl0",
  "a container without root": "tap0 | lo",
  "a bond alone": "bond0 | lo bond0.100",
  "an alias alone": "eth0:1 eth1.10 | lo",
  "nothing but what is virtual": "| lo docker0 veth1a dummy0",
  "a loopback": "| lo",
};

Deno.test("judgeInterfaces() goes by names where nothing else is known", async (t) => {
  for (const [host, line] of Object.entries(HOSTS)) {
    const [counting, others] = line.split("|").map((part) =>
      part.trim().split(" ").filter(Boolean)
    );
    await t.step(host, () => {
      assertEquals(byNames([...others!, ...counting!]), counting!);
    });
  }
});

Deno.test("judgeInterfaces() knows the names of macOS", () => {
  const others =
    "lo0 utun3 ipsec0 feth0 vmenet0 bridge0 bridge100 bond0 vlan0 ap1 awdl0 llw0 anpi1 " +
    "gif0 stf0 ppp0 p2p0 vmnet8 vboxnet0 pktap0";
  assertEquals(byNames([...others.split(" "), "en0", "en5", "fw0"], "darwin"), [
    "en0",
    "en5",
    "fw0",
  ]);
});

Deno.test("judgeInterfaces() knows the names of Windows", () => {
  const others = [
    ...["Loopback Pseudo-Interface 1", "vEthernet (WSL)", "vEthernet (Default Switch)"],
    ...["VMware Network Adapter VMnet8", "VirtualBox Host-Only Network", "Hyper-V Virtual Switch"],
    ...["Tailscale", "OpenVPN TAP-Windows6", "OpenVPN Data Channel Offload", "ZeroTier One [17d7]"],
    ...["Local Area Connection* 1", "WireGuard Tunnel", "Teredo Tunneling Pseudo-Interface"],
    ...["NordLynx", "CloudflareWARP", "Npcap Loopback Adapter", "Cisco AnyConnect Secure Mobility"],
  ];
  const hardware = [
    ...["Ethernet", "Ethernet 2", "Wi-Fi", "Bluetooth Network Connection", "LAN-Verbindung"],
    ...["Ethernet 2.5G", "以太网", "Local Area Connection"],
  ];
  assertEquals(byNames([...others, ...hardware], "windows"), hardware);
});
