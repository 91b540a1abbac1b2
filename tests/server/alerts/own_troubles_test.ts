/** Rules about the server itself, by what its parts really say: each fires, and ends. */
import { assertEquals } from "@std/assert";
import { troublesOf } from "../../../lib/server/alerts/troubles.ts";
import { DeliveryError } from "../../../lib/server/outlets/destination.ts";
import { Outbox } from "../../../lib/server/outlets/outbox.ts";
import { socketDrops } from "../../../lib/server/sources/kernel_drops.ts";
import { openLog } from "../../../lib/common/log.ts";
import { MAY_RUN } from "../../processes.ts";
import { logLines } from "../logs.ts";
import { FakeClock, FakeDestination, notice } from "../outlets/fakes.ts";
import { names, Watched } from "./watched.ts";

const HOSTS = names(2);

function watch(parts: Partial<Parameters<typeof troublesOf>[0]>): Watched {
  const none = { kernelDropped: () => null, recordOmitted: () => null, logDropped: () => 0 };
  const troubles = troublesOf({ ...none, store: null, destinations: () => [], ...parts });
  return new Watched({ troubles }).hear(70, HOSTS);
}

Deno.test("kernel-drops fires when the kernel's table counts more drops at our socket, and ends", () => {
  let drops = 7;
  const table = () =>
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n" +
    ` 0: 00000000:138D 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4711 2 0 ${drops}\n`;
  const watched = watch({
    kernelDropped: () => socketDrops(table(), new Set(["00000000:138D"]), null),
  });
  assertEquals(watched.hear(20, HOSTS).standing, []);
  drops = 12;
  assertEquals(watched.hear(10, HOSTS).standing.length, 1);
  const [alert] = watched.alerts.standing();
  assertEquals([alert!.rule.id, watched.alerts.show(alert!).detail], [
    "kernel-drops",
    "12 since the start",
  ]);
  assertEquals(watched.hear(380, HOSTS).standing, []);
});

Deno.test("not-told fires while a destination refuses, says why, and ends when it takes again", async () => {
  const clock = new FakeClock();
  const chat = new FakeDestination();
  const { schedule } = clock;
  const outbox = new Outbox({
    ...{ steadyMs: () => clock.nowMs, schedule, random: () => 0, log: logLines().log },
  });
  outbox.use([chat]);
  const watched = watch({ destinations: () => outbox.state });
  chat.outcome = new DeliveryError("HTTP 503");
  outbox.tell(["chat"], notice());
  await clock.pass(1_000);
  watched.hear(10, HOSTS);
  const [alert] = watched.alerts.standing();
  assertEquals([alert!.rule.id, watched.alerts.show(alert!).detail], [
    "not-told",
    "chat: HTTP 503",
  ]);
  chat.outcome = null;
  await clock.pass(600_000);
  assertEquals(outbox.state[0]!.waiting, 0);
  assertEquals(watched.hear(320, HOSTS).standing, []);
});

Deno.test({
  name: "log-dropped fires while nobody reads the log's pipe, and ends (needs to run sleep)",
  ignore: !MAY_RUN || Deno.build.os === "windows",
  fn: async () => {
    const reader = new Deno.Command("sleep", { args: ["60"], stdin: "piped" }).spawn();
    const pipe = reader.stdin.getWriter();
    const write = (bytes: Uint8Array) => pipe.write(bytes.slice()).then(() => bytes.length);
    const log = openLog({ level: "info", format: "text" }, { write, isTerminal: () => false });
    const watched = watch({ logDropped: () => log.dropped() });
    for (let line = 0; line < 10_000; line++) log.info("a long line ".repeat(30));
    const [alert] = watched.hear(10, HOSTS).alerts.standing();
    assertEquals(alert?.rule.id, "log-dropped");
    assertEquals(watched.alerts.show(alert!).detail.endsWith(" since the start"), true);
    assertEquals(watched.hear(380, HOSTS).standing, []);
    reader.kill();
    await reader.status;
    await pipe.abort().catch(() => {});
    await log.close();
  },
});
