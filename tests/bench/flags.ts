// deno-lint-ignore-file no-console
/**
 * What V8's flags do for the agent: compiles it with each and measures all in turn, `RUNS` times.
 * Linux; it takes some ten minutes and ends by itself.
 *
 *     deno run --no-prompt --allow-all tests/bench/flags.ts
 */
import { readCommandLine } from "../../tools/command_line.ts";
import { measure } from "./agent.ts";
import { median } from "./figures.ts";
import { compileVariant } from "./variant.ts";

const RUNS = 3;
const ENGINES = [
  "",
  "--expose-gc",
  "--lite-mode",
  "--expose-gc,--lite-mode",
  "--expose-gc,--lite-mode,--single-threaded",
  "--expose-gc,--lite-mode,--optimize-for-size",
  "--expose-gc,--lite-mode,--max-semi-space-size=1",
  "--expose-gc,--lite-mode,--no-memory-pool",
  "--expose-gc,--lite-mode,--memory-saver-mode",
  "--expose-gc,--jitless",
];

if (import.meta.main) {
  readCommandLine({
    usage: "deno run --no-prompt --allow-all tests/bench/flags.ts",
    purpose: "Measures what V8's flags do for the agent.",
    options: {},
  });
  const runs = new Map<string, Awaited<ReturnType<typeof measure>>[]>();
  const programs: [engine: string, program: string][] = [];
  for (const [index, engine] of ENGINES.entries()) {
    programs.push([engine, await compileVariant(`flags-${index}`, { engine })]);
  }
  for (let run = 0; run < RUNS; run++) {
    for (const [engine, program] of programs) {
      runs.set(engine, [...runs.get(engine) ?? [], await measure([program])]);
    }
  }
  for (const [, program] of programs) {
    await Deno.remove(program);
    await Deno.remove(`${program}.js`);
  }
  for (const [engine, figures] of runs) {
    const [cpu, memory, first] = (["cpuMsPerSample", "anonymousMiB", "firstDatagramMs"] as const)
      .map((name) => median(figures.map((figure) => figure[name])));
    console.log(
      `| ${engine || "none"} | ${cpu!.toFixed(2)} | ${memory!.toFixed(1)} | ${first!.toFixed(0)} |`,
    );
  }
}
