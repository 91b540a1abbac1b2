/**
 * What holds on every screen: the terminal's sizes, names and numbers at random. No line is wider or narrower than
 * the terminal, no number is cut, nothing moves when numbers do; and every key does something, or says why not.
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { METRICS } from "../../../../lib/catalogue.ts";
import { cleanText } from "../../../../lib/common/text.js";
import type { HostRow } from "../../../../lib/server/fleet/host/row.ts";
import type { HostDetail } from "../../../../lib/server/views/terminal/state/hosts.ts";
import { HISTORY_METRICS } from "../../../../lib/server/fleet/past/points.ts";
import { render, type ViewData } from "../../../../lib/server/views/terminal/pages/render.ts";
import { parseKeys } from "../../../../lib/server/views/terminal/state/keys.ts";
import { reduce } from "../../../../lib/server/views/terminal/state/reduce.ts";
import {
  FIRST_STATE,
  type Page,
  type ViewState,
} from "../../../../lib/server/views/terminal/state/state.ts";
import { data, detail, frameText, linesText, NOW_MS, queue, row } from "./samples.ts";

const PAGES: readonly Page[] = ["table", "host", "compare", "alerts", "columns", "help"];
const HOST = "key of host";

/** No digit, so that what is cut of it is no number. */
const name = fc.oneof(
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }),
  fc.constantFrom(
    "漢字".repeat(30),
    "👩‍👩‍👧‍👦".repeat(9),
    "e\u0301".repeat(40),
    "שלום-עולם",
    "a".repeat(200),
  ),
).map((text) => cleanText(text).replace(/\d/g, "x").trim() || "x");

/** Numbers as machines have them. */
const numbers = fc.record({
  percent: fc.double({ min: 0, max: 100, noNaN: true }),
  bytes: fc.double({ min: 0, max: 2 ** 45, noNaN: true }),
  count: fc.integer({ min: 0, max: 9_999 }),
});
type Numbers = typeof numbers extends fc.Arbitrary<infer T> ? T : never;

/** A row of which every number is known. */
function rowOf(name: string, { percent, bytes, count }: Numbers, tag: string): HostRow {
  const values = METRICS.filter(({ field, kind }) => field !== undefined && kind === "host")
    .map(({ field, unit }) => {
      const value = unit === "percent" ? percent : unit.startsWith("bytes") ? bytes : count;
      return [field!, unit === "number" ? percent : value] as const;
    });
  return row(name, {
    ...Object.fromEntries(values),
    ...{
      temperatureCelsius: percent,
      uptimeSeconds: 1e6,
      datagramsLost: count,
      tags: { role: tag },
    },
    ...{ volumeMount: `/${name}`, coresPercent: [percent, 100 - percent] },
  });
}

function detailOf(row: HostRow, { percent, bytes, count }: Numbers): HostDetail {
  const times = Array.from({ length: 60 }, (_, n) => NOW_MS - 300_000 + 5_000 * n);
  return detail({
    ...{ row, times, alerts: queue() },
    history: Object.fromEntries(
      HISTORY_METRICS.map((id) => {
        const { unit } = METRICS.find((metric) => metric.id === id)!;
        const value = unit === "percent" || unit === "celsius" ? percent : bytes;
        return [id, times.map(() => unit === "number" ? count / 10 : value)];
      }),
    ) as unknown as HostDetail["history"],
    message: {
      ...{ v: 1, host: row.name },
      cpu: { mean: percent, cores: [percent, 100], iowait: percent, steal: percent },
      memory: {
        ...{ total: 2 ** 46, used: bytes, free: bytes, available: bytes },
        ...{ swapTotal: 2 ** 46, swapUsed: bytes },
      },
      disk: {
        ...{ read: bytes, write: bytes },
        volumes: [{ mount: `/${row.name}`, total: 2 ** 46, used: bytes, free: bytes }],
      },
      network: {
        interfaces: [{ name: row.name, rx: bytes, tx: bytes, rxLost: 0, txLost: 0 }],
      },
    },
  });
}

