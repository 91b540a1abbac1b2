import { assertEquals, assertThrows } from "@std/assert";
import { Digest, Digester, GROUP_BITS } from "../../lib/message/digest.ts";
import { bytesOf, digestOf, numbersOf, sampleOf } from "../messages.ts";
import { encodeMessage } from "../../lib/message/encode.ts";
import { DatagramError, type Message } from "../../lib/message/message.ts";

Deno.test("digestMessage() takes the numbers of a summary", () => {
  const cpu = { mean: 5, cores: [], iowait: null, steal: null };
  const { summary, groups } = digestOf({ v: 1, host: "h", cpu });
  assertEquals([summary, groups], [numbersOf({ cpu: 5 }), GROUP_BITS.cpu]);
});

const sample = sampleOf({ cores: 2, volumes: 1, interfaces: 1 });
const ADDRESS = "192.0.2.7";
const NOW_MS = 1_000_000;

Deno.test("Digester.digest() tells the same in any form of a message", () => {
  const digester = new Digester(1);
  const text = new TextDecoder().decode(encodeMessage(sample));
  const digest = { ...digester.digest(bytesOf(text), ADDRESS, NOW_MS) };
  const spaced = bytesOf(text.replaceAll(",", ", "));
  assertEquals(
    { ...digester.digest(spaced, ADDRESS, NOW_MS), metricsAt: digest.metricsAt },
    digest,
  );
  assertEquals([digest.host, digest.seq, digest.bye], [sample.host, sample.seq!, false]);
});

Deno.test("Digester.digest() keeps nothing of the one before", async (t) => {
  const digester = new Digester(1);
  digester.digest(encodeMessage(sample), ADDRESS, NOW_MS);
  await t.step("in a message that says little", () => {
    const expected = Object.assign(new Digest(), { host: "h", metricsAt: 17 });
    assertEquals(digester.digest(bytesOf('{"v":1,"host":"h"}'), ADDRESS, NOW_MS), expected);
  });
  digester.digest(encodeMessage({ ...sample, bye: true }), ADDRESS, NOW_MS);
  await t.step("in a legacy one", () => {
    assertEquals(
      digester.digest(bytesOf('{"cpu":1}'), ADDRESS, NOW_MS),
      Object.assign(new Digest(), { legacy: true }),
    );
  });
});

Deno.test("Digester.digest() throws for what is no message", () => {
  const digest = () => new Digester(1).digest(bytesOf('{"v":1}'), ADDRESS, NOW_MS);
  assertThrows(digest, DatagramError);
});

/** How many of some datagrams, all at once, are read. */
function countRead(digester: Digester, bytes: Uint8Array, count: number, address: string): number {
  let read = 0;
  for (let n = 0; n < count; n++) {
    try {
      digester.digest(bytes, address, NOW_MS);
      read++;
    } catch (error) {
      assertEquals((error as DatagramError).reason, "costly");
    }
  }
  return read;
}

Deno.test("Digester.digest() reads only so much at once that is not in the agents' form", async (t) => {
  const large = sampleOf({ cores: 4, volumes: 40, interfaces: 40 });
  const spaced = (message: Message) => bytesOf(JSON.stringify(message).replaceAll(",", ", "));
  const cases: [name: string, bytes: Uint8Array, bytesEach: (length: number) => number][] = [
    ["with spaces", spaced(sample), (length) => length],
    ["long, with spaces", spaced(large), (length) => length + length / 8],
    ["long", encodeMessage(large), (length) => length / 8],
    ["as agents write it", encodeMessage(sample), () => 0],
  ];
  for (const [name, bytes, bytesEach] of cases) {
    await t.step(name, () => {
      const digester = new Digester(1);
      const attempts = 12_000;
      const read = (address: string) => countRead(digester, bytes, attempts, address);
      const most = (room: number) => Math.min(attempts, Math.floor(room / bytesEach(bytes.length)));
      assertEquals(read("192.0.2.1"), most(2_000_000), "of one network");
      assertEquals(read("127.0.0.1") <= most(2_000_000) + 1, true, "of this machine, what is left");
      assertEquals(countRead(digester, encodeMessage(sample), 10, "192.0.2.1"), 10);
    });
  }
});
