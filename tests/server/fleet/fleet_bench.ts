import { Fleet } from "../../../lib/server/fleet/fleet.ts";
import { decodeMessage } from "../../../lib/message/decode.ts";
import { encodeMessage } from "../../../lib/message/encode.ts";
import type { Message } from "../../../lib/message/message.ts";

const HOSTS = 1_000;
const START_MS = 1_795_442_910_170;

function message(host: number, seq: number): Message {
  return {
    v: 1,
    id: `host-${host}`,
    host: `web-${host}.example`,
    session: "AaIIhbVanTCrSdL2YmvtEQ",
    seq,
    time: START_MS,
    interval: 5_000,
    cpu: { mean: 14.1, cores: [12.3, 15.9, 7.1, 21], iowait: 0.2, steal: 0 },
    memory: {
      total: 16_777_216_000,
      used: 7_340_032_000,
      free: 2_097_152_000,
      available: 9_437_184_000,
      swapTotal: 0,
      swapUsed: 0,
    },
    disk: {
      read: 1_048_576,
      write: 524_288,
      volumes: [{ mount: "/", total: 107_374_182_400, used: 53_687_091_200, free: 48_318_382_080 }],
    },
    network: {
      interfaces: [{ name: "eth0", rx: 1_250_000, tx: 310_000, rxLost: 0, txLost: 0 }],
    },
  };
}

const datagrams = Array.from({ length: HOSTS }, (_, host) => encodeMessage(message(host, 1)));

Deno.bench(`decodeMessage() of ${HOSTS} datagrams of ${datagrams[0]!.length} bytes`, () => {
  for (const bytes of datagrams) decodeMessage(bytes);
});

Deno.bench(`Fleet.receive() of one datagram from each of ${HOSTS} hosts`, (b) => {
  const fleet = new Fleet({ maxHosts: HOSTS, historyMs: 900_000, nowMs: START_MS });
  const sender = { hostname: "192.0.2.1", port: 40_000 };
  b.start();
  for (const bytes of datagrams) fleet.receive(bytes, sender, START_MS);
  b.end();
});
