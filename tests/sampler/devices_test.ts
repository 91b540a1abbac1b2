import { assertEquals } from "@std/assert";
import { readPatterns } from "../../lib/sampler/decision.ts";
import { Devices } from "../../lib/sampler/devices.ts";
import { diskTree, type InterfaceTree, interfaceTree, readerOf } from "./sys_tree.ts";

const PATHS = { sysfs: "/sys", procNet: "/proc/self/net" };

type Host = Readonly<Record<string, InterfaceTree>>;

const TAP = { files: { tun_flags: "0x1002\n" } };
const TUN = { type: 65_534, files: { tun_flags: "0x1001\n" } };
const VETH = 40;
const lo: InterfaceTree = {};
const eth0: InterfaceTree = { device: true };

/** Hosts, and which of their interfaces count. */
const HOSTS: Readonly<Record<string, readonly [Host, readonly string[]]>> = {
  "a card": [{ lo, eth0 }, ["eth0"]],
  "Azure: a card in the hands of another": [
    { lo, eth0, enP35596s1: { device: true, master: "eth0" } },
    ["eth0"],
  ],
  "net_failover: two cards in the hands of a third": [
    {
      lo,
      ens3: { device: true },
      ens3nsby: { device: true, master: "ens3" },
      ens4: { device: true, master: "ens3" },
    },
    ["ens3"],
  ],
  "names that say something else": [
    { lo, green0: { device: true }, docker7: { device: true }, "wg.1": { device: true } },
    ["green0", "docker7", "wg.1"],
  ],
  "VLANs with names": [
    { lo, eno1: { device: true }, mgmt: { kind: "vlan", link: "eno1" } },
    ["eno1"],
  ],
  "a bond with VLANs": [
    {
      lo,
      up0: { device: true, master: "fast" },
      up1: { device: true, master: "fast" },
      fast: { kind: "bond" },
      dmz: { kind: "vlan", link: "fast" },
    },
    ["up0", "up1"],
  ],
  "a team": [
    {
      lo,
      p0: { device: true, master: "t" },
      p1: { device: true, master: "t" },
      t: { kind: "team" },
    },
    ["p0", "p1"],
  ],
  "a router with DSA": [
    {
      lo,
      eth0,
      lan1: { kind: "dsa", device: true, link: "eth0", master: "br-lan" },
      wan: { kind: "dsa", device: true, link: "eth0" },
      "br-lan": { kind: "bridge" },
      "wan.7": { kind: "vlan", link: "wan" },
    },
    ["eth0"],
  ],
  "a switch port whose conduit is elsewhere": [
    { lo, lan1: { kind: "dsa", device: true, link: 77 } },
    ["lan1"],
  ],
  "InfiniBand with a partition": [
    {
      lo,
      ib0: { device: true, type: 32 },
      "ib0.8001": { device: true, type: 32, link: "ib0", kind: "ib" },
    },
    ["ib0", "ib0.8001"],
  ],
  "guests' ports of a card that is a switch": [
    {
      lo,
      eth0: { device: true, files: { phys_port_name: "p0\n" } },
      eth1: { device: true, files: { phys_port_name: "pf0vf3\n" } },
      eth2: { device: true, files: { phys_port_name: "c1pf0sf88\n" } },
    },
    ["eth0"],
  ],
  "Xen's first domain": [
    {
      lo,
      eth0,
      "vif1.0": { device: "DRIVER=vif\nXENBUS_TYPE=vif\nXENBUS_BASE_PATH=backend\n", master: "x" },
      "vif2.0": { device: "MODALIAS=xen-backend:vif\n", master: "x" },
      x: { kind: "bridge" },
    },
    ["eth0"],
  ],
  "Xen's guest": [
    { lo, eth0: { device: "DRIVER=vif\nMODALIAS=xen:vif\nXENBUS_BASE_PATH=device\n" } },
    ["eth0"],
  ],
  "a radio, a second one on it, and one that listens": [
    {
      lo,
      wlan0: { device: true, kind: "wlan" },
      ap0: { device: true, kind: "wlan" },
      sniff: { device: true, kind: "wlan", type: 803 },
    },
    ["wlan0", "ap0"],
  ],
  "Docker": [
    { lo, eth0, docker0: { kind: "bridge" }, veth1a: { link: VETH, master: "docker0" } },
    ["eth0"],
  ],
  "bridges and host-only networks": [
    { lo, eth0, hassio: { kind: "bridge" }, vmnet8: {}, vboxnet0: {}, "ve-web": { link: VETH } },
    ["eth0"],
  ],
  "Kubernetes without a bridge": [
    {
      lo,
      eth0,
      cali1a: { link: VETH },
      lxc1a: { link: VETH, kind: "netkit" },
      pod: { link: VETH },
    },
    ["eth0"],
  ],
  "overlays": [
    {
      lo,
      eth0,
      "flannel.1": { kind: "vxlan" },
      gen: { kind: "geneve" },
      tunl0: { type: 768, link: 0 },
      he: { type: 776, link: 0 },
    },
    ["eth0"],
  ],
  "VPNs": [
    { lo, eth0, wt0: { kind: "wireguard", type: 65_534 }, cscotun0: TUN, corp: TAP },
    ["eth0"],
  ],
  "macvlan, ipvlan and a dummy": [
    {
      lo,
      eth0,
      m: { link: "eth0" },
      i: { kind: "ipvlan", link: "eth0" },
      d: { files: { flags: "0x82\n" } },
    },
    ["eth0"],
  ],
  "a mobile modem": [
    { lo, eth0, wwan0: { kind: "wwan", device: true }, mux: { kind: "wwan" } },
    ["eth0", "wwan0"],
  ],
  "a mobile modem of which no hardware is told": [
    { lo, eth0, wwan0: { kind: "wwan" } },
    ["eth0", "wwan0"],
  ],
  "a serial modem": [
    { lo, eth0, ppp0: { kind: "ppp", type: 512 } },
    ["eth0", "ppp0"],
  ],
  "nothing but a serial modem and a VPN through it": [
    { lo, ppp0: { kind: "ppp", type: 512 }, tun0: TUN },
    ["ppp0"],
  ],
  "SLIP": [{ lo, eth0, sl0: { type: 256 } }, ["eth0", "sl0"]],
  "DSL without a card": [{ lo, eth0, dsl0: {}, "dsl0.7": { kind: "vlan", link: "dsl0" } }, [
    "eth0",
    "dsl0",
  ]],
  "a container": [{ lo, eth0: { link: VETH }, tunl0: { type: 768, link: 0 } }, ["eth0"]],
  "a container with containers in it": [
    {
      lo,
      eth0: { link: VETH },
      docker0: { kind: "bridge" },
      veth1a: { link: 41, master: "docker0" },
      calib2: { link: 42 },
    },
    ["eth0"],
  ],
  "a container with two links, and a VPN": [
    {
      lo,
      eth0: { link: VETH },
      net1: { kind: "macvlan", link: VETH + 1 },
      wg0: { kind: "wireguard" },
    },
    ["eth0", "net1"],
  ],
  "a container with a VLAN on its link": [
    { lo, eth0: { link: VETH }, data: { kind: "vlan", link: "eth0" } },
    ["eth0"],
  ],
  "a container that was given a bond and its VLAN": [
    { lo, bond0: { kind: "bond" }, "bond0.100": { kind: "vlan", link: "bond0" } },
    ["bond0"],
  ],
  "a container without root": [{ lo, tap0: TAP }, ["tap0"]],
  "a container without root, with containers in it": [
    { lo, tap0: TAP, docker0: { kind: "bridge" }, veth1a: { link: VETH, master: "docker0" } },
    ["tap0"],
  ],
  "OpenVZ": [{ lo, venet0: { type: 65_535 } }, ["venet0"]],
  "a namespace with a link in a bridge": [
    {
      lo,
      veth0: { link: VETH, master: "br0" },
      br0: { kind: "bridge" },
      tun0: TUN,
      vx: { kind: "vxlan" },
    },
    ["veth0"],
  ],
  "a namespace with guests in a bridge": [
    {
      lo,
      up0: { link: VETH },
      a: { link: 41, master: "br0" },
      b: { link: 42, master: "br0" },
      br0: { kind: "bridge" },
    },
    ["up0"],
  ],
  "a namespace with a macvlan": [
    { lo, up0: { link: VETH }, mv0: { link: "up0", on: "up0" } },
    ["up0"],
  ],
  "the same, where an index of elsewhere is that of the macvlan": [
    { lo, up0: { link: "mv0" }, mv0: { link: "up0", on: "up0" } },
    ["up0"],
  ],
  "a link whose index of elsewhere is that of another thing": [
    { lo, up0: { link: "vx" }, vx: { kind: "vxlan" } },
    ["up0"],
  ],
  "a link within the host beside one that leaves it": [
    { lo, up0: { link: VETH }, a: { link: "b" }, b: { link: "a" } },
    ["up0"],
  ],
  "a VRF": [{ lo, up0: { link: VETH, master: "blue" }, blue: { files: { flags: "0x4c1\n" } } }, [
    "up0",
  ]],
  "nothing that leaves the host": [
    { lo, docker0: { kind: "bridge" }, veth1a: { link: VETH, master: "docker0" } },
    [],
  ],
};

