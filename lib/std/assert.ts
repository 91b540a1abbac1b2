/**
 * `@std/assert` over node:assert: the genuine package's names, signatures and behaviour for the
 * assertions that Pulso's tests use. It must never do what the genuine one does not: the same tests
 * run on both. The text of a difference is the one thing that is node's own.
 */
import { deepStrictEqual } from "node:assert";
import { inspect, isDeepStrictEqual } from "node:util";

type ErrorClass<E> = abstract new (...args: never[]) => E;

/** What every failed assertion throws. */
export class AssertionError extends Error {
  override name = "AssertionError";
}

function check(ok: unknown, message: string, msg?: string): asserts ok {
  if (!ok) throw new AssertionError(message + (msg ? `: ${msg}` : "."));
}

/** As the genuine comparison sees a value: -0 is 0, and an object without a prototype is a plain one. */
function normalize(value: unknown, seen = new Map<unknown, unknown>()): unknown {
  if (value === 0) return 0;
  if (typeof value !== "object" || value === null) return value;
  const prototype = Object.getPrototypeOf(value) ?? Object.prototype;
  if (prototype !== Object.prototype && prototype !== Array.prototype) return value;
  if (seen.has(value)) return seen.get(value);
  const copy = Object.defineProperties(Array.isArray(value) ? [] : {}, {});
  seen.set(value, copy);
  for (const key of Reflect.ownKeys(value)) {
    Reflect.set(copy, key, normalize(Reflect.get(value, key), seen));
  }
  return copy;
}

function isEqual(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(a, b) || isDeepStrictEqual(normalize(a), normalize(b));
}

/** Fails when `expr` is falsy. */
export function assert(expr: unknown, msg = ""): asserts expr {
  if (!expr) throw new AssertionError(msg);
}

/** Fails when `expr` is truthy. */
export function assertFalse(
  expr: unknown,
  msg = "",
): asserts expr is false | 0 | 0n | "" | null | undefined {
  if (expr) throw new AssertionError(msg);
}

/** Fails when the two are not deeply equal; the message shows the difference. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  if (isEqual(actual, expected)) return;
  try {
    deepStrictEqual(normalize(actual), normalize(expected));
  } catch (cause) {
    check(false, "Values are not equal", `${msg ?? ""}\n${(cause as Error).message}`);
  }
}

/** Fails when the two are deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  check(
    !isEqual(actual, expected),
    `Expected actual: ${inspect(actual)} not to be: ${inspect(expected)}`,
    msg,
  );
}

/** Fails when the two are not the same value, by `Object.is`. */
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  msg?: string,
): asserts actual is T {
  check(
    Object.is(actual, expected),
    `Values are not strictly equal: ${inspect(actual)} and ${inspect(expected)}`,
    msg,
  );
}
