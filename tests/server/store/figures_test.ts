/**
 * What is read back, against the datagrams of a record that was made in the same run: of each metric that is
 * kept, count, mean, lowest and highest of each minute, by formulas that the program has no part in.
 */
import { assert, assertEquals } from "@std/assert";
import { encodeMessage } from "../../../lib/message/encode.ts";
import { EntryReader, KIND } from "../../../lib/server/record/format.ts";
import { openRecord } from "../../../lib/server/record/record.ts";
import { KEPT } from "../../../lib/server/store/columns.ts";
import { planOf, seriesOf } from "../../../lib/server/store/stretches.ts";
import { FaultyPath, harmed } from "../../fault_proxy.ts";
import { rarestSampleOf } from "../../messages.ts";
import { randomOf } from "../../mutation.ts";
import { openHere } from "../record/recording.ts";
import { MINUTE_MS, open, START_MS, test } from "./scene.ts";

const MINUTES = 12;
const HOSTS = 8;
const INTERVAL_MS = 5_000;
const FAULTS = {
  ...{ loss: 0.1, burst: 0.02, recovery: 0.5, duplicate: 0.1, reorder: 0.1 },
  ...{ corrupt: 0.02, truncate: 0.02 },
};

// deno-lint-ignore no-explicit-any
type Body = any;
const sum = (rows: readonly Body[] = [], ...names: readonly string[]) => {
  const all = rows.flatMap((row) => names.map((name) => row[name])).filter((n) =>
    typeof n === "number"
  );
  return all.length === 0 ? null : all.reduce((a, b) => a + b, 0);
};
const most = (numbers: readonly (number | null)[] = []) => {
  const known = numbers.filter((n) => typeof n === "number");
  return known.length === 0 ? null : Math.max(...known);
};
const share = (part: number | null, whole: number | null) =>
  part === null || whole === null || whole === 0 ? null : 100 * part / whole;

/** How each metric follows from a message. */
const FORMULAS: Readonly<Record<string, (body: Body) => number | null>> = {
  cpu: ({ cpu }) => cpu.mean,
  iowait: ({ cpu }) => cpu.iowait,
  steal: ({ cpu }) => cpu.steal,
  swapOut: ({ memory }) => memory.swapOut,
  memory: ({ memory }) => share(memory.used, memory.total),
  swap: ({ memory }) => share(memory.swapUsed, memory.swapTotal),
  volume: ({ disk }) =>
    most(disk.volumes.map(({ used, free }: Body) => share(used, free && used + free))),
  read: ({ disk }) => disk.read,
  write: ({ disk }) => disk.write,
  busiest: ({ disk }) => most(disk.disks.map((row: Body) => row[5])),
  receive: ({ network }) => sum(network.interfaces, "rx"),
  send: ({ network }) => sum(network.interfaces, "tx"),
  interfaceLost: ({ network }) => sum(network.interfaces, "rxLost", "txLost"),
  receiveBytes: ({ network }) => sum(network.interfaces, "rxBytes"),
  sendBytes: ({ network }) => sum(network.interfaces, "txBytes"),
  tcp: ({ network }) => network.tcp,
  retransmitted: ({ network }) => network.retrans,
  load1: ({ system }) => system.load1,
  oomKills: ({ system }) => system.oomKills,
  pressureCpu: ({ pressure }) => pressure[0],
  pressureMemory: ({ pressure }) => pressure[1],
  pressureIo: ({ pressure }) => pressure[3],
  temperature: ({ sensors }) => most(sensors.temps.map((row: Body) => row[1])),
};

/** What cannot be just any number. */
const FIXED = ["up", "ro", "reboot", "battery", "total", "swapTotal"];

/** A message in which every number is another one each time, and some are not known. */
function vary(value: unknown, random: () => number): unknown {
  if (typeof value === "number") {
    const varied = value * (0.5 + random() / 2);
    return random() < 0.05 ? null : value % 1 === 0 ? Math.round(varied) : varied;
  }
  if (Array.isArray(value)) return value.map((item) => vary(item, random));
  if (value === null || typeof value !== "object") return value;
  const varied = Object.entries(value).map(([key, item]) =>
    [key, FIXED.includes(key) ? item : vary(item, random)] as const
  );
  return Object.fromEntries(varied);
}

