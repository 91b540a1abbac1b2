/**
 * From a message to the bytes that are sent: fitted into a datagram, and sealed where there are keys.
 * It says when they are too long for the way, and when they cannot be sealed. Pure.
 */
import { type Encoding, fitMessage } from "./fit.ts";
import type { Log } from "../common/log.ts";
import { type Message, TARGET_DATAGRAM_BYTES } from "../message/message.ts";
import type { KeyFile } from "../sealed/key_file.ts";
import { Sealer } from "../sealed/sealer.ts";
import { Failures } from "../common/throttle.ts";

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
      log.error(`Cannot seal datagrams: no key of ${keys.path} is good for ${id} now; sends none`);
    } else if (change === "recovered") log.info("Seals datagrams again");
    return sealed;
  };
}
