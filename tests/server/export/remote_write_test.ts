import { assert, assertEquals } from "@std/assert";
import { STOCK } from "../../../lib/server/alerts/stock.ts";
import { RemoteQueue } from "../../../lib/server/export/remote_queue.ts";
import { RemoteWrite } from "../../../lib/server/export/remote_write.ts";
import { Fleet } from "../../../lib/server/fleet/fleet.ts";
import { readWriteRequest } from "./write_request.ts";

Deno.test("RemoteWrite pushes many alerts in requests of 5,000 samples at most", async () => {
  const fleet = new Fleet({ maxHosts: 10, historyMs: 60_000, nowMs: 0 });
  const rule = STOCK.find(({ id }) => id === "offline")!;
  const alert = { rule, name: "web", sinceMs: 0, value: 1, isFlapping: false, isMuted: false };
  const alerts = Array.from({ length: 12_000 }, (_, n) => ({ ...alert, key: `k${n}` }));
  const requests: number[] = [];
  const queue = new RemoteQueue({
    send: (body) => Promise.resolve(void requests.push(readWriteRequest(body).length)),
    ...{ wait: () => new Promise(() => {}), random: () => 0, onChange() {} },
  });
  const url = new URL("https://metrics.example/api/v1/write");
  const log = { info: <T>(line: T) => line, warn: <T>(line: T) => line };
  const remote = new RemoteWrite([{ url, queue }], 1_000, {
    ...{
      fleet,
      startedMs: 0,
      clock: { wallMs: () => 0 },
      aheadMs: () => 0,
      log,
      recorded: () => null,
      bus: () => null,
    },
    ...{ failures: { counts: new Map() }, alerts: { standing: () => alerts } },
    outbox: { state: [] },
  });
  remote.tick(1_000);
  await remote.close();
  assert(requests.every((samples) => samples <= 5_000), requests.join());
  const [state] = remote.state;
  assert(state!.sent >= 12_000, `${state!.sent} were sent`);
  assertEquals(state!.dropped, 0);
});
