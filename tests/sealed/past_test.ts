/** Agents that are set back, whose clocks are set, and who are copied; and those who recorded all of it. */
import { assert, assertEquals } from "@std/assert";
import { DatagramError } from "../../lib/message/message.ts";
import { Opener } from "../../lib/sealed/opener.ts";
import { CLOCK_TOLERANCE_MS } from "../../lib/sealed/sessions.ts";
import { NOW_MS, ringOf, sealed, sessionOf } from "./sealing.ts";
import fc from "fast-check";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A server that has run for an hour, and whose clock is right unless it is set. */
class Server {
  readonly #opener = new Opener({ auth: "require", maxAgents: 10 });
  wallMs = NOW_MS;
  upMs = HOUR_MS;

  /** What becomes of a datagram: `new`, `anew`, why it is no news, or why it is refused. */
  fate(bytes: Uint8Array): string {
    try {
      const { replay, isAnew } = this.#opener.open(bytes, ringOf(), this);
      return replay ?? (isAnew ? "anew" : "new");
    } catch (error) {
      if (error instanceof DatagramError) return error.reason;
      throw error;
    }
  }

  wait(durationMs: number): void {
    this.wallMs += durationMs;
    this.upMs += durationMs;
  }
}

/** A datagram of an agent: of which session, with which number, sent how long after now by its clock. */
function datagram(session: string, seq: number, sentMs: number): Uint8Array {
  return sealed({ session, seq, message: { time: NOW_MS + sentMs } });
}

const FIRST = sessionOf(NOW_MS - DAY_MS);

Deno.test("Opener hears a machine that was set back, by however many numbers, at its third later time", async (t) => {
  for (const back of [1, 2, 3, 10, 255, 256, 257, 5_000]) {
    await t.step(`${back}`, () => {
      const server = new Server();
      const reached = 10_000;
      const before = [reached - 300, reached - 1, reached].map((seq, n) => datagram(FIRST, seq, n));
      assertEquals(before.map((bytes) => server.fate(bytes)), ["new", "new", "new"]);
      const after = [1, 2, 3, 4, 5].map((n) => datagram(FIRST, reached - back + n, 1_000 * n));
      const fates = after.map((bytes) => server.fate(bytes));
      const heard = fates.findIndex((fate) => fate === "new" || fate === "anew");
      assert(heard >= 0 && heard < 3, fates.join());
      assertEquals(fates.slice(3), ["new", "new"]);
      const taken = after.filter((_, at) => ["new", "anew"].includes(fates[at]!));
      for (const bytes of [...before, ...taken]) {
        assert(["duplicate", "old"].includes(server.fate(bytes)));
      }
    });
  }
});

Deno.test("Opener hears an agent of an older session at its third later time", () => {
  const server = new Server();
  const old = sessionOf(0);
  assertEquals(server.fate(datagram(FIRST, 1, 0)), "new");
  const said = [1, 2, 3, 4].map((n) => datagram(old, 40 + n, n));
  assertEquals(said.map((bytes) => server.fate(bytes)), ["session", "session", "anew", "new"]);
  assertEquals(server.fate(datagram(FIRST, 2, 0)), "session", "which is over");
});

Deno.test("Opener lets two agents with one id take no turns", () => {
  const server = new Server();
  const [a, b] = [sessionOf(NOW_MS - 2_000), sessionOf(NOW_MS - 1_000)];
  const fates = Array.from({ length: 50 }, (_, n) => [
    server.fate(datagram(a, n + 1, 2 * n)),
    server.fate(datagram(b, n + 1, 2 * n + 1)),
  ]);
  assertEquals(fates[0], ["new", "new"]);
  assert(fates.slice(1).every(([first, second]) => first === "session" && second === "new"));
});

Deno.test("Opener takes turns with no copy of a running machine", () => {
  const server = new Server();
  const said = Array.from({ length: 50 }, (_, n) => [
    server.fate(datagram(FIRST, n + 1, 2 * n)),
    server.fate(datagram(FIRST, n + 1, 2 * n + 1)),
  ]);
  assert(said.every(([first, second]) => first === "new" && second === "duplicate"));
});

