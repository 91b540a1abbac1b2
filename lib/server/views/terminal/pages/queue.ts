/**
 * What needs attention: above the table as much as there is room for, on a page of its own all that is
 * known, rule by rule, and on a host's page what is so of it. Pure; a name may be cut, a number never, and
 * where nothing is wrong there is nothing to see.
 */
import {
  ALERT_SIGNS,
  conditionOf,
  entriesOf,
  type Entry,
  kindOf,
  type Queue,
  type ShownAlert,
  type ShownMute,
  type ShownRule,
  textOf,
} from "../../../../common/alerts.js";
import { formatAge, formatCount, formatTime } from "../../../../common/format.js";
import { cleanText } from "../../../../common/text.js";
import {
  alignLeft,
  alignRight,
  fitLine,
  flow,
  type Line,
  lineWidth,
  type Size,
  span,
  type Style,
  textWidth,
  truncate,
  wrapWords,
} from "../text/line.ts";
import { mutableOf } from "../state/cursor.ts";
import type { Mutable, Target } from "../state/state.ts";

/** From so many lines for the table on, one is given to what needs attention, and some; from so many columns on they stand beside each other. */
const [MIN_ROWS_FOR_ONE, MIN_ROWS_FOR_SOME, MIN_COLUMNS] = [6, 26, 110];
/** Lines of entries above the table. */
const MAX_LINES = 3;
const GAP = 2;
/** In the one line a name takes at most so many cells. */
const MAX_SHORT_NAME = 16;
const AGE_WIDTH = 4;
/** `100%`, `1.0 GB/s`. */
const VALUE_WIDTH = 8;

const sign = ({ kind, rule: { severity } }: Entry) => span(ALERT_SIGNS[kind], severity);

/** What stands above the table; the time is by the clock of the queue. */
export function renderAttention(queue: Queue, nowMs: number, { columns, rows }: Size): Line[] {
  const entries = entriesOf(queue);
  if (entries.length === 0 || rows < MIN_ROWS_FOR_ONE) return [];
  if (rows < MIN_ROWS_FOR_SOME) return [renderOneLine(entries, nowMs, columns)];
  const beside = columns < MIN_COLUMNS ? 1 : 2;
  const width = Math.floor((columns - GAP * (beside - 1)) / beside);
  const shown = entries.slice(0, beside * MAX_LINES);
  const title: Line = [span("needs attention ", "bold"), span(formatCount(queue.total), "faint")];
  const hint = span("a shows all", "faint");
  const lines = Array.from({ length: Math.ceil(shown.length / beside) }, (_, n) => {
    const cells = shown.slice(n * beside, (n + 1) * beside);
    return cells.flatMap((entry, at) => [
      ...(at > 0 ? [span(" ".repeat(GAP))] : []),
      ...renderEntry(entry, nowMs, width),
    ]);
  });
  return [[...fitLine(title, columns - hint.text.length), hint], ...lines];
}

/** The worst as far as they fit, and how many more there are. */
function renderOneLine(entries: readonly Entry[], nowMs: number, columns: number): Line {
  const between = span(" · ", "faint");
  let line: Line = [];
  for (const [n, entry] of entries.entries()) {
    const left = entries.length - n - 1;
    const end = left === 0 ? 0 : moreText(left).length + between.text.length;
    const room = n === 0 ? columns - end : Infinity;
    const longer = [...line, ...(n > 0 ? [between] : []), ...shortEntry(entry, nowMs, room)];
    if (n > 0 && lineWidth(longer) + end > columns) {
      return [...line, between, span(moreText(entries.length - n), "faint")];
    }
    line = longer;
  }
  return line;
}

const moreText = (count: number) => `${formatCount(count)} more: a`;

/** What is said of it gives way to its number. */
function shortEntry(entry: Entry, nowMs: number, room: number): Line {
  const { name, rule, value, sinceMs } = entry;
  const words = cleanText(entry.members.length === 1 ? rule.text : rule.several);
  const begin = [sign(entry), span(` ${truncate(name, MAX_SHORT_NAME)} `, "bold")];
  const number = ` ${value === "" ? formatAge(nowMs - sinceMs) : value}`;
  return [...begin, span(truncate(words, room - lineWidth(begin) - number.length) + number)];
}

/** An entry in exactly so many cells. */
function renderEntry(entry: Entry, nowMs: number, width: number): Line {
  const nameWidth = Math.min(20, Math.max(8, Math.floor(width / 4)));
  const [{ detail } = { detail: "" }] = entry.members;
  return renderCells(
    [sign(entry), span(` ${alignLeft(entry.name, nameWidth)} `, "bold")],
    { ...entry, short: cleanText(detail), age: formatAge(nowMs - entry.sinceMs) },
    { width, style: entry.rule.severity },
  );
}

interface Cells {
  readonly text: string;
  /** What stands in its place where that does not fit, and this has a number. */
  readonly short: string;
  readonly value: string;
  readonly age: string;
}

