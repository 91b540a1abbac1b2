import { percentOf } from "../../lib/common/status.js";
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { metricOf } from "../../lib/catalogue.ts";
import type { MemoryMetrics, Metric, TrafficMetrics } from "../../lib/message/message.ts";
import {
  highestReader,
  hostReader,
  sum,
  sumTraffic,
  totalTraffic,
  volumePercent,
} from "../../lib/message/metrics.ts";
import { amounts } from "../messages.ts";

Deno.test("percentOf() knows nothing of nothing", async (t) => {
  const cases: [Metric, Metric, Metric][] = [
    [1, 4, 25],
    [0, 4, 0],
    [4, 4, 100],
    [null, 4, null],
    [1, null, null],
    [0, 0, null],
    [1, 0, null],
    [1, -4, null],
  ];
  for (const [part, whole, expected] of cases) {
    await t.step(`${part} of ${whole}`, () => assertEquals(percentOf(part, whole), expected));
  }
});

const MEMORY: MemoryMetrics = {
  total: 200,
  used: 50,
  free: 10,
  available: 150,
  swapTotal: 0,
  swapUsed: 0,
};

Deno.test("hostReader() of a share is that of what is known", () => {
  const percent = (changes: Partial<MemoryMetrics>) =>
    hostReader(metricOf("memory"))({ memory: { ...MEMORY, ...changes } });
  assertEquals(percent({}), 25);
  assertEquals(percent({ used: null }), null);
  assertEquals(percent({ total: 0, used: 0 }), null);
  assertEquals(hostReader(metricOf("memory"))({ memory: null }), null);
});

Deno.test("hostReader() of a total takes the sender's sum, else adds up what is listed", () => {
  const receive = hostReader(metricOf("receive"));
  const lost = hostReader(metricOf("interfaceLost"));
  const interfaces = [
    { name: "a", ...traffic(1, 2, 3, null) },
    { name: "b", ...traffic(10, null, 30, 40) },
  ];
  assertEquals([receive({ network: { interfaces } }), lost({ network: { interfaces } })], [11, 73]);
  assertEquals(receive({ network: { interfaces, sum: traffic(9, 9, 9, 9) } }), 9);
  assertEquals([receive({ network: { interfaces: [] } }), receive({})], [null, null]);
});

function volume(mount: string, used: Metric, free: Metric) {
  return { mount, total: 100, used, free };
}

Deno.test("volumePercent() leaves out what is reserved, as df does", async (t) => {
  const cases: [Metric, Metric, Metric][] = [
    [60, 20, 75],
    [0, 100, 0],
    [95, 0, 100],
    [0, 0, null],
    [null, 1, null],
    [1, null, null],
  ];
  for (const [used, free, expected] of cases) {
    await t.step(`${used} used, ${free} free`, () => {
      assertEquals(volumePercent(volume("/", used, free)), expected);
    });
  }
});

Deno.test("highestReader() passes over the unknown, and takes the first of equals", () => {
  const fullest = (...volumes: ReturnType<typeof volume>[]) =>
    highestReader(metricOf("volume"))({ disk: { read: null, write: null, volumes } });
  const full = volume("/full", 75, 25);
  const root = volume("/", 0, 100);
  assertEquals([fullest(), fullest(volume("/", null, 1)), fullest(root)], [null, null, root]);
  assertEquals(
    fullest(volume("/", 50, 50), volume("/x", null, 0), full, volume("/y", 75, 25)),
    full,
  );
});

const traffic = (rx: Metric, tx: Metric, rxLost: Metric, txLost: Metric): TrafficMetrics => ({
  rx,
  tx,
  rxLost,
  txLost,
});

Deno.test("totalTraffic() takes the sender's sum, else adds up what is listed", () => {
  const interfaces = [{ name: "a", ...traffic(1, 2, 3, null) }, {
    name: "b",
    ...traffic(10, 20, 30, 40),
  }];
  assertEquals(totalTraffic({ interfaces }), traffic(11, 22, 33, 40));
  assertEquals(totalTraffic({ interfaces, sum: traffic(9, 9, 9, 9) }), traffic(9, 9, 9, 9));
  assertEquals(totalTraffic({ interfaces: [] }), traffic(null, null, null, null));
  assertEquals(sumTraffic(interfaces), traffic(11, 22, 33, 40));
});

Deno.test("sum() adds up what is known", () => {
  assertEquals([sum([]), sum([null, null]), sum([null, 0]), sum([3, null, 4])], [null, null, 0, 7]);
  fc.assert(
    fc.property(fc.array(amounts), (terms) => {
      const known = terms.filter((term) => term !== null);
      const exact = known.reduce((a, b) => a + b, 0);
      const isKnown = known.length > 0 && exact <= Number.MAX_SAFE_INTEGER;
      assertEquals(sum(terms), isKnown ? exact : null);
    }),
    { numRuns: 200 },
  );
});
