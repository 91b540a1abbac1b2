/**
 * The stream of the bus: publishes to it, reads it, and makes it where there is none and it may. What it
 * waits for, it waits for with a limit. Its one job is JetStream.
 */
import type { JsMsg } from "@nats-io/jetstream";
import { formatDuration } from "../../common/format.js";
import { describeError, type Log } from "../../common/log.ts";
import { endTurn } from "../../common/timeout.ts";
import type { Partitions } from "../bus_options.ts";
import { ANSWER_TIMEOUT_MS, type BusConnection, makeStream } from "./connection.ts";
import {
  ALL_SUBJECTS,
  type ReadStream,
  STREAM,
  type StreamMessage,
  subjectsOf,
} from "./subjects.ts";

const NANOS = 1_000_000;
const LIMITS = { timeout: ANSWER_TIMEOUT_MS, checkAPI: false };
/** Messages that may be on their way to a view, each a batch: no more are asked for than it takes. */
const MAX_MESSAGES = 64;
/** How long a turn of the event loop takes messages, and one more besides. */
const TURN_MS = 4;
/** How often the bus says that a view has its place in the stream, and how long it keeps that for one that is gone. */
const [BEAT_MS, KEEP_PLACE_MS] = [1_000, 30_000] as const;
/** What a stream keeps that we make, whatever is less. */
const [STREAM_AGE_MS, STREAM_BYTES] = [3_600_000, 4 * 2 ** 30] as const;
/** Between attempts to make it. */
const MAKE_PAUSE_MS = 10_000;
/** JetStream's words for it: a stream of that name, or of these subjects, is there. */
const EXISTING = [10058, 10065];
/** From this version of the bus on a view may name its subjects; else it reads all, and takes its part. */
const NAMED_SINCE = [2, 10] as const;
/** What is told where nobody takes a message. */
const UNTAKEN = "no stream takes it now";
/** The header that says what a message is called by who published it. */
const MESSAGE_ID = "Nats-Msg-Id";
/** What ends reading: the place in the stream is gone, or what comes of it. */
const ENDS: readonly string[] = [
  ...["consumer_not_found", "stream_not_found", "consumer_deleted", "heartbeats_missed"],
  ...["no_responders", "exceeded_limits"],
];

/** Where to report, and our clocks. */
export interface StreamSurroundings {
  readonly log: Pick<Log, "info" | "warn">;
  readonly wallMs: () => number;
  readonly steadyMs: () => number;
  readonly schedule: (action: () => void, delayMs: number) => void;
}

/** The stream at the other end of a connection. */
export class BusStream {
  readonly #connection: BusConnection;
  readonly #surroundings: StreamSurroundings;
  /** Whether it was made by now. */
  #making: Promise<boolean> | null = null;
  /** Why it was not, as it was told last. */
  #told: string | null = null;

  constructor(connection: BusConnection, surroundings: StreamSurroundings) {
    this.#connection = connection;
    this.#surroundings = surroundings;
  }

