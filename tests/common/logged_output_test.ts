import { assertEquals } from "@std/assert";
import { LoggedOutput } from "../../lib/common/logged_output.ts";
import { FakeSink } from "../sinks.ts";

const MINUTE_MS = 60_000;
/** More than waits while a write is under way. */
const LONG_LINE = "x".repeat(5 * 1_024 * 1_024);

/** An output with what its log says. */
function openLogged(sink: FakeSink, onGone: () => void = () => {}) {
  const logged: string[] = [];
  const log = {
    info: <T>(text: T) => (logged.push(`INFO ${text}`), text),
    warn: <T>(text: T) => (logged.push(`WARN ${text}`), text),
  };
  return { output: new LoggedOutput(sink, log, onGone), logged };
}

Deno.test("LoggedOutput tells of a full disk once a minute, and when it is over", async () => {
  const sink = new FakeSink();
  sink.failure = new Error("No space left on device");
  const { output, logged } = openLogged(sink);
  output.write("one", 0);
  await sink.failed;
  for (let second = 1; second < 90; second++) output.write("more", second * 1_000);
  const waits = "Cannot write to stdout: No space left on device; lines dropped so far: 0";
  assertEquals(logged, [`WARN ${waits}`, `WARN ${waits}`]);
  sink.failure = null;
  await output.close();
  output.write("last", 2 * MINUTE_MS);
  await output.close();
  assertEquals(logged.slice(2), ["INFO Writing to stdout again; lines dropped so far: 0"]);
  assertEquals(sink.lines.length, 91);
});

Deno.test("LoggedOutput tells of a reader that is too slow, and how much it missed", async () => {
  const sink = new FakeSink();
  const read = sink.block();
  const { output, logged } = openLogged(sink);
  for (let line = 0; line < 5; line++) output.write(LONG_LINE, line);
  assertEquals(logged, [
    "WARN Cannot write to stdout: reader too slow; lines dropped so far: 1",
  ]);
  read();
  await sink.taken("\n");
  await output.close();
  assertEquals(logged.slice(1), ["WARN Cannot write to stdout: lines dropped so far: 3"]);
  assertEquals(output.dropped, 3);
});

Deno.test("LoggedOutput says nothing of a reader that has gone", async () => {
  let gone = 0;
  const sink = new FakeSink();
  sink.failure = new Deno.errors.BrokenPipe("gone");
  const { output, logged } = openLogged(sink, () => gone++);
  output.write("one", 0);
  await sink.failed;
  output.write("two", MINUTE_MS);
  await output.close();
  assertEquals([gone, logged, output.dropped], [1, [], 0]);
});
