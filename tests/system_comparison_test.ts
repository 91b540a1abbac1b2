/** What the agent says of this host's system, beside what other programs and the kernel say at the same time. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { Metrics } from "../lib/message/message.ts";
import { createSampler } from "../lib/sampler/sampler.ts";

const MAY_ALL = (["run", "read", "sys"] as const)
  .every((name) => Deno.permissions.querySync({ name }).state === "granted");
const MPSTAT = "/usr/bin/mpstat";
/** Points of a percentage by which two programs may differ that do not begin and end at once. */
const POINTS = 12;
/** The same of one core, which has more of what begins and ends. */
const CORE_POINTS = 25;

function has(path: string): boolean {
  try {
    return MAY_ALL && Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** The means over two seconds, of all cores and then of each, by mpstat. */
async function mpstat(): Promise<Record<string, number>[]> {
  const { stdout } = await new Deno.Command(MPSTAT, {
    args: ["-P", "ALL", "-o", "JSON", "2", "1"],
    env: { LC_ALL: "C" },
  }).output();
  const { sysstat } = JSON.parse(new TextDecoder().decode(stdout));
  return sysstat.hosts[0].statistics[0]["cpu-load"];
}

/** Microseconds for which some task has waited since boot. */
function waitedUs(name: string): number {
  return Number(/^some .* total=(\d+)$/m.exec(Deno.readTextFileSync(`/proc/pressure/${name}`))![1]);
}

/** A sample over the time that something takes. */
async function sampleDuring<T>(act: () => Promise<T>): Promise<[Metrics, T]> {
  const sampler = await createSampler({
    groups: ["cpu", "memory", "system", "pressure"],
    source: "procfs",
    procfs: "/proc",
  });
  await sampler.prime();
  const result = await act();
  return [(await sampler.sample()).metrics, result];
}

Deno.test({
  name: "modes agree with mpstat, sum to 100 and make the mean (needs --allow-all, mpstat)",
  ignore: !has(MPSTAT),
  async fn() {
    const [{ cpu }, [theirs, ...cores]] = await sampleDuring(mpstat) as [
      Metrics,
      [Record<string, number>, ...Record<string, number>[]],
    ];
    const { mean, iowait, steal, user, nice, system, irq } = cpu!;
    const idle = 100 - mean! - iowait!;
    assertAlmostEquals(user! + nice! + system! + irq! + iowait! + steal! + idle, 100, 1e-6);
    assertAlmostEquals(user! + nice! + system! + irq! + steal!, mean!, 1e-6);
    assertAlmostEquals(user!, theirs.usr! + theirs.guest!, POINTS);
    assertAlmostEquals(system!, theirs.sys!, POINTS);
    assertAlmostEquals(irq!, theirs.irq! + theirs.soft!, POINTS);
    assertAlmostEquals(idle, theirs.idle!, POINTS);
    assertEquals(cpu!.cores.length, cores.length);
    cpu!.cores.forEach((busy, core) =>
      assertAlmostEquals(busy!, 100 - cores[core]!.idle! - cores[core]!.iowait!, CORE_POINTS)
    );
  },
});

Deno.test({
  name: "pressure is what the kernel's totals grew by (needs --allow-all, /proc/pressure)",
  ignore: !has("/proc/pressure/cpu"),
  async fn() {
    const names = ["cpu", "memory", "io"] as const;
    const outer = names.map(waitedUs);
    const startMs = performance.now();
    const [{ pressure }, inner] = await sampleDuring(async () => {
      const [before, beforeMs] = [names.map(waitedUs), performance.now()];
      await new Deno.Command("/bin/sh", { args: ["-c", "sleep 1"] }).output();
      return { before, after: names.map(waitedUs), ms: performance.now() - beforeMs };
    });
    const [outerAfter, outerMs] = [names.map(waitedUs), performance.now() - startMs];
    names.forEach((name, at) => {
      const percent = pressure![name]!;
      // What was waited within is part of what the sample saw, and that of what was waited around it.
      const least = (inner.after[at]! - inner.before[at]!) / (10 * outerMs);
      const most = (outerAfter[at]! - outer[at]!) / (10 * inner.ms);
      assert(percent >= Math.min(100, least) - 0.5 && percent <= most + 0.5, `${name} ${percent}`);
    });
  },
});

Deno.test({
  name: "uptime, load and tasks are those that the system tells (needs --allow-all, Linux)",
  ignore: !has("/proc/uptime"),
  async fn() {
    const [{ system, memory }] = await sampleDuring(() => Promise.resolve());
    assertAlmostEquals(system!.uptime!, Deno.osUptime(), 5);
    const [load1] = Deno.loadavg();
    assertAlmostEquals(system!.load1!, load1!, 1 + load1! / 5);
    const { stdout } = await new Deno.Command("/bin/ls", { args: ["/proc"] }).output();
    const processes = new TextDecoder().decode(stdout).match(/^\d+$/gm)!.length;
    assert(system!.tasks! >= processes - 5, `${system!.tasks} tasks, ${processes} processes`);
    assert(system!.files! > 0 && memory!.cached! > 0 && memory!.cached! < memory!.total!);
  },
});
