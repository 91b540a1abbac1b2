/**
 * What the server's doctor makes of the page and of what its API says, whoever serves it. Pure.
 */
import { type Address, isLoopback } from "../../common/address.ts";
import { type Finding, findingOf, findingsOn, type Tried } from "../../common/doctor.ts";
import { cleanText } from "../../common/text.js";
import { BEHIND_MS } from "../../common/ways.js";
import { DROP_REASONS } from "../../common/status.js";
import { formatAge, formatClockOffset, formatCount, formatCountOf } from "../../common/format.js";
import type { BusState } from "../bus/open.ts";
import type { ServerOptions } from "../options.ts";

/** A host as the API has it, and by how much its clock is behind. */
export interface SeenHost {
  readonly host: string;
  readonly clockOffsetMs: number | null;
}

/** What the API of a running server says. */
export interface Fleet {
  readonly byStatus: Readonly<Record<string, number>>;
  readonly accepted: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly kernelDropped: number | null;
  /** Some of the hosts that are live. */
  readonly hosts: readonly SeenHost[];
  /** How it stands with the bus; nothing of a server that has none, or knows of none. */
  readonly bus?: BusState | null;
  /** How many alerts stand, and how those are who are told; nothing of a server that knows of none. */
  readonly alerts: {
    readonly total: number;
    readonly destinations?: readonly SeenDestination[];
    /** Why the alerts file cannot be used, with its line; `null` where it can. */
    readonly problem?: string | null;
  };
}

/** Who is told of alerts, as the API has it. */
export interface SeenDestination {
  readonly name: string;
  readonly waiting: number;
  readonly sent: number;
  readonly givenUp: number;
  readonly lastError: string | null;
}

/** What is at the address of the page. */
export type Page =
  /** Nothing, and it could be served there. */
  | { readonly kind: "free" }
  /** Another program, or one that does not answer. */
  | { readonly kind: "foreign"; readonly answer: string }
  /** A server that tells nothing without another token. */
  | { readonly kind: "locked" }
  | { readonly kind: "refused"; readonly answer: string }
  | {
    readonly kind: "open";
    /** Whether it asks for a token. */
    readonly hasToken: boolean;
    /** Where it listens for agents. */
    readonly listening: readonly Address[];
    readonly fleet: Fleet;
  };

/** Where the page is, or would be, and what is there. */
export interface Web {
  readonly address: Address;
  readonly url: string;
  readonly page: Tried<Page>;
}

const IN_LOG: Readonly<Record<string, string>> = {
  linux: "journalctl -u pulso-server | grep -F '?token='   (or wherever its log is)",
};

/** What is found of the page; `hasToken` where a token file could be read. */
export function pageFinding(
  options: ServerOptions,
  web: Web | null,
  { hasToken, os }: { readonly hasToken: boolean; readonly os: string },
): Finding {
  const subject = "page";
  const { ok, warn, fail } = findingsOn(subject);
  if (web === null) return ok("off (--web off)");
  const { address, url } = web;
  const file = options["web-token-file"];
  return findingOf(subject, web.page, (page) => {
    switch (page.kind) {
      case "free":
        return ok(`free: would be served at ${url}, ${tokenWords(options, address)}`);
      case "foreign": {
        const text = `a program has ${url} and does not answer as pulso-server: ${page.answer}`;
        const advice = "choose another address with --web HOST:PORT";
        if (options.web !== null) return fail(text, advice);
        return warn(`${text}; a server would go on without its page`, advice);
      }
      case "refused":
        return fail(`a server is at ${url}, and does not answer: ${page.answer}`);
      case "locked":
        if (file !== null && hasToken) {
          return fail(
            `a server is at ${url}, and takes another token than that of ${file}`,
            "restart it: a token file is read at the start",
          );
        }
        return ok(
          `a server is at ${url}, and asks for the token of its log or file`,
          file === null
            ? IN_LOG[os] ?? "it is in the URL that the server logged at its start"
            : undefined,
        );
      case "open":
        if (page.hasToken) return ok(`a server answers at ${url} with the token of ${file}`);
        if (file !== null) {
          return warn(
            `a server answers at ${url} without the token of ${file}`,
            "restart it with --web-token-file",
          );
        }
        return ok(`a server answers at ${url}, and asks for no token`);
    }
  });
}

