/**
 * Server side: opens sealed datagrams, and decides which plain ones may pass beside them. What it
 * remembers changes only after a good tag, and is bounded. Pure: clocks and keys are handed to it.
 */
import { Budget } from "../budget.ts";
import type { Digest } from "../digest/digest.ts";
import { Digester } from "../digest/digester.ts";
import { DatagramError, PLAIN_BYTE } from "../message.ts";
import type { AuthMode } from "../options.ts";
import { deriveSessionKey, openBytes } from "./cipher.ts";
import { decodeHeader, type Header, isSealed } from "./envelope.ts";
import { agentSecret, isValid, type Key, type Keyring } from "./keyring.ts";
import { Past } from "./past.ts";
import { Peers, type Session } from "./peers.ts";
import { type Replay, ReplayWindow } from "./replay.ts";

/** How far the time of a datagram that opens a session may be off, in milliseconds, either way. */
export const CLOCK_TOLERANCE_MS = 300_000;
/** Agents silent for less are not forgotten: their last datagrams could open their sessions anew. */
const SILENCE_MS = 2 * CLOCK_TOLERANCE_MS;

/**
 * Sessions that nothing is known of, and that prove nothing: 500 cost some 2 % of a core. What
 * proves itself is paid back, so that a fleet that starts at once is not held up.
 */
const UNPROVEN = {
  network: { burst: 200, perSecond: 100 },
  all: { burst: 500, perSecond: 500 },
};

/** Sessions that may be over, and old ones that somebody sends again: looked at so as to say whose they are. */
const DOUBTED = {
  network: { burst: 50, perSecond: 25 },
  all: { burst: 100, perSecond: 100 },
};

/** When a datagram came. */
export interface OpenClock {
  /** The server's wall clock, in milliseconds since 1970: agents' clocks are compared with it. */
  readonly wallMs: number;
  /** Milliseconds since the server was started, on a clock that is never set. */
  readonly upMs: number;
}

/** A datagram that was let through. */
export interface Opened {
  /** It holds until the next one is opened. */
  readonly digest: Digest;
  /** The bytes that it was read from; those of a sealed one do not say who sent it. */
  readonly body: Uint8Array;
  /** The id of the key that it was sealed with; `null` for a plain one. */
  readonly keyId: number | null;
  /** Why it is no news; `null` when it is, and for a plain one, of which nothing is known. */
  readonly replay: Replay | null;
  /** Whether its agent has begun anew with it, with a session or numbers that may have been used before. */
  readonly isAnew: boolean;
}

/** What an opener is made of. */
export interface OpenerOptions {
  readonly auth: AuthMode;
  /** Most agents that are remembered. */
  readonly maxAgents: number;
}

/** Opens the datagrams of all agents. */
export class Opener {
  readonly #auth: AuthMode;
  readonly #peers: Peers;
  readonly #digester: Digester;
  readonly #unproven = new Budget(UNPROVEN);
  readonly #doubted = new Budget(DOUBTED);

  constructor({ auth, maxAgents }: OpenerOptions) {
    this.#auth = auth;
    this.#digester = new Digester(maxAgents);
    this.#peers = new Peers(maxAgents, SILENCE_MS);
  }

  /**
   * Takes one datagram, plain or sealed; `address` is its sender's, without the port.
   *
   * @throws {DatagramError} for one that may not pass.
   */
  open(bytes: Uint8Array, ring: Keyring, clock: OpenClock, address = ""): Opened {
    return isSealed(bytes) ? this.#openSealed(bytes, ring, clock, address) : this.#passPlain(bytes);
  }