/** Minutes of each host and metric: values of datagrams, each number once. */
async function computed(folder: string) {
  const values = new Map<string, number[]>();
  const seen = new Set<string>();
  const entries = new EntryReader(100);
  const { frames } = await openRecord(folder, (line) => assert(false, line));
  for await (const frame of frames(-Infinity)) {
    entries.begin(frame);
    while (entries.next()) {
      if (entries.kind !== KIND.plain) continue;
      const body = parse(entries.bytes);
      if (body === null || seen.has(`${body.id} ${body.seq}`)) continue;
      seen.add(`${body.id} ${body.seq}`);
      const minute = Math.floor((entries.atMs - START_MS) / MINUTE_MS);
      for (const { id } of KEPT) {
        const value = FORMULAS[id]!(body) ?? null;
        const key = `${body.id} ${id} ${minute}`;
        if (value !== null) values.set(key, [...values.get(key) ?? [], value]);
      }
    }
  }
  return values;
}

function parse(bytes: Uint8Array): Body | null {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
}

test("figures read back are those of the recorded datagrams, of every metric that is kept", async (folder) => {
  assertEquals(Object.keys(FORMULAS).sort(), KEPT.map(({ id }) => id).sort());
  for (const seed of [1, 2, 3]) {
    const [data, recorded] = [`${folder}-${seed}`, `${folder}-${seed}-record`];
    const scene = await open(data);
    const clock = { nowMs: START_MS, aheadMs: 0 };
    const { recorder, settle } = openHere(recorded, clock);
    const random = randomOf(seed);
    const paths = Array.from({ length: HOSTS }, (_, n) => new FaultyPath(10 * seed + n, FAULTS));
    for (let seq = 1; seq <= MINUTES * MINUTE_MS / INTERVAL_MS; seq++) {
      for (const [n, path] of paths.entries()) {
        clock.nowMs = START_MS + (seq - 1) * INTERVAL_MS + 500 * n;
        const sample = rarestSampleOf({ cores: 2, volumes: 2, interfaces: 2 });
        const { cpu, memory, disk, network, system, pressure, sensors } = sample;
        const groups = vary({ cpu, memory, disk, network, system, pressure, sensors }, random);
        const id = `host-${n}`;
        const message = { ...sample, ...groups as object, id, host: id, session: "s", seq };
        const bytes = encodeMessage({ ...message, interval: INTERVAL_MS, time: clock.nowMs });
        for (const passing of path.take(bytes.slice())) {
          const origin = { hostname: `10.0.0.${n}`, port: 1 };
          scene.receive(harmed(passing), origin.hostname, clock.nowMs);
          recorder.record(harmed(passing), origin, clock.nowMs, { kind: "plain" });
        }
      }
      scene.tick(clock.nowMs);
      recorder.tick();
      if (seq % 12 === 0) await Promise.all([settle(), scene.settle()]);
    }
    await recorder.close();
    const values = await computed(recorded);
    const plan = planOf(
      {
        ...{ fromMs: START_MS, untilMs: START_MS + MINUTES * MINUTE_MS, points: MINUTES },
        ...{ leastMs: 0, minutesSinceMs: 0 },
      },
      KEPT.map(({ id }) => id),
    );
    const { dropped } = scene.fleet.totals(clock.nowMs);
    assertEquals([...dropped.keys()].sort(), ["duplicate", "format", "json"]);
    let compared = 0;
    for (let n = 0; n < HOSTS; n++) {
      const id = `host-${n}`;
      const [found] = await scene.store.read([scene.fleet.host(id)!], plan);
      seriesOf(plan, found!).forEach((series, metric) => {
        const { id: name, scale } = KEPT[metric]!;
        for (let minute = 0; minute < MINUTES; minute++) {
          const all = values.get(`${id} ${name} ${minute}`) ?? [];
          const where = `${id} ${name} in minute ${minute} of seed ${seed}`;
          assertEquals(series.samples[minute], all.length, where);
          if (all.length === 0) continue;
          const mean = all.reduce((a, b) => a + b) / all.length;
          const told = [series.mean, series.lowest, series.highest].map((of) => of[minute]!);
          [mean, Math.min(...all), Math.max(...all)].forEach((exact, which) => {
            // Half a step of what is kept, and 0.05 %; a percentage of a message has a tenth.
            const slack = 0.51 / scale + Math.abs(exact) * 0.0006;
            assert(
              Math.abs(told[which]! - exact) <= slack,
              `${where}: ${told[which]}, not ${exact}`,
            );
          });
          compared++;
        }
      });
    }
    assert(compared > 0.9 * KEPT.length * HOSTS * MINUTES, `${compared} compared`);
    await scene.store.close();
  }
});