Deno.test("Opener begins anew for nobody whose time is not now", () => {
  const server = new Server();
  const far = CLOCK_TOLERANCE_MS + 1_000;
  assertEquals([1, 500].map((seq) => server.fate(datagram(FIRST, seq, 0))), ["new", "new"]);
  const fates = [1, 2, 3, 4].map((n) => server.fate(datagram(FIRST, n, far + n)));
  assertEquals(fates, ["old", "old", "clock", "clock"]);
  server.wait(5_000);
  assertEquals(server.fate(datagram(FIRST, 5, far + 5)), "anew");
});

Deno.test("Opener hears a host without a clock of its own, boot after boot", () => {
  const server = new Server();
  // At each boot its clock says the same, and NTP sets it a minute later.
  const built = -400 * DAY_MS;
  for (let boot = 0; boot < 5; boot++) {
    const early = [1, 2, 3, 4].map((n) =>
      server.fate(datagram(sessionOf(NOW_MS + built, boot), n, built + n * 1_000))
    );
    assert(early.every((fate) => fate === "clock" || fate === "session"), early.join());
    const nowMs = server.wallMs - NOW_MS;
    const session = sessionOf(server.wallMs, boot);
    assertEquals([1, 2].map((n) => server.fate(datagram(session, n, nowMs + n))), ["new", "new"]);
    server.wait(HOUR_MS);
  }
});

Deno.test("Opener hears agents again whose clocks were ahead as its own was", () => {
  const server = new Server();
  server.wallMs += 2 * HOUR_MS;
  const ahead = sessionOf(NOW_MS + 2 * HOUR_MS - 1_000);
  assertEquals(server.fate(datagram(ahead, 1, 2 * HOUR_MS)), "new");
  const next = sessionOf(NOW_MS);
  assertEquals(server.fate(datagram(next, 1, 0)), "session", "its own is ahead still");
  server.wallMs -= 2 * HOUR_MS;
  assertEquals(server.fate(datagram(next, 2, 10)), "new");
  assertEquals(server.fate(datagram(ahead, 1, 2 * HOUR_MS)), "session");
});

/** An agent from one start or return to the next: its session, where its numbers begin, and its clock. */
const lives = fc.array(
  fc.record({
    session: fc.nat(2),
    first: fc.integer({ min: 1, max: 600 }),
    clockMs: fc.integer({ min: -300, max: 300 }),
    steps: fc.array(fc.constantFrom(1, 1, 1, 2, 300), { minLength: 1, maxLength: 12 }),
  }),
  { minLength: 1, maxLength: 6 },
);

/** What somebody on the way does after each datagram: holds it back, and sends some of those that there were. */
const meddling = fc.array(
  fc.record({ held: fc.boolean(), again: fc.array(fc.nat(10_000), { maxLength: 6 }) }),
  { minLength: 80, maxLength: 80 },
);

/** How the server's own clock is set as time passes. */
const settings = fc.array(fc.constantFrom(0, 0, 0, 0, 400_000, -400_000), {
  minLength: 80,
  maxLength: 80,
});

Deno.test("Opener takes nothing twice, whatever was recorded, of however many lives of an agent", () => {
  fc.assert(
    fc.property(lives, meddling, settings, (lives, meddling, settings) => {
      const server = new Server();
      const recorded: Uint8Array[] = [];
      const taken = new Set<Uint8Array>();
      const send = (bytes: Uint8Array) => {
        if (!["new", "anew"].includes(server.fate(bytes))) return;
        assert(!taken.has(bytes), "taken twice");
        taken.add(bytes);
      };
      let turn = 0;
      for (const { session, first, clockMs, steps } of lives) {
        let seq = first;
        for (const step of steps) {
          server.wait(10);
          server.wallMs += settings[turn % 80]!;
          const sentMs = server.wallMs - NOW_MS + clockMs;
          seq += step;
          const bytes = datagram(sessionOf(NOW_MS + session), seq, sentMs);
          recorded.push(bytes);
          const { held, again } = meddling[turn++ % 80]!;
          if (!held) send(bytes);
          for (const at of again) send(recorded[at % recorded.length]!);
        }
      }
      for (const bytes of [...recorded, ...recorded]) send(bytes);
    }),
    { numRuns: 100 },
  );
});
