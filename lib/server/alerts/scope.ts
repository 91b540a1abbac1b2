/**
 * Which alerts of which hosts something is for: the filter of page and terminal, and besides names with
 * `*`, `id:` of one host and `alert:` of one rule. Pure.
 */
import { COMPARED_NUMBERS } from "../../common/columns.ts";
import { readFilter, type Term } from "../../common/filter.js";
import type { Fleet } from "../fleet/fleet.ts";
import { hostFilter } from "../fleet/index/query.ts";

/** A filter that is understood whole. */
export interface Scope {
  /** As it was written. */
  readonly text: string;
  /** The rules, and the keys of hosts in lower case, that it names; all where it names none. */
  readonly rules: readonly string[];
  readonly keys: readonly string[];
  /** What names and keys are like. */
  readonly globs: readonly string[];
  /** All else, as the fleet filters by it. */
  readonly filter: string;
}

/** Whether something is for the alert of a rule and a place; the fleet as a whole has an empty key. */
export type ScopeTest = (rule: string, key: string, place: number) => boolean;

/** Reads a filter. @throws {RangeError} that completes "Cannot use …:" for one that is not understood whole. */
export function readScope(text: string): Scope {
  const { terms, problem } = readFilter(text, COMPARED_NUMBERS);
  if (problem !== null) throw new RangeError(problem);
  if (terms.length === 0) throw new RangeError("it is empty; * stands for all hosts");
  const valuesOf = (name: string) => terms.filter(isTerm(name)).map(({ value }) => value);
  const globs = terms.filter(isGlob).map(({ word }) => word);
  const others = terms.filter((term) =>
    !isTerm("alert")(term) && !isTerm("id")(term) && !isGlob(term)
  );
  const filter = others.map(({ text }) => text).join(" ");
  return { text: text.trim(), rules: valuesOf("alert"), keys: valuesOf("id"), globs, filter };
}

type TagTerm = Extract<Term, { kind: "tag" }>;

function isTerm(name: string): (term: Term) => term is TagTerm {
  return (term): term is TagTerm => term.kind === "tag" && term.key === name && term.value !== "";
}

function isGlob(term: Term): term is Extract<Term, { kind: "word" }> {
  return term.kind === "word" && /[*?]/.test(term.word);
}

/** Whether a name is like a glob, in time that grows with both lengths: names come from outside. */
function isLike(name: string, glob: string): boolean {
  let [at, from] = [0, 0];
  let [star, starAt] = [-1, 0];
  while (at < name.length) {
    if (glob[from] === "*") [star, starAt] = [from++, at];
    else if (glob[from] === "?" || glob[from] === name[at]) [at, from] = [at + 1, from + 1];
    else if (star < 0) return false;
    else [at, from] = [++starAt, star + 1];
  }
  return /^\**$/.test(glob.slice(from));
}

/** Tests alerts at a time. */
export function scopeTest(
  { rules, keys, globs, filter }: Scope,
  { index }: Pick<Fleet, "index">,
  nowMs: number,
): ScopeTest {
  const isLet = filter === ""
    ? () => true
    : hostFilter(index, { text: filter, statuses: null }, nowMs);
  const isNamed = (key: string, place: number) => {
    if (globs.length === 0) return true;
    const name = index.host(place)?.name.toLowerCase() ?? "";
    return globs.every((glob) => isLike(name, glob) || isLike(key.toLowerCase(), glob));
  };
  return (rule, key, place) => {
    if (rules.length > 0 && !rules.includes(rule)) return false;
    if (keys.length > 0 && !keys.includes(key.toLowerCase())) return false;
    return isNamed(key, place) && (key === "" ? filter === "" : isLet(place));
  };
}

/** Whether any of some tests holds. */
export function anyOf(tests: readonly ScopeTest[]): ScopeTest {
  return (rule, key, place) => {
    for (let n = 0; n < tests.length; n++) if (tests[n]!(rule, key, place)) return true;
    return false;
  };
}