  #passPlain(bytes: Uint8Array): Opened {
    if (this.#auth === "require" && bytes[0] === PLAIN_BYTE) {
      throw new DatagramError("plain", "it is not sealed (--auth require)");
    }
    const digest = this.#digester.digest(bytes);
    if (this.#auth === "mixed" && digest.id !== null && this.#peers.get(digest.id) !== undefined) {
      throw new DatagramError("downgrade", "it is plain, and its id was heard sealed");
    }
    return { digest, body: bytes, keyId: null, replay: null, isAnew: false };
  }

  #openSealed(bytes: Uint8Array, ring: Keyring, clock: OpenClock, address: string): Opened {
    const header = decodeHeader(bytes);
    const key = findKey(ring, header.keyId, clock.wallMs);
    const session = this.#peers.get(header.id);
    const standing = standingOf(header, session, clock);
    this.#pay(standing, address, clock.upMs);
    const isKnown = standing === "present" && session!.key === key;
    const sessionKey = isKnown ? session!.sessionKey : sessionKeyOf(key, header);
    const body = openBytes(sessionKey, bytes);
    if (body === null) throw new DatagramError("auth", "its tag does not prove it");
    const digest = this.#digestBody(body, header);
    // Nothing below this line is done for a datagram without a good tag.
    const window = windowFor(header, digest.timeMs, standing, session?.window, clock);
    const isAnew = window !== session?.window;
    const entered = isAnew ? this.#enter(header, window, key, sessionKey, clock.upMs) : session!;
    if (standing === "new") this.#unproven.giveBack(address);
    entered.key = key;
    entered.sessionKey = sessionKey;
    entered.heardMs = Math.max(entered.heardMs, clock.upMs, clock.upMs + aheadOf(clock, digest));
    const replay = window.accept(header.seq, digest.timeMs);
    return { digest, body, keyId: key.keyId, replay, isAnew: isAnew && standing !== "new" };
  }

  /** Unknown sessions, and those that may be copies, are tried only so often: nothing vouches for them. */
  #pay(standing: Standing, address: string, upMs: number): void {
    if (standing === "new" && !this.#unproven.take(address, upMs)) {
      throw new DatagramError("budget", "too many sessions that prove nothing came at once");
    }
    if (standing === "other" && !this.#doubted.take(address, upMs)) throw olderSession(null);
  }

  /** Reads a body as a plain message; who sent it is told by the header alone. */
  #digestBody(body: Uint8Array, { id, session, seq }: Header): Digest {
    const digest = this.#digester.digest(body);
    if (digest.legacy) throw new DatagramError("schema", "v is missing");
    digest.id = id;
    digest.session = session;
    digest.seq = seq;
    return digest;
  }

  #enter(
    { id, session, startMs }: Header,
    window: ReplayWindow,
    key: Key,
    sessionKey: Uint8Array,
    upMs: number,
  ): Session {
    const entered = { name: session, startMs, window, key, sessionKey, heardMs: upMs };
    this.#peers.enter(id, entered);
    window.past.begin(startMs);
    return entered;
  }
}

/** What a datagram's session is to its agent: the present one, a new one, or one that may be over. */
type Standing = "present" | "new" | "other";

function standingOf(
  { session: name, startMs }: Header,
  session: Session | undefined,
  { wallMs }: OpenClock,
): Standing {
  if (session === undefined) return "new";
  if (session.name === name) return "present";
  return session.window.past.isNew(startMs, wallMs + CLOCK_TOLERANCE_MS) ? "new" : "other";
}

/**
 * The window that a proven datagram belongs to: the present one, or a new one that begins with it.
 *
 * @throws {DatagramError} for one that belongs to none.
 */
function windowFor(
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

function olderSession(agent: string | null): DatagramError {
  return new DatagramError("session", "its session is older than one that was heard", agent);
}

/** How far the time of a datagram is ahead of ours. */
function aheadOf({ wallMs }: OpenClock, { timeMs }: Digest): number {
  return timeMs > wallMs ? timeMs - wallMs : 0;
}

function findKey(ring: Keyring, keyId: number, nowMs: number): Key {
  const key = ring.get(keyId);
  if (key === undefined) throw new DatagramError("key", `there is no key ${keyId}`);
  if (!isValid(key, nowMs)) throw new DatagramError("key", `key ${keyId} is not valid now`);
  return key;
}

function sessionKeyOf(key: Key, { id, session }: Header): Uint8Array {
  const secret = agentSecret(key, id);
  if (secret === null) throw new DatagramError("key", `key ${key.keyId} is another agent's`);
  return deriveSessionKey(secret, session);
}

/**
 * Whether a datagram that nothing was heard before is of now, and not of a time when another
 * run of the server may have taken it: not sent before this run began, nor long ago or to come.
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
