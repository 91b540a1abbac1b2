/** The proof of records: a fleet that is played is equal to the one that was recorded. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { readNetwork } from "../../../lib/common/address.ts";
import { Fleet } from "../../../lib/server/fleet/fleet.ts";
import { hostMessage } from "../../../lib/server/fleet/host/host_message.ts";
import type { FleetOptions } from "../../../lib/server/fleet/receipt.ts";
import { EntryWriter } from "../../../lib/server/record/format.ts";
import { runRecordInfo } from "../../../lib/server/record/info.ts";
import { VerdictDecoder } from "../../../lib/server/record/decoder.ts";
import { ReplayClock } from "../../../lib/server/record/clock.ts";
import {
  openReplay,
  type Replay,
  type ReplayControls,
  type ReplayOptions,
} from "../../../lib/server/record/replay.ts";
import { RecordWriter } from "../../../lib/server/record/writer.js";
import { steerReplay } from "../../../lib/server/views/terminal/state/keys.ts";
import { inFolder } from "../../files.ts";
import { until } from "../../patience.ts";
import { logLines } from "../logs.ts";
import { FakeWorld, serve } from "../web/fakes.ts";
import {
  type Arrival,
  decoderOf,
  LIMITS,
  MAY_WRITE,
  openHere,
  sealSome,
  START_MS,
  traffic,
} from "./recording.ts";

function test(name: string, act: (folder: string) => Promise<void>): void {
  Deno.test({
    name: `${name} (needs --allow-read and --allow-write)`,
    ignore: !MAY_WRITE,
    fn: () => inFolder(act),
  });
}

const OPTIONS: FleetOptions = { maxHosts: 30, historyMs: 600_000, nowMs: START_MS };

/** All that a view could show of a fleet. */
function pictureOf(fleet: Fleet, nowMs: number) {
  const hosts = Array.from(fleet.hosts(), (host) => ({
    key: host.key,
    message: hostMessage(host),
    delivery: host.delivery?.counts,
    jitterMs: host.timing?.jitterMs,
    offsetMs: host.timing?.clockOffsetFrom(0),
    times: host.history?.times(),
    cpu: host.history?.values("cpu"),
  }));
  return { totals: fleet.totals(nowMs), rows: fleet.rows(nowMs), hosts };
}

/** Records what comes, and what the fleet is like after every so many datagrams, and at the end. */
async function record(
  folder: string,
  arrivals: readonly Arrival[],
  options: Partial<FleetOptions> = {},
  marksEvery = 97,
) {
  const clock = { nowMs: START_MS, aheadMs: 0 };
  const { recorder, settle } = openHere(folder, clock, { ...LIMITS, fileBytes: 50_000 });
  const verdicts = new VerdictDecoder(options.decoder);
  const fleet = new Fleet({
    ...OPTIONS,
    ...options,
    ...(options.decoder && { decoder: verdicts }),
  });
  const marks = new Map<number, ReturnType<typeof pictureOf>>();
  for (const [n, { bytes, origin, atMs }] of arrivals.entries()) {
    clock.nowMs = atMs;
    const receipt = fleet.receive(bytes, origin, atMs);
    recorder.record(bytes, origin, atMs, verdicts.verdictOn(receipt));
    if (n % 50 === 0) recorder.tick();
    // No more than the thread would have taken.
    if (n % 500 === 0) await settle();
    if (n % marksEvery === 0) marks.set(n, pictureOf(fleet, atMs));
  }
  await recorder.close();
  assertEquals(recorder.counts.datagrams, arrivals.length);
  const endMs = arrivals.at(-1)!.atMs + 60_000;
  return { marks, end: pictureOf(fleet, endMs), endMs };
}

function open(folder: string, options: Partial<ReplayOptions> = {}): Promise<Replay> {
  const { log } = logLines();
  return openReplay({
    ...{ folder, speed: Infinity, fromMs: null, toMs: null, maxHosts: 30, log },
    steadyMs: () => performance.now(),
    ...options,
  });
}

/** A fleet that is played. */
function fleetOf(replay: Replay, options: Partial<FleetOptions> = {}): Fleet {
  return new Fleet({ ...OPTIONS, ...options, decoder: replay.decoder, nowMs: replay.startMs });
}

