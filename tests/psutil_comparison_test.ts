import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { METRIC_GROUPS, type Metrics } from "../lib/message/message.ts";
import { readPatterns } from "../lib/sampler/decision.ts";
import { NO_CHOICE } from "../lib/sampler/devices.ts";
import { createSampler } from "../lib/sampler/sampler.ts";
import { unique } from "./namespaces.ts";

const PYTHON = "/usr/bin/python3";
const SPAN_MS = 5_000;
const BURN_SECONDS = 2;
const FILE_BYTES = 256 * 1024 * 1024;
const CHUNK_BYTES = 65_536;
const DATAGRAMS = 20_000;
const DATAGRAM_BYTES = 1_000;
/** Ethernet, IPv4 and UDP headers. */
const HEADER_BYTES = 14 + 20 + 8;
/** It is virtual, so that it counts only as it is chosen. */
const INTERFACE = "pulso0";

/** Sends at a pace at which the kernel drops nothing. */
const SEND = `
import socket, time
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for sent in range(${DATAGRAMS}):
    sender.sendto(bytes(${DATAGRAM_BYTES}), ("192.0.2.2", 9))
    if sent % 100 == 0:
        time.sleep(0.001)
`;

const MAY_ALL = (["run", "read", "write", "sys", "env"] as const)
  .every((name) => Deno.permissions.querySync({ name }).state === "granted");
const HAS_PSUTIL = MAY_ALL && Deno.build.os === "linux" && hasPsutil();
const MAY_LINK = HAS_PSUTIL && Deno.uid() === 0;

