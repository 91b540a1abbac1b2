import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Message } from "../../../../../lib/message/message.ts";
import {
  renderHostPage,
  renderLegacy,
} from "../../../../../lib/server/views/terminal/pages/host_page.ts";
import { lineWidth } from "../../../../../lib/server/views/terminal/text/line.ts";
import type { HostDetail } from "../../../../../lib/server/views/terminal/state/hosts.ts";
import {
  FIRST_STATE,
  type ViewState,
} from "../../../../../lib/server/views/terminal/state/state.ts";
import {
  assertFrame,
  detail,
  linesText,
  MAY_READ_FRAMES,
  NO_PAST,
  NOW_MS,
  row,
  withoutTimes,
} from "../samples.ts";

const GIB = 2 ** 30;

/** The lines of a page that has numbers and no charts where no past is given. */
function linesOf(host: HostDetail, columns: number, demand: Partial<ViewState> = {}) {
  return renderHostPage(host, NOW_MS, { columns, rows: 20 }, { ...FIRST_STATE, ...demand });
}

const MESSAGE: Message = {
  v: 1,
  host: "web-01",
  id: "AbCdEfGhIjKlMnOpQrStUv",
  session: "mf2k9x1-7Qp",
  seq: 1_240,
  cpu: { mean: 14.1, cores: [12.3, 15.9, null, 100], iowait: 0.2, steal: 0 },
  memory: {
    total: 16 * GIB,
    used: 7.4 * GIB,
    free: GIB,
    available: 8.6 * GIB,
    swapTotal: 2 * GIB,
    swapUsed: 0.1 * GIB,
  },
  disk: {
    read: 1_200_000,
    write: 0,
    volumes: [
      { mount: "/", total: 49e9, used: 35e9, free: 12e9 },
      { mount: "/var/lib/docker/volumes", total: 2e12, used: 1.9e12, free: 0.1e12 },
    ],
    omitted: 3,
  },
  network: {
    interfaces: [
      { name: "eth0", rx: 34_000, tx: 560, rxLost: 0, txLost: 0 },
      { name: "eth1", rx: null, tx: null, rxLost: 12, txLost: 3 },
    ],
  },
};

Deno.test("renderHostPage() tells when a host was rebooted", () => {
  const text = linesText(linesOf(detail({ message: MESSAGE, rebootedMs: NOW_MS - 125_000 }), 120));
  assertStringIncludes(withoutTimes(text), "rebooted 12 Jan 1970, hh:mm:ss · 192.0.2.7:40312");
});

/** Seven points 5 s apart with a little jitter, and two missing between. */
const PAST = {
  times: [-45, -40, -35, -20, -15, -10, -5].map((seconds, index) =>
    NOW_MS + seconds * 1_000 + index * 30
  ),
  history: {
    ...NO_PAST,
    cpu: [10, 20, 30, null, 90, 100, 0],
    receive: [1e6, 2e6, 0, 3e6, 3e6, null, 1e6],
    send: [0, 0, 0, 0, 0, 0, 0],
    memory: [40, 40, 40, 50, 50, 50, 50],
    read: [0, 0, 0, 0, 0, 0, 1e6],
    write: [0, 0, 0, 0, 0, 0, 0],
  },
};

Deno.test({
  name: "renderHostPage() shows everything of a host (needs --allow-read)",
  ignore: !MAY_READ_FRAMES,
  fn() {
    const demand = { formulas: true, delivery: true };
    const lines = linesOf(detail({ message: MESSAGE, ...PAST }), 120, demand);
    assertFrame("host-page-120", linesText(lines));
  },
});

Deno.test({
  name: "renderHostPage() loses nothing on a narrow screen (needs --allow-read)",
  ignore: !MAY_READ_FRAMES,
  fn() {
    const lines = linesOf(detail({ message: MESSAGE, ...PAST }), 40);
    assertEquals(Math.max(40, ...lines.map(lineWidth)), 40);
    assertFrame("host-page-40", linesText(lines));
  },
});

