import { assertEquals } from "@std/assert";
import { formatAddress } from "../../lib/common/address.ts";

/** Tests a function against a table of arguments and results. */
function table<A, R>(name: string, fn: (argument: A) => R, cases: readonly (readonly [A, R])[]) {
  Deno.test(name, async (t) => {
    for (const [argument, expected] of cases) {
      await t.step(`${JSON.stringify(argument)} is ${expected}`, () => {
        assertEquals(fn(argument), expected);
      });
    }
  });
}

table("formatAddress() puts IPv6 in brackets", formatAddress, [
  [{ hostname: "192.0.2.7", port: 5005 }, "192.0.2.7:5005"],
  [{ hostname: "::1", port: 5005 }, "[::1]:5005"],
]);
