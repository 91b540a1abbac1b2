import { assertEquals, assertMatch } from "@std/assert";
import { findAll, type Sight } from "../../lib/agent/findings.ts";
import { readAgentOptions } from "../../lib/agent/options.ts";
import { readDestination } from "../../lib/agent/values.ts";
import { METRIC_GROUPS } from "../../lib/message/message.ts";
import { sampleOf } from "../messages.ts";
import { idOf, keyOf, ringOf } from "../sealed/sealing.ts";

const ALL = sampleOf({ cores: 2, volumes: 1, interfaces: 1 });
const METRICS = Object.fromEntries(METRIC_GROUPS.map((group) => [group, ALL[group]]));

const HEEDED = { mayRead: true, vain: [], file: "/x", unseen: [] };

function sightOf(sight: Partial<Sight> = {}): Sight {
  return {
    os: "linux",
    wallMs: Date.UTC(2026, 10, 26),
    clockSource: null,
    unheeded: HEEDED,
    isNamed: true,
    servers: [],
    identity: { value: { host: "web-01", id: idOf(1), isIdFromName: false } },
    keys: null,
    sample: { value: { metrics: METRICS, failures: new Map() } },
    datagram: null,
    ...sight,
  };
}

function server(text: string, addresses: Sight["servers"][0][1]): Partial<Sight> {
  return { servers: [[readDestination(text), addresses]] };
}

function sample(failures: Record<string, string>, metrics = {}): Partial<Sight> {
  return {
    sample: {
      value: { metrics: { ...METRICS, ...metrics }, failures: new Map(Object.entries(failures)) },
    },
  };
}

type Case = readonly [
  name: string,
  subject: string,
  sight: Partial<Sight>,
  lines: readonly RegExp[],
  argv?: readonly string[],
];

const NOT_FOUND = { error: new Error("there is no such name") };
const KEY = ["--key-file", "/k"];
const bytes = new Uint8Array(1_500);

const CASES: readonly Case[] = [
  ["an address", "server", server("192.0.2.7", { value: ["192.0.2.7"] }), [
    /^ok: 192\.0\.2\.7:5005$/,
  ]],
  [
    "a name",
    "server",
    server("a.example", { value: ["192.0.2.7", "2001:db8::7"] }),
    [/^ok: a\.example:5005 is 192\.0\.2\.7, 2001:db8::7$/],
  ],
  [
    "nobody named it",
    "server",
    { ...server("127.0.0.1", { value: ["127.0.0.1"] }), isNamed: false },
    [/^warn: 127\.0\.0\.1:5005: nobody named one.* → name it with --server/],
  ],
  [
    "a name that leads nowhere",
    "server",
    server("a.example", NOT_FOUND),
    [/^fail: a\.example:5005: there is no such name → getent ahosts a\.example/],
  ],
  [
    "the same on macOS",
    "server",
    { ...server("a.example", NOT_FOUND), os: "darwin" },
    [/ → dscacheutil -q host -a name a\.example/],
  ],
  [
    "the same on Windows",
    "server",
    { ...server("a.example", NOT_FOUND), os: "windows" },
    [/ → Resolve-DnsName a\.example/],
  ],
  [
    "a name service that is silent",
    "server",
    server("a.example", { error: new DOMException("Cannot read x: no answer", "TimeoutError") }),
    [/^fail: a\.example:5005: the name service does not answer/],
  ],
  [
    "one that may not be sent to",
    "server",
    server("a.example", { error: new Deno.errors.NotCapable("run with --allow-net") }),
    [/^fail: run with --allow-net$/],
  ],
  ["its own", "identity", {}, [/^ok: .* as web-01, id [\w-]{22}$/]],
  [
    "made from the name",
    "identity",
    { identity: { value: { host: "web-01", id: "i", isIdFromName: true } } },
    [/^warn: .*will be merged → .*--id$/],
  ],
  ["none", "identity", { identity: { error: new Error("use --name") } }, [/^fail: use --name$/]],
  ["of the fleet", "key file", { keys: { value: ringOf() } }, [/^ok: \/k: seals with key 1$/], KEY],
  [
    "of another agent",
    "key file",
    { keys: { value: ringOf({ ...keyOf(3), agent: idOf(2) }) } },
    [/^fail: .*no valid key for [\w-]{22}.* → pulso-server keygen --agent [\w-]{22} /],
    KEY,
  ],
  [
    "not readable",
    "key file",
    { keys: { error: new RangeError("Cannot use the key file /k: no such file") } },
    [/^fail: Cannot use the key file \/k: no such file$/],
    KEY,
  ],
  ["what is known", "cpu", {}, [/^ok: \d+ of \d+ numbers, 2 cores(?!.*steal)/]],
  [
    "one that failed",
    "memory",
    sample({ memory: "Cannot read /proc/meminfo: no" }, { memory: null }),
    [/^fail: nothing could be read: Cannot read \/proc\/meminfo: no$/],
  ],
  [
    "a host that cannot be read",
    "cpu",
    sample({ host: "no answer" }, { cpu: null }),
    [/^fail: nothing could be read: no answer$/],
  ],
  [
    "a number that is not known",
    "cpu",
    sample({}, { cpu: { ...ALL.cpu, steal: null } }),
    [/^ok: \d+ of \d+ numbers, 2 cores; not known: .*\bsteal\b/],
  ],
  ["a group that is not asked for", "cpu", {}, [], ["--metrics", "memory"]],
  [
    "what failed in part",
    "sample",
    sample({ "volume /srv": "no answer" }),
    [/^warn: volume \/srv: no answer → pulso-agent --explain/],
  ],
  [
    "a custom metric, of which --explain says nothing",
    "sample",
    sample({ "line 3 of backup": "it is not a name and a number" }),
    [/^warn: line 3 of backup: it is not a name and a number$/],
  ],
  [
    "no way to read",
    "sample",
    { sample: { error: new Error("run with --allow-run=/bin/cat") } },
    [/^fail: run with --allow-run=\/bin\/cat$/],
  ],
  [
    "one that fits",
    "datagram",
    { datagram: { bytes: bytes.subarray(0, 700), long: false, overheadBytes: 56 } },
    [/^ok: 756 bytes of at most 1,452$/],
  ],
  [
    "one that does not",
    "datagram",
    { datagram: { bytes, long: true, overheadBytes: 0 } },
    [/^warn: 1,500 bytes of at most 508: it will be fragmented.* → .*--metrics$/],
    ["--max-datagram", "508"],
  ],
  ["set by NTP", "clock", { clockSource: "synchronized by x" }, [/^ok: it says \S+, synchronized/]],
  ["never set", "clock", { wallMs: 0, clockSource: "x" }, [/^fail: it says 1970.* → timedatectl/]],
  ["none", "environment", { unheeded: { ...HEEDED, mayRead: false } }, [/^warn: /]],
];

for (const [name, subject, sight, patterns, argv = []] of CASES) {
  Deno.test(`the agent's doctor on ${subject}: ${name}`, () => {
    const lines = findAll(readAgentOptions(argv, () => undefined), sightOf(sight))
      .filter((finding) => finding.subject === subject)
      .map(({ verdict, text, advice }) =>
        `${verdict}: ${text}${advice === undefined ? "" : ` → ${advice}`}`
      );
    assertEquals(lines.length, patterns.length);
    for (const [at, pattern] of patterns.entries()) assertMatch(lines[at]!, pattern);
  });
}
