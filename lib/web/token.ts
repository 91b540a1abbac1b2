/**
 * The token that clients must know: read from a file of the user's, or made. It is never logged here.
 */

/** In a header, a cookie and a URL these mean themselves; fewer could be guessed. */
const TOKEN = /^[\x21-\x7e]{16,512}$/;
const MAX_FILE_BYTES = 4_096;
const TOKEN_BYTES = 24;
const READABLE_BY_OTHERS = 0o004;

/** Makes a token of 192 random bits. */
export function makeToken(): string {
  return crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)).toBase64({ alphabet: "base64url" });
}

/** Reads a token from a file. @throws {Error} that says what to do when it cannot be read or is no token. */
export function readToken(path: string): string {
  const { text, mode } = readFile(path);
  // Windows knows no such mode.
  if (mode !== null && (mode & READABLE_BY_OTHERS) !== 0) {
    throw new Error(`Cannot use the token file ${path}: others may read it; chmod 600 it`);
  }
  const token = text.trim();
  if (!TOKEN.test(token)) {
    throw new Error(
      `Cannot use the token file ${path}: it must hold 16 to 512 visible ASCII characters`,
    );
  }
  return token;
}

function readFile(path: string): { text: string; mode: number | null } {
  try {
    using file = Deno.openSync(path);
    const buffer = new Uint8Array(MAX_FILE_BYTES);
    const length = file.readSync(buffer) ?? 0;
    const text = new TextDecoder().decode(buffer.subarray(0, length));
    return { text, mode: file.statSync().mode };
  } catch (cause) {
    const state = cause instanceof Deno.errors.NotCapable
      ? `it needs the flag --allow-read=${path}`
      : cause instanceof Deno.errors.NotFound
      ? "there is no such file"
      : "the system refuses";
    throw new Error(`Cannot read the token file ${path}: ${state}`, { cause });
  }
}
