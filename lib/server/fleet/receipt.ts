/**
 * What goes into a fleet and what comes out: how it reads datagrams and how much it keeps, what became
 * of each datagram, and what all of them are in a few numbers. Pure: time is an argument.
 */
import { type Decoded, Digester } from "../../message/digest.ts";
import type { Network, Origin } from "../../common/address.ts";
import { decodeMessage } from "../../message/decode.ts";
import type { LegacyMessage, Message, Metric } from "../../message/message.ts";
import type { SummaryNumbers } from "../../message/summary.ts";
import type { Host } from "./host/host.ts";
import type { DropReason, HostStatus } from "../../common/status.js";

/** A datagram that was accepted, with the host that it changed. */
export class Accepted {
  readonly accepted = true;
  readonly host: Host;
  /** Who sent this one, which for a late one may be another than the host's newest. */
  readonly sender: Origin;
  readonly #decoded: Decoded;

  constructor(host: Host, sender: Origin, decoded: Decoded) {
    this.host = host;
    this.sender = sender;
    this.#decoded = decoded;
  }

  /** The numbers of its summary, only while the datagram is valid. */
  get summary(): SummaryNumbers {
    return this.#decoded.digest.summary;
  }

  /** The whole message, decoded again: only while the datagram's bytes are valid. */
  get message(): Message | LegacyMessage {
    const { body, digest: { id, session, seq }, keyId } = this.#decoded;
    const message = decodeMessage(body);
    // The envelope of a sealed one says who sent it, not its body.
    return keyId === null ? message : Object.assign(message, { id, session, seq });
  }
}

/** A datagram that was not accepted, and why; with the error where there was one. */
export interface Dropped {
  readonly accepted: false;
  /** A `copy` had been delivered by another site, and is counted apart. */
  readonly reason: DropReason | "copy";
  /** The host that it is counted for, of a duplicate and one that is too old. */
  readonly host?: Host;
  readonly error?: Error;
}

/** What became of one datagram. */
export type Receipt = Accepted | Dropped;

const COPIED: Dropped = { accepted: false, reason: "copy" };

/** What reads datagrams. */
export interface Decoder {
  /** Reads one, from its origin and the time when it came. @throws {DatagramError} for one that is not to be accepted. */
  decode(bytes: Uint8Array, sender: Origin, nowMs: number): Decoded;
}

/** Where a view goes on after a restart: on the bus's clock, but for what its own is to show at first. */
export interface Resume {
  readonly fromMs: number;
  readonly shownMs: number;
  /** How far the stream had been read when each host was saved. */
  readonly places: ReadonlyMap<Host, number>;
  /** Told before anything is taken, with when the stream had that. */
  readonly onBegin: (storedMs: number) => void;
  /** What the next message is to wait for; `null` where it need not. */
  readonly backlog: () => Promise<void> | null;
}

/** Where hosts were restored that go on as if there had been no restart. */
export interface Resumed {
  /** Whether all datagrams since then come, or have come. */
  readonly isWhole: boolean;
  /** Whether the present datagram of a host came before it was saved. */
  hasTaken(host: Host): boolean;
}

/** How much a fleet keeps, and how it reads. */
export interface FleetOptions {
  /** Reads the datagrams; only plain ones are accepted when absent. */
  readonly decoder?: Decoder | undefined;
  /** Networks that may send; everybody when absent or empty. */
  readonly allow?: readonly Network[];
  /** Datagrams that the kernel dropped at our socket; unknown when absent. */
  readonly kernelDropped?: (nowMs: number) => Metric;
  /** Absent where datagrams from before a restart never come again. */
  readonly resumed?: Resumed | undefined;
  readonly maxHosts: number;
  readonly historyMs: number;
  readonly nowMs: number;
}

/** Decodes datagrams that are not sealed. */
export class PlainDecoder implements Decoder {
  readonly #digester: Digester;

  constructor(maxHosts: number) {
    this.#digester = new Digester(maxHosts);
  }

