/**
 * What a key does to what the user has chosen to see. Pure: it knows neither the fleet nor the screen but
 * what `ViewContext` says of them.
 */
import { isDescendingFirst, type SortColumn } from "../../../../common/columns.ts";
import { groupOfKey, keyOfGroup } from "./grouped.ts";
import { type Key, type MouseKey, moveOf, whyNothing } from "./keys.ts";
import { answerMute, askMute, move, pick } from "./cursor.ts";
import {
  clamp,
  FIRST_STATE,
  nextGroup,
  nextHost,
  nextMetric,
  nextRange,
  shiftRange,
  type ViewContext,
  type ViewState,
  visibleTop,
} from "./state.ts";

const MAX_FILTER_LENGTH = 100;

/** The state after a key; of one that does nothing it is told why. */
export function reduce(before: ViewState, key: Key, context: ViewContext): ViewState {
  if (key.name === "interrupt") return { ...before, quit: true };
  const pasting = { pasteBegin: true, pasteEnd: false }[key.name as string];
  if (pasting !== undefined) return { ...before, pasting };
  if (key.name === "background") return { ...before, isLight: key.isLight };
  if (before.pasting) return paste(before, key);
  if (before.muting !== null) return answerMute(before, key);
  // What came of the last key has been read by the next one.
  const state = before.notice === "" ? before : { ...before, notice: "" };
  const after = act(state, key, context);
  const names = Object.keys(state) as (keyof ViewState)[];
  if (key.name !== "text" || names.some((name) => after[name] !== state[name])) return after;
  return { ...after, notice: whyNothing(key.text, state.page, context) };
}

function act(state: ViewState, key: Key, context: ViewContext): ViewState {
  if (key.name === "mouse") return point(state, key, context);
  if (state.typing) return type(state, key, context);
  const command = key.name === "text" ? COMMANDS[key.text] : undefined;
  if (state.page === "columns") return chooseColumns(state, key, context);
  if (command !== undefined) return command(state, context);
  if (key.name === "enter") {
    return state.page === "alerts" ? openTarget(state, context) : open(state, context);
  }
  const by = key.name === "left" ? -1 : key.name === "right" ? 1 : 0;
  if (by !== 0 && state.page === "host" && context.spansMs.length > 0) {
    return shiftRange(state, by, context);
  }
  if (key.name === "escape" || key.name === "backspace" || by < 0) return back(state);
  return move(state, moveOf(key), context);
}

/** What says which hosts are shown or compared, and in which order. */
const SELECTING = ["page", "filter", "group", "open", "picked"] as const;
const ORDERING = [...SELECTING, "sort", "descending", "columns", "metric"] as const;

/** Whether other hosts are shown, or in another order: then the screen tells what the next key means. */
export function changesOrder(before: ViewState, after: ViewState): boolean {
  return ORDERING.some((name) => before[name] !== after[name]);
}

type Command = (state: ViewState, context: ViewContext) => ViewState;

const COMMANDS: Readonly<Record<string, Command>> = {
  q: (state) => ({ ...state, quit: true }),
  p: (state) => ({ ...state, paused: !state.paused }),
  "?": (state) =>
    state.page === "help"
      ? back(state)
      : { ...state, page: "help", beforeHelp: state.page, scroll: 0 },
  "/": (state) => ({ ...state, page: "table", typing: true }),
  "!": worstFirst,
  s: nextSort,
  r: reverseSort,
  S: reverseSort,
  j: (state, context) => move(state, 1, context),
  k: (state, context) => move(state, -1, context),
  g: nextGroup,
  "[": (state, context) => nextRange(state, -1, context),
  "]": (state, context) => nextRange(state, 1, context),
  c: (state) => ({ ...state, page: "columns", scroll: 0 }),
  a: (state) => ({ ...state, page: state.page === "alerts" ? "table" : "alerts", scroll: 0 }),
  n: (state, context) => nextHost(state, 1, context),
  N: (state, context) => nextHost(state, -1, context),
  M: ({ mouse, ...state }) => ({ ...state, mouse: !mouse, notice: MOUSE[Number(!mouse)]! }),
  f: toggle("formulas"),
  d: toggle("delivery"),
  m: askMute,
  x: pick,
  "1": (state) => ({ ...state, page: "table" }),
  "3": (state) => ({ ...state, page: "compare", scroll: 0 }),
  G: (state, context) => move(state, Infinity, context),
  " ": (state, context) => move(state, "pageDown", context),
};

/** Whose the mouse is from now on. */
const MOUSE = ["The mouse selects text", "A click selects and opens, the wheel scrolls; M ends it"];

/** Who is offline or stale first, from the top; and back to the names. */
function worstFirst(state: ViewState): ViewState {
  const isWorstFirst = state.page === "table" && state.sort === "status" && state.descending;
  const { sort, descending } = isWorstFirst
    ? FIRST_STATE
    : { sort: "status", descending: true } as const;
  return { ...state, page: "table", sort, descending, selected: null, top: 0 };
}

function nextSort(state: ViewState, { sortColumns }: ViewContext): ViewState {
  if (state.page === "compare") return nextMetric(state, 1);
  if (state.page !== "table") return state;
  const sort = sortColumns[(sortColumns.indexOf(state.sort) + 1) % sortColumns.length] ??
    state.sort;
  return { ...state, sort, descending: isDescendingFirst(sort) };
}