function tokenWords(options: ServerOptions, { hostname }: Address): string {
  const file = options["web-token-file"];
  if (file !== null) return `for the token of ${file}`;
  if (options["web-open"]) return "for whoever can reach it (--web-open)";
  return isLoopback(hostname)
    ? "for this machine alone"
    : "for a token that is made and logged at the start";
}

/** Which hosts a running server knows. */
export function hostsFinding({ byStatus }: Fleet): Finding {
  const { ok, warn } = findingsOn("hosts");
  const counts = Object.entries(byStatus).filter(([, count]) => count > 0);
  if (counts.length === 0) {
    return warn("none was heard yet", "pulso-agent doctor, on a host that should report");
  }
  return ok(counts.map(([status, count]) => `${formatCount(count)} ${status}`).join(", "));
}

/** How many alerts are active, and whether those who are to be told are. */
export function alertsFinding({ alerts }: Fleet): Finding {
  const { total, destinations = [], problem = null } = alerts;
  const { ok, warn } = findingsOn("alerts");
  const told = destinations.map(({ name, sent, waiting, givenUp, lastError }) => {
    const counts = `${formatCount(sent)} sent, ${formatCount(waiting)} waiting`;
    const error = waiting + givenUp > 0 && lastError !== null ? ` (${lastError})` : "";
    return `${name} ${counts}, ${formatCount(givenUp)} given up${error}`;
  });
  const text = [`${formatCount(total)} active`, ...told].map(cleanText).join("; ");
  if (problem !== null) {
    return warn(`${cleanText(problem)}; the previous rules hold; ${text}`, "mend the alerts file");
  }
  if (destinations.every(({ waiting, givenUp }) => waiting + givenUp === 0)) return ok(text);
  return warn(text, "the page can send each destination a test: alerts, in its header");
}

/** How it stands with the bus of a running server. */
export function busFinding({ bus, site, view }: BusState): Finding {
  const { ok, warn } = findingsOn("bus");
  const waits = `${site?.failure}; what waits is published later`;
  const troubles = site !== null
    ? [
      ...(site.failure === null ? [] : [waits]),
      ...(site.dropped > 0 ? [`${formatCountOf(site.dropped, "datagram")} dropped`] : []),
    ]
    : [
      ...(view!.failure === null ? [] : [view!.failure]),
      ...(view!.behindMs > BEHIND_MS ? [`the view is ${formatAge(view!.behindMs)} behind`] : []),
      ...view!.sites.filter(({ silentMs }) => silentMs !== null).map(({ site }) =>
        `site ${site} is silent`
      ),
      ...view!.sites.filter(({ skewMs }) => skewMs !== 0).map(({ site, skewMs }) =>
        `the clock of site ${site} is ${formatClockOffset(skewMs)}`
      ),
    ];
  const does = site === null ? "followed" : `published to as ${site.name}`;
  const text = [`${bus} is ${does}`, ...troubles].map(cleanText).join("; ");
  return troubles.length === 0 ? ok(text) : warn(text, "its log, and that of the bus, say more");
}

/** These are usual. */
const HARMLESS = ["duplicate", "old"];

/** What became of its datagrams. */
export function dropsFinding({ accepted, dropped, kernelDropped }: Fleet): Finding {
  const { ok, warn } = findingsOn("datagrams");
  const drops = Object.entries(dropped).filter(([reason, count]) =>
    count > 0 && !HARMLESS.includes(reason)
  ).sort(([, a], [, b]) => b - a);
  const lost = kernelDropped ?? 0;
  const text = [
    `${formatCount(accepted)} accepted`,
    ...(lost > 0 ? [`${formatCount(lost)} lost by the kernel: its buffer was full`] : []),
    ...drops.map(([reason, count]) =>
      `${formatCount(count)} dropped (${reason}: ${
        DROP_REASONS[reason as keyof typeof DROP_REASONS]
      })`
    ),
  ].join("; ");
  if (drops.length === 0 && lost === 0) return ok(text);
  return warn(text, "the log of the server names the senders");
}
