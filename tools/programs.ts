/**
 * What `deno compile` and the demo are to grant each program: read from the tasks in deno.json, so
 * that a permission is written down in one place. Pure.
 */
import { BUILT_FOR } from "../lib/agent/options.ts";
import { formatAddress } from "../lib/common/address.ts";
import { readDestination } from "../lib/agent/values.ts";
import { BUILT_FROM } from "../lib/common/options.ts";

/** The tasks of deno.json, by name. */
export type Tasks = Readonly<Record<string, string>>;

/** What reads a host without /proc, and is imported by no name that `deno compile` would find. */
const LIBRARY = "lib/sampler/library_package.ts";

/**
 * The agent in one file: as modules it has 0.7 MiB more of memory of its own (docs/BENCHMARKS.md).
 * Minified, as V8 keeps the text of what it runs: 0.4 MiB less.
 */
const AGENT_BUNDLE = "dist/agent.js";

/** What reads /proc/net for the server. */
const RUN_CAT = "--allow-run=/bin/cat";

const JSR_IMPORTS = ["--no-lock", "--import-map=lib/common/std/jsr.json"];

/** One program as its task runs it. */
export interface Program {
  readonly script: string;
  /** Its `--allow-*` flags. */
  readonly permissions: readonly string[];
  /** Its `--v8-flags`. */
  readonly engine: readonly string[];
}

/** Reads a program from its task. @throws {RangeError} when the task does not run a script. */
export function programOf(tasks: Tasks, name: string): Program {
  const words = tasks[name]?.split(" ") ?? [];
  const script = words.find((word) => word.endsWith(".ts"));
  if (script === undefined) throw new RangeError(`Cannot find a program in the task ${name}`);
  const flags = (start: string) => words.filter((word) => word.startsWith(start));
  return { script, permissions: flags("--allow-"), engine: flags("--v8-flags=") };
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
  readonly server?: string | null;
  /** What `--version` tells besides the version. */
  readonly commit?: string | null;
  /** Use the genuine `@std` packages. */
  readonly jsr?: boolean;
  /** Let the server read what the kernel dropped, where it counts that. */
  readonly kernelDrops?: boolean;
  /** The version of Deno that compiles. */
  readonly deno: string;
}

/**
 * The arguments of `deno` that compile the agent and the server, one command after the other. Where
 * the agent needs no package at run time its modules are made one file first.
 */
export function compileCommands(
  tasks: Tasks,
  options: CompileOptions,
): readonly (readonly string[])[] {
  const { target, server = null, commit = null, kernelDrops = false } = options;
  const builtFrom = commit === null ? [] : [BUILT_FROM + commit];
  const command = (name: string, program: Program, flags: readonly string[]) => [
    // A cache of compiled code would be read from a file in /tmp that any user can make.
    ...[
      "compile",
      "--no-code-cache",
      "--no-check",
      "--no-prompt",
      "--target",
      target,
      ...resolution(options),
    ],
    ...[...program.engine, ...flags],
    `--output=dist/${name}${target.includes("windows") ? ".exe" : ""}`,
    program.script,
  ];
  const task = agentTask(target);
  const isBundled = task === "agent";
  const source = programOf(tasks, task);
  const agent = isBundled ? { ...source, script: AGENT_BUNDLE } : source;
  const includes = isBundled ? [] : [`--include=${LIBRARY}`];
  const agentCommand = server === null
    ? command("pulso-agent", agent, [...includes, ...agent.permissions])
    : [
      ...command("pulso-agent", agent, [...includes, ...narrowNet(agent.permissions, server)]),
      BUILT_FOR + server,
    ];
  const receiver = programOf(tasks, "server");
  const reading = kernelDrops && target.includes("linux") ? [RUN_CAT] : [];
  return [
    ...(isBundled ? [bundleCommand(source, options)] : []),
    [...agentCommand, ...builtFrom],
    [...command("pulso-server", receiver, [...receiver.permissions, ...reading]), ...builtFrom],
  ];
}

function bundleCommand({ script }: Program, { jsr }: CompileOptions): readonly string[] {
  const imports = jsr ? JSR_IMPORTS : [];
  return ["bundle", "--quiet", "--minify", ...imports, `--output=${AGENT_BUNDLE}`, script];
}

/**
 * Which packages go in: those that are imported. All that the lock file names, the tests' own among
 * them, would be tens of megabytes, on disk and in part in memory; an older Deno takes them all
 * unless it is kept from the lock file. (With a check of types, those imported for a type as well.)
 */
function resolution({ jsr, deno }: CompileOptions): readonly string[] {
  if (jsr) return JSR_IMPORTS;
  const [major, minor] = deno.split(".").map(Number);
  return major! > 2 || minor! >= 9 ? ["--exclude-unused-npm"] : ["--no-lock"];
}
