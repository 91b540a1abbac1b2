/**
 * ntfy: each message is published as JSON, so that nothing in it can be a header. Pure: it makes requests
 * by what it is given.
 */
import type { Notice } from "../alerts/notice.ts";
import type { Destination, DestinationSurroundings } from "./destination.ts";
import { type Fields, readAuthorization, readUrl } from "./fields.ts";
import { linkOf, textOf, titleOf } from "./text.ts";

/** Notices that one message tells at most. */
const MAX_BATCH = 20;
/** A longer text would become a file beside an empty message. */
const MAX_BYTES = 4_096;
/** As the documentation has it. */
const TOPIC = /^[-\w]{1,64}$/;

/** 5 rings through silence, 3 is usual. */
const PRIORITIES = { critical: 5, warning: 4, other: 3 } as const;
/** Short codes of emoji. */
const TAGS = { critical: "rotating_light", warning: "warning", other: "white_check_mark" } as const;

/** Reads a destination of kind `ntfy`. @throws {RangeError} with what is wrong. */
export function readNtfy(
  name: string,
  fields: Fields,
  { http, page }: DestinationSurroundings,
): Destination {
  const server = readUrl(fields.line("ntfy")!, "ntfy");
  const secret = fields.secret("topic");
  const topicOf = secret ?? (() => Promise.resolve(server.pathname.slice(1)));
  if (secret === null) checkTopic(server.pathname.slice(1));
  const authorize = readAuthorization(fields);
  return {
    name,
    where: `ntfy ${server.origin}`,
    isPerHost: false,
    maxBatch: MAX_BATCH,
    async send(notices, signal) {
      const topic = checkTopic(await topicOf());
      const { headers, secrets } = await authorize();
      await http({
        url: new URL("/", server),
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify({ topic, ...messageOf(notices, page) }),
        secrets: [...secrets, topic],
        signal,
      });
    },
  };
}

/** A topic as it is. @throws {RangeError} that does not quote it, as it may be a password. */
function checkTopic(topic: string): string {
  if (TOPIC.test(topic)) return topic;
  throw new RangeError(
    "ntfy must be the URL of a topic, such as https://ntfy.sh/TOPIC, or topic-file name one",
  );
}

function messageOf(notices: readonly Notice[], page: string | null) {
  const isBad = ({ what }: Notice) => what === "fired" || what === "flapping";
  const bad = notices.filter(isBad);
  const isCritical = bad.some(({ severity }) => severity === "critical");
  const kind = bad.length === 0 ? "other" : isCritical ? "critical" : "warning";
  const click = linkOf(notices, page);
  return {
    title: titleOf(notices),
    message: withinBytes((most) => textOf(notices, most), MAX_BYTES),
    priority: PRIORITIES[kind],
    tags: [TAGS[kind]],
    ...(click === null ? {} : { click }),
  };
}

/** A text whose length in characters can be chosen, so that its bytes are no more than that. */
function withinBytes(textOf: (most: number) => string, most: number): string {
  const text = textOf(most);
  const { length } = new TextEncoder().encode(text);
  return length <= most ? text : textOf(Math.floor(most * text.length / length / 2));
}
