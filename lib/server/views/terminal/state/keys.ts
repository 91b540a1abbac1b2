/**
 * What a terminal sends when keys are pressed, read into keys: the sequences of xterm, of the Linux and
 * Windows consoles and of tmux, and text; which keys steer a replay, and what is told of one that does
 * nothing. Pure; a sequence that it does not know is no key.
 */
import { cleanText } from "../../../../common/text.js";
import type { ReplayControls } from "../../../record/replay.ts";

/** Every key that is not text. */
type KeyName =
  | "up"
  | "down"
  | "left"
  | "right"
  | "pageUp"
  | "pageDown"
  | "home"
  | "end"
  | "enter"
  | "escape"
  | "backspace"
  | "interrupt"
  | "redraw"
  | "pasteBegin"
  | "pasteEnd";

/** What a mouse does at a cell, from 0: a click, or a turn of its wheel by so many lines. */
export interface MouseKey {
  readonly name: "mouse";
  readonly column: number;
  readonly row: number;
  /** 0 for a click. */
  readonly lines: number;
}

/** What the terminal answers when it is asked for its background. */
interface Background {
  readonly name: "background";
  readonly isLight: boolean;
}

/** One key: a named one, one character of text, or what a mouse does; or an answer that comes among them. */
export type Key =
  | { readonly name: KeyName }
  | { readonly name: "text"; readonly text: string }
  | MouseKey
  | Background;

/** The keys of a text, and its end where that may be the beginning of a longer sequence. */
interface ParsedKeys {
  readonly keys: readonly Key[];
  readonly rest: string;
}

/** What follows ESC [ or ESC O: its last character, before "~" the number that comes first. */
const SEQUENCES: Readonly<Record<string, KeyName>> = {
  A: "up",
  B: "down",
  C: "right",
  D: "left",
  H: "home",
  F: "end",
  "1~": "home",
  "4~": "end",
  "5~": "pageUp",
  "6~": "pageDown",
  "7~": "home",
  "8~": "end",
  "200~": "pasteBegin",
  "201~": "pasteEnd",
};

const CONTROLS: Readonly<Record<string, KeyName>> = {
  "\x03": "interrupt",
  "\x08": "backspace",
  "\x0a": "enter",
  "\x0c": "redraw",
  "\x0d": "enter",
  "\x7f": "backspace",
};

