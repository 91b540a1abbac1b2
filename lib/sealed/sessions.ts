/**
 * The agents that have authenticated, each with its newest session, and how the session of a sealed
 * datagram relates to it: a current one, or a replay. Pure and bounded: an agent enters only after a valid
 * tag, and is forgotten only when nothing of it could be replayed.
 */
import { DatagramError } from "../message/message.ts";
import { TextMap } from "../common/hash.ts";
import { Past, ReplayWindow } from "./window.ts";
import type { Header } from "./envelope.ts";

/** The newest session of one agent. */
export interface Session {
  /** The agent's id. */
  readonly key: string;
  /** As the header has it. */
  readonly name: string;
  readonly startMs: number;
  readonly window: ReplayWindow;
  /** The key that its last datagram was sealed with, which is only compared, and what it is made into for this session. */
  sealedWith: object;
  sessionKey: Uint8Array;
  /** When its last datagram came, on the server's steady clock. */
  heardMs: number;
  /** Whether one that failed authentication came from there since, in its name. */
  isContested: boolean;
  /** Where that came from. */
  hostname: string;
  port: number | null;
}

/** Sessions by the ids of their agents. */
export class Peers {
  readonly #sessions = new TextMap<Session>();
  readonly #limit: number;
  readonly #silenceMs: number;
  /** Those found silent by the last survey, the longest silent last. */
  #silent: Session[] = [];
  /** Before then another survey would find nobody. */
  #surveyMs = -Infinity;

  /** Keeps at most `limit` agents, each for at least `silenceMs` after its last datagram. */
  constructor(limit: number, silenceMs: number) {
    this.#limit = limit;
    this.#silenceMs = silenceMs;
  }

  /** Agents that are remembered. */
  get size(): number {
    return this.#sessions.size;
  }

  /** The newest session of an agent. */
  get(id: string): Session | undefined {
    return this.#sessions.get(id);
  }

  /** Enters a session in the place of the one before. @throws {DatagramError} `capacity`. */
  enter(session: Session): void {
    if (this.#sessions.get(session.key) === undefined) this.#makeRoom(session.heardMs);
    this.#sessions.set(session);
  }

  #makeRoom(nowMs: number): void {
    if (this.#sessions.size < this.#limit) return;
    const silent = this.#nextSilent(nowMs) ?? (this.#survey(nowMs), this.#nextSilent(nowMs));
    if (silent === null) {
      throw DatagramError.of("capacity", "the table of agents is full (--max-hosts)");
    }
    this.#sessions.delete(silent.key);
  }

  /** The longest silent of the last survey that still is. */
  #nextSilent(nowMs: number): Session | null {
    let next = this.#silent.pop();
    while (next !== undefined && !this.#isSilent(next, nowMs)) next = this.#silent.pop();
    return next ?? null;
  }

  /** Looks at all, unless nobody can have been silent for long enough since the last time. */
  #survey(nowMs: number): void {
    if (nowMs < this.#surveyMs) return;
    const all = this.#sessions.values().toArray().sort((a, b) => b.heardMs - a.heardMs);
    const first = all.findIndex((session) => this.#isSilent(session, nowMs));
    this.#silent = first < 0 ? [] : all.slice(first);
    const heard = first < 0 ? all : all.slice(0, first);
    this.#surveyMs = (heard.at(-1)?.heardMs ?? nowMs) + this.#silenceMs;
  }

  #isSilent({ key, heardMs }: Session, nowMs: number): boolean {
    return nowMs - heardMs >= this.#silenceMs && this.#sessions.get(key)?.heardMs === heardMs;
  }
}

/** How far the time of a datagram that opens a session may be off, in milliseconds, either way. */
export const CLOCK_TOLERANCE_MS = 300_000;

const OLDER = "its session is older than one that was heard";

/** Why one of an older session is refused before its tag is checked. */
export const OLDER_SESSION = new DatagramError("session", OLDER);

/** When a datagram came. */
export interface OpenClock {
  /** The server's wall clock, in milliseconds since 1970: agents' clocks are compared with it. */
  readonly wallMs: number;
  /** Milliseconds since the server was started, on a clock that is never set. */
  readonly upMs: number;
}

/** What a datagram's session is to its agent: the present one, a new one, or one that may be over. */
export type Standing = "present" | "new" | "other";

/** What a datagram says of its session, before its tag is checked. */
export function standingOf(
  { session: name, startMs }: Header,
  session: Session | undefined,
  { wallMs }: OpenClock,
): Standing {
  if (session === undefined) return "new";
  if (session.name === name) return "present";
  return session.window.past.isNew(startMs, wallMs + CLOCK_TOLERANCE_MS) ? "new" : "other";
}

/**
 * The window that an authentic datagram belongs to: the present one, or a new one that begins with it.
 *
 * @throws {DatagramError} for one that belongs to none.
 */
export function windowFor(
  header: Header,
  timeMs: number,
  standing: Standing,
  present: ReplayWindow | undefined,
  clock: OpenClock,
): ReplayWindow {
  const past = present?.past ?? new Past();
  if (standing === "new") {
    checkClock(header, timeMs, clock);
    return new ReplayWindow(header.seq, past);
  }
  const isBehind = standing === "other" || header.seq <= present!.highest;
  if (isBehind && past.witness(header, timeMs)) {
    checkClock(header, timeMs, clock);
    return new ReplayWindow(header.seq, past, past.latestMs);
  }
  if (standing === "other") throw olderSession(header.id);
  if (present!.isBelow(header.seq)) checkClock(header, timeMs, clock);
  return present!;
}

/** Names the agent only because the tag is valid. */
function olderSession(agent: string): DatagramError {
  return new DatagramError("session", OLDER, agent);
}

/**
 * Checks that a datagram that nothing preceded is current, and that no earlier run of the server can have
 * taken it: it must not be sent before this run began, nor long ago, nor in the future.
 */
function checkClock(
  { id, startMs }: Header,
  timeMs: number,
  { wallMs, upMs }: OpenClock,
): void {
  const refuse = (state: string) => {
    throw new DatagramError("clock", state, id);
  };
  if (Number.isNaN(timeMs)) return refuse("it opens a session, and says no time");
  const offMs = Math.max(timeMs, startMs) - wallMs;
  if (offMs > CLOCK_TOLERANCE_MS) refuse(`its clock is ${seconds(offMs)} ahead of ours`);
  if (timeMs < wallMs - CLOCK_TOLERANCE_MS) {
    refuse(`its clock is ${seconds(wallMs - timeMs)} behind ours`);
  }
  if (timeMs < Math.floor(wallMs - upMs)) refuse("it was sent before this server's start");
}

function seconds(durationMs: number): string {
  return `${Math.round(durationMs / 1_000)} s`;
}
