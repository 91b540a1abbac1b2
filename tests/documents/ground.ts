/**
 * A ground on which the command lines of documents run as they are written, as root on Linux: a network
 * of its own with nothing but loopback, where `monitor.example` is this machine and every port is free;
 * and copies of the repository, /etc and /var/lib, of which nothing is left. `pulso-agent`, `pulso-server` and
 * `npx` are there as documents call them.
 */
import config from "../../deno.json" with { type: "json" };
import { MAY_RUN, Running } from "../processes.ts";
import { ROOT } from "./documents.ts";

/** Names that documents give to machines. */
const NAMES = ["monitor.example", "a.example", "b.example"];
const FOLDER = ROOT.pathname.replace(/\/$/, "");
/** Where all that is written goes, in memory. */
const ROOM = "/mnt";
const BIN = `${ROOM}/bin`;

/** Puts a program there that is called like this. */
function program(name: string, ...commands: readonly string[]): string {
  return `printf '%s\\n' '#!/bin/sh' ${
    commands.map((line) => `'${line}'`).join(" ")
  } > ${BIN}/${name}
chmod +x ${BIN}/${name}`;
}

function pulso(name: "agent" | "server"): string {
  const words = config.tasks[name].replace(/^deno /, "").replace(/\S+$/, `${FOLDER}/$&`);
  return program(`pulso-${name}`, `exec ${Deno.execPath()} ${words} "$@"`);
}

/** Lays a copy over a folder: what is written there is in memory, and the folder stays as it is. */
function cover(folder: string, name: string): string {
  return `mkdir ${ROOM}/${name} ${ROOM}/${name}.work
mount -t overlay overlay -o lowerdir=${folder},upperdir=${ROOM}/${name},workdir=${ROOM}/${name}.work ${folder}`;
}

const LAYING = () =>
  `set -e
mount -t tmpfs tmpfs ${ROOM}
ip link set lo up
${cover("/etc", "etc")}
${cover("/var/lib", "data")}
${cover(FOLDER, "repository")}
echo '127.0.0.1 ${NAMES.join(" ")}' >> /etc/hosts
mkdir -p ${BIN} ${FOLDER}/dist
${program("deno", `exec ${Deno.execPath()} "$@"`)}
${program("npx", '[ "$1 ${2%@*}" = "-y deno" ] || exit 9', "shift 2", 'exec deno "$@"')}
${pulso("agent")}
${pulso("server")}
rm -rf /etc/pulso
ln -sf ${BIN}/pulso-agent ${BIN}/pulso-server ${FOLDER}/dist
`;

/** Why there can be none here; `null` where there can. */
export const MISSING: string | null = missing();

function missing(): string | null {
  if (!MAY_RUN || Deno.permissions.querySync({ name: "sys" }).state !== "granted") {
    return "--allow-all";
  }
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return "root on Linux";
  const probe = new Deno.Command("unshare", { args: ["-nm", "sh", "-c", LAYING()] });
  return probe.outputSync().success ? null : "namespaces, overlays, curl, nc and openssl";
}

/** One such ground. */
export class Ground implements AsyncDisposable {
  readonly #holder: Running;

  private constructor(holder: Running) {
    this.#holder = holder;
  }

  /** Lays it. */
  static async open(): Promise<Ground> {
    const script = `${LAYING()}echo laid; exec sleep infinity`;
    const holder = new Running(["unshare", "-nm", "sh", "-c", script], []);
    await holder.stdout.find((line) => line === "laid", "the ground");
    return new Ground(holder);
  }

  /** Starts a command line as a shell does that is in the root of the repository; with what it starts. */
  run(command: string): Running {
    const enter = ["nsenter", "-t", String(this.#holder.pid), "-n", "-m"];
    const line = `cd ${FOLDER} && PATH=${BIN}:$PATH exec bash -c "$0"`;
    return new Running([...enter, "sh", "-c", line], [command], {}, true);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#holder[Symbol.asyncDispose]();
  }
}
