/**
 * Server side: opens sealed datagrams, and decides which plain ones may pass beside them. Its state
 * changes only after a valid tag, and is bounded. Pure: clocks and keys are handed to it.
 */
import { TokenBucket } from "../common/rate_limit.ts";
import { type Decoded, type Digest, Digester } from "../message/digest.ts";
import type { Origin } from "../common/address.ts";
import { DatagramError, PLAIN_BYTE, TARGET_DATAGRAM_BYTES } from "../message/message.ts";
import { deriveSessionKey, openBytes } from "./cipher.ts";
import { decodeHeader, type Header, isSealed } from "./envelope.ts";
import { agentSecret, isValid, type Key, type Keyring } from "./keyring.ts";
import {
  CLOCK_TOLERANCE_MS,
  OLDER_SESSION,
  type OpenClock,
  Peers,
  type Session,
  type Standing,
  standingOf,
  windowFor,
} from "./sessions.ts";
import type { ReplayWindow } from "./window.ts";

/** Which datagrams the server takes: plain ones for every id, only for ids never heard sealed, or none. */
export const AUTH_MODES = ["off", "mixed", "require"] as const;
export type AuthMode = (typeof AUTH_MODES)[number];

/** Agents silent for less are not forgotten: their last datagrams could be replayed to reopen their sessions. */
const SILENCE_MS = 2 * CLOCK_TOLERANCE_MS;

/**
 * Datagrams that nothing vouches for before their tag is checked: of an unknown session, or with another
 * key or from another address than the last authentic one. 500 cost some 2 % of a core. An authentic one
 * is refunded, so that a fleet that starts at once is not held up.
 */
const UNPROVEN = {
  network: { burst: 200, perSecond: 100 },
  all: { burst: 500, perSecond: 500 },
};

/**
 * Datagrams from the very address of a known session after one that failed authentication: somebody
 * forges that address. 1,000 cost some 6 % of a core; the agent's own are refunded.
 */
const CONTESTED = {
  network: { burst: 1_000, perSecond: 500 },
  all: { burst: 2_000, perSecond: 1_000 },
};

/** Sessions that may be over, and replayed ones: opened only to tell whose they are. */
const DOUBTED = {
  network: { burst: 50, perSecond: 25 },
  all: { burst: 100, perSecond: 100 },
};

/** An unknown sender. */
const NOWHERE: Origin = { hostname: "", port: 0 };

/** What an opener is made of. */
export interface OpenerOptions {
  readonly auth: AuthMode;
  /** Maximum number of agents that are remembered. */
  readonly maxAgents: number;
}

/** Opens the datagrams of all agents. */
export class Opener {
  readonly #auth: AuthMode;
  readonly #peers: Peers;
  readonly #digester: Digester;
  readonly #unproven = new TokenBucket(UNPROVEN);
  readonly #contested = new TokenBucket(CONTESTED);
  readonly #doubted = new TokenBucket(DOUBTED);

  constructor({ auth, maxAgents }: OpenerOptions) {
    this.#auth = auth;
    this.#digester = new Digester(maxAgents);
    this.#peers = new Peers(maxAgents, SILENCE_MS);
  }

  /**
   * Takes one datagram, plain or sealed.
   *
   * @throws {DatagramError} for one that may not pass.
   */
  open(bytes: Uint8Array, ring: Keyring, clock: OpenClock, sender = NOWHERE): Decoded {
    return isSealed(bytes)
      ? this.#openSealed(bytes, ring, clock, sender)
      : this.#passPlain(bytes, sender, clock);
  }

