import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { VERSION } from "../../lib/common/options.ts";
import { readServerOptions } from "../../lib/server/options.ts";
import { readBasePath, readHostName } from "../../lib/server/page_options.ts";
import { SERVER_USAGE } from "../../lib/server/program.ts";
import { table } from "../readers.ts";
import { readNetwork } from "../../lib/common/address.ts";

const nothing = () => undefined;
const server = (...argv: string[]) => readServerOptions(argv, nothing);
const at = (hostname: string, port: number) => ({ hostname, port });

const DAY_MS = 24 * 3_600_000;

const COMMON = {
  "key-file": null,
  "log-level": "info",
  "log-format": "text",
  version: false,
  help: false,
};

Deno.test("readServerOptions() has the server's defaults", () => {
  assertEquals(server(), {
    listen: at("::", 5005),
    web: null,
    "web-token-file": null,
    "web-open": false,
    "web-host": [],
    "web-base": "/",
    "web-proxy": [],
    status: [],
    view: null,
    history: 900_000,
    data: null,
    keep: { minute: 30 * DAY_MS, hour: 730 * DAY_MS },
    "keep-size": 20 * 2 ** 30,
    alerts: null,
    allow: [],
    "max-hosts": 10_000,
    auth: null,
    record: null,
    "record-keep": 10 * 2 ** 30,
    "remote-write": [],
    "remote-write-interval": 15_000,
    "remote-write-token-file": null,
    "history-from": null,
    "history-from-token-file": null,
    heartbeat: null,
    bus: null,
    site: null,
    follow: null,
    "follow-since": 900_000,
    partitions: { first: 0, last: 63, count: 64 },
    "bus-credentials-file": null,
    "bus-ca-file": null,
    front: null,
    "front-token-file": null,
    replay: null,
    speed: 1,
    from: null,
    to: null,
    ...COMMON,
  } as ReturnType<typeof server>);
});

Deno.test("readServerOptions() reads every option", () => {
  const argv = [
    ...["--listen", "[::]:6000", "--web", "127.0.0.1", "--view", "json", "--history", "1h"],
    ...["--max-hosts", "5", "--log-level=error", "--allow-net"],
    ...["--key-file", "keys", "--auth", "mixed"],
    ...["--data", "dir", "--keep", "1m=2w,1h=1y", "--keep-size", "1.5G"],
    ...[
      "--web-token-file",
      "token",
      "--web-host",
      "a.example",
      "--web-host=b",
      "--status=public=role:web",
      "--web-base",
      "pulso",
    ],
    ...["--allow", "192.0.2.0/24", "--allow=::1", "--web-proxy", "10.0.0.0/8"],
    ...["--alerts", "rules.yaml", "--record", "DIR", "--record-keep=500M"],
    ...["--remote-write", "http://a:9090/w", "--remote-write=https://b"],
    ...["--remote-write-interval=1m", "--remote-write-token-file", "write-token"],
    ...["--history-from", "https://a/b", "--history-from-token-file", "query-token"],
    ...["--heartbeat", "https://watch.example/ping/1"],
    ...["--bus", "tls://a,tls://b:4333", "--site", "berlin", "--partitions", "0-7/8"],
    ...["--follow-since", "5m", "--bus-credentials-file", "bus.creds", "--bus-ca-file", "ca.pem"],
  ];
  assertEquals(server(...argv), {
    listen: at("::", 6000),
    web: at("127.0.0.1", 8080),
    "web-token-file": "token",
    "web-open": false,
    "web-host": ["a.example", "b"],
    "web-base": "/pulso/",
    "web-proxy": [readNetwork("10.0.0.0/8")],
    status: [{ name: "public", filter: "role:web" }],
    view: "json",
    history: 3_600_000,
    data: "dir",
    keep: { minute: 14 * DAY_MS, hour: 365 * DAY_MS },
    "keep-size": 1.5 * 2 ** 30,
    alerts: "rules.yaml",
    allow: [readNetwork("192.0.2.0/24"), readNetwork("::1")],
    "max-hosts": 5,
    auth: "mixed",
    record: "DIR",
    "record-keep": 500 * 2 ** 20,
    "remote-write": ["http://a:9090/w", "https://b/"].map((url) => new URL(url)),
    "remote-write-interval": 60_000,
    "remote-write-token-file": "write-token",
    "history-from": new URL("https://a/b/api/v1/"),
    "history-from-token-file": "query-token",
    heartbeat: new URL("https://watch.example/ping/1"),
    bus: [new URL("tls://a"), new URL("tls://b:4333")],
    site: "berlin",
    follow: null,
    "follow-since": 300_000,
    partitions: { first: 0, last: 7, count: 8 },
    "bus-credentials-file": "bus.creds",
    "bus-ca-file": "ca.pem",
    front: null,
    "front-token-file": null,
    replay: null,
    speed: 1,
    from: null,
    to: null,
    ...COMMON,
    "key-file": "keys",
    "log-level": "error",
  } as ReturnType<typeof server>);
});

