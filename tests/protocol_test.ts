/** docs/PROTOCOL.md against the code: its examples are decoded, its senders run against the real server. */
import { assert, assertEquals } from "@std/assert";
import { type DeliveryCounts, MAX_FIRST } from "../lib/server/fleet/accounts/delivery.ts";
import { WINDOW } from "../lib/common/seen_numbers.ts";
import { MAX_JUMP } from "../lib/server/fleet/accounts/sequence_window.ts";
import { DROP_REASONS } from "../lib/common/status.js";
import { decodeMessage } from "../lib/message/decode.ts";
import { encodeMessage } from "../lib/message/encode.ts";
import {
  DatagramError,
  DEFAULT_INTERVAL_MS,
  DEFAULT_PORT,
  MAX_CORES,
  MAX_DATAGRAM_BYTES,
  MAX_HOST_LENGTH,
  MAX_INTERFACE_LENGTH,
  MAX_INTERFACES,
  MAX_INTERVAL_MS,
  MAX_MOUNT_LENGTH,
  MAX_SEQUENCE,
  MAX_TIME_MS,
  MAX_VOLUMES,
  type Message,
  METRIC_GROUPS,
  MIN_INTERVAL_MS,
  TARGET_DATAGRAM_BYTES,
} from "../lib/message/message.ts";
import { messageSchema } from "./message_schema.ts";
import { bytesOf } from "./messages.ts";
import { MAY_RUN, portOf, programOf, Running } from "./processes.ts";

const PAGE = new URL("../docs/PROTOCOL.md", import.meta.url);
const MAY_READ = Deno.permissions.querySync({ name: "read", path: PAGE }).state === "granted";
const page = MAY_READ ? Deno.readTextFileSync(PAGE) : "";
const PYTHON = "/usr/bin/python3";
const MAX_SENDER_LINES = 15;

/** What the page holds in fenced blocks of one language. */
function blocks(language: string): string[] {
  return Array.from(page.matchAll(/^```(\w+)\n([^]*?)^```$/gm))
    .filter(([, name]) => name === language).map(([, , text]) => text!);
}

function test(name: string, fn: () => void): void {
  Deno.test({ name: `PROTOCOL.md ${name} (needs --allow-read)`, ignore: !MAY_READ, fn });
}

test("gives examples that decode to what they say", () => {
  const examples = blocks("json").map((text) => decodeMessage(bytesOf(text)) as Message);
  const [packed, full, bye] = examples;
  assertEquals(examples.length, 3);
  assertEquals(packed!.cpu!.cores, [0, 12.5, 100, null]);
  assertEquals(
    JSON.parse(new TextDecoder().decode(encodeMessage(full!))),
    JSON.parse(blocks("json")[1]!),
  );
  assertEquals(bye, JSON.parse(blocks("json")[2]!));
});

test("shows every field of a message in its examples", () => {
  const shown = Object.keys({
    ...JSON.parse(blocks("json")[1]!),
    ...JSON.parse(blocks("json")[2]!),
  });
  assertEquals(shown.sort(), Object.keys(messageSchema.shape).sort());
});

/** What stands in the first column of the table with this heading. */
function rowsOf(heading: string): readonly string[] {
  const lines = page.split("\n");
  const start = lines.findIndex((line) => line.startsWith(`| ${heading} `));
  const rows = lines.slice(start + 2, lines.indexOf("", start));
  return rows.flatMap((row) =>
    Array.from(row.split("|")[1]!.matchAll(/`(\w+)`/g), ([, name]) => name!)
  );
}

/** A message with every group, and one of each device. */
const GROUPS = {
  cpu: { omitted: 1 },
  memory: {},
  disk: { volumes: [{ mount: "/", inodes: 1, ro: 1 }], disks: [["sda"]], omitted: 1 },
  network: { interfaces: [{ name: "a" }], omitted: 1, sum: {} },
  system: { uptime: 1, reboot: 1 },
  pressure: [],
  sensors: { temps: [["cpu"]], fans: [["fan1"]], battery: 1 },
};

