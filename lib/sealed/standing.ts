/**
 * What a sealed datagram's session is to its agent, and to which window of numbers a proven one belongs:
 * whether it is of now, or a copy of what was sent once. Pure.
 */
import { DatagramError } from "../message/message.ts";
import type { Header } from "./envelope.ts";
import { Past } from "./past.ts";
import type { Session } from "./peers.ts";
import { ReplayWindow } from "./replay.ts";

/** How far the time of a datagram that opens a session may be off, in milliseconds, either way. */
export const CLOCK_TOLERANCE_MS = 300_000;

const OLDER = "its session is older than one that was heard";

/** Why one of an older session is refused before its tag is tried. */
export const OLDER_SESSION = new DatagramError("session", OLDER);

/** When a datagram came. */
export interface OpenClock {
  /** The server's wall clock, in milliseconds since 1970: agents' clocks are compared with it. */
  readonly wallMs: number;
  /** Milliseconds since the server was started, on a clock that is never set. */
  readonly upMs: number;
}

/** What a datagram's session is to its agent: the present one, a new one, or one that may be over. */
export type Standing = "present" | "new" | "other";

/** What a datagram says of its session, before its tag is tried. */
export function standingOf(
  { session: name, startMs }: Header,
  session: Session | undefined,
  { wallMs }: OpenClock,
): Standing {
  if (session === undefined) return "new";
  if (session.name === name) return "present";
  return session.window.past.isNew(startMs, wallMs + CLOCK_TOLERANCE_MS) ? "new" : "other";
}

/**
 * The window that a proven datagram belongs to: the present one, or a new one that begins with it.
 *
 * @throws {DatagramError} for one that belongs to none.
 */
export function windowFor(
  header: Header,
  timeMs: number,
  standing: Standing,
  present: ReplayWindow | undefined,
  clock: OpenClock,
): ReplayWindow {
  const past = present?.past ?? new Past();
  if (standing === "new") {
    checkClock(header, timeMs, clock);
    return new ReplayWindow(header.seq, past);
  }
  const isBehind = standing === "other" || header.seq <= present!.highest;
  if (isBehind && past.witness(header, timeMs)) {
    checkClock(header, timeMs, clock);
    return new ReplayWindow(header.seq, past, past.latestMs);
  }
  if (standing === "other") throw olderSession(header.id);
  if (present!.isBelow(header.seq)) checkClock(header, timeMs, clock);
  return present!;
}

/** Told of an agent only when that has sealed it. */
function olderSession(agent: string): DatagramError {
  return new DatagramError("session", OLDER, agent);
}

/**
 * Whether a datagram that nothing was heard before is of now, and not of a time when another
 * run of the server may have taken it: not sent before this run began, nor long ago or to come.
 */
function checkClock(
  { id, startMs }: Header,
  timeMs: number,
  { wallMs, upMs }: OpenClock,
): void {
  const refuse = (state: string) => {
    throw new DatagramError("clock", state, id);
  };
  if (Number.isNaN(timeMs)) return refuse("it opens a session, and says no time");
  const offMs = Math.max(timeMs, startMs) - wallMs;
  if (offMs > CLOCK_TOLERANCE_MS) refuse(`its clock is ${seconds(offMs)} ahead of ours`);
  if (timeMs < wallMs - CLOCK_TOLERANCE_MS) {
    refuse(`its clock is ${seconds(wallMs - timeMs)} behind ours`);
  }
  if (timeMs < Math.floor(wallMs - upMs)) refuse("it was sent before this server's start");
}

function seconds(durationMs: number): string {
  return `${Math.round(durationMs / 1_000)} s`;
}