/** A beginning, then a text that takes what room there is, a value and an age in whole. */
function renderCells(
  begin: Line,
  { text, short, value, age }: Cells,
  { width, style }: { readonly width: number; readonly style: Style },
): Line {
  const numbers = [whole(value, VALUE_WIDTH), whole(age, AGE_WIDTH)] as const;
  const room = width - lineWidth(begin) - numbers[0].length - numbers[1].length - GAP;
  const isCut = textWidth(text) > room && /\d/.test(short);
  const line = [
    ...begin,
    span(alignLeft(isCut ? short : text, Math.max(0, room))),
    span(` ${numbers[0]}`, style),
    span(` ${numbers[1]}`, "faint"),
  ];
  return fitLine(line, width);
}

/** Against the right edge, and never cut. */
function whole(text: string, width: number): string {
  return alignRight(text, Math.max(width, text.length));
}

/** A line of the page, and what Enter does there, and what can be muted. */
interface QueueLine {
  readonly line: Line;
  readonly target: Target;
  readonly mutable: Mutable | null;
}

/** All that is known of what stands: each rule with its conditions, and below it its hosts; then what is muted. */
export function renderQueue(queue: Queue, nowMs: number, columns: number): QueueLine[] {
  const title = [span("MUTED", "bold"), span("  no notice is sent of it", "faint")];
  const muted = queue.mutes.map((mute) => renderMute(mute, columns));
  const mutes = [plainLine([]), plainLine(title), ...muted]
    .slice(queue.mutes.length > 0 ? 0 : 2);
  if (queue.total === 0) {
    return [plainLine([span("Nothing needs attention.", "bold")]), ...mutes];
  }
  const standing = queue.rules.flatMap((rule) => {
    const own = queue.alerts.filter(({ alert }) => alert === rule.alert);
    const target = rule.filter === null ? null : { filter: rule.filter };
    const mutable = mutableOf(rule);
    const left = rule.total - own.length;
    return [
      ...renderRule(rule, columns).map((line) => ({ line, target, mutable })),
      ...own.map((alert) => ({
        line: renderAlert(rule, alert, nowMs, columns),
        target: alert.id === "" ? null : { host: alert.id },
        mutable: mutableOf(alert),
      })),
      ...(left === 0
        ? []
        : [{ line: [span(`  ${formatCount(left)} more`, "faint")], target, mutable }]),
    ];
  });
  return [...standing, ...mutes];
}

const plainLine = (line: Line): QueueLine => ({ line, target: null, mutable: null });

/** A mute, and when it ends. */
function renderMute({ id, filter, untilMs }: ShownMute, columns: number): QueueLine {
  const until = span(` muted until ${formatTime(untilMs)}`, "faint");
  const room = Math.max(1, columns - GAP - until.text.length);
  const line = [span(`  ${truncate(cleanText(filter), room)}`, "bold"), until];
  return { line, target: null, mutable: { muted: id } };
}

function renderRule(rule: ShownRule, columns: number): Line[] {
  const { alert, severity, total } = rule;
  const count = ` ${formatCount(total)}  `;
  const title = [
    span(`${ALERT_SIGNS[kindOf(rule)]} `, severity),
    span(truncate(cleanText(alert), columns - GAP - count.length), "bold"),
    span(count),
  ];
  const condition = conditionOf(rule);
  const room = columns - lineWidth(title);
  if (condition.length <= room) return [[...title, span(condition, "faint")]];
  return [
    title,
    ...wrapWords(condition, columns - GAP).map((text) => [span(`  ${text}`, "faint")]),
  ];
}

function renderAlert(rule: ShownRule, alert: ShownAlert, nowMs: number, columns: number): Line {
  const { valueText: value, id } = alert;
  const isOfFleet = id === "";
  const nameWidth = isOfFleet ? 0 : Math.min(32, Math.max(8, Math.floor(columns / 3)));
  const text = isOfFleet ? `${value} ${textOf(alert)}`.trim() : textOf(alert);
  return renderCells(
    [
      span("  "),
      span(alignLeft(cleanText(alert.name), nameWidth) + " ".repeat(+!isOfFleet), "bold"),
    ],
    {
      ...{ text, short: cleanText(alert.detail), value: isOfFleet ? "" : value },
      age: formatAge(nowMs - alert.sinceMs),
    },
    { width: columns, style: rule.severity },
  );
}

/** What is so of one host, and on demand the rule that says so. */
export function renderHostAlerts(
  queue: Queue,
  nowMs: number,
  width: number,
  withRules: boolean,
): Line[] {
  const entries = entriesOf(queue).map((entry) => {
    const { rule, text, value, sinceMs } = entry;
    const said = `${`${text} ${value}`.trim()}, for ${formatAge(nowMs - sinceMs)}`;
    return { lines: hanging(sign(entry), said, width, rule.severity), rule };
  });
  if (!withRules) {
    const isShort = entries.every(({ lines }) => lines.length === 1);
    const lines = entries.map(({ lines }) => lines);
    return isShort ? flow(lines.flat(), width) : lines.flat();
  }
  return entries.flatMap(({ lines, rule }) => [
    ...lines,
    ...hanging(span(" "), conditionOf(rule), width, "faint"),
  ]);
}

/** A text behind a sign, on as many lines as it needs. */
function hanging(sign: Line[number], text: string, width: number, style: Style): Line[] {
  return wrapWords(text, width - GAP).map((part, n) => [
    n === 0 ? sign : span(" "),
    span(` ${part}`, style),
  ]);
}
