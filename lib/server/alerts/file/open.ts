/**
 * Alerts as a server runs them: looks in slices, between which others have their turn, the file of rules
 * again and again, and what is to be known after a start, beside the data of the server. Its one job is
 * these timers and that file.
 */
import { describeError, type Log } from "../../../common/log.ts";
import type { ServerOptions } from "../../options.ts";
import type { Observer } from "../../parts.ts";
import { Alerts, type AlertsState, type AlertsSurroundings } from "../alerts.ts";
import type { AlertsConfig, ReadDestination } from "../config.ts";
import { NO_MANNERS } from "../manners.ts";
import type { Teller, WaitingNotices } from "../notice.ts";
import { AlertsFile } from "./alerts_file.ts";

/** A changed file is used once two looks have found it the same: it may be half written at the first. */
const LOOK_INTERVAL_MS = 2_500;
const STATE_NAME = "alerts.json";
/** So long a slice of a look may take before others have their turn, besides the step that it is at. */
export const SLICE_MS = 2;
/** The state is written in pieces of about so many characters. */
const PIECE_LENGTH = 65_536;

/** Who tells destinations, and has what they are not told yet. */
interface Queues extends Teller {
  /** Changes with what waits. */
  readonly version: number;
  readonly waiting: readonly WaitingNotices[];
  /** Resolves when nothing more is told. */
  close(): Promise<void>;
}

const NO_QUEUES: Queues = { version: 0, waiting: [], tell() {}, close: () => Promise.resolve() };
/** After so long nobody is told any more of what waited when the server stopped. */
const MAX_AGE_MS = 86_400_000;

/** Who tells destinations of a kind, and takes others in their place. */
export interface Outlet<D> extends Queues {
  use(destinations: readonly D[]): void;
}

/** What alerts are opened with. */
export interface OpenSurroundings<D> extends AlertsSurroundings {
  readonly log: Log;
  readonly outlet: Outlet<D>;
  readonly readDestination: ReadDestination<D>;
}

type Options = Pick<ServerOptions, "alerts" | "data">;

/** Opens alerts. @throws {RangeError} with one line for the user when the file cannot be used. */
export async function openAlerts<D>(
  { alerts: path, data }: Options,
  surroundings: OpenSurroundings<D>,
): Promise<OpenAlerts> {
  const { outlet } = surroundings;
  const alerts = new Alerts({ ...surroundings, teller: outlet });
  const use = ({ destinations, rules, manners }: AlertsConfig<D>) => {
    outlet.use(destinations);
    alerts.use(rules, manners);
  };
  if (path === "off") alerts.use([], NO_MANNERS);
  const isFile = path !== null && path !== "off";
  const file = isFile ? new AlertsFile(path, surroundings.readDestination) : null;
  if (file !== null) use(await file.read());
  const running = new OpenAlerts(alerts, data === null ? null : `${data}/${STATE_NAME}`, outlet);
  await running.restore(surroundings.log);
  if (file !== null) running.watch(() => file.refresh(alerts, use, surroundings.log));
  return running;
}

/** Alerts that run. */
export class OpenAlerts implements Observer {
  readonly name = "alerts";
  readonly alerts: Alerts;
  readonly #path: string | null;
  readonly #queues: Queues;
  #saved = 0;
  #saving: Promise<void> = Promise.resolve();
  #isSaving = false;
  /** What is left to do of a look, and of what is saved after it. */
  #rest: Iterator<void> | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;
  #slice: ReturnType<typeof setTimeout> | undefined;
  /** What a slice met that no tick was there to hear of. */
  #failure: Error | null = null;

  constructor(alerts: Alerts, path: string | null, queues = NO_QUEUES) {
    this.alerts = alerts;
    this.#path = path;
    this.#queues = queues;
  }

