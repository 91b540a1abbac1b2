import { assertEquals } from "@std/assert";
import { MAY_RUN } from "./processes.ts";
import { runRestarts } from "./restarts.ts";

Deno.test({
  name:
    "a server that is ended and killed under load knows what a model knows, over three seeds (needs --allow-all)",
  ignore: !MAY_RUN,
  fn: async () => {
    const ends = ["SIGTERM", "SIGKILL", "SIGTERM"] as const;
    const runs = [1, 2, 3].map((seed) =>
      runRestarts({ agents: 60, seed, ends, roundsPerLife: 8, downRounds: 4, print: () => {} })
    );
    assertEquals(await Promise.all(runs), [[], [], []]);
  },
});
