/**
 * Runs the real programs for the end-to-end tests: as processes with the permissions of their
 * tasks, their lines read as they come, and every wait bounded.
 */
import { assert } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import { withPatience } from "./patience.ts";

/** Whether processes may be started here, traffic sent and files read. */
export const MAY_RUN = (["run", "net", "read", "env"] as const)
  .every((name) => Deno.permissions.querySync({ name }).state === "granted");

/** Whether a program of others is here, by whether it tells its version. */
export function isInstalled(command: string): boolean {
  const ask = command === "openssl" ? "version" : "--version";
  try {
    const stdout = "null";
    const stderr = "null";
    return new Deno.Command(command, { args: [ask], stdout, stderr }).outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** How a program is started: the command and its first arguments. */
export type Launcher = readonly string[];

/**
 * A program as its task runs it, with other permissions where a test says so; a server without its
 * page, whose usual port may be taken, unless `--web` is given.
 */
export function programOf(task: "agent" | "server", permissions?: readonly string[]): Launcher {
  const [, run, ...words] = config.tasks[task].split(" ");
  const script = words.findLast((word) => word.endsWith(".ts"))!;
  const flags = permissions ?? words.filter((word) => word.startsWith("--allow-"));
  const launcher = [Deno.execPath(), run!, "--no-prompt", "--quiet", ...flags, script];
  return task === "server" ? [...launcher, "--web", "off"] : launcher;
}

/** A started program. */
export class Running implements AsyncDisposable {
  readonly stdout: Lines;
  readonly stderr: Lines;
  readonly #child: Deno.ChildProcess;
  readonly #isGroup: boolean;

  /** With `isGroup` it has a process group of its own, so that what it starts ends with it in any case. */
  constructor(
    launcher: Launcher,
    args: readonly string[],
    env: Record<string, string> = {},
    isGroup = false,
  ) {
    this.#isGroup = isGroup;
    const [command, ...first] = launcher;
    this.#child = new Deno.Command(command!, {
      args: [...first, ...args],
      cwd: new URL("..", import.meta.url),
      env,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      detached: isGroup,
    }).spawn();
    this.stdout = new Lines("stdout", this.#child.stdout);
    this.stderr = new Lines("stderr", this.#child.stderr);
  }

  /** Its process. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Types something on its standard input. */
  async type(text: string): Promise<void> {
    const writer = this.#child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(text));
    writer.releaseLock();
  }

  /** Asks it to end, and returns its exit status. */
  async stop(signal: Deno.Signal = "SIGTERM"): Promise<number> {
    this.#child.kill(signal);
    return await this.exitCode();
  }

  /** Its exit status once it has ended by itself and all its lines are read. */
  async exitCode(): Promise<number> {
    const { code } = await withPatience(this.#child.status, () => "the program goes on");
    await withPatience(
      Promise.all([this.stdout.ended, this.stderr.ended]),
      () => "its output goes on",
    );
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (this.#isGroup) Deno.kill(-this.pid, "SIGKILL");
      else this.#child.kill("SIGKILL");
    } catch (error) {
      // It has ended already, which is what we want.
      if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    }
    await this.#child.stdin.abort();
    await this.#child.status;
    await Promise.all([this.stdout.ended, this.stderr.ended]);
  }
}

/** The UDP port that a server receives on, as its log says once it does. */
export async function portOf({ stderr }: Running): Promise<number> {
  const line = await stderr.find((line) => line.includes("Receives on"), "the port");
  return Number(/:(\d+)$/.exec(line)![1]);
}

/** Where a server serves its page, as its log says once it does; with the token where one is made. */
export async function pageOf({ stderr }: Running): Promise<URL> {
  const line = await stderr.find((line) => line.includes("Serving the page"), "the page");
  return new URL(/http:\S+/.exec(line)![0]);
}

/** The text of one stream, kept as it comes. */
export class Lines {
  /** Every complete line so far, and at the end what follows the last one. */
  readonly all: string[] = [];
  readonly ended: Promise<void>;
  readonly #name: string;
  #text = "";
  #arrival = Promise.withResolvers<void>();
  #isEnded = false;

  constructor(name: string, stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#name = name;
    this.ended = this.#read(stream);
  }

  /** Everything so far. */
  get text(): string {
    return this.#text;
  }

  /** The first line that fits, of those that came and those to come. */
  async find(fits: (line: string) => boolean, what: string): Promise<string> {
    let seen = 0;
    await this.#until(() => {
      while (seen < this.all.length && !fits(this.all[seen]!)) seen++;
      return seen < this.all.length;
    }, what);
    return this.all[seen]!;
  }

  /** Waits until a text has come, so many times, whether or not its line is complete. */
  async findText(text: string, times = 1): Promise<void> {
    await this.#until(() => this.#text.split(text).length > times, JSON.stringify(text));
  }

  async #until(isThere: () => boolean, what: string): Promise<void> {
    while (!isThere()) {
      assert(!this.#isEnded, `${this.#name} ended without ${what}:\n${this.#text}`);
      await withPatience(
        this.#arrival.promise,
        () => `no ${what} on ${this.#name} after\n${this.all.slice(-20).join("\n")}`,
      );
    }
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    let rest = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.#text += text;
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      this.all.push(...lines);
      this.#announce();
    }
    if (rest !== "") this.all.push(rest);
    this.#isEnded = true;
    this.#announce();
  }

  #announce(): void {
    const { resolve } = this.#arrival;
    this.#arrival = Promise.withResolvers<void>();
    resolve();
  }
}
