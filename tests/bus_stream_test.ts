/** Streams that are not as sites need them: full, too narrow, deleted, or of another number of partitions. */
import { assert, assertEquals } from "@std/assert";
import { DiscardPolicy } from "@nats-io/jetstream";
import { ALL_SUBJECTS, STREAM } from "../lib/server/bus/subjects.ts";
import { AskedServer } from "./asked_server.ts";
import { inFolder } from "./files.ts";
import { jsonOf } from "./messages.ts";
import { administer, HAS_NATS, NatsServer, NEEDS_NATS } from "./nats.ts";

function test(name: string, fn: (nats: NatsServer) => Promise<void>): void {
  Deno.test({
    name: `${name} (${NEEDS_NATS})`,
    ignore: !HAS_NATS,
    fn: () =>
      inFolder(async (folder) => {
        await using nats = await NatsServer.start(folder);
        await fn(nats);
      }),
  });
}

const makeStream = (nats: NatsServer, config = {}) =>
  administer(
    nats,
    ({ streams }) => streams.add({ name: STREAM, subjects: [ALL_SUBJECTS], ...config }),
  );

const siteOf = (nats: NatsServer, ...more: string[]) =>
  AskedServer.start(["--bus", nats.url, "--site", "a", ...more]);
const viewOf = (nats: NatsServer, ...more: string[]) =>
  AskedServer.startView(["--follow", nats.url, ...more]);

/** Sends long datagrams of some hosts, of which the site has room for so many at once; all have come then. */
async function send(site: AskedServer, from: number, to: number, hosts = 10): Promise<void> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const cpu = { mean: 1, cores: Array.from({ length: 256 }, (_, n) => n / 10) };
  let { received } = await site.totals();
  for (let seq = from; seq < to; seq++) {
    for (let n = 0; n < hosts; n++) {
      const said = { id: `h${n}`, host: `h${n}`, session: "s", seq, interval: 60_000, cpu };
      await socket.send(jsonOf({ v: 1, ...said }), site.to);
    }
    await site.waitFor(received += hosts);
  }
  socket.close();
}

/** Waits until a site says why it cannot publish; nothing where it can. */
const untilFails = (site: AskedServer, failure: string | null) =>
  site.waitUntil(async () => (await site.get("/api/fleet?limit=1")).bus.site.failure === failure);

/** Waits until a view has all of a site, of which nothing was lost or came twice. */
async function untilWhole(view: AskedServer, site: AskedServer): Promise<void> {
  const { accepted } = await site.totals();
  await view.waitUntil(async () => (await view.totals()).accepted >= accepted);
  const totals = await view.totals();
  const { bus } = await site.get("/api/fleet?limit=1");
  const { dropped, waitingBytes, published } = bus.site;
  assertEquals([totals.accepted, totals.lost, totals.dropped], [accepted, 0, {}]);
  assertEquals([published, dropped, waitingBytes], [accepted, 0, 0]);
}

test("a stream that is full, and then takes no message so long, is waited for", async (nats) => {
  await makeStream(nats, { discard: DiscardPolicy.New, max_bytes: 40_000 });
  await using site = await siteOf(nats);
  await using view = await viewOf(nats);
  await send(site, 1, 6);
  await untilFails(site, "maximum bytes exceeded");
  const update = (config: object) =>
    administer(nats, ({ streams }) => streams.update(STREAM, config));
  // Less than a single one takes: also a site that has already published what waited has none to publish then.
  await update({ max_bytes: 100_000_000, max_msg_size: 1_000 });
  await send(site, 6, 11);
  await untilFails(site, "message size exceeds maximum allowed");
  await update({ max_msg_size: -1 });
  await untilWhole(view, site);
  const told = [
    ...site.running.stderr.text.matchAll(/ (Publishing to the bus at|Cannot publish|again$)/gm),
  ];
  // Between the two it may publish for a moment, or not.
  const once = ["Cannot publish", "again"];
  const words = told.map(([, word]) => word!).slice(1);
  assertEquals(words, words.length === 2 ? once : [...once, ...once]);
});

test("a stream that is deleted is made anew, and a view goes on with it", async (nats) => {
  await makeStream(nats);
  await using site = await siteOf(nats);
  await using view = await viewOf(nats);
  await send(site, 1, 4);
  await untilWhole(view, site);
  await administer(nats, ({ streams }) => streams.delete(STREAM));
  // It counts from 1 again.
  await send(site, 4, 7);
  await untilWhole(view, site);
  assert(site.running.stderr.text.includes("The stream PULSO of the bus keeps 1h"));
});

test("a site that comes back with other partitions is followed in order", async (nats) => {
  await makeStream(nats);
  {
    await using site = await siteOf(nats);
    await send(site, 1, 4);
    await untilFails(site, null);
    assertEquals(await site.running.stop(), 0);
  }
  await using view = await viewOf(nats);
  await using part = await viewOf(nats, "--partitions", "0-31/64");
  await using site = await siteOf(nats, "--partitions", "0-15/16");
  await send(site, 4, 7);
  await view.waitUntil(async () => (await view.totals()).accepted === 60);
  assertEquals([(await view.totals()).lost, (await view.totals()).dropped], [0, {}]);
  await part.running.stderr.find(
    (line) => line.includes("Site a has 16 partitions, this view has a part of 64"),
    "the warning",
  );
});

test("of two servers that publish as one site nothing counts twice, and it is told", async (nats) => {
  await makeStream(nats);
  await using one = await siteOf(nats);
  await using other = await siteOf(nats);
  await using view = await viewOf(nats);
  for (let seq = 1; seq < 9; seq++) for (const site of [one, other]) await send(site, seq, seq + 1);
  await view.waitUntil(async () => (await view.totals()).received === 160);
  const { accepted, lost, dropped } = await view.totals();
  assertEquals([accepted, lost, dropped], [80, 0, { duplicate: 80 }]);
  await view.running.stderr.find(
    (line) => line.includes("Several servers publish as site a"),
    "the warning",
  );
});
