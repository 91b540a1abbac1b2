/**
 * What a receiver of remote write or a query API asks for: a token, or a name and a password, in a file
 * that is read for each request, so that it can be changed while the server runs.
 */
import { PrivateFile } from "../../common/private_file.ts";

const MAX_BYTES = 4_096;

/** The secret of one request, and the header that tells it. */
export interface Credentials {
  readonly secrets: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
}

/** Opens the file of a secret; without one there is none. @throws {RangeError} with one line for the user when it cannot be read. */
export async function openSecret(path: string | null): Promise<() => Promise<Credentials>> {
  if (path === null) return () => Promise.resolve({ secrets: [], headers: {} });
  const file = new PrivateFile({ path, kind: "token file", maxBytes: MAX_BYTES });
  const read = async () => {
    const secret = (await file.read()).trim();
    return { secrets: [secret], headers: { authorization: authorization(secret) } };
  };
  await read();
  return read;
}

/** A token, or a name and a password with a colon between them. */
function authorization(secret: string): string {
  if (!secret.includes(":")) return `Bearer ${secret}`;
  return `Basic ${new TextEncoder().encode(secret).toBase64()}`;
}
