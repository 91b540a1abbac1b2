/**
 * From a message to the bytes of its datagram: fitted by leaving out the emptiest volumes and the
 * quietest interfaces, then numbers that not every system has, then single cores, with the number of
 * those left out and sums that stay exact; and sealed where there are keys. It says when they are too
 * long for the way, and when they cannot be sealed. Pure.
 */
import { Failures, type Log } from "../common/log.ts";
import { encodeMessage } from "../message/encode.ts";
import {
  type InterfaceMetrics,
  MAX_INTERFACES,
  MAX_VOLUMES,
  type Message,
  TARGET_DATAGRAM_BYTES,
  type Texts,
} from "../message/message.ts";
import { sumTraffic, volumePercent } from "../message/metrics.ts";
import { PARTS, withFewRows, withoutParts } from "./parts.ts";
import type { KeyFile } from "../sealed/key_file.ts";
import { Sealer } from "../sealed/sealer.ts";

/** Encodes messages, and warns at the first one that is longer than the way takes. */
export function encoder(
  log: Log,
  encoding: Encoding,
): (message: Message) => Uint8Array<ArrayBuffer> {
  let warned = false;
  return (message) => {
    const { bytes, long } = fitMessage(message, encoding);
    if (long && !warned) {
      log.warn(
        `Sending datagrams of more than ${encoding.maxDatagramBytes ?? TARGET_DATAGRAM_BYTES} ` +
          "bytes: they will be fragmented, and lost more often; see --metrics",
      );
      warned = true;
    }
    return bytes;
  };
}

/** Seals messages. While there is no key to seal with they are `null`: none is ever sent unsealed. */
export function sealer(
  keys: KeyFile,
  id: string,
  log: Log,
  encoding: Encoding,
): (message: Message) => Uint8Array<ArrayBuffer> | null {
  const encode = encoder(log, encoding);
  let sealer: Sealer | null = null;
  const failures = new Failures();
  return (message) => {
    if (message.seq === 1) sealer = new Sealer(id, message.session!);
    const sealed = sealer!.seal(encode(message), message.seq!, keys.ring, message.time!);
    const change = failures.note("seal", sealed === null);
    if (change === "failed") {
      log.error(`Cannot seal datagrams: no valid key for ${id} in ${keys.path}; not sending`);
    } else if (change === "recovered") log.info("Sealing again");
    return sealed;
  };
}

/** So many are listed before any number is left out, and where the datagram is too long anyway. */
const FEW: DeviceCounts = { volumes: 4, interfaces: 4 };

/** How many devices of each kind a message lists. */
export interface DeviceCounts {
  readonly volumes: number;
  readonly interfaces: number;
}

/** How a message is written, and how long the datagram may be. */
export interface Encoding {
  readonly encode: (message: Message) => Uint8Array<ArrayBuffer>;
  /** Bytes of the datagram around the message. */
  readonly overheadBytes: number;
  /** What the way takes at most; `null` for 1,452 bytes, and more where only cores could be left out. */
  readonly maxDatagramBytes: number | null;
  /** Bytes kept free for the texts that come in turn, so that what else fits is always the same. */
  readonly reservedBytes?: number;
}

const encoderOfTexts = new TextEncoder();

/** Bytes that texts take in a message. */
export function textBytes(texts: Texts | undefined): number {
  if (texts === undefined) return 0;
  return encoderOfTexts.encode(`,"texts":${JSON.stringify(texts)}`).length;
}

/** How a message is written that is not sealed. */
export function plainEncoding(maxDatagramBytes: number | null = null): Encoding {
  return { encode: encodeMessage, overheadBytes: 0, maxDatagramBytes };
}

/** An encoded message; `long` when it cannot be made to fit. */
export interface FittedMessage {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly long: boolean;
}

/**
 * Encodes a message so that its datagram has at most 1,452 bytes: with fewer devices where that is
 * enough, but four of each kind; then without numbers that not every system has, the last of the
 * catalogue first; then with one device of each kind. Where another limit was set, it leaves out the
 * cores rather than exceed that, and lists as many devices as fit then.
 */
export function fitMessage(message: Message, encoding: Encoding = plainEncoding()): FittedMessage {
  const { volumes, interfaces } = countDevices(message);
  const least = (most: number) => Math.min(volumes, most) + Math.min(interfaces, most);
  const whole = fitDevices(message, least(Infinity), encoding);
  if (whole !== null) return { bytes: whole, long: false };
  const few = withFewRows(message);
  const lean = () => withoutParts(few, PARTS);
  const hasLimit = encoding.maxDatagramBytes !== null;
  const fitting = fitDevices(few, least(FEW.volumes), encoding) ?? fitNumbers(few, encoding) ??
    fitDevices(lean(), least(1), encoding) ??
    (hasLimit ? fitDevices(withoutCores(lean()), 0, encoding) : null);
  if (fitting !== null) return { bytes: fitting, long: false };
  const shortened = hasLimit
    ? listDevices(withoutCores(lean()), { volumes: 0, interfaces: 0 })
    : listDevices(few, FEW);
  return { bytes: encoding.encode(shortened), long: true };
}

