/**
 * The place of the one view that leads: a message of a stream whose messages live for some seconds, which
 * is replaced only by who wrote it last, and written anew by whoever is first when it is gone. Its one job
 * is that stream.
 */
import type { Partitions } from "../bus_options.ts";
import { ANSWER_TIMEOUT_MS, type BusConnection, makeStream } from "./connection.ts";

const LEAD_STREAM = "PULSO-LEAD";
const ROOT = "pulso.lead";
/** How long a place is kept for a view that is gone: longer than it may tell, so that never two do. */
const KEPT_MS = 6_000;
const NANOS = 1_000_000;
const LIMITS = { timeout: ANSWER_TIMEOUT_MS / 2, checkAPI: false };
/** JetStream's word for it: another has written there. */
const TAKEN = 10071;

/** The place of the views of some partitions. */
export class Lead {
  readonly #connection: BusConnection;
  readonly #subject: string;
  readonly #run: string;
  /** Of our own last message there; 0 where we have none. */
  #sequence = 0;

  constructor(connection: BusConnection, { first, last, count }: Partitions, run: string) {
    this.#connection = connection;
    this.#subject = `${ROOT}.${first}-${last}-${count}`;
    this.#run = run;
  }

  /** Takes the place, or keeps it; `false` where another view has it. @throws {Error} when the bus does not say. */
  async take(): Promise<boolean> {
    const { present, libraries } = this.#connection;
    const expect = { lastSubjectSequence: this.#sequence };
    this.#sequence = 0;
    try {
      const answer = await libraries.jetstream(present, LIMITS)
        .publish(this.#subject, this.#run, { expect });
      this.#sequence = answer.seq;
      return true;
    } catch (error) {
      const { code, name } = error as { readonly code?: number; readonly name: string };
      if (code === TAKEN) return false;
      if (name === "JetStreamNotEnabled") await this.#make();
      throw error;
    }
  }

  async #make(): Promise<void> {
    const { StorageType } = this.#connection.libraries;
    await makeStream(this.#connection, LIMITS, {
      ...{ name: LEAD_STREAM, subjects: [`${ROOT}.>`], storage: StorageType.Memory },
      ...{ max_age: KEPT_MS * NANOS, duplicate_window: KEPT_MS * NANOS, max_msgs_per_subject: 1 },
    });
  }
}
