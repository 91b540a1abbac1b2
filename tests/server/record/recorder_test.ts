/** What a recorder does while its thread is slow, cannot write, or is gone: reception never waits for it. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { openRecord } from "../../../lib/server/record/record.ts";
import { openRecorder, Recorder } from "../../../lib/server/record/recorder.ts";
import { EntryReader, KIND } from "../../../lib/server/record/format.ts";
import { inFolder } from "../../files.ts";
import { logLines } from "../logs.ts";
import { MAY_WRITE, START_MS } from "./recording.ts";

const ORIGIN = { hostname: "192.0.2.7", port: 40_000 };
const PLAIN = { kind: "plain" } as const;

/** A recorder whose thread answers only when it is told to. */
function open() {
  const { log, lines } = logLines();
  const warned: string[] = [];
  const failures: string[] = [];
  const sent: Uint8Array<ArrayBuffer>[] = [];
  const worker = {
    onmessage: null as unknown as (event: { data: unknown }) => void,
    terminate() {},
    postMessage: ({ bytes }: { bytes: Uint8Array<ArrayBuffer> }) => void sent.push(bytes),
  };
  const recorder = new Recorder(worker as unknown as Worker, "DIR", {
    nowMs: () => START_MS,
    aheadMs: () => 0,
    log,
    throttledLog: { warn: (_kind, textOf) => void warned.push(textOf()) },
    failures: { count: (part) => void failures.push(part) },
  });
  const record = (count: number) => {
    for (let n = 0; n < count; n++) {
      recorder.record(new Uint8Array(8_000), ORIGIN, START_MS, PLAIN);
    }
  };
  const answer = (report: object) => {
    const bytes = sent.shift()!;
    worker.onmessage({ data: { buffer: bytes.buffer, ...report } });
    return bytes;
  };
  return { recorder, record, answer, sent, lines, warned, failures };
}

function countOf(bytes: Uint8Array): { datagrams: number; gaps: number[] } {
  const entries = new EntryReader(1);
  entries.begin(bytes);
  const gaps: number[] = [];
  let datagrams = 0;
  while (entries.next()) {
    if (entries.kind === KIND.gap) gaps.push(entries.count);
    else if (entries.kind !== KIND.clock) datagrams++;
  }
  return { datagrams, gaps };
}

Deno.test("Recorder leaves out what a slow thread has no room for, and the record says where", () => {
  const { recorder, record, answer, sent, warned } = open();
  record(5_000);
  const waiting = sent.length;
  assert(waiting * 2 ** 18 <= 2 ** 24, "what waits is bounded");
  const taken = sent.reduce((sum, bytes) => sum + countOf(bytes).datagrams, 0);
  const { omitted } = recorder.counts;
  assertEquals(taken + omitted, 5_000);
  assert(omitted > 1_000);
  assertEquals(
    warned.at(-1),
    `Cannot record all to DIR: too slow; ${omitted} datagrams left out so far`,
  );
  for (let n = 0; n < waiting; n++) answer({ written: 100 });
  assertEquals(recorder.counts, { datagrams: taken, bytes: 100 * waiting, omitted });
  record(1);
  recorder.tick();
  assertEquals(countOf(sent[0]!), { datagrams: 1, gaps: [omitted] });
});

Deno.test("Recorder says once that nothing can be written, counts it, and once that it can again", () => {
  const { recorder, record, answer, lines, failures } = open();
  const second = (report: object) => {
    record(2);
    recorder.tick();
    return answer(report);
  };
  second({ written: 10 });
  const error = { name: "Error", message: "No space left on device (os error 28)" };
  second({ error });
  assertEquals(countOf(second({ error })).gaps, [2]);
  assertEquals(lines, [
    "warn Cannot record to DIR: No space left on device (os error 28); retrying",
  ]);
  assertEquals(failures, ["record", "record"]);
  assertEquals(
    countOf(second({ written: 10 })).gaps,
    [4],
    "what a block told that was not written, too",
  );
  assertEquals(lines.slice(1), ["info Recording to DIR again; 4 datagrams were left out so far"]);
  assertEquals(recorder.counts, { datagrams: 4, bytes: 20, omitted: 4 });
  recorder.tick();
});

Deno.test({
  name: "openRecorder() records by a thread of its own (needs --allow-read and --allow-write)",
  ignore: !MAY_WRITE,
  fn: () =>
    inFolder(async (folder) => {
      const { log, lines } = logLines();
      const surroundings = {
        ...{ nowMs: () => START_MS, aheadMs: () => 0, log },
        throttledLog: { warn: () => {} },
        failures: { count: () => {} },
      };
      const options = { record: `${folder}/record`, "record-keep": 2 ** 30 };
      const recorder = (await openRecorder(options, surroundings))!;
      for (let n = 0; n < 100; n++) {
        recorder.record(new Uint8Array(500), ORIGIN, START_MS + n, PLAIN);
      }
      await recorder.close();
      assertEquals(recorder.counts.datagrams, 100);
      assertEquals(lines, [`info Recording to ${folder}/record`]);
      const { lastMs, bytes } = await openRecord(`${folder}/record`, () => {});
      assertEquals([lastMs, bytes], [START_MS + 99, recorder.counts.bytes + 24]);
      assertEquals(await openRecorder({ ...options, record: null }, surroundings), null);
      await Deno.writeTextFile(`${folder}/file`, "");
      await assertRejects(
        () => openRecorder({ ...options, record: `${folder}/file` }, surroundings),
        Error,
        `Cannot record to ${folder}/file: `,
      );
    }),
});
