import { NOTHING } from "../../../../../lib/common/alerts.js";
import { assertEquals } from "@std/assert";
import {
  renderDatagramLine,
  renderFleetLine,
  renderTableKeys,
  renderUrlLine,
} from "../../../../../lib/server/views/terminal/pages/header.ts";
import type { Line } from "../../../../../lib/server/views/terminal/text/line.ts";
import { FIRST_STATE } from "../../../../../lib/server/views/terminal/state/state.ts";
import { linesText, totals } from "../samples.ts";

const BY_STATUS = { live: 4_123, stale: 1, offline: 0, left: 2 };
const ADDRESSES = {
  listenAddress: "0.0.0.0:5005",
  webUrl: "http://127.0.0.1:8080/?token=secret",
  replay: null,
  alerts: NOTHING,
};

function styleOf(line: Line, text: string): string | undefined {
  return line.find((span) => span.text.includes(text))?.style;
}

Deno.test("renderFleetLine() counts hosts by status, and leaves out what does not fit", async (t) => {
  const paused = { ...FIRST_STATE, paused: true };
  const cases: readonly (readonly [number, typeof FIRST_STATE, string])[] = [
    [
      96,
      FIRST_STATE,
      "Pulso  ● 4,123 live  ◐ 1 stale  ✗ 0 offline  ○ 2 left   http://127.0.0.1:8080/  UDP 0.0.0.0:5005",
    ],
    [72, FIRST_STATE, "Pulso  ● 4,123 live  ◐ 1 stale  ✗ 0 offline  ○ 2 left   UDP 0.0.0.0:5005"],
    [60, paused, "Pulso   PAUSED   ●4,123  ◐1  ✗0  ○2         UDP 0.0.0.0:5005"],
    [30, FIRST_STATE, "Pulso  ●4,123  ◐1  ✗0  ○2"],
    [10, paused, "Pulso  ◐1"],
  ];
  for (const [columns, state, expected] of cases) {
    await t.step(`${columns} columns`, () => {
      const line = renderFleetLine(totals({ byStatus: BY_STATUS }), state, ADDRESSES, columns);
      assertEquals(linesText([line]), expected);
    });
  }
});

Deno.test("renderDatagramLine() names the reasons that occurred, the commonest first", () => {
  const dropped = new Map([["json", 2], ["schema", 12_345]] as const);
  const line = renderDatagramLine(totals({ dropped, lost: 14, forgotten: 5 }), 80);
  assertEquals(
    linesText([line]),
    "2.4 datagrams/s  lost 14  dropped 12,347 (schema 12k, json 2)  forgotten 5 hosts",
  );
  assertEquals(["lost", "dropped", "forgotten"].map((text) => styleOf(line, text)), [
    "warning",
    "warning",
    "warning",
  ]);
});

Deno.test("renderDatagramLine() shows what the kernel dropped, once it dropped any", () => {
  const line = (kernelDropped: number | null) => renderDatagramLine(totals({ kernelDropped }), 80);
  const none = "2.4 datagrams/s  lost 0  dropped 0";
  assertEquals([null, 0].map((count) => linesText([line(count)])), [none, none]);
  assertEquals(linesText([line(1_234)]), `${none}  kernel dropped 1,234`);
  assertEquals(styleOf(line(1_234), "kernel"), "warning");
});

Deno.test("renderDatagramLine() tells what is not known from none", () => {
  const line = renderDatagramLine(totals({ datagramsPerSecond: null, lost: null }), 80);
  assertEquals(linesText([line]), "– datagrams/s  lost –  dropped 0");
  assertEquals(styleOf(line, "lost"), "plain");
});

Deno.test("renderTableKeys() shows the filter, cleaned and cut, in place of the keys", async (t) => {
  const extent = { first: 1, last: 2, of: 2, matched: 2, hosts: 6 };
  const keys = (state: Partial<typeof FIRST_STATE>, columns: number) =>
    linesText([renderTableKeys({ ...FIRST_STATE, ...state }, extent, columns)]);
  const cases: readonly (readonly [string, string])[] = [
    [
      keys({ filter: "web", typing: true }, 60),
      "filter: web   Enter keep  Esc clear         1–2 of 2, all: 6",
    ],
    [keys({ filter: "web" }, 60), "filter: web  / change  Esc clear            1–2 of 2, all: 6"],
    [keys({ filter: "a\u202eb" }, 24), "filter: a\\u202eb"],
    [keys({ filter: "x".repeat(100) }, 24), `filter: ${"x".repeat(14)}…`],
  ];
  for (const [line, expected] of cases) await t.step(expected, () => assertEquals(line, expected));
});

Deno.test("renderUrlLine() shows a URL with its token, whole or not at all", () => {
  const shown = (webUrl: string | null, columns: number) => {
    const line = renderUrlLine({ listenAddress: "[::]:5005", webUrl, replay: null }, columns);
    return line && linesText([line]);
  };
  const url = `http://192.168.100.200:8080/?token=${"x".repeat(32)}`;
  assertEquals(shown(url, 80), url);
  assertEquals(shown(url, url.length), url);
  assertEquals(shown(url, url.length - 1), null);
  // A short one stands on the first line.
  assertEquals(shown("http://127.0.0.1:8080/", 80), null);
  assertEquals(shown(null, 80), null);
});
