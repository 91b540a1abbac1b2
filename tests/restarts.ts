/**
 * `deno task restarts [--agents N] [--minutes N] [--seed N]`: many agents at one sample a second behind a bad
 * network (5 % loss, copies, late ones), and a server with `--data` that is ended by SIGTERM and by SIGKILL
 * and started again. After each end the file, after each start and before each end the API, and at last all
 * of history are held against a model that was made from what was sent. It ends by itself.
 */
import { encodeMessage } from "../lib/message/encode.ts";
import { readCount } from "../lib/common/options.ts";
import { Database } from "../lib/server/store/file/database.js";
import { COLUMNS } from "../lib/server/store/columns.ts";
import { readCommandLine, readMinutes } from "../tools/command_line.ts";
import { AskedServer } from "./asked_server.ts";
import { FaultyPath, harmed } from "./fault_proxy.ts";
import { inFolder } from "./files.ts";
import { COUNTED, HostModel, type Sample, type Snapshot } from "./host_model.ts";
import { randomOf } from "./mutation.ts";
import {
  BEAT_MS,
  type Bounds,
  HistoryCheck,
  type Life,
  MINUTE_MS,
  type Taken,
  WRITE_MS,
} from "./restart_history.ts";

/** How much is sent, and how often the server ends. */
export interface RestartOptions {
  readonly agents: number;
  readonly seed: number;
  /** How it ends each time. */
  readonly ends: readonly ("SIGTERM" | "SIGKILL")[];
  readonly roundsPerLife: number;
  /** Seconds in which no server runs. */
  readonly downRounds: number;
  readonly print: (text: string) => void;
}

const FAULTS = {
  ...{ loss: 0.05, burst: 0.002, recovery: 0.4, duplicate: 0.02, reorder: 0.02 },
  ...{ corrupt: 0, truncate: 0 },
};
const INTERVAL_MS = 1_000;
/** The server's socket holds more than so many short ones: after them we wait until it has them. */
const BURST = 120;
/** A host is saved so long after a change, and a new one at the end of its minute, with some to spare. */
const [UNSAVED_MS, NEW_MS] = [55_000, 65_000];
/** So many faults are told in words. */
const MAX_TOLD = 50;

/** One agent, the way of its datagrams, and what the server must know of it. */
interface Agent {
  readonly id: string;
  readonly index: number;
  readonly path: FaultyPath;
  session: string;
  seq: number;
  state: "sending" | "silent" | "left";
  /** When its session began. */
  sessionMs: number;
  model: HostModel;
  /** What the server has taken in all lives, by when. */
  readonly history: Taken[];
  /** How long that is missing which its path lost, as the history must tell. */
  lostMs: Bounds;
  /** The last that was handed on. */
  last: Uint8Array | null;
}

/** Runs all of it; returns what was wrong, in words. */
export async function runRestarts(options: RestartOptions): Promise<string[]> {
  const wrong: string[] = [];
  await inFolder(async (folder) => {
    await using run = new Run(`${folder}/data`, options, wrong);
    await run.all();
  });
  return wrong;
}

class Run implements AsyncDisposable {
  readonly #data: string;
  readonly #options: RestartOptions;
  readonly #wrong: string[];
  readonly #random: () => number;
  readonly #agents: Agent[];
  readonly #lives: Life[] = [];
  readonly #socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  #server: AskedServer | null = null;
  #sent = 0;

