import { assertEquals, assertMatch } from "@std/assert";
import type { Address } from "../../../lib/common/address.ts";
import { findAll, type Sight } from "../../../lib/server/doctor/findings.ts";
import type { Fleet, Page } from "../../../lib/server/doctor/page.ts";
import { readServerOptions } from "../../../lib/server/options.ts";
import { ringOf } from "../../sealed/sealing.ts";

const WALL_MS = Date.UTC(2026, 10, 26, 13);
const EVERY: Address = { hostname: "::", port: 5005 };
const IN_USE = { error: new Deno.errors.AddrInUse("in use") };

const FLEET: Fleet = {
  byStatus: { live: 2, stale: 0, offline: 1, left: 0 },
  accepted: 1_234,
  dropped: { duplicate: 9 },
  kernelDropped: null,
  hosts: [{ host: "web-01", clockOffsetMs: 12 }, { host: "web-02", clockOffsetMs: null }],
  alerts: { total: 0 },
};
const SITE: Fleet["bus"] & object = {
  ...{ bus: "nats://a", view: null },
  site: { name: "berlin", failure: null, published: 9, dropped: 0, retries: 0, waitingBytes: 0 },
};
const VIEW: Fleet["bus"] & object = {
  ...{ bus: "nats://a", site: null },
  view: {
    failure: null,
    behindMs: 0,
    pending: 0,
    missed: 0,
    refused: 0,
    misdated: 0,
    notifies: null,
    sharing: 0,
    sites: [],
  },
};
const open = (fleet: Partial<Fleet> = {}, hasToken = false, listening = [EVERY]): Page => ({
  kind: "open",
  hasToken,
  listening,
  fleet: { ...FLEET, ...fleet },
});

const destination = (name: string, waiting = 0) => ({
  ...{ name, waiting, sent: 41, givenUp: 0, lastError: "no \u202e" },
});

const HEEDED = { mayRead: true, vain: [], file: "/x", unseen: [] };

function sightOf(page: Page = { kind: "free" }, sight: Partial<Sight> = {}): Sight {
  const address = { hostname: "127.0.0.1", port: 8080 };
  return {
    os: "linux",
    wallMs: WALL_MS,
    unheeded: HEEDED,
    udp: page.kind === "free" ? { value: [EVERY] } : IN_USE,
    room: { value: { datagrams: 92, atLeast: false } },
    data: null,
    replayed: null,
    keys: null,
    token: null,
    web: { address, url: "http://127.0.0.1:8080/", page: { value: page } },
    ...sight,
  };
}

/** The lines on a subject as `verdict: text → advice`. */
function linesOn(subject: string, sight: Sight, argv: readonly string[] = []): readonly string[] {
  return findAll(readServerOptions(argv, () => undefined), sight)
    .filter((finding) => finding.subject === subject)
    .map(({ verdict, text, advice }) =>
      `${verdict}: ${text}${advice === undefined ? "" : ` → ${advice}`}`
    );
}

type Case = readonly [name: string, subject: string, sight: Sight, line: RegExp, argv?: string[]];

const TOKEN = ["--web-token-file", "/etc/pulso/token"];
const READABLE = { token: { value: "t" } };
const BEHIND = { host: "db-1", clockOffsetMs: 3_600_000 };
const STEADY = ["a", "b", "c"].map((host) => ({ host, clockOffsetMs: 5 }));

