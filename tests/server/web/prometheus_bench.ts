import { Fleet } from "../../../lib/server/fleet/fleet.ts";
import { encodeMessage } from "../../../lib/message/encode.ts";
import { expose } from "../../../lib/server/web/prometheus/exposition.ts";
import { sampleOf } from "../../messages.ts";

const HOSTS = 10_000;
const START_MS = 1_795_442_910_170;

function fleetOf(hosts: number): Fleet {
  const fleet = new Fleet({ maxHosts: hosts, historyMs: 60_000, nowMs: START_MS });
  const sample = sampleOf({ cores: 4, volumes: 2, interfaces: 2 });
  for (let host = 0; host < hosts; host++) {
    const bytes = encodeMessage({
      ...sample,
      id: `Vn3kQ0f8Zr-1sYb7L-${host}`,
      host: `web-${host}`,
    });
    fleet.receive(bytes, { hostname: "192.0.2.1", port: 40_000 }, START_MS);
  }
  return fleet;
}

const fleet = fleetOf(HOSTS);

Deno.bench(`expose() of ${HOSTS} hosts, in all`, () => {
  Array.from(expose(fleet, START_MS, "text"));
});

let pieces = expose(fleet, START_MS, "text");

// Its longest run is how long the receive loop may have to wait.
Deno.bench(`one piece of expose() of ${HOSTS} hosts`, { n: 2_000 }, () => {
  if (pieces.next().done) (pieces = expose(fleet, START_MS, "text")).next();
});
