import { assertEquals, assertRejects } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { type Lookup, Resolver } from "../../lib/agent/resolver.ts";
import { narrowNet, programOf as taskOf } from "../../tools/programs.ts";
import { MISSING } from "../namespaces.ts";
import { programOf, Running } from "../processes.ts";

const SERVER = { hostname: "monitor.example", port: 5005 };

/** A resolver with a clock of the test's, and the answers that the name service gives one after the other. */
function stage(...answers: (readonly string[] | Error)[]) {
  const lines: string[] = [];
  const note = (level: string) => <T>(line: T): T => {
    lines.push(`${level} ${line}`);
    return line;
  };
  const clock = { nowMs: 0 };
  let asked = 0;
  const lookup: Lookup = () => {
    const answer = answers[asked++] ?? answers.at(-1)!;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  const resolver = new Resolver(lookup, () => clock.nowMs, {
    info: note("info"),
    warn: note("warn"),
  });
  /** Where to send at a time; a second time shows what came of a look beside the first. */
  const at = async (nowMs: number) => {
    clock.nowMs = nowMs;
    const { hostname, port } = await resolver.resolve(SERVER);
    assertEquals(port, SERVER.port);
    await Promise.resolve();
    return hostname;
  };
  return { resolver, lines, at, asked: () => asked };
}

Deno.test("Resolver asks for a name once a minute, and tells when its address is another", async () => {
  const { at, lines, asked } = stage(["192.0.2.1"], ["192.0.2.2"], ["2001:db8::1"]);
  assertEquals([await at(0), await at(59_999), asked()], ["192.0.2.1", "192.0.2.1", 1]);
  assertEquals([await at(60_000), asked()], ["192.0.2.1", 2]);
  assertEquals([await at(60_001), asked()], ["192.0.2.2", 2]);
  await at(120_000);
  assertEquals(await at(120_001), "2001:db8::1");
  assertEquals(lines, [
    "info Sending to monitor.example:5005 at 192.0.2.1:5005",
    "info Sending to monitor.example:5005 at 192.0.2.2:5005",
    "info Sending to monitor.example:5005 at [2001:db8::1]:5005",
  ]);
});

Deno.test("Resolver stays with an address that is still among the answers", async () => {
  const { at, lines } = stage(["192.0.2.1", "192.0.2.2"], ["192.0.2.2", "192.0.2.1"]);
  await at(0);
  await at(60_000);
  assertEquals(await at(60_001), "192.0.2.1");
  assertEquals(lines.length, 1);
});

Deno.test("Resolver keeps the last answer while the name service fails, and says so once", async () => {
  const failure = new Error("no answer");
  const { at, lines } = stage(["192.0.2.1"], failure, failure, ["192.0.2.2"], failure);
  for (const nowMs of [0, 60_000, 120_000, 180_000]) assertEquals(await at(nowMs), "192.0.2.1");
  assertEquals(await at(180_001), "192.0.2.2");
  await at(240_000);
  assertEquals(lines, [
    "info Sending to monitor.example:5005 at 192.0.2.1:5005",
    "warn Cannot look up monitor.example: no answer; still sending to 192.0.2.1:5005",
    "info Sending to monitor.example:5005 at 192.0.2.2:5005",
    "warn Cannot look up monitor.example: no answer; still sending to 192.0.2.2:5005",
  ]);
});

Deno.test("Resolver asks again at once while it knows nothing, and after a failed send", async () => {
  const { at, resolver, lines } = stage(new Error("no answer"), [], ["192.0.2.1"], ["192.0.2.1"], [
    "::1",
  ]);
  await assertRejects(() => at(0), Error, "no answer");
  await assertRejects(() => at(0), Error, "the name has no address");
  assertEquals(await at(0), "192.0.2.1");
  resolver.forget(SERVER);
  assertEquals(await at(1), "192.0.2.1");
  resolver.forget(SERVER);
  assertEquals(await at(2), "::1");
  assertEquals(lines.length, 2, "the same address is told once");
});

Deno.test("Resolver asks nobody for an address", async () => {
  const { resolver, asked } = stage(["192.0.2.1"]);
  for (const hostname of ["192.0.2.9", "::1", "fe80::1%eth0"]) {
    assertEquals(await resolver.resolve({ hostname, port: 1 }), { hostname, port: 1 });
  }
  assertEquals(asked(), 0);
});

/** A name of both families, known in a mount namespace of its own. */
const HOSTS = "127.0.0.1 localhost\\n127.0.0.1 dual.test\\n::1 dual.test\\n";

function inNamespaces(ready: string, command: readonly string[], args: readonly string[]): Running {
  const script =
    `mount -t tmpfs none /mnt; printf '${HOSTS}' > /mnt/hosts; mount --bind /mnt/hosts /etc/hosts; ip link set lo up;
    ${ready} exec "$@"`;
  const unshare = ["/usr/bin/env", "unshare", "-n", "-m", "/bin/sh", "-c", script, "sh"];
  return new Running([...unshare, ...command], args);
}

Deno.test({
  name: "an agent and a server find each other by a name of both families (needs root, ip, nft)",
  ignore: MISSING !== null,
  fn: async (t) => {
    const { script, permissions } = taskOf(config.tasks, "agent");
    const narrow = narrowNet(permissions, "dual.test:5005");
    const agents = {
      "with all of the network": programOf("agent"),
      "compiled for one server": [
        Deno.execPath(),
        "run",
        "--no-prompt",
        "--quiet",
        ...narrow,
        script,
      ],
    };
    const systems: [name: string, ready: string, address: string][] = [
      ["IPv6 first", "", "[::1]:5005"],
      ["no IPv6", "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6;", "127.0.0.1:5005"],
    ];
    for (const [who, agent] of Object.entries(agents)) {
      for (const [name, ready, address] of systems) {
        await t.step(`${who}, ${name}`, async () => {
          const server = programOf("server", ["--allow-net"]);
          await using listening = inNamespaces(ready, server, ["--view", "json"]);
          await listening.stderr.find((line) => line.includes("Receives on"), "the port");
          const enter = ["/usr/bin/env", "nsenter", "-t", String(listening.pid), "-n", "-m"];
          await using sending = new Running([...enter, `--wd=${Deno.cwd()}`, ...agent], [
            ...["--server", "dual.test", "--interval", "100ms", "--metrics", "memory"],
          ]);
          const line = await listening.stdout.find(() => true, "a datagram");
          assertEquals(
            JSON.parse(line).address.startsWith(address.replace(/\d+$/, "")),
            true,
            line,
          );
          const told = (line: string) => line.endsWith(`Sending to dual.test:5005 at ${address}`);
          await sending.stderr.find(told, "the address");
          assertEquals(await sending.stop(), 0);
        });
      }
    }
  },
});
