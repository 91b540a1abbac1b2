/**
 * Which devices a datagram lists when not all of them fit: the fullest volumes and the busiest
 * interfaces, with the number of those left out and sums that stay exact. Agent side, pure.
 */
import {
  encodeMessage,
  type InterfaceMetrics,
  type Message,
  TARGET_DATAGRAM_BYTES,
} from "./message.ts";
import { sumTraffic, volumePercent } from "./metrics.ts";

/** Where not even one of each fits, the datagram is long anyway, and lists so many. */
const DEVICES_WHEN_LONG: DeviceCounts = { volumes: 4, interfaces: 4 };

/** How many devices of each kind a message lists. */
export interface DeviceCounts {
  readonly volumes: number;
  readonly interfaces: number;
}

/** How a message is written, and in how many bytes. */
export interface Encoding {
  readonly encode: (message: Message) => Uint8Array<ArrayBuffer>;
  readonly budgetBytes: number;
}

/** As it is sent when nothing is sealed. */
const PLAIN: Encoding = { encode: encodeMessage, budgetBytes: TARGET_DATAGRAM_BYTES };

/** An encoded message; `long` when it cannot be made to fit one Ethernet frame. */
export interface FittedMessage {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly long: boolean;
}

/** Encodes a message in at most 1,452 bytes, or another budget, where leaving out devices can do that. */
export function fitMessage(
  message: Message,
  { encode: write, budgetBytes }: Encoding = PLAIN,
): FittedMessage {
  const most = {
    volumes: message.disk?.volumes.length ?? 0,
    interfaces: message.network?.interfaces.length ?? 0,
  };
  const encode = (devices: number) => write(listDevices(message, share(devices, most)));
  let fitting = encode(most.volumes + most.interfaces);
  if (fitting.length <= budgetBytes) return { bytes: fitting, long: false };
  // One of each at the least; the more devices, the longer, so the most that fit are found by halves.
  let least = Math.min(most.volumes, 1) + Math.min(most.interfaces, 1);
  fitting = encode(least);
  if (fitting.length > budgetBytes) {
    const bytes = write(listDevices(message, DEVICES_WHEN_LONG));
    return { bytes, long: true };
  }
  let tooMany = most.volumes + most.interfaces;
  while (tooMany - least > 1) {
    const devices = (least + tooMany) >>> 1;
    const bytes = encode(devices);
    if (bytes.length <= budgetBytes) [least, fitting] = [devices, bytes];
    else tooMany = devices;
  }
  return { bytes: fitting, long: false };
}

/** Shares out a number of devices: half each, and more of the one when there are few of the other. */
function share(devices: number, most: DeviceCounts): DeviceCounts {
  const half = Math.floor(devices / 2);
  const volumes = Math.min(most.volumes, Math.max(half, devices - most.interfaces));
  return { volumes, interfaces: devices - volumes };
}

/** The same message with at most so many volumes and interfaces. */
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