/** A sequence that is not whole yet; a longer one than this is none. */
// deno-lint-ignore no-control-regex
const UNFINISHED = /^\x1b(?:\[<?[0-9;?]{0,30}|O|\](?:1(?:1(?:;[\w:/]{0,30}\x1b?)?)?)?)?$/;
// deno-lint-ignore no-control-regex
const SEQUENCE = /^\x1b(?:\[([0-9]*)[0-9;?]*([ -/:-~])|O([A-Z]))/;
/** What xterm tells of a mouse: what it does, column and row from 1, and whether it is pressed. */
// deno-lint-ignore no-control-regex
const MOUSE = /^\x1b\[<([0-9]*);([0-9]*);([0-9]*)([Mm])/;
/** Red, green and blue of the background, each in one to four digits (OSC 11 of xterm). */
// deno-lint-ignore no-control-regex
const BACKGROUND = /^\x1b\]11;rgba?:([\da-f]+)\/([\da-f]+)\/([\da-f]+)[\w/]*(?:\x07|\x1b\\)/i;
/** What a mouse does, by its number there: the left button, and the wheel up and down. */
const MOUSE_LINES: Readonly<Record<string, number>> = { 0: 0, 64: -3, 65: 3 };
// deno-lint-ignore no-control-regex
const CONTROL = /^[\x00-\x1f\x7f-\x9f]/;

/** Reads keys; what may go on in the next text comes back as `rest`, to be put before it. */
export function parseKeys(text: string): ParsedKeys {
  const keys: Key[] = [];
  while (text !== "") {
    if (UNFINISHED.test(text)) return { keys, rest: text };
    const { key, length } = parseKey(text);
    if (key !== null) keys.push(key);
    text = text.slice(length);
  }
  return { keys, rest: "" };
}

/** How long to wait for the rest of a sequence: of what a terminal answers from far away, for longer. */
export function patienceMs(rest: string): number {
  return isAnswer(rest) ? 1_000 : 50;
}

/** What an unfinished sequence means after which nothing comes: ESC alone is a key. */
export function endKeys(rest: string): readonly Key[] {
  return rest.startsWith("\x1b") && !isAnswer(rest) ? [{ name: "escape" }] : [];
}

/** Whether it is the beginning of what a terminal answers. */
function isAnswer(rest: string): boolean {
  return rest.startsWith("\x1b]1");
}

function parseKey(text: string): { readonly key: Key | null; readonly length: number } {
  const mouse = MOUSE.exec(text);
  if (mouse !== null) return { key: mouseKey(mouse), length: mouse[0].length };
  const background = BACKGROUND.exec(text);
  if (background !== null) return { key: backgroundOf(background), length: background[0].length };
  const sequence = SEQUENCE.exec(text);
  if (sequence !== null) {
    const [{ length }, number = "", final = "", short = ""] = sequence;
    return { key: named(SEQUENCES[final === "~" ? `${number}~` : final + short]), length };
  }
  if (text.startsWith("\x1b")) return { key: named("escape"), length: 1 };
  if (CONTROL.test(text)) return { key: named(CONTROLS[text[0]!]), length: 1 };
  const character = String.fromCodePoint(text.codePointAt(0)!);
  return { key: { name: "text", text: character }, length: character.length };
}

/** Where a button is released, and what other buttons do, is no key. */
function mouseKey([, button = "", column, row, end]: RegExpExecArray): Key | null {
  const lines = MOUSE_LINES[button];
  if (lines === undefined || end === "m") return null;
  return { name: "mouse", column: Number(column) - 1, row: Number(row) - 1, lines };
}

/** Light from half of white on, as an eye weighs the colours (luma of ITU-R BT.601). */
function backgroundOf([, ...colours]: RegExpExecArray): Background {
  const [red, green, blue] = colours.map((digits) =>
    parseInt(digits, 16) / (16 ** digits.length - 1)
  );
  return { name: "background", isLight: 0.299 * red! + 0.587 * green! + 0.114 * blue! > 0.5 };
}

function named(name: KeyName | undefined): Key | null {
  return name === undefined ? null : { name };
}

/** By how many lines, or pages, a key moves. */
export type Move = number | "pageUp" | "pageDown";

/** What a key moves by; 0 for one that does not. */
export function moveOf(key: Key): Move {
  switch (key.name) {
    case "up":
      return -1;
    case "down":
      return 1;
    case "home":
      return -Infinity;
    case "end":
      return Infinity;
    case "pageUp":
    case "pageDown":
      return key.name;
    default:
      return 0;
  }
}

/** Faster than the last, a replay goes as fast as can be. */
const MAX_STEP = 1_024;

const seekBy = (ms: number) => (replay: ReplayControls) => replay.seekBy(ms);
const speedBy = (factor: number) => (replay: ReplayControls) => {
  const speed = Math.min(replay.state.speed ?? 2 * MAX_STEP, 2 * MAX_STEP) * factor;
  replay.setSpeed(speed > MAX_STEP ? Infinity : Math.max(0.125, speed));
};

/** Keys that do something in one place alone, and which that is. */
const PLACES: readonly (readonly [keys: string, page: string, place: string])[] = [
  ["srg", "table", "of the table; 1 shows it"],
  ["ndNf[]", "host", "of a host's page; Enter opens it"],
];

/** What is told of a key that did nothing; nothing of one that moves. */
export function whyNothing(
  text: string,
  page: string,
  { spansMs, tagKeys }: {
    readonly spansMs: readonly number[];
    readonly tagKeys: readonly string[];
  },
): string {
  if ("jkG 13".includes(text)) return "";
  if (page === "columns") return `${cleanText(text)} is no key here; Esc goes back`;
  const place = PLACES.find(([keys, where]) => keys.includes(text) && where !== page);
  if (place !== undefined) return `${text} is a key ${place[2]}`;
  if (text in REPLAY_KEYS) return `${text} is a key of a replay`;
  if ("nN".includes(text)) return `No host ${text === "n" ? "below" : "above"} this one`;
  if ("[]".includes(text)) {
    return spansMs.length === 0
      ? "The server keeps no longer past: --data does"
      : `No ${text === "[" ? "shorter" : "longer"} range`;
  }
  if (text === "g" && tagKeys.length === 0) return "No host has a tag; agents take --tag";
  if ("mx".includes(text)) return "Nothing is selected for it: ↑ ↓ select";
  if ("24".includes(text)) return "The grid and the ways are on the page, in a browser";
  return `${cleanText(text)} is no key; ? shows all keys`;
}

/** What keys do while a record is played. */
const REPLAY_KEYS: Readonly<Record<string, (replay: ReplayControls) => void>> = {
  p: (replay) => replay.play(!replay.state.isPlaying),
  ",": seekBy(-60_000),
  ".": seekBy(60_000),
  "<": seekBy(-600_000),
  ">": seekBy(600_000),
  "+": speedBy(2),
  "-": speedBy(0.5),
};

/** Does to a replay what a key says; whether it is such a key. */
export function steerReplay(key: Key, replay: ReplayControls | null): boolean {
  const steer = key.name === "text" ? REPLAY_KEYS[key.text] : undefined;
  if (replay === null || steer === undefined) return false;
  steer(replay);
  return true;
}
