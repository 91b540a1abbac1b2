import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { render, type ViewData } from "../../../../../lib/server/views/terminal/pages/render.ts";
import { reduce } from "../../../../../lib/server/views/terminal/state/reduce.ts";
import {
  FIRST_STATE,
  type ViewState,
} from "../../../../../lib/server/views/terminal/state/state.ts";
import {
  data,
  detail,
  frameText,
  NOW_MS,
  row,
  totals,
  unknownRow,
  withoutTimes,
} from "../samples.ts";

const FLEET = data([
  row("web-02", { status: "stale", ageMs: 17_000, cpuPercent: 91, memoryPercent: 75 }),
  row("web-01", { datagramsLost: 14 }),
  row("db-01", {
    status: "offline",
    ageMs: 65_000,
    address: "[2001:db8::7]:40312",
    coresPercent: Array.from({ length: 64 }, (_, core) => core * 1.5),
  }),
  row("東京-01", { status: "left", ageMs: 7_200_000 }),
  row("cafe\u0301-with-a-very-long-name.example.org", {
    volumeMount: "/var/lib/docker/volumes/x",
    volumePercent: 100,
  }),
  unknownRow("192.0.2.9", { address: "192.0.2.9:5005" }),
]);

function draw(state: Partial<ViewState>, view: ViewData, columns: number, rows: number): string {
  const { frame } = render({ ...FIRST_STATE, ...state }, view, { columns, rows });
  return withoutTimes(frameText(frame, { columns, rows }));
}

Deno.test("render() draws a filter that is being typed at 40×12", () => {
  const state = { filter: "web", typing: true, selected: "key of web-01" } as const;
  assertEquals(
    draw(state, FLEET, 40, 12),
    `\
Pulso  ●3 ◐1 ✗1 ○1  │ 2.4/s     hh:mm:ss
  NAME↑               AGE CPU  MEM  VOL
● web-01               2s  14%  46%  71%
◐ web-02 stale        17s  91%  75%  71%







filter: web             1–2 of 2, all: 6`,
  );
});

Deno.test("render() draws what fits at 20×5", () => {
  assertEquals(
    draw({}, FLEET, 20, 5),
    `\
Pulso  ●3 ◐1 ✗1 ○1
  NAME↑    CPU  MEM
● 192.0.2…    –    –
● café-wi…  14%  46%
? help      1–2 of 6`,
  );
});

Deno.test("render() fills any screen, however small", () => {
  for (const page of ["table", "host", "help"] as const) {
    for (let size = 1; size <= 12; size++) {
      for (const view of [data([]), { ...FLEET, detail: detail() }]) {
        draw({ page, selected: "key of web-01" }, view, size, 13 - size);
      }
    }
  }
});

Deno.test("render() says how to begin while there is no host", () => {
  const text = draw({}, data([]), 80, 24);
  assertStringIncludes(text, "pulso-agent --server <this machine's address>:5005");
  assertStringIncludes(text, "0 of 0");
});

Deno.test("render() draws a window of 5,000 hosts, and counts those that are filtered out", () => {
  const many = data(
    Array.from({ length: 5_000 }, (_, index) => row(`node-${index}`, { cpuPercent: index / 50 })),
    { totals: totals({ hosts: 5_000, byStatus: { live: 5_000, stale: 0, offline: 0, left: 0 } }) },
  );
  const lines = draw({ selected: "key of node-4999", top: 0 }, many, 80, 10).split("\n");
  assertStringIncludes(lines[0]!, "●5,000");
  assertEquals(lines.slice(2, 9).map((line) => line.slice(2, 11)), [
    "node-4993",
    "node-4994",
    "node-4995",
    "node-4996",
    "node-4997",
    "node-4998",
    "node-4999",
  ]);
  assertStringIncludes(lines[9]!, "4,994–5,000 of 5,000");
  assertStringIncludes(draw({ filter: "node-49" }, many, 80, 10), "1–7 of 111, all: 5,000");
});

Deno.test("render() keeps the cursor on its host when the order changes", () => {
  const size = { columns: 80, rows: 24 };
  const state = { ...FIRST_STATE, selected: "key of web-02" };
  const selectedRow = (after: ViewState) =>
    render(after, FLEET, size).frame.findIndex((line) =>
      line.some(({ text, style }) => style === "selected" && text.includes("web-02"))
    );
  assertEquals(selectedRow(state), 6);
  const { context } = render(state, FLEET, size);
  const byAge = ["s", "s"].reduce(
    (state, text) => reduce(state, { name: "text", text }, context),
    state as ViewState,
  );
  assertEquals([byAge.sort, selectedRow(byAge)], ["cpu", 2]);
});

Deno.test("render() tells keys what they act on", () => {
  const state = { ...FIRST_STATE, filter: "web" };
  const { columns, heading, nameOf, ...context } =
    render(state, FLEET, { columns: 40, rows: 12 }).context;
  assertEquals([columns.slice(0, 2), columns.at(-1)], [["address", "tags"], "datagramsLost"]);
  assertEquals([heading[0], heading[10], heading.at(-1)], ["status", "name", "volume"]);
  assertEquals(context, {
    hosts: ["key of web-01", "key of web-02"],
    shownColumns: ["status", "name", "age", "cpu", "memory", "volume"],
    tagKeys: [],
    sortColumns: ["status", "name", "age", "cpu", "memory", "volume"],
    height: 9,
    ...{ firstLine: 2, top: 0 },
    spansMs: [],
    wallMs: NOW_MS,
    lines: 0,
    ...{ targets: [], mutables: [] },
  });
  assertEquals([nameOf("key of web-01"), nameOf("gone")], ["web-01", "gone"]);
});

