/**
 * The full-screen view: when the fleet is looked at, when the screen is drawn, and which keys are
 * handed on. It holds the one state of the view and the timers, and decides neither what is drawn
 * nor what a key means.
 */
import { onWallClock } from "../../../common/alerts.js";
import type { ReplayControls } from "../../record/replay.ts";
import {
  type FleetReader,
  type HostDetail,
  hostDetail,
  hostsOfRows,
  readCompared,
} from "./state/hosts.ts";
import { PastReader } from "./state/past.ts";
import { endKeys, type Key, parseKeys, patienceMs, steerReplay } from "./state/keys.ts";
import type { Frame, Size } from "./text/line.ts";
import { type Looks, paint, paintMouse } from "./paint.ts";
import { render, type Screen, type ViewData } from "./pages/render.ts";
import { changesOrder, reduce } from "./state/reduce.ts";
import { FIRST_STATE, type MuteCommand, type ViewState } from "./state/state.ts";
import { Tty, type TtyEvents } from "./tty.ts";

/** What the view needs of its surroundings. */
interface TerminalOptions {
  readonly looks: Looks;
  /** Where the server is found, as `Addresses` has it. */
  readonly listenAddress: string;
  readonly webUrl: string | null;
  /** The fleet, as it is when asked. */
  readonly read: FleetReader;
  /** The fleet's clock, in milliseconds. */
  readonly nowMs: () => number;
  /** Mutes something, or ends a mute; what came of it, in words. */
  readonly mute: (command: MuteCommand) => string;
  /** A clock that never stands still, as that one does in a replay: for what is drawn when. */
  readonly steadyMs: () => number;
  /** By how much the wall clock is ahead of that one. */
  readonly aheadMs: () => number;
  /** The record that is played; `null` where none is. */
  readonly replay: ReplayControls | null;
  /** Called once, when the user quits or the terminal has gone; `close` is still to be called. */
  readonly onQuit: (error?: Error) => void;
}

/** A view that is open: `close` gives the terminal back as it was, unless it takes nothing. */
type Terminal = Pick<Tty, "close">;

/** Interval between two looks at the fleet; between them the screen changes only when a key is pressed. */
const REFRESH_MS = 250;
/** Keys within this time, as from a key held down, are drawn together. */
const KEY_INTERVAL_MS = 20;
/** Minimum rest after drawing, in multiples of what that took: the receiver has the program meanwhile. */
const REST_FACTOR = 8;

/** What is drawn on. */
type Device = Pick<Tty, "open" | "close" | "size" | "write" | "isBusy">;
/** Makes it, and has it tell of keys and of its end. */
type MakeTty = (events: TtyEvents) => Device;

/** Takes the terminal over and shows the fleet until it is closed. */
export function openTerminal(
  options: TerminalOptions,
  makeTty: MakeTty = (events) => new Tty(events),
): Terminal {
  return new FullScreen(options, makeTty);
}

class FullScreen implements Terminal {
  readonly #options: TerminalOptions;
  readonly #tty: Device;
  readonly #past: PastReader;
  #state: ViewState = FIRST_STATE;
  #data: ViewData;
  #size: Size;
  /** `null` when the state has changed so that it must be made anew. */
  #screen: Screen | null = null;
  #painted: Frame | null = null;
  #hasMouse = false;
  #drawTimer: ReturnType<typeof setTimeout> | undefined;
  #drawAtMs = Infinity;
  #restUntilMs = -Infinity;
  #refreshedMs = -Infinity;
  #escapeTimer: ReturnType<typeof setTimeout> | undefined;
  #unfinishedKey = "";
  #hasQuit = false;