Deno.test("renderHostPage() shows disks, links, sensors and numbers of a host's own", () => {
  const message: Message = {
    ...{ v: 1, host: "web-01", extra: { backup_age_hours: 9.25, failed_units: 0 } },
    disk: {
      ...{ read: 4.2e6, write: 7e6 },
      disks: [
        { name: "sda", read: 4.2e6, write: 6.1e6, ops: 812.4, wait: 0.62, busy: 41, queue: 0.51 },
        { name: "sdb", read: 0, write: 9e5, ops: 0, wait: null, busy: 9, queue: 0.1 },
      ],
      volumes: [{ mount: "/", total: 49e9, used: 35e9, free: 12e9, inodes: 11.2, ro: 1 }],
    },
    network: {
      interfaces: [
        {
          ...{ name: "eth0", rx: 34_000, tx: 560, rxLost: 0, txLost: 0 },
          ...{ rxBytes: 812e9, txBytes: 14e9, up: 1, speed: 10_000 },
        },
      ],
      ...{ tcp: 412, retrans: 0.3, overflows: 17, udpErrors: 0 },
    },
    sensors: {
      temps: [{ name: "nvme0 Composite", celsius: 46.9 }],
      fans: [{ name: "CPU Fan", rpm: 1_180 }],
      battery: 81,
    },
  };
  const lines = linesText(linesOf(detail({ message }), 100)).split("\n");
  const shown = lines.filter((line) => !/not sent|^$/.test(line)).slice(-13);
  assertEquals(
    shown.join("\n"),
    `\
DISK       read 4.0MB/s   write 6.7MB/s
            74% ━━━━━━━━━━━━━━━━╸───── /   used  33G of  46G   free  11G   inodes  11%   ro yes
            41% ━━━━━━━━━───────────── sda   read 4.0MB/s   write 5.8MB/s   ops   812   wait 0.6 ms
           queue  0.51
             9% ━━──────────────────── sdb   read    0B/s   write 879KB/s   ops  0.00   wait      –
           queue  0.10
NETWORK    tcp 412     retrans 0%     overflows 17      udp errors 0
           eth0   recv  33KB/s   send  560B/s   recv lost 0   send lost 0   recv all 756G
           send all  13G   up yes   speed 10 Gbit/s
SENSORS    battery 81%
           nvme0 Composite   temp 47 °C
           CPU Fan   rpm 1,180
CUSTOM     backup_age_hours 9.25   failed_units 0`,
  );
});

Deno.test("renderHostPage() tells not sent from could not be read, and unknown from none", () => {
  const message: Message = {
    v: 1,
    host: "web-01",
    cpu: null,
    disk: { read: null, write: null, volumes: [] },
  };
  assertEquals(
    linesText(linesOf(detail({ message, delivery: null }), 80)),
    `\
← web-01  ● live  2s ago
192.0.2.7:40312 · every 5s

1,234 datagrams received; loss unknown: no sequence numbers.

CPU        could not be read

MEMORY     not sent

DISK       read –         write –

NETWORK    not sent

SYSTEM     not sent`,
  );
});

Deno.test("renderHostPage() shows a legacy host's JSON", () => {
  const message = { v: 0, body: { cpu: 12.5, note: "\x1b[31m" } } as const;
  assertStringIncludes(
    linesText(linesOf(detail({ message, delivery: null }), 80)),
    'LEGACY     {\n             "cpu": 12.5,\n             "note": "\\u001b[31m"\n           }',
  );
});

Deno.test("renderHostPage() tells how regularly datagrams come, where that is known", () => {
  const text = (changes: Parameters<typeof detail>[0]) => linesText(linesOf(detail(changes), 100));
  const known = text({ jitterMs: 1.26, clockOffsetMs: -35.2 });
  assertStringIncludes(known, "jitter 1.3 ms, clock ahead by 35 ms.");
  assertEquals(/jitter|clock/.test(text({})), false);
});

Deno.test("renderHostPage() tells when several machines share an id", () => {
  const shared = detail({ row: row("web-01", { sharedWith: "192.0.2.99:4000" }) });
  const text = linesText(linesOf(shared, 100));
  assertStringIncludes(text, "≡ shares its id with 192.0.2.99:4000: see --id");
});

Deno.test("renderHostPage() tells that a host is refused, and why", () => {
  const refusal = { reason: "clock", count: 1_234, lastMs: NOW_MS - 3_000 } as const;
  const refused = detail({ row: row("web-01", { refused: refusal }) });
  const text = linesText(linesOf(refused, 100));
  assertStringIncludes(text, "refused (clock): 1,234, the last 3s ago");
});

