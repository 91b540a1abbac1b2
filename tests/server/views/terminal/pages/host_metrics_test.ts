import { assertEquals, assertStringIncludes } from "@std/assert";
import type { MemoryMetrics, MetricGroup, Metrics } from "../../../../../lib/message/message.ts";
import { renderGroup } from "../../../../../lib/server/views/terminal/pages/host_metrics.ts";
import { linesText } from "../samples.ts";

const MEMORY: MemoryMetrics = {
  total: 2 ** 30,
  used: 0.95 * 2 ** 30,
  free: null,
  available: 0.05 * 2 ** 30,
  swapTotal: 0,
  swapUsed: 0,
};

function linesOf(group: MetricGroup, message: Metrics, width = 60, withFormulas = false) {
  return renderGroup(group, message, { past: null, withFormulas, width });
}

Deno.test("renderGroup() tells a host without swap from one whose swap is not known", () => {
  const text = (changes: Partial<MemoryMetrics>) =>
    linesText(linesOf("memory", { memory: { ...MEMORY, ...changes } }));
  assertStringIncludes(text({}), "swap none");
  assertStringIncludes(text({ swapTotal: null, swapUsed: null }), "swap used    – of    –");
});

Deno.test("renderGroup() makes what is nearly full stand out", () => {
  const [first] = linesOf("memory", { memory: MEMORY });
  assertEquals(first?.[0], { text: " 95%", style: "critical" });
});

Deno.test("renderGroup() keeps devices in line", () => {
  const volumes = ["/", "/home"].map((mount) => ({ mount, total: 100, used: 50, free: 50 }));
  assertEquals(
    linesText(linesOf("disk", { disk: { read: 0, write: 0, volumes } }).slice(1)),
    `\
 50% ━━━━━━━╸─────── /       used   50 of  100   free   50
 50% ━━━━━━━╸─────── /home   used   50 of  100   free   50`,
  );
});

Deno.test("renderGroup() adds up what there is more than one of", () => {
  const traffic = { rx: 1_024, tx: 0, rxLost: 1, txLost: null };
  const network = { interfaces: [{ name: "eth0", ...traffic }] };
  const text = (changes: object) =>
    linesText(linesOf("network", { network: { ...network, ...changes } }, 80));
  const eth0 = "eth0   recv 1.0KB/s   send    0B/s   recv lost 1   send lost –";
  assertEquals(text({}), eth0);
  assertEquals(
    text({ omitted: 2, sum: { ...traffic, rx: 4_096 } }),
    `${eth0}
all    recv 4.0KB/s   send    0B/s   recv lost 1   send lost –
and 2 interfaces that the agent left out`,
  );
});

Deno.test("renderGroup() tells formulas on demand", () => {
  const text = (withFormulas: boolean) =>
    linesText(linesOf("memory", { memory: MEMORY }, 60, withFormulas));
  assertStringIncludes(text(true), "used / total, used = total − available");
  assertEquals(text(false).includes("total − available"), false);
});