  constructor(options: TerminalOptions, makeTty: MakeTty) {
    this.#options = options;
    this.#past = new PastReader(options.read.past, () => this.#requestDraw(0));
    this.#data = this.#readFleet();
    this.#tty = makeTty({
      onText: (text) => this.#take(text),
      onResumed: () => this.#drawAnew(),
      onGone: (error) => this.#quit(error),
    });
    this.#tty.open();
    this.#size = this.#tty.size();
    this.#requestDraw(0);
  }

  async close(): Promise<void> {
    this.#stopTimers();
    await this.#tty.close();
  }

  #drawAnew(): void {
    this.#painted = null;
    this.#hasMouse = false;
    this.#requestDraw(0);
  }

  #stopTimers(): void {
    clearTimeout(this.#drawTimer);
    clearTimeout(this.#escapeTimer);
    // No later than now: nothing is drawn any more.
    this.#drawAtMs = -Infinity;
  }

  #quit(error?: Error): void {
    if (this.#hasQuit) return;
    this.#hasQuit = true;
    this.#stopTimers();
    this.#options.onQuit(error);
  }

  #readFleet(before: ViewData["compared"] = []): ViewData {
    const { read, listenAddress, webUrl } = this.#options;
    const [nowMs, aheadMs] = [this.#options.nowMs(), this.#options.aheadMs()];
    return {
      ...{ nowMs, aheadMs, listenAddress, webUrl },
      alerts: onWallClock(read.alerts(), aheadMs),
      replay: this.#options.replay?.state ?? null,
      hosts: read.hosts(nowMs),
      totals: read.totals(),
      view: read.view(),
      detail: this.#readDetail(nowMs),
      compared: readCompared(read, this.#state, { nowMs, aheadMs }, before),
    };
  }

  /** What is shown from now on is what is here now. */
  #freeze(): void {
    const rows = this.#options.read.rows(this.#data.nowMs);
    this.#data = { ...this.#data, hosts: hostsOfRows(rows) };
  }

  #readDetail(nowMs: number): HostDetail | null {
    const { page, selected } = this.#state;
    const host = page === "host" && selected !== null
      ? this.#options.read.host(selected)
      : undefined;
    if (host === undefined) return null;
    const { aheadMs, read } = this.#options;
    return hostDetail(host, nowMs, aheadMs(), read.alertsOf(host.key));
  }

  #requestDraw(delayMs: number): void {
    const nowMs = this.#options.steadyMs();
    const atMs = Math.max(nowMs + delayMs, this.#restUntilMs);
    if (this.#drawAtMs <= atMs) return;
    clearTimeout(this.#drawTimer);
    this.#drawAtMs = atMs;
    this.#drawTimer = setTimeout(() => this.#draw(), atMs - nowMs);
  }

  #draw(): void {
    const startMs = this.#options.steadyMs();
    this.#drawAtMs = Infinity;
    // A terminal that is slow gets fewer screens, not a longer queue.
    if (!this.#tty.isBusy) this.#drawNow(startMs);
    this.#restUntilMs = startMs + (this.#options.steadyMs() - startMs) * (REST_FACTOR + 1);
    // Timers may ring a moment early.
    const restMs = this.#refreshedMs + REFRESH_MS + 1 - this.#options.steadyMs();
    this.#requestDraw(Math.max(KEY_INTERVAL_MS, restMs));
  }

  #drawNow(nowMs: number): void {
    if (nowMs - this.#refreshedMs >= REFRESH_MS) {
      this.#refreshedMs = nowMs;
      if (!this.#state.paused) this.#data = this.#readFleet(this.#data.compared);
    }
    this.#resize();
    const { frame } = this.#screen = this.#render();
    const change = paintMouse(this.#hasMouse, this.#state.mouse) +
      paint(this.#painted, frame, { ...this.#options.looks, isLight: this.#state.isLight });
    this.#painted = frame;
    this.#hasMouse = this.#state.mouse;
    if (change !== "") this.#tty.write(change);
  }

  #resize(): void {
    const { columns, rows } = this.#tty.size();
    if (columns === this.#size.columns && rows === this.#size.rows) return;
    this.#size = { columns, rows };
    this.#painted = null;
  }

  #render(): Screen {
    const { page, selected } = this.#state;
    // A host page that has just been opened, even while paused: the one look that is allowed then.
    if (page === "host" && this.#data.detail?.row.key !== selected) {
      this.#data = { ...this.#data, detail: this.#readDetail(this.#data.nowMs) };
    }
    const { detail } = this.#data;
    if (detail === null) return render(this.#state, this.#data, this.#size);
    const ranges = this.#past.at(detail.row.key, this.#state, this.#options.steadyMs());
    return render(this.#state, { ...this.#data, detail: { ...detail, ranges } }, this.#size);
  }

  #take(text: string): void {
    clearTimeout(this.#escapeTimer);
    const { keys, rest } = parseKeys(this.#unfinishedKey + text);
    this.#unfinishedKey = rest;
    if (rest !== "") this.#escapeTimer = setTimeout(() => this.#endKey(), patienceMs(rest));
    this.#press(keys);
  }

  #endKey(): void {
    const keys = endKeys(this.#unfinishedKey);
    this.#unfinishedKey = "";
    this.#press(keys);
  }

  #press(keys: readonly Key[]): void {
    for (const key of keys) {
      if (key.name === "redraw") this.#painted = null;
      const { typing, pasting } = this.#state;
      if (!typing && !pasting && steerReplay(key, this.#options.replay)) continue;
      this.#screen ??= this.#render();
      const before = this.#state;
      this.#state = reduce(before, key, this.#screen.context);
      if (this.#state.quit) return this.#quit();
      if (this.#state.isLight !== before.isLight) this.#painted = null;
      const { command } = this.#state;
      if (command !== null) {
        this.#state = { ...this.#state, command: null, notice: this.#options.mute(command) };
      }
      if (this.#state.paused && !before.paused) this.#freeze();
      if (!changesOrder(before, this.#state)) continue;
      this.#screen = null;
      const compared = readCompared(this.#options.read, this.#state, this.#data);
      this.#data = { ...this.#data, compared };
    }
    this.#requestDraw(KEY_INTERVAL_MS);
  }
}