const interfacesOf = async (host: Host, files: readonly (readonly [string, string])[] = []) => {
  const readOnce = readerOf(new Map([...interfaceTree(host), ...files]));
  const devices = new Devices(readOnce, PATHS);
  return await devices.decide(Object.keys(host), [], 0);
};

Deno.test("Devices.decide() judges interfaces by what the kernel tells", async (t) => {
  for (const [name, [host, expected]] of Object.entries(HOSTS)) {
    await t.step(name, async () => {
      const { countedInterfaces, interfaces } = await interfacesOf(host);
      assertEquals(countedInterfaces, expected, JSON.stringify(interfaces, null, 1));
    });
  }
});

Deno.test("Devices.decide() finds out what carries PPP", async (t) => {
  const ppp = { kind: "ppp", type: 512 };
  const routes = (...lines: string[]) =>
    ["Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT", ...lines]
      .join("\n") + "\n";
  const route = (on: string, destination: string, mask: string, flags = "0003") =>
    `${on}\t${destination}\t010200C0\t${flags}\t0\t0\t100\t${mask}\t0\t0\t0`;
  const ALL = "00000000";
  const SESSION = "00000001   02:00:00:00:00:01   eth0\n";
  const pppoe = `Id       Address              Device\n${SESSION}`;
  const cases: [string, Host, Record<string, string>, string[]][] = [
    ["PPPoE", { lo, eth0, ppp0: ppp }, { pppoe }, []],
    ["no PPPoE now", { lo, eth0, ppp0: ppp }, { pppoe: pppoe.replace(SESSION, "") }, ["ppp0"]],
    ["PPPoE and a modem", { lo, eth0, ppp0: ppp, "pppoe-wan": ppp }, { pppoe }, ["ppp0"]],
    ["L2TP", { lo, eth0, ppp0: ppp }, { pppol2tp: "TUNNEL '', 1\n  SESSION '' 1/1 -> 2/2\n" }, []],
    [
      "a modem as the way out",
      { lo, eth0, ppp0: ppp },
      { route: routes(route("ppp0", ALL, ALL)) },
      [
        "ppp0",
      ],
    ],
    ["a modem beside a cable", { lo, eth0, ppp0: ppp }, {
      route: routes(route("eth0", ALL, ALL), route("ppp0", ALL, ALL)),
    }, ["ppp0"]],
    ["a VPN for all", { lo, eth0, ppp0: ppp }, {
      route: routes(route("ppp0", ALL, ALL), route("eth0", "070200C0", "FFFFFFFF", "0007")),
    }, []],
    ["a VPN for two halves", { lo, eth0, ppp0: ppp }, {
      route: routes(
        route("eth0", ALL, ALL),
        route("ppp0", ALL, "00000080"),
        route("ppp0", "00000080", "00000080"),
        route("eth0", "070200C0", "FFFFFFFF", "0007"),
      ),
    }, []],
    ["a VPN for some networks", { lo, eth0, ppp0: ppp }, {
      route: routes(route("eth0", ALL, ALL), route("ppp0", "0000000A", "000000FF", "0001")),
    }, []],
    [
      "many clients",
      { lo, eth0, ...Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`ppp${n}`, ppp])) },
      {},
      [],
    ],
  ];
  for (const [name, host, files, expected] of cases) {
    await t.step(name, async () => {
      const paths = Object.entries(files).map(([file, text]) =>
        [`${PATHS.procNet}/${file}`, text] as const
      );
      const { countedInterfaces } = await interfacesOf(host, paths);
      assertEquals(countedInterfaces, ["eth0", ...expected]);
    });
  }
});