function decodeWith(fields: Record<string, unknown>): Message {
  return decodeMessage(bytesOf(JSON.stringify({ v: 1, host: "a", ...fields }))) as Message;
}

test("has a row for every field of a message and of its groups", () => {
  assertEquals(rowsOf("Field").toSorted(), Object.keys(messageSchema.shape).sort());
  const message = decodeWith(GROUPS);
  for (const group of METRIC_GROUPS) {
    for (const field of Object.keys(message[group] ?? {})) {
      assert(page.includes(`\`${group}.${field}\``), `${group}.${field}`);
    }
  }
  const devices = {
    "disk.volumes": message.disk!.volumes[0]!,
    "network.interfaces": message.network!.interfaces[0]!,
  };
  for (const [list, device] of Object.entries(devices)) {
    const [first, ...others] = Object.keys(device);
    assert(page.includes(`objects: \`${first}\` (text, 1 to`), first);
    for (const name of others) assert(page.includes(`\`${list}[].${name}\``), name);
  }
});

test("tells rightly what may be null", () => {
  const { sum, ...lists } = GROUPS.network;
  const { pressure: _, ...objects } = GROUPS;
  assert(isTaken({ pressure: [null, 1] }));
  for (const [group, fields] of Object.entries({ ...objects, network: lists })) {
    for (const name of Object.keys(decodeWith({ [group]: fields })[group as "cpu"]!)) {
      const isMetric = name !== "omitted";
      assertEquals(isTaken({ [group]: { [name]: null } }), isMetric, `${group}.${name}`);
    }
    assert(isTaken({ [group]: null }), group);
  }
  assert(isTaken({ network: { sum: { ...sum, rx: null } } }));
  assertEquals(isTaken({ network: { sum: null } }), false);
  for (const name of ["id", "session", "seq", "time", "interval", "bye"]) {
    assertEquals(isTaken({ [name]: null }), false, name);
  }
});

function isTaken(fields: Record<string, unknown>): boolean {
  try {
    decodeWith(fields);
    return true;
  } catch (error) {
    if (error instanceof DatagramError) return false;
    throw error;
  }
}

test("tells rightly that spare bits of packed cores mean nothing", () => {
  assertEquals(decodeWith({ cpu: { cores: "ABnI_x" } }), decodeWith({ cpu: { cores: "ABnI_w" } }));
});

test("explains every reason to drop a datagram", () => {
  const rows = Array.from(
    page.split("**Drops.**")[1]!.matchAll(/^\| `(\w+)`/gm),
    ([, name]) => name,
  );
  assertEquals(rows, Object.keys(DROP_REASONS));
});

test("names the limits that the code has", () => {
  const limits = [
    `port ${DEFAULT_PORT}`,
    `${MAX_DATAGRAM_BYTES.toLocaleString("en-US")} bytes`,
    `${TARGET_DATAGRAM_BYTES.toLocaleString("en-US")} where`,
    `text, 1 to ${MAX_HOST_LENGTH}`,
    `whole, 1 to ${MAX_SEQUENCE}`,
    `whole, 0 to ${MAX_TIME_MS / 1e15}e15`,
    `whole, ${MIN_INTERVAL_MS} to ${MAX_INTERVAL_MS}`,
    `${DEFAULT_INTERVAL_MS} when absent`,
    `at most ${MAX_CORES.toLocaleString("en-US")};`,
    `at most ${MAX_VOLUMES} objects: \`mount\` (text, 1 to ${MAX_MOUNT_LENGTH}, required)`,
    `at most ${MAX_INTERFACES} objects: \`name\` (text, 1 to ${MAX_INTERFACE_LENGTH}, required)`,
    `${WINDOW} or more behind`,
    `more than ${MAX_JUMP.toLocaleString("en-US")} ahead`,
    `a number above ${MAX_FIRST}:`,
  ];
  const text = page.replace(/\s+/g, " ").toLowerCase();
  assertEquals(limits.filter((limit) => !text.includes(limit.toLowerCase())), []);
});

