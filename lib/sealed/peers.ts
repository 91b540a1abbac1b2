/**
 * The agents that have proven who they are, each with its newest session. Pure and bounded: an
 * agent enters only after a good tag, and is forgotten only when nothing of it could be replayed.
 */
import { DatagramError } from "../message/message.ts";
import { TextMap } from "../common/text_map.ts";
import type { Key } from "./keyring.ts";
import type { ReplayWindow } from "./replay.ts";

/** The newest session of one agent. */
export interface Session {
  /** The agent's id. */
  readonly key: string;
  /** As the header has it. */
  readonly name: string;
  readonly startMs: number;
  readonly window: ReplayWindow;
  /** The key that its last datagram was sealed with, and what it is made into for this session. */
  sealedWith: Key;
  sessionKey: Uint8Array;
  /** When its last datagram came, on the server's steady clock. */
  heardMs: number;
  /** Whether one that failed its tag came from there since, in its name. */
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
  /** Those that were found silent, the longest silent last. */
  #silent: Session[] = [];
  /** Before then it is of no use to look at all again. */
  #surveyMs = -Infinity;

  /** Keeps at most `limit` agents, and each for `silenceMs` after its last datagram at the least. */
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
      throw DatagramError.of("capacity", "there is no room for one more agent (--max-hosts)");
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
