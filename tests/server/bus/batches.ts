/** A bus in the hands of a test: it takes what it is told to, keeps the order, and stamps by a clock of its own. */
import { Publisher, type PublisherDevices } from "../../../lib/server/bus/publisher.ts";
import type { StreamMessage } from "../../../lib/server/bus/subjects.ts";

/** A stream that has what was published once, by id. */
export class FakeBus {
  readonly messages: StreamMessage[] = [];
  readonly ids = new Set<string>();
  /** What the next attempts meet; `"late"`: the stream has it, and nobody is told so. */
  readonly answers: ("lost" | "late")[] = [];
  isAway = false;
  /** Whether it has forgotten by the next attempt what it has. */
  forgets = false;
  nowMs: number;

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  publish(subject: string, bytes: Uint8Array, id: string): Promise<void> {
    const answer = this.answers.shift();
    if (this.isAway || answer === "lost") return Promise.reject(new Error("away"));
    if (this.forgets || !this.ids.has(id)) this.put(subject, bytes, id);
    this.ids.add(id);
    return answer === "late" ? Promise.reject(new Error("timeout")) : Promise.resolve();
  }

  put(subject: string, bytes: Uint8Array, id?: string): void {
    const sequence = this.messages.length + 1;
    this.messages.push({ subject, bytes, storedMs: this.nowMs, sequence, pending: 0, id });
  }
}

/** A site that publishes to it, whose pauses are over at once and whose timers ring when they are told to. */
export function siteOf(
  bus: FakeBus,
  site: string,
  options: { maxWaitingBytes?: number; partitions?: number; run?: string } = {},
) {
  const clock = { nowMs: bus.nowMs, startedMs: bus.nowMs, aheadMs: 0 };
  const changes: (string | null)[] = [];
  const warned: string[] = [];
  const pauses: number[] = [];
  const delays: number[] = [];
  let timers: (() => void)[] = [];
  const devices: PublisherDevices = {
    publish: (...message) => bus.publish(...message),
    tell: (subject, bytes) => {
      if (!bus.isAway) bus.put(subject, bytes);
    },
    schedule: (action, delayMs) => {
      delays.push(delayMs);
      timers.push(action);
      return () => timers = timers.filter((timer) => timer !== action);
    },
    wait: (ms, stop) => {
      pauses.push(ms);
      return stop.aborted ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve));
    },
    random: () => 0.5,
    clock: () => clock,
    throttledLog: { warn: (_kind, textOf) => void warned.push(textOf()) },
    onChange: (failure) => void changes.push(failure),
  };
  const waiting: (() => void)[] = [];
  const publisher = new Publisher(devices, { site, run: "r", partitions: 4, ...options });
  /** Lets pauses and timers end, so often. */
  const settle = async (turns = 3) => {
    for (let turn = 0; turn < turns; turn++) {
      for (const ring of timers.splice(0)) ring();
      for (const resolve of waiting.splice(0)) resolve();
      for (let step = 0; step < 20; step++) await Promise.resolve();
    }
  };
  return { publisher, clock, changes, warned, pauses, delays, settle };
}
