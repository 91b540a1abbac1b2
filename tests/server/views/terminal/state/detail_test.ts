import { assertEquals } from "@std/assert";
import { Fleet } from "../../../../../lib/server/fleet/fleet.ts";
import { hostDetail } from "../../../../../lib/server/views/terminal/state/detail.ts";

const SENDER = { hostname: "192.0.2.7", port: 40312 };

function send(fleet: Fleet, message: object, nowMs: number): void {
  fleet.receive(new TextEncoder().encode(JSON.stringify(message)), SENDER, nowMs);
}

Deno.test("hostDetail() stays as it is while the fleet goes on", () => {
  const fleet = new Fleet({ maxHosts: 2, historyMs: 60_000, nowMs: 0 });
  const sample = { v: 1, host: "web-01", session: "s", cpu: { mean: 10 } };
  send(fleet, { ...sample, seq: 1 }, 1_000);
  const host = fleet.host("192.0.2.7/web-01")!;
  const detail = hostDetail(host, 2_000);
  send(fleet, { ...sample, seq: 3, cpu: { mean: 90 } }, 6_000);
  assertEquals(detail.times, [1_000]);
  assertEquals(detail.history.cpu, [10]);
  assertEquals([detail.row.cpuPercent, detail.row.ageMs, detail.intervalMs], [10, 1_000, 5_000]);
  assertEquals([detail.delivery?.received, detail.delivery?.lost, detail.datagrams], [1, 0, 1]);
  assertEquals(hostDetail(host, 6_000).delivery?.lost, 1);
});

Deno.test("hostDetail() of a legacy host has neither delivery nor past", () => {
  const fleet = new Fleet({ maxHosts: 2, historyMs: 60_000, nowMs: 0 });
  send(fleet, { cpu: 1 }, 1_000);
  const { delivery, times, history } = hostDetail(fleet.host("192.0.2.7")!, 1_000);
  assertEquals([delivery, times, history.cpu], [null, [], []]);
});
