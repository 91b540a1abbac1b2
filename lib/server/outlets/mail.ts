/**
 * E-mail by SMTP: plain text, over TLS unless that is given up by name. The package is loaded when a file
 * names a mail server, as few do, and to load it holds up the thread that receives: not when something is
 * to be told. Its one job is to hand messages to that package.
 */
import type { Notice } from "../alerts/notice.ts";
import {
  DeliveryError,
  type Destination,
  type DestinationSurroundings,
  quoteSaid,
} from "./destination.ts";
import { checkBare, type Fields, readUser } from "./fields.ts";
import { linkOf, messageId, textOf, titleOf } from "./text.ts";

/** Notices that one message tells at most. */
const MAX_BATCH = 100;
const MAX_TEXT = 64 * 1_024;
const MAX_RECIPIENTS = 50;
/** How long the socket waits for the other side when all is said. */
const CLOSE_MS = 500;

/** An address, alone or as `Name <address>`; none can become two. */
const ADDRESS = /^(?:([^<>"@,;:\\()]+) <)?([^\s<>"@,;:\\()]+@[^\s<>"@,;:\\()]+)(>?)$/;

/** Where and how a mail server is spoken to. */
interface Transport {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly requireTLS: boolean;
  readonly ignoreTLS: boolean;
}

/** Reads a destination of kind `smtp`. @throws {RangeError} with what is wrong. */
export function readMail(
  name: string,
  fields: Fields,
  { page }: DestinationSurroundings,
): Destination {
  const transport = readTransport(fields);
  const [from] = fields.lines("from").map(readMailbox);
  const to = fields.lines("to").map(readMailbox);
  if (from === undefined || to.length === 0) throw new RangeError("it needs from and to");
  if (to.length > MAX_RECIPIENTS) throw new RangeError(`to has more than ${MAX_RECIPIENTS}`);
  const { user, password } = readUser(fields);
  if (user !== null && transport.ignoreTLS) {
    throw new RangeError("a password needs TLS: leave out starttls: off");
  }
  const loading = import("nodemailer");
  // Whoever sends is told of it.
  loading.catch(() => {});
  return {
    name,
    where: `smtp ${transport.host}:${transport.port}`,
    isPerHost: false,
    maxBatch: MAX_BATCH,
    async send(notices, signal) {
      const pass = await password?.() ?? "";
      const auth = user === null ? {} : { auth: { user, pass } };
      const domain = from.address.split("@")[1]!;
      const message = { from, to, ...messageOf(notices, page, domain), signal };
      const { createTransport } = await loading;
      const options = { ...transport, ...auth, name: domain };
      await sendMail(createTransport, options, message).catch((error) => {
        throw signal.aborted ? signal.reason : errorOf(error, [pass]);
      });
    },
  };
}

function readTransport(fields: Fields): Transport {
  const url = URL.parse(fields.line("smtp")!);
  const isPlain = url?.protocol === "smtp:";
  const isBare = url !== null && url.pathname.length < 2 && url.search + url.hash === "";
  if (url === null || url.hostname === "" || !isBare || !/^smtps?:$/.test(url.protocol)) {
    throw new RangeError("smtp must be such as smtp://mail.example:587 or smtps://mail.example");
  }
  checkBare(url, "smtp");
  const isOff = isPlain && fields.choice("starttls", ["required", "off"]) === "off";
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: Number(url.port) || (isPlain ? 587 : 465),
    secure: !isPlain,
    requireTLS: isPlain && !isOff,
    ignoreTLS: isOff,
  };
}

function readMailbox(text: string): { readonly name: string; readonly address: string } {
  const [, name = "", address, end] = ADDRESS.exec(text) ?? [];
  if (address === undefined || (end === ">") !== (name !== "")) {
    throw new RangeError(`${JSON.stringify(text)} must be an address, such as ops@example.org`);
  }
  return { name: name.trim(), address };
}

function messageOf(notices: readonly Notice[], page: string | null, domain: string) {
  const link = linkOf(notices, page);
  return {
    subject: titleOf(notices),
    text: textOf(notices, MAX_TEXT) + (link === null ? "" : `\n\n${link}`) + "\n",
    messageId: `<${messageId(notices)}@${domain}>`,
    // So that no absence notice comes back.
    headers: { "Auto-Submitted": "auto-generated" },
    xMailer: false as const,
  };
}

type Opener = typeof import("nodemailer")["createTransport"];
type MailOptions = Parameters<Opener>[0];

async function sendMail(
  createTransport: Opener,
  options: object,
  message: object,
): Promise<void> {
  const transport = createTransport({
    ...options,
    socketCloseTimeout: CLOSE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  } as MailOptions);
  const { accepted, rejected } = await transport.sendMail(message);
  if (rejected.length === 0) return;
  const all = accepted.length + rejected.length;
  throw new DeliveryError(`refused for ${rejected.length} of ${all} recipients`, { isFinal: true });
}

/** What is known of a failure by the codes of the package and of the system, or, where they have none, by its text. */
const STATES: readonly (readonly [code: RegExp, state: string])[] = [
  [/^EDNS/, "its name cannot be resolved"],
  [/ECONNREFUSED/, "connection refused"],
  [/CERT|VERIFY|SIGNED|certificate/, "its TLS certificate is not valid or not trusted"],
  [/TLS|SSL/, "no TLS connection"],
  [/^ETIMEDOUT/, "no answer in time"],
  [/^EAUTH/, "it offers no way to prove who we are"],
  [/^EPROTOCOL/, "what answers does not speak SMTP"],
  [/^ECONNECTION/, "connection closed without an answer"],
];

function errorOf(error: unknown, secrets: readonly string[]): DeliveryError {
  if (error instanceof DeliveryError) return error;
  const { code = "", originalCode = "", message = "", responseCode, response = "" } = error as {
    readonly code?: string;
    readonly originalCode?: string;
    readonly message?: string;
    readonly responseCode?: number;
    readonly response?: string;
  };
  if (responseCode === undefined) {
    const text = `${code} ${originalCode} ${message}`;
    const state = STATES.find(([pattern]) => pattern.test(text))?.[1];
    return new DeliveryError(state ?? "no connection");
  }
  const said = quoteSaid(response.replace(/^\d{3}[ -]/, ""), secrets);
  const isFinal = responseCode >= 500;
  return new DeliveryError(`SMTP ${responseCode}${said}`, {
    isFinal,
    // What is said of the message, and not of us or of those who are to have it.
    isOfContent: isFinal && code === "EMESSAGE",
  });
}
