/**
 * Where the fleet keeps what every host has: texts, pasts and accounts, each of all hosts together,
 * by their slots. Pure.
 */
import { Accounts } from "./accounts.ts";
import { ByteStore } from "./byte_store.ts";
import { Histories } from "./histories.ts";
import { HOST_NUMBERS } from "./host_numbers.ts";
import { NumberStore } from "./number_store.ts";
import { MessageTexts } from "./message_texts.ts";

/** The stores of one fleet. */
export class Stores {
  readonly texts: MessageTexts;
  readonly histories: Histories;
  readonly accounts = new Accounts();
  readonly numbers = new NumberStore(HOST_NUMBERS);

  /** With histories of `historyMs`. */
  constructor(historyMs: number) {
    const bytes = new ByteStore();
    this.texts = new MessageTexts(bytes);
    this.histories = new Histories(historyMs, bytes);
  }
}
