import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { NOTHING } from "../../../../lib/common/alerts.js";
import { Fleet } from "../../../../lib/server/fleet/fleet.ts";
import { hostsOfRows } from "../../../../lib/server/views/terminal/state/hosts.ts";
import type { ReplayControls } from "../../../../lib/server/record/replay.ts";
import { openTerminal } from "../../../../lib/server/views/terminal/terminal.ts";
import { LEAVE_SCREEN } from "../../../../lib/server/views/terminal/paint.ts";
import { jsonOf } from "../../../messages.ts";
import { FakeTimers } from "../../../timers.ts";

Deno.test("openTerminal() has muted what is asked for, and tells what came of it", () => {
  using timers = new FakeTimers();
  const { terminal, clock, hear, type } = open();
  hear("web-01");
  clock.nowMs += 1_000;
  timers.ring();
  type("jm");
  type("1");
  clock.nowMs += 1_000;
  timers.ring();
  assertStringIncludes(
    terminal.written.join(""),
    `{"filter":"id:\\"192.0.2.1/web-01\\"","forMs":3600000}`,
  );
});

/** A view on a terminal that keeps what is written, of a fleet that takes so long to look at. */
function open(lookMs = 0, replay: ReplayControls | null = null) {
  const fleet = new Fleet({ maxHosts: 10, historyMs: 60_000, nowMs: 0 });
  const terminal = { isBusy: false, written: [] as string[] };
  const clock = { nowMs: 1_000 };
  let type = (_text: string) => {};
  let resume = () => {};
  openTerminal({
    ...{
      looks: { colour: false, charset: "unicode" },
      listenAddress: "127.0.0.1:5005",
      webUrl: null,
    },
    read: {
      hosts(nowMs) {
        clock.nowMs += lookMs;
        return hostsOfRows(fleet.rows(nowMs));
      },
      rows: (nowMs) => fleet.rows(nowMs),
      totals: () => fleet.totals(clock.nowMs),
      view: () => null,
      host: () => undefined,
      alerts: () => NOTHING,
      alertsOf: () => NOTHING,
      past: null,
    },
    nowMs: () => clock.nowMs,
    steadyMs: () => clock.nowMs,
    replay,
    aheadMs: () => 0,
    mute: (command) => JSON.stringify(command),
    onQuit: () => {},
  }, ({ onText, onResumed }) => ({
    open: () => void ([type, resume] = [onText, onResumed]),
    close: () => Promise.resolve(),
    size: () => ({ columns: 80, rows: 24 }),
    write: (text) => void terminal.written.push(text),
    get isBusy() {
      return terminal.isBusy;
    },
  }));
  const hear = (host: string) =>
    fleet.receive(jsonOf({ v: 1, host }), { hostname: "192.0.2.1", port: 4_000 }, clock.nowMs);
  return { terminal, clock, hear, type: (text: string) => type(text), resume: () => resume() };
}

Deno.test("openTerminal() draws nothing while the terminal has not taken what was drawn", () => {
  using timers = new FakeTimers();
  const { terminal, clock, hear } = open();
  timers.ring();
  assertEquals(terminal.written.length, 1);
  terminal.isBusy = true;
  hear("web-01");
  clock.nowMs += 10_000;
  timers.ring();
  assertEquals(terminal.written.length, 1);
  terminal.isBusy = false;
  clock.nowMs += 10_000;
  timers.ring();
  assertEquals(terminal.written.length, 2);
});

Deno.test("openTerminal() leaves the program to others for eight times as long as it draws", () => {
  using timers = new FakeTimers();
  open(100);
  timers.ring();
  assertEquals(timers.delaysMs.length, 1);
  assert(timers.delaysMs[0]! >= 800, `${timers.delaysMs[0]} ms`);
});

Deno.test("openTerminal() draws no later for a key that comes before it has drawn", () => {
  using timers = new FakeTimers();
  const { clock, type } = open(10);
  timers.ring();
  type("s");
  const [delayMs] = timers.delaysMs;
  clock.nowMs += 5;
  type("s");
  assertEquals(timers.delaysMs, [delayMs!]);
});

Deno.test("openTerminal() takes the mouse when asked, once more after a stop, and gives it back", () => {
  using timers = new FakeTimers();
  const { terminal, clock, type, resume } = open();
  const [take, give] = ["\x1b[?1000h\x1b[?1006h", "\x1b[?1006l\x1b[?1000l"];
  const drawn = () => {
    clock.nowMs += 1_000;
    const before = terminal.written.length;
    timers.ring();
    return terminal.written.slice(before).join("");
  };
  const holds = (text: string) => [text.includes(take), text.includes(give)];
  assertEquals(holds(drawn()), [false, false]);
  type("M");
  assertEquals(holds(drawn()), [true, false]);
  assertEquals(holds(drawn()), [false, false]);
  resume();
  assertEquals(holds(drawn()), [true, false]);
  type("M");
  assertEquals(holds(drawn()), [false, true]);
  assertEquals(LEAVE_SCREEN.startsWith(give), true);
});

Deno.test("openTerminal() draws anew, and once, when the terminal tells that it is light", () => {
  using timers = new FakeTimers();
  const { terminal, clock, type } = open();
  timers.ring();
  const drawnAfter = (answer: string) => {
    const before = terminal.written.length;
    type(answer);
    clock.nowMs += 100;
    timers.ring();
    return terminal.written.slice(before).join("");
  };
  assertStringIncludes(drawnAfter("\x1b]11;rgb:ffff/ffff/ffff\x1b\\"), "\x1b[2J");
  assertEquals(drawnAfter("\x1b]11;rgb:ffff/ffff/ffff\x1b\\"), "");
});

Deno.test("openTerminal() steers a replay by keys, and not by what is pasted", () => {
  using timers = new FakeTimers();
  const told: string[] = [];
  const state = { nowMs: 1_000, fromMs: 0, toMs: 9_000, omitted: 0, speed: 1 };
  const { type } = open(0, {
    state: { ...state, isPlaying: true, isSeeking: false },
    play: (isPlaying) => void told.push(`play ${isPlaying}`),
    setSpeed: (speed) => void told.push(`speed ${speed}`),
    seek: (timeMs) => void told.push(`to ${timeMs}`),
    seekBy: (byMs) => void told.push(`by ${byMs}`),
  });
  timers.ring();
  type("\x1b[200~p,+\x1b[201~");
  assertEquals(told, []);
  type("p");
  assertEquals(told, ["play false"]);
});
