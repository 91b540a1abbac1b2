/**
 * The alerts and mutes of several views as those of one. A mute has an id of its own at each view, and here
 * goes by its filter, by which views know it, too. Pure.
 */
import {
  byWorst,
  type Queue,
  type ShownAlert,
  type ShownMute,
  type ShownRule,
} from "../../../common/alerts.js";
import { MAX_OF_RULE, MAX_QUEUE } from "../../alerts/queue.ts";
import { MAX_ALERTS, noDestination } from "../api/alerts.ts";
import { HttpError } from "../http/response.ts";
import { LONG_TIMEOUT_MS, type View, type ViewAnswer } from "./view.ts";
import { refusalOf, sentenceOf, type Views } from "./views.ts";

/** The alerts of one view, as the API tells them. */
interface Told extends Queue {
  readonly nowMs: number;
  readonly problem: string | null;
  readonly destinations: readonly Destination[];
}

interface Destination {
  readonly name: string;
  readonly where: string;
  readonly lastError: string | null;
}

/** What a view says of its alerts. */
const FIELDS = ["alerts", "destinations", "mutes", "rules"];

/** What stands at all views, or of one host, as `/api/alerts` tells it. */
export async function standingAt(views: Views, host: string | null) {
  const search = host === null ? "" : `?${new URLSearchParams({ host })}`;
  const { answers, missing } = await views.demand(() => `api/alerts${search}`, { fields: FIELDS });
  const all = answers.map(({ data }) => data as Told);
  const sum = (count: (told: Told) => number) => all.reduce((sum, told) => sum + count(told), 0);
  return {
    nowMs: latestOf(answers),
    problem: problemOf(answers),
    total: sum(({ total }) => total),
    muted: sum(({ muted }) => muted),
    mutes: mergeMutes(answers.map(mutesIn)),
    rules: mergeRules(all.flatMap(({ rules }) => rules)),
    alerts: answers.flatMap(alertsAt).sort(worstFirst).slice(0, MAX_ALERTS),
    destinations: mergeDestinations(all.flatMap(({ destinations = [] }) => destinations)),
    missing,
  };
}

/** What a stream tells of them: so many as there is room for. */
export function queueOf(
  { total, muted, mutes, rules, alerts, destinations }: Awaited<ReturnType<typeof standingAt>>,
) {
  const shown = Map.groupBy(alerts.filter(({ muted }) => !muted), ({ alert }) => alert);
  const few = Array.from(shown.values(), (own) => own.slice(0, MAX_OF_RULE)).flat();
  const queued = few.sort(worstFirst).slice(0, MAX_QUEUE);
  return { total, muted, mutes, rules, alerts: queued, destinations };
}

/** Those of a view: of what is of no host, it is said where it is. */
function alertsAt({ view, data }: ViewAnswer): readonly ShownAlert[] {
  return (data as Told).alerts.map((alert) =>
    alert.id !== "" ? alert : {
      ...alert,
      detail: [alert.detail, `at ${view.name}`].filter((text) => text !== "").join(", "),
    }
  );
}

function worstFirst(a: ShownAlert, b: ShownAlert): number {
  return byWorst({ ...a, rule: a }, { ...b, rule: b });
}

function mergeRules(rules: readonly ShownRule[]): readonly ShownRule[] {
  const merged = Array.from(
    Map.groupBy(rules, ({ alert }) => alert).values(),
    (same) => ({
      ...same[0]!,
      total: same.reduce((sum, { total }) => sum + total, 0),
      sinceMs: Math.min(...same.map(({ sinceMs }) => sinceMs)),
    }),
  );
  return merged.sort((a, b) => byWorst({ ...a, rule: a }, { ...b, rule: b }));
}

/** Those of one name are one: its counts are added up. */
function mergeDestinations(all: readonly Destination[]): readonly Destination[] {
  return Array.from(Map.groupBy(all, ({ name }) => name).values(), (same) => {
    const merged: Record<string, unknown> = { ...same[0]! };
    for (const one of same.slice(1)) {
      for (const [field, value] of Object.entries(one)) {
        if (typeof value === "number") merged[field] = merged[field] as number + value;
      }
    }
    const lastError = same.find(({ lastError }) => lastError !== null)?.lastError ?? null;
    return { ...merged as unknown as Destination, lastError };
  });
}

