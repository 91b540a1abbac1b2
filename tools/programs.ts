/**
 * What `deno compile` and the demo are to grant each program: read from the tasks in deno.json, so
 * that a permission is written down in one place. Pure.
 */
import { formatAddress } from "../lib/format.ts";
import { readDestination } from "../lib/option_values.ts";

/** The tasks of deno.json, by name. */
export type Tasks = Readonly<Record<string, string>>;

/** One program as its task runs it. */
export interface Program {
  readonly script: string;
  /** Its `--allow-*` flags. */
  readonly permissions: readonly string[];
}

/** Reads a program from its task. @throws {RangeError} when the task does not run a script. */
export function programOf(tasks: Tasks, name: string): Program {
  const words = tasks[name]?.split(" ") ?? [];
  const script = words.find((word) => word.endsWith(".ts"));
  if (script === undefined) throw new RangeError(`Cannot find a program in the task ${name}`);
  return { script, permissions: words.filter((word) => word.startsWith("--allow-")) };
}

/** The agent's task for a target of `deno compile`, such as `aarch64-apple-darwin`. */
export function agentTask(target: string): string {
  if (target.includes("darwin")) return "agent:macos";
  return target.includes("windows") ? "agent:windows" : "agent";
}

/** Replaces the permission for all of the network by one for a single server and our own sockets. */
export function narrowNet(permissions: readonly string[], server: string): readonly string[] {
  const address = formatAddress(readDestination(server));
  return permissions.map((flag) =>
    flag === "--allow-net" ? `--allow-net=${address},0.0.0.0:0,[::]:0` : flag
  );
}

/** What is to be compiled. */
export interface CompileOptions {
  readonly target: string;
  /** The only server that the agent may talk to, as `HOST:PORT`. */
  readonly server?: string | undefined;
  /** Use the genuine `@std` packages. */
  readonly jsr?: boolean;
}

/** The arguments of `deno` that compile the agent and the server. */
export function compileCommands(tasks: Tasks, options: CompileOptions): readonly string[][] {
  const { target, server, jsr } = options;
  const agent = programOf(tasks, agentTask(target));
  const common = ["compile", "--no-prompt", "--target", target];
  if (jsr) common.push("--no-lock", "--import-map=lib/std/jsr.json");
  const extension = target.includes("windows") ? ".exe" : "";
  const command = (name: string, script: string, permissions: readonly string[]) => [
    ...common,
    ...permissions,
    `--output=dist/${name}${extension}`,
    script,
  ];
  const { script, permissions } = programOf(tasks, "server");
  const agentCommand = server === undefined
    ? command("pulso-agent", agent.script, agent.permissions)
    : [
      ...command("pulso-agent", agent.script, narrowNet(agent.permissions, server)),
      ...["--server", server],
    ];
  return [agentCommand, command("pulso-server", script, permissions)];
}
