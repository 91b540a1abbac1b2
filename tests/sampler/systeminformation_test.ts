import { assertEquals } from "@std/assert";
import { METRIC_GROUPS, type MetricGroup } from "../../lib/message.ts";
import type { Library } from "../../lib/sampler/library.ts";
import { Patience } from "../../lib/patience.ts";
import { SysteminformationSampler } from "../../lib/sampler/systeminformation.ts";

/** A library that answers with nothing, and notes what it is asked. */
function fakeLibrary(asked: string[], changes: Partial<Library> = {}): () => Promise<Library> {
  const answer = (name: string, value: unknown) => () => {
    asked.push(name);
    return Promise.resolve(value);
  };
  const library = {
    currentLoad: answer("currentLoad", { currentLoad: 7, cpus: [] }),
    mem: answer("mem", { total: 100, available: 60, free: 10 }),
    fsSize: answer("fsSize", []),
    fsStats: answer("fsStats", { rx_sec: 1, wx_sec: 2 }),
    networkStats: answer("networkStats", []),
    ...changes,
  };
  return () => Promise.resolve(library as Library);
}

function sampler(groups: readonly MetricGroup[], load: () => Promise<Library>) {
  return new SysteminformationSampler(groups, load, new Patience(1_000));
}

Deno.test("SysteminformationSampler asks only for the selected groups", async (t) => {
  const cases: [MetricGroup[], string[]][] = [
    [["cpu"], ["currentLoad"]],
    [["memory"], ["mem"]],
    [["disk"], ["fsStats", "fsSize"]],
    [["network"], ["networkStats"]],
    [[...METRIC_GROUPS], ["currentLoad", "mem", "fsStats", "fsSize", "networkStats"]],
  ];
  for (const [groups, expected] of cases) {
    await t.step(groups.join(", "), async () => {
      const asked: string[] = [];
      const { metrics, failures } = await sampler(groups, fakeLibrary(asked)).sample();
      assertEquals(asked, expected);
      assertEquals(Object.keys(metrics), groups);
      assertEquals(failures, new Map());
    });
  }
});

Deno.test("SysteminformationSampler primes what gives rates, the CPU last", async () => {
  const asked: string[] = [];
  await sampler(METRIC_GROUPS, fakeLibrary(asked)).prime();
  assertEquals(asked, ["fsStats", "fsSize", "networkStats", "currentLoad"]);
});

Deno.test("SysteminformationSampler lets one failing group spoil nothing else", async () => {
  const networkStats = () => Promise.reject(new Error("no netstat"));
  const { metrics, failures } = await sampler(METRIC_GROUPS, fakeLibrary([], { networkStats }))
    .sample();
  assertEquals(metrics.network, null);
  assertEquals([metrics.cpu?.mean, metrics.memory?.used, metrics.disk?.read], [7, 40, 1]);
  assertEquals(failures, new Map([["network", "no netstat"]]));
});