Deno.test("Devices.decide() knows what hardware can carry, and no guest's", async () => {
  const speed = (megabits: string, driver = "igb") => ({
    device: `DRIVER=${driver}\n`,
    files: { speed: `${megabits}\n` },
  });
  const { speeds } = await interfacesOf({
    eth0: speed("1000"),
    eth1: speed("-1"),
    eth2: speed("10000", "vmxnet3"),
    eth3: { device: true },
    tap0: { files: { speed: "10\n", tun_flags: "0x1002\n" } },
  });
  assertEquals(speeds, new Map([["eth0", 1_000]]));
});

Deno.test("Devices.decide() asks at the start, for other names, and once a minute", async () => {
  let looks = 0;
  const devices = new Devices(
    () => {
      looks++;
      return Promise.resolve(new Map());
    },
    PATHS,
  );
  const asks = async (ms: number, interfaces: string[] | null, disks: string[] | null) => {
    const before = looks;
    await devices.decide(interfaces, disks, ms);
    return looks - before;
  };
  assertEquals(await asks(0, ["lo", "eth0"], ["sda"]), 1);
  assertEquals(await asks(59_999, ["lo", "eth0"], ["sda"]), 0);
  assertEquals(await asks(59_999, null, null), 0);
  assertEquals(await asks(60_000, ["lo", "eth0"], ["sda"]), 1);
  assertEquals(await asks(60_001, ["lo", "eth0", "usb0"], ["sda"]), 1);
  assertEquals(await asks(60_001, ["lo", "eth0", "usb0"], ["sda", "sdb"]), 1);
  assertEquals(await asks(120_000, ["lo", "eth0", "usb0"], ["sda", "sdb"]), 0);
  assertEquals(await asks(120_000, ["lo", "eth1", "usb0"], ["sda", "sdb"]), 1);
  assertEquals(await asks(120_000, ["lo", "eth1", "usb0"], ["sda"]), 1);
});

