import { assert, assertEquals } from "@std/assert";
import type { Alerts } from "../../../lib/server/alerts/alerts.ts";
import { STOCK } from "../../../lib/server/alerts/stock.ts";
import { RemoteQueue } from "../../../lib/server/export/remote_queue.ts";
import { RemoteWrite } from "../../../lib/server/export/remote_write.ts";
import { Fleet } from "../../../lib/server/fleet/fleet.ts";
import { endTurn } from "../../../lib/common/timeout.ts";
import { jsonOf } from "../../messages.ts";
import { readWriteRequest } from "./write_request.ts";

/** Remote write of a fleet, by a clock and with alerts, and the series that were sent. */
function open(fleet: Fleet, nowMs: () => number, keys: Alerts["keys"] = new Map()) {
  const requests: ReturnType<typeof readWriteRequest>[] = [];
  const queue = new RemoteQueue({
    send: (body) => Promise.resolve(void requests.push(readWriteRequest(body))),
    ...{ wait: () => new Promise(() => {}), random: () => 0, onChange() {} },
  });
  const url = new URL("https://metrics.example/api/v1/write");
  const log = { info: <T>(line: T) => line, warn: <T>(line: T) => line };
  const remote = new RemoteWrite([{ url, queue }], 1_000, {
    ...{ fleet, startedMs: 0, clock: { nowMs, wallMs: () => 0 }, aheadMs: () => 0, log },
    ...{ recorded: () => null, bus: () => null, outbox: { state: [] } },
    ...{ failures: { counts: new Map() }, alerts: { keys } },
  });
  return { remote, requests };
}

Deno.test("RemoteWrite pushes many alerts in requests of 5,000 samples at most", async () => {
  const fleet = new Fleet({ maxHosts: 10, historyMs: 60_000, nowMs: 0 });
  const rule = STOCK.find(({ id }) => id === "offline")!;
  const keys = Array.from({ length: 12_000 }, (_, n) => `k${n}`);
  const { remote, requests } = open(fleet, () => 0, new Map([[rule, keys]]));
  remote.tick(1_000);
  await remote.close();
  assert(requests.every(({ length }) => length <= 5_000));
  const [state] = remote.state;
  assert(state!.sent >= 12_000, `${state!.sent} were sent`);
  assertEquals(state!.dropped, 0);
});

Deno.test("RemoteWrite writes each host once in turns, also one that leaves and comes back meanwhile", async () => {
  const fleet = new Fleet({ maxHosts: 10, historyMs: 60_000, nowMs: 0 });
  const receive = (id: string, nowMs: number) =>
    fleet.receive(jsonOf({ v: 1, id, host: id }), { hostname: "192.0.2.7", port: 1 }, nowMs);
  for (const id of ["a", "b", "c"]) receive(id, 1_000);
  /** Which hosts a round writes, and how often it looked at the clock: each look ends a turn. */
  const write = async (onLook: (looks: number) => void) => {
    let looks = 0;
    const { remote, requests } = open(fleet, () => {
      onLook(++looks);
      return 10 * looks;
    });
    remote.tick(1_000);
    while (requests.length === 0) await endTurn();
    await remote.close();
    const labels = requests.flat().map(({ labels }) => Object.fromEntries(labels));
    const hosts = labels.filter(({ __name__ }) => __name__ === "pulso_host_up").map(({ id }) => id);
    return { looks, hosts };
  };
  const { looks, hosts } = await write(() => {});
  assertEquals(hosts, ["a", "b", "c"]);
  // Behind each host there are two.
  const again = await write((look) => {
    if (look !== looks - 5) return;
    fleet.forget(fleet.host("a")!);
    for (const id of ["x", "a"]) receive(id, 1_001);
  });
  assertEquals([again.hosts, fleet.host("a")!.slot], [["a", "b", "c"], 3]);
});
