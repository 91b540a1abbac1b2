/**
 * What the user has chosen to see, what a key needs to know of the screen to change it, and which
 * part of what there is comes next. Pure.
 */
import type { SortColumn } from "../../../../common/columns.ts";
import { HISTORY_METRICS, type HistoryMetric } from "../../../fleet/past/points.ts";
import { groupOfKey, type HostKeys } from "./grouped.ts";
import type { ChosenRange } from "./past.ts";

/** Which hosts are shown, and how. */
export interface Selection {
  readonly filter: string;
  readonly sort: SortColumn;
  readonly descending: boolean;
  readonly group: string | null;
  readonly open: readonly string[];
}

/** Which hosts are compared, by their keys; where none is, those with the most. And in what. */
export interface Comparison {
  readonly picked: readonly string[];
  readonly metric: HistoryMetric;
}

/** What is shown: the table of all hosts, one host, several compared, what needs attention, the columns to choose from, or the help. */
export type Page = "table" | "host" | "compare" | "alerts" | "columns" | "help";

/** What Enter shows in a line of what needs attention: a host, or all hosts of a filter. */
export type Target = { readonly host: string } | { readonly filter: string } | null;

/** What may be muted: what a filter is for, by its name; or a mute that may be ended. */
export type Mutable =
  | { readonly filter: string; readonly name: string }
  | { readonly muted: number };

/** What is to be done. */
export type MuteCommand =
  | { readonly filter: string; readonly forMs: number }
  | { readonly end: number };

/** All that a user can change. */
export interface ViewState extends Selection, Comparison, ChosenRange {
  readonly page: Page;
  /** The host or group of the cursor, and the host of the host page, by its key; `null` while there is no cursor. */
  readonly selected: string | null;
  /** The first row of the table that is shown. */
  readonly top: number;
  /** Where the host page was opened, and goes back to. */
  readonly from: "table" | "alerts";
  /** The page that the help was opened on, and goes back to. */
  readonly beforeHelp: Page;
  /** The first line of a page that is shown; of the columns, and of what needs attention, the one of the cursor. */
  readonly scroll: number;
  /** The columns that were chosen; `null` for those that there is room for. */
  readonly columns: readonly string[] | null;
  /** What is to be muted, while it is asked for how long; what is to be done then, until it is; and what came of it. */
  readonly muting: Mutable | null;
  readonly command: MuteCommand | null;
  readonly notice: string;
  /** Whether text goes to the filter. */
  readonly typing: boolean;
  /** Whether what comes is pasted, and not typed. */
  readonly pasting: boolean;
  /** Whether formulas are shown on a host's page, and all counts of its datagrams. */
  readonly formulas: boolean;
  readonly delivery: boolean;
  readonly paused: boolean;
  /** Whether clicks and the wheel come here; else they are the terminal's, which selects text by them. */
  readonly mouse: boolean;
  /** Whether the background is light, as far as the terminal has told. */
  readonly isLight: boolean;
  readonly quit: boolean;
}

/** What a key needs to know of the screen that the user sees. */
export interface ViewContext {
  /** The keys of all hosts of the table, in its order. */
  readonly hosts: HostKeys;
  /** The columns that are shown and can be sorted by. */
  readonly sortColumns: readonly SortColumn[];
  /** All columns that can be chosen, and those that are shown. */
  readonly columns: readonly string[];
  readonly shownColumns: readonly string[];
  /** The keys of tags that hosts can be grouped by. */
  readonly tagKeys: readonly string[];
  /** Rows of the table, or lines of a page, that fit; in which line of the screen the first one stands, and which one that is. */
  readonly height: number;
  readonly firstLine: number;
  readonly top: number;
  /** What the table can be sorted by at each cell of its heading, which stands above the first row. */
  readonly heading: readonly (SortColumn | null)[];
  /** How long the ranges of the past of a host are from which can be chosen, and what time it is. */
  readonly spansMs: readonly number[];
  readonly wallMs: number;
  /** Lines of the page. */
  readonly lines: number;
  /** What Enter shows in each of them, on the page of what needs attention, and what may be muted there. */
  readonly targets: readonly Target[];
  readonly mutables: readonly (Mutable | null)[];
  /** What a host is called. */
  readonly nameOf: (key: string) => string;
}

/** What a user sees first. */
export const FIRST_STATE: ViewState = {
  page: "table",
  selected: null,
  ...{ top: 0, from: "table", beforeHelp: "table", scroll: 0 },
  ...{ range: 0, untilMs: null, formulas: false, delivery: false },
  ...{ sort: "name", descending: false },
  filter: "",
  group: null,
  open: [],
  columns: null,
  ...{ picked: [], metric: "cpu", muting: null, command: null, notice: "" },
  ...{ typing: false, pasting: false, paused: false, mouse: false, isLight: false },
  quit: false,
};

/** The first row or line to show, so that the cursor and as many others as possible are seen. */
export function visibleTop(top: number, index: number, count: number, height: number): number {
  const highest = Math.max(0, count - height);
  if (index < 0) return Math.max(0, Math.min(top, highest));
  return Math.max(0, Math.min(Math.max(top, index - height + 1), index, highest));
}

/** The next shorter or longer part of the past of a host. */
export function nextRange(state: ViewState, by: number, { spansMs }: ViewContext): ViewState {
  const isHost = state.page === "host" && spansMs.length > 0;
  return isHost ? { ...state, range: clamp(state.range + by, spansMs.length - 1) } : state;
}

/** A part that is as long and earlier or later by half of it, up to now at the latest. */
export function shiftRange(
  state: ViewState,
  by: number,
  { spansMs, wallMs }: ViewContext,
): ViewState {
  const untilMs = (state.untilMs ?? wallMs) + by * spansMs[state.range]! / 2;
  return { ...state, untilMs: untilMs >= wallMs ? null : Math.round(untilMs) };
}

/** What is compared, the next or the one before. */
export function nextMetric(state: ViewState, by: number): ViewState {
  const at = HISTORY_METRICS.indexOf(state.metric) + by + HISTORY_METRICS.length;
  return { ...state, metric: HISTORY_METRICS[at % HISTORY_METRICS.length]!, scroll: 0 };
}

/** The next host of the table, or the one before, on the page of one. */
export function nextHost(state: ViewState, by: number, { hosts }: ViewContext): ViewState {
  if (state.page !== "host" || state.selected === null) return state;
  let at = hosts.indexOf(state.selected);
  if (at < 0) return state;
  const keyAt = (at: number) => at < 0 ? undefined : hosts.at(at);
  do at += by; while (groupOfKey(keyAt(at) ?? "") !== null);
  return { ...state, selected: keyAt(at) ?? state.selected, scroll: 0 };
}

/** Groups by the next tag, after the last one by none; every group is folded. */
export function nextGroup(state: ViewState, { tagKeys }: ViewContext): ViewState {
  if (state.page !== "table" || tagKeys.length === 0 && state.group === null) return state;
  const at = state.group === null ? 0 : tagKeys.indexOf(state.group) + 1;
  return { ...state, group: tagKeys[at] ?? null, open: [], selected: null, top: 0 };
}

/** A place that is not before the first, nor behind the last. */
export function clamp(value: number, max: number): number {
  return Math.max(0, Math.min(value, max));
}
