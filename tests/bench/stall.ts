// deno-lint-ignore-file no-console
/**
 * A site under load whose engine is away until more waits than may: the memory of the site, what it drops, and
 * how long site and view take to catch up. `deno run --allow-all tests/bench/stall.ts [PER_SECOND [AWAY_S]]`;
 * with 0 s it shows the same without a stall. Linux with nats-server; it ends by itself.
 */
import { AskedServer } from "../asked_server.ts";
import { inFolder } from "../files.ts";
import { NatsServer } from "../nats.ts";
import { memoryMiB } from "./process_cost.ts";
import { readSocket } from "./socket_watch.ts";

const [perSecond = 10_000, awayS = 40] = Deno.args.map(Number);
const [BEFORE_S, AFTER_S, LOOK_MS] = [15, 30, 200] as const;
const SIZE = ["--max-hosts", String(2 * perSecond), "--history", "2m"];

/** How a site and its view are at a time. */
interface Look {
  readonly atMs: number;
  readonly residentMiB: number;
  readonly waitingBytes: number;
  readonly siteDropped: number;
  readonly kernelDropped: number;
  readonly accepted: number;
  readonly pending: number;
  readonly behindMs: number;
  /** How long the view took to answer. */
  readonly answerMs: number;
}

await inFolder(async (folder) => {
  await using nats = await NatsServer.start(folder);
  await using site = await AskedServer.start(["--bus", nats.url, "--site", "a", ...SIZE]);
  await using view = await AskedServer.startView(["--follow", nats.url, ...SIZE]);
  const looks: Look[] = [];
  let isOver = false;
  const looking = (async () => {
    while (!isOver) {
      looks.push(await look(site, view));
      await pause(LOOK_MS);
    }
  })();
  const sending = load(site, BEFORE_S + awayS + AFTER_S);
  // Its program takes a while to start.
  await site.waitUntil(async () =>
    await pause(50).then(() => site.totals()).then(({ accepted }) => accepted > 0)
  );
  await pause(BEFORE_S * 1_000);
  const goneMs = Date.now();
  if (awayS > 0) await nats.kill();
  await pause(awayS * 1_000);
  if (awayS > 0) await nats.start();
  const backMs = Date.now();
  const sent = await sending;
  await site.waitUntil(async () => (await look(site, view)).waitingBytes === 0);
  await view.waitUntil(async () => (await look(site, view)).pending === 0);
  await pause(2_000);
  isOver = true;
  await looking;
  const endMs = backMs + AFTER_S * 1_000;
  const parts = {
    before: looks.filter(({ atMs }) => atMs < goneMs),
    away: looks.filter(({ atMs }) => atMs >= goneMs && atMs < backMs),
    after: looks.filter(({ atMs }) => atMs >= backMs && atMs < endMs),
  };
  const told = (of: (looks: readonly Look[]) => unknown) =>
    Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, of(part)]));
  const most = (field: keyof Look) => (part: readonly Look[]) =>
    Math.round(Math.max(0, ...part.map((one) => one[field])));
  const since = (holds: (look: Look) => boolean) => {
    const last = parts.after.findLastIndex((one) => !holds(one));
    return +(((parts.after[last + 1]?.atMs ?? NaN) - backMs) / 1_000).toFixed(1);
  };
  const [heard, seen] = [
    await site.get("/api/fleet?limit=1"),
    await view.get("/api/fleet?limit=1"),
  ];
  const { dropped, published, retries } = heard.bus.site;
  const [{ omitted }] = seen.bus.view.sites;
  const { accepted } = heard.totals;
  console.log(JSON.stringify(
    {
      ...{
        sent,
        kernelDropped: looks.at(-1)!.kernelDropped,
        accepted,
        published,
        dropped,
        retries,
      },
      "at the view": { accepted: seen.totals.accepted, omitted },
      "all accounted for": seen.totals.accepted + dropped === accepted && omitted === dropped,
      "kernel drops a second": told((part) => perSecondOf(part, "kernelDropped")),
      "accepted a second": told((part) => perSecondOf(part, "accepted")),
      "site's RSS MiB, most": told(most("residentMiB")),
      "waits MiB, most": told((part) => Math.round(most("waitingBytes")(part) / 2 ** 20)),
      "view's answer ms, most": told(most("answerMs")),
      "view behind ms, most": told(most("behindMs")),
      ...(awayS > 0 && {
        "site has nothing old after s": since((one) => one.waitingBytes < 2 ** 20),
        "view is up to date after s": since((one) => one.behindMs < 1_000),
        "a host at the view, gap from s to s after the engine went": await gapOf(view, goneMs),
      }),
    },
    null,
    1,
  ));
});

function perSecondOf(part: readonly Look[], field: "kernelDropped" | "accepted"): number {
  const [first, last] = [part[0], part.at(-1)];
  if (first === undefined || last === undefined || first === last) return 0;
  return Math.round((last[field] - first[field]) / (last.atMs - first.atMs) * 1_000);
}

async function look(site: AskedServer, view: AskedServer): Promise<Look> {
  const atMs = Date.now();
  const { bus, totals } = await site.get("/api/fleet?limit=1");
  const askedMs = performance.now();
  const { pending, behindMs } = (await view.get("/api/fleet?limit=1")).bus.view;
  return {
    ...{ atMs, pending, behindMs, answerMs: performance.now() - askedMs },
    residentMiB: memoryMiB(site.running.pid).resident,
    waitingBytes: bus.site.waitingBytes,
    siteDropped: bus.site.dropped,
    kernelDropped: readSocket(site.to.port).dropped,
    accepted: totals.accepted,
  };
}

/** Between which of its points a host's past is empty for longest. */
async function gapOf(view: AskedServer, goneMs: number): Promise<readonly number[]> {
  const { rows } = await view.get("/api/fleet?limit=1");
  const { times } = await view.get(`/api/hosts/${rows[0].id}/history`);
  let [from, to] = [0, 0];
  for (let n = 1; n < times.length; n++) {
    if (times[n] - times[n - 1] > to - from) [from, to] = [times[n - 1], times[n]];
  }
  return [from, to].map((ms) => +((ms - goneMs) / 1_000).toFixed(1));
}

/** Sends for a time; how many datagrams. */
async function load(server: AskedServer, seconds: number): Promise<number> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--quiet", "--allow-net", "--allow-read", "tools/swarm.ts"],
      ...["--agents", String(perSecond), "--interval", "1s", "--seconds", String(seconds)],
      ...["--server", `127.0.0.1:${server.to.port}`],
    ],
    stderr: "inherit",
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).sent;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
