/**
 * The cursor: how it moves, and what keys do with what it is on, which is muted, or picked to be compared. Pure:
 * what is to be muted stands in the state until somebody has done it.
 */
import { MUTE_TIMES, muteFilter, quoted, type ShownAlert } from "../../../../common/alerts.js";
import { groupTitle } from "../../../../common/host_words.js";
import { groupOfKey } from "./grouped.ts";
import type { Key, Move } from "./keys.ts";
import { clamp, type Mutable, type ViewContext, type ViewState, visibleTop } from "./state.ts";

/** The times that may be chosen, by their keys. */
export const MUTE_KEYS = MUTE_TIMES.map(({ label, ms }, n) => ({ key: "18dw"[n]!, label, ms }));

/** Asks for how long what the cursor is on is to be muted; a mute under it is ended. */
export function askMute(state: ViewState, context: ViewContext): ViewState {
  const mutable = mutableAt(state, context);
  if (mutable === null) return state;
  return "muted" in mutable
    ? { ...state, command: { end: mutable.muted } }
    : { ...state, muting: mutable };
}

/** An alert of a host, or all of a rule. */
export function mutableOf(
  { alert, id = "", name = "" }: Pick<ShownAlert, "alert"> & Partial<ShownAlert>,
) {
  return {
    filter: muteFilter(alert, id),
    name: name === "" ? `all of ${alert}` : `${alert} of ${name}`,
  };
}

/** What the cursor is on; `null` where that is nothing that can be muted. */
function mutableAt(
  { page, selected, group, scroll }: ViewState,
  { mutables, nameOf }: ViewContext,
): Mutable | null {
  if (page === "alerts") return mutables[scroll] ?? null;
  if (selected === null || page !== "table" && page !== "host") return null;
  const value = groupOfKey(selected);
  if (value === null) return { filter: muteFilter("", selected), name: nameOf(selected) };
  // No filter is for those without a tag.
  if (group === null || value === "") return null;
  return { filter: `${group}:${quoted(value)}`, name: groupTitle(group, value) };
}

/** The answer for how long; any other key is for not at all. */
export function answerMute(state: ViewState, key: Key): ViewState {
  const { muting } = state;
  const time = MUTE_KEYS.find((time) => key.name === "text" && time.key === key.text);
  const asked = { ...state, muting: null };
  if (time === undefined || muting === null || "muted" in muting) {
    return { ...asked, notice: "Nothing is muted" };
  }
  return { ...asked, command: { filter: muting.filter, forMs: time.ms } };
}

/** Most hosts that are compared. */
const MAX_PICKED = 12;

/** Picks a host to be compared, or no more; where they are compared, none. */
export function pick(state: ViewState, { nameOf }: Pick<ViewContext, "nameOf">): ViewState {
  const { page, selected, picked } = state;
  if (page === "compare" && picked.length > 0) return { ...state, picked: [], scroll: 0 };
  if (selected === null || groupOfKey(selected) !== null || !["table", "host"].includes(page)) {
    return state;
  }
  const others = picked.filter((key) => key !== selected);
  const name = nameOf(selected);
  if (others.length < picked.length) {
    return { ...state, picked: others, notice: `${name} is picked no more` };
  }
  if (picked.length < MAX_PICKED) {
    const notice = `${name} is picked, ${picked.length + 1} in all; 3 compares them`;
    return { ...state, picked: [...picked, selected], notice };
  }
  return { ...state, notice: `No more than ${MAX_PICKED} hosts are compared` };
}

/** The state with another line in sight, or under the cursor. */
export function move(state: ViewState, to: Move, context: ViewContext): ViewState {
  const page = Math.max(1, context.height - 1);
  const by = to === "pageUp" ? -page : to === "pageDown" ? page : to;
  if (by === 0) return state;
  if (state.page === "table") return moveCursor(state, by, context);
  if (state.page === "alerts") {
    return { ...state, scroll: clamp(state.scroll + by, context.lines - 1) };
  }
  const lowest = Math.max(0, context.lines - context.height);
  return { ...state, scroll: clamp(Math.min(state.scroll, lowest) + by, lowest) };
}

function moveCursor(state: ViewState, by: number, { hosts, height }: ViewContext): ViewState {
  const cursor = state.selected === null ? -1 : hosts.indexOf(state.selected);
  // The first key shows the cursor on the first row, and moves it no further.
  const index = cursor < 0 && Number.isFinite(by) ? 0 : clamp(cursor + by, hosts.length - 1);
  const top = visibleTop(state.top, index, hosts.length, height);
  return { ...state, selected: (index < 0 ? undefined : hosts.at(index)) ?? null, top };
}
