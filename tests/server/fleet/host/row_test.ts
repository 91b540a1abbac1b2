import { assertEquals } from "@std/assert";
import type { Host } from "../../../../lib/server/fleet/host/host.ts";
import { keepMessage } from "../../../../lib/server/fleet/host/host_message.ts";
import { METRICS } from "../../../../lib/catalogue.ts";
import { encodeMessage } from "../../../../lib/message/encode.ts";
import { type HostRow, hostRow } from "../../../../lib/server/fleet/host/row.ts";
import { digestOf, jsonOf, passed } from "../../../messages.ts";
import { hostOf } from "../hosts.ts";
import type { LegacyMessage, Message } from "../../../../lib/message/message.ts";

function host(message: Message | LegacyMessage, changes: Partial<Host> = {}): Host {
  const host = hostOf("key");
  const body = message.v === 1 ? encodeMessage(message) : jsonOf(message.body);
  keepMessage(host, digestOf(message), body);
  const known = { name: "web-01", hostname: "192.0.2.7", port: 40_000, lastSeenMs: 10_000 };
  return Object.assign(host, known, changes);
}

/** Every field of the catalogue's. */
function unknownMetrics() {
  const fields = METRICS.filter(({ field }) => field !== undefined)
    .map(({ field, kind }) => [field!, kind === "host" ? null : []]);
  return { ...Object.fromEntries(fields), volumeMount: null } as unknown as HostRow;
}

const UNKNOWN = {
  ...unknownMetrics(),
  key: "key",
  name: "web-01",
  address: "192.0.2.7:40000",
  status: "live",
  tags: {},
  agent: null,
  sealed: false,
  sharedWith: null,
  refused: null,
  lastSeenMs: 10_000,
  intervalMs: 5_000,
  ageMs: 2_000,
  datagramsLost: null,
  ...{ busiestDisk: null, pressureOf: null, temperatureSensor: null },
} as const;

Deno.test("hostRow() makes nothing up", async (t) => {
  const cases: [string, Message | LegacyMessage][] = [
    ["a message without metrics", { v: 1, host: "h" }],
    ["metrics that failed", {
      v: 1,
      host: "h",
      cpu: null,
      memory: null,
      disk: null,
      network: null,
    }],
    ["a legacy message", { v: 0, body: { cpu: 50 } }],
  ];
  for (const [name, message] of cases) {
    await t.step(name, () => assertEquals(hostRow(host(message), 12_000), UNKNOWN));
  }
});

Deno.test("hostRow() derives one line from a message", () => {
  const traffic = (rx: number, txLost: number | null) => ({ rx, tx: 2, rxLost: 3, txLost });
  const message: Message = {
    v: 1,
    host: "h",
    interval: 100,
    cpu: { mean: 50, cores: [25, null], iowait: 1, steal: 0 },
    memory: { total: 100, used: 40, free: 10, available: 60, swapTotal: 0, swapUsed: 0 },
    disk: {
      read: 7,
      write: 8,
      volumes: [
        { mount: "/", total: 100, used: 30, free: 30 },
        { mount: "/srv", total: 100, used: 90, free: 10 },
      ],
    },
    network: { interfaces: [{ name: "a", ...traffic(1, 4) }, { name: "b", ...traffic(10, 5) }] },
  };
  assertEquals(hostRow(passed(host(message), 1, 5), 12_000), {
    ...UNKNOWN,
    status: "offline",
    intervalMs: 100,
    cpuPercent: 50,
    idlePercent: 49,
    coresPercent: [25, null],
    memoryUsedBytes: 40,
    memoryTotalBytes: 100,
    memoryPercent: 40,
    volumeMount: "/srv",
    volumePercent: 90,
    readBytesPerSecond: 7,
    writeBytesPerSecond: 8,
    receiveBytesPerSecond: 11,
    sendBytesPerSecond: 4,
    interfaceLost: 15,
    datagramsLost: 3,
  });
  const network = { interfaces: [{ name: "a", ...traffic(1, null) }] };
  const halfKnown = hostRow(host({ ...message, network }), 12_000);
  assertEquals([halfKnown.receiveBytesPerSecond, halfKnown.interfaceLost], [1, 3]);
});

Deno.test("hostRow() has no age below 0", () => {
  assertEquals(hostRow(host({ v: 1, host: "h" }), 9_000).ageMs, 0);
});

Deno.test("hostRow() names what is the highest, and totals of bytes need no sample but the last", () => {
  const says = (more: Partial<Message>): Message => ({ v: 1, host: "h", ...more });
  const row = hostRow(
    host(says({
      cpu: { mean: 14.1, cores: [], iowait: 0.2, steal: 0 },
      disk: {
        ...{ read: 0, write: 0, volumes: [] },
        disks: [disk("sda", 3), disk("sdb", 40), disk("sdc", null)],
      },
      pressure: { cpu: 1, memory: null, memoryFull: null, io: 7.5, ioFull: 2 },
      sensors: { temps: [{ name: "board", celsius: -12.5 }, { name: "cpu", celsius: -3 }] },
      system: { load1: 0, load5: 0, load15: 0, uptime: 77 },
    })),
    12_000,
  );
  assertEquals([row.idlePercent, row.uptimeSeconds], [85.7, 77]);
  assertEquals([row.diskBusyPercent, row.busiestDisk], [40, "sdb"]);
  assertEquals([row.pressurePercent, row.pressureOf], [7.5, "io"]);
  assertEquals([row.temperatureCelsius, row.temperatureSensor], [-3, "cpu"]);
  const traffic = (name: string, rxBytes: number) => ({
    ...{ name, rx: 1, tx: 2, rxLost: 0, txLost: 0, rxBytes, txBytes: 2 * rxBytes },
  });
  // The second of three samples is lost.
  const samples = [1, 3].map((n) =>
    says({ network: { interfaces: [traffic("a", 100 * n), traffic("b", n)] } })
  );
  const rows = samples.map((message) => hostRow(host(message), 12_000));
  assertEquals(rows.map(({ receivedBytes }) => receivedBytes), [101, 303]);
  assertEquals(rows.map(({ sentBytes }) => sentBytes), [202, 606]);
});

function disk(name: string, busy: number | null) {
  return { name, read: 0, write: 0, ops: 0, wait: 0, busy, queue: 0 };
}
