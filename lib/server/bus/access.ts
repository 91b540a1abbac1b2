/**
 * Where a bus is, and what lets us in there: of the servers that are named, and of files that are read anew
 * for each connection. Its one job is to read those.
 */
import type { ConnectionOptions } from "@nats-io/transport-node";
import { PrivateFile } from "../../common/private_file.ts";

const MAX_FILE_BYTES = 65_536;
const USUAL_PORT = 4_222;

/** Where the bus is, and what lets us in. */
export interface ConnectionSettings {
  readonly servers: readonly URL[];
  readonly "bus-credentials-file": string | null;
  readonly "bus-ca-file": string | null;
}

type Authenticators = Pick<
  typeof import("@nats-io/transport-node"),
  "credsAuthenticator" | "nkeyAuthenticator"
>;

/** How the library is told. @throws {RangeError} with one line for the user when a file cannot be used. */
export async function accessOf(
  { servers, "bus-credentials-file": secret, "bus-ca-file": authority }: ConnectionSettings,
  authenticators: Authenticators,
): Promise<ConnectionOptions> {
  const ca = await textOf(authority, "CA file", true);
  const words = await textOf(secret, "credentials file", false);
  return {
    servers: servers.map(placeOf),
    ...(servers[0]!.protocol === "tls:" &&
      { tls: { ...(ca !== null && { ca }), ...addressOf(servers) } }),
    ...(words !== null && credentialsOf(words.trim(), authenticators)),
  };
}

/** What lets us in: a .creds file, an NKey's seed, a name and a password, or a token. */
function credentialsOf(
  words: string,
  { credsAuthenticator, nkeyAuthenticator }: Authenticators,
): ConnectionOptions {
  const encode = (text: string) => new TextEncoder().encode(text);
  if (words.includes("BEGIN NATS USER JWT")) {
    // The library finds no line that ends otherwise, nor a last one that does not end.
    return { authenticator: credsAuthenticator(encode(`${words.replaceAll("\r", "")}\n`)) };
  }
  if (/^SU[A-Z2-7]{56}$/.test(words)) return { authenticator: nkeyAuthenticator(encode(words)) };
  const colon = words.indexOf(":");
  if (colon < 0) return { token: words };
  return { user: words.slice(0, colon), pass: words.slice(colon + 1) };
}

/** The address that a certificate is to name: of a server that is given by one the library asks for none. */
function addressOf([first, ...others]: readonly URL[]): object {
  const { hostname } = first!;
  const isAddress = /^([\d.]+|\[.*\])$/.test(hostname);
  return isAddress && others.length === 0 ? { host: hostname.replace(/[[\]]/g, "") } : {};
}

async function textOf(path: string | null, kind: string, isPublic: boolean) {
  if (path === null) return null;
  return await new PrivateFile({ path, kind, isPublic, maxBytes: MAX_FILE_BYTES }).read();
}

function placeOf({ protocol, hostname, port, host, pathname }: URL): string {
  if (/^wss?:$/.test(protocol)) return `${protocol}//${host}${pathname}`;
  return `${hostname}:${port || USUAL_PORT}`;
}
