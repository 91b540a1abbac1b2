/**
 * Whole numbers as digits in ASCII, written straight into bytes: a text for each would have to be
 * made, joined and encoded. Pure.
 */

const DIGIT_0 = 0x30;
/** What is split off a number, so that its digits are reckoned in 32 bits. */
const BILLION = 1_000_000_000;
const BILLION_DIGITS = 9;

/** Writes a whole number from 0 to 10^18; where it ends. */
export function putWhole(bytes: Uint8Array, at: number, value: number): number {
  if (value < BILLION) return putDigits(bytes, at, value, digitsOf(value));
  const billions = Math.floor(value / BILLION);
  const middle = putDigits(bytes, at, billions, digitsOf(billions));
  return putDigits(bytes, middle, value - billions * BILLION, BILLION_DIGITS);
}

/** Writes the last so many digits of a number below a billion, zeros before it included; where they end. */
export function putDigits(bytes: Uint8Array, at: number, value: number, count: number): number {
  let rest = value | 0;
  for (let place = at + count - 1; place >= at; place--) {
    const tens = rest / 10 | 0;
    bytes[place] = DIGIT_0 + rest - 10 * tens;
    rest = tens;
  }
  return at + count;
}

function digitsOf(value: number): number {
  let digits = 1;
  for (let limit = 10; limit <= value; limit *= 10) digits++;
  return digits;
}
