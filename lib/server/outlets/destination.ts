/**
 * What a destination of notices is, what it works with, and how a delivery fails. No error and no name
 * of a place holds a secret: the path of a URL is one, as chat services put their tokens there. Pure.
 */
import { describeError, type Log } from "../../common/log.ts";
import { cleanText } from "../../common/text.js";
import type { Notice } from "../alerts/notice.ts";

/** Where notices go. */
export interface Destination {
  readonly name: string;
  /** Its kind and its place, without anything secret: `webhook https://chat.example`. */
  readonly where: string;
  /** Whether each host is told of alone. */
  readonly isPerHost: boolean;
  /** Most notices of one delivery. */
  readonly maxBatch: number;
  /** Tells some notices as one message. @throws what the outbox tries again, unless it is a final {@link DeliveryError}. */
  send(notices: readonly Notice[], signal: AbortSignal): Promise<void>;
  /** Says again what stands, where that lapses otherwise; of very many the next is made in a turn of its own. */
  renew?(standing: AsyncIterable<Notice>, signal: AbortSignal): Promise<void>;
}

/** How a destination is. */
export interface DestinationState {
  readonly name: string;
  readonly where: string;
  /** Notices that are still to be told, those under way among them. */
  readonly waiting: number;
  /** Notices told, attempts that failed and were to be made again, and notices given up, since the start. */
  readonly sent: number;
  readonly retried: number;
  readonly givenUp: number;
  /** Why the last attempt failed; `null` where it did not. */
  readonly lastError: string | null;
}

/** What an outbox works with. */
export interface OutboxSurroundings {
  /** Milliseconds on a clock that is never set. */
  readonly steadyMs: () => number;
  /** Calls `action` once after a time; what is returned calls that off. */
  readonly schedule: (action: () => void, delayMs: number) => () => void;
  /** From 0 to 1, without 1. */
  readonly random: () => number;
  readonly log: Pick<Log, "info" | "warn">;
  /** Whether what waits when the server stops is told after its next start. */
  readonly isKept?: boolean;
}

/** What destinations are made with. */
export interface DestinationSurroundings {
  readonly http: Http;
  readonly secrets: Secrets;
  /** Where others find the page, with a slash at its end; `null` where the server does not know. */
  readonly page: string | null;
  readonly wallMs: () => number;
}

/** One request. */
export interface HttpRequest<Body = string> {
  readonly url: URL;
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Body;
  /** What no message may hold, besides what the URL has behind its host. */
  readonly secrets?: readonly string[];
  readonly signal: AbortSignal;
}

/** Makes one request. @throws {DeliveryError} when it was not taken. */
export type Http = (request: HttpRequest) => Promise<void>;

/** Where secrets are kept. They are read for each delivery, so that a new one counts at once. */
export interface Secrets {
  /** What a file holds. @throws {RangeError} with one line for the user. */
  readonly file: (path: string) => Promise<string>;
  /** A variable of the environment; `undefined` where it is not set. @throws {RangeError} where it may not be read. */
  readonly variable: (name: string) => string | undefined;
}

/** Why a delivery failed, in words that hold no secret. */
export class DeliveryError extends Error {
  override readonly name = "DeliveryError";
  /** Whether no other attempt can succeed. */
  readonly isFinal: boolean;
  /** Whether that is for what is told, of which a part alone may pass. */
  readonly isOfContent: boolean;
  /** For how long the receiver wants none. */
  readonly retryAfterMs: number;

  constructor(state: string, { isFinal = false, isOfContent = false, retryAfterMs = 0 } = {}) {
    super(state);
    this.isFinal = isFinal;
    this.isOfContent = isOfContent;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Any error as one of a delivery: only of our own classes it is known that their texts hold no secret. */
export function deliveryErrorOf(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error;
  if (error instanceof RangeError) return new DeliveryError(describeError(error));
  return new DeliveryError(
    `internal error (${error instanceof Error ? error.name : typeof error})`,
  );
}

/** Characters of what a receiver says that are told. */
const MAX_SAID = 120;
/** Shorter pieces of a secret give nothing away. */
const MIN_PIECE = 6;

/** What a receiver said, in one line, behind a colon; nothing where it holds a piece of a secret. */
export function quoteSaid(said: string, secrets: readonly string[]): string {
  const pieces = secrets.flatMap((secret) => secret.split(/[^\p{L}\p{N}]+/u));
  const lower = said.toLowerCase();
  const tells = pieces.some((piece) =>
    piece.length >= MIN_PIECE && lower.includes(piece.toLowerCase())
  );
  const line = said.trim().split(/\s*\n/)[0]!;
  if (tells || line === "") return "";
  return `: ${cleanText(line.length > MAX_SAID ? `${line.slice(0, MAX_SAID)}…` : line)}`;
}
