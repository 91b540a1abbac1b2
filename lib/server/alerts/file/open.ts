/**
 * Alerts as a server runs them: their file, which is read again when it changes, and what is to be known
 * of them after a start, beside the data of the server. Its one job is these two files.
 */
import { PrivateFile } from "../../../common/private_file.ts";
import { describeError, type Log } from "../../../common/log.ts";
import { formatCountOf } from "../../../common/format.js";
import type { ServerOptions } from "../../options.ts";
import type { Observer } from "../../parts.ts";
import { Alerts, type AlertsSurroundings } from "../alerts.ts";
import { type AlertsConfig, readAlerts, type ReadDestination } from "../config.ts";
import type { Teller, WaitingNotices } from "../notice.ts";

/** A changed file is used once two looks have found it the same: it may be half written at the first. */
const LOOK_INTERVAL_MS = 2_500;
const MAX_FILE_BYTES = 262_144;
const STATE_NAME = "alerts.json";
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
  const file = path === null ? null : new AlertsFile(path, surroundings.readDestination);
  if (file !== null) use(await file.read());
  const running = new OpenAlerts(alerts, data === null ? null : `${data}/${STATE_NAME}`, outlet);
  await running.restore(surroundings.log);
  if (file !== null) running.watch(() => file.refresh(alerts, use, surroundings.log));
  return running;
}

/** The file of rules and manners. */
export class AlertsFile<D> {
  readonly #file: PrivateFile;
  readonly #readDestination: ReadDestination<D>;
  #look = "";
  /** What the last look found. */
  #seen = "";

  constructor(path: string, readDestination: ReadDestination<D>) {
    const options = { path, kind: "alerts file", maxBytes: MAX_FILE_BYTES };
    this.#file = new PrivateFile({ ...options, isPublic: true });
    this.#readDestination = readDestination;
  }

  /** What it says. @throws {RangeError} with one line for the user. */
  async read(): Promise<AlertsConfig<D>> {
    this.#look = await this.#file.look();
    const text = await this.#file.read();
    try {
      return readAlerts(text, this.#readDestination);
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw this.#file.refusal(cause.message);
    }
  }

  /** Looks at it. When it has changed that is used and logged; when it cannot be used, what it said before stays. */
  async refresh(
    alerts: Pick<Alerts, "problem">,
    use: (config: AlertsConfig<D>) => void,
    log: Pick<Log, "info" | "warn">,
  ): Promise<void> {
    const look = await this.#file.look();
    const isSettled = look === this.#seen;
    this.#seen = look;
    if (look === this.#look || !isSettled) return;
    try {
      const config = await this.read();
      use(config);
      alerts.problem = null;
      const rules = formatCountOf(config.rules.length, "rule");
      const destinations = formatCountOf(config.destinations.length, "destination");
      log.info(`Reloaded ${this.#file.path}: ${rules}, ${destinations}`);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      alerts.problem = error.message;
      log.warn(`${error.message}; keeping the previous rules`);
    }
  }
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
    this.alerts.begin(nowMs);
    this.#goOn();
  }

  /** Does one slice of a look, and the next one after what waits for this program. */
  #goOn(): void {
    if (this.alerts.goOn()) this.#slice = setTimeout(() => this.#tryToGoOn());
    else if (this.#version !== this.#saved && !this.#isSaving) this.#save();
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
    if (this.#failure === null) this.alerts.finish();
    await Promise.all([this.#saving, this.#queues.close()]);
    if (this.#version !== this.#saved) this.#save();
    await this.#saving;
  }

  #save(): void {
    this.#saved = this.#version;
    if (this.#path === null) return;
    this.#isSaving = true;
    // Both as they are now: while pieces are written, what is told goes from the one to the other.
    const pieces = piecesOf(this.alerts.state, this.#queues.waiting);
    this.#saving = write(this.#path, pieces)
      // It is tried again with the next change; the store says what is wrong with the folder.
      .catch(() => {})
      .finally(() => this.#isSaving = false);
  }
}

/** The state as JSON, piece by piece: there may be a hundred thousand alerts. */
function* piecesOf(
  { mutes, told }: Alerts["state"],
  waiting: readonly WaitingNotices[],
): Generator<string> {
  let piece = `{"v":1,"mutes":${JSON.stringify(mutes)},"told":[`;
  let separator = "";
  for (const record of told) {
    piece += separator + JSON.stringify(record);
    separator = ",";
    if (piece.length < PIECE_LENGTH) continue;
    yield piece;
    piece = "";
  }
  yield `${piece}],"waiting":${JSON.stringify(waiting)}}`;
}

/** Writes a file whole, or leaves it as it was; other work goes on between pieces. */
async function write(path: string, pieces: Iterable<string>): Promise<void> {
  await Deno.writeTextFile(`${path}.new`, ReadableStream.from(pieces), { mode: 0o600 });
  await Deno.rename(`${path}.new`, path);
}