Deno.test("render() scrolls a page that is too long", () => {
  const first = draw({ page: "help" }, FLEET, 80, 10);
  const last = draw({ page: "help", scroll: Infinity }, FLEET, 80, 10);
  assertStringIncludes(first, "KEYS");
  assertStringIncludes(first, "1–8 of ");
  assertStringIncludes(last, "internal error of this server\n");
});

Deno.test("render() says so when the host of the page was forgotten", () => {
  assertStringIncludes(draw({ page: "host" }, FLEET, 80, 10), "evicted: host limit reached");
});

Deno.test("render() says that it is paused", () => {
  assertStringIncludes(draw({ paused: true }, FLEET, 80, 10), "Pulso   PAUSED ");
});

Deno.test("render() names what it does not understand of a filter, and shows by the rest", () => {
  const frame = draw({ filter: "web cpu>" }, FLEET, 80, 10).split("\n");
  assertEquals(
    frame[1],
    "Not understood, and left out: “cpu>” needs a number: write it such as 80 or 80%",
  );
  assertEquals(frame.slice(3, 5).map((line) => line.slice(2, 8)), ["web-01", "web-02"]);
});

Deno.test("render() names all that a filter could compare, on as many lines as that takes", () => {
  const frame = draw({ filter: "Foo>1" }, FLEET, 60, 12).split("\n");
  const heading = frame.findIndex((line) => line.startsWith("  NAME"));
  const problem = frame.slice(1, heading).map((line) => line.trimEnd()).join(" ");
  assertStringIncludes(problem, "“Foo>1” compares “Foo”: it must be one of cpu, memory (mem), ");
  assert(problem.endsWith(", age, datagramsLost (lost)"), problem);
});

Deno.test("render() says what nothing matches", () => {
  assertStringIncludes(
    draw({ filter: "role:db cpu>80" }, FLEET, 80, 10),
    "\nNo host matches role:db cpu>80: Esc shows all\n" +
      "  role:db alone matches no host\n  cpu>80 alone matches 1 host\n",
  );
});

/** Twelve hosts of three roles and one of none. */
const GROUPED = data([
  ...Array.from(
    { length: 9 },
    (_, n) => row(`web-${n}`, { tags: { role: "web" }, cpuPercent: 10 * n, memoryPercent: 5 }),
  ),
  row("db-1", { tags: { role: "db" }, memoryPercent: 91, volumePercent: 10 }),
  row("db-2", { tags: { role: "db" }, status: "offline", cpuPercent: 100 }),
  row("odd", { tags: { role: "東京" }, volumePercent: 72 }),
  unknownRow("plain", { status: "left" }),
]);

Deno.test("render() draws groups, those with trouble first, and the hosts of those that are open", () => {
  const state = { ...FIRST_STATE, group: "role", open: ["db", ""] };
  assertEquals(
    draw(state, GROUPED, 80, 14),
    `\
Pulso  ●11 ◐0 ✗1 ○1  │ 2.4/s · lost 0 · dropped 0     UDP 0.0.0.0:5005  hh:mm:ss
  NAME↑               AGE CPU        MEMORY         VOL   RECV  SEND  LOAD  LOST
▾ role=db 2 ✗1             14% ╸────  91% ━━━━━━━━─  10%   33K   560           0
● db-1                 2s  14% ╸────  91% 7.4G/16G   10%   33K   560     –     0
✗ db-2 offline         2s 100% ━━━━━  46% 7.4G/16G   71%   33K   560     –     0
▸ role=web 9               40% ━━───   5% ╸────────  71%  299K  4.9K           0
▸ role=東京 1              14% ╸────  46% ━━━━─────  72%   33K   560           0
▾ no role 1 ○1
○ plain left           2s    –          –    –/–       –     –     –     –     –




? help  / filter  s sort  g group role  a attention  Enter open         13 hosts`,
  );
});

Deno.test("render() draws the columns to choose from", () => {
  const state = { page: "columns", columns: ["cpu", "address", "load1"], scroll: 1 } as const;
  const lines = draw(state, FLEET, 60, 11).split("\n");
  assertEquals(lines.slice(1, 5), [
    "[x] Address           where its last datagram came from",
    "[ ] Tags              what its agent was told to say of it",
    "[ ] Age               time since its last datagram",
    "[x] CPU               busy: (total − idle − iowait) / total",
  ]);
  assertStringIncludes(lines.at(-1)!, "Space show or hide  ↑↓ move");
  const { context } = render({ ...FIRST_STATE, ...state }, FLEET, { columns: 30, rows: 20 });
  assertEquals(context.shownColumns, ["status", "name", "cpu", "load1"]);
  assertStringIncludes(draw(state, FLEET, 60, 11).split("\n")[1]!, "[x] Address");
});
