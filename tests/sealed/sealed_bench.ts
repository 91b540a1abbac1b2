import { Fleet } from "../../lib/server/fleet/fleet.ts";
import { decodeMessage } from "../../lib/message/decode.ts";
import { encodeMessage } from "../../lib/message/encode.ts";
import { MAX_DATAGRAM_BYTES, type Message } from "../../lib/message/message.ts";
import { deriveSessionKey, openBytes, sealBytes } from "../../lib/sealed/cipher.ts";
import { encodeHeader } from "../../lib/sealed/envelope.ts";
import { Opener } from "../../lib/sealed/opener.ts";
import { sealedEncoding, Sealer } from "../../lib/sealed/sealer.ts";
import { sampleOf } from "../messages.ts";
import { idOf, NOW_MS, ringOf, sessionOf } from "./sealing.ts";

const AGENTS = 1_000;
const ROUNDS = 1;
const ring = ringOf();
const clock = { wallMs: NOW_MS, upMs: 60_000 };
const sender = { hostname: "192.0.2.1", port: 40_000 };
const session = sessionOf(NOW_MS);
const { encode } = sealedEncoding();

function message(agent: number, seq: number): Message {
  const sample = sampleOf({ cores: 4, volumes: 1, interfaces: 1 });
  return { ...sample, id: idOf(agent), session, seq, time: NOW_MS };
}

const key = deriveSessionKey(new Uint8Array(32), session);
const header = encodeHeader({ keyId: 1, id: idOf(1), session, seq: 1 });
const body = encode(message(1, 1));
const sealed = sealBytes(key, header, body);
const forged = sealed.with(-1, sealed.at(-1)! ^ 1);

Deno.bench(`sealBytes() of ${body.length} bytes`, () => void sealBytes(key, header, body));
Deno.bench(`openBytes() of ${sealed.length} bytes`, () => void openBytes(key, sealed));
Deno.bench("openBytes() of a forged datagram", () => void openBytes(key, forged));
Deno.bench("deriveSessionKey()", () => void deriveSessionKey(key, session));
Deno.bench(`decodeMessage() of ${body.length} bytes`, () => void decodeMessage(body));

const buffer = new Uint8Array(MAX_DATAGRAM_BYTES + 1);
const opener = new Opener({ auth: "require", maxAgents: AGENTS });
const sealers = Array.from({ length: AGENTS }, (_, agent) => new Sealer(idOf(agent), session));

/** Measures how fast a fleet takes the next rounds of datagrams from agents that it knows. */
function benchRounds(
  name: string,
  fleet: Fleet,
  make: (agent: number, seq: number) => Uint8Array,
): void {
  let seq = 0;
  const makeRound = () => {
    seq++;
    return Array.from({ length: AGENTS }, (_, agent) => make(agent, seq));
  };
  // As the server's socket does it: every datagram comes in the same buffer.
  const receive = (datagram: Uint8Array) => {
    buffer.set(datagram);
    const bytes = buffer.subarray(0, datagram.length);
    if (!fleet.receive(bytes, sender, NOW_MS).accepted) throw new Error("Cannot measure: dropped");
  };
  makeRound().forEach(receive);
  Deno.bench(`Fleet.receive() of ${AGENTS * ROUNDS} ${name} datagrams`, (b) => {
    const datagrams = Array.from({ length: ROUNDS }, makeRound).flat();
    b.start();
    for (const bytes of datagrams) receive(bytes);
    b.end();
  });
}

const options = { maxHosts: AGENTS, historyMs: 900_000, nowMs: NOW_MS };
benchRounds(
  "plain",
  new Fleet(options),
  (agent, seq) => encodeMessage(message(agent, seq)),
);
benchRounds(
  "sealed",
  new Fleet({ ...options, decoder: { decode: (bytes) => opener.open(bytes, ring, clock) } }),
  (agent, seq) => sealers[agent]!.seal(encode(message(agent, seq)), seq, ring, NOW_MS)!,
);
