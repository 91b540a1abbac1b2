/**
 * What the command `doctor` of both programs has in common: findings, each with a verdict and what to
 * do, their text, how the clock is judged, and which settings go unheeded. Pure.
 */
import { formatCountOf } from "./format.js";
import { describeError } from "./log.ts";
import { cleanText } from "./text.js";
import { type Unheeded, unseenBy } from "./unheeded.ts";
import type { Outcome } from "./usage.ts";

/** `warn` is what works and may surprise, `fail` what does not work. */
type Verdict = "ok" | "warn" | "fail";

/** What was found of one thing. */
export interface Finding {
  readonly verdict: Verdict;
  /** What was looked at, in a word or two. */
  readonly subject: string;
  readonly text: string;
  /** What to do about it, best a line to paste. */
  readonly advice?: string | undefined;
}

/** Makes findings of one subject. */
export function findingsOn(subject: string) {
  const make = (verdict: Verdict) => (text: string, advice?: string): Finding => ({
    verdict,
    subject,
    text,
    advice,
  });
  return { ok: make("ok"), warn: make("warn"), fail: make("fail") } as const;
}

/** What a look gave, or why it could not be had. */
export type Tried<T> = { readonly value: T } | { readonly error: unknown };

/** Looks, and keeps what goes wrong: a permission that is missing is a finding like any other. */
export async function tryOut<T>(look: () => T | Promise<T>): Promise<Tried<T>> {
  try {
    return { value: await look() };
  } catch (error) {
    return { error };
  }
}

/** What a look gave; `null` where there was none, or it failed. */
export function valueOf<T>(tried: Tried<T> | null): T | null {
  return tried !== null && "value" in tried ? tried.value : null;
}

/** What is found of something that was looked at; where the look failed, that is the finding. */
export function findingOf<T>(
  subject: string,
  tried: Tried<T>,
  judge: (value: T) => Finding,
): Finding {
  if ("value" in tried) return judge(tried.value);
  return { verdict: "fail", subject, text: describeError(tried.error) };
}

/** The findings as a text, one line each and one for what to do; it has failed where one of them has. */
export function outcomeOf(title: string, findings: readonly Finding[]): Outcome {
  const width = Math.max(...findings.map(({ subject }) => subject.length));
  const lines = findings.flatMap(({ verdict, subject, text, advice }) => [
    `${verdict.padEnd(4)}  ${subject.padEnd(width)}  ${cleanText(text)}`,
    ...(advice === undefined ? [] : [`      ${"".padEnd(width)}  → ${advice}`]),
  ]);
  const count = (wanted: Verdict) => findings.filter(({ verdict }) => verdict === wanted).length;
  const summary = `${count("ok")} ok, ${formatCountOf(count("warn"), "warning")}, ` +
    formatCountOf(count("fail"), "failure");
  return { text: [title, ...lines, summary].join("\n"), hasFailed: count("fail") > 0 };
}

/** A correct clock is never before this: when this version was made. */
const MADE_MS = Date.UTC(2026, 10, 1);

const SET_CLOCK: Readonly<Record<string, string>> = {
  linux: "timedatectl set-ntp true, or install chrony; timedatectl says whether it is synchronized",
  darwin: "sudo sntp -sS time.apple.com",
  windows: "w32tm /resync",
};

/** What sets the clock of this system. */
export function adviseOnClock(os: string): string {
  return SET_CLOCK[os] ?? "set it by NTP";
}

/** What can be said of a clock alone; `source` is what is known to set it. */
export function clockFinding(wallMs: number, os: string, source: string | null): Finding {
  const { ok, fail } = findingsOn("clock");
  const now = new Date(wallMs).toISOString().replace(/\.\d+Z$/, "Z");
  if (wallMs < MADE_MS) {
    return fail(`it says ${now}, and this version was made later`, adviseOnClock(os));
  }
  return ok(
    source === null
      ? `it says ${now}; nothing here to compare it with`
      : `it says ${now}, ${source}`,
  );
}

/** Says which options are not seen here, though they may be meant, and which go unheeded; nothing where all is well. */
export function settingsFindings(program: string, unheeded: Unheeded): readonly Finding[] {
  const { warn } = findingsOn("environment");
  const unseen = unseenBy(`${program} doctor`, unheeded);
  return [
    ...(unheeded.mayRead
      ? []
      : [warn("PULSO_* may not be read, and is ignored", "run with --allow-env=PULSO_*")]),
    ...(unseen === null ? [] : [warn(unseen.text, unseen.advice)]),
    ...unheeded.vain.map((text) => findingsOn("settings").warn(text)),
  ];
}
