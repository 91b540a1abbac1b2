/**
 * The rows of several views in one order, as one view of all would have them. Near the first row, each is
 * asked for so many rows from its own first on; far from it, first for each n-th row, from which follows where
 * in each of them the rows begin that are wanted. Groups have an order of their own, so they are asked for
 * apart. Pure.
 */
import type { ShownAlert } from "../../../common/alerts.js";
import type { HostStatus } from "../../../common/status.js";
import { worstByHost } from "../../../common/troubles.js";
import { isBehind } from "../../../common/ways.js";
import { rowAsJson } from "../api/api.ts";
import { type FleetQuery, MAX_GROUPS_ASKED } from "../api/params.ts";
import { byUnusual } from "../../fleet/index/listed.ts";
import { tagOf } from "../../fleet/index/query.ts";
import type { HostRow } from "../../fleet/host/row.ts";
import { HttpError } from "../http/response.ts";
import {
  groupsTold,
  mergeGroups,
  mergeTotals,
  omittedIn,
  opened,
  type ToldGroup,
} from "./merge.ts";
import {
  type Asked,
  EVERY,
  inOrder,
  nowOf,
  type Query,
  searchOf,
  spansOf,
  writeOpen,
} from "./order.ts";
import type { MissingView, View } from "./view.ts";
import type { Answers, Views } from "./views.ts";

/** Most rows of one answer: they are put in order at once. */
export const MAX_ROWS = 10_000;
/** Up to so many rows from the first on are asked for outright. */
const NEAR_ROWS = 1_000;
/** What a view says of its rows. */
const FIELDS = ["nowMs", "totals", "kept", "matched", "rows"];
/** Views come and go; so often it is begun anew. */
const MAX_TRIES = 3;
/** Most characters of the values of groups in one URL, of which there are 4,096. */
const MAX_GROUPS_LENGTH = 1_200;

/** A part of the fleet at a time, as `/api/fleet` tells it. */
export interface FrontPart {
  readonly nowMs: number;
  readonly totals: ReturnType<typeof mergeTotals<MissingView>>;
  readonly matched: number;
  readonly groups: ReturnType<typeof groupsTold>;
  readonly rows: readonly ReturnType<typeof rowAsJson>[];
}

/** Rows, and what the views said besides. */
interface Found {
  readonly rows: readonly HostRow[];
  readonly heads: Answers;
}

/** The fleets of all views. */
export class FrontFleet {
  readonly #views: Views;

  constructor(views: Views) {
    this.#views = views;
  }