Deno.test("Devices.decide() keeps what it knew while sysfs gives no answer", async () => {
  let nowMs = 0;
  let works = true;
  const host: Host = { lo, green0: { device: true }, mgmt: {} };
  const read = readerOf(interfaceTree(host));
  const devices = new Devices(
    (paths) => works ? read(paths) : Promise.reject(new Error("no answer")),
    PATHS,
  );
  const names = Object.keys(host);
  assertEquals((await devices.decide(names, [], nowMs)).countedInterfaces, ["green0"]);
  works = false;
  nowMs = 60_000;
  assertEquals((await devices.decide(names, [], nowMs)).countedInterfaces, ["green0"]);
  // Of other names nothing is known but the names.
  assertEquals((await devices.decide([...names, "x"], [], nowMs)).countedInterfaces, [
    "green0",
    "mgmt",
    "x",
  ]);
});

Deno.test("Devices.decide() asks for no file outside of a device's folder", async () => {
  const asked: string[] = [];
  const devices = new Devices(
    (paths) => {
      asked.push(...paths);
      return Promise.resolve(new Map());
    },
    PATHS,
  );
  const names = ["..", ".", "", "../../etc", "a/b", "e\0h", "-n", "%d", "e\u0301\u2603", "a b"];
  await devices.decide(names, ["..", "../x", "cciss/c0d0", "."], 0);
  const folders = new Set(
    asked.map((path) => path.replace(/^(\/sys\/(?:class\/net|block)\/[^/]+)\/.*/, "$1")),
  );
  assertEquals([...folders], [
    ...["-n", "%d", "e\u0301\u2603", "a b"].map((name) => `/sys/class/net/${name}`),
    ...["..!x", "cciss!c0d0"].map((name) => `/sys/block/${name}`),
  ]);
});

Deno.test("Devices.decide() lets patterns override what it finds", async (t) => {
  const host: Host = { lo, eth0, eth1: { device: true }, wg0: { kind: "wireguard" } };
  const disks = ["sda", "sdb", "dm-0"];
  const texts = new Map([...interfaceTree(host), ...diskTree(["sda", "sdb"], ["dm-0"])]);
  const cases: [string, string[], string[]][] = [
    ["!eth1,!sdb", ["eth0"], ["sda"]],
    ["wg0,dm-0", ["wg0"], ["dm-0"]],
    ["eth*,!eth1,sd?,!sda", ["eth0"], ["sdb"]],
    ["!eth*,eth0,!sd*,sda", ["eth0"], ["sda"]],
    ["nothing", [], []],
  ];
  for (const [text, interfaces, expected] of cases) {
    await t.step(text, async () => {
      const choice = { interfaces: readPatterns(text), disks: readPatterns(text) };
      const devices = new Devices(readerOf(texts), PATHS, choice);
      const decisions = await devices.decide(Object.keys(host), disks, 0);
      assertEquals([decisions.countedInterfaces, decisions.countedDisks], [interfaces, expected]);
    });
  }
});
