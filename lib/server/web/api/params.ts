/**
 * The query parameters of URLs: each is checked, and a wrong or unknown one is refused with the nearest
 * valid one. Pure.
 */
import { metricOf, METRICS } from "../../../catalogue.ts";
import { COMPARED_NUMBERS, SORT_COLUMNS } from "../../../common/columns.ts";
import { readFilter, TAG_KEY } from "../../../common/filter.js";
import type { HostQuery } from "../../fleet/index/listed.ts";
import { HOST_STATUSES } from "../../../common/status.js";
import { readSpeed } from "../../../common/options.ts";
import { MAX_TIME_MS } from "../../../message/message.ts";
import { MAX_GROUPS, MAX_WINDOW_ROWS } from "../../../common/limits.js";
import { nearestOf } from "../../../common/option_reader.ts";
import { KEPT } from "../../store/columns.ts";
import type { PastQuery as StoreQuery } from "../../store/stretches.ts";
import { HttpError } from "../http/response.ts";

/** Which rows of the fleet are asked for, and in which order; `null` where nothing is said. */
export interface FleetQuery extends HostQuery {
  readonly limit: number | null;
  readonly offset: number;
}

/** Which rows of the fleet a stream is to show; or the cells of all hosts, by the metric that they are of. */
export interface WindowQuery extends FleetQuery {
  readonly limit: number;
  readonly cells: string | null;
}

/** The parameters of /api/fleet. */
export const FLEET_PARAMETERS = [
  ...["sort", "order", "limit", "offset", "q", "status", "group", "open", "unusual"],
];

/** Those of a stream of a part of the fleet. */
export const WINDOW_PARAMETERS = [...FLEET_PARAMETERS, "cells"];

/** Most groups of one answer, where so many are asked for. */
export const MAX_GROUPS_ASKED = 10_000;

/** What cells can be of: shares that hosts are sorted by. */
export const SHARES = METRICS.filter(({ unit, sort }) => unit === "percent" && sort !== undefined)
  .map(({ id }) => id);

/** Which part of the past is asked for, its metrics by id and as a history calls them. */
export interface PastQuery extends StoreQuery {
  readonly names: readonly string[];
}

/** What the metrics on disk are called. */
const KEPT_NAMES = KEPT.map(({ id }) => metricOf(id).past ?? id);

/** The parameters by which a part of the past on disk is asked for. */
export const PAST_PARAMETERS = ["from", "to", "span", "points"];
const DEFAULT_POINTS = 300;
const MAX_POINTS = 5_000;
const DEFAULT_SPAN_MS = 86_400_000;

/** Those that it alone has, too. */
const ROWS_PARAMETERS = [...FLEET_PARAMETERS, "every", "groups", "recent"];

/** Reads the parameters of /api/fleet: which rows, how many of them, and whether with their recent past. @throws {HttpError} 400. */
export function readRowsQuery(params: URLSearchParams) {
  return {
    ...readFleetQuery(params, Number.MAX_SAFE_INTEGER, ROWS_PARAMETERS),
    ...readMaxGroups(params),
    every: readInteger(params, "every", 1, Number.MAX_SAFE_INTEGER) ?? 1,
    recent: readChoice(params, "recent", ["true", "false"]) === "true",
  };
}

/** Reads those of them that a stream has, too. @throws {HttpError} 400. */
export function readFleetQuery(
  params: URLSearchParams,
  maxRows: number,
  names: readonly string[],
): FleetQuery {
  checkNames(params, names);
  const text = readText(params);
  return {
    sort: readChoice(params, "sort", SORT_COLUMNS),
    descending: readChoice(params, "order", ["asc", "desc"]) === "desc",
    limit: readInteger(params, "limit", 1, maxRows),
    offset: readInteger(params, "offset", 0, Number.MAX_SAFE_INTEGER) ?? 0,
    text,
    statuses: readChoices(params, "status", HOST_STATUSES),
    ...(readChoice(params, "unusual", ["true", "false"]) === "true" && { unusual: true }),
    ...readGroups(params),
  };
}

/** The tag to group by; `null` where none is named. @throws {HttpError} 400. */
export function readGroup(params: URLSearchParams): string | null {
  const group = params.get("group");
  if (group === null || TAG_KEY.test(group)) return group;
  throw new HttpError(400, `Cannot use group=${quote(group)}: it must be the key of a tag`);
}

/** How many groups there may be in an answer. @throws {HttpError} 400. */
export function readMaxGroups(params: URLSearchParams): { readonly maxGroups: number } {
  return { maxGroups: readInteger(params, "groups", 1, MAX_GROUPS_ASKED) ?? MAX_GROUPS };
}

/** The tag to group by, and the groups that are listed: values with commas between, each percent-encoded. */
function readGroups(params: URLSearchParams): Pick<FleetQuery, "group" | "open"> {
  const [group, open] = [readGroup(params), params.get("open")];
  if (open !== null && group === null) throw new HttpError(400, "Cannot use open without group");
  // A comma at the end ends the last value, which may be empty.
  const values = open?.replace(/,$/, "").split(",").map(decodeValue);
  return { group, open: open === "" ? [] : values ?? null };
}

function decodeValue(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw new HttpError(400, `Cannot use open=${quote(text)}: invalid percent-encoding`);
  }
}

