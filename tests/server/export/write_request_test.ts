import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { cleanText } from "../../../lib/common/text.js";
import {
  encodeLabels,
  NO_LABELS,
  STALE,
  WriteRequest,
} from "../../../lib/server/export/write_request.ts";
import { readWriteRequest } from "./write_request.ts";

const TIME_MS = 1_795_442_910_170;

Deno.test("WriteRequest is bytes as the protocol has them", () => {
  const request = new WriteRequest(1_000);
  request.add(encodeLabels([["__name__", "up"]]), NO_LABELS, NO_LABELS, 1);
  assertEquals(request.samples, 1);
  // Snappy: the length, and all of it as one literal.
  assertEquals(
    Array.from(request.take(), (byte) => byte.toString(16).padStart(2, "0")).join(" "),
    [
      "20 7c",
      "0a 1e", // a series of 30 bytes
      "0a 0e 0a 08 5f 5f 6e 61 6d 65 5f 5f 12 02 75 70", // __name__="up"
      "12 0c", // a sample of 12 bytes
      "09 00 00 00 00 00 00 f0 3f", // 1
      "10 e8 07", // 1000
    ].join(" "),
  );
});

Deno.test("WriteRequest takes any label and number, and begins anew", () => {
  const request = new WriteRequest(TIME_MS);
  const series = fc.array(
    fc.record({
      labels: fc.array(fc.tuple(fc.string(), fc.string({ unit: "grapheme", maxLength: 300 }))),
      value: fc.double(),
    }),
    { maxLength: 300 },
  );
  fc.assert(fc.property(series, (all) => {
    for (const { labels, value } of all) {
      request.add(encodeLabels(labels), NO_LABELS, NO_LABELS, value);
    }
    assertEquals(request.samples, all.length);
    assertEquals(
      readWriteRequest(request.take()).map(({ labels, value, timeMs }) => ({
        labels,
        value,
        timeMs,
      })),
      all.map(({ labels, value }) => ({
        labels: labels.map(([name, text]) =>
          [name.toWellFormed(), cleanText(text).toWellFormed()] as const
        ),
        value,
        timeMs: TIME_MS,
      })),
    );
    assertEquals(request.samples, 0);
  }));
});

Deno.test("WriteRequest copies what stood before, however far, and no value that only looks alike", () => {
  const place = fc.nat({ max: 7 });
  const value = fc.oneof(fc.constantFrom(0, -0, NaN, 1, STALE), fc.double());
  const series = fc.record({ places: fc.tuple(place, place, place), value });
  const labels = fc.array(fc.tuple(fc.string(), fc.string({ maxLength: 200 })), { maxLength: 3 });
  const all = fc.array(series, { maxLength: 1_500, size: "max" });
  const kinds = fc.array(labels, { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(kinds, all, (kinds, all) => {
      const pieces = kinds.map((labels) => encodeLabels(labels));
      const requests = [new WriteRequest(TIME_MS), new WriteRequest(1)];
      const written: ReturnType<typeof readWriteRequest>[] = [[], []];
      all.forEach(({ places: [a, b, c], value }, n) => {
        // Two that are filled at once share their labels.
        const at = n % 2;
        requests[at]!.add(pieces[a]!, pieces[b]!, pieces[c]!, value);
        if (n % 700 > 697) written[at]!.push(...readWriteRequest(requests[at]!.take()));
      });
      requests.forEach((request, at) => {
        if (request.samples > 0) written[at]!.push(...readWriteRequest(request.take()));
        const own = all.filter((_, n) => n % 2 === at);
        assertEquals(written[at]!.length, own.length);
        written[at]!.forEach(({ labels, value, bits, timeMs }, n) => {
          const { places, value: given } = own[n]!;
          const named = places.flatMap((place) => kinds[place]!);
          assertEquals(labels, named.map(([name, text]) => [name, cleanText(text)] as const));
          assertEquals(timeMs, at === 0 ? TIME_MS : 1);
          if (given === STALE) assertEquals(bits, 0x7ff0000000000002n);
          else assert(Object.is(value, given) && bits !== 0x7ff0000000000002n, `${value} ${given}`);
        });
      });
    }),
    { numRuns: 20 },
  );
});

Deno.test("WriteRequest marks the end of a series with Prometheus's own NaN", () => {
  const request = new WriteRequest(TIME_MS);
  request.add(encodeLabels([["__name__", "a"]]), NO_LABELS, NO_LABELS, STALE);
  request.add(encodeLabels([["__name__", "b"]]), NO_LABELS, NO_LABELS, NaN);
  const [end, other] = readWriteRequest(request.take());
  assertEquals(end!.bits, 0x7ff0000000000002n);
  assertEquals(other!.bits === end!.bits, false);
});
