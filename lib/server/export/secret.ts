/**
 * What a receiver of remote write or a query API asks for: a token, or a name and a password, and headers
 * of its own such as the tenant of Mimir, in a file that is read for each request, so that it can be changed
 * while the server runs.
 */
import { PrivateFile } from "../../common/private_file.ts";

const MAX_BYTES = 4_096;

/** A line that is a header as it stands. */
const HEADER = /^([A-Za-z0-9-]+): +([!-~][ -~]*)$/;

/** The secrets of one request, and the headers that tell them. */
export interface Credentials {
  readonly secrets: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
}

/** Opens the file of a secret; without one there is none. @throws {RangeError} with one line for the user when it cannot be read. */
export async function openSecret(path: string | null): Promise<() => Promise<Credentials>> {
  if (path === null) return () => Promise.resolve({ secrets: [], headers: {} });
  const file = new PrivateFile({ path, kind: "token file", maxBytes: MAX_BYTES });
  const read = async () => {
    const lines = (await file.read()).trim().split(/\s*\n\s*/);
    const own = lines.flatMap((line) => {
      const [, name, value] = HEADER.exec(line) ?? [];
      return name === undefined ? [] : [[name.toLowerCase(), value!] as const];
    });
    const secret = lines.filter((line) => !HEADER.test(line)).join("\n");
    const told = secret === "" ? {} : { authorization: authorization(secret) };
    return {
      secrets: [secret, ...own.map(([, value]) => value)],
      headers: { ...told, ...Object.fromEntries(own) },
    };
  };
  await read();
  return read;
}

/** A token, or a name and a password with a colon between them. */
function authorization(secret: string): string {
  if (!secret.includes(":")) return `Bearer ${secret}`;
  return `Basic ${new TextEncoder().encode(secret).toBase64()}`;
}