function problemOf(answers: readonly ViewAnswer[]): string | null {
  const problems = answers.filter(({ data: { problem } }) => problem !== null)
    .map(({ view, data: { problem } }) => `${view.name}: ${problem}`);
  return problems.length === 0 ? null : problems.join("; ");
}

function latestOf(answers: readonly ViewAnswer[]): number {
  return answers.reduce((latest, { data: { nowMs } }) => Math.max(latest, nowMs), 0);
}

/** What is muted at all views. */
export async function mutesAt(views: Views) {
  const { answers, missing } = await views.demand(() => "api/mutes");
  return { nowMs: latestOf(answers), mutes: mergeMutes(answers.map(mutesIn)), missing };
}

/** Has all views mute something, or end that. @throws {HttpError} as they refuse it, or 502 where one does not answer. */
export async function muteAt(views: Views, method: string, params: URLSearchParams) {
  const { answers, missing } = await views.ask(() => `api/mute?${params}`, { method });
  const refusal = answers.find(({ status }) => status === 400) ??
    (answers.some(({ status }) => status === 200) ? undefined : answers[0]);
  if (refusal !== undefined) throw new HttpError(refusal.status, refusal.data.error);
  if (missing.length > 0) {
    throw new HttpError(502, `Cannot reach every view: ${sentenceOf(missing)}; all others did it`);
  }
  const done = answers.filter(({ status }) => status === 200);
  return { nowMs: latestOf(done), mutes: mergeMutes(done.map(mutesIn)), missing };
}

interface TestResult {
  readonly name: string;
  readonly error: string | null;
}

/** The destinations of all views, and what became of a test, which each view that has one tells it. @throws {HttpError} 404 or 502 for one that is nowhere. */
export async function testAt(views: Views, to: readonly string[] | null, isCommand: boolean) {
  const { answers, missing } = await views.demand(() => "api/alerts/test");
  const own = new Map<View, readonly string[]>(
    answers.map(({ view, data: { destinations } }) => [view, destinations]),
  );
  const destinations = [...new Set([...own.values()].flat())];
  const isUnknown = to?.some((name) => !destinations.includes(name)) ?? false;
  if (isUnknown) throw missing.length > 0 ? refusalOf(undefined, missing) : noDestination();
  if (!isCommand) return { destinations, missing };
  const tests = await views.demand((view) => {
    const names = own.get(view)?.filter((name) => to?.includes(name) ?? true) ?? [];
    return names.length === 0
      ? undefined
      : `api/alerts/test?${new URLSearchParams({ to: names.join() })}`;
  }, { method: "POST", timeoutMs: LONG_TIMEOUT_MS });
  const late = [...missing, ...tests.missing].map(({ view, failure }) => ({
    name: view,
    error: failure,
  }));
  return { destinations, results: [...mergeResults(tests.answers), ...late], missing };
}

/** One for each destination: it took the tests of all views, or what it said to which. */
function mergeResults(answers: readonly ViewAnswer[]): readonly TestResult[] {
  const all = answers.flatMap(({ view, data: { results } }) =>
    (results as readonly TestResult[]).map(({ name, error }) => ({
      name,
      error: error && `${error} (at ${view.name})`,
    }))
  );
  return Array.from(Map.groupBy(all, ({ name }) => name), ([name, same]) => {
    const errors = same.flatMap(({ error }) => error ?? []);
    return { name, error: errors.length === 0 ? null : errors.join("; ") };
  });
}

type ToldMute = ShownMute & { readonly sinceMs: number };

function mutesIn({ data: { mutes } }: ViewAnswer): readonly ToldMute[] {
  return mutes;
}

/** One for each filter, which lasts as long as the longest. */
function mergeMutes(all: readonly (readonly ToldMute[])[]) {
  const merged = Array.from(
    Map.groupBy(all.flat(), ({ filter }) => filter),
    ([filter, same]) => ({
      id: filter,
      filter,
      sinceMs: Math.min(...same.map(({ sinceMs }) => sinceMs)),
      untilMs: Math.max(...same.map(({ untilMs }) => untilMs)),
    }),
  );
  return merged.sort((a, b) => a.untilMs - b.untilMs);
}
