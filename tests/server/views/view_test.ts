import { UNSAFE_CHARACTERS } from "../../../lib/common/text.js";
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { Host } from "../../../lib/server/fleet/host/host.ts";
import { hostOf } from "../fleet/hosts.ts";
import { passed } from "../../messages.ts";
import { formatTime } from "../../../lib/common/format.js";
import { Mutes } from "../../../lib/server/alerts/mutes.ts";
import {
  type LineContext,
  mute,
  renderJsonLine,
  renderLine,
} from "../../../lib/server/views/view.ts";
import type { Message } from "../../../lib/message/message.ts";

const RECEIVED_AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const NOW_MS = 60_000;
const HOSTILE = "\x1b[31m\n\x9b\u202e\u{e0041}\ud800";

const SAMPLE: Message = {
  v: 1,
  host: "web-01",
  interval: 5_000,
  cpu: { mean: 14.1, cores: [12.3, 15.9], iowait: 0.2, steal: 0 },
  memory: {
    total: 16 * 2 ** 30,
    used: 4 * 2 ** 30,
    free: null,
    available: null,
    swapTotal: null,
    swapUsed: null,
  },
  disk: { read: 0, write: 2_048, volumes: [{ mount: "/", total: 100, used: 60, free: 20 }] },
  network: { interfaces: [{ name: "eth0", rx: 1_024, tx: 10, rxLost: 0, txLost: 0 }] },
};

function context(changes: Partial<LineContext> = {}, host: Partial<Host> = {}): LineContext {
  const { message = SAMPLE } = changes;
  return {
    host: hostOf("web-01", {
      hostname: "192.0.2.7",
      port: 40_312,
      intervalMs: (message.v === 1 ? message.interval : null) ?? null,
      lastSeenMs: NOW_MS,
      ...host,
    }),
    message,
    sender: { hostname: "192.0.2.7", port: 40_312 },
    nowMs: NOW_MS,
    receivedAtMs: RECEIVED_AT_MS,
    ...changes,
  };
}

Deno.test("renderLine() tells a sample in one line", () => {
  assertEquals(
    renderLine(context()),
    "2026-01-02T03:04:05.678Z web-01 (192.0.2.7:40312) cpu 14%  memory 4.0G/16G  " +
      "volume / 75%  read 0B/s  write 2.0KB/s  receive 1.0KB/s  send 10B/s  lost –",
  );
});

Deno.test("renderLine() tells what is not known", () => {
  const unknown = context({ message: { v: 1, host: "web-01" } });
  assertEquals(
    renderLine({ ...unknown, host: passed(unknown.host, 1) }),
    "2026-01-02T03:04:05.678Z web-01 (192.0.2.7:40312) cpu –  memory –/–  " +
      "volume – –  read –  write –  receive –  send –  lost 0",
  );
});

Deno.test("renderLine() tells the numbers of a late datagram, not of the newest", () => {
  const late: Message = { ...SAMPLE, cpu: { mean: 99, cores: [], iowait: null, steal: null } };
  assertStringIncludes(
    renderLine(context({ message: late })),
    "cpu 99%",
  );
});

Deno.test("a late line tells who sent it, and not who sent the newest", () => {
  const sender = { hostname: "192.0.2.9", port: 5 };
  const late = context({ message: { ...SAMPLE, host: "web-02" }, sender });
  assertStringIncludes(renderLine(late), " web-02 (192.0.2.9:5) ");
  assertEquals(JSON.parse(renderJsonLine(late)).address, "192.0.2.9:5");
});

Deno.test("renderLine() tells a good-bye", () => {
  assertEquals(
    renderLine(context({ message: { v: 1, host: "web-01", bye: true } })),
    "2026-01-02T03:04:05.678Z web-01 (192.0.2.7:40312) bye",
  );
});

Deno.test("renderLine() makes a legacy body harmless", () => {
  const line = renderLine(context({ message: { v: 0, body: { [HOSTILE]: HOSTILE } } }));
  assertStringIncludes(line, "legacy {");
  assertEquals(line.match(UNSAFE_CHARACTERS), null);
});

Deno.test("renderJsonLine() keeps its keys in a stable order", () => {
  const unknown = context({ message: { v: 1, host: "web-01" } });
  assertEquals(
    renderJsonLine({ ...unknown, host: passed(unknown.host, 1, 3) }),
    `{"receivedAt":${RECEIVED_AT_MS},"address":"192.0.2.7:40312","status":"live",` +
      `"delivery":{"received":2,"lost":1,"recovered":0,"duplicate":0,"reordered":0,"old":0,"restarts":0,"beforeFirst":0,"pending":1},` +
      `"message":{"v":1,"host":"web-01"}}`,
  );
});

Deno.test("renderJsonLine() knows no delivery without a sequence, and a host that left", () => {
  const line = JSON.parse(renderJsonLine(context({}, { left: true })));
  assertEquals([line.delivery, line.status], [null, "left"]);
  assertEquals(line.message, SAMPLE);
});

Deno.test("renderJsonLine() brings a legacy body through whole and harmless", () => {
  const body = { [HOSTILE]: [HOSTILE], deep: JSON.parse("[".repeat(3_000) + "]".repeat(3_000)) };
  const line = renderJsonLine(context({ message: { v: 0, body } }));
  assertEquals(line.match(UNSAFE_CHARACTERS), null);
  assertEquals(line.includes("\n"), false);
  const { message } = JSON.parse(line);
  assertEquals(message[HOSTILE], [HOSTILE]);
});

Deno.test("mute() mutes and ends mutes, and tells what came of it", () => {
  const mutes = new Mutes(() => NOW_MS);
  const hour = 3_600_000;
  assertEquals(
    mute(mutes, { filter: "role:db", forMs: hour }),
    `Muted until ${formatTime(NOW_MS + hour)}`,
  );
  const [{ id, filter, untilMs }] = mutes.list() as [ReturnType<typeof mutes.list>[number]];
  assertEquals([filter, untilMs], ["role:db", NOW_MS + hour]);
  assertEquals(mute(mutes, { end: id }), "Muted no more");
  assertEquals(mutes.list(), []);
  // One that has ended by itself is ended, too.
  assertEquals(mute(mutes, { end: id }), "Muted no more");
});

Deno.test("mute() tells why it cannot, and hides no other fault", () => {
  const mutes = new Mutes(() => NOW_MS);
  assertEquals(
    mute(mutes, { filter: "web", forMs: 1 }),
    'Cannot mute "web": it must be for 1m to 365d',
  );
  assertEquals(mutes.list(), []);
  const broken = {
    add: () => {
      throw new TypeError("broken");
    },
    remove: () => [],
  };
  assertThrows(() => mute(broken, { filter: "web", forMs: 1 }), TypeError, "broken");
});