  decode(bytes: Uint8Array, { hostname }: Origin, nowMs: number): Decoded {
    const digest = this.#digester.digest(bytes, hostname, nowMs);
    return { digest, body: bytes, keyId: null, replay: null };
  }
}

/** The fleet in numbers. Of every datagram: `received` = `accepted` + `copies` + all of `dropped`. */
export interface FleetTotals {
  readonly hosts: number;
  readonly byStatus: Readonly<Record<HostStatus, number>>;
  /** Datagrams per second over the last seconds; `null` in the first. */
  readonly datagramsPerSecond: Metric;
  readonly received: number;
  readonly receivedBytes: number;
  readonly accepted: number;
  /** Datagrams that another site had delivered; 0 where there is one way. */
  readonly copies: number;
  /** Datagrams not accepted, by reason; reasons that did not occur are absent. */
  readonly dropped: ReadonlyMap<DropReason, number>;
  /** Datagrams that the kernel dropped as our socket was full; not in `received`. `null` where it cannot be read. */
  readonly kernelDropped: Metric;
  /** Datagrams that never came, over all hosts with sequence numbers; `null` when there are none. */
  readonly lost: Metric;
  /** When a datagram sealed with each key was last accepted, on the server's clock, by key id. */
  readonly keyUses: ReadonlyMap<number, number>;
  /** Hosts that were forgotten, as others needed the room. */
  readonly forgotten: number;
}

/** What is recorded, in numbers that only grow. */
export interface RecordCounts {
  readonly datagrams: number;
  /** Bytes of the files. */
  readonly bytes: number;
  /** Datagrams that were left out. */
  readonly omitted: number;
}

/** What became of every datagram, and of hosts that made room: as `FleetTotals` tells it. */
export class Counts {
  received = 0;
  receivedBytes = 0;
  accepted = 0;
  copies = 0;
  forgotten = 0;
  readonly dropped = new Map<DropReason, number>();
  readonly keyUses = new Map<number, number>();

  /** Counts one that came. */
  receive(bytes: number): void {
    this.received++;
    this.receivedBytes += bytes;
  }

  /** Counts one that another site had delivered. */
  copy(): Dropped {
    this.copies++;
    return COPIED;
  }

  /** Counts one that was not accepted. */
  drop(reason: DropReason, error?: Error, host?: Host): Dropped {
    this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + 1);
    return { accepted: false, reason, ...(error && { error }), ...(host && { host }) };
  }
}

const SPAN_SECONDS = 5;

/** Counts events in whole seconds and reports their mean over the last five that are complete. */
export class RateMeter {
  readonly #counts = new Float64Array(SPAN_SECONDS + 1);
  readonly #startSecond: number;
  #second: number;

  constructor(nowMs: number) {
    this.#startSecond = this.#second = Math.floor(nowMs / 1_000);
  }

  /** Counts one event. */
  mark(nowMs: number): void {
    this.#advance(nowMs);
    this.#counts[this.#second % this.#counts.length]! += 1;
  }

  /** Events per second; `null` in the first second, when there is nothing to tell from. */
  perSecond(nowMs: number): number | null {
    this.#advance(nowMs);
    const complete = Math.min(SPAN_SECONDS, this.#second - this.#startSecond);
    if (complete === 0) return null;
    let events = 0;
    for (let back = 1; back <= complete; back++) {
      events += this.#counts[(this.#second - back) % this.#counts.length]!;
    }
    return events / complete;
  }

  #advance(nowMs: number): void {
    const second = Math.floor(nowMs / 1_000);
    // Do not follow a clock that was set back: it would leave counts of the future in the ring.
    if (second <= this.#second) return;
    const steps = Math.min(second - this.#second, this.#counts.length);
    for (let step = 0; step < steps; step++) {
      this.#counts[(second - step) % this.#counts.length] = 0;
    }
    this.#second = second;
  }
}
