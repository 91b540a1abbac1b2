/**
 * The agents that have proven who they are, each with its newest session. Pure and bounded: an
 * agent enters only after a good tag, and is forgotten only when nothing of it could be replayed.
 */
import { DatagramError } from "../message.ts";
import type { Key } from "./keyring.ts";
import type { ReplayWindow } from "./replay.ts";

/** The newest session of one agent. */
export interface Session {
  /** As the header has it. */
  readonly name: string;
  readonly startMs: number;
  readonly window: ReplayWindow;
  /** The key that its last datagram was sealed with, and what it is made into for this session. */
  key: Key;
  sessionKey: Uint8Array;
  /** When its last datagram came, on the server's steady clock. */
  heardMs: number;
}

/** Sessions by the ids of their agents. */
export class Peers {
  readonly #sessions = new Map<string, Session>();
  readonly #limit: number;
  readonly #silenceMs: number;

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
  enter(id: string, session: Session): void {
    if (!this.#sessions.has(id)) this.#makeRoom(session.heardMs);
    this.#sessions.set(id, session);
  }

  #makeRoom(nowMs: number): void {
    if (this.#sessions.size < this.#limit) return;
    const [id, { heardMs }] = Iterator.from(this.#sessions).reduce((longest, entry) =>
      entry[1].heardMs < longest[1].heardMs ? entry : longest
    );
    if (nowMs - heardMs < this.#silenceMs) {
      throw new DatagramError("capacity", "there is no room for one more agent (--max-hosts)");
    }
    this.#sessions.delete(id);
  }
}
