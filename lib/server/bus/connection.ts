/**
 * The connection to NATS: made anew for as long as it takes, with what a file holds to be let in. The
 * libraries are loaded when it is opened. Its one job is that connection.
 */
import type { StreamConfig } from "@nats-io/jetstream";
import type { ConnectionOptions, NatsConnection } from "@nats-io/transport-node";
import { describeError, type Log, type ThrottledLog } from "../../common/log.ts";
import { wait } from "../../common/timeout.ts";
import { accessOf, type ConnectionSettings } from "./access.ts";
import { guardSockets, NO_NATS } from "./sockets.ts";

/** How long the bus may take to answer. */
export const ANSWER_TIMEOUT_MS = 5_000;
/** Between attempts to connect, and how often the bus is asked whether it is still there. */
const [MIN_PAUSE_MS, MAX_PAUSE_MS, PING_MS] = [250, 5_000, 5_000] as const;
/** A connection that is lost sooner counts as none: the log tells of no further one like it, and pauses grow. */
const STEADY_MS = 10_000;
/** That of an engine that keeps no copies. */
const NO_CLUSTER = 10_074;

/** Where to report. */
export interface ConnectionSurroundings {
  readonly log: Pick<Log, "info" | "warn">;
  readonly throttledLog: Pick<ThrottledLog, "warn">;
}

/** The libraries, loaded where a bus is asked for. */
export type Libraries = Awaited<ReturnType<typeof loadLibraries>>;

async function loadLibraries() {
  const [transport, jetstream] = await Promise.all([
    import("@nats-io/transport-node"),
    import("@nats-io/jetstream"),
  ]);
  await guardSockets();
  return { ...transport, ...jetstream };
}

/** Why there is no connection, where the library's words say little. */
function reasonOf(error: unknown): string {
  const words = describeError(error);
  const isOther = error instanceof SyntaxError || words.startsWith("unexpected response");
  if (isOther) return NO_NATS;
  return words.endsWith("an undefined error") ? "it closed the connection" : words;
}

/** A connection that is there most of the time. */
export class BusConnection {
  readonly libraries: Libraries;
  readonly #name: string;
  readonly #settings: ConnectionSettings;
  readonly #surroundings: ConnectionSurroundings;
  readonly #stopping = new AbortController();
  #present: NatsConnection | null = null;
  #arriving = new AbortController();
  #losing = new AbortController();
  #failure: string | null = "not reached yet";
  #isTold = false;
  /** Whether the present connection has stood for some time, and how many before did not. */
  #isSteady = false;
  #short = 0;

  private constructor(
    name: string,
    libraries: Libraries,
    settings: ConnectionSettings,
    surroundings: ConnectionSurroundings,
  ) {
    this.#name = name;
    this.libraries = libraries;
    this.#settings = settings;
    this.#surroundings = surroundings;
  }

  /** Begins to connect, as a client of a name. @throws {RangeError} with one line for the user when a file cannot be used. */
  static async open(
    name: string,
    settings: ConnectionSettings,
    surroundings: ConnectionSurroundings,
  ): Promise<BusConnection> {
    const connection = new BusConnection(name, await loadLibraries(), settings, surroundings);
    await connection.#options();
    connection.#run();
    return connection;
  }

  /** Where the bus is, for logs. */
  get place(): string {
    return this.#settings.servers.map((url) => `${url.protocol}//${url.host}`).join(",");
  }

  /** Why it cannot be reached; `null` where it can. */
  get failure(): string | null {
    return this.#failure;
  }

