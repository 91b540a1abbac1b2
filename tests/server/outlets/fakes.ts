/** Notices, a clock with timers, and destinations in the hands of a test. */
import type { Notice, NoticeHost } from "../../../lib/server/alerts/notice.ts";
import type {
  Destination,
  DestinationSurroundings,
  HttpRequest,
} from "../../../lib/server/outlets/destination.ts";

/** A moment on the wall clock. */
export const NOW_MS = Date.parse("2026-11-26T17:00:00Z");

/** A host of a notice. */
export function noticeHost(name: string, more: Partial<NoticeHost> = {}): NoticeHost {
  return { key: `id-${name}`, name, tags: {}, value: "97 %", sinceMs: NOW_MS - 60_000, ...more };
}

/** A notice of some hosts. */
export function notice(more: Partial<Notice> = {}): Notice {
  const hosts = more.hosts ?? [noticeHost("web-01")];
  const names = hosts.map(({ name }) => name).join(", ");
  return {
    ...{ what: "fired", rule: "cpu", severity: "warning", text: `busy: ${names}`, atMs: NOW_MS },
    ...{ hosts, omitted: 0, ...more },
  };
}

/** Waits until all that can go on without a timer has. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** A clock that stands still until it is told, and timers that ring by it. */
export class FakeClock {
  nowMs = 0;
  #timers: { readonly atMs: number; readonly action: () => void }[] = [];

  readonly schedule = (action: () => void, delayMs: number) => {
    const timer = { atMs: this.nowMs + delayMs, action };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };

  /** How long each timer still has to wait. */
  get delaysMs(): number[] {
    return this.#timers.map(({ atMs }) => atMs - this.nowMs);
  }

  /** Lets time pass, and each timer ring at its time. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    await settle();
    for (;;) {
      const next = this.#timers.toSorted((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined || next.atMs > untilMs) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.nowMs = next.atMs;
      next.action();
      await settle();
    }
    this.nowMs = untilMs;
  }
}

/** A destination that keeps what it is told, and does what a test says. */
export class FakeDestination implements Destination {
  readonly name: string;
  readonly where = "webhook https://chat.example";
  readonly isPerHost: boolean;
  readonly maxBatch: number;
  /** What was tried, and what of that was taken, as the texts of notices. */
  readonly tried: string[][] = [];
  readonly taken: string[][] = [];
  /** What each of the next attempts ends with; `null` for success, as any further one. */
  readonly outcomes: (Error | Promise<void> | null)[] = [];
  /** What every attempt ends with while it is there. */
  outcome: Error | Promise<void> | null = null;
  readonly signals: AbortSignal[] = [];

  constructor(name = "chat", { isPerHost = false, maxBatch = 20 } = {}) {
    this.name = name;
    this.isPerHost = isPerHost;
    this.maxBatch = maxBatch;
  }

  async send(notices: readonly Notice[], signal: AbortSignal): Promise<void> {
    const texts = notices.map(({ text }) => text);
    this.tried.push(texts);
    this.signals.push(signal);
    const outcome = this.outcome ?? this.outcomes.shift() ?? null;
    if (outcome instanceof Error) throw outcome;
    await outcome;
    this.taken.push(texts);
  }
}

/** Requests in place of a network: each is kept, and ends as `answer` says. */
export function fakeSurroundings(
  secrets: Readonly<Record<string, string>> = {},
  page: string | null = null,
) {
  const requests: HttpRequest[] = [];
  const fake = { answer: (_request: HttpRequest): Promise<void> => Promise.resolve() };
  let nowMs = NOW_MS;
  const read = (name: string) => secrets[name];
  const surroundings: DestinationSurroundings = {
    http(request) {
      requests.push(request);
      return fake.answer(request);
    },
    secrets: {
      file(path) {
        const secret = read(path);
        if (secret !== undefined) return Promise.resolve(secret);
        return Promise.reject(new RangeError(`Cannot use the file ${path}: no such file`));
      },
      variable: read,
    },
    page,
    wallMs: () => nowMs,
  };
  return { surroundings, requests, fake, pass: (ms: number) => nowMs += ms };
}

/** What is sent by nobody's will. */
export const NEVER = new AbortController().signal;

/** One notice after the other, as those are that stand. */
export async function* inTurn(notices: readonly Notice[]): AsyncGenerator<Notice> {
  yield* notices;
}
