/**
 * The terminal as a device: raw keys from stdin, escape sequences to stdout, its size. It leaves the
 * terminal as it found it, however the program ends; what is drawn and what keys mean is none of its business.
 */
import type { Size } from "./line.ts";
import { ENTER_SCREEN, LEAVE_SCREEN } from "./paint.ts";

/** Whom a terminal tells. */
export interface TtyEvents {
  /** Called with what the keys that were pressed send. */
  readonly onText: (text: string) => void;
  /** Called once, when the terminal has gone; with the error that told so, or none at the end of stdin. */
  readonly onGone: (error?: Error) => void;
}

/** A terminal without a size of its own, as some programs make them, is as large as the first ones were. */
const DEFAULT_SIZE: Size = { columns: 80, rows: 24 };

/** A terminal that the program has to itself. */
export class Tty {
  readonly #events: TtyEvents;
  readonly #encoder = new TextEncoder();
  readonly #leave = () => this.close();
  #isOpen = false;
  #isWriting = false;
  #hasGone = false;

  constructor(events: TtyEvents) {
    this.#events = events;
  }

  /** Whether what was written before is still under way: writing more would only queue up. */
  get isWriting(): boolean {
    return this.#isWriting;
  }

  /** Takes the terminal over. Without a terminal on stdin there are no keys. */
  open(): void {
    this.#isOpen = true;
    // Whatever ends the program from elsewhere.
    for (const event of FAREWELLS) globalThis.addEventListener(event, this.#leave);
    if (Deno.stdin.isTerminal()) {
      Deno.stdin.setRaw(true);
      this.#readKeys();
    }
    this.write(ENTER_SCREEN);
  }

  /** Gives the terminal back as it was. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const event of FAREWELLS) globalThis.removeEventListener(event, this.#leave);
    if (this.#hasGone) return;
    try {
      // Waits until what is under way is written, and must be done when this returns.
      Deno.stdout.writeSync(this.#encoder.encode(LEAVE_SCREEN));
      if (Deno.stdin.isTerminal()) Deno.stdin.setRaw(false);
    } catch (error) {
      this.#go(error as Error);
    }
  }

  /** Columns and rows as they are now. */
  size(): Size {
    try {
      const { columns, rows } = Deno.consoleSize();
      return columns > 0 && rows > 0 ? { columns, rows } : DEFAULT_SIZE;
    } catch (error) {
      this.#go(error as Error);
      return DEFAULT_SIZE;
    }
  }

  /** Begins to write; not to be called while `isWriting`. */
  write(text: string): void {
    if (this.#hasGone) return;
    this.#isWriting = true;
    writeAll(this.#encoder.encode(text)).then(
      () => this.#isWriting = false,
      (error) => this.#go(error),
    );
  }

  async #readKeys(): Promise<void> {
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(1_024);
    try {
      for (;;) {
        const length = await Deno.stdin.read(buffer);
        if (!this.#isOpen) return;
        if (length === null) return this.#go();
        this.#events.onText(decoder.decode(buffer.subarray(0, length), { stream: true }));
      }
    } catch (error) {
      this.#go(error as Error);
    }
  }

  #go(error?: Error): void {
    if (this.#hasGone) return;
    this.#hasGone = true;
    this.#events.onGone(error);
  }
}

const FAREWELLS = ["unload", "error", "unhandledrejection"];

async function writeAll(bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await Deno.stdout.write(bytes.subarray(written));
  }
}
