import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { decodeMessage } from "../../lib/message/decode.ts";
import { encodeMessage } from "../../lib/message/encode.ts";
import { METRIC_GROUPS, type Metrics } from "../../lib/message/message.ts";
import { createSampler, defaultSource, type Source } from "../../lib/sampler/sampler.ts";

const isGranted = (permission: Deno.PermissionDescriptor) =>
  Deno.permissions.querySync(permission).state === "granted";
const IS_LINUX = Deno.build.os === "linux";
const MAY_SAMPLE = IS_LINUX && isGranted({ name: "run", command: "/bin/cat" }) &&
  isGranted({ name: "read", path: "/" }) && isGranted({ name: "sys", kind: "statfs" });
const MAY_ALL = (["env", "run", "sys", "read"] as const).every((name) => isGranted({ name }));

/** One sample of this host, in which nothing failed. */
async function sampleHost(source: Source): Promise<Metrics> {
  const sampler = await createSampler({ groups: METRIC_GROUPS, source, procfs: "/proc" });
  await sampler.prime();
  const { metrics, failures } = await sampler.sample();
  assertEquals(failures, new Map());
  return metrics;
}

Deno.test("defaultSource() is procfs on Linux only", () => {
  assertEquals(defaultSource("linux"), "procfs");
  assertEquals(defaultSource("darwin"), "systeminformation");
  assertEquals(defaultSource("windows"), "systeminformation");
});

Deno.test({
  name:
    "createSampler() samples this host (needs --allow-read, --allow-run=/bin/cat, --allow-sys=statfs)",
  ignore: !MAY_SAMPLE,
  async fn() {
    const metrics = await sampleHost("procfs");
    const { cpu, memory, disk, network } = metrics;
    // Not every system has them.
    const always = METRIC_GROUPS.filter((group) => group !== "pressure" && group !== "sensors");
    assertEquals(always.filter((group) => !metrics[group]), []);
    assert(cpu!.cores.length >= 1);
    assert(memory!.used! > 0 && memory!.used! < memory!.total!);
    assert(disk!.volumes.length >= 1 && disk!.volumes.every(({ total }) => total! > 0));
    assert(network !== null);
    // The server takes it as it is.
    const message = decodeMessage(encodeMessage({ v: 1, host: "here", ...metrics }));
    assertEquals(message.v, 1);
  },
});

Deno.test({
  name: "createSampler() finds the same with both sources (needs --allow-all)",
  ignore: !MAY_SAMPLE || !MAY_ALL,
  async fn() {
    const ours = await sampleHost("procfs");
    const theirs = await sampleHost("systeminformation");
    assertEquals(ours.cpu!.cores.length, theirs.cpu!.cores.length);
    assertEquals(ours.memory!.total, theirs.memory!.total);
    assertEquals(ours.memory!.swapTotal, theirs.memory!.swapTotal);
    const tolerance = ours.memory!.total! * 0.05;
    assertAlmostEquals(ours.memory!.available!, theirs.memory!.available!, tolerance);
    const volumes = (metrics: Metrics) =>
      metrics.disk!.volumes.map(({ mount, total }) => ({ mount, total }));
    assertEquals(volumes(ours), volumes(theirs));
    const interfaces = (metrics: Metrics) =>
      metrics.network!.interfaces.map(({ name, rxLost, txLost }) => ({ name, rxLost, txLost }));
    assertEquals(interfaces(ours), interfaces(theirs));
  },
  // The package keeps its child processes to itself.
  sanitizeResources: false,
  sanitizeOps: false,
});
