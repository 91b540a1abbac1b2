/**
 * Which of several views notifies: each has the same alerts, and one leads for some seconds at a time. Before
 * it tells something it says so in the stream; the others keep what they would have told until they read
 * that, so that who takes over tells what is left, and nothing twice. Pure: how to lead is handed in.
 */
import type { Log } from "../../common/log.ts";
import type { Notice, Teller } from "../alerts/notice.ts";

/** How often a view tries to lead, and for how long it may tell then: others wait for longer. */
const [TURN_TICKS, LEAD_MS] = [2, 5_000] as const;
/** What another view leads and has not told by then, it does not tell; and what it told is not asked for later. */
const KEEP_MS = 60_000;
/** Maximum of notices that wait, and of those told that are remembered. */
const [MAX_WAITING, MAX_TOLD] = [1_000, 100_000] as const;

/** How a view agrees with the others. */
export interface NotifierDevices {
  /** Leads for {@link LEAD_MS} from now where no other does. @throws {Error} when that cannot be known. */
  readonly lead: () => Promise<boolean>;
  /** Resolves when all views can read that this one tells some things. */
  readonly claim: (ids: readonly string[]) => Promise<void>;
  /** Whether this view has read the stream. */
  readonly isCurrent: () => boolean;
  /** A clock that is never set. */
  readonly steadyMs: () => number;
  readonly log: Pick<Log, "info" | "warn">;
}

interface Waiting {
  readonly to: readonly string[];
  readonly notice: Notice;
  readonly atMs: number;
  /** What of it is left to tell. */
  readonly ids: Set<string>;
}

const idOf = ({ what, rule }: Notice, key: string) => `${what} ${rule} ${key}`;

/** Tells what no other view tells. */
export class Notifier implements Teller {
  readonly #teller: Teller;
  readonly #devices: NotifierDevices;
  #waiting: Waiting[] = [];
  /** What others told and we had not noticed by then, and until when that counts. */
  readonly #told = new Map<string, number>();
  #leadsUntilMs = -Infinity;
  #isLeading: boolean | null = null;
  #isNeeded = false;
  #isBusy = false;
  #ticks = 0;
  #failure: string | null = null;

  constructor(teller: Teller, devices: NotifierDevices) {
    this.#teller = teller;
    this.#devices = devices;
  }

  /** Whether this view notifies; `null` where it has nobody to notify yet, or cannot know. */
  get isLeading(): boolean | null {
    return this.#isLeading;
  }

  tell(to: readonly string[], notice: Notice): void {
    if (to.length === 0) return;
    this.#isNeeded = true;
    const keys = notice.hosts.length === 0 ? [""] : notice.hosts.map(({ key }) => key);
    const ids = new Set(
      keys.map((key) => idOf(notice, key)).filter((id) => !this.#told.delete(id)),
    );
    if (ids.size === 0) return;
    this.#waiting.push({ to, notice, atMs: this.#devices.steadyMs(), ids });
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift();
    this.#tellAll();
  }

  /** Takes what another view says that it tells. */
  told(ids: readonly string[]): void {
    for (const id of ids) {
      const waiting = this.#waiting.find((waiting) => waiting.ids.delete(id));
      if (waiting === undefined) this.#told.set(id, this.#devices.steadyMs() + KEEP_MS);
    }
    this.#waiting = this.#waiting.filter(({ ids }) => ids.size > 0);
    for (const id of this.#told.keys()) {
      if (this.#told.size <= MAX_TOLD) break;
      this.#told.delete(id);
    }
  }

  /** Is called each second: to lead, or to let another lead. */
  tick(): void {
    const nowMs = this.#devices.steadyMs();
    for (const [id, untilMs] of this.#told) if (untilMs <= nowMs) this.#told.delete(id);
    if (this.#isLeading === false) {
      this.#waiting = this.#waiting.filter(({ atMs }) => nowMs - atMs < KEEP_MS);
    }
    if (this.#isNeeded && this.#ticks++ % TURN_TICKS === 0) this.#lead();
  }

  async #lead(): Promise<void> {
    const { lead, isCurrent, steadyMs, log } = this.#devices;
    if (!isCurrent()) return;
    const sinceMs = steadyMs();
    try {
      const leads = await lead();
      if (leads !== this.#isLeading) {
        log.info(leads ? "This view notifies" : "Another view notifies, this one stands by");
      }
      this.#isLeading = leads;
      this.#leadsUntilMs = leads ? sinceMs + LEAD_MS : -Infinity;
      this.#failure = null;
      await this.#tellAll();
    } catch (error) {
      this.#isLeading = null;
      const { message } = error as Error;
      if (this.#failure === null) {
        log.warn(`Cannot agree with other views on who notifies: ${message}; retrying`);
      }
      this.#failure = message;
    }
  }

  async #tellAll(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    const { claim, steadyMs } = this.#devices;
    try {
      while (this.#waiting.length > 0 && steadyMs() < this.#leadsUntilMs) {
        const first = this.#waiting[0]!;
        await claim([...first.ids]);
        // Others may have told of it meanwhile, or of a part.
        if (first.ids.size > 0) this.#teller.tell(first.to, rest(first));
        this.#waiting = this.#waiting.filter((waiting) => waiting !== first);
      }
    } catch {
      // It is claimed again at the next turn.
    } finally {
      this.#isBusy = false;
    }
  }
}

/** A notice without the hosts that others told of. */
function rest({ notice, ids }: Waiting): Notice {
  return { ...notice, hosts: notice.hosts.filter(({ key }) => ids.has(idOf(notice, key))) };
}
