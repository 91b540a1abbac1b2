import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { decodeMessage } from "../../lib/message/decode.ts";
import { encodeMessage } from "../../lib/message/encode.ts";
import { type Message, TARGET_DATAGRAM_BYTES } from "../../lib/message/message.ts";
import { ENVELOPE_BYTES } from "../../lib/sealed/envelope.ts";
import { type HostSettings, SwarmHost } from "../../tools/swarm_host.ts";
import { lossOf, randomFrom } from "../../tools/swarm_pace.ts";
import { ByteWriter } from "../../tools/swarm_writer.ts";
import { idOf, NOW_MS, sessionOf } from "../sealed/sealing.ts";

const HOSTS = 500;
const MESSAGES = 40;

function hostOf(index: number, changes: Partial<HostSettings> = {}): SwarmHost {
  const [id, session] = [idOf(index), sessionOf(NOW_MS)];
  return new SwarmHost({
    ...{ index, id, session, intervalMs: 5_000, cores: null, sealed: false },
    ...changes,
  });
}

function bytesOf(host: SwarmHost, timeMs = NOW_MS): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(TARGET_DATAGRAM_BYTES);
  host.write(writer, timeMs);
  return writer.written();
}

function messageOf(host: SwarmHost): Message {
  const message = decodeMessage(bytesOf(host));
  assert(message.v === 1);
  return message;
}

Deno.test("write() makes sound messages that rise by one and differ, of every host", () => {
  const random = randomFrom(1);
  for (let index = 0; index < HOSTS; index++) {
    const host = hostOf(index);
    let last: Message | null = null;
    for (let seq = 1; seq <= MESSAGES; seq++) {
      host.step(random);
      const message = messageOf(host);
      assertEquals([message.seq, message.time, message.interval], [seq, NOW_MS, 5_000]);
      assertEquals([message.id, message.session], [host.id, host.session]);
      const { cpu, memory, disk, network } = message;
      assertNotEquals({ memory, network }, { memory: last?.memory, network: last?.network });
      assert(cpu && disk && memory && network && cpu.mean !== null);
      const modes = [cpu.user, cpu.system, cpu.irq, cpu.nice, cpu.steal].map((share) => share ?? 0);
      const busy = modes.reduce((sum, share) => sum + share);
      assert(busy === 0 || Math.abs(busy - cpu.mean) <= 2, `${busy} of ${cpu.mean}`);
      assert(memory.used! + memory.available! === memory.total && memory.free !== null);
      assert(memory.swapTotal! > 0 || !memory.swapIn, "only a host with swap swaps");
      for (const { total, used, free } of disk.volumes) assert(used! + free! <= total!);
      last = message;
    }
  }
});

Deno.test("write() tells role and site where a host is to have tags", () => {
  const textOf = (index: number, changes: Partial<HostSettings>) => {
    const host = hostOf(index, changes);
    host.step(randomFrom(1));
    return new TextDecoder().decode(bytesOf(host));
  };
  const tagsOf = (index: number, changes: Partial<HostSettings>) =>
    JSON.parse(textOf(index, changes)).tags;
  assertEquals(tagsOf(0, {}), undefined);
  assertEquals(tagsOf(0, { tagged: true }), { role: "web", site: "ams" });
  assertEquals(tagsOf(7, { tagged: true, sealed: true }), { role: "db", site: "fra" });
  // As an agent writes them, so that a server reads them the short way.
  const { cpu: _, memory: _memory, disk: _disk, network: _network, ...head } = JSON.parse(
    textOf(7, { tagged: true }),
  );
  const start = { ...head, sensors: undefined, system: undefined, pressure: undefined };
  const text = new TextDecoder().decode(encodeMessage(start)).slice(0, -1);
  assert(textOf(7, { tagged: true }).startsWith(text), text);
});

Deno.test("write() keeps to the numbers of a day", () => {
  const [random, host] = [randomFrom(2), hostOf(1)];
  const means = new Set();
  const used = new Set();
  const traffic: number[] = [];
  for (let seq = 1; seq <= 17_280; seq++) {
    host.step(random);
    const { cpu, disk, network } = messageOf(host);
    means.add(cpu!.mean);
    used.add(disk!.volumes[0]!.used);
    traffic.push(network!.interfaces[0]!.rx!);
  }
  assert(means.size > 100, "the CPU moves");
  assert(used.size > 500, "the disk fills");
  assert(Math.max(...traffic) > 10 * traffic.toSorted((a, b) => a - b)[8_640]!, "traffic bursts");
});

Deno.test("write() makes messages that fit, for every number of cores", async (t) => {
  for (const cores of [1, 2, 32, 33, 64, 256]) {
    await t.step(`${cores}`, () => {
      for (let index = 0; index < 30; index++) {
        const host = hostOf(index, { cores });
        host.step(randomFrom(index));
        assertEquals(messageOf(host).cpu?.cores.length, cores);
        assert(bytesOf(host).length < TARGET_DATAGRAM_BYTES - ENVELOPE_BYTES);
      }
    });
  }
});

Deno.test("write() leaves out of a sealed message what its header says, and nothing else", () => {
  const [plain, sealed] = [hostOf(4), hostOf(4, { sealed: true })];
  plain.step(randomFrom(1));
  sealed.step(randomFrom(1));
  const { id: _id, session: _session, seq: _seq, ...rest } = messageOf(plain);
  assertEquals(messageOf(sealed), rest);
});

Deno.test("hosts have names of their own", () => {
  const names = Array.from({ length: HOSTS }, (_, index) => {
    const host = hostOf(index);
    host.step(randomFrom(1));
    return messageOf(host).host;
  });
  assertEquals(new Set(names).size, HOSTS);
  assertEquals(names.slice(0, 3), ["web-01", "db-01", "cache-01"]);
});

Deno.test("step() without write() leaves a gap: as many numbers are lost as were withheld", () => {
  const [random, isLost] = [randomFrom(1), lossOf(20, randomFrom(2))];
  const host = hostOf(0);
  const seen: number[] = [];
  let withheld = 0;
  for (let n = 0; n < 1_000; n++) {
    host.step(random);
    if (isLost()) withheld++;
    else seen.push(messageOf(host).seq!);
  }
  assert(withheld > 0);
  assertEquals(seen.length + withheld, host.seq);
  assertEquals(new Set(seen).size, seen.length);
});
