import { assertEquals, assertThrows } from "@std/assert";
import {
  parseLoadAverages,
  parseOpenFiles,
  parsePressure,
  parseSwapping,
  readersAt,
  readersOf,
  readNumbers,
} from "../../lib/sampler/numbers.ts";
import type { Numbers } from "../../lib/sampler/sample.ts";

Deno.test("parseLoadAverages() takes the means of 1, 5 and 15 minutes", () => {
  assertEquals(parseLoadAverages("0.52 0.48 12.41 1/345 6789\n"), {
    ...{ load1: 0.52, load5: 0.48, load15: 12.41, running: 1, tasks: 345 },
  });
  for (const text of ["", "0.52 0.48", "a b c 1/2 3", "-1.00 0.48 0.41 1/2 3"]) {
    assertThrows(() => parseLoadAverages(text), SyntaxError);
  }
});

Deno.test("parseOpenFiles() leaves out a limit that is none", () => {
  assertEquals(parseOpenFiles("632\t8\t9223372036854775807\n"), { files: 624 });
  assertEquals(parseOpenFiles("632\t0\t100000\n"), { files: 632, filesMax: 100_000 });
  assertThrows(() => parseOpenFiles(""), SyntaxError);
});

Deno.test("parsePressure() takes totals, and of cores only that some waited", () => {
  const text = "some avg10=0.12 avg60=0.02 avg300=0.25 total=133\nfull avg10=0.00 total=46\n";
  assertEquals(parsePressure("memory", text), { memory: 133, memoryFull: 46 });
  assertEquals(parsePressure("cpu", text), { cpu: 133 });
  assertThrows(() => parsePressure("io", "full total=3"), SyntaxError);
});

Deno.test("parseSwapping() says nothing where there is no swap space", () => {
  const vmstat = "nr_free_pages 256\npswpin 3\npswpout 4\n";
  const meminfo = (swap: number) => `MemFree: 1024 kB\nSwapTotal: ${swap} kB\n`;
  assertEquals(parseSwapping(vmstat, meminfo(8)), { swapIn: 3 * 4_096, swapOut: 4 * 4_096 });
  assertEquals(parseSwapping(vmstat, meminfo(0)), {});
});

Deno.test("readNumbers() tells no number that is too large for a message", () => {
  const readers = readersAt(new Set(["system"]), "/proc", "");
  const texts = new Map([
    ["/proc/loadavg", "0.5 0.5 0.5 1/99999999999999999999 7\n"],
    ["/proc/uptime", `${"9".repeat(30)}.00 1.00\n`],
    ["/proc/sys/net/netfilter/nf_conntrack_count", "18446744073709551615\n"],
  ]);
  const parse = (_: string, path: string, parser: (text: string) => Numbers) =>
    parser(texts.get(path)!);
  const { told } = readNumbers(readers, texts, "/proc", { atMs: 1, before: undefined, parse });
  assertEquals(Object.assign({}, ...told.map(({ numbers }) => numbers)), {
    ...{ load1: 0.5, load5: 0.5, load15: 0.5, running: 1, tasks: null },
    ...{ uptime: null, conntrack: null },
  });
});

Deno.test("pressure is never more than all of the time between two readings", () => {
  const [cpu] = readersOf(new Set(["pressure"]));
  const between = (us: number) => cpu!.between!({ cpu: 0 }, { cpu: us }, 1_000);
  assertEquals(between(250_000), { cpu: 25 });
  assertEquals(between(1_001_000), { cpu: 100 });
});
