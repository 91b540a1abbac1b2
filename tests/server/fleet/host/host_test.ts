import { assert, assertEquals } from "@std/assert";
import { Fleet } from "../../../../lib/server/fleet/fleet.ts";
import { type Host, hostIntervalMs } from "../../../../lib/server/fleet/host/host.ts";
import { hostMessage } from "../../../../lib/server/fleet/host/host_message.ts";
import { encodeMessage } from "../../../../lib/message/encode.ts";
import { sampleOf } from "../../../messages.ts";

Deno.test("hostIntervalMs() is what the host declares, else the default", () => {
  assertEquals(hostIntervalMs({ intervalMs: 250 }), 250);
  assertEquals(hostIntervalMs({ intervalMs: null }), 5_000);
});

/** All that a view may ask a host for. */
function toldOf(host: Host) {
  const { address, session, lost, firstSeenMs, lastSeenMs, sentMs, version } = host;
  const { datagrams, bytes, delivery, timing, history, slot } = host;
  return {
    ...{ address, session, lost, firstSeenMs, lastSeenMs, sentMs, version, datagrams, bytes, slot },
    message: hostMessage(host),
    counts: delivery?.counts,
    intervalMs: timing?.intervalMs,
    times: history?.times(),
    rx: history?.values("receive"),
  };
}

Deno.test("Host tells what it was when it was forgotten, though another has its place", () => {
  const fleet = new Fleet({ maxHosts: 1, historyMs: 60_000, nowMs: 0 });
  const sample = sampleOf({ cores: 2, volumes: 1, interfaces: 1 });
  const send = (id: string, seq: number, nowMs: number) => {
    const bytes = encodeMessage({ ...sample, id, host: id, session: `${id}-1`, seq, time: nowMs });
    return fleet.receive(bytes, { hostname: `192.0.2.${id.length}`, port: 40_000 }, nowMs);
  };
  for (const seq of [1, 2, 5]) send("a", seq, 5_000 * seq);
  const first = fleet.host("a")!;
  const before = toldOf(first);
  assertEquals([before.lost, before.times?.length, before.datagrams], [2, 3, 3]);
  for (const seq of [1, 2, 3, 4]) send("other", seq, 1_000_000 + 5_000 * seq);
  const second = fleet.host("other")!;
  assertEquals([fleet.host("a"), second.slot], [undefined, first.slot]);
  assertEquals(toldOf(first), before);
  const { lost, datagrams, times, rx } = toldOf(second);
  assertEquals([lost, datagrams, times?.length, rx?.length], [0, 4, 4, 4]);
  assert(times!.every((timeMs) => timeMs > 1_000_000));
});