  /** Resolves when the stream has a message; with the same id it has it once. @throws {Error} when it may not have it. */
  async publish(subject: string, bytes: Uint8Array, id?: string): Promise<void> {
    if (this.#connection.failure !== null) await this.#connection.arrival();
    const { present, libraries } = this.#connection;
    const publish = () =>
      libraries.jetstream(present, LIMITS).publish(
        subject,
        bytes,
        id === undefined ? {} : { msgID: id },
      );
    try {
      await publish();
    } catch (error) {
      if (!isUntaken(error)) throw error;
      if (!await (this.#making ??= this.#make())) throw new Error(UNTAKEN);
      await publish().catch((error) => {
        // It was made a moment ago, and is gone again.
        throw isUntaken(error) ? new Error(UNTAKEN) : error;
      });
    }
  }

  /** Publishes without an answer; what cannot be is lost. */
  tell(subject: string, bytes: Uint8Array): void {
    if (this.#connection.failure === null) this.#connection.present.publish(subject, bytes);
  }

  /** What a follower reads some partitions with. */
  reader(partitions: Partitions): ReadStream {
    return async (fromMs, onOpen, onMessage, stop) => {
      await this.#connection.arrival(stop);
      if (stop.aborted) return;
      const { present, libraries, losing } = this.#connection;
      const { wallMs } = this.#surroundings;
      const manager = await libraries.jetstreamManager(present, LIMITS);
      const askedMs = wallMs();
      const info = await manager.consumers.add(STREAM, this.#placeFrom(fromMs, partitions));
      onOpen(Date.parse(info.created), (askedMs + wallMs()) / 2, info.num_pending);
      const place = libraries.jetstream(present, LIMITS).consumers.getConsumerFromInfo(info);
      const { promise: end, resolve, reject } = Promise.withResolvers<void>();
      const messages = await place.consume({
        ...{ max_messages: MAX_MESSAGES, expires: 3 * BEAT_MS, idle_heartbeat: BEAT_MS },
      });
      let isOver = false;
      const hand = (message: JsMsg) => isOver ? null : onMessage(messageOf(message));
      this.#takeInTurns(messages, hand).catch(reject);
      const watch = async () => {
        for await (const { type } of messages.status()) {
          if (ENDS.includes(type)) throw new Error(type.replaceAll("_", " "));
        }
      };
      watch().catch(reject);
      messages.closed().then((error) => reject(error ?? new Error("reading was ended")));
      const lose = () => reject(new Error("the connection was lost"));
      const leave = () => resolve();
      losing.addEventListener("abort", lose);
      stop.addEventListener("abort", leave);
      try {
        await end;
      } finally {
        isOver = true;
        losing.removeEventListener("abort", lose);
        stop.removeEventListener("abort", leave);
        messages.stop();
      }
    };
  }

  /** Hands on messages, some in each turn of the event loop. @throws {Error} where one was lost on its way. */
  async #takeInTurns(
    messages: AsyncIterable<JsMsg>,
    hand: (message: JsMsg) => Promise<void> | null,
  ): Promise<void> {
    const { steadyMs } = this.#surroundings;
    let [delivered, spentMs] = [0, 0];
    for await (const message of messages) {
      // What follows one that was lost is read anew.
      if (message.info.deliverySequence !== ++delivered) throw new Error("a message was lost");
      const startMs = steadyMs();
      const more = hand(message);
      spentMs += steadyMs() - startMs;
      if (more !== null) await more;
      if (spentMs < TURN_MS) continue;
      spentMs = 0;
      await endTurn();
    }
  }

  /** A place in the stream, which the bus keeps in memory and gives up when nobody reads. */
  #placeFrom(fromMs: number, partitions: Partitions) {
    const { AckPolicy, DeliverPolicy } = this.#connection.libraries;
    return {
      ack_policy: AckPolicy.None,
      deliver_policy: DeliverPolicy.StartTime,
      opt_start_time: new Date(fromMs).toISOString(),
      inactive_threshold: KEEP_PLACE_MS * NANOS,
      max_deliver: 1,
      mem_storage: true,
      num_replicas: 1,
      ...this.#filter(subjectsOf(partitions)),
    };
  }

  #filter(subjects: readonly string[] | null) {
    const [major = 0, minor = 0] = (this.#connection.present.info?.version ?? "")
      .split(".").map(Number);
    const [sinceMajor, sinceMinor] = NAMED_SINCE;
    const mayName = major > sinceMajor || major === sinceMajor && minor >= sinceMinor;
    if (subjects === null || !mayName) return { filter_subject: ALL_SUBJECTS };
    return { filter_subjects: [...subjects] };
  }

  /** Makes the stream where there may be none; whether it did. It is tried again after a while. */
  async #make(): Promise<boolean> {
    const { log, schedule } = this.#surroundings;
    schedule(() => this.#making = null, MAKE_PAUSE_MS);
    const { RetentionPolicy, DiscardPolicy } = this.#connection.libraries;
    try {
      const replicas = await makeStream(this.#connection, LIMITS, {
        ...{ name: STREAM, subjects: [ALL_SUBJECTS] },
        ...{ max_age: STREAM_AGE_MS * NANOS, max_bytes: STREAM_BYTES },
        ...{ retention: RetentionPolicy.Limits, discard: DiscardPolicy.Old },
      });
      const most = `${formatDuration(STREAM_AGE_MS)} or ${STREAM_BYTES / 2 ** 30} GiB`;
      log.info(`The stream ${STREAM} of the bus keeps ${most}, replicas: ${replicas}`);
      this.#told = null;
      return true;
    } catch (error) {
      const { code } = error as { readonly code?: number };
      if (EXISTING.includes(code ?? 0)) return false;
      const why = describeError(error);
      const advice = "where there is none, make it as docs/OPERATIONS.md says";
      if (why !== this.#told) log.warn(`Cannot make the stream ${STREAM}: ${why}; ${advice}`);
      this.#told = why;
      return false;
    }
  }
}

function messageOf({ subject, data: bytes, info, headers }: JsMsg): StreamMessage {
  const { streamSequence: sequence, timestampNanos, pending } = info;
  const id = headers?.get(MESSAGE_ID);
  return { subject, bytes, storedMs: timestampNanos / NANOS, sequence, pending, id };
}

/** Whether nobody took it: there is no stream, or it is without a leader. */
function isUntaken(error: unknown): boolean {
  return error instanceof Error && error.name === "JetStreamNotEnabled";
}