  constructor(data: string, options: RestartOptions, wrong: string[]) {
    const { agents, seed } = options;
    this.#data = data;
    this.#options = options;
    this.#wrong = wrong;
    this.#random = randomOf(seed);
    this.#agents = Array.from({ length: agents }, (_, index) => ({
      ...{ id: `agent-${index}`, index, session: `s0-${index}`, seq: 0, state: "sending" },
      path: new FaultyPath(seed * 10_007 + index, FAULTS),
      ...{ sessionMs: Date.now(), model: new HostModel(null, 0), history: [], last: null },
      lostMs: [0, 0],
    }));
  }

  async all(): Promise<void> {
    const { ends, roundsPerLife, downRounds, print } = this.#options;
    for (const [n, signal] of ends.entries()) {
      await this.#start();
      if (n > 0) await this.#sendCopies();
      const beginMs = Date.now();
      for (let round = 0; round < roundsPerLife; round++) await this.#round(round);
      this.#lives.at(-1)!.roundMs = (Date.now() - beginMs) / roundsPerLife;
      await this.#checkAccounts();
      await this.#end(signal);
      for (let round = 0; round < downRounds; round++) await this.#silentRound(round);
      print(
        `life ${n + 1} ended by ${signal}: ${this.#taken()} taken, ${this.#wrong.length} wrong`,
      );
    }
    await this.#start();
    await this.#checkHistories();
    await this.#server!.running.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await this.#server?.[Symbol.asyncDispose]();
  }

  /** Datagrams that the server took in all lives. */
  #taken(): number {
    return this.#agents.reduce((sum, { history }) => sum + history.length, 0);
  }

  #say(text: string): void {
    this.#wrong.push(text);
    if (this.#wrong.length <= MAX_TOLD) this.#options.print(text);
  }

  /** Starts the server: it has the hosts that were stored, as they were. */
  async #start(): Promise<void> {
    const startMs = Date.now();
    const folder = this.#data;
    const permissions = [`--allow-read=${folder}`, `--allow-write=${folder}`];
    this.#server = await AskedServer.start(["--data", folder], permissions);
    this.#sent = 0;
    const readyMs = Date.now();
    const life = { startMs, readyMs, endMs: Infinity, exitMs: Infinity, isKilled: false };
    this.#lives.push({ ...life, roundMs: INTERVAL_MS });
    const rows = await rowsOf(this.#server);
    for (const agent of this.#agents) {
      agent.model = new HostModel(agent.model.last, startMs);
      const row = rows.get(agent.id);
      const { last } = agent.model;
      if (row === undefined || last === null) {
        if (row !== undefined || last !== null) {
          this.#say(`${agent.id} ${row ? "is" : "is not"} there`);
        }
        continue;
      }
      const expected = last.left ? "left" : statusAt(row.ageMs);
      if (row.status !== expected) this.#say(`${agent.id} is ${row.status}, not ${expected}`);
      // What it said last, of what was stored; late ones may have come after it.
      const isTooNew = row.heardMs > last.atMs + 2 * BEAT_MS;
      if (isTooNew) this.#say(`${agent.id} was heard at ${row.heardMs}, after ${last.atMs}`);
    }
  }

  /** Copies of what came before this start: none is taken. */
  async #sendCopies(): Promise<void> {
    for (const agent of this.#agents) {
      if (agent.last === null || agent.model.last === null || this.#random() > 0.2) continue;
      await this.#send(agent, agent.last);
    }
  }

  /** A second in which each agent sends once. */
  async #round(round: number): Promise<void> {
    const dueMs = Date.now() + INTERVAL_MS;
    const { roundsPerLife } = this.#options;
    for (const agent of this.#agents) {
      if (agent.state !== "sending") continue;
      const fate = this.#random() * roundsPerLife;
      const isEarly = round < 2 || round > roundsPerLife - 3;
      // Both ends of a session come, so that it is known how it ended and began.
      if (fate < 0.1 && !isEarly) {
        await this.#pass(agent, agent.path.takeSafely(this.#sample(agent)));
        Object.assign(agent, { session: `${agent.session}_`, seq: 0, sessionMs: Date.now() });
        await this.#pass(agent, agent.path.takeSafely(this.#sample(agent)));
      } else if (fate < 0.13 && !isEarly) {
        await this.#pass(agent, agent.path.takeSafely(this.#sample(agent, true)));
        agent.state = "left";
      } else if (fate < 0.16 && !isEarly) agent.state = "silent";
      else await this.#pass(agent, agent.path.take(this.#sample(agent)));
    }
    await pause(dueMs - Date.now());
  }

  /** A second in which nobody hears; some agents are started anew in it. */
  async #silentRound(round: number): Promise<void> {
    for (const agent of this.#agents) {
      if (agent.state !== "sending") continue;
      // So far that nobody can think that a session began while the next server listened.
      if (round === 0) agent.seq += 20;
      if (round === 1 && this.#random() < 0.1) {
        Object.assign(agent, { session: `${agent.session}_`, seq: 20, sessionMs: Date.now() });
      }
      agent.path.take(this.#sample(agent));
    }
    await pause(INTERVAL_MS);
  }

  #sample(agent: Agent, bye = false): Uint8Array {
    const { id, index, session } = agent;
    const seq = ++agent.seq;
    const [time, mean] = [Date.now(), (7 * index + 13 * seq) % 100];
    const cpu = { mean, cores: [mean], iowait: 0, steal: 0 };
    const message = { v: 1 as const, id, host: id, session, seq, time, interval: INTERVAL_MS, cpu };
    return encodeMessage(bye ? { ...message, bye } : message).slice();
  }

  async #pass(agent: Agent, passing: ReturnType<FaultyPath["take"]>): Promise<void> {
    for (const datagram of passing) await this.#send(agent, harmed(datagram));
  }

  async #send(agent: Agent, bytes: Uint8Array): Promise<void> {
    const atMs = Date.now();
    const server = this.#server!;
    await this.#socket.send(bytes, server.to);
    const { session, seq, time, cpu, bye = false } = JSON.parse(new TextDecoder().decode(bytes));
    const sample: Sample = { session, seq, time, value: cpu.mean, bye };
    const before = agent.model.accepted.length;
    agent.model.deliver(sample, atMs, agent.sessionMs < this.#lives.at(-1)!.startMs);
    const life = this.#lives.length - 1;
    if (agent.model.accepted.length > before) {
      agent.history.push({ atMs, value: sample.value, life });
      agent.last = bytes;
    }
    if (++this.#sent % BURST === 0) await server.waitFor(this.#sent);
  }

  /** Each count of each host, as the API tells it. */
  async #checkAccounts(): Promise<void> {
    const server = this.#server!;
    await server.waitFor(this.#sent);
    for (const { id, model } of this.#agents) {
      const delivery = (await server.get(`/api/hosts/${id}`))?.delivery ?? null;
      this.#compare(id, delivery, model.last);
    }
  }

  #compare(id: string, actual: Record<string, number> | null, expected: Snapshot | null): void {
    for (const name of COUNTED) {
      const [is, must] = [actual?.[name] ?? null, expected?.counts[name] ?? null];
      if (is !== must) this.#say(`life ${this.#lives.length}: ${id} ${name} ${is}, not ${must}`);
    }
  }

  /** Ends the server, not near the end of a minute, and looks at its file. */
  async #end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const inMinute = Date.now() % MINUTE_MS;
    if (inMinute < 2 * WRITE_MS) await pause(2 * WRITE_MS - inMinute);
    const life = this.#lives.at(-1)!;
    life.endMs = Date.now();
    life.isKilled = signal === "SIGKILL";
    await this.#server!.running.stop(signal);
    life.exitMs = Date.now();
    const db = new Database(`${this.#data}/pulso.db`, COLUMNS);
    const checked = db.db.prepare("pragma integrity_check").get()!.integrity_check;
    if (checked !== "ok") this.#say(`integrity_check: ${checked}`);
    const stored = new Map(db.hosts(1e6).hosts.map(({ key, state }) => [key, JSON.parse(state)]));
    db.close();
    for (const agent of this.#agents) {
      const lostMs = lostIn(agent.model, life);
      agent.lostMs = [agent.lostMs[0] + lostMs[0], agent.lostMs[1] + lostMs[1]];
      agent.model = new HostModel(this.#storedOf(agent, stored.get(agent.id), life), 0);
    }
  }

  /** What was stored is what was known at its end, or some time before it was killed. */
  #storedOf({ id, model }: Agent, state: StoredState | undefined, life: Life): Snapshot | null {
    const { last, stored, snapshots } = model;
    const all = [...(stored === null ? [] : [stored]), ...snapshots].reverse();
    if (state === undefined) {
      const isNew = stored === null && life.endMs - (snapshots[0]?.atMs ?? 0) < NEW_MS;
      if (last !== null && !(life.isKilled && isNew)) this.#say(`${id} was not stored`);
      return null;
    }
    const { delivery } = state.account;
    const found = all.find((snapshot) =>
      snapshot.session === delivery.session && snapshot.highest === delivery.sequence &&
      COUNTED.every((name) => snapshot.counts[name] === delivery[name])
    );
    if (found === undefined) {
      this.#say(`${id} was stored as ${JSON.stringify(delivery)}, not as it ever was`);
      return last;
    }
    const sinceMs = snapshots.find(({ atMs }) => atMs > found.atMs)?.atMs ?? life.endMs;
    const unsavedMs = life.endMs - sinceMs;
    const isOld = found !== last && unsavedMs > (life.isKilled ? UNSAVED_MS : 0);
    if (isOld) this.#say(`${id} was stored ${unsavedMs} ms before the end`);
    return found;
  }

  /** All minutes of all hosts that are in the file now. */
  async #checkHistories(): Promise<void> {
    const fromMs = Math.floor(this.#lives[0]!.startMs / MINUTE_MS) * MINUTE_MS;
    const untilMs = Date.now();
    const range = `metric=cpu&from=${fromMs}&to=${untilMs}&points=5000`;
    const check = new HistoryCheck(this.#lives, (fault) => this.#say(fault));
    for (const agent of this.#agents) {
      const answer = await this.#server!.get(`/api/hosts/${agent.id}/history?${range}`);
      if (answer === null) {
        if (agent.model.last !== null) this.#say(`${agent.id} has no history`);
        continue;
      }
      const { id, history, lostMs, state } = agent;
      check.check(id, { history, lostMs, isQuiet: state !== "sending" }, answer);
    }
    check.checkTotals();
    const lost = this.#agents.reduce((sum, { model }) => sum + (model.last?.counts.lost ?? 0), 0);
    const { totals } = check;
    this.#options.print(
      `history: ${totals.samples} samples, ${Math.round(totals.lostMs / 1_000)} s lost ` +
        `(${lost} datagrams in accounts), ${Math.round(totals.downMs / 1_000)} s down, ` +
        `${Math.round(totals.quietMs / 1_000)} s of those quiet that send no more`,
    );
  }
}

