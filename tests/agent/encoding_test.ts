import { assert, assertEquals } from "@std/assert";
import {
  encoder,
  fitMessage,
  listDevices,
  plainEncoding,
  sealer,
  textBytes,
} from "../../lib/agent/encoding.ts";
import { decodeMessage } from "../../lib/message/decode.ts";
import { encodeMessage } from "../../lib/message/encode.ts";
import {
  MAX_DATAGRAM_BYTES,
  type Message,
  TARGET_DATAGRAM_BYTES,
} from "../../lib/message/message.ts";
import { sumTraffic } from "../../lib/message/metrics.ts";
import type { KeyFile } from "../../lib/sealed/key_file.ts";
import { sealedEncoding } from "../../lib/sealed/sealer.ts";
import { fullSampleOf, messages, sampleOf } from "../messages.ts";
import { idOf, keyOf, NOW_MS, ringOf, sessionOf } from "../sealed/sealing.ts";
import fc from "fast-check";

function fakeLog() {
  const lines: string[] = [];
  const note = (level: string) => (line: unknown) => {
    lines.push(`${level} ${line}`);
    return line;
  };
  const log = { info: note("info"), warn: note("warn"), error: note("error") };
  return { lines, log: log as unknown as Parameters<typeof encoder>[0] };
}

Deno.test("encoder() warns once of what is too long for the way", () => {
  const { lines, log } = fakeLog();
  const encode = encoder(log, plainEncoding(508));
  const short: Message = { v: 1, host: "a" };
  const long: Message = {
    v: 1,
    host: "h".repeat(250),
    id: "i".repeat(64),
    session: "s".repeat(64),
  };
  assertEquals(decodeMessage(encode(short)), short);
  assertEquals(lines, []);
  const longer = sampleOf({ cores: 1_024, volumes: 64, interfaces: 64 });
  for (const message of [longer, long, longer]) encode({ ...longer, ...message });
  assertEquals(lines.length, 1, lines.join("\n"));
});

Deno.test("sealer() sends nothing without a key, and says when that begins and ends", () => {
  const { lines, log } = fakeLog();
  const keys = { path: "FILE", ring: ringOf(keyOf(1, { agent: idOf(2) })) };
  const seal = sealer(keys as unknown as KeyFile, idOf(1), log, sealedEncoding(null));
  const message = (seq: number): Message => {
    return { v: 1, host: "a", id: idOf(1), session: sessionOf(NOW_MS), seq, time: NOW_MS };
  };
  assertEquals([seal(message(1)), seal(message(2))], [null, null]);
  assertEquals(lines.length, 1);
  Object.assign(keys, { ring: ringOf(keyOf(1)) });
  assertEquals(seal(message(3))![0], 0xf5);
  assertEquals(lines, [
    `error Cannot seal datagrams: no valid key for ${idOf(1)} in FILE; not sending`,
    "info Sealing again",
  ]);
});

const decode = (bytes: Uint8Array) => decodeMessage(bytes) as Message;

Deno.test("fitMessage() lists every device where all fit", async (t) => {
  const cases = [[4, 1, 1], [64, 4, 4], [256, 4, 4], [1, 0, 0], [1, 8, 1], [1, 1, 8]] as const;
  for (const [cores, volumes, interfaces] of cases) {
    await t.step(`${cores} cores, ${volumes} volumes, ${interfaces} interfaces`, () => {
      const message = sampleOf({ cores, volumes, interfaces });
      const fitted = fitMessage(message);
      assertEquals(fitted, { bytes: encodeMessage(message), long: false });
    });
  }
});

Deno.test("fitMessage() leaves nothing out of a host with all that a system may have", () => {
  const message = fullSampleOf({ cores: 4, volumes: 2, interfaces: 2 });
  const reservedBytes = textBytes({ cpu: "AMD EPYC 7302 16-Core Processor" });
  for (const texts of [undefined, { arch: "x86_64" }, { cpu: "AMD EPYC 7302 16-Core Processor" }]) {
    const sent = { ...message, ...(texts && { texts }) };
    const { bytes, long } = fitMessage(sent, { ...plainEncoding(), reservedBytes });
    assertEquals([long, decode(bytes)], [false, decode(encodeMessage(sent))]);
    assert(bytes.length <= TARGET_DATAGRAM_BYTES - (texts === undefined ? reservedBytes : 0));
  }
});

