import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  COPY_BYTES,
  FULL_BYTES,
  LineWriter,
} from "../../../../lib/server/web/prometheus/writer.ts";

function written(write: (writer: LineWriter) => void): string {
  const writer = new LineWriter();
  write(writer);
  return new TextDecoder().decode(writer.take());
}

const numberAs = (value: number) => written((writer) => writer.number(value));

Deno.test("LineWriter writes numbers as String does", () => {
  const cases = [
    ...[0, -0, 1, 9, 10, 99_999, 999_999_999, 1e9, 1e9 + 1, 4_294_967_296, 1_795_442_910.17],
    ...[0.5, 0.00001, 0.000001, 0.141, 1.10001, 123.456, 9_999_999_999.5, 1e10 + 0.5, 0.1 + 0.2],
    ...[Number.MAX_SAFE_INTEGER, 2 ** 53, 1e21, 1e-7, Number.MIN_VALUE, Number.MAX_VALUE],
  ];
  for (const value of cases.flatMap((value) => [value, -value])) {
    assertEquals(numberAs(value), String(value));
  }
  const believable = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.maxSafeInteger(),
    fc.tuple(fc.integer({ min: -1e15, max: 1e15 }), fc.nat(6)).map(([n, places]) =>
      n / 10 ** places
    ),
  );
  fc.assert(fc.property(believable, (value) => assertEquals(numberAs(value), String(value))));
});

Deno.test("LineWriter writes texts and bytes one after the other, and begins anew when taken", () => {
  const writer = new LineWriter();
  writer.text("a東");
  writer.copy(new DataView(new TextEncoder().encode(`xyz${"?".repeat(COPY_BYTES)}`).buffer), 1, 2);
  writer.byte(0x3d);
  writer.number(-1.5);
  const first = writer.take();
  writer.text("b");
  assertEquals(new TextDecoder().decode(first), "a東y=-1.5");
  assertEquals(new TextDecoder().decode(writer.take()), "b");
  assertEquals(writer.take().length, 0);
});

Deno.test("LineWriter is full after so much, and takes all that comes nevertheless", () => {
  const writer = new LineWriter();
  const text = "x".repeat(100_000);
  let count = 0;
  for (; !writer.isFull; count++) writer.text(text);
  assertEquals(count, Math.ceil(FULL_BYTES / text.length));
  for (let n = 0; n < 10; n++) writer.text(text);
  const taken = writer.take();
  assertEquals(taken.length, (count + 10) * text.length);
  assert(taken.every((byte) => byte === 0x78));
});

Deno.test("LineWriter copies runs of any length, one after the other", () => {
  const text = "0123456789abcdefghijklmnopqrstuvwxyz";
  const source = new DataView(new TextEncoder().encode(text + " ".repeat(COPY_BYTES)).buffer);
  for (let length = 0; length <= text.length; length++) {
    const copied = written((writer) => {
      writer.copy(source, 0, length);
      writer.copy(source, text.length - length, text.length);
    });
    assertEquals(copied, text.slice(0, length) + text.slice(text.length - length));
  }
});
