import { assertEquals, assertThrows } from "@std/assert";
import { type NumbersReader, parseLoadAverages, withNumbers } from "../../lib/sampler/numbers.ts";

Deno.test("parseLoadAverages() takes the means of 1, 5 and 15 minutes", () => {
  assertEquals(parseLoadAverages("0.52 0.48 12.41 1/345 6789\n"), {
    ...{ load1: 0.52, load5: 0.48, load15: 12.41 },
  });
  for (const text of ["", "0.52 0.48", "a b c 1/2 3", "-1.00 0.48 0.41 1/2 3"]) {
    assertThrows(() => parseLoadAverages(text), SyntaxError);
  }
});

const reader = (group: NumbersReader["group"]): NumbersReader => ({
  ...{ thing: "it", group, file: "it", parse: () => ({}), elsewhere: () => null },
});

Deno.test("withNumbers() adds numbers to their groups, and takes nothing known with those that failed", () => {
  const cpu = { mean: 1, cores: [], iowait: null, steal: null };
  const readers = [reader("system"), reader("cpu")];
  const [system, other] = readers;
  assertEquals(withNumbers({ cpu }, readers, (one) => one === system ? { load1: 2 } : { x: 3 }), {
    ...{ cpu: { ...cpu, x: 3 }, system: { load1: 2 } },
  } as object);
  assertEquals(withNumbers({ cpu }, readers, () => null), { cpu, system: null });
  assertEquals(withNumbers({ cpu: null }, [other!], () => ({ x: 3 })), { cpu: null });
});
