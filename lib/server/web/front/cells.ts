/**
 * The cells of several views in one order, as one view of all would have them. Where there are more hosts than
 * cells, those of a cell follow each other at one view: another's may come between them. Pure.
 */
import type { SortColumn } from "../../../common/columns.ts";
import { MAX_GROUPS } from "../../../common/limits.js";
import { orderBy, type SortValue } from "../../fleet/index/query.ts";
import { MAX_GROUPS_ASKED, type WindowQuery } from "../api/params.ts";
import { type Cells, cellsEvent, hostsPerCellOf } from "../stream/cells.ts";
import type { EventBytes } from "../stream/client.ts";
import { groupsTold, mergeGroups, mergeTotals, omittedIn, type ToldGroup } from "./merge.ts";
import { nowOf, searchOf } from "./order.ts";
import type { MissingView } from "./view.ts";
import type { Answers, Views } from "./views.ts";
import type { Watch } from "./streams.ts";

/** What a view answers. */
interface Told extends Cells {
  readonly nowMs: number;
  readonly totals: Parameters<typeof mergeTotals<MissingView>>[0][number];
  readonly keys: readonly SortValue[];
  readonly groups?: readonly ToldGroup[];
}

/** One of them. */
interface Cell {
  readonly key: string;
  readonly name: string;
  readonly sortedBy: SortValue;
  readonly size: number;
  readonly value: number | null;
  readonly status: string;
}

const FIELDS = [
  "nowMs",
  "totals",
  "matched",
  "ids",
  "names",
  "sizes",
  "values",
  "statuses",
  "keys",
];
/** How many hosts a cell stands for follows from the answers; so often it is asked again. */
const MAX_TRIES = 3;

/** The cells of one query, looked at again and again. */
export class CellsWatch implements Watch {
  readonly #views: Views;
  readonly #query: WindowQuery;
  #hostsPerCell = 1;
  #head = { nowMs: 0, totals: {} };
  #cells: Cells | null = null;

  constructor(views: Views, query: WindowQuery) {
    this.#views = views;
    this.#query = query;
  }

  async look(): Promise<readonly EventBytes[]> {
    const before = this.#cells;
    const answers = await this.#ask();
    const all = answers.answers.map(({ data }) => data as Told);
    const totals = mergeTotals(all.map(({ totals }) => totals), answers.missing);
    this.#head = { nowMs: nowOf(answers), totals };
    this.#cells = mergeCells(all, this.#query);
    return [cellsEvent(this.#head, this.#cells, before)];
  }

  whole(): readonly EventBytes[] {
    return [cellsEvent(this.#head, this.#cells!, null)];
  }

  async #ask(): Promise<Answers> {
    for (let tries = 1;; tries++) {
      const { cells, ...query } = this.#query;
      const search = searchOf(query, { groups: MAX_GROUPS_ASKED });
      const path = `api/cells?${search}&cells=${cells}&hostsPerCell=${this.#hostsPerCell}`;
      const answers = await this.#views.demand(() => path, { fields: FIELDS });
      const all = answers.answers.map(({ data }) => data as Told);
      const hosts = all.reduce((sum, { matched }) => sum + matched, 0);
      const parts = all.reduce((sum, { groups }) => sum + (groups?.length ?? 1), 0);
      const needed = hostsPerCellOf(hosts, parts);
      if (needed === this.#hostsPerCell || tries === MAX_TRIES) return answers;
      this.#hostsPerCell = needed;
    }
  }
}

/** The cells of all, group by group. */
function mergeCells(all: readonly Told[], query: WindowQuery): Cells {
  const group = query.group ?? null;
  const groups = mergeGroups(all.map(({ groups = [] }) => groups));
  const byValue = all.map(cellsByValue);
  const values = group === null ? [""] : groups.slice(0, MAX_GROUPS).map(({ value }) => value);
  const cells = values.flatMap((value) => inOrder(byValue.map((of) => of.get(value) ?? []), query));
  return {
    matched: all.reduce((sum, { matched }) => sum + matched, 0),
    metric: query.cells!,
    hostsPerCell: Math.max(1, ...all.map(({ hostsPerCell }) => hostsPerCell)),
    ids: cells.map(({ key }) => key),
    names: cells.map(({ name }) => name),
    sizes: cells.map(({ size }) => size),
    values: cells.map(({ value }) => value),
    statuses: cells.map(({ status }) => status).join(""),
    ...groupsTold(group, groups, omittedIn(all)),
  };
}

/** Those of one view, by the value of the group that they are of. */
function cellsByValue(told: Told): ReadonlyMap<string, readonly Cell[]> {
  const { ids, names, sizes, values, statuses, keys, groups, matched } = told;
  let at = 0;
  const parts = groups ?? [{ value: "", hosts: matched }];
  return new Map(parts.map(({ value, hosts }) => {
    const cells: Cell[] = [];
    for (let left = hosts; left > 0 && at < ids.length; at++) {
      left -= sizes[at]!;
      cells.push({
        ...{ key: ids[at]!, name: names[at]!, sortedBy: keys[at] ?? null },
        ...{ size: sizes[at]!, value: values[at]!, status: statuses[at]! },
      });
    }
    return [value, cells] as const;
  }));
}

/** Without an order, view after view. */
function inOrder(lists: readonly (readonly Cell[])[], { sort, descending }: WindowQuery) {
  const cells = (sort === null && descending ? lists.toReversed() : lists).flat();
  return sort === null
    ? cells
    : cells.sort(orderBy(sort as SortColumn, descending, ({ sortedBy }) => sortedBy));
}
