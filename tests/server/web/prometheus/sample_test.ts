import { assert, assertEquals } from "@std/assert";
import { Fleet } from "../../../../lib/server/fleet/fleet.ts";
import fc from "fast-check";
import {
  hostLabels,
  hostTagLabels,
  type Labels,
  quote,
  sampleHost,
} from "../../../../lib/server/web/prometheus/sample.ts";
import type { VolumeMetrics } from "../../../../lib/message/message.ts";
import { jsonOf } from "../../../messages.ts";

const START_MS = 1_795_442_910_170;

function hostOf(message: unknown) {
  const fleet = new Fleet({ maxHosts: 1, historyMs: 60_000, nowMs: START_MS });
  fleet.receive(jsonOf(message), { hostname: "192.0.2.7", port: 5_005 }, START_MS);
  return [...fleet.hosts()][0]!;
}

Deno.test("quote() escapes what the format reserves and shows what could deceive", async (t) => {
  const cases: [string, string][] = [
    ["web-01", '"web-01"'],
    ['a"b', '"a\\"b"'],
    ["C:\\data", '"C:\\\\data"'],
    ["a\nb", '"a\\\\x0ab"'],
    ["a\u202eb", '"a\\\\u202eb"'],
    ["\u{e0041}", '"\\\\u{e0041}"'],
    ["\ud800", '"\\\\ud800"'],
    ["Zürich 東京 {}=,#", '"Zürich 東京 {}=,#"'],
  ];
  for (const [text, quoted] of cases) {
    await t.step(quoted, () => assertEquals(quote(text), quoted));
  }
});

Deno.test("sampleHost() holds metrics only of a host that is there", async (t) => {
  const cases = [
    { status: "live", ageMs: 16_000, bye: undefined, up: true },
    { status: "stale", ageMs: 31_000, bye: undefined, up: true },
    { status: "offline", ageMs: 31_001, bye: undefined, up: false },
    { status: "left", ageMs: 0, bye: true, up: false },
  ];
  for (const { status, ageMs, bye, up } of cases) {
    await t.step(status, () => {
      const volumes = [{ mount: "/", total: 9, used: 4, free: 5 }];
      const host = hostOf({ v: 1, id: "a", host: "web", cpu: { mean: 1 }, disk: { volumes }, bye });
      const sample = sampleHost(host, START_MS + ageMs);
      assertEquals([sample.up, sample.left], [up, bye === true]);
      assertEquals(sample.metrics.cpu?.mean, up ? 1 : undefined);
      assertEquals(sample.devices.volume.length, up ? 1 : 0);
    });
  }
});

Deno.test("sampleHost() trusts nothing in a legacy message", () => {
  const host = hostOf({ cpu: { mean: 1 }, disk: { volumes: [{}] } });
  const sample = sampleHost(host, START_MS);
  assertEquals([sample.up, sample.metrics, sample.devices.volume], [true, {}, []]);
  assertEquals(hostLabels(host), 'host="192.0.2.7",id="192.0.2.7"');
});

Deno.test("sampleHost() keeps the first of parts with one name, and a list without such as it is", () => {
  const mounts = (...mounts: string[]) =>
    hostOf({
      v: 1,
      host: "web",
      disk: { volumes: mounts.map((mount, total) => ({ mount, total })) },
    });
  const twice = sampleHost(mounts("/", "/srv", "/", "/", "/home"), START_MS);
  assertEquals(
    (twice.devices.volume as VolumeMetrics[]).map(({ mount, total }) => [mount, total]),
    [
      ["/", 0],
      ["/srv", 1],
      ["/home", 4],
    ],
  );
  const host = mounts("/", "/srv");
  const once = sampleHost(host, START_MS);
  assert(once.devices.volume === once.metrics.disk!.volumes);
});

/** Labels as they stand behind others. */
function textOf(labels: Labels): string {
  return labels.map(([name, text]) => `,${name}=${quote(text)}`).join("");
}

Deno.test("hostTagLabels() makes names that Prometheus takes, each once", async (t) => {
  const cases: readonly (readonly [Record<string, string>, string])[] = [
    [{}, ""],
    [{ role: "db", site: "New York" }, ',role="db",site="New York"'],
    [{ "a.b": "1", "a-b": "2", a_b: "3" }, ',a_b="1",tag_a_b="2",tag_tag_a_b="3"'],
    [{ host: "x", id: "y", job: "z" }, ',tag_host="x",tag_id="y",tag_job="z"'],
    [{ __name__: "x", _: "y" }, ',tag___name__="x",_="y"'],
    [{ v: 'a"b\\c' }, ',v="a\\"b\\\\c"'],
    [{ v: "a\nb\u202e" }, ',v="a\\\\x0ab\\\\u202e"'],
  ];
  for (const [tags, expected] of cases) {
    await t.step(JSON.stringify(tags), () => assertEquals(textOf(hostTagLabels(tags)), expected));
  }
  const key = fc.stringMatching(/^[a-z_][a-z0-9_.-]{0,5}$/);
  fc.assert(fc.property(fc.dictionary(key, fc.string(), { maxKeys: 8 }), (tags) => {
    const names = hostTagLabels(tags).map(([name]) => name);
    assertEquals([names.length, new Set(names).size], Array(2).fill(Object.keys(tags).length));
    assert(names.every((name) => /^(?!__)[a-z_][a-z0-9_]*$/.test(name) && name !== "host"));
  }));
});
