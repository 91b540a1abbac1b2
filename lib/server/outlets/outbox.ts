/**
 * What is to be told, and to whom: a queue for each destination, of which none waits for another, nor
 * anybody else for them. Pure.
 */
import type { Notice, WaitingNotices } from "../alerts/notice.ts";
import type { Observer } from "../parts.ts";
import type { Destination, DestinationState, OutboxSurroundings } from "./destination.ts";
import { FLUSH_MS, Lane } from "./lane.ts";

/** What became of a test of one destination. */
export interface TestResult {
  readonly name: string;
  /** Why it could not be told; `null` where it could. */
  readonly error: string | null;
}

const TEST: Omit<Notice, "atMs"> = {
  ...{ what: "test", rule: "test", severity: "warning", hosts: [], omitted: 0 },
  text: "Test alert: nothing is wrong, and this destination can be told",
};

/** Tells each destination what it is to be told. */
export class Outbox implements Observer {
  readonly name = "outbox";
  readonly #surroundings: OutboxSurroundings;
  #lanes: ReadonlyMap<string, Lane> = new Map();
  #standing: (destination: string) => Iterable<Notice | null> = () => [];

  constructor(surroundings: OutboxSurroundings) {
    this.#surroundings = surroundings;
  }

  /** Takes these destinations in place of those before: what waits for one goes to the new one of its name. */
  use(destinations: readonly Destination[]): void {
    const before = this.#lanes;
    this.#lanes = new Map(destinations.map((destination) => {
      const { name } = destination;
      const lane = before.get(name) ?? new Lane(destination, this.#surroundings);
      lane.use(destination);
      return [name, lane];
    }));
    for (const [name, lane] of before) {
      if (!this.#lanes.has(name)) lane.close(0);
    }
  }

  /** Queues a notice for some destinations, by their names. */
  tell(to: readonly string[], notice: Notice): void {
    for (const name of new Set(to)) this.#lanes.get(name)?.add(notice);
  }

  /** Has those destinations that need it renew once a minute what stands, from now on. */
  renewBy(standing: (destination: string) => Iterable<Notice | null>): void {
    this.#standing = standing;
  }

  tick(): void {
    for (const [name, lane] of this.#lanes) lane.renew(() => this.#inTurns(this.#standing(name)));
  }

  /** One after the other without `null`, each but the first in a turn of the event loop of its own. */
  async *#inTurns<T>(items: Iterable<T | null>): AsyncGenerator<T> {
    const { schedule } = this.#surroundings;
    let turn = Promise.resolve();
    for (const item of items) {
      await turn;
      if (item !== null) yield item;
      turn = new Promise((resolve) => void schedule(resolve, 0));
    }
  }

  /** Tells some destinations at once, and once, that this is a test; the wall clock's time is given. */
  async test(to: readonly string[], atMs: number): Promise<readonly TestResult[]> {
    const lanes = [...this.#lanes].filter(([name]) => to.includes(name));
    const errors = await Promise.all(lanes.map(([, lane]) => lane.test({ ...TEST, atMs })));
    return lanes.map(([name], at) => ({ name, error: errors[at]?.message ?? null }));
  }

  /** What is not told yet, to be told after the next start. */
  get waiting(): readonly WaitingNotices[] {
    return Array.from(this.#lanes, ([to, { waiting }]) => ({ to, notices: waiting }));
  }

  /** Changes with what is not told yet. */
  get version(): number {
    return [...this.#lanes.values()].reduce((sum, { version }) => sum + version, 0);
  }

  /** How each destination is. */
  get state(): readonly DestinationState[] {
    return [...this.#lanes.values()].map((lane) => lane.state);
  }

  async close(): Promise<void> {
    const { isKept } = this.#surroundings;
    await Promise.all([...this.#lanes.values()].map((lane) => lane.close(FLUSH_MS, isKept)));
  }
}