const CASES: readonly Case[] = [
  ["nobody listens", "udp", sightOf(), /^ok: free: would listen on \[::\]:5005 \(IPv6 and IPv4\)$/],
  [
    "there is no IPv6",
    "udp",
    sightOf(undefined, { udp: { value: [{ hostname: "0.0.0.0", port: 5005 }] } }),
    /^ok: free.*IPv4 alone: no IPv6 here/,
  ],
  ["a server listens", "udp", sightOf(open()), /^ok: a server listens there already: \[::\]:5005 /],
  ["it tells nothing", "udp", sightOf({ kind: "locked" }), /^ok: taken: .* → ss -ulnp/],
  [
    "it listens elsewhere",
    "udp",
    sightOf(open({}, false, [{ hostname: "::", port: 6006 }])),
    /^fail: the port is taken, and .*\[::\]:6006.* → ss -ulnp 'sport = :5005'/,
  ],
  [
    "it listens elsewhere, and the port is free",
    "udp",
    sightOf(open({}, false, [{ hostname: "::", port: 6006 }]), { udp: { value: [EVERY] } }),
    /^warn: free: .*, but the server of the page listens on .*6006/,
  ],
  [
    "another program has the port",
    "udp",
    sightOf({ kind: "foreign", answer: "no HTTP" }),
    /^warn: a program listens on \[::\]:5005 already.* → ss /,
  ],
  [
    "the same on macOS",
    "udp",
    sightOf({ kind: "foreign", answer: "no HTTP" }, { os: "darwin" }),
    / → sudo lsof -nP -iUDP:5005 /,
  ],
  [
    "the same on Windows",
    "udp",
    sightOf({ kind: "foreign", answer: "no HTTP" }, { os: "windows" }),
    / → netstat -ano -p UDP \| findstr :5005 /,
  ],
  [
    "the address is not ours",
    "udp",
    sightOf(undefined, { udp: { error: new Deno.errors.AddrNotAvailable("no") } }),
    /^fail: Cannot receive on .*no network interface/,
  ],
  ["few hosts", "buffer", sightOf(), /^ok: a socket holds 92 datagrams: 46 ms of 10,000 hosts /],
  [
    "many hosts",
    "buffer",
    sightOf(),
    /^warn: .*: 4 ms of 100,000 hosts .* → sysctl -w net\.core\.rmem_default=8388608 /,
    ["--max-hosts", "100000"],
  ],
  [
    "many hosts on macOS",
    "buffer",
    sightOf(undefined, { os: "darwin" }),
    /^warn: .* → sudo sysctl -w net\.inet\.udp\.recvspace=/,
    ["--max-hosts", "100000"],
  ],
  [
    "many hosts on Windows",
    "buffer",
    sightOf(undefined, { os: "windows" }),
    /^warn: .* → receive on Linux/,
    ["--max-hosts", "100000"],
  ],
  [
    "a large buffer",
    "buffer",
    sightOf(undefined, { room: { value: { datagrams: 4_096, atLeast: true } } }),
    /^ok: a socket holds at least 4,096 datagrams: 204 ms of 100,000 hosts/,
    ["--max-hosts", "100000"],
  ],
  [
    "a folder that is there",
    "data",
    sightOf(undefined, { data: { value: true } }),
    /^ok: \/d can be used$/,
    ["--data", "/d"],
  ],
  [
    "a folder that is not there",
    "data",
    sightOf(undefined, { data: { value: false } }),
    /^ok: \/d would be made$/,
    ["--data", "/d"],
  ],
  [
    "a folder of others",
    "data",
    sightOf(undefined, { data: { error: new Error("chmod 700 it") } }),
    /^fail: chmod 700 it$/,
    ["--data", "/d"],
  ],
  [
    "a record is played",
    "udp",
    sightOf(undefined, { replayed: { value: 2 } }),
    /^ok: off: a record is played/,
    ["--replay", "/r"],
  ],
  [
    "a record",
    "replay",
    sightOf(undefined, { replayed: { value: 2 } }),
    /^ok: \/r: 2 files$/,
    ["--replay", "/r"],
  ],
  [
    "none",
    "replay",
    sightOf(undefined, { replayed: { error: new RangeError("it has no files") } }),
    /^fail: it has no files$/,
    ["--replay", "/r"],
  ],
  [
    "a good key file",
    "key file",
    sightOf(undefined, { keys: { value: ringOf() } }),
    /^ok: \/k: 1 key, valid now: 1 \(--auth require\)$/,
    ["--key-file", "/k"],
  ],
  [
    "keys that are out of date",
    "key file",
    sightOf(undefined, {
      keys: { value: new Map([...ringOf()].map(([id, key]) => [id, { ...key, notAfterMs: 1 }])) },
    }),
    /^fail: \/k: 1 key, valid now: none .* → pulso-server keygen/,
    ["--key-file", "/k"],
  ],
  [
    "a key file that cannot be read",
    "key file",
    sightOf(undefined, { keys: { error: new RangeError("Cannot use the key file /k: why") } }),
    /^fail: Cannot use the key file \/k: why$/,
    ["--key-file", "/k"],
  ],
  ["no page", "page", sightOf(undefined, { web: null }), /^ok: off/, ["--web", "off"]],
  ["a free port", "page", sightOf(), /^ok: free: would be served at http:\S+, for this machine/],
  [
    "a page for all",
    "page",
    sightOf(undefined, {
      web: {
        address: { hostname: "0.0.0.0", port: 8080 },
        url: "http://127.0.0.1:8080/",
        page: { value: { kind: "free" } },
      },
    }),
    /for a token that is made and logged/,
  ],
  ["an open page", "page", sightOf(open()), /^ok: a server answers at http:\S+, .*no token$/],
  [
    "the right token",
    "page",
    sightOf(open({}, true), READABLE),
    /^ok: a server answers at http:\S+ with the token of \/etc\/pulso\/token$/,
    TOKEN,
  ],
  [
    "a token that the server does not ask for",
    "page",
    sightOf(open(), READABLE),
    /^warn: .* without the token of .* → restart it/,
    TOKEN,
  ],
  ["another token", "page", sightOf({ kind: "locked" }, READABLE), /^fail: .*another token/, TOKEN],
  [
    "a made token",
    "page",
    sightOf({ kind: "locked" }),
    /^ok: .* asks for the token.* → journalctl/,
  ],
  [
    "a made token on macOS",
    "page",
    sightOf({ kind: "locked" }, { os: "darwin" }),
    / → it is in the URL that the server logged/,
  ],
  ["a server that refuses", "page", sightOf({ kind: "refused", answer: "503" }), /^fail: .*503/],
  [
    "another program",
    "page",
    sightOf({ kind: "foreign", answer: "HTTP status 404" }),
    /^warn: a program has \S+ and does not answer as pulso-server: HTTP status 404; a server would go on without/,
  ],
  [
    "another program where the page is wanted",
    "page",
    sightOf({ kind: "foreign", answer: "no HTTP" }),
    /^fail: a program has \S+ and does not answer as pulso-server: no HTTP → choose another address/,
    ["--web", "127.0.0.1:8080"],
  ],
  ["some hosts", "hosts", sightOf(open()), /^ok: 2 live, 1 offline$/],
  ["no host", "hosts", sightOf(open({ byStatus: { live: 0 } })), /^warn: none.* → pulso-agent/],
  ["a site", "bus", sightOf(open({ bus: SITE })), /^ok: nats:\/\/a is published to as berlin$/],
  [
    "a site without its bus",
    "bus",
    sightOf(open({ bus: { ...SITE, site: { ...SITE.site!, failure: "away", dropped: 3 } } })),
    /^warn: .*berlin; away; what waits is published later; 3 datagrams dropped → its log/,
  ],
  ["a view", "bus", sightOf(open({ bus: VIEW })), /^ok: nats:\/\/a is followed$/],
  [
    "a view that is behind",
    "bus",
    sightOf(open({
      bus: {
        ...VIEW,
        view: {
          ...{
            failure: "away",
            behindMs: 61_000,
            pending: 3,
            missed: 0,
            refused: 0,
            misdated: 0,
            notifies: null,
            sharing: 0,
          },
          sites: [{ site: "berlin", skewMs: 30_000, silentMs: 12_000, omitted: 0 }],
        },
      },
    })),
    /^warn: .*; away; the view is 1m behind; site berlin is silent; the clock of .* behind by 30/,
  ],
  [
    "a view alone",
    "udp",
    sightOf(undefined, { udp: { value: [] } }),
    /^ok: off: a view hears nothing but the bus/,
    ["--listen", "off", "--follow", "nats://a"],
  ],
  ["no alert", "alerts", sightOf(open()), /^ok: 0 active$/],
  [
    "all are told",
    "alerts",
    sightOf(open({ alerts: { total: 3, destinations: [destination("chat")] } })),
    /^ok: 3 active; chat 41 sent, 0 waiting, 0 given up$/,
  ],
  [
    "one is not",
    "alerts",
    sightOf(
      open({ alerts: { total: 3, destinations: [destination("chat"), destination("mail", 2)] } }),
    ),
    /^warn: 3 active; chat .*; mail 41 sent, 2 waiting, 0 given up \(no \\u202e\) → the page/,
  ],
  [
    "a wrong file",
    "alerts",
    sightOf(
      open({
        alerts: { total: 1, problem: "Cannot use the alerts file a.yaml: line 4: \u202eno" },
      }),
    ),
    /^warn: Cannot use the alerts file a.yaml: line 4: \S*no; the previous rules hold; 1 active → mend/,
  ],
  ["usual drops", "datagrams", sightOf(open()), /^ok: 1,234 accepted$/],
  [
    "drops",
    "datagrams",
    sightOf(open({ dropped: { old: 1, json: 2, key: 7 } })),
    /^warn: 1,234 accepted; 7 dropped \(key: sealed with.*\); 2 dropped \(json: not JSON\) →/,
  ],
  ["drops of the kernel", "datagrams", sightOf(open({ kernelDropped: 3 })), /^warn: .*; 3 lost by/],
  ["no hosts to compare with", "clock", sightOf(), /^ok: it says 2026-11-26T13:00:00Z; nothing/],
  ["clocks in step", "clock", sightOf(open()), /^ok: it says \S+, in step with 1 live host$/],
  [
    "one host's clock is off",
    "clock",
    sightOf(open({ hosts: [BEHIND, ...STEADY] })),
    /^warn: of 4 live hosts: db-1 is behind by 1h → set the clock there$/,
  ],
  [
    "most clocks are off",
    "clock",
    sightOf(open({ hosts: [BEHIND] })),
    /^warn: of 1 live host: db-1 .* this machine's own clock .* → timedatectl/,
  ],
  [
    "a clock that was never set",
    "clock",
    sightOf(open({ hosts: [BEHIND] }), { wallMs: 0 }),
    /^fail: it says 1970/,
  ],
  [
    "an environment that is not read",
    "environment",
    sightOf(undefined, { unheeded: { ...HEEDED, mayRead: false } }),
    /^warn: .* → run with --allow-env=PULSO_\*$/,
  ],
  [
    "an option that does nothing",
    "settings",
    sightOf(undefined, {
      unheeded: { ...HEEDED, vain: ["--keep has no effect: it needs --data"] },
    }),
    /^warn: --keep has no effect: it needs --data$/,
  ],
  ["that is kept in memory", "data", sightOf(), /^ok: would be kept in memory .*--data/],
];

for (const [name, subject, sight, line, argv] of CASES) {
  Deno.test(`the server's doctor on ${subject}: ${name}`, () => {
    const lines = linesOn(subject, sight, argv);
    assertEquals(lines.length, 1);
    assertMatch(lines[0]!, line);
  });
}

Deno.test("the server's doctor says nothing of what is not there", () => {
  for (
    const subject of [
      "replay",
      "key file",
      "token file",
      "hosts",
      "datagrams",
      "environment",
      "bus",
    ]
  ) {
    assertEquals(linesOn(subject, sightOf()), []);
  }
});
