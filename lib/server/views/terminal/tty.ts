/**
 * The terminal as a device: keys from stdin, escape sequences to stdout, its size, and the signals of
 * job control. It leaves the terminal as it found it, however the program ends or is stopped, and
 * never waits for one that takes nothing; what is drawn and what keys mean is none of its business.
 */
import { fstatSync } from "node:fs";
import type { Size } from "./text/line.ts";
import { ENTER_SCREEN, LEAVE_SCREEN } from "./paint.ts";

/** Whom a terminal tells. */
export interface TtyEvents {
  /** Called with what the keys that were pressed send. */
  readonly onText: (text: string) => void;
  /** Called when the screen is ours again, and blank, after the program was stopped and continued. */
  readonly onResumed: () => void;
  /** Called when the terminal has gone or asks for the end; with the error that told so, where one did. */
  readonly onGone: (error?: Error) => void;
}

/** A terminal without a size of its own, as some programs make them, is as large as the first ones were. */
const DEFAULT_SIZE: Size = { columns: 80, rows: 24 };

/** How long a terminal that takes nothing may keep us from giving it back. */
const LEAVE_TIMEOUT_MS = 400;

/** What belongs to one stop comes within this time; the system stops nobody whom nobody could continue. */
const STOP_TIMEOUT_MS = 100;

/** Interval between two looks whether a terminal that makes nobody wait is ready. */
const READY_INTERVAL_MS = 50;

/** A terminal that the program has to itself. */
export class Tty {
  readonly #events: TtyEvents;
  readonly #encoder = new TextEncoder();
  readonly #leave = () => this.#leaveAtOnce();
  readonly #signals: readonly (readonly [Deno.Signal, () => void])[];
  #isOpen = false;
  #isStopped = false;
  #stopSignals = 0;
  #notStoppedTimer: ReturnType<typeof setTimeout> | undefined;
  #writing: Promise<void> | null = null;
  #hasGone = false;

