/**
 * Opens sealed datagrams for the fleet, with the keys of a file as they are when each one comes. Its
 * one job is to read the two clocks by which a session is judged.
 */
import type { Decoded } from "../message/digest.ts";
import type { Origin } from "../common/address.ts";
import type { Log } from "../common/log.ts";
import type { KeyFile, WithKeys } from "../sealed/key_file.ts";
import { Opener, type OpenerOptions } from "../sealed/opener.ts";
import type { Decoder } from "./fleet/receipt.ts";
import type { ServerOptions } from "./options.ts";

/** What opens sealed datagrams where there are keys; `undefined` where only plain ones are accepted. */
export function openDecoder(
  options: Pick<ServerOptions, "auth" | "max-hosts"> & WithKeys,
  log: Log,
  stop: AbortSignal,
): Decoder | undefined {
  const { keys, auth, "max-hosts": maxAgents } = options;
  if (keys === null) return undefined;
  const decoder = new SealedDecoder(keys, { auth: auth ?? "require", maxAgents });
  keys.watch(log, stop);
  log.info(`Opening sealed datagrams with the keys in ${keys.path} (--auth ${auth ?? "require"})`);
  return decoder;
}

/** Reads what is sealed, and what is plain where that may pass. */
export class SealedDecoder implements Decoder {
  readonly #opener: Opener;
  readonly #keys: Pick<KeyFile, "ring">;

  constructor(keys: Pick<KeyFile, "ring">, options: OpenerOptions) {
    this.#keys = keys;
    this.#opener = new Opener(options);
  }

  decode(bytes: Uint8Array, sender: Origin): Decoded {
    const clock = { wallMs: Date.now(), upMs: performance.now() };
    return this.#opener.open(bytes, this.#keys.ring, clock, sender);
  }
}