/** Turns on or off what is shown on demand. */
function toggle(name: "formulas" | "delivery"): Command {
  // Counts stand at the top.
  const seen = name === "delivery" ? { scroll: 0 } : {};
  return (state) => state.page === "host" ? { ...state, [name]: !state[name], ...seen } : state;
}

/** A key on the page of columns: to the next one, in or out, all as they were, or back to the table. */
function chooseColumns(state: ViewState, key: Key, context: ViewContext): ViewState {
  const { columns, shownColumns } = context;
  const text = key.name === "text" ? key.text : key.name;
  if (text === "q") return { ...state, quit: true };
  if (["c", "escape", "backspace", "left"].includes(text)) return { ...state, page: "table" };
  if (text === "d") return { ...state, columns: null };
  if (text === " " || text === "enter") {
    const chosen = state.columns ?? shownColumns;
    const name = columns[state.scroll]!;
    const next = chosen.includes(name)
      ? chosen.filter((other) => other !== name)
      : [...chosen, name];
    return { ...state, columns: next };
  }
  const by = text === "j" ? 1 : text === "k" ? -1 : moveOf(key);
  const page = Math.max(1, context.height - 1);
  const steps = by === "pageUp" ? -page : by === "pageDown" ? page : by;
  return { ...state, scroll: clamp(state.scroll + steps, columns.length - 1) };
}

function reverseSort(state: ViewState): ViewState {
  if (state.page === "compare") return nextMetric(state, -1);
  return state.page === "table" ? { ...state, descending: !state.descending } : state;
}

function type(state: ViewState, key: Key, context: ViewContext): ViewState {
  switch (key.name) {
    case "text":
      return addToFilter(state, key.text);
    case "backspace":
      if (state.filter === "") return { ...state, typing: false };
      return { ...state, filter: Array.from(state.filter).slice(0, -1).join(""), top: 0 };
    case "enter":
      return { ...state, typing: false };
    case "escape":
      return { ...state, typing: false, filter: "" };
    default:
      return move(state, moveOf(key), context);
  }
}

/** What is pasted is text of the filter, or nothing: no key that quits or mutes. */
function paste(state: ViewState, key: Key): ViewState {
  const notice = "Pasted text does nothing here; after / it is the filter";
  if (!state.typing) return { ...state, notice };
  return key.name === "text" ? addToFilter(state, key.text) : state;
}

function addToFilter(state: ViewState, text: string): ViewState {
  return { ...state, filter: (state.filter + text).slice(0, MAX_FILTER_LENGTH), top: 0 };
}

function open(state: ViewState, { hosts }: ViewContext): ViewState {
  if (state.page !== "table") return state;
  const selected = state.selected !== null && hosts.indexOf(state.selected) >= 0
    ? state.selected
    : hosts.at(0);
  if (selected === undefined) return state;
  const group = groupOfKey(selected);
  return group === null
    ? { ...state, page: "host", from: "table", selected, scroll: 0 }
    : fold(state, keyOfGroup(group), group);
}

/** Shows the host of a line of what needs attention, or all of its rule. */
function openTarget(state: ViewState, { targets }: ViewContext): ViewState {
  const target = targets[state.scroll] ?? null;
  if (target === null) return state;
  if ("host" in target) {
    return { ...state, page: "host", from: "alerts", selected: target.host, scroll: 0 };
  }
  return { ...state, page: "table", filter: target.filter, selected: null, top: 0 };
}

/** Opens a group, or folds it. */
function fold(state: ViewState, selected: string, group: string): ViewState {
  const isOpen = state.open.includes(group);
  const open = isOpen ? state.open.filter((other) => other !== group) : [...state.open, group];
  return { ...state, selected, open };
}

function back(state: ViewState): ViewState {
  if (state.page === "host") return { ...state, page: state.from, scroll: 0 };
  if (state.page === "help") return { ...state, page: state.beforeHelp, scroll: 0 };
  if (state.page !== "table") return { ...state, page: "table" };
  if (state.filter !== "") return { ...state, filter: "" };
  return { ...state, selected: null, top: 0 };
}

/** A click selects a line, and opens it once more; on the heading it sorts. The wheel scrolls. */
function point(
  state: ViewState,
  { column, row, lines }: MouseKey,
  context: ViewContext,
): ViewState {
  if (lines !== 0) return scroll(state, lines, context);
  const { firstLine, top, height, hosts, heading } = context;
  const at = row - firstLine;
  if (state.page === "table" && at === -1) return sortBy(state, heading[column] ?? null);
  if (at < 0 || at >= height) return state;
  if (state.page === "table") {
    const selected = hosts.at(top + at);
    if (selected === undefined) return state;
    return selected === state.selected ? open(state, context) : { ...state, selected };
  }
  if (state.page !== "alerts" || top + at >= context.lines) return state;
  return top + at === state.scroll ? openTarget(state, context) : { ...state, scroll: top + at };
}

function scroll(state: ViewState, lines: number, context: ViewContext): ViewState {
  if (state.page !== "table" || state.selected !== null) return move(state, lines, context);
  const { hosts, height } = context;
  return { ...state, top: visibleTop(state.top + lines, -1, hosts.length, height) };
}

/** By another column, or the other way round. */
function sortBy(state: ViewState, column: SortColumn | null): ViewState {
  if (column === null) return state;
  if (column === state.sort) return reverseSort(state);
  return { ...state, sort: column, descending: isDescendingFirst(column) };
}
