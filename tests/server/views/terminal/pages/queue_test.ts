import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { NOTHING, type Queue } from "../../../../../lib/common/alerts.js";
import { UNSAFE_CHARACTER } from "../../../../../lib/common/text.js";
import { describeRule } from "../../../../../lib/server/alerts/rule.ts";
import { STOCK } from "../../../../../lib/server/alerts/stock.ts";
import { renderQueue } from "../../../../../lib/server/views/terminal/pages/queue.ts";
import { render } from "../../../../../lib/server/views/terminal/pages/render.ts";
import { parseKeys } from "../../../../../lib/server/views/terminal/state/keys.ts";
import { reduce } from "../../../../../lib/server/views/terminal/state/reduce.ts";
import {
  FIRST_STATE,
  type ViewState,
} from "../../../../../lib/server/views/terminal/state/state.ts";
import {
  data,
  detail,
  frameText,
  linesText,
  NOW_MS,
  queue,
  row,
  withoutTimes,
} from "../samples.ts";
import { formatTime } from "../../../../../lib/common/format.js";

const SOME = queue(
  ["offline", "db-03", 4, 1, "last heard 4m ago"],
  ["volume-full", "build-04", 26, 100, "100%, /var"],
  ["memory", "db-07", 12, 97, "97%"],
  ["volume-filling", "web-11", 70, 3.6e4, "/var full in 3h to 6h"],
  ["temperature", "gpu-02", 6, 101, "101 °C"],
  ["cpu", "a-host-with-quite-a-long-name.example.org", 30, 99, "99%"],
);

const ROWS = Array.from({ length: 40 }, (_, n) => row(`web-${n}`));

function draw(
  alerts: Queue,
  columns: number,
  rows: number,
  state: Partial<ViewState> = {},
): string[] {
  const size = { columns, rows };
  const screen = render({ ...FIRST_STATE, ...state }, data(ROWS, { alerts }), size);
  return frameText(screen.frame, size).split("\n");
}

Deno.test("render() says what needs attention in one line at 80×24", () => {
  const lines = draw(SOME, 80, 24);
  assertEquals(lines.length, 24);
  assertStringIncludes(lines[0]!, "▲6");
  assertEquals(
    lines[1],
    "▲ build-04 has a volume that is full 100% · ✗ db-03 is offline 4m · 4 more: a",
  );
});

Deno.test("render() says it in two columns at 120×40, and cuts no number", () => {
  const lines = draw(SOME, 120, 40);
  assertEquals(lines.slice(1, 5), [
    "needs attention 6                                                                                            a shows all",
    "▲ build-04       has a volume that is full: …     100%  26m  ✗ db-03          last heard 4m ago                       4m",
    "△ web-11         /var full in 3h to 6h                   1h  △ a-host-with-q… has a busy CPU                    99%  30m",
    "△ db-07          is short of memory                97%  12m  △ gpu-02         is hot                         101 °C   6m",
  ]);
});

Deno.test("render() has no line of attention where nothing is wrong, or no room", () => {
  assertEquals(draw(NOTHING, 80, 24).length, draw(SOME, 80, 24).length);
  assert(draw(NOTHING, 80, 24)[1]!.startsWith("  NAME"));
  assert(!draw(SOME, 80, 7).join("\n").includes("more: a"));
});

Deno.test("render() shows all that stands by its rules, and where Enter leads", () => {
  const many = queue(
    ...Array.from(
      { length: 25 },
      (_, n) => ["offline", `web-${n}`, n, 1, `last heard ${n}m ago`] as const,
    ).map((alert) => [...alert] as [string, string, number, number, string]),
    ["fleet-silent", "", 3, 78, "78%"],
  );
  const lines = draw(many, 100, 40, { page: "alerts" });
  const conditions = (id: string) => {
    const [fires, ends] = describeRule(STOCK.find((rule) => rule.id === id)!);
    return `Fires: ${fires}. Ends: ${ends}.`;
  };
  assertEquals(lines.slice(1, 4), [
    `✗ offline 25  ${conditions("offline")}`,
    "  web-24                           is offline: last heard 24m ago                                24m",
    "  web-23                           is offline: last heard 23m ago                                23m",
  ]);
  assertEquals(lines.slice(22, 25), [
    "  5 more",
    `▲ fleet-silent 1  ${conditions("fleet-silent")}`,
    "  78% of all hosts are silent: look at this server's network first                                3m",
  ]);
});

/** The state after some keys, each on the screen that the one before has made. */
function press(keys: string, alerts: Queue, start: Partial<ViewState> = {}): ViewState {
  const view = data(ROWS, { alerts });
  return parseKeys(keys).keys.reduce((state, key) => {
    const { context } = render(state, view, { columns: 100, rows: 40 });
    return reduce(state, key, context);
  }, { ...FIRST_STATE, ...start });
}

