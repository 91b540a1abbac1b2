/**
 * Rows of several views in the order of all, and which rows each is asked for: as it is asked, and of those far
 * from the first, where in its own order they begin and end. Pure.
 */
import { rowOrder } from "../../fleet/index/query.ts";
import type { HostRow } from "../../fleet/host/row.ts";
import type { FleetQuery } from "../api/params.ts";

/** What views say, which are of any kind here. */
interface Told<V> {
  // deno-lint-ignore no-explicit-any
  readonly answers: readonly { readonly view: V; readonly data: any }[];
}

/** Beyond them, each so-many-th row first: of 100,000 hosts, about as many as are then asked for in vain. */
export const EVERY = 224;

/** Which rows, in which order. */
export type Query = Omit<FleetQuery, "offset" | "limit">;

/** What is asked of one view. */
export interface Asked {
  readonly offset?: number;
  readonly limit?: number;
  readonly every?: number;
  /** Most groups that it tells. */
  readonly groups?: number;
  readonly recent?: boolean;
}

/** The same as parameters. */
export function searchOf(
  { sort, descending, text, statuses, group, open, unusual }: Query,
  asked: Asked,
) {
  const said = {
    ...{ sort, order: descending && "desc", q: text, status: statuses?.join() },
    ...group && { group, unusual },
    ...asked,
  };
  const params = new URLSearchParams(
    Object.entries(said).filter(([, value]) => value).map(([name, value]) => [name, `${value}`]),
  );
  if (group && open) params.set("open", writeOpen(open));
  return params;
}

/** The values of groups in a URL. */
export function writeOpen(values: readonly string[]): string {
  return values.map((value) => `${encodeURIComponent(value)},`).join("");
}

/** The time of the latest answer. */
export function nowOf({ answers }: Told<unknown>): number {
  return answers.reduce((latest, { data: { nowMs } }) => Math.max(latest, nowMs), 0);
}

/** The rows of all answers in one order; without one, view after view. */
export function inOrder(answers: Told<unknown>, query: Query): readonly HostRow[] {
  return rowsOf(answers, query).map(({ row }) => row);
}

/** The same, and whose each is: a host may be at several views, though it should not. */
function rowsOf<V>(answers: Told<V>, { sort, descending }: Query) {
  const nowMs = nowOf(answers);
  const { answers: all } = answers;
  const inTurn = sort === null && descending ? all.toReversed() : all;
  const rows = inTurn.flatMap(({ view, data }) =>
    data.rows.map(({ id: key, ...row }: { id: string; lastSeenMs: number }) => ({
      view,
      // Ages as of one moment: views are asked at several.
      row: { key, ...row, ageMs: Math.max(0, nowMs - row.lastSeenMs) } as HostRow,
    }))
  ) as { readonly view: V; readonly row: HostRow }[];
  if (sort === null) return rows;
  const compare = rowOrder(sort, descending);
  return rows.sort((a, b) => compare(a.row, b.row));
}

/**
 * Which of its rows each view is asked for that may be among those from `offset` to `end` of all, by each n-th
 * row of all of them: what comes before is surely among the first `offset`, and what comes behind is not among
 * the first `end`.
 */
export function spansOf<V>(heads: Told<V>, query: Query, offset: number, end: number) {
  const passed = new Map(heads.answers.map(({ view }) => [view, { begin: 0, end: 0 }]));
  // How many rows come up to a mark: a view may have all before its next one, and has all up to its last.
  let [least, most] = [0, 0];
  for (const { view } of rowsOf(heads, query)) {
    const one = passed.get(view)!;
    most += EVERY;
    least += one.end === 0 ? 1 : EVERY;
    if (most <= offset) one.begin = one.end + 1;
    one.end += EVERY;
    if (least >= end) break;
  }
  return new Map(
    Array.from(
      passed,
      ([view, { begin, end }]) =>
        [view, { offset: begin, limit: Math.max(1, end - begin) }] as const,
    ),
  );
}
