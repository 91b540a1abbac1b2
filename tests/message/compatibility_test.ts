/** Agents and servers from before tags and those of now read each other. */
import { assert, assertEquals } from "@std/assert";
import { TextCache } from "../../lib/common/hash.ts";
import { decodeMessage } from "../../lib/message/decode.ts";
import { encodeMessage } from "../../lib/message/encode.ts";
import { CanonicalReader, Digest } from "../../lib/message/digest.ts";
import type { Message } from "../../lib/message/message.ts";
import { PLACE } from "../../lib/message/summary.ts";
import before from "../fixtures/messages/before_tags.json" with { type: "json" };
import { decodeMessage as decodeThen } from "../fixtures/messages/before_tags_reader.js";
import { bytesOf, fullSampleOf, rarestSampleOf } from "../messages.ts";

Deno.test("messages of agents from before tags are read as servers of then read them", async (t) => {
  const reader = new CanonicalReader(new TextCache(9));
  for (const [n, { text, short, decoded, summary }] of before.entries()) {
    await t.step(`message ${n + 1}`, () => {
      assertEquals<unknown>(decodeMessage(bytesOf(text)), decoded);
      const digest = new Digest();
      assertEquals(reader.read(bytesOf(text), digest), short);
      for (const [id, value] of short ? Object.entries(summary) : []) {
        const now = digest.summary[PLACE[id as keyof typeof PLACE]]!;
        assertEquals(Number.isNaN(now) ? null : now, value, id);
      }
    });
  }
});

/** Whether all that servers of then made of something is what those of now make of it. */
function assertWithin(then: unknown, now: unknown, path: string): void {
  if (typeof then !== "object" || then === null) return assertEquals(then, now, path);
  for (const [key, value] of Object.entries(then)) {
    assertWithin(value, (now as Record<string, unknown>)[key], `${path}.${key}`);
  }
}

Deno.test("servers from before tags read what agents of now send", async (t) => {
  const devices = { cores: 4, volumes: 2, interfaces: 2 };
  const full = fullSampleOf(devices);
  const sum = { rx: 5, tx: 6, rxLost: 7, txLost: null, rxBytes: 8, txBytes: 9 };
  const cases: Record<string, Message> = {
    "with all that a system may have": rarestSampleOf(devices),
    "with texts, numbers of its own and some left out": {
      ...full,
      texts: { os: "Debian", cpu: "" },
      extra: { "backup age": -1.5 },
      omitted: 3,
      disk: { ...full.disk!, omitted: 1, disksOmitted: 2 },
      network: { ...full.network!, omitted: 2, sum },
    },
    "with packed cores": fullSampleOf({ ...devices, cores: 64 }),
    "that could not read anything": { ...full, cpu: null, disk: null, sensors: null },
    "that stops": { ...full, bye: true },
  };
  for (const [name, message] of Object.entries(cases)) {
    await t.step(name, () => {
      const bytes = encodeMessage(message);
      const [then, now] = [decodeThen(bytes) as Message, decodeMessage(bytes) as Message];
      assertWithin(then, now, "message");
      assertEquals([then.host, then.seq, then.cpu?.mean], [now.host, now.seq, now.cpu?.mean]);
      assert(then.memory!.used! > 0 && then.network!.interfaces.length === 2);
    });
  }
});
