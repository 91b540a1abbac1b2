import { assertEquals } from "@std/assert";
import { ENTER_SCREEN, LEAVE_SCREEN } from "../../../../lib/server/views/terminal/paint.ts";
import { Tty } from "../../../../lib/server/views/terminal/tty.ts";

/** A terminal in place of the real one, with what was done to it in order. */
class FakeTerminal {
  readonly done: string[] = [];
  /** What the next writes end with; those after them go well. */
  readonly writes: Promise<never>[] = [];
  readonly #signals = new Map<string, () => void>();
  readonly #events: string[] = [];
  #happened = Promise.withResolvers<void>();

  readonly tty = new Tty({
    onText: () => {},
    onResumed: () => this.#tell("resumed"),
    onGone: () => this.#tell("gone"),
  });

  signal(name: Deno.Signal): void {
    this.#signals.get(name)?.();
  }

  /** Waits until something was done, or told. */
  async until(what: string): Promise<void> {
    while (!this.done.includes(what) && !this.#events.includes(what)) await this.#happened.promise;
  }

  /** Runs a test with this terminal. */
  async use(act: () => Promise<void>): Promise<void> {
    const { stdin, stdout, kill, addSignalListener, removeSignalListener } = Deno;
    const write = async (bytes: Uint8Array) => {
      await this.writes.shift();
      this.writeSync(bytes);
      return bytes.length;
    };
    Object.assign(stdout, { write, writeSync: (bytes: Uint8Array) => this.writeSync(bytes) });
    Object.assign(stdin, { isTerminal: () => false });
    Object.assign(Deno, {
      kill: (pid: number, signal: string) => {
        assertEquals(pid, Deno.pid);
        this.#do(`stop by ${signal}`);
      },
      addSignalListener: (signal: string, listener: () => void) =>
        this.#signals.set(signal, listener),
      removeSignalListener: (signal: string) => this.#signals.delete(signal),
    });
    try {
      await act();
    } finally {
      for (const name of ["write", "writeSync"] as const) {
        delete (stdout as Partial<typeof stdout>)[name];
      }
      delete (stdin as Partial<typeof stdin>).isTerminal;
      Object.assign(Deno, { kill, addSignalListener, removeSignalListener });
    }
    assertEquals(this.#signals.size, 0);
  }

  writeSync(bytes: Uint8Array): number {
    const text = new TextDecoder().decode(bytes);
    this.#do(text === ENTER_SCREEN ? "enter" : text === LEAVE_SCREEN ? "leave" : text);
    return bytes.length;
  }

  #do(what: string): void {
    this.done.push(what);
    this.#announce();
  }

  #tell(event: string): void {
    this.#events.push(event);
    this.#announce();
  }

  #announce(): void {
    this.#happened.resolve();
    this.#happened = Promise.withResolvers<void>();
  }
}

function test(name: string, act: (terminal: FakeTerminal) => Promise<void>): void {
  Deno.test({
    name,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      const terminal = new FakeTerminal();
      await terminal.use(() => act(terminal));
    },
  });
}

const NEVER = new Promise<never>(() => {});

test("Tty gives the terminal back once what is under way is written", async (terminal) => {
  terminal.tty.open();
  await terminal.until("enter");
  await terminal.tty.close();
  await terminal.tty.close();
  assertEquals(terminal.done, ["enter", "leave"]);
});

test("close() does not wait for a terminal that takes nothing", async (terminal) => {
  terminal.writes.push(NEVER);
  terminal.tty.open();
  assertEquals(terminal.tty.isBusy, true);
  await terminal.tty.close();
  assertEquals(terminal.done, []);
});

test("Tty gives the terminal back before it is stopped, and takes it again", async (terminal) => {
  terminal.tty.open();
  await terminal.until("enter");
  terminal.signal("SIGTSTP");
  assertEquals(terminal.tty.isBusy, true);
  await terminal.until("stop by SIGTTOU");
  assertEquals(terminal.done, ["enter", "leave", "stop by SIGTTOU"]);
  terminal.signal("SIGCONT");
  await terminal.until("resumed");
  assertEquals(terminal.done.slice(3), ["enter"]);
  assertEquals(terminal.tty.isBusy, false);
  await terminal.tty.close();
});

test("Tty goes on where the system stops nobody", async (terminal) => {
  terminal.tty.open();
  await terminal.until("enter");
  terminal.signal("SIGTSTP");
  await terminal.until("resumed");
  assertEquals(terminal.done, ["enter", "leave", "stop by SIGTTOU", "enter"]);
  await terminal.tty.close();
});

test("Tty does not stop where its parent passes the signal on and waits", async (terminal) => {
  terminal.tty.open();
  await terminal.until("enter");
  terminal.signal("SIGTSTP");
  terminal.signal("SIGTSTP");
  while (terminal.tty.isBusy) await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(terminal.done, ["enter"]);
  await terminal.tty.close();
});

test("Tty tells when the terminal asks for the end, and still gives it back", async (terminal) => {
  terminal.tty.open();
  await terminal.until("enter");
  terminal.signal("SIGHUP");
  await terminal.until("gone");
  await terminal.tty.close();
  assertEquals(terminal.done, ["enter", "leave"]);
});

test("Tty tells when the terminal has gone, and writes no more", async (terminal) => {
  terminal.writes.push(Promise.reject(new Error("Input/output error")));
  terminal.tty.open();
  await terminal.until("gone");
  await terminal.tty.close();
  assertEquals(terminal.done, []);
});

test("Tty writes again what a terminal has no room for yet", async (terminal) => {
  terminal.writes.push(Promise.reject(new Deno.errors.WouldBlock()));
  terminal.tty.open();
  await terminal.until("enter");
  await terminal.tty.close();
  assertEquals(terminal.done, ["enter", "leave"]);
});
