/** The sealed format against Python's `cryptography`, another implementation of every primitive. */
import { assertEquals } from "@std/assert";
import { Opener } from "../../lib/sealed/opener.ts";
import { identityBytes } from "../../lib/sealed/envelope.ts";
import { sealedEncoding, Sealer } from "../../lib/sealed/sealer.ts";
import { sampleOf } from "../messages.ts";
import { PYTHON, worksInPython } from "./python.ts";
import { idOf, keyOf, NOW_MS, ringOf, sessionOf } from "./sealing.ts";

const COUNT = 50;

/** Written from docs/SECURITY.md: opens each datagram, and seals its body again under the next number. */
const PEER = `
import json, struct, sys
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

hkdf = lambda key, salt, info: HKDF(SHA256(), 32, salt, info).derive(key)
given = json.load(sys.stdin)
fleet, answers = bytes.fromhex(given["key"]), []
for datagram in map(bytes.fromhex, given["datagrams"]):
    header, sealed = datagram[:40], datagram[40:]
    magic, form, key_id, zero, agent, session, seq = struct.unpack(">BBBB16s16sI", header)
    assert (magic, form, zero) == (0xF5, 0x11, 0)
    key = hkdf(hkdf(fleet, b"pulso/1", b"agent" + bytes([key_id]) + agent), session, b"session\\x11")
    body = AESGCM(key).decrypt(bytes(8) + header[36:], sealed, header)
    header = struct.pack(">BBBB16s16sI", 0xF5, 0x11, key_id, 0, agent, session, seq + 1)
    answers.append({
        "agent": agent.hex(), "session": session.hex(), "seq": seq, "body": body.decode(),
        "sealed": (header + AESGCM(key).encrypt(bytes(8) + header[36:], body, header)).hex(),
    })
json.dump(answers, sys.stdout)
`;

interface Answer {
  readonly agent: string;
  readonly session: string;
  readonly seq: number;
  readonly body: string;
  readonly sealed: string;
}

async function askPeer(question: object): Promise<readonly Answer[]> {
  const child = new Deno.Command(PYTHON, {
    args: ["-c", PEER],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(question)));
  await writer.close();
  const { success, stdout } = await child.output();
  assertEquals(success, true);
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test({
  name: "Python opens what Pulso sealed, and Pulso what Python sealed " +
    "(needs --allow-run, -sys and python3-cryptography)",
  ignore: !worksInPython("import cryptography"),
  fn: async () => {
    const { encode } = sealedEncoding();
    const session = sessionOf(NOW_MS);
    const sent = Array.from({ length: COUNT }, (_, n) => {
      const cores = 1 + 20 * n;
      const message = { ...sampleOf({ cores, volumes: n % 5, interfaces: 2 }), time: NOW_MS };
      const [body, seq] = [encode(message), 1 + n * 85_000_000];
      return {
        id: idOf(n),
        seq,
        body,
        bytes: new Sealer(idOf(n), session).seal(body, seq, ringOf(), NOW_MS)!,
      };
    });
    const answers = await askPeer({
      key: keyOf(1).secret.toHex(),
      datagrams: sent.map(({ bytes }) => bytes.toHex()),
    });
    const opener = new Opener({ auth: "require", maxAgents: COUNT });
    assertEquals(answers.length, COUNT);
    for (const [n, answer] of answers.entries()) {
      const { id, seq, body } = sent[n]!;
      assertEquals(answer.body, new TextDecoder().decode(body));
      assertEquals([answer.agent, answer.seq], [identityBytes(id).toHex(), seq]);
      assertEquals(answer.session, identityBytes(session).toHex());
      const clock = { wallMs: NOW_MS, upMs: 1_000 };
      const { digest, replay } = opener.open(Uint8Array.fromHex(answer.sealed), ringOf(), clock);
      assertEquals([digest.legacy, digest.id, digest.seq, replay], [false, id, seq + 1, null]);
    }
  },
});
