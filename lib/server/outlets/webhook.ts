/**
 * A webhook: each message is one request, whose body is made from a template or is our own JSON. Pure: it
 * makes requests by what it is given.
 */
import { cleanText } from "../../common/text.js";
import type { Notice } from "../alerts/notice.ts";
import type { Destination, DestinationSurroundings } from "./destination.ts";
import { type Fields, readAuthorization, readUrl, type Secret } from "./fields.ts";
import {
  checkJson,
  checkPlaceholders,
  fillJson,
  fillText,
  fillUrl,
  TOKEN_PLACE,
  type Values,
} from "./template.ts";
import { hostLink, linkOf, MAX_TEXT, messageId, subjectOf, textOf, titleOf } from "./text.ts";

/** Notices that one request tells at most. */
const MAX_BATCH = 20;

const HEADER_NAME = /^[A-Za-z0-9-]+$/;
const HEADER_VALUE = /^[\x20-\x7e]*$/;
/** What our own JSON is called by. */
const OWN_JSON = "{{json}}";

/** What a request is made of. */
interface Form {
  readonly url: Secret;
  readonly where: string;
  readonly method: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly template: string;
}

/** A notice for a look at a template. */
const EXAMPLE: Notice = {
  ...{ what: "test", rule: "test", severity: "warning", text: "test", atMs: 0 },
  ...{ hosts: [], omitted: 0 },
};

/** Reads a destination of kind `webhook`. @throws {RangeError} with what is wrong. */
export function readWebhook(
  name: string,
  fields: Fields,
  { http, page }: DestinationSurroundings,
): Destination {
  const isPerHost = fields.choice("each", ["message", "host"]) === "host";
  const token = readToken(fields);
  const authorize = token === null ? readAuthorization(fields) : null;
  const form = readForm(fields, null);
  const below = fields.fields("recovered");
  const recovered = below === null ? form : readForm(below, form);
  below?.end();
  return {
    name,
    where: `webhook ${form.where}`,
    isPerHost,
    maxBatch: isPerHost || below !== null ? 1 : MAX_BATCH,
    async send(notices, signal) {
      const { url, method, headers, template } = notices[0]!.what === "recovered"
        ? recovered
        : form;
      const secret = await token?.() ?? "";
      const authorization = await authorize?.();
      const values = valuesOf(notices, page, secret);
      const own = Array.from(headers, ([name, value]) => [name, fillText(value, values)]);
      await http({
        url: readUrl(fillUrl(await url(), values), "webhook"),
        method,
        headers: {
          "content-type": "application/json",
          ...authorization?.headers,
          ...Object.fromEntries(own),
        },
        body: fillJson(template, values),
        secrets: [secret, ...authorization?.secrets ?? [], ...headers.values()],
        signal,
      });
    },
  };
}

/** The token, where a text has a place for it; else it goes into a header of its own. */
function readToken(fields: Fields): Secret | null {
  if (!fields.mentions(TOKEN_PLACE)) return null;
  const token = fields.secret("token");
  if (token === null) throw new RangeError("{{token}} needs token-file or token-env");
  return token;
}

function readForm(fields: Fields, base: Form | null): Form {
  const template = fields.text("template") ?? base?.template ?? OWN_JSON;
  checkJson(template, EXAMPLE_VALUES);
  const method = fields.has("method") || base === null
    ? fields.choice("method", ["POST", "PUT"])
    : base.method;
  const headers = new Map([...base?.headers ?? [], ...readHeaders(fields)]);
  return { ...readPlace(fields, base), method, headers, template };
}

function readPlace(fields: Fields, base: Form | null): Pick<Form, "url" | "where"> {
  const text = fields.line("webhook");
  if (text !== null) {
    checkPlaceholders(text, "webhook", Object.keys(EXAMPLE_VALUES));
    const { origin } = readUrl(fillUrl(text, EXAMPLE_VALUES), "webhook");
    return { url: () => Promise.resolve(text), where: origin };
  }
  const url = fields.secret("url");
  if (url !== null) return { url, where: `(URL in ${fields.placeOf("url")})` };
  if (base !== null) return base;
  throw new RangeError("it needs webhook: URL, or url-file or url-env");
}

function readHeaders(fields: Fields): [string, string][] {
  return Array.from(fields.texts("headers"), ([name, value]) => {
    checkPlaceholders(value, "headers", ["token", "id"]);
    if (!HEADER_NAME.test(name) || !HEADER_VALUE.test(value)) {
      throw new RangeError("headers must have names of letters, digits and -, and ASCII values");
    }
    return [name.toLowerCase(), value];
  });
}

/** What a template can name. */
function valuesOf(notices: readonly Notice[], page: string | null, token: string): Values {
  const first = notices[0]!;
  const text = textOf(notices, MAX_TEXT);
  const about = { id: messageId(notices), title: titleOf(notices), text };
  const url = linkOf(notices, page);
  return {
    ...about,
    key: subjectOf(first),
    what: first.what,
    rule: first.rule,
    severity: first.severity,
    hosts: cleanText(first.hosts.map(({ name }) => name).join(", ")),
    time: new Date(first.atMs).toISOString(),
    url,
    json: { version: 1, ...about, url, notices: notices.map((notice) => shown(notice, page)) },
    token,
  };
}

/** A notice as our own JSON has it. */
function shown({ hosts, ...notice }: Notice, page: string | null) {
  return {
    ...notice,
    hosts: hosts.map(({ key, ...host }) => ({
      ...{ id: key, ...host, url: page === null || key === "" ? null : hostLink(key, page) },
    })),
  };
}

const EXAMPLE_VALUES = valuesOf([EXAMPLE], null, "token");