  /** @throws {Error} that says why it cannot be reached. */
  get present(): NatsConnection {
    if (this.#failure !== null) throw new Error(this.#failure);
    return this.#present!;
  }

  /** Aborted when the present connection is lost. */
  get losing(): AbortSignal {
    return this.#losing.signal;
  }

  /** Resolves when it is there; or after a while, or when it is stopped. */
  async arrival(stop = this.#stopping.signal): Promise<void> {
    if (this.#failure === null) return;
    await wait(ANSWER_TIMEOUT_MS, AbortSignal.any([stop, this.#arriving.signal]));
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#present?.close();
  }

  async #run(): Promise<void> {
    const { connect, wsconnect } = this.libraries;
    const { signal } = this.#stopping;
    const isWeb = /^wss?:$/.test(this.#settings.servers[0]!.protocol);
    let pauseMs: number = MIN_PAUSE_MS;
    while (!signal.aborted) {
      try {
        const present = await (isWeb ? wsconnect : connect)(await this.#options());
        if (signal.aborted) return void present.close();
        this.#present = present;
        pauseMs = MIN_PAUSE_MS;
        this.#arrive();
        await this.#watch(present);
      } catch (error) {
        this.#leave(reasonOf(error));
      }
      await wait(pauseMs, signal);
      pauseMs = Math.min(MAX_PAUSE_MS, 2 * pauseMs);
    }
  }

  /** Until the connection is closed for good. */
  async #watch(present: NatsConnection): Promise<void> {
    for await (const status of present.status()) {
      if (status.type === "disconnect") this.#leave("the connection was lost");
      if (status.type === "reconnect") this.#arrive();
      if (status.type !== "error") continue;
      const { message } = status.error;
      this.#surroundings.throttledLog.warn("bus error", () => `The bus says: ${message}`);
    }
    this.#leave("the connection was closed");
  }

  #arrive(): void {
    this.#failure = null;
    this.#losing = new AbortController();
    this.#arriving.abort();
    this.#isSteady = false;
    if (this.#short === 0) this.#tellArrival();
    this.#settle(this.#losing.signal);
  }

  #tellArrival(): void {
    this.#isTold = false;
    this.#surroundings.log.info(`Connected to the bus at ${this.place}`);
  }

  async #settle(losing: AbortSignal): Promise<void> {
    await wait(STEADY_MS, losing);
    if (losing.aborted) return;
    if (this.#isTold) this.#tellArrival();
    this.#isSteady = true;
    this.#short = 0;
  }

  #leave(failure: string): void {
    if (this.#failure === null) {
      this.#arriving = new AbortController();
      if (!this.#isSteady) this.#short++;
    }
    this.#failure = failure;
    this.#losing.abort();
    if (this.#isTold || this.#stopping.signal.aborted) return;
    this.#isTold = true;
    this.#surroundings.log.warn(`Cannot reach the bus at ${this.place}: ${failure}; retrying`);
  }

  /** How to connect now. @throws {RangeError} with one line for the user when a file cannot be used. */
  async #options(): Promise<ConnectionOptions> {
    return {
      name: `pulso-server ${this.#name}`,
      inboxPrefix: `_INBOX.${this.#name}`,
      maxReconnectAttempts: -1,
      reconnectDelayHandler: () => Math.min(MAX_PAUSE_MS, MIN_PAUSE_MS * 2 ** this.#short),
      ignoreAuthErrorAbort: true,
      // Those that are named are to be used: others may advertise addresses that do not lead to them.
      ignoreClusterUpdates: true,
      pingInterval: PING_MS,
      timeout: ANSWER_TIMEOUT_MS,
      ...await accessOf(this.#settings, this.libraries),
    };
  }
}

/** Makes a stream, in three copies where the bus is a cluster; in how many. @throws {Error} when the bus does not. */
export async function makeStream(
  { present, libraries }: BusConnection,
  limits: Parameters<Libraries["jetstreamManager"]>[1],
  config: Partial<StreamConfig> & Pick<StreamConfig, "name">,
): Promise<number> {
  const manager = await libraries.jetstreamManager(present, limits);
  const make = (replicas: number) => manager.streams.add({ ...config, num_replicas: replicas });
  const made = present.info?.cluster === undefined ? make(1) : make(3)
    // A leaf has the name of a cluster, too, and may be alone.
    .catch((error) => error.code === NO_CLUSTER ? make(1) : Promise.reject(error));
  return (await made).config.num_replicas;
}
