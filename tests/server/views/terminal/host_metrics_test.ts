import { assertEquals, assertStringIncludes } from "@std/assert";
import type { MemoryMetrics } from "../../../../lib/message/message.ts";
import {
  renderDisk,
  renderMemory,
  renderNetwork,
} from "../../../../lib/server/views/terminal/host_metrics.ts";
import { detail, linesText, NOW_MS } from "./samples.ts";

const MEMORY: MemoryMetrics = {
  total: 2 ** 30,
  used: 0.95 * 2 ** 30,
  free: null,
  available: 0.05 * 2 ** 30,
  swapTotal: 0,
  swapUsed: 0,
};

Deno.test("renderMemory() tells a host without swap from one whose swap is not known", () => {
  assertStringIncludes(linesText(renderMemory(MEMORY, 60)), "swap none");
  assertStringIncludes(
    linesText(renderMemory({ ...MEMORY, swapTotal: null, swapUsed: null }, 60)),
    "swap – of –",
  );
});

Deno.test("renderMemory() makes what is nearly full stand out", () => {
  const [first] = renderMemory(MEMORY, 60);
  assertEquals(first?.[0], { text: " 95%", style: "critical" });
});

Deno.test("renderDisk() keeps volumes in line", () => {
  const volumes = ["/", "/home"].map((mount) => ({ mount, total: 100, used: 50, free: 50 }));
  assertEquals(
    linesText(renderDisk({ read: 0, write: 0, volumes }, 60).slice(1)),
    `\
 50% ━━━━━━━╸─────── /       used   50 of  100   free   50
 50% ━━━━━━━╸─────── /home   used   50 of  100   free   50`,
  );
});

Deno.test("renderNetwork() adds up what there is more than one of", () => {
  const traffic = { rx: 1_024, tx: 0, rxLost: 1, txLost: null };
  const network = { interfaces: [{ name: "eth0", ...traffic }] };
  const text = (changes: object) =>
    linesText(renderNetwork({ ...network, ...changes }, detail(), NOW_MS, 80).slice(0, -2));
  const eth0 = "eth0   down 1.0KB/s   up    0B/s   packets lost in 1   out –";
  assertEquals(text({}), eth0);
  assertEquals(
    text({ omitted: 2, sum: { ...traffic, rx: 4_096 } }),
    `${eth0}
all    down 4.0KB/s   up    0B/s   packets lost in 1   out –
and 2 interfaces that the agent left out`,
  );
});
