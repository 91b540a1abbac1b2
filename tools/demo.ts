/**
 * `deno task demo`: a server and an agent on this computer, each with the permissions of its task,
 * and a few hosts that do not exist, so that there is something wrong to be seen; with `--agents N` a
 * swarm of N such hosts instead of the agent. All other options go to the server. It ends on q, Ctrl-C
 * or SIGTERM, and when one of them ends.
 */
import config from "../deno.json" with { type: "json" };
import { SERVER_TABLE } from "../lib/server/options.ts";
import { readCommandLine } from "./command_line.ts";
import { agentTask, programOf } from "./programs.ts";
import { readAgents } from "./swarm_options.ts";

/** What a server keeps when it is told nothing. */
const DEFAULT_HOSTS = 10_000;
const { listen: _, version: _version, ...PASSED_ON } = SERVER_TABLE;
const TOOL = {
  usage: "deno task demo [OPTION]...",
  purpose: "A server and an agent on this computer, or a server and many hosts that do not exist.",
  options: {
    agents: {
      placeholder: "N",
      fallback: null,
      help: "show so many hosts that do not exist",
      read: readAgents,
    },
    ...PASSED_ON,
    "log-level": { ...PASSED_ON["log-level"], fallback: "warn" },
  },
} as const;
/** As many as it takes for one of each kind of fault. */
const COMPANY = 16;
const SWARM_ARGS = ["--interval", "2s", "--seconds", "86400", "--faults", "--tags"];

if (import.meta.main) await main();

async function main(): Promise<void> {
  const address = `127.0.0.1:${freePort()}`;
  const { agents } = readCommandLine(TOOL);
  const server = start("server", [
    ...[
      "--listen",
      address,
      "--log-level",
      "warn",
      ...roomFor(agents),
      ...withoutAgents(Deno.args),
    ],
  ]);
  const swarm = start("swarm", [
    ...["--server", address, "--agents", String(agents ?? COMPANY), ...SWARM_ARGS],
  ], "null");
  const agent = agents === null
    ? [start(agentTask(Deno.build.target), [
      ...["--server", address, "--interval", "1s", "--log-level", "error"],
      ...["--tag", "role=demo", "--tag", "site=here"],
    ])]
    : [];
  const processes = [server, swarm, ...agent];
  // A terminal sends Ctrl-C to the server as well, which then has two reasons to end.
  Deno.addSignalListener("SIGINT", () => signal(server, "SIGINT"));
  if (Deno.build.os !== "windows") {
    Deno.addSignalListener("SIGTERM", () => signal(server, "SIGTERM"));
  }
  const { code } = await Promise.race(processes.map(({ status }) => status));
  await Promise.all(processes.map(end));
  Deno.exit(code);
}

/** What is the server's of some arguments that have been read. */
function withoutAgents(args: readonly string[]): readonly string[] {
  return args.filter((argument, at) =>
    !/^--agents(=|$)/.test(argument) && args[at - 1] !== "--agents"
  );
}

/** What a server has to be told to keep so many hosts; the last one given counts. */
function roomFor(agents: number | null): readonly string[] {
  return (agents ?? 0) > DEFAULT_HOSTS ? ["--max-hosts", String(agents)] : [];
}

/** A UDP port that nobody has; so short a time later, nobody will have it. */
function freePort(): number {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  socket.close();
  return port;
}

function start(
  task: string,
  args: readonly string[],
  stdout: "inherit" | "null" = "inherit",
): Deno.ChildProcess {
  const { script, engine, permissions } = programOf(config.tasks as Record<string, string>, task);
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--quiet", ...engine, ...permissions, script, ...args],
    cwd: new URL("..", import.meta.url),
    stdout,
  }).spawn();
}

async function end(process: Deno.ChildProcess): Promise<void> {
  signal(process, "SIGTERM");
  await process.status;
}

function signal(process: Deno.ChildProcess, name: Deno.Signal): void {
  try {
    process.kill(name);
  } catch (error) {
    // It has ended by itself, or Ctrl-C has ended it.
    if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
  }
}
