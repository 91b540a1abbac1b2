/**
 * Notices in words: one line for a subject, lines for a body, the address of the page, and the name of a
 * message that stays over its attempts. All is plain text, in which nothing can begin a line or be
 * invisible: who sends it escapes it as the receiver needs. Pure.
 */
import { cleanText } from "../../common/text.js";
import type { Notice, NoticeHost } from "../alerts/notice.ts";

/** Characters of a title: Opsgenie takes 130. */
export const MAX_TITLE = 120;
/** Characters of a text for a chat: Discord takes 2,000, with what stands around it. */
export const MAX_TEXT = 1_900;

/** What is told, in one line. */
export function titleOf(notices: readonly Notice[]): string {
  const [first, ...others] = notices;
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  return cut(headline(first!), MAX_TITLE - more.length) + more;
}

/** What is told, line by line, and at most so many characters; what is left out is counted. */
export function textOf(notices: readonly Notice[], most: number): string {
  const lines = notices.flatMap((notice) => [headline(notice), ...hostLines(notice)]);
  const room = most - MORE_ROOM;
  let length = 0;
  const fitting = lines.findIndex((line) => (length += line.length + 1) > room);
  if (fitting < 0) return lines.join("\n");
  // The first line always has its place.
  const kept = lines.slice(0, Math.max(1, fitting)).map((line) => cut(line, room));
  return [...kept, `and ${lines.length - kept.length} more lines`].join("\n");
}

const MORE_ROOM = 40;

function headline({ what, severity, text }: Notice): string {
  const word = what === "fired" || what === "flapping" ? severity : what;
  return `[${word}] ${cleanText(text)}`;
}

/** The hosts of a notice that has several, one a line. */
function hostLines({ hosts, omitted }: Notice): string[] {
  if (hosts.length < 2) return [];
  const lines = hosts.map(({ name, value }) =>
    cleanText(value === "" ? name : `${name}: ${value}`)
  );
  return omitted === 0 ? lines : [...lines, `and ${omitted} more hosts`];
}

/** A text of at most so many characters; no half of a pair is left at its end. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** Where the page shows what notices are about: a host's own page where they name only one. */
export function linkOf(notices: readonly Notice[], page: string | null): string | null {
  if (page === null) return null;
  const keys = new Set(notices.flatMap(({ hosts }) => hosts.map(({ key }) => key)));
  const [key] = keys;
  return keys.size === 1 && key !== "" ? hostLink(key!, page) : page;
}

/** The page of a host. */
export function hostLink(key: string, page: string): string {
  return `${page}hosts/${encodeURIComponent(key)}`;
}

/** What a notice is about, as long as it is: its rule, and its host where it names only one. */
export function subjectOf({ rule, hosts: [host, ...others] }: Notice): string {
  return host === undefined || others.length > 0 || host.key === ""
    ? rule
    : cleanText(`${rule}/${host.key}`);
}

/** A name for a message: that of others differs, and that of another attempt does not. */
export function messageId(notices: readonly Notice[]): string {
  let hash = 0xcbf2_9ce4_8422_2325n;
  // FNV-1a, 64 bits, by G. Fowler, L. C. Noll and K.-P. Vo.
  for (const byte of new TextEncoder().encode(JSON.stringify(notices.map(identityOf)))) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100_0000_01b3n);
  }
  return `pulso-${notices[0]!.atMs.toString(36)}-${hash.toString(36)}`;
}

function identityOf({ what, rule, atMs, hosts }: Notice) {
  return [what, rule, atMs, ...hosts.map(({ key }: NoticeHost) => key)];
}

/** A notice for each of its hosts; one without hosts stays as it is. */
export function splitByHost(notice: Notice): Notice[] {
  if (notice.hosts.length < 2) return [notice];
  return notice.hosts.map((host) => ({ ...notice, hosts: [host] }));
}
