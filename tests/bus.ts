/**
 * `deno task bus [--seeds N] [--pause S]`: many seeds of what `bus_end_to_end_test.ts` tries once of each kind:
 * an engine that is killed, the leader of three, a hub that is away. At the end of each every count of every
 * host at the view is held against the log of the network. Linux with nats-server only; it ends by itself.
 */
import { readCount } from "../lib/common/options.ts";
import { readCommandLine } from "../tools/command_line.ts";
import { BUSES, runSeed } from "./bus_faults.ts";
import { inFolder } from "./files.ts";

const { seeds, pause } = readCommandLine({
  usage: "deno task bus [OPTION]...",
  purpose: "Holds views against what a bad network did, while engines of NATS are killed.",
  options: {
    seeds: {
      placeholder: "N",
      fallback: "50",
      help: "how many",
      read: (text: string) => readCount(text, 1, 10_000),
    },
    pause: {
      placeholder: "SECONDS",
      fallback: "5",
      help: "how long each engine is away besides",
      read: (text: string) => readCount(text, 0, 3_600),
    },
  },
});
const kinds = Object.keys(BUSES);
let wrong = 0;
for (let seed = 1; seed <= seeds; seed++) {
  const kind = kinds[seed % kinds.length]!;
  const startMs = performance.now();
  let outcome = "equal";
  try {
    await inFolder((folder) => runSeed(kind, seed, folder, pause * 1_000));
  } catch (error) {
    wrong++;
    outcome = (error as Error).message;
  }
  print(
    `seed ${seed}, ${kind}: ${outcome} (${((performance.now() - startMs) / 1_000).toFixed(0)} s)`,
  );
}
print(`${wrong} of ${seeds} differ`);
Deno.exit(wrong === 0 ? 0 : 1);

function print(text: string): void {
  // deno-lint-ignore no-console
  console.log(text);
}
