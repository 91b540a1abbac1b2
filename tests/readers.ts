/** Tests of functions that read one text each. */
import { assertEquals, assertThrows } from "@std/assert";

/** Tests a function against texts that it reads, and texts that it refuses with a RangeError. */
export function table<T>(
  name: string,
  read: (text: string) => T,
  good: readonly (readonly [string, T])[],
  bad: readonly string[],
  advice: string,
) {
  Deno.test(name, async (t) => {
    for (const [text, expected] of good) {
      await t.step(`reads ${JSON.stringify(text)}`, () => assertEquals(read(text), expected));
    }
    for (const text of bad) {
      await t.step(`refuses ${JSON.stringify(text)}`, () => {
        assertThrows(() => read(text), RangeError, advice);
      });
    }
  });
}
