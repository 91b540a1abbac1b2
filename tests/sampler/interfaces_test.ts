import { assertEquals } from "@std/assert";
import { realInterfaces } from "../../lib/sampler/interfaces.ts";

Deno.test("realInterfaces() keeps the real ones", async (t) => {
  const real = [
    "eth0 eth1 eno1 enp3s0 enp3s0f0np0 ens192 enx001122334455 wlan0 wlp2s0 wwan0 usb0 ib0",
    "venet0 end0 em1 p1p1",
    "en0 en1",
    "Ethernet Wi-Fi",
  ];
  for (const names of real) {
    await t.step(names, () => assertEquals(realInterfaces(names.split(" ")), names.split(" ")));
  }
});

Deno.test("realInterfaces() leaves out what is virtual or carried by another", async (t) => {
  const others = [
    ["lo", "lo0", "Loopback Pseudo-Interface 1"],
    ["veth12ab34c", "vethwe-bridge", "docker0", "docker_gwbridge", "br-0a1b2c3d4e5f", "podman0"],
    ["cni0", "flannel.1", "cali1234567890a", "cilium_host", "kube-ipvs0", "lxcbr0"],
    ["virbr0", "virbr0-nic", "vnet3", "fwbr100i0", "vEthernet (WSL)"],
    ["ifb0", "dummy0", "tunl0", "sit0", "ip6tnl0", "gre0", "gretap0", "erspan0"],
    ["bond0", "team0", "br0", "vmbr0", "ovs-system", "vlan10", "macvtap0", "vxlan42"],
    ["tun0", "tap0", "wg0", "tailscale0", "ppp0", "utun3"],
    ["eth0.10", "eth0:1"],
  ];
  for (const names of others) {
    await t.step(
      names.join(", "),
      () => assertEquals(realInterfaces([...names, "eth0"]), ["eth0"]),
    );
  }
});

Deno.test("realInterfaces() takes what there is where nothing is real", async (t) => {
  const cases: [string[], string[]][] = [
    [["lo", "tap0"], ["tap0"]],
    [["lo", "bond0"], ["bond0"]],
    [["lo", "eth0.10"], ["eth0.10"]],
    [["lo"], []],
  ];
  for (const [names, expected] of cases) {
    await t.step(names.join(", "), () => assertEquals(realInterfaces(names), expected));
  }
});
