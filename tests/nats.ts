/** NATS servers as they are, on loopback: alone, three as a cluster, or a leaf beside its hub. */
import { Buffer } from "node:buffer";
import { connect, nkeys } from "@nats-io/transport-node";
import { jetstreamManager } from "@nats-io/jetstream";
import { ALL_SUBJECTS, STREAM } from "../lib/server/bus/subjects.ts";
import { readDocument } from "./documents/documents.ts";
import { isInstalled, Running } from "./processes.ts";
import { freePort } from "./ports.ts";
import { MAY_ALL } from "./prometheus.ts";

/** Whether a test may start NATS, and it is here. */
export const HAS_NATS = MAY_ALL && isInstalled("nats-server");
/** What such a test needs, for its name. */
export const NEEDS_NATS = "needs --allow-all and nats-server";

type KeyPair = ReturnType<typeof nkeys.createUser>;

const NODES = 3;

/** One server, which can be killed and started again. */
export class NatsServer implements AsyncDisposable {
  readonly url: string;
  readonly #config: string;
  readonly #env: Record<string, string>;
  #running: Running | null = null;

  private constructor(url: string, config: string, env: Record<string, string>) {
    this.url = url;
    this.#config = config;
    this.#env = env;
  }

  /** One with a folder of its own, and what else its configuration says. */
  static async start(
    folder: string,
    {
      port = freePort(),
      name = "alone",
      more = "",
      domain = "",
      env = {} as Record<string, string>,
    } = {},
  ): Promise<NatsServer> {
    const config = `${folder}/${name}.conf`;
    const lines = [
      `listen: "127.0.0.1:${port}"`,
      `server_name: ${name}`,
      `jetstream { store_dir: "${folder}/${name}"${domain && `, domain: ${domain}`} }`,
      more,
    ];
    await Deno.writeTextFile(config, lines.join("\n"));
    const server = new NatsServer(`nats://127.0.0.1:${port}`, config, env);
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    this.#running = new Running(["nats-server"], ["-c", this.#config], this.#env);
    await this.#running.stderr.find((line) => line.includes("Server is ready"), "readiness");
  }

