/**
 * Where a bus is, and what lets us in there: of the servers that are named, and of files that are read anew
 * for each connection. Its one job is to read those.
 */
import type { ConnectionOptions } from "@nats-io/transport-node";
import { PrivateFile } from "../../common/private_file.ts";

const MAX_FILE_BYTES = 65_536;
const USUAL_PORT = 4_222;
/** What may be in PEM: what else stands in the file lets us in besides. A key may say which curve it is on before. */
const PEM =
  /-----BEGIN (CERTIFICATE|EC PARAMETERS|(?:[A-Z]+ )?PRIVATE KEY)-----[^]*?-----END \1-----/g;
const CREDS = "BEGIN NATS USER JWT";

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
  const isTls = servers[0]!.protocol === "tls:";
  const ca = authority && await fileAt(authority, "CA file", true).read();
  const file = secret === null ? null : fileAt(secret, "credentials file", false);
  const text = await file?.read() ?? "";
  const own = certificateOf(text);
  const words = text.replaceAll(PEM, "").trim();
  const trouble = own === null ? null : troubleOf(own, words, isTls);
  if (trouble !== null) throw file!.refusal(trouble);
  return {
    servers: servers.map(placeOf),
    ...(isTls && { tls: { ...(ca !== null && { ca }), ...own, ...addressOf(servers) } }),
    ...(words !== "" && credentialsOf(words, authenticators)),
  };
}

/** Our certificate with those that vouch for it, and its key; `null` where there is neither. */
function certificateOf(text: string) {
  const blocks = [...text.matchAll(PEM)];
  if (blocks.length === 0) return null;
  const textOf = (end: string) =>
    blocks.filter(([, kind]) => kind!.endsWith(end)).map(([block]) => `${block}\n`).join("");
  return { cert: textOf("CERTIFICATE"), key: textOf("PRIVATE KEY") };
}

/** Why a certificate and its key cannot be used with the words beside them; `null` where they can. */
function troubleOf(
  { cert, key }: { cert: string; key: string },
  words: string,
  isTls: boolean,
): string | null {
  if (!isTls) return "a certificate is of use at tls:// alone";
  if (cert === "" || key === "") return "a certificate and its key belong together";
  // Programs that make certificates put words of their own around them, which let nobody in.
  const isText = /[\r\n]/.test(words) && !words.includes(CREDS);
  if (isText) {
    return "beside a certificate and its key only one line or a .creds file may stand";
  }
  return key.includes("ENCRYPTED") ? "its key must have no passphrase" : null;
}

/** What lets us in: a .creds file, an NKey's seed, a name and a password, or a token. */
function credentialsOf(
  words: string,
  { credsAuthenticator, nkeyAuthenticator }: Authenticators,
): ConnectionOptions {
  const encode = (text: string) => new TextEncoder().encode(text);
  if (words.includes(CREDS)) {
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

function fileAt(path: string, kind: string, isPublic: boolean): PrivateFile {
  return new PrivateFile({ path, kind, isPublic, maxBytes: MAX_FILE_BYTES });
}

function placeOf({ protocol, hostname, port, host, pathname }: URL): string {
  if (/^wss?:$/.test(protocol)) return `${protocol}//${host}${pathname}`;
  return `${hostname}:${port || USUAL_PORT}`;
}
