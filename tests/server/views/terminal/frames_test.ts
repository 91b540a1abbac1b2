/**
 * Whole frames at the three sizes, as they are kept in `frames`. After a change that is meant,
 * `deno test --allow-all tests/server/views/terminal/frames_test.ts -- --frames` writes them anew.
 */
import type { HostRow } from "../../../../lib/server/fleet/host/row.ts";
import { render } from "../../../../lib/server/views/terminal/pages/render.ts";
import type { ShownPast } from "../../../../lib/server/views/terminal/state/past.ts";
import { FIRST_STATE, type ViewState } from "../../../../lib/server/views/terminal/state/state.ts";
import { NOTHING } from "../../../../lib/common/alerts.js";
import type { Message } from "../../../../lib/message/message.ts";
import {
  assertFrame,
  data,
  detail,
  frameText,
  MAY_READ_FRAMES,
  NOW_MS,
  queue,
  row,
  unknownRow,
} from "./samples.ts";

const GIB = 2 ** 30;

const SIZES = [[80, 24], [120, 40], [200, 50]] as const;

/** Hosts of a role, each with other numbers. */
function hostsOf(role: string, count: number, cpu: number): HostRow[] {
  return Array.from({ length: count }, (_, n) =>
    row(`${role}-${String(n + 1).padStart(2, "0")}`, {
      tags: { role, site: n % 2 === 0 ? "fra" : "nyc" },
      cpuPercent: cpu + 3 * n,
      memoryPercent: 40 + n,
      load1: cpu / 10,
      temperatureCelsius: 40 + n,
      volumeMount: n === 0 ? "/" : "/var/lib/pg",
      volumePercent: 30 + 4 * n,
    }));
}

const ROWS: readonly HostRow[] = [
  ...hostsOf("db", 6, 40),
  ...hostsOf("edge", 4, 9),
  ...hostsOf("web", 9, 20),
  unknownRow("192.0.2.9", { address: "192.0.2.9:5005" }),
].map((row) => {
  if (row.name === "db-03") return { ...row, status: "offline", ageMs: 240_000 };
  if (row.name === "edge-02") return { ...row, status: "stale", ageMs: 19_000 };
  if (row.name === "web-04") return { ...row, status: "left", ageMs: 7_200_000 };
  if (row.name === "db-05") return { ...row, memoryPercent: 97 };
  return row;
});

const ALERTS = queue(
  ["offline", "key of db-03", 4, 1, "last heard 4m ago"],
  ["memory", "key of db-05", 12, 97, "97%"],
  ["volume-full", "key of web-07", 26, 100, "100%, /var"],
  ["volume-filling", "key of web-02", 70, 3.6e4, "/var full in 3h to 6h"],
);

const MESSAGE: Message = {
  ...{ v: 1, host: "db-05", id: "AbCdEfGhIjKlMnOpQrStUv", seq: 1_240 },
  texts: { os: "Debian 12", kernel: "6.1.0-26", arch: "x86_64", cpu: "EPYC 7302", agent: "0.3.0" },
  cpu: { mean: 47, cores: [52, 40, 61, 35], iowait: 5, steal: 0 },
  memory: {
    ...{ total: 64 * GIB, used: 58 * GIB, free: GIB, available: 6 * GIB },
    ...{ swapTotal: 8 * GIB, swapUsed: 4.9 * GIB },
  },
  disk: {
    ...{ read: 2.9e6, write: 8.1e6 },
    volumes: [{ mount: "/var/lib/pg", total: 1.8e12, used: 1.1e12, free: 0.7e12 }],
  },
  network: { interfaces: [{ name: "eno1", rx: 5e6, tx: 1.1e7, rxLost: 0, txLost: 0 }] },
};

const HOUR_MS = 3_600_000;
const [FROM_MS, POINTS] = [NOW_MS - HOUR_MS, 300];
const wave = (mean: number, by: number, period: number) =>
  Array.from({ length: POINTS }, (_, n) => {
    if (n > 90 && n < 110 || n > 200 && n < 235) return null;
    return mean + by * Math.sin(n / period);
  });

/** An hour with two gaps. */
const PAST: ShownPast = {
  ...{ fromMs: FROM_MS, toMs: NOW_MS, stepMs: HOUR_MS / POINTS },
  values: {
    ...{ cpu: wave(50, 30, 12), memory: wave(80, 12, 60), iowait: wave(5, 4, 9) },
    ...{ read: wave(3e6, 2e6, 20), write: wave(8e6, 5e6, 30), load1: wave(9, 4, 25) },
    ...{ receive: wave(5e6, 3e6, 15), send: wave(1.1e7, 6e6, 35), temperature: wave(55, 9, 50) },
    ...{
      pressureCpu: wave(7, 5, 8),
      pressureMemory: wave(24, 14, 40),
      pressureIo: wave(11, 6, 13),
    },
  },
  gaps: [
    { fromMs: FROM_MS + 91 * 12_000, toMs: FROM_MS + 110 * 12_000, cause: "down" },
    { fromMs: FROM_MS + 201 * 12_000, toMs: FROM_MS + 235 * 12_000, cause: "silent" },
  ],
  shares: { known: 0.823, silent: 0.114, down: 0.063 },
};

const FRAMES: Readonly<Record<string, Partial<ViewState>>> = {
  fleet: { selected: "key of db-02" },
  groups: { group: "role", open: ["web"], sort: "cpu", descending: true },
  filter: { filter: "web cpu>30", typing: true },
  nothing: { filter: "web cpu>99" },
  compare: { page: "compare", picked: ["a", "b", "c"] },
  alerts: { page: "alerts", scroll: 1 },
  columns: { page: "columns", scroll: 2 },
  help: { page: "help" },
  empty: {},
  host: { page: "host", selected: "key of db-05", range: 1 },
  delivery: {
    ...{ page: "host", selected: "key of db-05", range: 1 },
    ...{ delivery: true, formulas: true },
  },
};

for (const [name, state] of Object.entries(FRAMES)) {
  Deno.test({
    name: `render() draws the frames of ${name} that are kept (needs --allow-read)`,
    ignore: !MAY_READ_FRAMES,
    async fn(t) {
      const own = ROWS.find(({ name }) => name === "db-05")!;
      const view = data(name === "empty" ? [] : ROWS, {
        compared: ["db-03", "db-05", "edge-02"].map((name, n) => {
          const { key, status } = ROWS.find((row) => row.name === name)!;
          const ended = status === "offline" ? 48 : 0;
          const times = Array.from({ length: 180 - ended }, (_, n) => NOW_MS - 900_000 + 5_000 * n);
          const cpu = times.map((_, at) => 20 + 20 * n + 15 * Math.sin(at / (7 + n)));
          return {
            ...{ key, name, status, times, history: { cpu } },
            ...{ intervalMs: 5_000, aheadMs: 0 },
          };
        }),
        alerts: name === "empty" ? NOTHING : ALERTS,
        webUrl: "http://127.0.0.1:8080/",
        detail: detail({
          ...{ row: own, message: MESSAGE, jitterMs: 1.2, clockOffsetMs: 0 },
          alerts: {
            ...ALERTS,
            total: 1,
            rules: ALERTS.rules.filter(({ alert }) => alert === "memory"),
          },
          ranges: { range: 1, untilMs: null, shown: PAST },
        }),
      });
      for (const [columns, rows] of SIZES) {
        await t.step(`${columns}×${rows}`, () => {
          const { frame } = render({ ...FIRST_STATE, ...state }, view, { columns, rows });
          assertFrame(`${name}-${columns}x${rows}`, frameText(frame, { columns, rows }));
        });
      }
    },
  });
}
