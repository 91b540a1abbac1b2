/**
 * The terminal as a device: stdin in raw mode, the alternate screen on stdout, the timers between. The
 * only file here that touches them. It leaves the terminal as it found it, however the program ends;
 * what is drawn and what keys mean is decided elsewhere.
 */
import type { Host } from "../fleet/host.ts";
import type { HostRow } from "../fleet/row.ts";
import type { FleetTotals } from "../fleet/totals.ts";
import { hostDetail } from "./detail.ts";
import { endKeys, type Key, parseKeys } from "./keys.ts";
import type { Frame, Size } from "./line.ts";
import { ENTER_SCREEN, LEAVE_SCREEN, paint } from "./paint.ts";
import { render, type Screen, type ViewData } from "./render.ts";
import { FIRST_STATE, reduce, type ViewState } from "./state.ts";

/** What the terminal needs of its surroundings. */
export interface TerminalOptions {
  readonly colour: boolean;
  /** Where the server receives, as text. */
  readonly listenAddress: string;
  /** The fleet, as it is when asked. */
  readonly read: {
    rows(): readonly HostRow[];
    totals(): FleetTotals;
    host(key: string): Host | undefined;
  };
  /** The fleet's clock, in milliseconds. */
  readonly now: () => number;
  /** Called once when the user quits or the terminal has gone; `close` is still to be called. */
  readonly onQuit: () => void;
}

/** A terminal that is open. */
export interface Terminal {
  /** Gives the terminal back as it was. */
  close(): void;
}

/** The fleet is looked at this often at most; between, the screen changes only when a key is pressed. */
const REFRESH_MS = 250;
/** After a screen that took long to draw, the program gets at least this many times as long for its other work. */
const REST_FACTOR = 8;
/** Keys that come faster, as from a key held down, are drawn together. */
const KEY_PATIENCE_MS = 25;
/** So long after ESC, the rest of a sequence would have come. */
const ESCAPE_PATIENCE_MS = 50;
const DEFAULT_SIZE: Size = { columns: 80, rows: 24 };

/** Takes the terminal over and shows the fleet until it is closed. */
export function openTerminal(options: TerminalOptions): Terminal {
  const terminal = new FullScreen(options);
  terminal.open();
  return terminal;
}

class FullScreen implements Terminal {
  readonly #options: TerminalOptions;
  readonly #encoder = new TextEncoder();
  readonly #restore = () => this.close();
  #state: ViewState = FIRST_STATE;
  #data: ViewData;
  #screen: Screen | null = null;
  #painted: Frame | null = null;
  #size: Size = DEFAULT_SIZE;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #keyTimer: ReturnType<typeof setTimeout> | undefined;
  #isOpen = false;
  #hasQuit = false;
}
