import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { LineOutput, printText } from "../lib/output.ts";

/** A sink that takes a few bytes at a time, and only when let. */
class FakeSink {
  text = "";
  readonly #mostBytes: number;
  readonly #gate: Promise<void>;

  constructor(mostBytes = Infinity, gate: Promise<void> = Promise.resolve()) {
    this.#mostBytes = mostBytes;
    this.#gate = gate;
  }

  async write(bytes: Uint8Array): Promise<number> {
    await this.#gate;
    const taken = bytes.subarray(0, this.#mostBytes);
    this.text += new TextDecoder().decode(taken);
    return taken.length;
  }
}

function failTest(error: Error): never {
  throw error;
}

Deno.test("LineOutput writes every line in order, however little the sink takes at once", async () => {
  const sink = new FakeSink(3);
  const output = new LineOutput(sink, failTest);
  for (let line = 1; line <= 20; line++) output.write(`line ${line}`);
  await output.close();
  assertEquals(sink.text, Array.from({ length: 20 }, (_, i) => `line ${i + 1}\n`).join(""));
});

Deno.test("LineOutput leaves out and counts lines that a slow reader has no room for", async () => {
  const gate = Promise.withResolvers<void>();
  const sink = new FakeSink(Infinity, gate.promise);
  const output = new LineOutput(sink, failTest);
  const line = "x".repeat(1_024 * 1_024);
  const written = Array.from({ length: 20 }, () => output.write(line));
  // The first is under way, eight wait.
  assertEquals(written.filter(Boolean).length, 9);
  assertEquals(output.leftOut, 11);
  gate.resolve();
  await output.close();
  assertEquals(sink.text.length, 9 * (line.length + 1));
  assertEquals(output.write("again"), true);
  await output.close();
});

Deno.test("LineOutput reports a reader that has gone once, and writes no more", async () => {
  const errors: Error[] = [];
  const sink = { write: () => Promise.reject(new Deno.errors.BrokenPipe("gone")) };
  const output = new LineOutput(sink, (error) => errors.push(error));
  output.write("one");
  await output.close();
  assertEquals(output.write("two"), false);
  await output.close();
  assertEquals(errors.length, 1);
  assertInstanceOf(errors[0], Deno.errors.BrokenPipe);
});

Deno.test("printText() writes all of it, and throws when it cannot", async () => {
  const sink = new FakeSink(3);
  await printText(sink, "one\ntwo");
  assertEquals(sink.text, "one\ntwo\n");
  const failing = (error: Error) => ({ write: () => Promise.reject(error) });
  await printText(failing(new Deno.errors.BrokenPipe("gone")), "one");
  await assertRejects(() => printText(failing(new Error("full")), "one"), Error, "full");
});
