/** What is counted of a known transfer in network namespaces, held against `ip -s link`. */
import { assert, assertEquals } from "@std/assert";
import type { Message } from "../lib/message/message.ts";
import { MISSING, unique } from "./namespaces.ts";
import { programOf, Running } from "./processes.ts";

const HOST = `pulso-host-${unique()}`;
const OUTSIDE = `pulso-outside-${unique()}`;
const BYTES = 2_000_000;

/** What a host has besides its link to the outside, and by which address it sends; `$H` is its namespace. */
const CASES: Readonly<Record<string, readonly [string, string]>> = {
  "a link alone": ["", "192.0.2.1"],
  "a bridge with the link in it": [
    `ip -n $H link add br0 type bridge && ip -n $H link set up0 master br0 && ip -n $H link set br0 up &&
     ip -n $H address flush dev up0 && ip -n $H address add 192.0.2.2/24 dev br0`,
    "192.0.2.1",
  ],
  "a macvlan on the link": [
    `ip -n $H link add mv0 link up0 type macvlan mode bridge && ip -n $H link set mv0 up &&
     ip -n $H address flush dev up0 && ip -n $H address add 192.0.2.2/24 dev mv0`,
    "192.0.2.1",
  ],
  "a link to a guest": [
    "ip -n $H link add vethguest type veth peer name inside && ip -n $H link set vethguest up",
    "192.0.2.1",
  ],
  "a tun": ["ip -n $H tuntap add tun7 mode tun && ip -n $H link set tun7 up", "192.0.2.1"],
  "a vxlan over the link": [
    `ip -n $H link add vx0 type vxlan id 7 remote 192.0.2.1 dstport 4789 dev up0 &&
     ip -n $H address add 198.51.100.2/24 dev vx0 && ip -n $H link set vx0 up &&
     ip -n $O link add vx0 type vxlan id 7 remote 192.0.2.2 dstport 4789 dev out0 &&
     ip -n $O address add 198.51.100.1/24 dev vx0 && ip -n $O link set vx0 up`,
    "198.51.100.1",
  ],
};

const WIRE = `ip netns add $H && ip netns add $O &&
  ip link add up0 netns $H type veth peer name out0 netns $O &&
  ip -n $H address add 192.0.2.2/24 dev up0 && ip -n $H link set up0 up && ip -n $H link set lo up &&
  ip -n $O address add 192.0.2.1/24 dev out0 && ip -n $O link set out0 up`;

/** Sends so many bytes to an address, in datagrams of a size that each of these links takes. */
const SEND = `
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(${BYTES} // 1000):
    s.sendto(bytes(1000), (sys.argv[1], 9))
`;

async function shell(script: string): Promise<string> {
  const text = script.replaceAll("$H", HOST).replaceAll("$O", OUTSIDE);
  const { success, stdout, stderr } = await new Deno.Command("/bin/sh", { args: ["-c", text] })
    .output();
  const decoder = new TextDecoder();
  assert(success, `${text}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}

/** What an interface has received and sent, as \`ip\` says it. */
async function bytesOf(name: string): Promise<readonly [received: number, sent: number]> {
  const [link] = JSON.parse(await shell(`ip -n $H -s -j link show ${name}`));
  return [link.stats64.rx.bytes, link.stats64.tx.bytes];
}

for (const [name, [make, address]] of Object.entries(CASES)) {
  Deno.test({
    name: `a transfer through ${name} is counted once (needs ${MISSING ?? "root"})`,
    ignore: MISSING !== null,
    async fn() {
      try {
        await shell(make === "" ? WIRE : `${WIRE} && ${make}`);
        const launcher = ["/usr/bin/env", "ip", "netns", "exec", HOST, ...programOf("agent")];
        await using agent = new Running(launcher, [
          ...["--print", "--interval", "1s", "--metrics", "network"],
        ]);
        const at = (seq: number) =>
          agent.stdout.find((line) => JSON.parse(line).seq === seq, `sample ${seq}`);
        await at(1);
        const [, before] = await bytesOf("up0");
        await shell(`ip netns exec $H /usr/bin/python3 -c '${SEND}' ${address}`);
        const sent = (await bytesOf("up0"))[1] - before;
        assert(sent >= BYTES, `${sent} bytes left`);
        const { seq } = JSON.parse(agent.stdout.all.at(-1)!) as Message;
        await at(seq! + 2);
        const messages = agent.stdout.all.map((line): Message => JSON.parse(line));
        const names = new Set(
          messages.flatMap(({ network }) => network!.interfaces.map(({ name }) => name)),
        );
        assertEquals([...names], ["up0"]);
        const counted = messages.slice(1).reduce(
          (sum, { network, time }, place) =>
            sum + network!.interfaces[0]!.tx! * (time! - messages[place]!.time!) / 1_000,
          0,
        );
        // Its times are those of the messages, which a busy machine makes later, and the kernel sends a few packets as well.
        assert(Math.abs(counted - sent) < 0.3 * sent, `${counted} of ${sent} bytes counted`);
      } finally {
        await shell(`ip netns delete $H; ip netns delete $O; true`);
      }
    },
  });
}

Deno.test({
  name: `totals and the state of a link are those of ip (needs ${MISSING ?? "root"})`,
  ignore: MISSING !== null,
  async fn() {
    try {
      await shell(WIRE);
      const launcher = ["/usr/bin/env", "ip", "netns", "exec", HOST, ...programOf("agent")];
      await using agent = new Running(launcher, [
        ...["--print", "--interval", "100ms", "--metrics", "network"],
      ]);
      /** A sample that was taken from now on, when one may be on its way. */
      const next = async () => {
        const last: Message = JSON.parse(agent.stdout.all.at(-1) ?? '{"seq":0}');
        const line = await agent.stdout.find(
          (line) => JSON.parse(line).seq === last.seq! + 2,
          "another sample",
        );
        return (JSON.parse(line) as Message).network!.interfaces[0]!;
      };
      await shell(`ip netns exec $H /usr/bin/python3 -c '${SEND}' 192.0.2.1`);
      await shell(`ip netns exec $O /usr/bin/python3 -c '${SEND}' 192.0.2.2`);
      const before = await bytesOf("up0");
      const { rxBytes, txBytes, up } = await next();
      const after = await bytesOf("up0");
      assertEquals(up, 1);
      for (const [way, bytes] of [rxBytes!, txBytes!].entries()) {
        assert(before[way]! >= BYTES && bytes >= before[way]! && bytes <= after[way]!, `${bytes}`);
      }
      for (const [state, expected] of [["down", 0], ["up", 1]] as const) {
        await shell(`ip -n $O link set out0 ${state}`);
        // The kernel may take a second to tell.
        while ((await next()).up !== expected);
      }
    } finally {
      await shell(`ip netns delete $H; ip netns delete $O; true`);
    }
  },
});