Deno.test("a shows what needs attention, and Enter the host of a line, or all of its rule", () => {
  assertEquals(press("a", SOME).page, "alerts");
  assertEquals(press("aa", SOME).page, "table");
  const host = press("aj\r", SOME);
  assertEquals([host.page, host.selected], ["host", "build-04"]);
  assertEquals(
    reduce(
      host,
      { name: "escape" },
      render(host, data(ROWS), {
        ...{ columns: 100, rows: 40 },
      }).context,
    ).page,
    "alerts",
  );
  const all = press("a\r", queue(["cpu", "web-1", 1, 99, "99%"]));
  assertEquals([all.page, all.filter], ["table", "cpu>95"]);
  assertEquals(press("a\r", NOTHING).page, "alerts");
  assertEquals(press("aG", SOME).scroll, renderQueue(SOME, NOW_MS, 100).length - 1);
});

Deno.test("a host's page tells its alerts in words, and on demand with their rules", () => {
  const alerts = queue(["volume-full", "web-01", 26, 100, "100%, /var"]);
  const view = data(ROWS, { detail: detail({ alerts }) });
  const size = { columns: 80, rows: 24 };
  const state = { ...FIRST_STATE, page: "host", selected: "key of web-01" } as const;
  const linesOf = (formulas: boolean) => {
    const lines = frameText(render({ ...state, formulas }, view, size).frame, size).split("\n");
    return lines.slice(lines.findIndex((line) => line.startsWith("▲"))).slice(0, 2);
  };
  const said = "▲ has a volume that is full: /var 100%, for 26m";
  assertEquals(linesOf(false), [said, ""]);
  assertEquals(linesOf(true), [
    said,
    "  Fires: Volume above 97% for 1m. Ends: at 95% or below for 2m.",
  ]);
});

Deno.test("render() lets nothing of a hostile name or value through, at any size", () => {
  const hostile = "\u202egnp\u200b\x1b[2J\n" + "東".repeat(64);
  const alerts = queue(
    ["volume", hostile, 26, 91, `91%, ${hostile}`],
    ["cpu", "x".repeat(64), 3, 99, "99%"],
    ["refused", hostile, 3, 1, hostile],
  );
  for (const page of ["table", "alerts"] as const) {
    for (const [columns, rows] of [[80, 24], [120, 40], [200, 50], [30, 12], [1, 1], [12, 9]]) {
      const text = draw(alerts, columns!, rows!, { page }).join("");
      assertEquals(UNSAFE_CHARACTER.test(text), false, JSON.stringify(text));
    }
  }
});

Deno.test("renderQueue() lists what is muted, and says what can be muted in each line", () => {
  const mutes = [{ id: 4, filter: "role:db\x07", sinceMs: NOW_MS, untilMs: NOW_MS + 3_600_000 }];
  const standing = { ...queue(["memory", "key of db-05", 12, 97, "97%"]), mutes };
  const lines = renderQueue(standing, NOW_MS, 80);
  assertEquals(
    withoutTimes(linesText(lines.map(({ line }) => line).slice(-3))),
    `
MUTED  no notice is sent of it
  role:db\\x07 muted until ${withoutTimes(formatTime(NOW_MS + 3_600_000))}`,
  );
  assertEquals(lines.map(({ mutable }) => mutable && Object.values(mutable).join(" ")).slice(-5), [
    "alert:memory all of memory",
    'id:"key of db-05" alert:memory memory of key of db-05',
    ...[null, null, "4"],
  ]);
  assertEquals(renderQueue({ ...NOTHING, mutes }, NOW_MS, 80).length, 4);
  assertEquals(renderQueue(NOTHING, NOW_MS, 80).length, 1);
});

Deno.test("renderQueue() and the line above the table cut names and words, and no number", () => {
  const [line] = draw(queue(["memory", "a-host-with-quite-a-long-name", 12, 97, "97%"]), 40, 12)
    .slice(1);
  assertEquals(line, "△ a-host-with-qui… is short of memo… 97%");
  const untilMs = NOW_MS + 3_600_000;
  const mutes = [{ id: 1, filter: "name:".padEnd(90, "x"), sinceMs: NOW_MS, untilMs }];
  const shown = renderQueue({ ...NOTHING, mutes }, NOW_MS, 60).map(({ line }) => line);
  const muted = linesText(shown).split("\n").at(-1)!;
  assert(muted.endsWith(`… muted until ${formatTime(untilMs)}`), muted);
  assertEquals(muted.length, 60);
});
