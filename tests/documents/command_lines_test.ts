/**
 * Every command line that a document shows runs as it is written. What would change this machine, needs
 * another network, or takes minutes is only read, each with the reason beside it.
 */
import { assert, assertEquals } from "@std/assert";
import { readAgentOptions } from "../../lib/agent/options.ts";
import { readKeygen } from "../../lib/sealed/key_file.ts";
import { readServerOptions } from "../../lib/server/options.ts";
import { MAY_RUN, Running } from "../processes.ts";
import { blocksOf, codeOf, commandsOf, DOCUMENTS, readDocument, ROOT, test } from "./documents.ts";
import { Ground, MISSING } from "./ground.ts";

/** How a command line is tried. */
interface Trial {
  /** What it prints, or writes to its log, while it works; one that is not stopped by then ends by itself. */
  readonly until?: RegExp;
  /** What is done first. */
  readonly before?: string;
  /** What runs meanwhile. */
  readonly beside?: readonly string[];
  /** What the first of those prints as its effect. */
  readonly effect?: RegExp;
  /** Why it is read, and not run. */
  readonly readOnly?: string;
}

const ENDS: Trial = {};
const SERVER = "pulso-server --view lines --web off";
const SEALED_SERVER = `${SERVER} --key-file /etc/pulso/fleet.key`;
const ID = "Vn3kQ0f8Zr-1sYb7LxW2aA";
const LISTENS: Trial = { until: /:5005/ };
const KEEPS: Trial = { until: /\/var\/lib\/pulso\/pulso\.db/ };
const KEEPING = ["pulso-server --data /var/lib/pulso --view lines --web off"];
const CONNECTS: Trial = { until: /Cannot reach the bus at nats:/ };
const PUSHES: Trial = { until: /Cannot write to http:/ };
const FLEET = ["pulso-server --view lines", `pulso-agent --id ${ID} --interval 1s`];
const REPORTS: Trial = {
  until: /monitor\.example:5005/,
  beside: [SERVER],
  effect: / cpu .*volume/,
};
const REPORTS_SEALED: Trial = { ...REPORTS, beside: [SEALED_SERVER] };
const SET_SERVER = "echo PULSO_SERVER=monitor.example:5005 >> /etc/pulso/agent.env";
const PACKAGES: Trial = { readOnly: "needs packages, which the gate builds and installs" };
const SERVICE: Trial = { readOnly: "needs systemd as the first process" };
const FIREWALL: Trial = { readOnly: "would change the firewall of this machine" };
const COMPILES: Trial = {
  readOnly: "takes half a minute and Deno's own downloads; the gate runs it",
};