Deno.test("fitMessage() leaves out numbers from the end of the catalogue, and counts them", () => {
  const message = fullSampleOf({ cores: 120, volumes: 9, interfaces: 9 });
  const { cpu, disk, network, system, sensors, omitted } = decode(fitMessage(message).bytes);
  assertEquals([disk!.volumes.length, network!.interfaces.length], [4, 4]);
  assertEquals([sensors, cpu!.user, system!.load1], [{ tempsOmitted: 2 }, 10.3, 1.23]);
  assert(omitted! >= 5, `${omitted}`);
  assertEquals(network!.sum!.rx, Math.round(sumTraffic(message.network!.interfaces).rx!));
  // The same whether a text comes with it or not.
  const encoding = { ...plainEncoding(), reservedBytes: 60 };
  const texts = { kernel: "6.1.0-28-amd64" };
  const without = decode(fitMessage(message, encoding).bytes);
  assertEquals(decode(fitMessage({ ...message, texts }, encoding).bytes), { ...without, texts });
});

Deno.test("fitMessage() lists the hottest of many sensors, and says how many there are", () => {
  const temps = Array.from({ length: 40 }, (_, n) => ({ name: `Core ${n}`, celsius: n }));
  const full = fullSampleOf({ cores: 4, volumes: 2, interfaces: 2 });
  const { sensors } = decode(fitMessage({ ...full, sensors: { temps } }).bytes);
  assertEquals(sensors!.temps!.map(({ celsius }) => celsius), [36, 37, 38, 39]);
  assertEquals(sensors!.tempsOmitted, 36);
});

Deno.test("fitMessage() leaves out devices until an Ethernet frame holds the rest", async (t) => {
  const cases = [[4, 30, 30], [256, 12, 3], [16, 2, 40], [256, 64, 64], [8, 100, 100]] as const;
  for (const [cores, volumes, interfaces] of cases) {
    await t.step(`${cores} cores, ${volumes} volumes, ${interfaces} interfaces`, () => {
      const message = sampleOf({ cores, volumes, interfaces });
      const { bytes, long } = fitMessage(message);
      assertEquals(long, false);
      assert(bytes.length <= TARGET_DATAGRAM_BYTES, `${bytes.length} bytes`);
      const { disk, network, cpu } = decode(bytes);
      assertEquals(cpu!.cores.length, cores);
      assertEquals(disk!.volumes.length + (disk!.omitted ?? 0), volumes);
      assertEquals(network!.interfaces.length + (network!.omitted ?? 0), interfaces);
      assert(disk!.volumes.length > 0 && network!.interfaces.length > 0);
      const exact = sumTraffic(message.network!.interfaces);
      if (network!.omitted !== undefined) {
        assertEquals(network!.sum!.rx, Math.round(exact.rx!));
        assertEquals(network!.sum!.tx, Math.round(exact.tx!));
        assertEquals([network!.sum!.rxLost, network!.sum!.txLost], [exact.rxLost, exact.txLost]);
      }
      // It leaves out no more than it must.
      const onceMore = listDevices(message, {
        volumes: disk!.volumes.length + 1,
        interfaces: network!.interfaces.length + 1,
      });
      assert(encodeMessage(onceMore).length > TARGET_DATAGRAM_BYTES);
    });
  }
});

Deno.test("fitMessage() lists as many volumes as interfaces where there are plenty of both", () => {
  const { disk, network } = decode(
    fitMessage(sampleOf({ cores: 4, volumes: 40, interfaces: 40 })).bytes,
  );
  assert(disk!.volumes.length > 2);
  assert(Math.abs(disk!.volumes.length - network!.interfaces.length) <= 1);
});

Deno.test("fitMessage() grows longer than a frame only where it cannot help it", () => {
  const message = sampleOf({ cores: 1_024, volumes: 20, interfaces: 20 });
  const { bytes, long } = fitMessage(message);
  assertEquals(long, true);
  assert(bytes.length > TARGET_DATAGRAM_BYTES && bytes.length <= MAX_DATAGRAM_BYTES);
  const { disk, network } = decode(bytes);
  assertEquals([disk!.volumes.length, disk!.omitted], [4, 16]);
  assertEquals([network!.interfaces.length, network!.omitted], [4, 16]);
});

