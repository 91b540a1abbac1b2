/** `@std/assert` over node:assert, for what the tests use; only the text of a failure is its own. */
import { deepStrictEqual, match, notDeepStrictEqual, ok } from "node:assert";

export { match as assertMatch, ok as assert };

/** A value without what the genuine comparison does not see: the sign of zero. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value?.constructor !== Object) return value === 0 ? 0 : value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  deepStrictEqual(plain(actual), plain(expected), msg);
}

export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  notDeepStrictEqual(plain(actual), plain(expected), msg);
}

export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance = Math.abs(expected * 1e-7),
  msg = `${actual} is farther from ${expected} than ${tolerance}`,
): void {
  ok(actual === expected || Math.abs(expected - actual) <= tolerance, msg);
}

export function assertStringIncludes(actual: string, expected: string, msg?: string): void {
  ok(actual.includes(expected), msg ?? `Not in the text: ${expected}\n${actual}`);
}

type ErrorClass<E> = abstract new (...args: never[]) => E;

export function assertInstanceOf<E>(actual: unknown, type: ErrorClass<E>): asserts actual is E {
  ok(actual instanceof type, `Not an instance of ${type.name}: ${actual}`);
}

function checkError<E>(error: unknown, type: ErrorClass<E> | undefined, text: string): E {
  if (type === undefined) return error as E;
  assertInstanceOf(error, Error);
  assertStringIncludes(error.message, text);
  assertInstanceOf(error, type);
  return error;
}

export function assertThrows<E = unknown>(
  fn: () => unknown,
  type?: ErrorClass<E>,
  text = "",
): E {
  try {
    fn();
  } catch (error) {
    return checkError(error, type, text);
  }
  return ok(false, "Expected function to throw.") as never;
}

export async function assertRejects<E = unknown>(
  fn: () => PromiseLike<unknown>,
  type?: ErrorClass<E>,
  text = "",
): Promise<E> {
  const [outcome] = await Promise.allSettled([fn()]);
  const fail = () => {
    if (outcome.status === "rejected") throw outcome.reason;
  };
  return assertThrows(fail, type, text);
}
