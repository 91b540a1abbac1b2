import { assert, assertEquals } from "@std/assert";
import { Fleet } from "../../../../lib/server/fleet/fleet.ts";
import { hostMessage } from "../../../../lib/server/fleet/host/host_message.ts";
import { decodeMessage } from "../../../../lib/message/decode.ts";
import { encodeMessage } from "../../../../lib/message/encode.ts";
import type { Message } from "../../../../lib/message/message.ts";
import { bytesOf, messages, sampleOf } from "../../../messages.ts";
import fc from "fast-check";

const SENDER = { hostname: "192.0.2.7", port: 40_000 };
const full = sampleOf({ cores: 4, volumes: 2, interfaces: 2 });

/** The newest message of the only host, after these datagrams. */
function newestOf(...datagrams: readonly Uint8Array[]) {
  const fleet = new Fleet({ maxHosts: 10, historyMs: 60_000, nowMs: 0 });
  datagrams.forEach((bytes, n) => fleet.receive(bytes, SENDER, 1_000 * n));
  const [host, ...others] = fleet.hosts();
  assertEquals(others, []);
  return { host: host!, message: hostMessage(host!) };
}

Deno.test("hostMessage() is the newest message whole, whatever was kept of it", async (t) => {
  const { id: _, ...nameless } = full;
  const { session: __, ...placeless } = full;
  const { time: ___, interval: ____, ...timeless } = full;
  const cases: Record<string, [message: Message, isCut: boolean]> = {
    "an agent's": [full, true],
    "without metrics": [{ v: 1, host: "h", id: "a", session: "s", seq: 3 }, true],
    "without time and interval": [timeless, true],
    "without an id": [nameless, false],
    "without a session": [placeless, false],
    "with cores that are packed": [sampleOf({ cores: 64, volumes: 1, interfaces: 1 }), true],
  };
  for (const [name, [sent, isCut]] of Object.entries(cases)) {
    await t.step(name, () => {
      const bytes = encodeMessage(sent);
      const { host, message } = newestOf(bytes);
      assertEquals(JSON.stringify(message), JSON.stringify(decodeMessage(bytes)));
      assertEquals(host.isCut, isCut);
    });
  }
});

Deno.test("hostMessage() is any message whole", () => {
  fc.assert(fc.property(messages, (sent) => {
    const bytes = encodeMessage(sent);
    const { texts = {}, ...others } = decodeMessage(bytes) as Message;
    const said = Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== ""));
    const isSaid = Object.keys(said).length > 0;
    assertEquals(newestOf(bytes).message, { ...others, ...(isSaid && { texts: said }) });
  }));
});

Deno.test("hostMessage() follows a host from one form to another", () => {
  const spaced = JSON.stringify({ ...full, seq: 2, host: "new" }).replaceAll(",", ", ");
  const { host, message } = newestOf(encodeMessage({ ...full, seq: 1 }), bytesOf(spaced));
  assertEquals(message, decodeMessage(bytesOf(spaced)));
  assertEquals(host.isCut, false);
  const back = encodeMessage({ ...full, seq: 3 });
  assertEquals(newestOf(bytesOf(spaced), back).message, decodeMessage(back));
});

Deno.test("hostMessage() keeps the metrics over a good-bye", () => {
  const bye = encodeMessage({
    v: 1,
    id: full.id!,
    host: "h",
    session: full.session!,
    seq: 9,
    bye: true,
  });
  const { host, message } = newestOf(encodeMessage({ ...full, seq: 8 }), bye);
  const before = decodeMessage(encodeMessage(full)) as Message;
  assertEquals(message, { ...before, host: "h", seq: 9, bye: true });
  assertEquals([host.left, host.isCut], [true, true]);
});

Deno.test("hostMessage() has what a good-bye leaves out from the sample before it", async (t) => {
  const place = { v: 1, id: full.id!, host: "h", session: full.session! } as const;
  const [cpu, memory] = [full.cpu!, full.memory!];
  const spaced = (message: Message) => bytesOf(JSON.stringify(message).replaceAll(",", ", "));
  const last = { ...place, seq: 5, time: 50, interval: 1_000, cpu, memory };
  const bye = { ...place, seq: 6, bye: true } as const;
  const swap = { ...memory, swapTotal: 7, swapUsed: 1 };
  const cases: Record<string, [sent: Message[], expected: Message]> = {
    "nothing new": [[last, bye], { ...last, ...bye }],
    "a name, a time and an interval": [
      [last, { ...bye, host: "new", time: 60, interval: 2_000 }],
      { ...last, ...bye, host: "new", time: 60, interval: 2_000 },
    ],
    "one group": [[last, { ...bye, memory: swap }], { ...last, ...bye, memory: swap }],
    "a group that could not be sampled": [
      [last, { ...bye, memory: null }],
      { ...last, ...bye, memory: null },
    ],
    "one good-bye after another": [
      [last, { ...bye, memory: swap }, { ...bye, seq: 7 }],
      { ...last, ...bye, seq: 7, memory: swap },
    ],
    "metrics of two good-byes": [
      [last, { ...bye, cpu }, { ...bye, seq: 7, memory: swap }],
      { ...bye, seq: 7, memory: swap },
    ],
    "a sample after it": [[last, bye, { ...last, seq: 7 }], { ...last, seq: 7 }],
  };
  for (const [name, [sent, expected]] of Object.entries(cases)) {
    for (
      const [form, encode] of [["as agents write it", encodeMessage], ["spaced", spaced]] as const
    ) {
      await t.step(`${name}, ${form}`, () => {
        assertEquals(newestOf(...sent.map(encode)).message, decodeMessage(encode(expected)));
      });
    }
  }
});

Deno.test("hostMessage() has all texts that were said, until an empty one takes one back", () => {
  const says = (seq: number, more: Partial<Message>) =>
    encodeMessage({ ...full, seq, ...more } as Message);
  const os = "Debian GNU/Linux 12";
  const { host, message } = newestOf(
    says(1, { texts: { os }, tags: { role: "db" } }),
    says(2, { texts: { kernel: "6.1", cpu: "EPYC" }, tags: { role: "db" } }),
    says(3, { tags: { role: "web" } }),
  );
  assertEquals((message as Message).texts, { os, kernel: "6.1", cpu: "EPYC" });
  assertEquals((message as Message).tags, { role: "web" });
  assertEquals(JSON.stringify(message), JSON.stringify({ ...message, texts: host.texts }));
  const gone = newestOf(
    says(1, { texts: { os, cpu: "EPYC" } }),
    says(2, { texts: { os: "" }, bye: true }),
  );
  assertEquals((gone.message as Message).texts, { cpu: "EPYC" });
  assertEquals((newestOf(says(1, { texts: { os: "" } })).message as Message).texts, undefined);
});

Deno.test("hosts that say the same share one set of texts", () => {
  const fleet = new Fleet({ maxHosts: 9, historyMs: 60_000, nowMs: 0 });
  const texts = [{ os: "a" }, { kernel: "b" }, { arch: "c" }];
  for (const [n, id] of ["x", "y", "z"].entries()) {
    texts.forEach((_, at) => {
      const turn = texts[(at + n) % texts.length]!;
      const bytes = encodeMessage({ v: 1, host: id, id, session: "s", seq: at + 1, texts: turn });
      fleet.receive(bytes, { hostname: "192.0.2.7", port: 1 }, at);
    });
  }
  const [x, y, z] = [...fleet.hosts()].map((host) => host.texts);
  assertEquals(x, { os: "a", kernel: "b", arch: "c" });
  assert(x === y && y === z);
});