  /** Its process. */
  get pid(): number {
    return this.#running!.pid;
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    await this.#running?.[Symbol.asyncDispose]();
    this.#running = null;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}

/** One that lets in only a site `berlin` and views, with what OPERATIONS.md gives each; and their options. */
export async function startGuarded(folder: string) {
  const [authorization] = /^authorization \{[^]*?^\}$/m.exec(readDocument("docs/OPERATIONS.md"))!;
  const env = { BERLIN: "one", VIEW: "two" };
  const nats = await NatsServer.start(folder, { more: authorization, env });
  const access = async (user: string, password: string) => {
    const path = `${folder}/${user}`;
    await Deno.writeTextFile(path, `${user}:${password}\n`, { mode: 0o600 });
    return ["--bus-credentials-file", path];
  };
  return { nats, berlin: await access("berlin", env.BERLIN), view: await access("view", env.VIEW) };
}

/** What OPERATIONS.md lets a user do at least. */
function leastOf(user: string): { publish: string[]; subscribe: string[] } {
  const [words] = new RegExp(`user: ${user},[^}]*\\}`).exec(readDocument("docs/OPERATIONS.md"))!;
  const listOf = (kind: string) => {
    const [, list] = new RegExp(`${kind}: \\[([^\\]]*)\\]`).exec(words)!;
    return Array.from(list!.matchAll(/"([^"]*)"/g), ([, subject]) => subject!);
  };
  return { publish: listOf("publish"), subscribe: listOf("subscribe") };
}

/** What an operator or an account vouches for, as NATS writes it: by Ed25519, in JWTs of its second version. */
function vouch(by: KeyPair, subject: KeyPair, nats: Record<string, unknown>): string {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const said = { jti: crypto.randomUUID(), iat: Math.floor(Date.now() / 1_000), name: "pulso" };
  const sides = { iss: by.getPublicKey(), sub: subject.getPublicKey() };
  const text = `${encode({ typ: "JWT", alg: "ed25519-nkey" })}.${
    encode({ ...said, ...sides, nats: { ...nats, version: 2 } })
  }`;
  const signature = by.sign(new TextEncoder().encode(text));
  return `${text}.${Buffer.from(signature).toString("base64url")}`;
}

/** One that an operator runs: whoever has a `.creds` file of its account may do what that says. And such files. */
export async function startOperated(folder: string) {
  const [operator, account, system] = [
    ...[nkeys.createOperator(), nkeys.createAccount(), nkeys.createAccount()] as const,
  ];
  const all = { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, conn: -1, leaf: -1 };
  const stored = Object.fromEntries(
    ["mem_storage", "disk_storage", "streams", "consumer"].map((limit) => [limit, -1]),
  );
  const accountOf = (keys: KeyPair, limits: object) =>
    `${keys.getPublicKey()}: ${
      vouch(operator, keys, { type: "account", limits: { ...limits, wildcards: true } })
    }`;
  const nats = await NatsServer.start(folder, {
    more: [
      `operator: ${vouch(operator, operator, { type: "operator" })}`,
      `system_account: ${system.getPublicKey()}`,
      "resolver: MEMORY",
      `resolver_preload: {`,
      ...[accountOf(account, { ...all, ...stored }), accountOf(system, all), "}"],
    ].join("\n"),
  });
  const access = async (name: string) => {
    const user = nkeys.createUser();
    const { publish, subscribe } = leastOf(name);
    const allowed = { pub: { allow: publish }, sub: { allow: subscribe } };
    const jwt = vouch(account, user, { type: "user", ...allowed, subs: -1, data: -1, payload: -1 });
    const seed = new TextDecoder().decode(user.getSeed());
    const partOf = (kind: string, text: string) =>
      `-----BEGIN ${kind}-----\n${text}\n------END ${kind}------\n`;
    const path = `${folder}/${name}.creds`;
    const text = partOf("NATS USER JWT", jwt) + "\n" + partOf("USER NKEY SEED", seed).trimEnd();
    await Deno.writeTextFile(path, text, { mode: 0o600 });
    return ["--bus-credentials-file", path];
  };
  return { nats, berlin: await access("berlin"), view: await access("view") };
}

/** Asks its JetStream something. */
export async function administer<T>(
  { url }: Pick<NatsServer, "url">,
  ask: (manager: Awaited<ReturnType<typeof jetstreamManager>>) => Promise<T>,
): Promise<T> {
  const connection = await connect({ servers: url.slice("nats://".length) });
  try {
    return await ask(await jetstreamManager(connection));
  } finally {
    await connection.close();
  }
}

/** Three servers that keep everything three times. */
export async function startCluster(folder: string): Promise<NatsServer[]> {
  const routes = Array.from({ length: NODES }, freePort);
  const all = routes.map((port) => `"nats://127.0.0.1:${port}"`).join(", ");
  const servers = await Promise.all(routes.map((port, n) =>
    NatsServer.start(folder, {
      name: `node${n}`,
      more: `cluster { name: c, listen: "127.0.0.1:${port}", routes: [${all}] }`,
    })
  ));
  return servers;
}

/** The one that leads the stream. */
export async function leaderOf(servers: readonly NatsServer[]): Promise<NatsServer> {
  const info = await administer(servers[0]!, (manager) => manager.streams.info(STREAM));
  return servers[Number(info.cluster!.leader!.slice("node".length))]!;
}

/** A hub that takes its stream from that of its leaf. */
export async function startLeaf(folder: string): Promise<{ hub: NatsServer; leaf: NatsServer }> {
  const port = freePort();
  const hub = await NatsServer.start(folder, {
    ...{ name: "hub", domain: "hub" },
    more: `leafnodes { listen: "127.0.0.1:${port}" }`,
  });
  const leaf = await NatsServer.start(folder, {
    ...{ name: "leaf", domain: "leaf" },
    more: `leafnodes { remotes: [{ url: "nats://127.0.0.1:${port}" }] }`,
  });
  await administer(
    leaf,
    (manager) => manager.streams.add({ name: STREAM, subjects: [ALL_SUBJECTS] }),
  );
  await administer(hub, (manager) =>
    manager.streams.add({
      name: STREAM,
      sources: [{ name: STREAM, external: { api: "$JS.leaf.API", deliver: "" } }],
    }));
  return { hub, leaf };
}