test("gives senders that are short", () => {
  for (const language of ["python", "bash"]) {
    const [sender, ...others] = blocks(language);
    assert(sender!.trimEnd().split("\n").length <= MAX_SENDER_LINES, language);
    assertEquals(others, []);
  }
});

/** What `--view json` prints for each datagram. */
interface JsonLine {
  readonly address: string;
  readonly delivery: DeliveryCounts | null;
  readonly message: Message;
}

/** Whether a command is here and ends well; false also where it may not be run. */
function works(command: string, args: string[]): boolean {
  if (!MAY_RUN || Deno.permissions.querySync({ name: "sys" }).state !== "granted") return false;
  try {
    return new Deno.Command(command, { args, stdout: "null", stderr: "null" }).outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Tests one sender against the real server; it is told the server's port and may read its lines. */
function testSender(
  name: string,
  ignore: boolean,
  fn: (port: number, next: (seq?: number) => Promise<JsonLine>) => Promise<void>,
): void {
  Deno.test({
    name:
      `PROTOCOL.md: the server takes what ${name} sends (needs --allow-run, -net, -read, -env, -sys)`,
    ignore,
    fn: async () => {
      const args = ["--listen", "127.0.0.1:0", "--view", "json"];
      await using server = new Running(programOf("server"), args);
      await fn(await portOf(server), async (seq) => {
        const fits = (line: string) => seq === JSON.parse(line).message.seq;
        return JSON.parse(await server.stdout.find(fits, "a datagram"));
      });
      assertEquals(await server.stop(), 0);
    },
  });
}

/** Asserts what both senders send alike: who it is, that none is lost, memory and the root volume. */
function assertSample({ message, delivery }: JsonLine, seq: number, interval: number): void {
  const { memory, disk } = message;
  assertEquals([message.v, message.seq, message.interval], [1, seq, interval]);
  assertEquals([delivery!.received, delivery!.lost], [seq, 0]);
  assertEquals(message.host, Deno.hostname());
  assert(memory!.total! > memory!.used! && memory!.used! > 0);
  assertEquals(disk!.volumes.map(({ mount }) => mount), ["/"]);
  assert(disk!.volumes[0]!.total! > 1e6);
}

testSender(
  `the Python sender (python3-psutil)`,
  !works(PYTHON, ["-c", "import psutil"]),
  async (port, next) => {
    const sender = [PYTHON, "-c", blocks("python")[0]!];
    await using _running = new Running(sender, ["127.0.0.1", `${port}`, "0.1"]);
    const line = await next(3);
    assertSample(line, 3, 100);
    const { cpu } = line.message;
    assertEquals(cpu!.cores.length, navigator.hardwareConcurrency);
    assert(cpu!.mean !== null && cpu!.mean >= 0 && cpu!.mean <= 100);
  },
);

testSender(
  "the Bash sender (Linux)",
  Deno.build.os !== "linux" || !works("bash", ["-c", "type awk df"]),
  async (port, next) => {
    const sender = ["bash", "-c", blocks("bash")[0]!, "sender.sh"];
    await using _running = new Running(sender, ["127.0.0.1", `${port}`, "1"]);
    assertSample(await next(2), 2, 1_000);
  },
);

testSender("the first try (nc)", !works("nc", ["-h"]), async (port, next) => {
  const [command] = blocks("sh");
  assert(command!.endsWith(" 127.0.0.1 5005\n"));
  await using running = new Running(["sh", "-c", command!.replace("5005", `${port}`)], []);
  const { message, delivery } = await next();
  assertEquals([message.host, message.cpu!.mean, delivery], ["by-hand", 42, null]);
  assertEquals(await running.exitCode(), 0);
});
