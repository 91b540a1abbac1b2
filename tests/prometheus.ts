/** Prometheus and VictoriaMetrics as they are, on loopback, for the tests of what they scrape and are sent. */
import { assert, assertEquals } from "@std/assert";
import { until } from "./patience.ts";
import { freePort } from "./ports.ts";
import { MAY_RUN, Running } from "./processes.ts";

/** Whether a test may start such a server and let it write. */
export const MAY_ALL = MAY_RUN && (["write", "sys"] as const)
  .every((name) => Deno.permissions.querySync({ name }).state === "granted");

/** A folder of its own, gone at the end. */
export async function makeFolder() {
  const path = await Deno.makeTempDir({ prefix: "pulso-prometheus-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** Runs `promtool` to its end; fails with what it says. */
export async function promtool(args: readonly string[], input = ""): Promise<string> {
  const child = new Deno.Command("promtool", {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  const [said, complained] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert(success, `promtool ${args.join(" ")}: ${said}${complained}`);
  return said! + complained!;
}

/** A real Prometheus on loopback, or what answers as it does. */
export class Prometheus implements AsyncDisposable {
  readonly #running: Running;
  readonly url: string;

  private constructor(running: Running, port: number) {
    this.#running = running;
    this.url = `http://127.0.0.1:${port}/api/v1/`;
  }

  /** One with a configuration, as JSON, and other flags. */
  static async start(
    folder: string,
    config: string,
    flags: readonly string[] = [],
  ): Promise<Prometheus> {
    const configFile = `${folder}/prometheus.yml`;
    await Deno.writeTextFile(configFile, config);
    await promtool(["check", "config", configFile]);
    const port = freePort();
    const running = new Running(["prometheus"], [
      ...[`--config.file=${configFile}`, `--storage.tsdb.path=${folder}/data`],
      ...[`--web.listen-address=127.0.0.1:${port}`, ...flags],
    ]);
    await running.stderr.find(
      (line) => line.includes("ready to receive web requests"),
      "readiness",
    );
    return new Prometheus(running, port);
  }

  /** A VictoriaMetrics, which finds at once what it was sent. */
  static async startVictoria(folder: string, port = freePort()): Promise<Prometheus> {
    const running = new Running(["victoria-metrics"], [
      ...[`-storageDataPath=${folder}/victoria`, `-httpListenAddr=127.0.0.1:${port}`],
      ...["-search.latencyOffset=0s", "-search.disableCache", "-retentionPeriod=100y"],
    ]);
    await running.stderr.find((line) => line.includes("started VictoriaMetrics"), "readiness");
    return new Prometheus(running, port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running[Symbol.asyncDispose]();
  }

  stop(): Promise<number> {
    return this.#running.stop();
  }

  /** Asks its API once. */
  async get<T>(path: string, params: Record<string, string> = {}): Promise<T> {
    const response = await fetch(`${this.url}${path}?${new URLSearchParams(params)}`);
    const { status, data, error } = await response.json();
    assertEquals(status, "success", `${JSON.stringify(params)}: ${error}`);
    return data;
  }

  /** The series that a query finds now, by their labels without those of the scrape; with their values. */
  async query(query: string): Promise<[Record<string, string>, number][]> {
    const { result } = await this.get<{ result: Series[] }>("query", { query });
    return result.map(({ metric, value }) => {
      const { __name__: _name, instance: _instance, job: _job, ...labels } = metric;
      return [labels, Number(value[1])];
    });
  }

  /** Asks until the answer fits. */
  async until<T>(ask: () => Promise<T>, fits: (answer: T) => boolean, what: string): Promise<T> {
    let answer: T;
    await until(
      async () => fits(answer = await ask()),
      () => `not ${what}: ${JSON.stringify(answer)}`,
    );
    return answer!;
  }
}

interface Series {
  readonly metric: Record<string, string>;
  readonly value: readonly [number, string];
}