Deno.test("fitMessage() exceeds no limit that was set while anything can be left out", async (t) => {
  const cases = [
    [4, 3, 3],
    [64, 4, 30],
    [256, 20, 20],
    [1_024, 64, 64],
    [8, 100, 100],
    [4, 80, 1],
    [4, 1, 80],
  ] as const;
  for (const limit of [508, 548, 1_232, 1_452, MAX_DATAGRAM_BYTES]) {
    for (const [cores, volumes, interfaces] of cases) {
      await t.step(`${cores} cores, ${volumes} + ${interfaces} devices in ${limit} bytes`, () => {
        const message = sampleOf({ cores, volumes, interfaces });
        const { bytes, long } = fitMessage(message, plainEncoding(limit));
        const isBare = bytes.length > limit;
        assertEquals(long, isBare);
        const { cpu, disk, network } = decode(bytes);
        assertEquals(cpu!.cores.length + (cpu!.omitted ?? 0), cores);
        assertEquals(disk!.volumes.length + (disk!.omitted ?? 0), volumes);
        assertEquals(network!.interfaces.length + (network!.omitted ?? 0), interfaces);
        assertEquals(cpu!.mean, Math.round(message.cpu!.mean! * 10) / 10);
        const left = cpu!.cores.length + disk!.volumes.length + network!.interfaces.length;
        if (isBare) assertEquals(left, 0);
        // Cores go only where not even one device of each kind would fit beside them.
        const least = listDevices(message, { volumes: 1, interfaces: 1 });
        assertEquals(cpu!.omitted === undefined, encodeMessage(least).length <= limit);
      });
    }
  }
});

Deno.test("fitMessage() leaves out the last interface before the last volume", () => {
  const message = sampleOf({ cores: 0, volumes: 3, interfaces: 3 });
  const limit = encodeMessage(listDevices(message, { volumes: 1, interfaces: 1 })).length - 1;
  const { disk, network } = decode(fitMessage(message, plainEncoding(limit)).bytes);
  assertEquals([disk!.volumes.length, network!.interfaces.length], [1, 0]);
});

Deno.test("fitMessage() with a limit sends what cannot be less, and says that it is long", () => {
  const message = { ...sampleOf({ cores: 4, volumes: 3, interfaces: 3 }), host: "é".repeat(253) };
  const { bytes, long } = fitMessage(message, plainEncoding(508));
  assertEquals(long, true);
  const { host, cpu, disk, network } = decode(bytes);
  assertEquals([host, cpu!.omitted, disk!.omitted, network!.omitted], [message.host, 4, 3, 3]);
});

Deno.test("fitMessage() stays within a datagram with the longest names there are", () => {
  const name = (length: number) => "\u{ffff}".repeat(length);
  const message: Message = {
    ...sampleOf({ cores: 1_024, volumes: 64, interfaces: 64 }),
    host: name(253),
    disk: {
      read: 0,
      write: 0,
      volumes: Array.from({ length: 64 }, () => ({
        mount: name(255),
        total: Number.MAX_SAFE_INTEGER,
        used: Number.MAX_SAFE_INTEGER,
        free: 0,
      })),
    },
  };
  const { bytes, long } = fitMessage(message);
  assertEquals(long, true);
  assert(bytes.length <= MAX_DATAGRAM_BYTES, `${bytes.length} bytes`);
  assertEquals(decode(bytes).host, message.host);
});

Deno.test("fitMessage() makes a message that decodes, short where it says so", () => {
  fc.assert(
    fc.property(messages, fc.integer({ min: 0, max: 20 }), (message, copies) => {
      const volumes = Array.from(
        { length: copies },
        () => structuredClone(message.disk?.volumes ?? []),
      ).flat();
      const many = message.disk ? { ...message, disk: { ...message.disk, volumes } } : message;
      const { bytes, long } = fitMessage(many);
      const { disk } = decode(bytes);
      assertEquals(long, bytes.length > TARGET_DATAGRAM_BYTES);
      if (disk) assert(disk.volumes.length <= volumes.length);
    }),
    { numRuns: 200 },
  );
});

Deno.test("listDevices() keeps the fullest volumes and the busiest interfaces, in their order", () => {
  const volume = (mount: string, used: number | null) => ({ mount, total: 100, used, free: 50 });
  const link = (name: string, rx: number | null) => ({ name, rx, tx: 1, rxLost: 2, txLost: null });
  const message: Message = {
    v: 1,
    host: "h",
    disk: {
      read: 1,
      write: 2,
      volumes: [volume("/a", 10), volume("/b", 40), volume("/c", null), volume("/d", 30)],
    },
    network: { interfaces: [link("a", 5), link("b", null), link("c", 9)] },
  };
  assertEquals(listDevices(message, { volumes: 2, interfaces: 1 }), {
    ...message,
    disk: {
      read: 1,
      write: 2,
      volumes: [volume("/b", 40), volume("/d", 30)],
      omitted: 2,
    },
    network: {
      interfaces: [link("c", 9)],
      omitted: 2,
      sum: { rx: 14, tx: 3, rxLost: 6, txLost: null },
    },
  });
  assertEquals(listDevices(message, { volumes: 4, interfaces: 3 }), message);
  assertEquals(listDevices({ v: 1, host: "h", disk: null }, { volumes: 0, interfaces: 0 }), {
    v: 1,
    host: "h",
    disk: null,
  });
});