Deno.test("readServerOptions() reads several networks from one variable", () => {
  const variables: Record<string, string> = { PULSO_ALLOW: "10.0.0.0/8, 2001:db8::/32" };
  const { allow } = readServerOptions([], (name) => variables[name]);
  assertEquals(allow, [readNetwork("10.0.0.0/8"), readNetwork("2001:db8::/32")]);
});

Deno.test("readServerOptions() opens the page to everybody for a word that says so, and no other", async (t) => {
  for (const [word, isOpen] of [["yes", true], ["1", true], ["no", false], ["0", false]] as const) {
    await t.step(word, () => {
      assertEquals(server(`--web-open=${word}`)["web-open"], isOpen);
      const variables: Record<string, string> = { PULSO_WEB_OPEN: word };
      assertEquals(readServerOptions([], (name) => variables[name])["web-open"], isOpen);
    });
  }
});

Deno.test("readServerOptions() finds a query API by its beginning or any path of it", () => {
  for (const path of ["", "/", "/api/v1", "/api/v1/", "/api/v1/query_range", "/api/v1/write?a=b"]) {
    for (const base of ["", "/prometheus", "/select/0/prometheus"]) {
      const { "history-from": url } = server("--history-from", `http://a:9090${base}${path}`);
      assertEquals(url!.href, `http://a:9090${base}/api/v1/`);
    }
  }
});

Deno.test("readServerOptions() reads how to play a record", () => {
  const times = ["--from", "2026-11-26 13:05", "--to", "2026-11-26T15:05:00.5+01:00"];
  const { replay, speed, from, to } = server("--replay", "DIR", "--speed", "max", ...times);
  assertEquals([replay, speed], ["DIR", Infinity]);
  assertEquals(from, Date.UTC(2026, 10, 26, 13, 5));
  assertEquals(to, Date.UTC(2026, 10, 26, 14, 5, 0, 500));
});

const NOTHING_NEW = "nothing new comes that could be kept";

const FRONT = ["--listen", "off", "--front", "http://a/x"];

Deno.test("readServerOptions() reads where the pages of views are", () => {
  const { front } = server("--listen", "off", "--front", "http://a:8080, https://b/pulso");
  assertEquals(front?.map(({ href }) => href), ["http://a:8080/", "https://b/pulso/"]);
});

