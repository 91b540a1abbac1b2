import { assertEquals } from "@std/assert";
import type { Address } from "../../lib/common/format.ts";
import { Resolver, systemLookup } from "../../lib/agent/resolver.ts";
import { Sender, type Transmit, udpTransmit } from "../../lib/agent/sender.ts";

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
    "warn Cannot send to 192.0.2.1:5005: Network is unreachable; goes on trying",
    "info Sends to 192.0.2.1:5005 again",
    "warn Cannot send to 192.0.2.1:5005: Network is unreachable; goes on trying",
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
    "warn Cannot send to monitor.example:5006: the one before has not gone out yet; goes on trying",
  ]);
  hanging.resolve();
  await sender.flush();
  assertEquals(log.lines[1], "info Sends to monitor.example:5006 again");
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
