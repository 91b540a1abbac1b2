/**
 * Two network namespaces with a wire between them, for the tests of what real networks do: one for
 * the server, one for an agent. Made as root, and taken down at the end whatever happens.
 */
import { assert } from "@std/assert";
import { type Launcher, MAY_RUN } from "./processes.ts";

/** The addresses on the two ends of the wire; of the kind that is kept for examples. */
export const SERVER_ADDRESS = "192.0.2.1";
const AGENT_ADDRESS = "192.0.2.2";

/** The end of a name that nothing else has: files that are tested at once share a process, and all a system. */
export const unique = () => crypto.randomUUID().slice(0, 8);

/** Whether this is root, with `ip` and `nft`; else why not. */
export const MISSING: string | null = missing();

function missing(): string | null {
  if (!MAY_RUN || Deno.permissions.querySync({ name: "sys" }).state !== "granted") {
    return "--allow-all";
  }
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return "root on Linux";
  const probe = `pulso-probe-${unique()}`;
  const works = `ip netns add ${probe} && ip netns exec ${probe} nft list ruleset; status=$?;
    ip netns delete ${probe}; exit $status`;
  const { success } = new Deno.Command("/bin/sh", { args: ["-c", works] }).outputSync();
  return success ? null : "ip, nft, and a kernel that lets us have namespaces";
}

/** The namespaces of one test. */
export class Wire implements AsyncDisposable {
  readonly #server = `pulso-server-${unique()}`;
  readonly #agent = `pulso-agent-${unique()}`;

  private constructor() {}

  /** Makes them, with the wire up and an MTU of 1,500. */
  static async open(): Promise<Wire> {
    const wire = new Wire();
    const [server, agent] = [wire.#server, wire.#agent];
    try {
      await run("ip", "netns", "add", server);
      await run("ip", "netns", "add", agent);
      await run(
        "ip",
        "link",
        "add",
        "wire",
        "netns",
        agent,
        "type",
        "veth",
        "peer",
        "name",
        "wire",
        "netns",
        server,
      );
      for (const [name, address] of [[server, SERVER_ADDRESS], [agent, AGENT_ADDRESS]] as const) {
        await run("ip", "-n", name, "address", "add", `${address}/24`, "dev", "wire");
        await run("ip", "-n", name, "link", "set", "wire", "up");
        await run("ip", "-n", name, "link", "set", "lo", "up");
      }
    } catch (error) {
      await wire[Symbol.asyncDispose]();
      throw error;
    }
    return wire;
  }

  /** The same program in the server's namespace. */
  atServer(launcher: Launcher): Launcher {
    return ["/usr/bin/env", "ip", "netns", "exec", this.#server, ...launcher];
  }

  /** The same program in the agent's namespace. */
  atAgent(launcher: Launcher): Launcher {
    return ["/usr/bin/env", "ip", "netns", "exec", this.#agent, ...launcher];
  }

  /** Changes the agent's end: `up`, `down`, `mtu 576`. */
  async set(...words: readonly string[]): Promise<void> {
    await run("ip", "-n", this.#agent, "link", "set", "wire", ...words);
  }

  /** Lays a rule on what leaves the agent for port 5005; its counter is named `hits`. */
  async rule(condition: string, verdict: string): Promise<void> {
    await this.#nft(`table ip pulso {
  counter hits { }
  chain out {
    type filter hook output priority 0; policy accept;
    udp dport 5005 ${condition} counter name hits ${verdict}
  }
}
`);
  }

  /** How many datagrams the rule has met. */
  async hits(): Promise<number> {
    const text = await run(
      "ip",
      "netns",
      "exec",
      this.#agent,
      "nft",
      "list",
      "counter",
      "ip",
      "pulso",
      "hits",
    );
    return Number(/packets (\d+)/.exec(text)![1]);
  }

  async #nft(rules: string): Promise<void> {
    const nft = new Deno.Command("ip", {
      args: ["netns", "exec", this.#agent, "nft", "-f", "-"],
      stdin: "piped",
      stderr: "piped",
    }).spawn();
    const writer = nft.stdin.getWriter();
    await writer.write(new TextEncoder().encode(rules));
    await writer.close();
    const { success, stderr } = await nft.output();
    assert(success, new TextDecoder().decode(stderr));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of [this.#server, this.#agent]) {
      await new Deno.Command("ip", { args: ["netns", "delete", name], stderr: "null" }).output();
    }
  }
}

async function run(command: string, ...args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args: [...args] }).output();
  const decoder = new TextDecoder();
  assert(success, `${command} ${args.join(" ")}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}
