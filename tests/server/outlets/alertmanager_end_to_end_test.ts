/** Two outboxes, as of two servers, before a real Alertmanager. */
import { assert, assertEquals } from "@std/assert";
import { Clock } from "../../../lib/common/clock.ts";
import type { NoticeHost } from "../../../lib/server/alerts/notice.ts";
import { RENEW_MS } from "../../../lib/server/outlets/lane.ts";
import { openSurroundings } from "../../../lib/server/outlets/open.ts";
import { Outbox } from "../../../lib/server/outlets/outbox.ts";
import { readDestination } from "../../../lib/server/outlets/read.ts";
import { inFolder } from "../../files.ts";
import { freePort } from "../../ports.ts";
import { isInstalled, MAY_RUN, Running } from "../../processes.ts";
import { logLines } from "../logs.ts";
import { FakeClock, notice, noticeHost } from "./fakes.ts";

const PROGRAM = "prometheus-alertmanager";
const MAY_ALL = MAY_RUN && Deno.permissions.querySync({ name: "write" }).state === "granted" &&
  isInstalled(PROGRAM);

const LOOK_MS = 20;

/** What Alertmanager tells a webhook of a group. */
interface Group {
  readonly status: string;
  readonly alerts: readonly {
    readonly status: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
}

/** What it tells, one group after the other. */
class Receiver {
  readonly groups: Group[] = [];
  #arrival = Promise.withResolvers<void>();

  readonly take = async (request: Request) => {
    this.groups.push(await request.json());
    this.#arrival.resolve();
    this.#arrival = Promise.withResolvers<void>();
    return new Response();
  };

  async next(at: number): Promise<Group> {
    while (this.groups.length <= at) await this.#arrival.promise;
    return this.groups[at]!;
  }
}

async function startAlertmanager(folder: string, port: number, hook: number): Promise<Running> {
  const config = {
    route: {
      ...{ receiver: "hook", group_by: ["alertname"] },
      ...{ group_wait: "1s", group_interval: "1s" },
    },
    receivers: [{
      ...{ name: "hook", webhook_configs: [{ url: `http://127.0.0.1:${hook}/` }] },
    }],
  };
  await Deno.writeTextFile(`${folder}/config.yml`, JSON.stringify(config));
  const running = new Running([PROGRAM], [
    `--config.file=${folder}/config.yml`,
    `--storage.path=${folder}/data`,
    `--web.listen-address=127.0.0.1:${port}`,
    "--cluster.listen-address=",
  ]);
  await running.stderr.find((line) => line.includes("Listening on"), "readiness");
  return running;
}

/** A server's outbox, whose renewals are at the hand of the test, and which waits for nothing. */
function openServer(port: number) {
  const { log, lines } = logLines();
  const clock = new FakeClock();
  const { schedule } = clock;
  const outbox = new Outbox({ steadyMs: () => clock.nowMs, schedule, random: () => 0, log });
  const fields = { alertmanager: [`http://127.0.0.1:${port}`] };
  outbox.use([readDestination("oncall", fields, openSurroundings(new Clock(), null))]);
  return {
    ...{ outbox, lines, clock },
    tell: (what: "fired" | "recovered" | "reminder", hosts: readonly NoticeHost[]) =>
      outbox.tell(["oncall"], notice({ what, hosts, atMs: Date.now() })),
    renew(hosts: readonly NoticeHost[]) {
      clock.nowMs += RENEW_MS;
      outbox.renewBy(() => hosts.length === 0 ? [] : [notice({ hosts })]);
      outbox.tick();
    },
    /** Lets time pass until all is told: as many milliseconds as it takes looks. */
    async idle() {
      while (outbox.state[0]!.waiting > 0) {
        await clock.pass(LOOK_MS);
        await new Promise((done) => setTimeout(done, LOOK_MS));
      }
    },
  };
}

const shown = ({ status, alerts }: Group) => [
  status,
  ...alerts.map(({ status, labels }) => `${labels.host} ${status}`).sort(),
];

Deno.test({
  name:
    "two servers make one notification of a real Alertmanager, which hears of ends and outlives its " +
    "restart (needs --allow-all and prometheus-alertmanager)",
  ignore: !MAY_ALL,
  fn: () =>
    inFolder(async (folder) => {
      const receiver = new Receiver();
      const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
      await using hook = Deno.serve(options, receiver.take);
      const port = freePort();
      const servers = [openServer(port), openServer(port)] as const;
      const [one] = servers;
      const hosts = [
        noticeHost("db-01", { tags: { role: "db", "a.b": "{{x}}" }, sinceMs: Date.now() }),
        noticeHost('we"b\n{}', { sinceMs: Date.now() }),
      ];
      // It is not there yet.
      servers.forEach(({ tell }) => tell("fired", hosts));
      while (one.outbox.state[0]!.retried === 0) await one.clock.pass(0);
      await using alertmanager = await startAlertmanager(folder, port, hook.addr.port);
      for (const { idle } of servers) await idle();
      const fired = await receiver.next(0);
      assertEquals(shown(fired), ["firing", "db-01 firing", 'we"b\\x0a{} firing']);
      const { labels, annotations } = fired.alerts.find(({ labels }) => labels.role === "db")!;
      assertEquals(labels, {
        ...{ alertname: "cpu", severity: "warning", role: "db", a_b: "{{x}}" },
        ...{ host: "db-01", id: "id-db-01" },
      });
      assertEquals(annotations.summary, "db-01: cpu (97 %)");

      // Renewed by both, one of them ends. What is told waits for the renewal.
      const all = async (what: "recovered" | "reminder", hosts: readonly NoticeHost[]) => {
        servers.forEach(({ tell }) => tell(what, hosts));
        for (const { idle } of servers) await idle();
      };
      servers.forEach(({ renew }) => renew(hosts));
      await all("reminder", hosts);
      await all("recovered", hosts.slice(0, 1));
      const ended = await receiver.next(1);
      assertEquals(shown(ended), ["firing", "db-01 resolved", 'we"b\\x0a{} firing']);

      // It hears again what stands and what has ended, and may say so once more.
      assertEquals(await alertmanager.stop(), 0);
      assertEquals(receiver.groups.length, 2);
      await using again = await startAlertmanager(folder, port, hook.addr.port);
      servers.forEach(({ renew }) => renew(hosts.slice(1)));
      await all("reminder", hosts.slice(1));
      await all("recovered", hosts.slice(1));
      let at = 2;
      while ((await receiver.next(at)).status === "firing") at++;
      assertEquals(await again.stop(), 0);
      const { givenUp, sent } = one.outbox.state[0]!;
      assertEquals([givenUp, sent], [0, 5]);
      assert(one.lines.length <= 4, one.lines.join("\n"));
    }),
});
