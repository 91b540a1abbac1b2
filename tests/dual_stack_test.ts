/** Whom a server hears that listens on every address, on each kind of system. */
import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { bindSockets } from "../lib/server/sources/thread.js";
import { describeListening } from "../lib/server/sources/udp.ts";
import { MISSING } from "./namespaces.ts";
import { programOf, Running } from "./processes.ts";

const at = (hostname: string, port = 5005) => ({ hostname, port });

/** A system on which `taken` is what other programs have, and sockets of `::` may hear IPv4 as well. */
function systemWith(kind: { dual?: boolean; noIpv6?: boolean; taken?: readonly string[] }) {
  const { dual = true, noIpv6 = false, taken = [] } = kind;
  const bound = new Set(taken);
  const bind = ({ hostname, port }: { hostname: string; port: number }) => {
    if (noIpv6 && hostname === "::") throw new Error("Address family not supported (os error 97)");
    const blockers = dual ? ["::", "0.0.0.0"] : [hostname];
    if (blockers.some((other) => bound.has(other))) throw new Deno.errors.AddrInUse("in use");
    bound.add(hostname);
    const addr = { transport: "udp", hostname, port: port || 49_152 };
    return { addr, close: () => void bound.delete(hostname) } as unknown as Deno.DatagramConn;
  };
  return { bind, bound };
}

Deno.test("bindSockets() hears all that the system lets it", async (t) => {
  const cases: [
    name: string,
    hostname: string,
    system: ReturnType<typeof systemWith>,
    bound: string[],
  ][] = [
    ["one for both", "::", systemWith({}), ["::"]],
    ["one for each", "::", systemWith({ dual: false }), ["::", "0.0.0.0"]],
    ["no IPv6", "::", systemWith({ noIpv6: true }), ["0.0.0.0"]],
    ["IPv4 alone, as asked", "0.0.0.0", systemWith({}), ["0.0.0.0"]],
    ["one address", "192.0.2.1", systemWith({}), ["192.0.2.1"]],
  ];
  for (const [name, hostname, { bind, bound }, expected] of cases) {
    await t.step(name, () => {
      const sockets = bindSockets(at(hostname, 0), bind);
      const addresses = sockets.map(({ addr }) => addr as Deno.NetAddr);
      assertEquals(addresses.map(({ hostname }) => hostname), expected);
      assertEquals(new Set(addresses.map(({ port }) => port)).size, 1);
      assertEquals([...bound].toSorted(), expected.toSorted());
    });
  }
  for (const dual of [true, false]) {
    for (const taken of ["::", "0.0.0.0"]) {
      await t.step(`${taken} is another's, ${dual ? "one for both" : "one for each"}`, () => {
        const { bind } = systemWith({ dual, taken: [taken] });
        assertThrows(() => bindSockets(at("::"), bind), Deno.errors.AddrInUse);
      });
    }
  }
});

Deno.test("describeListening() says which families are heard", async (t) => {
  const cases: [asked: string, bound: string[], text: string][] = [
    ["::", ["::"], "[::]:5005 (IPv6 and IPv4)"],
    ["::", ["::", "0.0.0.0"], "[::]:5005 and 0.0.0.0:5005"],
    ["::", ["0.0.0.0"], "0.0.0.0:5005 (IPv4 alone: no IPv6 here)"],
    ["0.0.0.0", ["0.0.0.0"], "0.0.0.0:5005"],
    ["::1", ["::1"], "[::1]:5005"],
  ];
  for (const [asked, bound, text] of cases) {
    const addresses = bound.map((hostname) => at(hostname));
    await t.step(text, () => {
      assertEquals(describeListening(at(asked), addresses), `Receives on ${text}`);
    });
  }
});

/** Each way to receive. */
const WAYS: readonly (readonly string[])[] = [[], ["--max-hosts", "10001"]];

/** Starts a server in a network namespace of its own, which is made ready by shell commands. */
function startServer(ready: string, args: readonly string[]): Running {
  const program = programOf("server", ["--allow-net"]);
  const script = `ip link set lo up; ${ready} exec "$@"`;
  return new Running(["/usr/bin/env", "unshare", "-n", "/bin/bash", "-c", script, "bash"], [
    ...[...program, "--view", "json", ...args],
  ]);
}

/** Sends a message from within the namespace of a server. */
async function send(server: Running, address: string, port: string): Promise<void> {
  const text = JSON.stringify({ v: 1, host: "by-hand", id: address.replaceAll(/\W/g, "_") });
  const script = `printf %s '${text}' > /dev/udp/${address}/${port}`;
  const target = ["-t", String(server.pid), "-n"];
  await using sender = new Running(["/usr/bin/env", "nsenter", ...target, "/bin/bash", "-c"], [
    script,
  ]);
  assertEquals(await sender.exitCode(), 0, sender.stderr.text);
}

const SYSTEMS: readonly [name: string, ready: string, listening: RegExp, heard: string[]][] = [
  [
    "one socket hears both",
    "",
    /on \[::\]:(\d+) \(IPv6 and IPv4\)$/,
    ["127.0.0.1", "::1"],
  ],
  [
    "bindv6only keeps them apart",
    "echo 1 > /proc/sys/net/ipv6/bindv6only;",
    /on \[::\]:(\d+) and 0\.0\.0\.0:\1$/,
    ["127.0.0.1", "::1"],
  ],
  [
    "IPv6 is disabled",
    "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6;",
    /on \[::\]:(\d+) \(IPv6 and IPv4\)$/,
    ["127.0.0.1"],
  ],
  [
    "IPv6 is disabled and would be kept apart",
    "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6; echo 1 > /proc/sys/net/ipv6/bindv6only;",
    /on \[::\]:(\d+) and 0\.0\.0\.0:\1$/,
    ["127.0.0.1"],
  ],
];

for (const way of WAYS) {
  Deno.test({
    name: `server ${way.join(" ")} hears IPv6 and IPv4 by default (needs root, ip, nft, nc)`,
    ignore: MISSING !== null,
    fn: async (t) => {
      for (const [name, ready, listening, heard] of SYSTEMS) {
        await t.step(name, async () => {
          await using server = startServer(ready, way);
          const line = await server.stderr.find((line) => line.includes("Receives on"), "the port");
          assertMatch(line, listening);
          const port = listening.exec(line)![1]!;
          for (const address of heard) {
            await send(server, address, port);
            const text = await server.stdout.find((line) => line.includes("by-hand"), address);
            const { address: from } = JSON.parse(text);
            const plain = address.includes(":") ? "[::1]" : "127.0.0.1";
            assertMatch(from, new RegExp(`^${RegExp.escape(plain)}:\\d+$`));
            server.stdout.all.length = 0;
          }
          assertEquals(await server.stop(), 0);
        });
      }
      await t.step("another program has the port on IPv4, and they are kept apart", async () => {
        const ready =
          "echo 1 > /proc/sys/net/ipv6/bindv6only; timeout 20 nc -u -l 127.0.0.1 5005 < /dev/null &> /dev/null & " +
          "until grep -q :138D /proc/net/udp; do sleep 0.05; done;";
        await using server = startServer(ready, way);
        assertEquals(await server.exitCode(), 1);
        assertMatch(server.stderr.text, /Cannot receive on \[::\]:5005: the port is taken/);
      });
      await t.step("--listen 0.0.0.0 is IPv4 alone", async () => {
        await using server = startServer("", [...way, "--listen", "0.0.0.0:0"]);
        const line = await server.stderr.find((line) => line.includes("Receives on"), "the port");
        assertMatch(line, /on 0\.0\.0\.0:\d+$/);
      });
    },
  });
}
