/**
 * Destinations as the file of alerts has them: which kinds there are, and what is below one of them. Pure.
 */
import type { Destination, DestinationSurroundings } from "./destination.ts";
import { readAlertmanager } from "./alertmanager.ts";
import { Fields, readUrl } from "./fields.ts";
import { readMail } from "./mail.ts";
import { readNtfy } from "./ntfy.ts";
import { readWebhook } from "./webhook.ts";

type Read = (
  name: string,
  fields: Fields,
  surroundings: DestinationSurroundings,
) => Destination;

/** The field that makes a destination what it is, and what reads it. */
const KINDS: Readonly<Record<string, Read>> = {
  alertmanager: readAlertmanager,
  webhook: readWebhook,
  ntfy: readNtfy,
  smtp: readMail,
};

/** In logs, paths and labels a name means itself. */
const NAME = /^[A-Za-z0-9][\w.-]{0,63}$/;

/**
 * Reads one destination from what stands below its name.
 *
 * @throws {RangeError} with one line for the user, which holds no secret.
 */
export function readDestination(
  name: string,
  value: unknown,
  surroundings: DestinationSurroundings,
): Destination {
  if (!NAME.test(name)) {
    throw new RangeError(
      `Cannot use the destination ${
        JSON.stringify(name)
      }: its name must be letters, digits, _, . and -`,
    );
  }
  try {
    const fields = new Fields(value, surroundings);
    const destination = readKind(fields)(name, fields, withPage(fields, surroundings));
    fields.end();
    return destination;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new RangeError(`Cannot use the destination ${name}: ${cause.message}`, { cause });
  }
}

function readKind(fields: Fields): Read {
  const kinds = Object.keys(KINDS).filter((kind) => fields.has(kind));
  // The URL of one of these may be a secret, and then stands elsewhere.
  if (kinds.length === 0 && (fields.has("url-file") || fields.has("url-env"))) return readWebhook;
  if (kinds.length === 1) return KINDS[kinds[0]!]!;
  throw new RangeError(`it must have one of ${Object.keys(KINDS).join(", ")}`);
}

function withPage(fields: Fields, surroundings: DestinationSurroundings): DestinationSurroundings {
  const text = fields.line("page");
  if (text === null) return surroundings;
  const { href } = readUrl(text, "page");
  return { ...surroundings, page: href.endsWith("/") ? href : `${href}/` };
}
