import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";

/** Whether an assertion holds; what it throws otherwise must be an AssertionError. */
function holds(assertion: () => void): boolean {
  try {
    assertion();
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === "AssertionError") return false;
    throw error;
  }
}

/** Fails without the functions under test. */
function check(text: string, actual: boolean, expected: boolean): void {
  if (actual !== expected) throw new Error(`${text}: ${actual}`);
}

Deno.test("assertEquals() and assertNotEquals() compare structure, strictly", async (t) => {
  const cases: [name: string, left: unknown, right: unknown, areEqual: boolean][] = [
    ["numbers", 1, 1, true],
    ["a number and its text", 1, "1", false],
    ["NaN", NaN, NaN, true],
    ["zeros of both signs", 0, -0, true],
    ["zeros of both signs, deep", { a: [0] }, { a: [-0] }, true],
    ["key order", { a: 1, b: 2 }, { b: 2, a: 1 }, true],
    ["a missing key", { a: undefined }, {}, false],
    ["null and undefined", null, undefined, false],
    ["arrays of other length", [1], [1, 2], false],
    ["bytes", new Uint8Array([1, 2]), new Uint8Array([1, 2]), true],
    ["other bytes", new Uint8Array([1, 2]), new Uint8Array([1, 3]), false],
    ["maps", new Map([["a", { b: 1 }]]), new Map([["a", { b: 1 }]]), true],
    ["sets", new Set([1, 2]), new Set([1, 3]), false],
    ["dates", new Date(1), new Date(1), true],
    ["classes", new RangeError("x"), new TypeError("x"), false],
  ];
  for (const [name, left, right, areEqual] of cases) {
    await t.step(name, () => {
      check("assertEquals", holds(() => assertEquals(left, right)), areEqual);
      check("assertNotEquals", holds(() => assertNotEquals(left, right)), !areEqual);
    });
  }
});

Deno.test("the plain assertions hold and fail", async (t) => {
  const cases: [name: string, assertion: () => void, doesHold: boolean][] = [
    ["assert, something", () => assert("text"), true],
    ["assert, nothing", () => assert(0), false],
    ["assertMatch, a match", () => assertMatch("abc", /b/), true],
    ["assertMatch, none", () => assertMatch("abc", /d/), false],
    ["assertStringIncludes, included", () => assertStringIncludes("abc", "bc"), true],
    ["assertStringIncludes, not", () => assertStringIncludes("abc", "ac"), false],
    ["assertInstanceOf, a subclass", () => assertInstanceOf(new RangeError(), Error), true],
    ["assertInstanceOf, another", () => assertInstanceOf(new RangeError(), TypeError), false],
    ["assertInstanceOf, nothing", () => assertInstanceOf(undefined, Error), false],
    ["assertAlmostEquals, by rounding", () => assertAlmostEquals(0.1 + 0.2, 0.3), true],
    ["assertAlmostEquals, at the tolerance", () => assertAlmostEquals(10, 12, 2), true],
    ["assertAlmostEquals, beyond it", () => assertAlmostEquals(10, 12.1, 2), false],
    ["assertAlmostEquals, NaN", () => assertAlmostEquals(NaN, 1, 2), false],
  ];
  for (const [name, assertion, doesHold] of cases) {
    await t.step(name, () => check(name, holds(assertion), doesHold));
  }
});

const fail = (error: unknown) => () => {
  throw error;
};

Deno.test("assertThrows() checks class and text, and returns the error", async (t) => {
  const error = new RangeError("out of range");
  assert(assertThrows(fail(error)) === error);
  assert(assertThrows(fail("a text")) === "a text");
  assert(assertThrows(fail(error), RangeError, "out of") === error);
  assert(assertThrows(fail(error), Error, "range") === error);
  const failures: [name: string, assertion: () => unknown][] = [
    ["nothing thrown", () => assertThrows(() => {})],
    ["another class", () => assertThrows(fail(error), TypeError)],
    ["another text", () => assertThrows(fail(error), RangeError, "in range")],
    ["no Error", () => assertThrows(fail("a text"), Error)],
  ];
  for (const [name, assertion] of failures) {
    await t.step(name, () => check(name, holds(assertion), false));
  }
});

Deno.test("assertRejects() checks class and text, and resolves to the error", async (t) => {
  const error = new RangeError("out of range");
  assert(await assertRejects(() => Promise.reject(error)) === error);
  assert(await assertRejects(() => Promise.reject(error), RangeError, "out of") === error);
  const failures: [name: string, fn: () => Promise<unknown>][] = [
    ["nothing rejected", () => assertRejects(() => Promise.resolve(1))],
    ["another class", () => assertRejects(() => Promise.reject(error), TypeError)],
    ["another text", () => assertRejects(() => Promise.reject(error), RangeError, "in range")],
    ["no Error", () => assertRejects(() => Promise.reject("a text"), Error)],
  ];
  for (const [name, fn] of failures) {
    await t.step(name, async () => {
      const [{ status }] = await Promise.allSettled([fn()]);
      check(name, status === "rejected", true);
    });
  }
});
