/**
 * Where the fleet keeps what every host has: texts, pasts and accounts, each of all hosts together,
 * by their slots. Pure.
 */
import { Accounts } from "../accounts/accounts.ts";
import { ByteStore } from "./byte_store.ts";
import { Histories } from "../past/histories.ts";
import { HOST_NUMBERS } from "./host_numbers.ts";
import { NumberStore } from "./number_store.ts";
import { MessageTexts } from "./message_texts.ts";
import type { DropReason } from "../totals.ts";

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
  readonly numbers = new NumberStore(HOST_NUMBERS);
  /** Of few hosts. */
  readonly refusals = new Map<number, Refusal>();

  /** With histories of `historyMs`. */
  constructor(historyMs: number) {
    const bytes = new ByteStore();
    this.texts = new MessageTexts(bytes);
    this.histories = new Histories(historyMs, bytes);
  }
}
