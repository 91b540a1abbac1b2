/**
 * The help: what each key does, what each column means, and why datagrams are dropped; and, while no
 * host has been heard, what to type where, so that one is. Pure.
 */
import { CRITICAL_PERCENT, DROP_REASONS, WARNING_PERCENT } from "../../../../common/status.js";
import { ALERT_SIGNS } from "../../../../common/alerts.js";
import { type CatalogueRow, METRICS } from "../../../../catalogue.ts";
import { OWN_COLUMNS, type OwnColumn } from "../../../../common/columns.ts";
import { alignLeft, type Line, section, sectionWidth, span, wrapWords } from "../text/line.ts";
import { NOTE_MARKS, STATUS_MARKS } from "../text/marks.ts";

type Entries = readonly (readonly [string, string])[];

const KEYS: Entries = [
  ["↑ ↓ j k", "move the cursor, or scroll"],
  ["PgUp PgDn", "by a page; Space: to the next"],
  ["Home End G", "to the first, to the last"],
  ["Enter", "show one host; its cursor follows it through every order"],
  ["Esc ← 1", "back; in the table: clear the filter, then the cursor; 1: to the table"],
  ["a", "what needs attention, rule by rule, or back; Enter shows the host of a line"],
  ["!", "who is offline or stale first; again: by name"],
  ["s", "sort by the next column"],
  ["r S", "reverse the order"],
  ["n N", "of a host: the next one of the table, the one before"],
  ["[ ] ← →", "of a host: a shorter or longer, earlier or later past, where the server keeps it"],
  ["d f", "of a host: all counts of its datagrams, formulas and rules; again: without"],
  ["m", "mute what the cursor is on, after a key for how long; of what is muted: no more"],
  ["x", "pick a host to be compared, or no more"],
  ["3", "compare the picked hosts, or those with the most; s r: in another metric, x: pick none"],
  ["g", "group by the next tag; Enter opens a group or folds it"],
  ["c", "choose columns"],
  [
    "/",
    "filter by words, tags and numbers: web, offline, role:db, cpu>80, read>=10M; all have to hold",
  ],
  ["p", "freeze the screen, or resume; the server goes on receiving. In a replay: the record"],
  [", . < >", "in a replay: a minute back or ahead, ten minutes back or ahead"],
  ["+ -", "in a replay: twice or half as fast"],
  [
    "M",
    "the mouse: a click selects, and opens once more, on a heading sorts; the wheel scrolls; again: it is the terminal's, to select text",
  ],
  ["Ctrl-L", "redraw the screen"],
  ["?", "this help, or back"],
  ["q Ctrl-C", "quit"],
];

const STATUSES: Entries = [
  [`${STATUS_MARKS.live.sign} live`, "heard in time"],
  [`${STATUS_MARKS.stale.sign} stale`, "silent for more than 3 intervals and 1 s"],
  [
    `${STATUS_MARKS.offline.sign} offline`,
    "silent for more than 6 intervals and 1 s; last values kept",
  ],
  [`${STATUS_MARKS.left.sign} left`, "its agent was stopped and said so"],
  [
    `${NOTE_MARKS.refused.sign} web-01`,
    "datagrams sealed as its own are refused: its page says why",
  ],
  [
    `${NOTE_MARKS.shared.sign} web-01`,
    "another agent sends under its id: its page says from where",
  ],
  [`${ALERT_SIGNS.critical} ${ALERT_SIGNS.warning}`, "an alert that is critical, a warning"],
];

/** The columns that do not explain themselves. */
const EXPLAINED = [
  ...METRICS,
  ...OWN_COLUMNS.filter(({ id }) => !["status", "name", "address"].includes(id)),
].filter(({ terminal }: OwnColumn | CatalogueRow) => terminal !== undefined);

const COLUMNS: Entries = [
  ...EXPLAINED.map(({ label, short, formula }): readonly [string, string] => [
    short.toUpperCase(),
    label.toLowerCase() === short ? formula : `${label}: ${formula}`,
  ]),
  ["–", "not known: never written as 0"],
  ["colours", `from ${WARNING_PERCENT}% a warning, from ${CRITICAL_PERCENT}% critical`],
];

/** The lines of the help, as many as they take; the URL is that of the page in the browser. */
export function renderHelp(columns: number, webUrl: string | null): Line[] {
  const width = sectionWidth(columns);
  const sections: readonly (readonly [string, Entries])[] = [
    ["KEYS", KEYS],
    ["STATUS", STATUSES],
    ["COLUMNS", COLUMNS],
    ["DROPPED", Object.entries(DROP_REASONS)],
  ];
  const texts = sections.flatMap(([title, entries]) =>
    section(title, entries.flatMap((entry) => describe(entry, width)), columns)
  );
  return [...renderUrl(columns, webUrl), ...texts].slice(1);
}

/** From the first cell on, and whole, so that it can be copied. */
function renderUrl(columns: number, webUrl: string | null): Line[] {
  if (webUrl === null) return [];
  const lines: Line[] = [[], [span("IN A BROWSER", "bold")]];
  for (let at = 0; at < webUrl.length; at += columns) {
    lines.push([span(webUrl.slice(at, at + columns), "accent")]);
  }
  return lines;
}

const NAME_WIDTH = 14;

function describe([name, meaning]: readonly [string, string], width: number): Line[] {
  const [first = "", ...others] = wrapWords(meaning, Math.max(8, width - NAME_WIDTH));
  const rest = others.map((text) => [span(" ".repeat(NAME_WIDTH)), span(text)]);
  return [[span(alignLeft(name, NAME_WIDTH), "accent"), span(first)], ...rest];
}

/** Addresses on which a server hears every machine, and those on which it hears only its own. */
const EVERY_ADDRESS = ["0.0.0.0", "[::]"];
const LOOPBACK = /^(127\.|\[::1\]$|localhost$)/;

/** The lines to help a first host in. */
export function renderEmptyPage(listenAddress: string, columns: number): Line[] {
  const colon = listenAddress.lastIndexOf(":");
  const hostname = listenAddress.slice(0, colon);
  const port = listenAddress.slice(colon + 1);
  const lines: Line[] = [
    [],
    [span("No host has been heard yet.", "bold")],
    [],
    ...howTo(hostname, port),
  ];
  return lines.flatMap(([only]): Line[] =>
    only === undefined
      ? [[]]
      : wrapWords(only.text, columns).map((text) => [span(text, only.style)])
  );
}

function howTo(hostname: string, port: string): Line[] {
  if (LOOPBACK.test(hostname)) {
    return [
      ...command("On this machine, run", `${hostname}:${port}`),
      [],
      [span("Other machines cannot be heard: the server listens on loopback only.", "warning")],
      [span(`Start it with --listen [::]:${port} to hear them too.`)],
    ];
  }
  if (!EVERY_ADDRESS.includes(hostname)) {
    return command("On any machine, run", `${hostname}:${port}`);
  }
  return [
    ...command("On another machine, run", `<this machine's address>:${port}`),
    [],
    ...command("Or here", `127.0.0.1:${port}`),
    [],
    [span(`Nothing comes? A firewall may keep UDP port ${port} closed.`, "faint")],
  ];
}

function command(where: string, address: string): Line[] {
  return [[span(where)], [span(`  pulso-agent --server ${address}`, "accent")]];
}