Deno.test("renderLegacy() lays JSON out", () => {
  const body = { host: "pc", list: [1, 2], disks: [{ m: "C:" }], empty: {}, none: null };
  assertEquals(
    linesText(renderLegacy({ v: 0, body }, 80)),
    `{
  "host": "pc",
  "list": [1,2],
  "disks": [
    {
      "m": "C:"
    }
  ],
  "empty": {},
  "none": null
}`,
  );
});

Deno.test("renderLegacy() goes on in the next line", () => {
  assertEquals(
    linesText(renderLegacy({ v: 0, body: { a: "東京東京" } }, 8)),
    '{\n  "a": "\n東京東京\n"\n}',
  );
});

Deno.test("renderLegacy() shows control characters, and obeys none", () => {
  const text = linesText(renderLegacy({ v: 0, body: { "\x9b": "\x1b[31m\u202e" } }, 80));
  assertEquals(text, '{\n  "\\x9b": "\\u001b[31m\\u202e"\n}');
});

Deno.test("renderLegacy() stays short, however deep the JSON is", () => {
  const deep = JSON.parse("[".repeat(4_000) + "]".repeat(4_000));
  const lines = renderLegacy({ v: 0, body: { deep } }, 80);
  assert(lines.length < 200);
});

Deno.test("renderHostPage() shows tags and numbers of the host's own", () => {
  const message: Message = { v: 1, host: "web-01", extra: { backup_age_hours: 9.25, failed: 0 } };
  const lines = linesOf(
    detail({ message, row: row("web-01", { tags: { role: "db", site: "fra" } }) }),
    80,
  );
  const text = linesText(lines);
  assertStringIncludes(text, "192.0.2.7:40312 · role=db site=fra · every 5s");
  assertStringIncludes(text, "\nCUSTOM     backup_age_hours 9.25   failed 0");
  assert(!linesText(linesOf(detail({}), 80)).includes("CUSTOM"));
});

Deno.test("renderHostPage() shows several ways side by side, and says which one loses", () => {
  const way = { received: 98, duplicate: 0, jitterMs: 1.25, lastMs: NOW_MS };
  const ways = {
    recent: { sent: 100, lost: 0 },
    sites: [
      { ...way, site: "ams", lost: 0, delayMs: 0, recent: { sent: 100, lost: 0 } },
      { ...way, site: "fra", lost: 6, delayMs: 9.5, recent: { sent: 100, lost: 6 } },
    ],
  };
  const text = linesText(linesOf(detail({ ways }), 200));
  assertStringIncludes(text, "To ams: 0 of 98 lost, delay +0.0 ms, jitter 1.3 ms.");
  assertStringIncludes(text, "To fra: 6 of 104 lost, delay +9.5 ms, jitter 1.3 ms.");
  assertStringIncludes(text, "In the last half hour lost on the way to fra only: that way.");
});

Deno.test("renderHostPage() says how a host is, and when it was heard, whatever it is called", () => {
  for (const columns of [40, 80, 200]) {
    const textAt = (ageMs: number) =>
      linesText(
        linesOf(detail({ row: row("x".repeat(300), { status: "offline", ageMs }) }), columns),
      );
    const text = textAt(240_000);
    assertStringIncludes(text, "…  ✗ offline");
    assertMatch(text, /^ *4m ago, last heard \d\d:\d\d:\d\d$/m);
    assertMatch(textAt(12 * 3_600_000), /^ *12h ago, last heard \d+ \w+ \d+, \d\d:\d\d:\d\d$/m);
  }
});

Deno.test("renderHostPage() shows counts of datagrams where they are seen at once", () => {
  for (const columns of [60, 120]) {
    const lines = linesText(linesOf(detail({ message: MESSAGE }), columns, { delivery: true }))
      .split("\n");
    const at = lines.findIndex((line) => line.includes("DATAGRAMS"));
    assert(at > 0 && at < 8, lines.join("\n"));
  }
});

Deno.test("renderHostPage() says that nothing is known of a time", () => {
  const shown = { fromMs: 0, toMs: 3_600_000, stepMs: 12_000, values: {}, gaps: [], shares: {} };
  const ranges = { range: 1, untilMs: 3_600_000, shown };
  const text = linesText(linesOf(detail({ ranges }), 80));
  assertStringIncludes(text, "Nothing is known of this time.");
  assert(!linesText(linesOf(detail(), 80)).includes("Nothing is known"));
});