  constructor(events: TtyEvents) {
    this.#events = events;
    this.#signals = Deno.build.os === "windows" ? [] : [
      ["SIGTSTP", () => this.#stop()],
      ["SIGCONT", () => this.#resume()],
      ["SIGHUP", () => events.onGone()],
      ["SIGQUIT", () => events.onGone()],
    ];
  }

  /** Whether there is no use in writing now: it would only queue up. */
  get isBusy(): boolean {
    return this.#writing !== null || this.#isStopped;
  }

  /** Takes the terminal over. Without a terminal on stdin there are no keys. */
  open(): void {
    this.#isOpen = true;
    // Whatever ends the program from elsewhere.
    for (const event of FAREWELLS) globalThis.addEventListener(event, this.#leave);
    for (const [signal, listener] of this.#signals) Deno.addSignalListener(signal, listener);
    this.#enter();
    if (Deno.stdin.isTerminal()) this.#readKeys();
  }

  /** Gives the terminal back as it was, unless it takes nothing. */
  async close(): Promise<void> {
    if (!this.#isOpen) return;
    await this.#whenWritten();
    if (this.#writing === null) {
      this.write(LEAVE_SCREEN);
      await this.#whenWritten();
    }
    this.#release();
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

  /** Begins to write; not to be called while `isBusy`. */
  write(text: string): void {
    if (this.#hasGone) return;
    this.#writing = writeAll(this.#encoder.encode(text)).then(
      () => void (this.#writing = null),
      (error) => this.#go(error),
    );
  }

  async #enter(): Promise<void> {
    this.write(ENTER_SCREEN);
    // To change its mode waits for all that was written: not before that has gone out.
    await this.#writing;
    if (this.#isOpen && !this.#isStopped) this.#setRaw(true);
  }

  /** Keys come one by one and unseen; those of signals stay, for the whole job, whoever started us. */
  #setRaw(isRaw: boolean): void {
    try {
      if (!Deno.stdin.isTerminal()) return;
      if (isRaw && Deno.build.os !== "windows") Deno.stdin.setRaw(true, { cbreak: true });
      else Deno.stdin.setRaw(isRaw);
    } catch (error) {
      this.#go(error as Error);
    }
  }

  /** Waits for what is under way, but not for long. */
  async #whenWritten(): Promise<void> {
    const timeout = Promise.withResolvers<void>();
    const timer = setTimeout(timeout.resolve, LEAVE_TIMEOUT_MS);
    await Promise.race([this.#writing, timeout.promise]);
    clearTimeout(timer);
  }

  /** What is left to do: Deno itself sets the mode back when the program ends, and waits for nothing. */
  #release(): void {
    this.#isOpen = false;
    for (const event of FAREWELLS) globalThis.removeEventListener(event, this.#leave);
    for (const [signal, listener] of this.#signals) Deno.removeSignalListener(signal, listener);
    clearTimeout(this.#notStoppedTimer);
  }

  /** The same as `close` where nothing can be waited for. */
  #leaveAtOnce(): void {
    if (this.#writing === null) this.#writeAtOnce(LEAVE_SCREEN);
    this.#release();
  }

  #writeAtOnce(text: string): void {
    try {
      if (!this.#hasGone) Deno.stdout.writeSync(this.#encoder.encode(text));
    } catch (error) {
      this.#go(error as Error);
    }
  }

  /** Gives the terminal back and stops, as the key Ctrl-Z and `kill -TSTP` ask for. */
  async #stop(): Promise<void> {
    this.#stopSignals = this.#isStopped ? this.#stopSignals + 1 : 1;
    if (this.#isStopped) return;
    this.#isStopped = true;
    await rest(STOP_TIMEOUT_MS);
    await this.#whenWritten();
    // Twice: also from a parent who passes the key on, as `deno task` does, and would wait for us.
    if (this.#stopSignals > 1) this.#isStopped = false;
    if (!this.#isOpen || !this.#isStopped) return;
    if (this.#writing === null) {
      this.#writeAtOnce(LEAVE_SCREEN);
      this.#setRaw(false);
    }
    // SIGTSTP is ours, and SIGSTOP would stop even where nobody is who could continue us.
    Deno.kill(Deno.pid, "SIGTTOU");
    this.#notStoppedTimer = setTimeout(() => this.#resume(), STOP_TIMEOUT_MS);
  }

  /** Takes the terminal over again; also after a stop that nobody told us of. */
  async #resume(): Promise<void> {
    clearTimeout(this.#notStoppedTimer);
    await this.#writing;
    this.#isStopped = false;
    if (!this.#isOpen) return;
    await this.#enter();
    this.#events.onResumed();
  }

  async #readKeys(): Promise<void> {
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(1_024);
    try {
      for (;;) {
        const length = await whenReady(() => Deno.stdin.read(buffer));
        if (!this.#isOpen) return;
        if (length === null) return this.#go();
        this.#events.onText(decoder.decode(buffer.subarray(0, length), { stream: true }));
      }
    } catch (error) {
      this.#go(error as Error);
    }
  }

  #go(error?: Error): void {
    this.#writing = null;
    if (this.#hasGone) return;
    this.#hasGone = true;
    this.#events.onGone(error);
  }
}

const FAREWELLS = ["unload", "error", "unhandledrejection"];

async function writeAll(bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await whenReady(() => Deno.stdout.write(bytes.subarray(written)));
  }
}

/** Another program that shares the terminal may have it answer at once that it has nothing, or no room. */
async function whenReady<T>(act: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
      await rest(READY_INTERVAL_MS);
    }
  }
}

function rest(forMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, forMs));
}

/** /dev/tty: another name of the terminal that a program was started on. */
const CONTROLLING_TERMINAL = 0x500;

/** Whether what is written to stderr shows on the terminal of stdout. */
export function isStderrHere(): boolean {
  if (!Deno.stderr.isTerminal()) return false;
  if (Deno.build.os !== "linux") return true;
  const [here, there] = [fstatSync(1).rdev, fstatSync(2).rdev];
  return there === here || there === CONTROLLING_TERMINAL;
}