/** The message with a few devices and as many numbers as fit; `null` when not even without those that may go. */
function fitNumbers(message: Message, encoding: Encoding): Uint8Array<ArrayBuffer> | null {
  const encode = (kept: number) => {
    const left = PARTS.slice(0, PARTS.length - kept);
    return encoding.encode(listDevices(withoutParts(message, left), FEW));
  };
  return longestThatFits(encode, 0, PARTS.length, budgetOf(message, encoding));
}

/** With as many things as fit, from `least` on and fewer than `tooMany`; `null` when `least` do not. The more, the longer. */
function longestThatFits(
  encode: (things: number) => Uint8Array<ArrayBuffer>,
  least: number,
  tooMany: number,
  budgetBytes: number,
): Uint8Array<ArrayBuffer> | null {
  let fitting = encode(least);
  if (fitting.length > budgetBytes) return null;
  while (tooMany - least > 1) {
    const things = (least + tooMany) >>> 1;
    const bytes = encode(things);
    if (bytes.length <= budgetBytes) [least, fitting] = [things, bytes];
    else tooMany = things;
  }
  return fitting;
}

function budgetOf({ texts }: Message, encoding: Encoding): number {
  const { overheadBytes, maxDatagramBytes, reservedBytes = 0 } = encoding;
  const freeBytes = Math.max(0, reservedBytes - textBytes(texts));
  return (maxDatagramBytes ?? TARGET_DATAGRAM_BYTES) - overheadBytes - freeBytes;
}

/** How many devices a message could list at all. */
function countDevices({ disk, network }: Message): DeviceCounts {
  return {
    volumes: Math.min(disk?.volumes.length ?? 0, MAX_VOLUMES),
    interfaces: Math.min(network?.interfaces.length ?? 0, MAX_INTERFACES),
  };
}

/** The message with as many devices as fit; `null` when `min` of them do not. */
function fitDevices(
  message: Message,
  min: number,
  encoding: Encoding,
): Uint8Array<ArrayBuffer> | null {
  const budgetBytes = budgetOf(message, encoding);
  const max = countDevices(message);
  const encode = (devices: number) => encoding.encode(listDevices(message, share(devices, max)));
  const most = max.volumes + max.interfaces;
  const whole = encode(most);
  if (whole.length <= budgetBytes) return whole;
  return min === most ? null : longestThatFits(encode, min, most, budgetBytes);
}

/** Shares out a number of devices: half each, and more of the one when there are few of the other. */
function share(devices: number, max: DeviceCounts): DeviceCounts {
  const half = Math.ceil(devices / 2);
  const volumes = Math.min(max.volumes, Math.max(half, devices - max.interfaces));
  return { volumes, interfaces: devices - volumes };
}

/** The same message without single cores; their mean stays. */
function withoutCores(message: Message): Message {
  const { cpu } = message;
  if (!cpu || cpu.cores.length === 0) return message;
  return { ...message, cpu: { ...cpu, cores: [], omitted: cpu.cores.length } };
}

/** The same message with fewer volumes and interfaces: the fullest and the busiest. */
export function listDevices(message: Message, { volumes, interfaces }: DeviceCounts): Message {
  const { disk, network } = message;
  return {
    ...message,
    ...(disk && disk.volumes.length > volumes && {
      disk: {
        ...disk,
        volumes: highest(disk.volumes, volumes, (volume) => volumePercent(volume) ?? -1),
        omitted: disk.volumes.length - volumes,
      },
    }),
    ...(network && network.interfaces.length > interfaces && {
      network: {
        ...network,
        interfaces: highest(network.interfaces, interfaces, traffic),
        omitted: network.interfaces.length - interfaces,
        sum: sumTraffic(network.interfaces),
      },
    }),
  };
}

function traffic({ rx, tx }: InterfaceMetrics): number {
  return (rx ?? 0) + (tx ?? 0);
}

/** The `count` items with the highest value, in the order in which they stood. */
function highest<T>(items: readonly T[], count: number, valueOf: (item: T) => number): T[] {
  const kept = new Set(items.toSorted((a, b) => valueOf(b) - valueOf(a)).slice(0, count));
  return items.filter((item) => kept.has(item));
}
