/**
 * Hashes of what comes from outside, under keys that nobody outside can know. The engine's own hash is
 * the same in every process, so whoever sends texts could choose those that meet in one bucket. Pure but
 * for the keys, which are drawn once.
 */

const keys = crypto.getRandomValues(new Int32Array(4));
const [KEY_0, KEY_1, BASIS, FACTOR] = [keys[0]!, keys[1]!, keys[2]!, keys[3]! | 1];
const FINAL_ROUNDS = 3;

/**
 * The hash of a text in 32 bits: HalfSipHash-1-3 by J.-P. Aumasson and D. J. Bernstein, which kernels use
 * for their tables as well, over two UTF-16 code units at a time.
 */
export function strongHash(text: string): number {
  let v0 = KEY_0;
  let v1 = KEY_1;
  let v2 = 0x6c79_6765 ^ KEY_0;
  let v3 = 0x7465_6462 ^ KEY_1;
  const words = text.length >>> 1;
  for (let index = 0; index <= words + FINAL_ROUNDS; index++) {
    const word = index < words
      ? text.charCodeAt(2 * index) | text.charCodeAt(2 * index + 1) << 16
      : index === words
      ? lastWord(text)
      : 0;
    if (index === words + 1) v2 ^= 0xff;
    v3 ^= word;
    v0 = v0 + v1 | 0;
    v1 = (v1 << 5 | v1 >>> 27) ^ v0;
    v0 = v0 << 16 | v0 >>> 16;
    v2 = v2 + v3 | 0;
    v3 = (v3 << 8 | v3 >>> 24) ^ v2;
    v0 = v0 + v3 | 0;
    v3 = (v3 << 7 | v3 >>> 25) ^ v0;
    v2 = v2 + v1 | 0;
    v1 = (v1 << 13 | v1 >>> 19) ^ v2;
    v2 = v2 << 16 | v2 >>> 16;
    v0 ^= word;
  }
  return v1 ^ v3;
}

/** The character that is left of an odd number, and the length. */
function lastWord(text: string): number {
  const { length } = text;
  return length << 16 | (length & 1 ? text.charCodeAt(length - 1) : 0);
}

/**
 * A quicker one of bytes, for where many that are alike do little harm: FNV-1a by G. Fowler, L. C. Noll
 * and K.-P. Vo with another basis and factor, and the end of MurmurHash3 by A. Appleby, as the low bits
 * would not depend on the high ones else.
 */
export function quickHash(bytes: Uint8Array, start: number, end: number): number {
  let hash = BASIS;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, FACTOR);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  return hash ^ (hash >>> 13);
}