/** Every command line of the shell blocks, in their order. */
const TRIALS: Readonly<Record<string, readonly (readonly [string, Trial])[]>> = {
  "README.md": [
    ["npx -y deno@2.9.6 task demo", { until: / cpu .*volume/ }],
    ["apt-get install ./pulso-server_*_amd64.deb", PACKAGES],
    ["apt-get install ./pulso-agent_*_amd64.deb", PACKAGES],
    [SET_SERVER, { before: "install -d /etc/pulso" }],
    ["systemctl restart pulso-agent", SERVICE],
    ["./dist/pulso-server", LISTENS],
    ["./dist/pulso-agent --server monitor.example:5005", REPORTS],
    ["pulso-server --web 0.0.0.0:8080", { until: /http:\S+\?token=\S/ }],
    [
      "curl 'http://127.0.0.1:8080/api/fleet?sort=cpu&order=desc&limit=10'",
      { beside: FLEET, until: /"rows":\[\{"id":"Vn3k/ },
    ],
    ["curl -N http://127.0.0.1:8080/api/stream", { beside: FLEET, until: /event: snapshot/ }],
    ["curl http://127.0.0.1:8080/metrics", { beside: FLEET, until: /pulso_host_up\{.*Vn3k.*\} 1/ }],
    ["install -d -m 755 /etc/pulso", ENDS],
    ["(umask 077; pulso-server keygen - > /etc/pulso/fleet.key)", ENDS],
    ["pulso-server --key-file /etc/pulso/fleet.key", { until: /\/etc\/pulso\/fleet\.key/ }],
    [
      "pulso-agent --server monitor.example:5005 --key-file /etc/pulso/fleet.key",
      REPORTS_SEALED,
    ],
    ["pulso-server --max-hosts 100000", LISTENS],
  ],
  "docs/INSTALL.md": [
    ["apt-get install ./pulso-server_*_amd64.deb", PACKAGES],
    ["apt-get install ./pulso-agent_*_amd64.deb", PACKAGES],
    [SET_SERVER, { before: "install -d /etc/pulso" }],
    ["systemctl restart pulso-agent", SERVICE],
    [
      "(set -a; . /etc/pulso/agent.env; pulso-agent doctor)",
      { until: /^ok +server +monitor\.example:5005 is 127\.0\.0\.1$/ },
    ],
    ["sh install.sh server", PACKAGES],
    ["sh install.sh agent --server monitor.example:5005", PACKAGES],
    ["install -d -m 755 /etc/pulso", ENDS],
    ["(umask 077; pulso-server keygen - > /etc/pulso/fleet.key)", ENDS],
    [
      "echo 'PULSO_KEY_FILE=/run/credentials/pulso-server.service/fleet.key' >> /etc/pulso/server.env",
      ENDS,
    ],
    ["systemctl restart pulso-server", SERVICE],
    ["ufw allow from 192.0.2.0/24 to any port 5005 proto udp", FIREWALL],
    ["firewall-cmd --permanent --add-port=5005/udp", FIREWALL],
    ["(umask 077; openssl rand -hex 24 > /etc/pulso/token)", ENDS],
    [
      "echo 'PULSO_WEB_TOKEN_FILE=/run/credentials/pulso-server.service/token' >> /etc/pulso/server.env",
      ENDS,
    ],
    ["systemctl restart pulso-server", SERVICE],
    ["apt-get install ./pulso-server_*_amd64.deb", PACKAGES],
    ["apt-get install --allow-downgrades ./pulso-server_0.1.0_amd64.deb", PACKAGES],
    ["deno task compile", COMPILES],
    ["deno task compile --target aarch64-unknown-linux-gnu", COMPILES],
    ["deno task compile --server monitor.example:5005", COMPILES],
  ],
  "docs/OPERATIONS.md": [
    ["install -d -m 755 /etc/pulso", ENDS],
    ["(umask 077; openssl rand -hex 24 > /etc/pulso/token)", ENDS],
    ["deno run --allow-net server.ts", { until: /http:\/\/127\.0\.0\.1:8080\// }],
    ["deno run --allow-net server.ts --web 0.0.0.0:8080", { until: /http:\S+\?token=\S/ }],
    [
      "deno run --allow-net --allow-read=/etc/pulso server.ts --web 0.0.0.0:8080 --web-token-file /etc/pulso/token",
      { until: /http:\/\/127\.0\.0\.1:8080\/ / },
    ],
    ["deno run --allow-net server.ts --web off", LISTENS],
    [
      "pulso-server --web 0.0.0.0:8080 --status public=role:web --status databases=role:db",
      { until: /http:\S+\?token=\S/ },
    ],
    ["pulso-server --data /var/lib/pulso", KEEPS],
    ["pulso-server --data /var/lib/pulso --keep 1m=90d,1h=5y --keep-size 50G", KEEPS],
    [
      "pulso-server --record /var/lib/pulso/record",
      { beside: ["pulso-agent --interval 1s"], until: / cpu / },
    ],
    ["pulso-server record-info /var/lib/pulso/record", ENDS],
    ["pulso-server --replay /var/lib/pulso/record --speed 10", { until: /Replaying/ }],
    ["pulso-server --replay /var/lib/pulso/record --speed max --view json --web off", ENDS],
    ["sysctl -w net.core.rmem_default=8388608", { readOnly: "changes the whole machine" }],
    ["pulso-server --remote-write http://prometheus.example:9090/api/v1/write", PUSHES],
    ["pulso-server --remote-write http://victoria.example:8428/api/v1/write", PUSHES],
    [
      "pulso-server --history-from http://prometheus.example:9090",
      { until: /history from http:\/\/prometheus\.example:9090$/ },
    ],
    [
      "pulso-server --history-from http://mimir.example/prometheus --history-from-token-file /etc/pulso/token",
      { until: /history from http:\/\/mimir\.example$/ },
    ],
    ["pulso-server --bus nats://bus.example:4222 --site berlin", CONNECTS],
    ["pulso-server --listen off --follow nats://bus.example:4222", CONNECTS],
  ],
  "docs/API.md": [
    [
      "curl 'http://127.0.0.1:8080/api/fleet?sort=cpu&order=desc&limit=1'",
      { beside: FLEET, until: /"rows":\[\{"id":"Vn3k/ },
    ],
    [`curl http://127.0.0.1:8080/api/hosts/${ID}`, { beside: FLEET, until: /"firstSeenMs":\d/ }],
    ["curl -N http://127.0.0.1:8080/api/stream", { beside: FLEET, until: /event: snapshot/ }],
  ],
  "docs/ALERTS.md": [
    ["pulso-server mute 'role:db' 2h", { beside: KEEPING, until: /^Muted 1: role:db until / }],
    ["pulso-server mute 'web-01 alert:cpu' 7d", { beside: KEEPING, until: /^Muted 1: web-01 / }],
    ["pulso-server mute '*' 30m", { beside: KEEPING, until: /^Muted 1: \* until / }],
    ["pulso-server mutes", { beside: KEEPING, until: /^Nothing is muted/ }],
    ["pulso-server unmute 1", { beside: KEEPING, until: /no mute has that number or filter/ }],
    ["pulso-server unmute all", { beside: KEEPING, until: /no mute has that number or filter/ }],
  ],
  "docs/RECIPES.md": [
    ["systemctl enable pulso-extra@failed-units.timer", SERVICE],
    ["systemctl start pulso-extra@failed-units.timer", SERVICE],
  ],
  "docs/SCALE.md": [
    [
      "nats --server nats://bus-1.example:4222 stream add PULSO --config pulso.json",
      { readOnly: "needs a program that Debian has not; scale_test.ts makes the same stream" },
    ],
  ],
  "docs/SECURITY.md": [
    ["install -d -m 755 /etc/pulso", ENDS],
    ["(umask 077; pulso-server keygen - > /etc/pulso/fleet.key)", ENDS],
    [
      "(umask 077; pulso-server keygen --agent ID --key-file /etc/pulso/fleet.key - > web-01.key)",
      ENDS,
    ],
    ["pulso-server --key-file /etc/pulso/fleet.key", { until: /\/etc\/pulso\/fleet\.key/ }],
    ["pulso-agent --server monitor.example:5005 --key-file web-01.key", REPORTS_SEALED],
    ["pulso-server keygen --key-id 2 - >> /etc/pulso/fleet.key", ENDS],
  ],
  "docs/PROTOCOL.md": [
    [
      `printf '{"v":1,"host":"by-hand","cpu":{"mean":42}}' | nc -u -w1 127.0.0.1 5005`,
      { beside: [SERVER], effect: /by-hand .* cpu 42/ },
    ],
  ],
};

test("the trials are of all command lines in shell blocks", () => {
  for (const path of DOCUMENTS) {
    const tried = (TRIALS[path] ?? []).map(([command]) => command);
    assertEquals(commandsOf(readDocument(path)), tried, path);
  }
});

for (const [path, trials] of Object.entries(TRIALS)) {
  Deno.test({
    name: `documents: the command lines of ${path} run as written (needs ${MISSING ?? "root"})`,
    ignore: MISSING !== null,
    async fn(t) {
      await using ground = await Ground.open();
      const id = await ownId(ground);
      for (const [command, trial] of trials) {
        await t.step(
          command,
          () => tryOut(ground, command.replace("--agent ID ", `--agent ${id} `), trial),
        );
      }
    },
  });
}

/** What the agent of this machine calls itself in its log. */
async function ownId(ground: Ground): Promise<string> {
  await using agent = ground.run("pulso-agent --print --count 1");
  assertEquals(await agent.exitCode(), 0);
  return JSON.parse(agent.stdout.all[0]!).id;
}

async function tryOut(ground: Ground, command: string, trial: Trial): Promise<void> {
  const { until, before, beside = [], effect, readOnly } = trial;
  if (readOnly !== undefined) return;
  if (before !== undefined) {
    await using first = ground.run(before);
    assertEquals(await first.exitCode(), 0, first.stderr.text);
  }
  await using others = new AsyncDisposableStack();
  const besides = beside.map((line) => others.use(ground.run(line)));
  if (besides.length > 0) await besides[0]!.stderr.find((line) => line.includes(":5005"), "port");
  // The fleet has a host.
  if (besides.length > 1) await besides[0]!.stdout.find((line) => / cpu /.test(line), "a sample");
  await using running = ground.run(command);
  const isProgram = !/^curl|doctor|mute/.test(command);
  if (until !== undefined) await findOutput(running, until);
  if (effect !== undefined) await besides[0]!.stdout.find((line) => effect.test(line), `${effect}`);
  const isStopped = until !== undefined && isProgram;
  if (isStopped) assertEquals(await running.stop(), 0, running.stderr.text);
  else if (until === undefined) assertEquals(await running.exitCode(), 0, running.stderr.text);
}

/** Waits until one of its streams has what is looked for. */
async function findOutput({ stdout, stderr }: Running, wanted: RegExp): Promise<void> {
  const find = (lines: typeof stdout) => lines.find((line) => wanted.test(line), `${wanted}`);
  await Promise.any([find(stdout), find(stderr)]);
}

/** Words of a command before its options. */
const WORDS_OF_COMMANDS: Readonly<Record<string, number>> = {
  ...{ doctor: 1, config: 1, backup: 1, forget: 2, "check-alerts": 2, "test-alerts": 1 },
  ...{ mute: 3, mutes: 1, unmute: 2, rehearse: 1 },
};

/** Reads a command line of a program as that does. */
function readProgram(command: string): void {
  const words = command.replace(/ >.*$/, "").matchAll(/'([^']*)'|\S+/g);
  const [name, ...argv] = Array.from(words, ([word, quoted]) => quoted ?? word);
  const noVariable = () => undefined;
  if (argv[0] === "keygen") {
    const agent = argv.map((word) => word === "ID" ? ID : word);
    readKeygen(agent.slice(1));
    return;
  }
  if (argv[0] === "record-info") return assertEquals(argv.length, 2);
  const given = WORDS_OF_COMMANDS[argv[0]!];
  if (given !== undefined) assert(argv.slice(1, given).every((word) => !word.startsWith("--")));
  const options = argv.slice(given ?? 0);
  if (name === "pulso-agent") readAgentOptions(options, noVariable);
  else readServerOptions(options, noVariable);
}

test("the programs can read every command line of theirs, in blocks and in the text", () => {
  const commands = DOCUMENTS.flatMap((path) => {
    const text = readDocument(path);
    const units = blocksOf(text).filter(({ language }) => language === "ini")
      .flatMap(({ text }) =>
        Array.from(text.matchAll(/^ExecStart=\S*\/(.*)$/gm), ([, line]) => line!)
      );
    return [...units, ...codeOf(text), ...commandsOf(text)]
      .map((line) => line.replace(/^\(umask 077; (.*)\)$/, "$1").replace(/^\.\/dist\//, ""))
      .map((line) => line.replace(/^deno run .*?server\.ts/, "pulso-server"))
      .filter((line) => /^pulso-(agent|server) /.test(line));
  });
  assert(commands.length > 15);
  for (const command of commands) readProgram(command);
});

Deno.test({
  name: "documents: the tools can read every command line of theirs (needs --allow-all)",
  ignore: !MAY_RUN,
  async fn(t) {
    const commands = new Set(DOCUMENTS.flatMap((path) => {
      const text = readDocument(path);
      return [...codeOf(text), ...commandsOf(text)]
        .map((line) => line.replace(/^npx -y deno@[\d.]+/, "deno"))
        // Those without arguments are tried with --help in tests/tools.
        .filter((line) => /^deno task \S+ \S/.test(line));
    }));
    assert(commands.size > 5);
    for (const command of commands) {
      const [, , task, ...words] = command.split(" ");
      await t.step(command, async () => {
        const args = ["task", "--quiet", task!, ...words, "--help"];
        await using tool = new Running([Deno.execPath(), ...args], []);
        assertEquals(await tool.exitCode(), 0, tool.stderr.text);
        assert(tool.stdout.text.includes("Usage: "), tool.stdout.text);
      });
    }
  },
});

test("the scripts that they run are there", () => {
  const scripts = DOCUMENTS.flatMap((path) =>
    codeOf(readDocument(path)).flatMap((line) =>
      Array.from(line.matchAll(/^deno (?:run|bench) .*?([\w/]+\.ts)/g), ([, script]) => script!)
    )
  );
  assert(scripts.length > 3);
  for (const script of scripts) assert(Deno.statSync(new URL(script, ROOT)).isFile, script);
});
