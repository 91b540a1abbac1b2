import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { readSwarmOptions, SWARM_USAGE } from "../../tools/swarm_options.ts";

Deno.test("readSwarmOptions() has defaults", () => {
  const options = readSwarmOptions([]);
  const { agents, first, interval, server, seconds, loss, cores, "key-file": keyFile } = options;
  assertEquals(server, { hostname: "127.0.0.1", port: 5005 });
  assertEquals([agents, interval, seconds, loss], [1_000, 5_000, 60, 0]);
  assertEquals([first, cores, keyFile], [0, null, null]);
});

Deno.test("readSwarmOptions() reads every option", () => {
  const options = readSwarmOptions([
    ...["--agents", "9", "--interval", "200ms", "--server", "[::1]:7", "--seconds", "3"],
    ...["--loss", "0.5", "--cores", "12", "--key-file", "keys", "--first", "8"],
  ]);
  assertEquals([options.agents, options.interval, options.seconds], [9, 200, 3]);
  assertEquals(options.first, 8);
  assertEquals([options.loss, options.cores, options["key-file"]], [0.5, 12, "keys"]);
  assertEquals(options.server, { hostname: "::1", port: 7 });
});

Deno.test("readSwarmOptions() refuses what cannot be meant", async (t) => {
  const cases: [args: string[], complaint: string][] = [
    [["--agents", "0"], "1 to 1000000"],
    [["--agents", "x"], "--agents"],
    [["--interval", "5"], "from 100ms to 1h"],
    [["--server", "monitor.example:5005"], "an IP address"],
    [["--seconds", "0"], "--seconds"],
    [["--loss", "101"], "0 to 100"],
    [["--loss=-1"], "0 to 100"],
    [["--cores", "257"], "1 to 256"],
    [["--agent", "3"], "--agents"],
    [["x"], "only options"],
  ];
  for (const [args, complaint] of cases) {
    await t.step(args.join(" "), () => {
      assertThrows(() => readSwarmOptions(args), RangeError, complaint);
    });
  }
});

Deno.test("SWARM_USAGE names every option that may be given", () => {
  for (const name of ["agents", "interval", "server", "seconds", "key-file", "loss", "cores"]) {
    assertStringIncludes(SWARM_USAGE, `--${name} `);
  }
});
