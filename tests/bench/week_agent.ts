/**
 * The agent with an interval that its command line does not allow, so short that each sample begins
 * as soon as the one before is sent. All else is the agent itself. `week.ts` compiles and runs it.
 */
import { run } from "../../agent.ts";
import { agentOptions, agentUsage } from "../../lib/agent/options.ts";
import { runProgram } from "../../lib/common/program.ts";
import { withKeys } from "../../lib/sealed/key_file.ts";

const INTERVAL_MS = 0.1;
const OPTIONS = agentOptions();

await runProgram({
  name: "pulso-week",
  usage: agentUsage(),
  options: {
    ...OPTIONS,
    read: (...given) => ({ ...OPTIONS.read(...given), interval: INTERVAL_MS }),
  },
  run: async (options, ...rest) => run(await withKeys(options), ...rest),
  commands: new Map(),
});