  /** A part of all; `recent` adds to each row some of its recent past. @throws {HttpError} 400 for too many rows. */
  async part({ offset, limit, ...query }: FleetQuery, recent: boolean): Promise<FrontPart> {
    const isBounded = limit !== null && limit <= MAX_ROWS;
    if (!isBounded || query.group) {
      const groups = MAX_GROUPS_ASKED;
      const heads = await this.#ask({ ...query, open: query.group ? [] : null }, {
        limit: 1,
        groups,
      });
      const merged = mergeGroups(heads.answers.map(({ data }) => data.groups ?? []))
        .map((group) => query.open?.includes(group.value) ?? true ? opened(group) : group);
      const length = query.group ? listedIn(merged) : matchedIn(heads);
      const count = Math.max(0, Math.min(limit ?? Infinity, length - offset));
      if (count > MAX_ROWS) throw tooMany(count);
      const rows = query.group
        ? await this.#grouped(query, merged, { offset, count, recent })
        : (await this.#rows(query, offset, count, recent)).rows;
      return partOf(query, heads, rows, merged);
    }
    const { rows, heads } = await this.#rows(query, offset, limit, recent);
    return partOf(query, heads, rows, []);
  }

  /** The totals of all. */
  async totals(): Promise<Pick<FrontPart, "nowMs" | "totals">> {
    const every = { sort: null, descending: false, text: "", statuses: null };
    const { nowMs, totals } = await this.part({ ...every, offset: 0, limit: 1 }, false);
    return { nowMs, totals };
  }

  /** Hosts for a status page: of which views nothing is known now, or nothing that is new, it is not whole. */
  async hostsOf(text: string, statuses: readonly HostStatus[] | null, limit: number) {
    const query = { text, statuses, sort: "name", descending: false } as const;
    const { rows: hosts, matched, totals } = await this.part({ ...query, offset: 0, limit }, false);
    return { hosts, matched, isWhole: totals.missing.length === 0 && !isBehind(totals.view) };
  }

  async #rows(query: Query, offset: number, count: number, recent: boolean): Promise<Found> {
    const end = offset + count;
    if (end <= NEAR_ROWS) {
      const heads = await this.#ask(query, { recent, limit: Math.max(1, end) });
      return { heads, rows: inOrder(heads, query).slice(offset, end) };
    }
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const heads = await this.#ask(query, { every: EVERY });
      const spans = spansOf(heads, query, offset, end);
      const far = await this.#ask(query, { recent }, (view) => spans.get(view));
      const skipped = [...spans.values()].reduce((sum, { offset }) => sum + offset, 0);
      const rows = inOrder(far, query).slice(offset - skipped, end - skipped);
      if (far.missing.length === 0) return { heads, rows };
    }
    throw new HttpError(503, "Cannot answer: views come and go");
  }

  /** The rows that are listed of groups: of those that are open and small, of many at once. */
  async #grouped(
    { unusual: _, ...query }: Query,
    groups: readonly ToldGroup[],
    { offset, count, recent }: { offset: number; count: number; recent: boolean },
  ): Promise<readonly HostRow[]> {
    const spans = spansIn(groups, offset, count);
    const isSmall = ({ open, hosts }: ToldGroup) => open && hosts <= NEAR_ROWS;
    const small = spans.map(({ group }) => group).filter(isSmall);
    const isFolded = spans.some(({ group }) => !group.open);
    const asked = await Promise.all([
      ...isFolded ? [this.#unusual(query, recent)] : [],
      ...inBatches(small).map((open) => this.#whole({ ...query, open }, recent)),
      ...spans.filter(({ group }) => group.hosts > NEAR_ROWS && group.open).map(
        async ({ group: { value }, from, to }) => {
          const part = await this.#rows({ ...query, open: [value] }, from, to - from, recent);
          return new Map([[value, part.rows]]);
        },
      ),
    ]);
    const byValue = new Map(asked.flatMap((rows) => [...rows]));
    return spans.flatMap(({ group, from, to }) => {
      const rows = byValue.get(group.value) ?? [];
      return group.open && !isSmall(group) ? rows : rows.slice(from, to);
    });
  }

  /** All rows of open groups, by their values. */
  async #whole(query: Query, recent: boolean) {
    const heads = await this.#ask(query, { recent });
    return Map.groupBy(inOrder(heads, query), ({ tags }) => tagOf(tags, query.group!));
  }

  /** Of each group the hosts that are listed where it is folded: views tell which are, alerts which come first. */
  async #unusual(query: Query, recent: boolean) {
    const [heads, standing] = await Promise.all([
      this.#ask({ ...query, open: [], unusual: true }, { recent }),
      this.#views.demand(() => "api/alerts", { fields: ["alerts"] }),
    ]);
    const alerts = standing.answers.flatMap(({ data }) => data.alerts as readonly ShownAlert[]);
    const worst = worstByHost(alerts.filter(({ muted }) => !muted));
    const inTurn = byUnusual(inOrder(heads, { ...query, sort: null, descending: false }), {
      alertOf: ({ key }) => worst.get(key),
      nameOf: ({ name }) => name,
      statusOf: ({ status }) => status,
    });
    return Map.groupBy(inTurn, ({ tags }) => tagOf(tags, query.group!));
  }

  /** Asks all for rows of their own, or those of them that `spanOf` names, each for its span. */
  #ask(
    query: Query,
    more: Asked,
    spanOf: (view: View) => Asked | undefined = () => ({}),
  ): Promise<Answers> {
    // Groups are told where they are asked for: elsewhere they are known.
    const few = query.group ? { groups: 1 } : {};
    return this.#views.demand((view) => {
      const span = spanOf(view);
      return span && `api/fleet?${searchOf(query, { ...few, ...more, ...span })}`;
    }, { fields: FIELDS });
  }
}

function partOf(
  query: Query,
  heads: Answers,
  rows: readonly HostRow[],
  groups: readonly ToldGroup[],
): FrontPart {
  const all = heads.answers.map(({ data }) => data);
  return {
    nowMs: nowOf(heads),
    totals: mergeTotals(all.map(({ totals }) => totals), heads.missing),
    matched: matchedIn(heads),
    groups: groupsTold(query.group ?? null, groups, omittedIn(all)),
    rows: rows.map((row) => rowAsJson(row, 0)),
  };
}

function matchedIn({ answers }: Answers): number {
  return answers.reduce((sum, { data: { matched } }) => sum + matched, 0);
}

function listedOf({ open, hosts, listed = 0 }: ToldGroup): number {
  return open ? hosts : listed;
}

function listedIn(groups: readonly ToldGroup[]): number {
  return groups.reduce((sum, group) => sum + listedOf(group), 0);
}

/** Which of the rows that are listed of groups are among so many from a place on. */
function spansIn(groups: readonly ToldGroup[], offset: number, count: number) {
  let begin = 0;
  return groups.flatMap((group) => {
    const [from, length] = [Math.max(0, offset - begin), listedOf(group)];
    const to = Math.min(length, offset + count - begin);
    begin += length;
    return from < to ? [{ group, from, to }] : [];
  });
}

/** The values of groups, so many together as there is room for in one URL. */
function inBatches(groups: readonly ToldGroup[]): readonly (readonly string[])[] {
  const batches: string[][] = [];
  for (const { value } of groups) {
    const last = batches.at(-1);
    const isRoom = last !== undefined && writeOpen([...last, value]).length <= MAX_GROUPS_LENGTH;
    if (isRoom) last.push(value);
    else batches.push([value]);
  }
  return batches;
}

function tooMany(count: number): HttpError {
  const state = `${count} rows at once; limit and offset say which, ${MAX_ROWS} at most`;
  return new HttpError(400, `Cannot answer ${state}`);
}