function hasPsutil(): boolean {
  try {
    const stdout = "null";
    const stderr = "null";
    return new Deno.Command(PYTHON, { args: ["-c", "import psutil"], stdout, stderr }).outputSync()
      .success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

interface Reading {
  readonly time: number;
  readonly cpu: number;
  readonly cores: readonly number[];
  readonly memory: { readonly total: number; readonly available: number };
  readonly swap: number;
  readonly root: { readonly total: number; readonly used: number; readonly free: number };
  readonly disks: Readonly<Record<string, number>>;
  readonly interfaces: Readonly<Record<string, number>>;
}

/** psutil in a process of its own, which answers line by line. */
class Psutil implements AsyncDisposable {
  readonly #child = new Deno.Command(PYTHON, {
    args: [new URL("psutil_readings.py", import.meta.url).pathname],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  readonly #input = this.#child.stdin.getWriter();
  readonly #output = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();

  async ask<T>(command: string): Promise<T> {
    await this.#input.write(new TextEncoder().encode(`${command}\n`));
    let line = "";
    while (!line.endsWith("\n")) {
      const { value, done } = await this.#output.read();
      assert(!done, "psutil ended");
      line += value;
    }
    return JSON.parse(line);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close();
    await this.#output.cancel();
    await this.#child.status;
  }
}

/**
 * A pair of interfaces: ours, and the other one in a network namespace of its own, from where known
 * amounts are sent to ours. Ours has no address, so that no route of this host changes.
 */
class Link implements AsyncDisposable {
  readonly #namespace = `pulso-${unique()}`;

  static async open(): Promise<Link> {
    const link = new Link();
    const inside = `-n ${link.#namespace}`;
    const ours = "02:00:00:00:00:01";
    await ip(`netns add ${link.#namespace}`);
    await ip(
      `link add ${INTERFACE} address ${ours} type veth peer name peer netns ${link.#namespace}`,
    );
    await ip(`link set ${INTERFACE} up`);
    await ip(`${inside} address add 192.0.2.1/30 dev peer`);
    await ip(`${inside} link set peer up`);
    await ip(`${inside} neighbour add 192.0.2.2 lladdr ${ours} dev peer`);
    return link;
  }

  async sendDatagrams(): Promise<void> {
    await ip(`netns exec ${this.#namespace} ${PYTHON} -c`, SEND);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await ip(`netns delete ${this.#namespace}`);
  }
}

async function ip(words: string, ...more: string[]): Promise<void> {
  const args = [...words.split(" "), ...more];
  const { success, stderr } = await new Deno.Command("ip", { args }).output();
  assert(success, `ip ${words}: ${new TextDecoder().decode(stderr)}`);
}

async function writeFile(): Promise<void> {
  const path = await Deno.makeTempFile({ dir: new URL("..", import.meta.url).pathname });
  try {
    using file = await Deno.open(path, { write: true });
    // Random, so that no layer below can make it less.
    const chunk = crypto.getRandomValues(new Uint8Array(CHUNK_BYTES));
    for (let written = 0; written < FILE_BYTES; written += chunk.length) await file.write(chunk);
    await file.sync();
  } finally {
    await Deno.remove(path);
  }
}

/** Both side by side over the same span, while a core is kept busy and known amounts go over disk and network. */
async function compare(
  link: Link | null,
): Promise<{ ours: Metrics; before: Reading; after: Reading }> {
  await using psutil = new Psutil();
  const sampler = await createSampler({
    ...{ groups: METRIC_GROUPS, source: "procfs", procfs: "/proc" },
    choice: { ...NO_CHOICE, interfaces: readPatterns(`*,${INTERFACE}`) },
  });
  const end = Promise.withResolvers<void>();
  // The first answer waits for Python to start, which must not be part of the span.
  await psutil.ask("read");
  await sampler.prime();
  const before = await psutil.ask<Reading>("read");
  setTimeout(end.resolve, SPAN_MS);
  await psutil.ask(`burn ${BURN_SECONDS}`);
  await writeFile();
  await link?.sendDatagrams();
  await end.promise;
  const [{ metrics }, after] = await Promise.all([sampler.sample(), psutil.ask<Reading>("read")]);
  return { ours: metrics, before, after };
}

function assertWithin(actual: number, expected: number, percent: number, what: string): void {
  assertAlmostEquals(actual, expected, Math.abs(expected) * percent / 100, what);
}

Deno.test({
  name:
    "ProcfsSampler agrees with psutil over the same five seconds (needs --allow-all and psutil)",
  ignore: !HAS_PSUTIL,
  async fn(t) {
    await using link = MAY_LINK ? await Link.open() : null;
    const { ours, before, after } = await compare(link);
    const seconds = after.time - before.time;
    await t.step("CPU within 2 points", () => {
      assert(after.cpu > 5, "the load was not seen");
      assertAlmostEquals(ours.cpu!.mean!, after.cpu, 2);
      after.cores.forEach((core, number) => assertAlmostEquals(ours.cpu!.cores[number]!, core, 2));
    });
    await t.step("memory totals exactly, used memory within 1 %", () => {
      const { total, available } = after.memory;
      assertEquals(ours.memory!.total, total);
      assertEquals(ours.memory!.swapTotal, after.swap);
      assertWithin(ours.memory!.used!, total - available, 1, "used");
    });
    await t.step("the space of the root exactly, but for what is written meanwhile", () => {
      const root = ours.disk!.volumes.find(({ mount }) => mount === "/")!;
      assertEquals(root.total, after.root.total);
      assertWithin(root.used!, after.root.used, 1, "used");
      assertWithin(root.free!, after.root.free, 1, "free");
    });
    await t.step("a file written to disk, within 3 %", () => {
      const written = ours.disk!.write! * seconds;
      assert(written > FILE_BYTES * 0.97, `only ${written} bytes`);
      const whole = Object.keys(after.disks).filter((name) =>
        /^([a-z]*d[a-z]|nvme\d+n\d+)$/.test(name)
      );
      const theirs = whole.reduce((sum, name) => sum + after.disks[name]! - before.disks[name]!, 0);
      assertWithin(written, theirs, 3, "written");
    });
    await t.step({
      name: `datagrams over an interface, within 3 %${MAY_LINK ? "" : " (needs root)"}`,
      ignore: !MAY_LINK,
      fn() {
        const { rx } = ours.network!.interfaces.find(({ name }) => name === INTERFACE)!;
        const sent = DATAGRAMS * (DATAGRAM_BYTES + HEADER_BYTES);
        assertWithin(rx! * seconds, sent, 3, "received");
        const theirs = after.interfaces[INTERFACE]! - before.interfaces[INTERFACE]!;
        assertWithin(rx! * seconds, theirs, 3, "received by psutil");
      },
    });
  },
});
