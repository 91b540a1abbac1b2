import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Fleet } from "../../../lib/server/fleet/fleet.ts";
import { addHost, addServerSeries } from "../../../lib/server/export/series.ts";
import { WriteRequest } from "../../../lib/server/export/write_request.ts";
import { expose } from "../../../lib/server/web/prometheus/exposition.ts";
import { serverFamilies } from "../../../lib/server/web/prometheus/server_families.ts";
import { jsonOf, messages } from "../../messages.ts";
import { readExposition } from "../web/exposition.ts";
import { type ReadSeries, readWriteRequest } from "./write_request.ts";

const START_MS = 1_795_442_910_170;
const SENDER = { hostname: "192.0.2.7", port: 41_234 };
const STALE_BITS = 0x7ff0000000000002n;
const isEnd = ({ bits }: ReadSeries) => bits === STALE_BITS;
const STATE = {
  ...{ aheadMs: 250, failures: new Map([["udp", 2]]), recorded: null },
  ...{ alerts: new Map(), nameOf: String, remoteWrite: [], bus: null, destinations: [] },
};

function open() {
  const fleet = new Fleet({ maxHosts: 100, historyMs: 60_000, nowMs: START_MS });
  const send = (message: object, nowMs = START_MS) =>
    fleet.receive(jsonOf({ v: 1, host: "web-01", ...message }), SENDER, nowMs);
  return { fleet, send };
}

/** What is written of a fleet at a time, if it was written at another before. */
function write(fleet: Fleet, nowMs: number, beforeMs = nowMs - 1_000): ReadSeries[] {
  const request = new WriteRequest(nowMs + STATE.aheadMs);
  for (const family of serverFamilies(fleet.totals(nowMs), STATE)) {
    for (const series of family.series) addServerSeries(request, family, series);
  }
  for (const host of fleet.hosts()) addHost(request, host, { nowMs, beforeMs, aheadMs: 250 });
  return readWriteRequest(request.take());
}

/** A series as a scrape shows it, whose labels have an order of their own. */
function keyOf({ labels }: ReadSeries): string {
  const [name, ...rest] = labels.toSorted(([a], [b]) =>
    Number(b === "__name__") - Number(a === "__name__")
  );
  const texts = rest.map(([label, text]) => `${label}="${text.replace(/[\\"]/g, "\\$&")}"`);
  return [name![1], ...texts.toSorted()].join(" ");
}

function scrape(fleet: Fleet, nowMs: number): Map<string, number> {
  const decoder = new TextDecoder();
  const pieces = Array.from(
    expose(fleet, nowMs, "text", STATE),
    (piece) => decoder.decode(piece, { stream: true }),
  );
  const series = new Map<string, number>();
  for (const { series: lines } of readExposition(pieces.join("")).values()) {
    for (const [line, value] of lines) {
      const [, name, labels] = /^(\w+)(?:\{(.*)\})?$/s.exec(line)!;
      const texts = Array.from(
        (labels ?? "").matchAll(/\w+="(?:[^"\\]|\\.)*"/gs),
        ([text]) => text,
      );
      series.set([name, ...texts.toSorted()].join(" "), Number(value));
    }
  }
  return series;
}

function assertSameAsScrape(fleet: Fleet, nowMs: number): void {
  const written = write(fleet, nowMs).filter((series) => !isEnd(series));
  assertEquals(
    new Map(written.map((series) => [keyOf(series), series.value])),
    scrape(fleet, nowMs),
  );
  assertEquals(new Set(written.map(({ timeMs }) => timeMs)), new Set([nowMs + 250]));
  for (const { labels } of written) {
    const names = labels.map(([name]) => name);
    assertEquals(names, names.toSorted(), "labels are sorted");
    assertEquals(new Set(names).size, names.length);
  }
}

Deno.test("what is written is what a scrape finds, of any message", () => {
  fc.assert(
    fc.property(fc.array(messages, { maxLength: 4 }), (all) => {
      const { fleet, send } = open();
      for (const message of all) send(message);
      assertSameAsScrape(fleet, START_MS);
    }),
    { numRuns: 60 },
  );
});

Deno.test("what is written is what a scrape finds, of tags, numbers of its own and hostile names", () => {
  const { fleet, send } = open();
  send({ id: "a", tags: { role: "db", host: 'x"\\', "a.b": "1" }, extra: { failed: 2 } });
  send({ id: "b", host: 'we"b\\\u202e', cpu: { mean: 1, cores: [1, null, 3] } });
  send({ id: "b", host: "ends", bye: true });
  assertSameAsScrape(fleet, START_MS);
});

const MESSAGE = {
  id: "a",
  interval: 5_000,
  cpu: { mean: 50, cores: [40, 60] },
  extra: { failed: 2 },
  tags: { role: "db" },
};

Deno.test("the series of a host that falls silent end once, but for those that say so", () => {
  const { fleet, send } = open();
  send(MESSAGE);
  const heard = write(fleet, START_MS).filter(({ labels }) =>
    labels.some(([name]) => name === "host")
  );
  const silentMs = START_MS + 60_000;
  const ends = write(fleet, silentMs, START_MS + 1_000).filter(isEnd).map(keyOf);
  const left = new Set([...scrape(fleet, silentMs).keys()]);
  assert(ends.length > 4);
  assertEquals(new Set(ends), new Set(heard.map(keyOf).filter((key) => !left.has(key))));
  assertEquals(write(fleet, silentMs + 1_000, silentMs).filter(isEnd), []);
});

Deno.test("the series of a host that leaves end once, also of one that came and left between", () => {
  const { fleet, send } = open();
  send({ ...MESSAGE, session: "s", seq: 1 });
  send({ ...MESSAGE, session: "s", seq: 2, bye: true }, START_MS + 2_000);
  const ends = write(fleet, START_MS + 3_000, START_MS + 1_000).filter(isEnd).map(keyOf);
  assert(ends.some((key) => key.startsWith("pulso_cpu_")));
  assertEquals(write(fleet, START_MS + 4_000, START_MS + 3_000).filter(isEnd), []);
});