  #passPlain(bytes: Uint8Array, { hostname }: Origin, { upMs }: OpenClock): Decoded {
    if (this.#auth === "require" && bytes[0] === PLAIN_BYTE) {
      throw DatagramError.of("plain", "it is not sealed (--auth require)");
    }
    const digest = this.#digester.digest(bytes, hostname, upMs);
    if (this.#auth === "mixed" && digest.id !== null && this.#peers.get(digest.id) !== undefined) {
      throw DatagramError.of("downgrade", "it is plain, and its id was heard sealed");
    }
    return { digest, body: bytes, keyId: null, replay: null, isAnew: false };
  }

  #openSealed(bytes: Uint8Array, ring: Keyring, clock: OpenClock, sender: Origin): Decoded {
    const header = decodeHeader(bytes);
    const key = findKey(ring, header.keyId, clock.wallMs);
    const session = this.#peers.get(header.id);
    const standing = standingOf(header, session, clock);
    const hasKey = standing === "present" && session!.sealedWith === key;
    const isVouched = hasKey && isFrom(session!, sender);
    const budget = isVouched ? this.#contested : this.#unproven;
    const pays = !isVouched || session!.isContested;
    if (pays) this.#pay(standing, budget, sender, clock.upMs);
    if (bytes.length > TARGET_DATAGRAM_BYTES) {
      this.#digester.pay(bytes.length, sender.hostname, clock.upMs);
    }
    const sessionKey = hasKey ? session!.sessionKey : sessionKeyOf(key, header);
    const body = openBytes(sessionKey, bytes);
    if (body === null) {
      if (isVouched) session!.isContested = true;
      throw DatagramError.of("auth", "authentication failed");
    }
    const digest = this.#digestBody(body, header, sender, clock.upMs);
    // Nothing below this line is done for a datagram without a valid tag.
    const window = windowFor(header, digest.timeMs, standing, session?.window, clock);
    const isAnew = window !== session?.window;
    const entered = isAnew ? this.#enter(header, window, key, sessionKey, clock.upMs) : session!;
    if (pays && standing !== "other") budget.refund(sender.hostname);
    entered.isContested = false;
    entered.sealedWith = key;
    entered.hostname = sender.hostname;
    entered.port = sender.port;
    entered.sessionKey = sessionKey;
    entered.heardMs = Math.max(entered.heardMs, clock.upMs, clock.upMs + aheadOf(clock, digest));
    const replay = window.accept(header.seq, digest.timeMs);
    return { digest, body, keyId: key.keyId, replay, isAnew: isAnew && standing !== "new" };
  }

  /** Rate limits what nothing vouches for before its tag is checked. */
  #pay(standing: Standing, budget: TokenBucket, { hostname }: Origin, upMs: number): void {
    if (standing === "other") {
      if (!this.#doubted.take(hostname, upMs)) throw OLDER_SESSION;
    } else if (!budget.take(hostname, upMs)) {
      throw DatagramError.of("budget", "too many unauthenticated datagrams came at once");
    }
  }

  /** Reads a body as a plain message; the header alone says who sent it. */
  #digestBody(
    body: Uint8Array,
    { id, session, seq }: Header,
    { hostname }: Origin,
    upMs: number,
  ): Digest {
    const digest = this.#digester.digest(body, hostname, upMs);
    if (digest.legacy) throw DatagramError.of("schema", "v is missing");
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
    const entered = {
      ...{ key: id, name: session, startMs, window, sealedWith: key, sessionKey, heardMs: upMs },
      isContested: false,
      ...NOWHERE,
    };
    this.#peers.enter(entered);
    window.past.begin(startMs);
    return entered;
  }
}

/** How far the time of a datagram is ahead of ours. */
function aheadOf({ wallMs }: OpenClock, { timeMs }: Digest): number {
  return timeMs > wallMs ? timeMs - wallMs : 0;
}

function isFrom(session: Session, { hostname, port }: Origin): boolean {
  return session.port === port && session.hostname === hostname;
}

function findKey(ring: Keyring, keyId: number, nowMs: number): Key {
  const key = ring.get(keyId);
  if (key === undefined) throw DatagramError.of("key", `there is no key ${keyId}`);
  if (!isValid(key, nowMs)) throw DatagramError.of("key", `key ${keyId} is not valid now`);
  return key;
}

function sessionKeyOf(key: Key, { id, session }: Header): Uint8Array {
  const secret = agentSecret(key, id);
  if (secret === null) throw DatagramError.of("key", `key ${key.keyId} is another agent's`);
  return deriveSessionKey(secret, session);
}