/** Reads the same parameters of a stream. @throws {HttpError} 400. */
export function readWindowQuery(params: URLSearchParams): WindowQuery {
  const query = readFleetQuery(params, MAX_WINDOW_ROWS, WINDOW_PARAMETERS);
  const cells = readChoice(params, "cells", SHARES);
  if (cells === null) return { ...query, limit: query.limit ?? MAX_WINDOW_ROWS, cells };
  return { ...query, limit: MAX_WINDOW_ROWS, offset: 0, open: null, cells };
}

/** Reads which part of the past on disk is asked for: the last day where nothing is said. @throws {HttpError} 400. */
export function readPastQuery(params: URLSearchParams, nowMs: number): PastQuery {
  const names = readChoices(params, "metric", KEPT_NAMES) ?? KEPT_NAMES;
  const untilMs = readInteger(params, "to", 1, MAX_TIME_MS) ?? nowMs;
  const spanMs = readInteger(params, "span", 1, MAX_TIME_MS);
  if (spanMs !== null && params.has("from")) {
    throw new HttpError(400, "Cannot use from and span together: each says where the range begins");
  }
  const fromMs = readInteger(params, "from", 0, MAX_TIME_MS) ??
    Math.max(0, untilMs - (spanMs ?? DEFAULT_SPAN_MS));
  if (fromMs >= untilMs) throw new HttpError(400, `Cannot use from=${fromMs}: it is not before to`);
  const points = readInteger(params, "points", 1, MAX_POINTS) ?? DEFAULT_POINTS;
  const metrics = names.map((name) => KEPT[KEPT_NAMES.indexOf(name)]!.id);
  return { metrics, names, fromMs, untilMs, points };
}

/** Reads the filter of hosts. @throws {HttpError} 400. */
export function readText(params: URLSearchParams): string {
  const text = params.get("q") ?? "";
  const { problem } = readFilter(text, COMPARED_NUMBERS);
  if (problem !== null) throw new HttpError(400, `Cannot use q: ${problem}`);
  return text;
}

/** Reads what a replay is to do; `null` for what is not said. @throws {HttpError} 400. */
export function readReplayCommand(params: URLSearchParams) {
  checkNames(params, ["playing", "speed", "time", "by"]);
  const playing = readChoice(params, "playing", ["true", "false"]);
  const speed = params.get("speed");
  const timeMs = readInteger(params, "time", 0, MAX_TIME_MS);
  const by = params.get("by") ?? "0";
  if (!/^-?\d{1,12}$/.test(by)) {
    throw new HttpError(
      400,
      `Cannot use by=${quote(by)}: it must be a whole number of milliseconds`,
    );
  }
  try {
    return {
      playing: playing === null ? null : playing === "true",
      speed: speed === null ? null : readSpeed(speed),
      timeMs,
      byMs: Number(by),
    };
  } catch (error) {
    throw new HttpError(400, `Cannot use speed=${quote(speed!)}: ${(error as Error).message}`);
  }
}

/** Refuses a parameter that a path does not take. @throws {HttpError} 400. */
export function checkNames(params: URLSearchParams, names: readonly string[]): void {
  for (const name of params.keys()) {
    if (!names.includes(name)) {
      const state = names.length === 0 ? "this path takes none" : advise(name, names);
      throw new HttpError(400, `Cannot use the parameter ${quote(name)}: ${state}`);
    }
    if (params.getAll(name).length > 1) {
      throw new HttpError(400, `Cannot use the parameter ${quote(name)}: it is given twice`);
    }
  }
}

/** Reads some of some words, with commas between; `null` where nothing is given. @throws {HttpError} 400. */
export function readChoices<T extends string>(
  params: URLSearchParams,
  name: string,
  choices: readonly T[],
): readonly T[] | null {
  const text = params.get(name);
  if (text === null) return null;
  return Array.from(new Set(text.split(",")), (word) => checkChoice(name, word, choices));
}

/** Reads one of some words; `null` where none is given. @throws {HttpError} 400. */
export function readChoice<T extends string>(
  params: URLSearchParams,
  name: string,
  choices: readonly T[],
) {
  const text = params.get(name);
  return text === null ? null : checkChoice(name, text, choices);
}

function checkChoice<T extends string>(name: string, text: string, choices: readonly T[]): T {
  const choice = choices.find((word) => word === text);
  if (choice !== undefined) return choice;
  throw new HttpError(400, `Cannot use ${name}=${quote(text)}: ${advise(text, choices)}`);
}

/** Reads a whole number; `null` where none is given. @throws {HttpError} 400. */
export function readInteger(params: URLSearchParams, name: string, min: number, max: number) {
  const text = params.get(name);
  if (text === null) return null;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  const nearest = Number(text) > max ? max : min;
  throw new HttpError(
    400,
    `Cannot use ${name}=${
      quote(text)
    }: it must be a whole number from ${min} to ${max}; the nearest is ${nearest}`,
  );
}

/** Says what could have been meant. */
function advise(text: string, choices: readonly string[]): string {
  const list = `it must be one of ${choices.join(", ")}`;
  const nearest = nearestOf(text.toLowerCase(), choices);
  return nearest === null ? list : `did you mean ${nearest}? ${list}`;
}

/** A text of a client in a message, not longer than that has room for. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
