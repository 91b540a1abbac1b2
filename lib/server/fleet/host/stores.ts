/**
 * Where the fleet keeps what every host has: texts, pasts and accounts, each of all hosts together,
 * by their slots. Pure.
 */
import { Accounts } from "../accounts/accounts.ts";
import { Arena } from "../memory/arena.ts";
import { Histories } from "../past/histories.ts";
import { Rows } from "../memory/rows.ts";
import { MessageTexts } from "../memory/message_texts.ts";
import { TagSets } from "../memory/tag_sets.ts";
import type { DropReason } from "../../../common/drop_reasons.js";

/** Datagrams that an agent has sealed beyond doubt, and that were refused all the same. */
export interface Refusal {
  /** Why the last one was. */
  readonly reason: DropReason;
  /** How many there were since the host is known. */
  readonly count: number;
  /** When the last one came, on the fleet's clock. */
  readonly lastMs: number;
}

/** The stores of one fleet. */
export class Stores {
  readonly texts: MessageTexts;
  readonly histories: Histories;
  readonly accounts = new Accounts();
  readonly numbers = new Rows(HOST_NUMBERS);
  readonly tags = new TagSets();
  /** Of few hosts. */
  readonly refusals = new Map<number, Refusal>();

  /** With histories of `historyMs`. */
  constructor(historyMs: number) {
    const bytes = new Arena();
    this.texts = new MessageTexts(bytes);
    this.histories = new Histories(historyMs, bytes);
  }
}

/** Where numbers of a host stand in its row: those for which the engine would make objects, as they are large or have a fraction. */
export const HOST_PLACE = {
  firstSeenMs: 0,
  lastSeenMs: 1,
  sentMs: 2,
  version: 3,
  datagrams: 4,
  bytes: 5,
} as const;

/** How long that row is. */
export const HOST_NUMBERS = Object.keys(HOST_PLACE).length;
