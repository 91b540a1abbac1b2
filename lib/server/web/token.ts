/**
 * The token that clients must know: read from a file of the user's, or made. It is never logged here.
 */

import { Patience } from "../../common/patience.ts";
import { FILE_TIMEOUT_MS, PrivateFile } from "../../common/private_file.ts";

/** In a header, a cookie and a URL these mean themselves; fewer could be guessed. */
const TOKEN = /^[\x21-\x7e]{16,512}$/;
const MAX_FILE_BYTES = 4_096;
const TOKEN_BYTES = 24;

/** Makes a token of 192 random bits. */
export function makeToken(): string {
  return crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)).toBase64({ alphabet: "base64url" });
}

/** Reads a token from a file. @throws {RangeError} that says what to do when it cannot be read or is no token. */
export async function readToken(path: string): Promise<string> {
  const patience = new Patience(FILE_TIMEOUT_MS);
  const file = new PrivateFile({ path, kind: "token file", maxBytes: MAX_FILE_BYTES, patience });
  const token = (await file.read()).trim();
  if (!TOKEN.test(token)) throw file.refusal("it must hold 16 to 512 visible ASCII characters");
  return token;
}
