import { NOTHING } from "../../../../../lib/common/alerts.js";
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { FleetTotals } from "../../../../../lib/server/fleet/receipt.ts";
import {
  renderBehind,
  renderFleetLine,
  renderUrlLine,
} from "../../../../../lib/server/views/terminal/pages/header.ts";
import type { Line } from "../../../../../lib/server/views/terminal/text/line.ts";
import { FIRST_STATE } from "../../../../../lib/server/views/terminal/state/state.ts";
import { linesText, totals, withoutTimes } from "../samples.ts";

const BY_STATUS = { live: 4_123, stale: 1, offline: 0, left: 2 };
const ADDRESSES = {
  listenAddress: "0.0.0.0:5005",
  webUrl: "http://127.0.0.1:8080/?token=secret",
  replay: null,
  alerts: NOTHING,
  wallMs: 0,
};

/** The first line of a paused view, as wide as it is. */
function trafficOf(changes: Partial<FleetTotals>, columns: number): Line {
  return renderFleetLine(
    totals({ byStatus: BY_STATUS, ...changes }),
    FIRST_STATE,
    ADDRESSES,
    columns,
  );
}

function styleOf(line: Line, text: string): string | undefined {
  return line.find((span) => span.text.includes(text))?.style;
}

Deno.test("renderFleetLine() counts hosts by status, and leaves out what does not fit", async (t) => {
  const paused = { ...FIRST_STATE, paused: true };
  const cases: readonly (readonly [number, typeof FIRST_STATE, string])[] = [
    [
      135,
      FIRST_STATE,
      "Pulso  ● 4,123 live  ◐ 1 stale  ✗ 0 offline  ○ 2 left  │ 2.4/s · lost 0 · dropped 0" +
      "  http://127.0.0.1:8080/  UDP 0.0.0.0:5005  hh:mm:ss",
    ],
    [
      80,
      FIRST_STATE,
      "Pulso  ●4,123 ◐1 ✗0 ○2  │ 2.4/s · lost 0 · dropped 0                    hh:mm:ss",
    ],
    [
      60,
      paused,
      "Pulso   PAUSED   ●4,123 ◐1 ✗0 ○2  │ 2.4/s · lost 0  hh:mm:ss",
    ],
    [30, FIRST_STATE, "Pulso  ●4,123 ◐1 ✗0 ○2"],
    [10, paused, "Pulso  ◐1"],
  ];
  for (const [columns, state, expected] of cases) {
    await t.step(`${columns} columns`, () => {
      const line = renderFleetLine(totals({ byStatus: BY_STATUS }), state, ADDRESSES, columns);
      assertEquals(withoutTimes(linesText([line])), expected);
    });
  }
});

Deno.test("renderFleetLine() names the reasons that occurred, the commonest first, where there is room", () => {
  const dropped = new Map([["json", 2], ["schema", 12_345]] as const);
  const traffic = { dropped, accepted: 986, lost: 14, forgotten: 5 };
  const text = (columns: number) =>
    /│ (.*?)( {2}.*)?$/.exec(linesText([trafficOf(traffic, columns)]))?.[1];
  assertEquals(
    text(150),
    "2.4/s · lost 14 (1.4%) · dropped 12,347 (schema 12k, json 2) · forgotten 5 hosts",
  );
  assertEquals(text(100), "2.4/s · lost 14 (1.4%) · dropped 12,347 · forgotten 5 hosts");
  assertEquals(text(70), "2.4/s · lost 14 · dropped 12,347");
  const line = trafficOf(traffic, 150);
  assertEquals(["lost", "dropped", "forgotten"].map((text) => styleOf(line, text)), [
    "warning",
    "warning",
    "warning",
  ]);
});

Deno.test("renderFleetLine() shows what the kernel dropped, once it dropped any", () => {
  const text = (kernelDropped: number | null) => linesText([trafficOf({ kernelDropped }, 100)]);
  assertEquals([null, 0].map((count) => text(count).includes("kernel")), [false, false]);
  assertStringIncludes(text(1_234), "dropped 0 · kernel dropped 1,234");
  assertEquals(styleOf(trafficOf({ kernelDropped: 1_234 }, 100), "kernel"), "warning");
});

Deno.test("renderFleetLine() tells what is not known from none", () => {
  const line = trafficOf({ datagramsPerSecond: null, lost: null }, 80);
  assertStringIncludes(linesText([line]), "│ –/s · lost – · dropped 0");
  assertEquals(styleOf(line, "lost"), "plain");
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

Deno.test("renderBehind() says that a view is behind and which sites are silent, in few lines", () => {
  const sites = Array.from({ length: 9 }, (_, n) => ({ site: `site-${n}`, silentMs: 40_000 }));
  const view = { failure: null, behindMs: 12_000, sites: sites.slice(0, 1) };
  assertEquals(renderBehind(null, { columns: 80, rows: 24 }), []);
  assertEquals(
    linesText(renderBehind(view, { columns: 80, rows: 24 })),
    "◐ This view is behind by 12s. Site site-0 has been silent for 40s",
  );
  const many = renderBehind({ ...view, sites }, { columns: 80, rows: 24 });
  assertEquals([many.length, styleOf(many[0]!, "behind")], [2, "warning"]);
});
