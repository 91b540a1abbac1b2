import { assertEquals } from "@std/assert";
import { encoder, sealer } from "../../lib/agent/encoder.ts";
import { plainEncoding } from "../../lib/agent/fit.ts";
import { decodeMessage } from "../../lib/message/decode.ts";
import { type Message } from "../../lib/message/message.ts";
import type { KeyFile } from "../../lib/sealed/key_file.ts";
import { sealedEncoding } from "../../lib/sealed/sealer.ts";
import { sampleOf } from "../messages.ts";
import { idOf, keyOf, NOW_MS, ringOf, sessionOf } from "../sealed/sealing.ts";

function fakeLog() {
  const lines: string[] = [];
  const note = (level: string) => (line: unknown) => {
    lines.push(`${level} ${line}`);
    return line;
  };
  const log = { info: note("info"), warn: note("warn"), error: note("error") };
  return { lines, log: log as unknown as Parameters<typeof encoder>[0] };
}

Deno.test("encoder() warns once of what is too long for the way", () => {
  const { lines, log } = fakeLog();
  const encode = encoder(log, plainEncoding(508));
  const short: Message = { v: 1, host: "a" };
  const long: Message = {
    v: 1,
    host: "h".repeat(250),
    id: "i".repeat(64),
    session: "s".repeat(64),
  };
  assertEquals(decodeMessage(encode(short)), short);
  assertEquals(lines, []);
  const longer = sampleOf({ cores: 1_024, volumes: 64, interfaces: 64 });
  for (const message of [longer, long, longer]) encode({ ...longer, ...message });
  assertEquals(lines.length, 1, lines.join("\n"));
});

Deno.test("sealer() sends nothing without a key, and says when that begins and ends", () => {
  const { lines, log } = fakeLog();
  const keys = { path: "FILE", ring: ringOf(keyOf(1, { agent: idOf(2) })) };
  const seal = sealer(keys as unknown as KeyFile, idOf(1), log, sealedEncoding(null));
  const message = (seq: number): Message => {
    return { v: 1, host: "a", id: idOf(1), session: sessionOf(NOW_MS), seq, time: NOW_MS };
  };
  assertEquals([seal(message(1)), seal(message(2))], [null, null]);
  Object.assign(keys, { ring: ringOf(keyOf(1)) });
  assertEquals(seal(message(3))![0], 0xf5);
  assertEquals(lines, [
    `error Cannot seal datagrams: no key of FILE is good for ${idOf(1)} now; sends none`,
    "info Seals datagrams again",
  ]);
});
