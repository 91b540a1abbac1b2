/**
 * What rules and destinations have between them: one message, of what changed of one rule at one look.
 * Whoever sends it escapes its texts as the destination needs; none holds a line break. Pure.
 */
import type { Severity } from "./engine/engine.ts";

/** A host that a message is about. */
export interface NoticeHost {
  /** Key and name; both empty where it is of the fleet as a whole. */
  readonly key: string;
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Formatted, with its unit. */
  readonly value: string;
  /** When it fired, on the wall clock. */
  readonly sinceMs: number;
}

/** What changed of one rule at one look, for those who are told of it. */
export interface Notice {
  readonly what: "fired" | "recovered" | "flapping" | "reminder" | "test";
  readonly rule: string;
  readonly severity: Severity;
  /** One plain line, without markup. */
  readonly text: string;
  /** On the wall clock. */
  readonly atMs: number;
  /** At most {@link MAX_NOTICE_HOSTS}. */
  readonly hosts: readonly NoticeHost[];
  /** How many more they are. */
  readonly omitted: number;
}

/** A message names so many hosts; of more it says how many. */
export const MAX_NOTICE_HOSTS = 100;

/** What a destination is not told yet. */
export interface WaitingNotices {
  readonly to: string;
  readonly notices: readonly Notice[];
}

/** Who tells destinations, by their names. */
export interface Teller {
  tell(to: readonly string[], notice: Notice): void;
}
