import { assertEquals, assertRejects } from "@std/assert";
import { narrowNet, programOf as taskOf } from "../../tools/programs.ts";
import {
  type Lookup,
  Resolver,
  Sender,
  systemLookup,
  type Transmit,
  udpTransmit,
} from "../../lib/agent/sender.ts";
import type { Address } from "../../lib/common/address.ts";
import { MISSING } from "../namespaces.ts";
import { programOf, Running } from "../processes.ts";
import config from "../../deno.json" with { type: "json" };

const FIRST: Address = { hostname: "192.0.2.1", port: 5005 };
const SECOND: Address = { hostname: "monitor.example", port: 5006 };

function fakeLog() {
  const lines: string[] = [];
  const write = (level: string) => <T>(line: T): T => {
    lines.push(`${level} ${line}`);
    return line;
  };
  return { lines, info: write("info"), warn: write("warn") };
}

Deno.test("Sender sends each datagram to every server", async () => {
  const sent: string[] = [];
  const transmit: Transmit = (bytes, to) => {
    sent.push(`${bytes[0]} to ${to.hostname}:${to.port}`);
    return Promise.resolve();
  };
  const sender = new Sender([FIRST, SECOND], transmit, fakeLog());
  sender.send(Uint8Array.of(1));
  await sender.flush();
  sender.send(Uint8Array.of(2));
  await sender.flush();
  assertEquals(sent, [
    "1 to 192.0.2.1:5005",
    "1 to monitor.example:5006",
    "2 to 192.0.2.1:5005",
    "2 to monitor.example:5006",
  ]);
});

Deno.test("Sender logs a failure once when it begins and once when it ends", async () => {
  const log = fakeLog();
  const outcomes = [true, false, false, false, true, true, false];
  const transmit: Transmit = () =>
    outcomes.shift() ? Promise.resolve() : Promise.reject(new Error("Network is unreachable"));
  const sender = new Sender([FIRST], transmit, log);
  while (outcomes.length > 0) {
    sender.send(new Uint8Array(1));
    await sender.flush();
  }
  assertEquals(log.lines, [
    "warn Cannot send to 192.0.2.1:5005: Network is unreachable; retrying",
    "info Sending to 192.0.2.1:5005 again",
    "warn Cannot send to 192.0.2.1:5005: Network is unreachable; retrying",
  ]);
});

Deno.test("Sender never queues behind a send that hangs, and other servers do not wait for it", async () => {
  const log = fakeLog();
  const hanging = Promise.withResolvers<void>();
  const sent = new Map<Address, number>();
  const transmit: Transmit = (_bytes, to) => {
    sent.set(to, (sent.get(to) ?? 0) + 1);
    return to === SECOND ? hanging.promise : Promise.resolve();
  };
  const sender = new Sender([FIRST, SECOND], transmit, log);
  for (let count = 0; count < 10; count++) {
    sender.send(new Uint8Array(1));
    await Promise.resolve().then(() => {});
  }
  assertEquals(log.lines, [], "a send that takes its time is no failure");
  sender.send(new Uint8Array(1));
  await Promise.resolve().then(() => {});
  assertEquals([sent.get(FIRST), sent.get(SECOND)], [11, 1]);
  assertEquals(log.lines, [
    "warn Cannot send to monitor.example:5006: previous send still pending; retrying",
  ]);
  hanging.resolve();
  await sender.flush();
  assertEquals(log.lines[1], "info Sending to monitor.example:5006 again");
});

Deno.test("Sender counts only datagrams in a row that a send has held up", async () => {
  const log = fakeLog();
  let finish = () => {};
  const transmit: Transmit = () => new Promise((resolve) => finish = resolve);
  const sender = new Sender([FIRST], transmit, log);
  for (let turn = 0; turn < 3; turn++) {
    for (let count = 0; count < 10; count++) sender.send(new Uint8Array(1));
    finish();
    await sender.flush();
  }
  assertEquals(log.lines, []);
});

const NET = Deno.permissions.querySync({ name: "net" }).state === "granted";

Deno.test({
  name: "udpTransmit() reaches a server by address and by name (needs --allow-net)",
  ignore: !NET,
  async fn(t) {
    const transmit = udpTransmit(new Resolver(systemLookup, () => 0, fakeLog()));
    for (const hostname of ["127.0.0.1", "localhost"]) {
      await t.step(hostname, async () => {
        const socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
        const { port } = socket.addr as Deno.NetAddr;
        const received = socket.receive();
        await transmit(Uint8Array.of(7), { hostname, port });
        assertEquals((await received)[0], Uint8Array.of(7));
        socket.close();
      });
    }
  },
  // The agent keeps its sockets for as long as it lives.
  sanitizeResources: false,
});

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
