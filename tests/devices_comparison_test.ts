/**
 * What the agent says of this host's disks, connections and sensors, held against other programs and
 * made trees.
 */
import { assert, assertEquals } from "@std/assert";
import type { Message } from "../lib/message/message.ts";
import { diskMetrics, parseDisks } from "../lib/sampler/disks.ts";
import { inFolder } from "./files.ts";
import { MISSING, unique } from "./namespaces.ts";
import { until } from "./patience.ts";
import { MAY_RUN, programOf, Running } from "./processes.ts";

const IS_LINUX = Deno.build.os === "linux";
const HAS_IOSTAT = MAY_RUN && IS_LINUX && has("iostat");
const MISSING_HERE = MISSING ?? (["ss", "nstat", "python3"].every(has) ? null : "ss and nstat");

function has(program: string): boolean {
  const args = ["-c", `command -v ${program}`];
  return new Deno.Command("/bin/sh", { args, stdout: "null" }).outputSync().success;
}

async function shell(script: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("/bin/sh", { args: ["-ec", script] })
    .output();
  const decoder = new TextDecoder();
  assert(success, `${script}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}

Deno.test({
  name: "disks do what iostat says, on average since boot (needs --allow-all, and iostat)",
  ignore: !HAS_IOSTAT,
  async fn() {
    const text = await Deno.readTextFile("/proc/diskstats");
    const iostat = await shell("iostat -d -x -o JSON --dec=2");
    const uptimeMs = 1_000 * Number((await Deno.readTextFile("/proc/uptime")).split(" ")[0]);
    const atBoot = text.replace(/(?<=^ *\d+ +\d+ \S+ ).*$/gm, "0 ".repeat(20));
    const { disks } = diskMetrics(parseDisks(atBoot), parseDisks(text), uptimeMs);
    const told: Record<string, number>[] = JSON.parse(iostat).sysstat.hosts[0].statistics[0].disk;
    const busy = disks!.filter(({ ops }) => ops! > 1);
    assert(busy.length > 0, "no disk has done anything");
    for (const { name, read, write, ops, wait, busy: share, queue } of busy) {
      const theirs = told.find(({ disk_device }) => String(disk_device) === name)!;
      const of = (field: string) => theirs[field]!;
      const [reads, writes] = [of("r/s"), of("w/s")];
      const waited = reads * of("r_await") + writes * of("w_await");
      // It tells two digits behind the point, and has read a little later.
      const isClose = (what: string, ours: number | null, other: number) =>
        assert(Math.abs(ours! - other) <= 0.02 + 0.02 * other, `${what}: ${ours}, iostat ${other}`);
      isClose("read", read! / 1_024, of("rkB/s"));
      isClose("write", write! / 1_024, of("wkB/s"));
      isClose("operations", ops, reads + writes);
      isClose("wait", wait, waited / (reads + writes));
      isClose("busy", share, of("util"));
      isClose("queue", queue, of("aqu-sz"));
    }
  },
});

/** Connections, a listener that overflows, a socket that does, and a peer that never answers. */
const SOCKETS = `
import socket, sys, time
server = socket.socket(); server.bind(("127.0.0.1", 0)); server.listen(64)
clients = [socket.create_connection(server.getsockname()) for _ in range(7)]
accepted = [server.accept()[0] for _ in clients]
full = socket.socket(); full.bind(("127.0.0.1", 0)); full.listen(0)
waiting = []
for _ in range(6):
    client = socket.socket(); client.setblocking(False)
    client.connect_ex(full.getsockname()); waiting.append(client)
for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
    sink = socket.socket(family, socket.SOCK_DGRAM); sink.bind((address, 0))
    source = socket.socket(family, socket.SOCK_DGRAM)
    for _ in range(2000): source.sendto(bytes(1000), sink.getsockname())
nobody = socket.socket(); nobody.setblocking(False)
nobody.connect_ex(("192.0.2.77", 9))
print("ready", flush=True)
time.sleep(600)
`;

/** Both ends are within it, and what the message rounds off. */
function assertWithin(value: number, least: number, most: number): void {
  assert(value > least - 0.1 && value < most + 0.1, `${value} is not from ${least} to ${most}`);
}

/** The counters that nstat shows of a namespace, by name. */
async function nstat(namespace: string): Promise<Record<string, number>> {
  const json = await shell(`ip netns exec ${namespace} nstat -asz --json`);
  return JSON.parse(json).kernel;
}

Deno.test({
  name: `connections and what failed of them are what ss and nstat say (needs ${
    MISSING_HERE ?? "root"
  })`,
  ignore: MISSING_HERE !== null,
  async fn() {
    const host = `pulso-sockets-${unique()}`;
    const at = (
      words: readonly string[],
    ) => ["/usr/bin/env", "ip", "netns", "exec", host, ...words];
    try {
      await shell(`ip netns add ${host}; ip -n ${host} link set lo up
        ip -n ${host} link add up0 type veth peer name out0
        ip -n ${host} address add 192.0.2.1/24 dev up0
        ip -n ${host} link set up0 up; ip -n ${host} link set out0 up
        ip -n ${host} neighbour add 192.0.2.77 lladdr 02:00:00:00:00:77 dev up0`);
      await using agent = new Running(at(programOf("agent")), [
        ...["--print", "--interval", "5s", "--count", "2", "--metrics", "network"],
      ]);
      const sample = async (seq: number): Promise<Message> =>
        JSON.parse(await agent.stdout.find((line) => JSON.parse(line).seq === seq, `${seq}`));
      const quiet = (await sample(1)).network!;
      assertEquals([quiet.tcp, quiet.overflows, quiet.udpErrors], [0, 0, 0]);
      // However long the sockets take, the next sample is of all of them.
      Deno.kill(agent.pid, "SIGSTOP");
      const before = await nstat(host);
      await using sockets = new Running(at(["python3", "-c", SOCKETS]), []);
      await sockets.stdout.find((line) => line === "ready", "sockets");
      let soonest = before;
      await until(async () => {
        soonest = await nstat(host);
        return soonest.TcpRetransSegs! > before.TcpRetransSegs!;
      }, () => "nothing is sent again");
      Deno.kill(agent.pid, "SIGCONT");
      const { network } = await sample(2);
      const latest = await nstat(host);
      const established = await shell(`ip netns exec ${host} ss -tnH state established`);
      assertEquals(network!.tcp, established.trim().split("\n").length);
      assert(network!.tcp! >= 14, `${network!.tcp} connections`);
      assert(network!.overflows! > 0 && network!.udpErrors! > 0);
      assertEquals(network!.udpErrors, latest.UdpRcvbufErrors! + latest.Udp6RcvbufErrors!);
      assert(latest.Udp6RcvbufErrors! > 0);
      // Segments are sent again, and connections refused, until the sample and after it.
      const grown = (name: string) => [soonest, latest].map((now) => now[name]! - before[name]!);
      const [[leastSent, mostSent], [leastAgain, mostAgain]] = [
        ...[grown("TcpOutSegs"), grown("TcpRetransSegs")] as [[number, number], [number, number]],
      ];
      const share = (sent: number, again: number) => 100 * again / (sent + again);
      assertWithin(network!.retrans!, share(mostSent, leastAgain), share(leastSent, mostAgain));
      assertWithin(network!.overflows!, ...grown("TcpExtListenOverflows") as [number, number]);
    } finally {
      await shell(`ip netns delete ${host}`);
    }
  },
});

Deno.test({
  name: "temperatures, fans and battery are those of a made sysfs (needs --allow-all on Linux)",
  ignore: !MAY_RUN || !IS_LINUX,
  async fn() {
    await inFolder(async (folder) => {
      const files: Record<string, string> = {
        "hwmon/hwmon0/name": "coretemp",
        "hwmon/hwmon0/temp1_input": "57000",
        "hwmon/hwmon0/temp1_label": "Package id 0",
        "hwmon/hwmon1/name": "nct6798",
        "hwmon/hwmon1/temp1_input": "-3500",
        "hwmon/hwmon1/fan2_input": "1180",
        "hwmon/hwmon1/fan2_label": "CPU Fan",
        "hwmon/hwmon1/fan3_input": "0",
        "thermal/thermal_zone0/type": "acpitz",
        "thermal/thermal_zone0/temp": "27800",
        "power_supply/BAT0/uevent": "POWER_SUPPLY_STATUS=Full\nPOWER_SUPPLY_CAPACITY=98",
      };
      for (const [path, text] of Object.entries(files)) {
        await Deno.mkdir(`${folder}/class/${path.replace(/\/[^/]*$/, "")}`, { recursive: true });
        await Deno.writeTextFile(`${folder}/class/${path}`, `${text}\n`);
      }
      await using agent = new Running(programOf("agent"), [
        ...["--print", "--interval", "100ms", "--metrics", "sensors", "--sysfs", folder],
      ]);
      const find = async (wanted: RegExp) =>
        (JSON.parse(await agent.stdout.find((line) => wanted.test(line), `${wanted}`)) as Message)
          .sensors;
      assertEquals<unknown>(await find(/sensors/), {
        temps: [["coretemp Package id 0", 57], ["nct6798", -3.5], ["acpitz", 27.8]],
        fans: [["nct6798 CPU Fan", 1_180]],
        battery: 98,
      });
      await Deno.writeTextFile(`${folder}/class/hwmon/hwmon0/temp1_input`, "91250\n");
      await find(/"coretemp Package id 0",91.3\]/);
      // One that goes is not known, and takes no other with it.
      await Deno.remove(`${folder}/class/hwmon/hwmon0/temp1_input`);
      const without = await find(/"coretemp Package id 0",null\]/);
      assertEquals(without!.battery, 98);
      assertEquals(await agent.stop(), 0);
      assertEquals(agent.stderr.all.filter((line) => / WARN /.test(line)), []);
    });
  },
});
