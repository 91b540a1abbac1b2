/**
 * `@std/assert`: a typed door to the genuine code, which `deno-std` carries on npm without types. The
 * types are those of the package on JSR, for what the tests use; it adds nothing of its own.
 */
import { assert as genuineAssert } from "deno-std/assert/assert.js";
import { assertAlmostEquals as genuineAlmostEquals } from "deno-std/assert/almost_equals.js";
import { assertEquals as genuineEquals } from "deno-std/assert/equals.js";
import { assertInstanceOf as genuineInstanceOf } from "deno-std/assert/instance_of.js";
import { assertMatch as genuineMatch } from "deno-std/assert/match.js";
import { assertNotEquals as genuineNotEquals } from "deno-std/assert/not_equals.js";
import { assertRejects as genuineRejects } from "deno-std/assert/rejects.js";
import { assertStringIncludes as genuineStringIncludes } from "deno-std/assert/string_includes.js";
import { assertThrows as genuineThrows } from "deno-std/assert/throws.js";

// deno-lint-ignore no-explicit-any
type AnyConstructor = new (...args: any[]) => any;
// deno-lint-ignore no-explicit-any
type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;

interface Throws {
  (fn: () => unknown, msg?: string): unknown;
  <E extends Error = Error>(
    fn: () => unknown,
    ErrorClass: ErrorClass<E>,
    msgIncludes?: string,
    msg?: string,
  ): E;
}

interface Rejects {
  (fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
  <E extends Error = Error>(
    fn: () => PromiseLike<unknown>,
    ErrorClass: ErrorClass<E>,
    msgIncludes?: string,
    msg?: string,
  ): Promise<E>;
}

export const assert: (expr: unknown, msg?: string) => asserts expr = genuineAssert;
export const assertEquals: <T>(actual: T, expected: T, msg?: string) => void = genuineEquals;
export const assertNotEquals: <T>(actual: T, expected: T, msg?: string) => void = genuineNotEquals;
export const assertAlmostEquals: (
  actual: number,
  expected: number,
  tolerance?: number,
  msg?: string,
) => void = genuineAlmostEquals;
export const assertMatch: (actual: string, expected: RegExp, msg?: string) => void = genuineMatch;
export const assertStringIncludes: (actual: string, expected: string, msg?: string) => void =
  genuineStringIncludes;
export const assertInstanceOf: <T extends AnyConstructor>(
  actual: unknown,
  expectedType: T,
  msg?: string,
) => asserts actual is InstanceType<T> = genuineInstanceOf;
export const assertThrows: Throws = genuineThrows;
export const assertRejects: Rejects = genuineRejects;
