/**
 * The keys that a key file holds, as text and as values. Pure: `key_file.ts` reads and writes the
 * file. Its messages name lines by number and never quote them.
 */
import { IDENTITY_BYTES, identityBytes, MAX_KEY_ID } from "./envelope.ts";
import { deriveAgentKey, KEY_BYTES } from "./cipher.ts";

/** One key. */
export interface Key {
  /** 0 to 255; the number that datagrams name it by. */
  readonly keyId: number;
  /** The only agent that it is good for; `null` for the key of the whole fleet. */
  readonly agent: string | null;
  readonly secret: Uint8Array;
  /** It is valid from the one, before the other, in milliseconds since 1970; ±Infinity for no limit. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** Keys by id, in the order of their lines. */
export type Keyring = ReadonlyMap<number, Key>;

/** First word of each line: the version stands there, so that files can be joined. */
const MARK = "pulso-key-1";
const FLEET = "fleet";
const UNLIMITED = "-";
const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?$/;
/** Characters of base64url without padding for 32 bytes; the last has two bits to spare. */
const SECRET = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
const BASE64URL = { alphabet: "base64url", omitPadding: true } as const;

/**
 * Reads the text of a key file: a key on each line, `pulso-key-1 ID fleet|AGENT SECRET [FROM [UNTIL]]`;
 * empty lines and those that begin with # mean nothing.
 *
 * @throws {RangeError} that completes "Cannot use the key file …: ".
 */
export function parseKeyring(text: string): Keyring {
  const ring = new Map<number, Key>();
  for (const [index, line] of text.split("\n").entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const key = parseLine(line, index + 1);
    if (ring.has(key.keyId)) {
      throw new RangeError(`line ${index + 1} repeats the key id ${key.keyId}`);
    }
    ring.set(key.keyId, key);
  }
  if (ring.size === 0) throw new RangeError("it holds no key");
  return ring;
}

function parseLine(line: string, number: number): Key {
  const [mark, id, scope, secret, from = UNLIMITED, until = UNLIMITED, ...rest] = line.trim()
    .split(/\s+/);
  const require = (fits: boolean, what: string) => {
    if (!fits) throw new RangeError(`line ${number} ${what}`);
  };
  require(mark === MARK, `does not begin with ${MARK}`);
  require(/^\d{1,3}$/.test(id ?? "") && Number(id) <= MAX_KEY_ID, "has no key id of 0 to 255");
  require(scope === FLEET || isIdentity(scope ?? ""), "names neither fleet nor an agent's id");
  require(SECRET.test(secret ?? ""), `has no key of ${KEY_BYTES} bytes in base64url`);
  require(rest.length === 0, "has more than six words");
  const [notBeforeMs, notAfterMs] = [readTime(from, -Infinity), readTime(until, Infinity)];
  require(notBeforeMs < notAfterMs, "has no period such as 2027-01-31 2027-12-31T23:59:59Z");
  return {
    keyId: Number(id),
    agent: scope === FLEET ? null : scope!,
    secret: Uint8Array.fromBase64(secret!, { alphabet: "base64url" }),
    notBeforeMs,
    notAfterMs,
  };
}

function isIdentity(text: string): boolean {
  return text.length === Math.ceil(IDENTITY_BYTES * 4 / 3) && /^[\w-]+[AQgw]$/.test(text);
}

/** NaN for an invalid time, such as 2026-02-30, which makes the period invalid too. */
function readTime(text: string, unlimited: number): number {
  if (text === UNLIMITED) return unlimited;
  const timeMs = TIME.test(text) ? Date.parse(text) : NaN;
  // Date.parse reads a day that the month does not have as one of the next.
  return formatTime(timeMs).startsWith(text.replace(/Z$/, "")) ? timeMs : NaN;
}

/** The line of a key, as `parseKeyring` reads it. */
export function formatKey({ keyId, agent, secret, notBeforeMs, notAfterMs }: Key): string {
  const times = [notBeforeMs, notAfterMs].map(formatTime);
  const text = secret.toBase64(BASE64URL);
  return [MARK, keyId, agent ?? FLEET, text, ...times].join(" ");
}

function formatTime(timeMs: number): string {
  if (!Number.isFinite(timeMs)) return UNLIMITED;
  return new Date(timeMs).toISOString().replace(/\.\d+Z$/, "Z");
}

/** Whether a key is valid at a time. */
export function isValid({ notBeforeMs, notAfterMs }: Key, nowMs: number): boolean {
  return nowMs >= notBeforeMs && nowMs < notAfterMs;
}

/** The key that one agent seals with: its own, or one derived from the fleet's; `null` when it is another agent's. */
export function agentSecret({ keyId, agent, secret }: Key, id: string): Uint8Array | null {
  if (agent === null) return deriveAgentKey(secret, keyId, id);
  return agent === id ? secret : null;
}

/** The key that an agent seals with now: the last of those that it can use. */
export function sealingKey(ring: Keyring, id: string, nowMs: number): Key | null {
  const usable = Iterator.from(ring.values()).filter((key) =>
    (key.agent === null || key.agent === id) && isValid(key, nowMs)
  );
  return usable.toArray().at(-1) ?? null;
}

/** The fleet's keys made into one agent's own, which cannot speak for any other. @throws {RangeError} */
export function ringOfAgent(ring: Keyring, id: string): Keyring {
  identityBytes(id);
  const fleetKeys = Iterator.from(ring.values()).filter(({ agent }) => agent === null);
  const own = fleetKeys.map((key): [number, Key] => {
    const secret = deriveAgentKey(key.secret, key.keyId, id);
    return [key.keyId, { ...key, agent: id, secret }];
  });
  return new Map(own);
}
