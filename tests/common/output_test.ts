import { assertEquals, assertRejects } from "@std/assert";
import { LineOutput, type LineOutputOptions, printText } from "../../lib/common/output.ts";
import { FakeSink } from "../sinks.ts";

const ROOM = 100;

function openOutput(sink: FakeSink, options: Partial<LineOutputOptions> = {}): LineOutput {
  return new LineOutput(sink, { room: ROOM, retryMs: 0, ...options });
}

const describeGap = (dropped: number) => `(${dropped} dropped)`;

Deno.test("LineOutput writes every line in order, however little the sink takes at once", async () => {
  const sink = new FakeSink({ mostBytes: 3 });
  const output = openOutput(sink, { room: 1_000 });
  for (let line = 1; line <= 20; line++) output.write(`line ${line}`);
  await output.close();
  assertEquals(sink.text, Array.from({ length: 20 }, (_, i) => `line ${i + 1}\n`).join(""));
  assertEquals(output.dropped, 0);
});

Deno.test("LineOutput drops and counts lines that a slow reader has no room for", async () => {
  const sink = new FakeSink();
  const read = sink.block();
  const output = openOutput(sink);
  const line = "x".repeat(ROOM / 4);
  const written = Array.from({ length: 12 }, () => output.write(line));
  // The first is under way, four wait.
  assertEquals(written.filter(Boolean).length, 5);
  assertEquals(output.dropped, 7);
  read();
  await output.close();
  assertEquals(sink.lines.length, 5);
  assertEquals(output.write("again"), true);
  await output.close();
  assertEquals(sink.lines.at(-1), "again");
});

Deno.test("LineOutput tells of a gap in its place, and nothing overtakes it", async () => {
  const sink = new FakeSink();
  const read = sink.block();
  const output = openOutput(sink, { describeGap });
  output.write("first");
  output.write("second");
  output.write("x".repeat(ROOM));
  // Short enough, but later than what found no room.
  assertEquals(output.write("short"), false);
  read();
  await output.close();
  output.write("later");
  await output.close();
  assertEquals(sink.lines, ["first", "second", "(2 dropped)", "later"]);
});

Deno.test("LineOutput tells of a line that is too long for it, and goes on", async () => {
  const sink = new FakeSink();
  const output = openOutput(sink, { describeGap });
  assertEquals(output.write("x".repeat(ROOM + 1)), false);
  await output.close();
  assertEquals(output.write("short"), true);
  await output.close();
  assertEquals(sink.lines, ["(1 dropped)", "short"]);
});

Deno.test("LineOutput goes on where it was once a full disk has room again", async () => {
  const sink = new FakeSink({ mostBytes: 4 });
  const full = new Error("No space left on device");
  sink.failures.push(null, full, full);
  const output = openOutput(sink);
  output.write("first line");
  await sink.failed;
  assertEquals(output.failure, full);
  output.write("second line");
  await sink.taken("second line\n");
  // What was cut in the middle is whole.
  assertEquals(sink.lines, ["first line", "second line"]);
  assertEquals([output.failure, output.dropped], [null, 0]);
});

Deno.test("LineOutput stays bounded while a disk is full, and counts", async () => {
  const sink = new FakeSink();
  sink.failure = new Error("No space left on device");
  const output = openOutput(sink, { describeGap });
  const line = "x".repeat(ROOM / 2);
  for (let written = 0; written < 1_000; written++) output.write(line);
  await sink.failed;
  sink.failure = null;
  await sink.taken("(997 dropped)\n");
  assertEquals(sink.lines, [line, line, line, "(997 dropped)"]);
});

Deno.test("close() does not wait for a reader that takes nothing, and counts what waited", async () => {
  const sink = new FakeSink();
  sink.block();
  const output = openOutput(sink);
  output.write("under way");
  output.write("waits");
  output.write("waits too");
  await output.close();
  assertEquals(output.dropped, 3);
  assertEquals(output.write("later"), false);
});

Deno.test("close() tries once more what cannot be written, and no longer", async (t) => {
  const sinkThatFails = () => {
    const sink = new FakeSink();
    sink.failure = new Error("No space left on device");
    return sink;
  };
  await t.step("and it can", async () => {
    const sink = sinkThatFails();
    const output = openOutput(sink, { retryMs: 1e6 });
    output.write("last words");
    await sink.failed;
    sink.failure = null;
    await output.close();
    assertEquals([sink.lines, output.dropped], [["last words"], 0]);
  });
  await t.step("and it cannot", async () => {
    const sink = sinkThatFails();
    const output = openOutput(sink, { retryMs: 1e6 });
    output.write("last words");
    await sink.failed;
    await output.close();
    assertEquals([sink.attempts, output.dropped], [2, 1]);
  });
});

Deno.test("LineOutput reports a reader that has gone once, and writes no more", async (t) => {
  const inputOutputError = Object.assign(new Error("Input/output error"), { code: "EIO" });
  const cases: [string, Error, boolean][] = [
    ["the end of a pipe", new Deno.errors.BrokenPipe("gone"), false],
    ["a terminal that has gone", inputOutputError, true],
  ];
  for (const [name, error, isTerminal] of cases) {
    await t.step(name, async () => {
      let gone = 0;
      const sink = new FakeSink({ isTerminal });
      sink.failure = error;
      const output = openOutput(sink, { onGone: () => gone++ });
      output.write("one");
      await output.close();
      assertEquals(output.write("two"), false);
      await output.close();
      assertEquals([gone, sink.attempts, output.dropped], [1, 1, 2]);
    });
  }
});

Deno.test("LineOutput waits for another reader where it is not told that one has gone", async () => {
  const sink = new FakeSink();
  sink.failures.push(new Deno.errors.BrokenPipe("gone"));
  const output = openOutput(sink);
  output.write("one");
  await sink.taken("one\n");
  assertEquals(sink.lines, ["one"]);
});

Deno.test("printText() writes all of it, and throws when it cannot", async () => {
  const sink = new FakeSink({ mostBytes: 3 });
  await printText(sink, "one\ntwo");
  assertEquals(sink.text, "one\ntwo\n");
  sink.failures.push(new Deno.errors.BrokenPipe("gone"), new Error("no space"));
  await printText(sink, "one");
  await assertRejects(() => printText(sink, "one"), Error, "Cannot write to stdout: no space");
});