/** How long that is missing which was lost in a life; of one that was killed, what it may have written. */
function lostIn({ stored, snapshots }: HostModel, { isKilled, endMs, roundMs }: Life): Bounds {
  const writtenMs = isKilled ? Math.floor((endMs - WRITE_MS) / MINUTE_MS) * MINUTE_MS : Infinity;
  const ends = [
    snapshots.findLast(({ atMs }) => atMs < writtenMs) ?? stored,
    ...snapshots.filter(({ atMs }) => atMs >= writtenMs),
  ];
  const before = stored?.counts.lost ?? 0;
  const lost = ends.map((end) => roundMs * ((end?.counts.lost ?? 0) - before));
  return [Math.min(...lost), Math.max(...lost)];
}

/** What the file says of a host. */
interface StoredState {
  readonly account: { readonly delivery: Record<string, number> & { readonly session: string } };
}

/** Status by age, as the documents say it. */
function statusAt(ageMs: number): string {
  if (ageMs > 6 * INTERVAL_MS + 1_000) return "offline";
  return ageMs > 3 * INTERVAL_MS + 1_000 ? "stale" : "live";
}

/** Every host that a server knows, by its id. */
async function rowsOf(server: AskedServer) {
  const rows = new Map<string, { status: string; ageMs: number; heardMs: number }>();
  for (let offset = 0;; offset += 500) {
    const answer = await server.get(`/api/fleet?limit=500&offset=${offset}`);
    for (const row of answer.rows) {
      rows.set(row.id, { ...row, heardMs: answer.nowMs - row.ageMs });
    }
    if (answer.rows.length < 500) return rows;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}

if (import.meta.main) await main();

async function main(): Promise<void> {
  const { minutes, agents, seed } = readCommandLine({
    usage: "deno task restarts [OPTION]...",
    purpose: "Ends a server with --data again and again under load, and holds it against a model.",
    options: {
      minutes: { placeholder: "N", fallback: "10", help: "how long to send", read: readMinutes },
      agents: {
        placeholder: "N",
        fallback: "2000",
        help: "how many agents",
        read: (text: string) => readCount(text, 1, 10_000),
      },
      seed: {
        placeholder: "N",
        fallback: "1",
        help: "what they do",
        read: (text: string) => readCount(text, 1, 1_000_000),
      },
    },
  });
  const ends = ["SIGTERM", "SIGKILL", "SIGKILL", "SIGTERM", "SIGKILL", "SIGTERM"] as const;
  const roundsPerLife = Math.max(10, Math.round(60 * minutes / ends.length));
  // deno-lint-ignore no-console
  const print = (text: string) => console.log(text);
  const wrong = await runRestarts({ agents, seed, ends, roundsPerLife, downRounds: 10, print });
  print(`${wrong.length} wrong`);
  Deno.exit(wrong.length === 0 ? 0 : 1);
}