  /** Goes on from what was known before this start. */
  async restore(log: Pick<Log, "warn">): Promise<void> {
    if (this.#path === null) return;
    try {
      const { waiting = [], ...state } = JSON.parse(await Deno.readTextFile(this.#path));
      this.alerts.restore(state);
      this.#retell(waiting);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return;
      log.warn(`Cannot read ${this.#path}: ${describeError(error)}; alerts may be told anew`);
    }
  }

  #retell(waiting: readonly WaitingNotices[]): void {
    for (const { to, notices } of waiting) {
      for (const notice of notices) {
        if (this.alerts.wallMs - notice.atMs < MAX_AGE_MS) this.#queues.tell([to], notice);
      }
    }
  }

  get #version(): number {
    return this.alerts.version + this.#queues.version;
  }

  /** Has something looked at from time to time. */
  watch(look: () => void): void {
    this.#timer = setInterval(look, LOOK_INTERVAL_MS);
  }

  tick(nowMs: number): void {
    clearTimeout(this.#slice);
    if (this.#failure !== null) throw this.#failure;
    this.#finish();
    this.#rest = this.#look(nowMs);
    this.#goOn();
  }

  *#look(nowMs: number): Generator<void> {
    this.alerts.begin(nowMs);
    while (this.alerts.goOn()) yield;
    if (this.#version !== this.#saved && !this.#isSaving) yield* this.#save();
  }

  /** Does one step of what is left; whether there is more. */
  #step(): boolean {
    if (this.#rest?.next().done) this.#rest = null;
    return this.#rest !== null;
  }

  #finish(): void {
    while (this.#rest !== null) this.#step();
  }

  /** Does one slice of a look, and the next one after what waits for this program. */
  #goOn(): void {
    const endMs = performance.now() + SLICE_MS;
    while (this.#step()) {
      if (performance.now() < endMs) continue;
      this.#slice = setTimeout(() => this.#tryToGoOn());
      return;
    }
  }

  #tryToGoOn(): void {
    try {
      this.#goOn();
    } catch (error) {
      this.#failure = error as Error;
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    clearTimeout(this.#slice);
    if (this.#failure === null) this.#finish();
    await Promise.all([this.#saving, this.#queues.close()]);
    if (this.#version !== this.#saved) this.#rest = this.#save();
    this.#finish();
    await this.#saving;
  }

  *#save(): Generator<void> {
    this.#saved = this.#version;
    if (this.#path === null) return;
    this.#isSaving = true;
    // What waits at last: until the next look it only becomes less, and by what was told.
    const state = yield* this.alerts.state();
    const pieces = piecesOf(state, this.#queues.waiting);
    this.#saving = write(this.#path, pieces)
      // It is tried again with the next change; the store says what is wrong with the folder.
      .catch(() => {})
      .finally(() => this.#isSaving = false);
  }
}

/** The state as JSON, piece by piece: there may be a hundred thousand alerts. */
function* piecesOf(
  { mutes, told }: AlertsState,
  waiting: readonly WaitingNotices[],
): Generator<string> {
  yield `{"v":1,"mutes":${JSON.stringify(mutes)},"told":[`;
  yield* listOf(told);
  yield '],"waiting":[';
  for (const [n, { to, notices }] of waiting.entries()) {
    yield `${n === 0 ? "" : ","}{"to":${JSON.stringify(to)},"notices":[`;
    yield* listOf(notices);
    yield "]}";
  }
  yield "]}";
}

function* listOf(items: Iterable<unknown>): Generator<string> {
  let piece = "";
  let separator = "";
  for (const item of items) {
    piece += separator + JSON.stringify(item);
    separator = ",";
    if (piece.length < PIECE_LENGTH) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}

/** Writes a file whole, or leaves it as it was; other work goes on between pieces. */
async function write(path: string, pieces: Iterable<string>): Promise<void> {
  await Deno.writeTextFile(`${path}.new`, ReadableStream.from(pieces), { mode: 0o600 });
  await Deno.rename(`${path}.new`, path);
}