function viewOf(names: readonly string[], tag: string, value: Numbers): ViewData {
  const rows = names.map((name, n) => rowOf(`${name}${"abcdefgh"[n]}`, value, tag));
  const all = [row("host", rowOf("host", value, tag)), ...rows];
  const alerts = queue(["offline", names[0]!, 4, 1, ""], ["memory", names[1]!, 12, 97, "97%"]);
  const compared = all.slice(0, 3).map(({ key, name, status }) => {
    const { times, history, intervalMs, aheadMs } = detailOf(all[0]!, value);
    return { key, name, status, times, history, intervalMs, aheadMs };
  });
  return data(all, { alerts, compared, detail: detailOf(all[0]!, value) });
}

const screens = fc.record({
  columns: fc.integer({ min: 40, max: 320 }),
  rows: fc.integer({ min: 6, max: 90 }),
});
const states = fc.record({
  page: fc.constantFrom(...PAGES),
  group: fc.constantFrom(null, "role"),
  scroll: fc.nat(30),
  delivery: fc.boolean(),
  typing: fc.boolean(),
}).map((state): ViewState => ({ ...FIRST_STATE, ...state, selected: HOST }));
const names = fc.array(name, { minLength: 2, maxLength: 8 });

Deno.test("render() fills any screen exactly, whatever hosts are called, and cuts no number", () => {
  fc.assert(
    fc.property(screens, states, names, name, numbers, (size, state, names, tag, value) => {
      const { frame } = render(state, viewOf(names, tag, value), size);
      const text = frameText(frame, size);
      // Help and columns are explained in sentences, where a number may stand anywhere.
      if (state.page !== "columns") assert(!/[\d%]…/.test(text), text);
    }),
    { numRuns: 60 },
  );
});

/** Where words stand: texts that are no numbers, nor their units. */
function wordsOf(view: ViewData, state: ViewState, size: { columns: number; rows: number }) {
  const lines = linesText(render(state, view, size).frame).split("\n");
  return lines.flatMap((line, n) =>
    Array.from(
      line.matchAll(/(?<![\d.A-Za-z /])(?<=^|[ ] )[a-z]{2,}\b|[A-Z]{3,}/g),
      (match) => [n, match.index, match[0]],
    )
  );
}

Deno.test("render() leaves all in its place when numbers are others", () => {
  fc.assert(
    fc.property(screens, states, numbers, numbers, (size, state, before, after) => {
      const [one, other] = [before, after].map((value) =>
        wordsOf(viewOf(["web", "db", "mail"], "role", value), state, size)
      );
      assertEquals(other, one);
    }),
    { numRuns: 60 },
  );
});

/** Every key that is text, and what it does on the first page where it does something. */
const KEYS = Array.from({ length: 0x7f - 0x20 }, (_, n) => String.fromCharCode(0x20 + n));

function pressOn(page: Page, text: string, selected: string | null = HOST): ViewState {
  const view = viewOf(["web", "db"], "role", { percent: 50, bytes: 5e9, count: 7 });
  const state: ViewState = { ...FIRST_STATE, page, selected };
  const size = { columns: 80, rows: 24 };
  const [key] = parseKeys(text).keys;
  const after = reduce(state, key!, render(state, view, size).context);
  frameText(render(after, view, size).frame, size);
  return after;
}

Deno.test("every key does something or says why not, and the help has those that do", () => {
  const isNone = ({ notice }: ViewState) => notice.endsWith("is no key; ? shows all keys");
  const known = KEYS.filter((text) => !isNone(pressOn("table", text)));
  const help = linesText(
    render({ ...FIRST_STATE, page: "help" }, data([]), { columns: 200, rows: 99 }).frame,
  );
  const [, keys] = /^KEYS([^]*)^STATUS/m.exec(help)!;
  const named = keys!.split("\n").flatMap((line) => line.slice(11, 25).trim().split(" "))
    .filter((key) => /^[!-~]$/.test(key));
  // Space is told of in words, and what the page has besides when it is pressed.
  assertEquals(known.toSorted(), [...named, " ", "2", "4"].toSorted());
  for (const page of PAGES) {
    for (const text of KEYS) {
      const after = pressOn(page, text);
      const isSaid = after.notice !== "" || JSON.stringify(after) !==
          JSON.stringify({ ...FIRST_STATE, page, selected: HOST });
      assert(isSaid || "jkG 13".includes(text), `${text} on ${page}`);
    }
  }
});

Deno.test("the terminal has the keys of the page", () => {
  for (const text of "jk1234srgcx[]/amnNpdf?q") {
    assert(!pressOn("table", text).notice.includes("no key;"), text);
  }
});
