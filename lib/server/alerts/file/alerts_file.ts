/**
 * The alerts file as it is on disk: read at the start and by commands, and again when it has changed. Its
 * one job is this file.
 */
import { formatCountOf } from "../../../common/format.js";
import type { Log } from "../../../common/log.ts";
import { PrivateFile } from "../../../common/private_file.ts";
import type { Alerts } from "../alerts.ts";
import type { AlertsConfig, ReadDestination } from "../config.ts";

const MAX_FILE_BYTES = 262_144;

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
    // Whoever has no such file starts without what reads YAML.
    const { readAlerts } = await import("../config.ts");
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