/** Plays all, and compares at every mark. */
async function assertEqual(
  folder: string,
  { marks, end, endMs }: Awaited<ReturnType<typeof record>>,
) {
  const replay = await open(folder);
  const fleet = fleetOf(replay);
  replay.follow(() => {}, true);
  let [n, compared] = [0, 0];
  await replay.run((bytes, origin, atMs) => {
    fleet.receive(bytes, origin, atMs);
    assertEquals(replay.clock.nowMs(), atMs);
    const mark = marks.get(n++);
    if (mark === undefined) return;
    assertEquals(pictureOf(fleet, atMs), mark);
    compared++;
  });
  assertEquals(compared, marks.size);
  assertEquals(pictureOf(fleet, endMs), end);
}

for (const seed of [1, 2, 3]) {
  test(`Replay: what is played equals what was recorded, seed ${seed}`, async (folder) => {
    const recorded = await record(folder, traffic(seed, 20, 60));
    const { totals } = recorded.end;
    assert((totals.lost ?? 0) > 10 && (totals.dropped.get("duplicate") ?? 0) > 10);
    assert((totals.dropped.get("json") ?? 0) + (totals.dropped.get("format") ?? 0) > 5);
    assert(recorded.marks.size > 10);
    await assertEqual(folder, recorded);
  });
}

test("Replay: what was sealed is played without keys, and what was refused is refused", async (folder) => {
  const allow = [readNetwork("10.0.0.0/28")];
  const recorded = await record(folder, sealSome(traffic(4, 20, 60)), {
    decoder: decoderOf(),
    allow,
  });
  const { totals } = recorded.end;
  assertEquals([...totals.keyUses.keys()], [1]);
  for (const reason of ["source", "duplicate"] as const) {
    assert((totals.dropped.get(reason) ?? 0) > 5, reason);
  }
  await assertEqual(folder, recorded);
  for await (const { name } of Deno.readDir(folder)) {
    const bytes = await Deno.readFile(`${folder}/${name}`);
    assert(!new TextDecoder("latin1").decode(bytes).includes("host-0"), "compressed");
  }
});

test("Replay.seek() comes to the same from either side", async (folder) => {
  const arrivals = traffic(5, 10, 40);
  const recorded = await record(folder, arrivals, {}, 1);
  const replay = await open(folder);
  const fleet = fleetOf(replay);
  replay.follow((nowMs) => fleet.restart(nowMs), false);
  const running = replay.run((...datagram) => void fleet.receive(...datagram));
  const { toMs } = replay.state;
  await until(() => replay.state.nowMs === toMs, () => JSON.stringify(replay.state));
  for (const n of [300, 100, 101, 350, 0]) {
    const { atMs } = arrivals[n]!;
    const last = arrivals.findLastIndex((before) => before.atMs <= atMs);
    replay.play(false);
    replay.seek(atMs);
    await until(() => !replay.state.isSeeking, () => JSON.stringify(replay.state));
    assertEquals(replay.state.nowMs, atMs);
    const before = recorded.marks.get(last)!;
    await until(
      () => fleet.totals(atMs).received === before.totals.received,
      () => JSON.stringify(replay.state),
    );
    assertEquals(pictureOf(fleet, atMs), before);
  }
  replay.seek(Infinity);
  await until(() => !replay.state.isSeeking, () => JSON.stringify(replay.state));
  assertEquals(replay.state.nowMs, toMs);
  replay.close();
  await running;
});

test("Replay.seek() back counts what was left out from the beginning again", async (folder) => {
  const block = new Uint8Array(4_096);
  const entries = new EntryWriter(block);
  entries.clock({ nowMs: START_MS, startedMs: START_MS, aheadMs: 0 });
  entries.gap(3);
  const [{ bytes, origin }] = traffic(7, 1, 1) as [Arrival];
  for (const atMs of [START_MS, START_MS + 1_000]) {
    entries.datagram(bytes, origin, atMs, { kind: "plain" });
  }
  const writer = new RecordWriter(folder, LIMITS);
  await writer.write(block.subarray(0, entries.length), START_MS);
  writer.close();
  const replay = await open(folder);
  replay.follow(() => {}, false);
  const running = replay.run(() => {});
  await until(() => replay.state.nowMs === START_MS + 1_000, () => JSON.stringify(replay.state));
  assertEquals(replay.state.omitted, 3);
  replay.seek(START_MS);
  await until(
    () => !replay.state.isSeeking && replay.state.omitted > 0,
    () => JSON.stringify(replay.state),
  );
  assertEquals(replay.state.omitted, 3);
  replay.close();
  await running;
});

