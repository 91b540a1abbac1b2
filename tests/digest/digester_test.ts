import { assertEquals, assertThrows } from "@std/assert";
import { Digest } from "../../lib/digest/digest.ts";
import { Digester } from "../../lib/digest/digester.ts";
import { DatagramError, encodeMessage } from "../../lib/message.ts";
import { bytesOf, sampleOf } from "../messages.ts";

const sample = sampleOf({ cores: 2, volumes: 1, interfaces: 1 });

Deno.test("Digester.digest() tells the same in any form of a message", () => {
  const digester = new Digester(1);
  const text = new TextDecoder().decode(encodeMessage(sample));
  const digest = { ...digester.digest(bytesOf(text)) };
  const spaced = bytesOf(text.replaceAll(",", ", "));
  assertEquals({ ...digester.digest(spaced), metricsAt: digest.metricsAt }, digest);
  assertEquals([digest.host, digest.seq, digest.bye], [sample.host, sample.seq!, false]);
});

Deno.test("Digester.digest() keeps nothing of the one before", async (t) => {
  const digester = new Digester(1);
  digester.digest(encodeMessage(sample));
  await t.step("in a message that says little", () => {
    const expected = Object.assign(new Digest(), { host: "h", metricsAt: 17 });
    assertEquals(digester.digest(bytesOf('{"v":1,"host":"h"}')), expected);
  });
  digester.digest(encodeMessage({ ...sample, bye: true }));
  await t.step("in a legacy one", () => {
    assertEquals(
      digester.digest(bytesOf('{"cpu":1}')),
      Object.assign(new Digest(), { legacy: true }),
    );
  });
});

Deno.test("Digester.digest() throws for what is no message", () => {
  assertThrows(() => new Digester(1).digest(bytesOf('{"v":1}')), DatagramError);
});
