/** A real server that a test sends to, and asks over its API what it has received. */
import { assertEquals } from "@std/assert";
import { until } from "./patience.ts";
import { pageOf, portOf, programOf, Running } from "./processes.ts";

/** A server on free ports, without a view. */
export class AskedServer implements AsyncDisposable {
  readonly running: Running;
  readonly to: Deno.NetAddr;
  readonly origin: string;

  private constructor(running: Running, port: number, origin: string) {
    this.running = running;
    this.to = { transport: "udp", hostname: "127.0.0.1", port };
    this.origin = origin;
  }

  /** Starts one, which may use the network, and what is said besides. */
  static async start(
    args: readonly string[] = [],
    permissions: readonly string[] = [],
    env: Record<string, string> = {},
  ): Promise<AskedServer> {
    const running = new Running(programOf("server", ["--allow-net", ...permissions]), [
      ...["--listen", "127.0.0.1:0", "--web", "127.0.0.1:0", "--view", "none", ...args],
    ], env);
    return new AskedServer(running, await portOf(running), (await pageOf(running)).origin);
  }

  /** A view of a bus, or a front of views: it receives nothing by itself. */
  static async startView(
    args: readonly string[],
    permissions: readonly string[] = [],
    env: Record<string, string> = {},
  ) {
    const running = new Running(programOf("server", ["--allow-net", ...permissions]), [
      ...["--listen", "off", "--web", "127.0.0.1:0", "--view", "none", ...args],
    ], env);
    return new AskedServer(running, 0, (await pageOf(running)).origin);
  }

  /** What a path says; `null` where there is nothing. */
  // deno-lint-ignore no-explicit-any
  async get(path: string): Promise<any> {
    const response = await fetch(this.origin + path);
    if (response.ok) return await response.json();
    await response.body?.cancel();
    return null;
  }

  /** Its counts over all hosts. */
  async totals() {
    return (await this.get("/api/fleet?limit=1")).totals;
  }

  /** Asks again and again until something holds. */
  async waitUntil(holds: () => Promise<boolean>): Promise<void> {
    await until(holds, () => `the server says\n${this.running.stderr.text}`);
  }

  /** Waits until it has received so many datagrams, and not one more; its totals then. */
  async waitFor(received: number) {
    let totals = await this.totals();
    await this.waitUntil(async () => {
      totals = await this.totals();
      return totals.received >= received;
    });
    assertEquals(totals.received, received);
    return totals;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.running[Symbol.asyncDispose]();
  }
}
