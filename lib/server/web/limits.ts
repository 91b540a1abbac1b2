/**
 * How much may be asked of the server at once. Pure: it counts, and refuses clearly.
 */
import { Refusal } from "./api/context.ts";

/** Answers under way at once, streams of events apart. */
export const MAX_REQUESTS = 64;
/** Scrapes of /metrics under way at once, of which each holds some 30 MiB for 100,000 hosts. */
export const MAX_SCRAPES = 4;
/** Streams of events open at once. */
export const MAX_STREAMS = 64;
/** Longest path with its query, in characters. */
export const MAX_URL_LENGTH = 4_096;

const METHODS = ["GET", "HEAD"];

/** A number of places, taken and given back. */
export class Places {
  readonly #limit: number;
  readonly #status: number;
  readonly #what: string;
  #taken = 0;

  /** When all are taken, the next is refused with `status`; `what` names them. */
  constructor(limit: number, status: number, what: string) {
    this.#limit = limit;
    this.#status = status;
    this.#what = what;
  }

  /** How many are taken. */
  get taken(): number {
    return this.#taken;
  }

  /** Takes one; what is returned gives it back, once. @throws {Refusal} when there is none. */
  take(): () => void {
    if (this.#taken >= this.#limit) {
      const state = `${this.#limit} ${this.#what} already; try again in a moment`;
      throw new Refusal(this.#status, `Cannot answer: there are ${state}`, { "retry-after": "1" });
    }
    this.#taken++;
    let isTaken = true;
    return () => {
      if (isTaken) this.#taken--;
      isTaken = false;
    };
  }
}

/** Refuses what is not for reading. @throws {Refusal} 405. */
export function checkMethod(method: string): void {
  if (METHODS.includes(method)) return;
  const headers = { allow: METHODS.join(", ") };
  throw new Refusal(405, `Cannot ${method}: only GET and HEAD are answered`, headers);
}

/** Refuses a URL that is too long. @throws {Refusal} 414. */
export function checkLength({ pathname, search }: URL): void {
  if (pathname.length + search.length <= MAX_URL_LENGTH) return;
  throw new Refusal(414, `Cannot read the URL: it is longer than ${MAX_URL_LENGTH} characters`);
}