test("Replay: --from and --to play a part, as if the server had started then", async (folder) => {
  const arrivals = traffic(6, 10, 40);
  await record(folder, arrivals);
  const [fromMs, toMs] = [arrivals[100]!.atMs, arrivals[200]!.atMs];
  const replay = await open(folder, { fromMs, toMs });
  replay.follow(() => {}, true);
  assertEquals(replay.startMs, fromMs);
  const times: number[] = [];
  await replay.run((_bytes, _origin, atMs) => void times.push(atMs));
  const expected = arrivals.map(({ atMs }) => atMs).filter((ms) => ms >= fromMs && ms <= toMs);
  assertEquals(times, expected);
  assertEquals(replay.state.nowMs, toMs);
  await assertRejects(
    () => open(folder, { fromMs: 5, toMs: 6 }),
    RangeError,
    `Cannot replay ${folder}: it goes from ${new Date(arrivals[0]!.atMs).toISOString()} to `,
  );
});

test("Replay: a later run of the server follows the one before, whatever its clock says", async (folder) => {
  const first = traffic(7, 5, 10);
  await record(folder, first);
  const clock = { nowMs: START_MS - 5_000, aheadMs: 3_600_000 };
  const { recorder } = openHere(folder, clock);
  const verdict = { kind: "plain" } as const;
  recorder.record(new Uint8Array(3), first[0]!.origin, START_MS - 4_000, verdict);
  recorder.record(new Uint8Array(3), first[0]!.origin, START_MS - 3_000, verdict);
  await recorder.close();
  const replay = await open(folder);
  replay.follow(() => {}, true);
  const times: number[] = [];
  const shown: number[] = [];
  await replay.run((_bytes, _origin, atMs) => {
    times.push(atMs);
    shown.push(atMs + replay.clock.aheadMs());
  });
  const lastMs = first.at(-1)!.atMs;
  assertEquals(times.slice(-2), [lastMs, lastMs + 1_000]);
  assertEquals(shown.slice(-2), [START_MS - 4_000 + 3_600_000, START_MS - 3_000 + 3_600_000]);
});

test("record-info says what a record holds", async (folder) => {
  const arrivals = traffic(8, 10, 40);
  await record(folder, arrivals);
  const lines = (await runRecordInfo([folder])()).split("\n");
  assertEquals(lines[0], `from       ${new Date(arrivals[0]!.atMs).toISOString()}`);
  assertEquals(lines[1], `to         ${new Date(arrivals.at(-1)!.atMs).toISOString()}`);
  assert(lines[2]!.startsWith(`datagrams  ${arrivals.length}, `), lines[2]);
  assert(/^hosts {6}1\d$/.test(lines[3]!), lines[3]);
  assert(/^bytes .* received \(0\.\d{3}\)$/.test(lines[4]!), lines[4]);
  assertEquals(lines[5], "damaged    0 parts");
  for (const argv of [[], ["--fast"], ["--fast", folder]]) {
    assertThrows(() => runRecordInfo(argv), RangeError);
  }
});

/** A replay of which each command is noted. */
function noted() {
  const told: string[] = [];
  const state = {
    ...{ nowMs: START_MS, fromMs: START_MS, toMs: START_MS + 9, omitted: 0 },
    ...{ isPlaying: true, isSeeking: false, speed: 2 as number | null },
  };
  const replay: ReplayControls = {
    state,
    play: (isPlaying) => void told.push(`play ${isPlaying}`),
    setSpeed: (speed) => void told.push(`speed ${speed}`),
    seek: (ms) => void told.push(`seek ${ms}`),
    seekBy: (ms) => void told.push(`by ${ms}`),
  };
  return { replay, state, told };
}

