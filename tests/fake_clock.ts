/** A wall clock that a test sets while a program runs: by libfaketime, which a file tells how far. */

const LIBRARY = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

/** Whether such clocks may be made here. */
export const HAS_FAKE_CLOCKS =
  (["read", "write"] as const).every((name) =>
    Deno.permissions.querySync({ name }).state === "granted"
  ) && isThere(LIBRARY);

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** A wall clock that can be set, and the environment of a program that goes by it. */
export class FakeClock implements Disposable {
  readonly #file = Deno.makeTempFileSync();
  readonly env: Record<string, string> = {
    LD_PRELOAD: LIBRARY,
    FAKETIME_TIMESTAMP_FILE: this.#file,
    FAKETIME_CACHE_DURATION: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
    DONT_FAKE_MONOTONIC: "1",
  };

  constructor(seconds: number) {
    this.set(seconds);
  }

  /** Seconds from the real time; the program notices within one. */
  set(seconds: number): void {
    Deno.writeTextFileSync(this.#file, `${seconds >= 0 ? "+" : ""}${seconds}s\n`);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.#file);
  }
}
