/** Every family of /metrics stands in OPERATIONS.md with its labels, and no other does. */
import { assertEquals } from "@std/assert";
import { STOCK } from "../../lib/server/alerts/stock.ts";
import { PlainDecoder } from "../../lib/server/fleet/receipt.ts";
import { encodeMessage } from "../../lib/message/encode.ts";
import { bytesOf, rarestSampleOf } from "../messages.ts";
import { FakeWorld, serve } from "../server/web/fakes.ts";
import { DOCUMENTS, readDocument, test } from "./documents.ts";

const ALERTS = "docs/prometheus-alerts.yml";
const SENDER = { hostname: "192.0.2.7", port: 40_000 };

/** A server that has something to say in every family. */
function fullWorld(): FakeWorld {
  const plain = new PlainDecoder(10);
  const world = new FakeWorld({
    kernelDropped: () => 0,
    decoder: { decode: (...given) => ({ ...plain.decode(...given), keyId: 1 }) },
  });
  world.failures.set("udp", 0);
  world.recorded = { datagrams: 2, bytes: 300, omitted: 0 };
  world.remoteWrite = [{
    ...{ receiver: "http://a.example/", failure: null, sent: 1, refused: 0, dropped: 0 },
    ...{ retries: 0, waitingBytes: 0 },
  }];
  world.bus = {
    ...{ bus: "nats://a.example" },
    site: {
      ...{ name: "berlin", failure: null, published: 1, dropped: 0, retries: 0, waitingBytes: 0 },
    },
    view: {
      ...{
        failure: null,
        behindMs: 0,
        pending: 0,
        missed: 0,
        refused: 0,
        misdated: 0,
        notifies: null,
        sharing: 0,
      },
      sites: [{ site: "berlin", skewMs: 0, silentMs: null, omitted: 0 }],
    },
  };
  world.destinations = [{
    ...{ name: "chat", where: "webhook https://a.example", waiting: 0, sent: 1, retried: 0 },
    ...{ givenUp: 0, lastError: null },
  }];
  world.standing = [
    {
      ...{ rule: STOCK[0]!, key: "k", name: "n", sinceMs: world.nowMs, value: 1 },
      ...{ isFlapping: false, isMuted: false },
    },
  ];
  for (const seq of [1, 2]) {
    // Tags would be labels of their own.
    const { tags: _tags, ...sample } = rarestSampleOf({ cores: 1, volumes: 1, interfaces: 1 });
    const bytes = encodeMessage({
      ...{ ...sample, session: "s", seq, time: world.nowMs },
      extra: { failed_units: 0 },
    });
    for (const site of ["berlin", "paris"]) {
      world.fleet.receive(bytes, SENDER, world.nowMs, world.fleet.siteOf(site));
    }
    world.nowMs += 5_000;
  }
  world.fleet.receive(bytesOf("{oops"), SENDER, world.nowMs);
  return world;
}

/** The names of all families, each with the labels of its series. */
async function familiesOf(world: FakeWorld): Promise<Map<string, string>> {
  const text = await (await serve(world).get("/metrics")).text();
  const series = new Map(
    Array.from(text.matchAll(/^(\w+)(?:\{(.*)\})? /gm), ([, name, labels]) => {
      const names = Array.from((labels ?? "").matchAll(/(\w+)="/g), ([, label]) => label!);
      return [name!, names.sort().join(" ")];
    }),
  );
  const families = Array.from(text.matchAll(/^# TYPE (\w+) /gm), ([, name]) => name!);
  assertEquals([...series.keys()].sort(), families.toSorted());
  return series;
}

/** `a_{b,c}_d` stands for `a_b_d` and `a_c_d`. */
function expand(name: string): readonly string[] {
  const [, before, choices, after] = /^(.*?)\{([^}]*)\}(.*)$/.exec(name) ?? [];
  if (choices === undefined) return [name];
  return choices.split(",").flatMap((choice) => expand(before + choice + after));
}

/** The table of families in OPERATIONS.md, read as `familiesOf` does. */
function documented(): Map<string, string> {
  const rows = readDocument("docs/OPERATIONS.md").matchAll(/^\| (`pulso_.*?) +\| (.*?) *\|$/gm);
  return new Map(
    Array.from(rows).flatMap(([, names, labels]) => {
      const common = Array.from(labels!.matchAll(/`(\w+)`/g), ([, label]) => label!);
      const named = names!.matchAll(/`(pulso_[^`]+)`(?: \(by `(\w+)`\))?/g);
      return Array.from(named, ([, name, own]) => {
        const all = own === undefined ? common : [...common, own];
        return expand(name!).map((name) => [name, all.sort().join(" ")] as const);
      }).flat();
    }),
  );
}

test("OPERATIONS.md has every family of /metrics with its labels", async () => {
  const sorted = (map: Map<string, string>) => [...map].sort(([a], [b]) => a < b ? -1 : 1);
  assertEquals(sorted(documented()), sorted(await familiesOf(fullWorld())));
});

test("they name no metric that there is not", async () => {
  const known = await familiesOf(fullWorld());
  for (const path of [...DOCUMENTS, ALERTS]) {
    const named = readDocument(path).matchAll(/(?<![\w-])pulso_(?:[a-z\d_]|\{[a-z,]+\})+/g);
    const unknown = Array.from(named, ([name]) => expand(name)).flat()
      .filter((name) => !known.has(name) && !name.startsWith("pulso_token"));
    assertEquals(unknown, [], path);
  }
});