Deno.test("/api/replay tells how a replay stands, and takes commands of our own page alone", async () => {
  const { replay, state, told } = noted();
  const world = new FakeWorld();
  const none = serve(world);
  assertEquals(await (await none.get("/api/replay")).json(), null);
  const { get } = serve(Object.assign(world, { context: { ...world.context, replay } }));
  assertEquals(await (await get("/api/replay")).json(), state);
  const command = (search: string, headers: Record<string, string> = { "x-requested-with": "x" }) =>
    get(`/api/replay?${search}`, headers, "POST");
  assertEquals(await (await command("playing=false&speed=max&time=5&by=-60000")).json(), state);
  assertEquals(told.splice(0), ["speed Infinity", "play false", "seek 5", "by -60000"]);
  const refused: readonly (readonly [Response, number])[] = [
    [await command("playing=true", {}), 403],
    [
      await command("playing=true", { "x-requested-with": "x", "sec-fetch-site": "cross-site" }),
      403,
    ],
    [
      await command("playing=true", {
        ...{ "x-requested-with": "x", "sec-fetch-site": "cross-site" },
        "sec-fetch-mode": "navigate",
      }),
      403,
    ],
    [await command("speed=0"), 400],
    [await command("by=soon"), 400],
    [await command("go=1"), 400],
    [await get("/api/replay?playing=true"), 400],
    [await get("/api/fleet", { "x-requested-with": "x" }, "POST"), 405],
    [await get("/api/replay", { "x-requested-with": "x" }, "PUT"), 405],
    [await none.get("/api/replay?by=1", { "x-requested-with": "x" }, "POST"), 404],
  ];
  for (const [response, status] of refused) assertEquals(response.status, status);
  assertEquals(refused[8]![0].headers.get("allow"), "GET, HEAD, POST");
  assertEquals(told, []);
});

Deno.test("steerReplay() does what a key says, and leaves the others alone", () => {
  const { replay, state, told } = noted();
  for (const text of ["p", ",", ".", "<", ">", "+", "-"]) {
    assert(steerReplay({ name: "text", text }, replay));
    assert(!steerReplay({ name: "text", text }, null));
  }
  assert(!steerReplay({ name: "text", text: "q" }, replay));
  assert(!steerReplay({ name: "up" }, replay));
  assertEquals(told.splice(0), [
    ...["play false", "by -60000", "by 60000", "by -600000", "by 600000", "speed 4", "speed 1"],
  ]);
  for (
    const [speed, faster, slower] of [[1_024, Infinity, 512], [null, Infinity, 1_024]] as const
  ) {
    state.speed = speed;
    steerReplay({ name: "text", text: "+" }, replay);
    steerReplay({ name: "text", text: "-" }, replay);
    assertEquals(told.splice(0), [`speed ${faster}`, `speed ${slower}`]);
  }
});

Deno.test("ReplayClock never passes a datagram that was not handed on", () => {
  let steadyMs = 0;
  const start = { nowMs: 1_000, aheadMs: 50, speed: 10, steadyMs: () => steadyMs };
  const clock = new ReplayClock(start);
  assertEquals([clock.isDue(2_000), clock.waitMs(2_000), clock.nowMs()], [false, 100, 1_000]);
  steadyMs = 60;
  assertEquals([clock.nowMs(), clock.shownMs()], [1_600, 1_650]);
  steadyMs = 500;
  assertEquals([clock.nowMs(), clock.isDue(2_000)], [2_000, true]);
  assert(!clock.isDue(9_000));
  clock.play(false);
  assertEquals([clock.waitMs(9_000), clock.nowMs()], [Infinity, 6_000]);
  steadyMs = 600;
  assertEquals(clock.nowMs(), 6_000);
  clock.seek(8_050);
  assertEquals([clock.isSeeking, clock.targetMs, clock.nowMs()], [true, 8_050, 9_000]);
  assertEquals([clock.isDue(9_000), clock.isSeeking, clock.nowMs()], [false, false, 8_000]);
  clock.setSpeed(Infinity);
  clock.play(true);
  assert(clock.isDue(99_000));
  clock.end();
  assertEquals(clock.nowMs(), 99_000);
});