Deno.test("readServerOptions() refuses with one line", async (t) => {
  const cases: [string[], string][] = [
    [["--listen", "5005:x"], "it must be HOST:PORT"],
    [["--web", "yes:"], "it must be HOST:PORT"],
    [["--web-host", "a:80"], "it must be a name"],
    [["--status", "public"], "it must be such as public=role:web"],
    [["--status", "Public=x"], "it must be such as"],
    [["--status", "a/b=x"], "it must be such as"],
    [["--status", "a=cpu>"], "its filter is not understood"],
    [["--status", "a=x", "--status", "a=y"], 'two pages are called "a"'],
    [["--remote-write", "prometheus:9090"], "it must be a URL such as http://"],
    [["--heartbeat", "watch.example"], "it must be a URL such as https://watch.example/"],
    [["--history-from", "a:9090"], "it must be a URL such as http://prometheus.example:9090"],
    [["--remote-write", "ftp://a/"], "it must be a URL such as http://"],
    [["--remote-write", "http://me:secret@a/"], "a name and a password belong in a file"],
    [["--remote-write-interval", "10ms"], "it must be from 1s to 1h"],
    [
      ["--replay", "DIR", "--remote-write", "http://a/"],
      `--remote-write with --replay: ${NOTHING_NEW}`,
    ],
    [["--web-proxy", "proxy"], "it must be a network or an address"],
    [["--web-open", "--web-token-file", "t"], "only one can be meant"],
    [
      ["--web-open=maybe"],
      'Cannot use --web-open "maybe": it must be true, false, yes, no, 1 or 0',
    ],
    [["--web-open="], 'Cannot use --web-open ""'],
    [["--web-open=off"], 'Cannot use --web-open "off"'],
    [["--no-web-open"], "did you mean --web-open=no?"],
    [["--view", "tabel"], "json, none; did you mean table?"],
    [["--view", "grid"], "it must be one of table, lines, json, none"],
    [["--history", "1s"], "it must be from 1m to 24h"],
    [["--max-hosts", "0"], "it must be a whole number from 1 to 1000000"],
    [
      ["--allow", "10.0.0.0/33"],
      'Cannot use --allow "10.0.0.0/33": the length after its / must be',
    ],
    [
      ["--allow", "::1", "--allow", "web-01"],
      'Cannot use --allow "web-01": it must be a network or',
    ],
    [["--allow="], "Cannot use --allow: it needs a value, CIDR"],
    [["--max-host", "5"], "did you mean --max-hosts?"],
    [["--veiw=json"], "did you mean --view?"],
    [["--auth", "on", "--key-file", "k"], "it must be one of off, mixed, require"],
    [["--auth", "require"], "Cannot use --auth require: it needs --key-file"],
    [["--auth", "mixed"], "Cannot use --auth mixed: it needs --key-file"],
    [["--record", "a", "--replay", "b"], `Cannot use --record with --replay: ${NOTHING_NEW}`],
    [["--data", "a", "--replay", "b"], `Cannot use --data with --replay: ${NOTHING_NEW}`],
    [["--bus", "nats://a", "--site", "a", "--replay", "b"], "what is played is not news"],
    [["--bus", "nats://a"], "Cannot use --bus: it needs --site NAME"],
    [["--bus", "http://a", "--site", "a"], "it must be a URL such as nats://bus.example:4222"],
    [["--bus", "nats://a,tls://b", "--site", "a"], "all its servers must be reached alike"],
    [["--bus", "nats://u:p@a", "--site", "a"], "belong in a file, and not on a command line"],
    [["--bus", "nats://a", "--site", "a.b"], "it must be 1 to 32 of A-Z, a-z, 0-9, - and _"],
    [["--bus", "nats://a", "--site", "a", "--partitions", "0-7/64"], "a site publishes all"],
    [["--follow", "nats://a"], "a view hears nothing but the bus; add --listen off"],
    [["--front", "http://a"], "a front hears nothing but its views; add --listen off"],
    [["--front", "a:8080"], "it must be a URL such as http://view-1.example:8080"],
    [["--front", "http://a,http://a/"], "http://a/ is named twice"],
    [["--front", "http://u:p@a"], "a name and a password belong in a file"],
    [[...FRONT, "--web", "off"], "a front is nothing but its page"],
    [[...FRONT, "--follow", "nats://a"], "Cannot use --front with --follow: a front shows"],
    [["--follow", "nats://a", "--bus", "nats://a"], "does not go back to it"],
    [["--listen", "off"], "nothing would be received; --follow says from where"],
    [["--partitions", "7-3/64"], "it must be A-B/N, such as 0-31/64, with N at most 1024"],
    [["--partitions", "0-9/9000"], "it must be A-B/N"],
    [["--speed", "0"], 'Cannot use --speed "0": it must be max, or a number from 0.1 to 10000'],
    [
      ["--from", "yesterday"],
      'Cannot use --from "yesterday": it must be a time such as 2026-11-26T13:05Z',
    ],
    [
      ["--from", "2026-02-30T00:00Z"],
      'Cannot use --from "2026-02-30T00:00Z": it must be a time such as 2026-11-26T13:05Z',
    ],
    [
      ["--from", "2026-11-26T13:05Z", "--to", "2026-11-26T13:05+01:00"],
      "Cannot use --from 2026-11-26T13:05:00.000Z: it is later than --to 2026-11-26T12:05:00.000Z",
    ],
  ];
  for (const [argv, text] of cases) {
    await t.step(argv.join(" "), () => {
      const { message } = assertThrows(() => server(...argv), RangeError, text);
      assert(!message.includes("\n"), message);
    });
  }
});

Deno.test("SERVER_USAGE names every option in lines of at most 100 columns", () => {
  const usage = SERVER_USAGE;
  for (const name of Object.keys(server())) assertStringIncludes(usage, `\n  --${name} `);
  for (const line of usage.split("\n")) assert(line.length <= 100, `${line.length}: ${line}`);
  assertStringIncludes(usage, VERSION);
});

table(
  "readHostName() reads a name without a port",
  readHostName,
  [["localhost", "localhost"], ["a_b-1.example.org", "a_b-1.example.org"]],
  ["", "a:1", "a..b", ".a", "a/b", "[::1]", "x".repeat(254)],
  "it must be a name",
);

table(
  "readBasePath() reads a path between slashes",
  readBasePath,
  [
    ["/", "/"],
    ["/pulso/", "/pulso/"],
    ["/pulso", "/pulso/"],
    ["pulso", "/pulso/"],
    ["/it/monitor-2.0/", "/it/monitor-2.0/"],
  ],
  ["", "//", "//evil.example/", "/a//b/", "/../", "/a/..", "/a b/", "/a%2fb/", "/a?b/", '/"/'],
  "it must be a path such as /pulso/",
);

table(
  "readBasePath() keeps the server's own paths apart",
  readBasePath,
  [["/my/api/", "/my/api/"], ["/apis/", "/apis/"]],
  ["/api/", "hosts", "/assets/x/", "/metrics", "/healthz/", "/grid/", "compare", "/ways/x/"],
  "the server has a path of its own that begins with /",
);
